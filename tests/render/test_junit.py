"""Reports as JUnit XML."""

from xml.etree import ElementTree

from fsm.render.junit import junit
from fsm.verdict import Outcome, PropertyResult, Report, Step, Trace

VACUOUS = PropertyResult("calm", "leads_to", Outcome.HOLDS, vacuous="nobody waits")
WAIVED = PropertyResult("still", "leads_to", Outcome.HOLDS, vacuous="nobody waits", waiver="not yet")
ENDLESS = PropertyResult(
    "served",
    "eventually",
    Outcome.VIOLATED,
    trace=Trace("Lamp", (), (Step("go"),), loop=0),
    fair=("weak go",),
)


def cases():
    results = (VACUOUS, WAIVED, ENDLESS)
    report = Report("Lamp", 1, 1, 1, 0, 0, 0, True, "", 0.0, properties=results, actions=())
    suite = ElementTree.fromstring(junit([("lamp.py::Lamp", report)]))[0]
    return suite, {case.get("name"): case for case in suite}


def test_what_is_vacuous_is_a_failure_unless_it_is_waived():
    suite, found = cases()
    failure = found["calm"].find("failure")
    assert (failure.get("type"), failure.get("message")) == (
        "vacuous",
        "vacuous: nobody waits; say `waiver=` if that is right",
    )
    assert len(found["still"]) == 0
    assert suite.get("failures") == "2"


def test_a_run_without_end_is_told_with_its_loop_and_what_was_assumed():
    told = cases()[1]["served"].find("failure")
    assert told.get("message") == "violated: never true, from the beginning a loop of 1 step for ever"
    assert "loop back to the beginning" in told.text
    assert "assumed fair: weak go" in told.text
