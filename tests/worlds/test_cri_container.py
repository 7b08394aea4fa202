"""A container's life in a runtime: the spec, its rules, the known runtimes, the verdicts, and the page."""

import re
from collections import Counter
from dataclasses import replace
from functools import cache
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fsm import action, check, spec
from fsm.declaration import model_of
from fsm.explorer import explore
from fsm.graph import Graph
from specs.kubelet import cri_container_page, cri_container_runs
from specs.kubelet.cri_container import CriContainer
from specs.kubelet.cri_container_cases import CASES, WORLD_CASES, Case, case_of
from specs.kubelet.cri_container_divergences import BESIDE, D1, D2, D8, D10, D11, D13, DIVERGENCES
from specs.kubelet.cri_container_inclusion import beyond, findings
from specs.kubelet.cri_container_known import CRIO_FROM_1_31, PROFILES, Profile
from specs.kubelet.cri_container_matrix import Judgement, Outcome, note_of
from specs.kubelet.cri_container_profiles import profile, tolerant
from specs.kubelet.cri_container_races import RACES, has_order, judge, race, tables
from specs.kubelet.cri_container_rules import OK, REFUSED, RULES, Basis
from specs.kubelet.cri_container_runs import EMBEDDED, Column, embedded, known_of
from specs.kubelet.cri_container_situations import SITUATIONS, Cell, cells
from specs.kubelet.cri_container_words import Container, Exit, Name, Reply, Sandbox

ANEW = "run `python -m specs.kubelet runtimes`"


@cache
def graph() -> Graph:
    return explore(model_of(CriContainer))


def states() -> list[SimpleNamespace]:
    layout = graph().model.layout
    return [SimpleNamespace(**layout.unpack(state)) for state in graph().states]


# the spec and its rules


def test_every_case_has_a_rule_and_is_met_in_some_reachable_state() -> None:
    assert set(RULES) == set(Case)
    met = {case_of(call, state) for call in (*CASES, *WORLD_CASES) for state in states()}
    assert met - {None} == set(Case)


def test_where_a_choice_is_left_open_there_is_one() -> None:
    assert [case for case, rule in RULES.items() if rule.basis is Basis.OPEN and len(rule.answers) < 2] == []
    assert all(rule.why and rule.answers for rule in RULES.values())


def test_every_call_of_the_spec_has_cases_and_every_case_a_call() -> None:
    with_reply = {one.name for one in model_of(CriContainer).actions if "reply" in vars_of(one)}
    assert with_reply == set(CASES)


def vars_of(one: Any) -> set[str]:
    return {parameter.name for parameter in one.parameters}


@spec
class StartsAgain(CriContainer):
    """A start makes anything run."""

    @action
    def start_container(self, reply: Reply) -> None:
        self.container = Container.RUNNING


@spec
class KeepsNames(CriContainer):
    """A removed container's name is not free, and its annotations stay."""

    def forget(self) -> None:
        self.container = Container.REMOVED


@spec
class Forgets(CriContainer):
    """A reboot takes containers away; status questions end them; a run gives a sandbox that is not ready."""

    @action(fault=True)
    def reboot(self) -> None:
        self.container = Container.ABSENT

    @action
    def container_status(self, reply: Reply) -> None:
        self.container = Container.EXITED
        self.sandbox = Sandbox.NOT_READY

    @action
    def run_pod_sandbox(self, reply: Reply) -> None:
        self.sandbox = Sandbox.NOT_READY

    @action
    def create_container(self, reply: Reply) -> None:
        self.container = Container.CREATED

    @action
    def remove_container(self, reply: Reply) -> None:
        self.exit = Exit.OWN

    @action
    def remove_pod_sandbox(self, reply: Reply) -> None:
        self.name = Name.HELD

    @action
    def stop_container(self, reply: Reply) -> None:
        self.container = Container.RUNNING


def test_every_promise_can_be_broken() -> None:
    """Each is violated in some spec that is wrong: none holds whatever happens."""
    wrong = (StartsAgain, KeepsNames, Forgets, tolerant((D8,)), profile("dockershim"))
    promises = {one.name for one in check(CriContainer).properties if one.kind.startswith("always")}
    broken = {
        one.name for model in wrong for one in check(model).properties if one.outcome.name == "VIOLATED"
    }
    assert promises - broken == set()


# the known runtimes


@pytest.mark.parametrize("known", PROFILES, ids=lambda one: one.name)
def test_a_profile_fixes_what_the_text_leaves_open_and_says_how_it_is_known(known: Profile) -> None:
    several = {case for case, rule in RULES.items() if len(rule.answers) > 1}
    assert several - set(known.fixed) == set()
    assert all(fixed.source.startswith(("measured", "read: ", "inferred")) for fixed in known.fixed.values())


@pytest.mark.parametrize("known", PROFILES, ids=lambda one: one.name)
def test_what_only_a_runtime_does_is_exactly_its_known_divergences(known: Profile) -> None:
    found = findings(known)
    assert [one for one in found if one.divergence is None] == []
    assert {one.divergence for one in found} == set(known.divergences) - {D2}


@pytest.mark.parametrize("known", PROFILES, ids=lambda one: one.name)
def test_a_profile_says_nothing_that_neither_the_text_nor_a_divergence_allows(known: Profile) -> None:
    for case, fixed in known.fixed.items():
        for answer in fixed.answers:
            explained = any(one.explains(case, answer) for one in known.divergences)
            assert answer in RULES[case].answers or explained, (case, answer)


def test_a_divergence_that_is_not_let_pass_is_found() -> None:
    run = beyond(profile("containerd 1.6"), CriContainer)
    assert run is not None
    assert [step.label for step in run.steps] == ["stop_pod_sandbox(reply=NOT_FOUND, fate=KEPT)"]


def test_what_is_unknown_of_a_runtime_is_found_unexplained() -> None:
    stranger = replace(CRIO_FROM_1_31, divergences=())
    (found,) = findings(stranger)
    assert (found.divergence, found.case) == (None, Case.CREATE_TWIN)


def test_a_profile_says_of_its_other_divergences_nothing_that_one_call_could_show() -> None:
    assert [one.name for one in BESIDE if one.answers] == []
    assert [one.name for one in DIVERGENCES if not one.answers] == ["D2"]  # codes are none of the spec's
    names = [one.name for one in (*DIVERGENCES, *BESIDE)]
    assert len(set(names)) == len(names)
    known = {one for profile in PROFILES for one in (*profile.divergences, *profile.beside)}
    assert known == {*DIVERGENCES, *BESIDE}


@pytest.mark.parametrize("name", ["", "containerd", "containerd 1.7", "docker"])
def test_a_runtime_that_nobody_knows_is_no_profile(name: str) -> None:
    with pytest.raises(
        ValueError, match=r"is no runtime that is known: containerd 1\.6, containerd 2\.2, CRI-O"
    ):
        profile(name)


@pytest.mark.parametrize(
    ("name", "version", "names"),
    [
        ("containerd", "1.6.20~ds1", "D1 D2 D3 D4 D10 D11 D12 D13 D16"),
        ("containerd", "v2.2.9+unknown", "D1 D2 D14 D10 D15 D16"),
        ("containerd", "1.7.0", ""),
        ("containerd", "2.0.1", ""),
        ("cri-o", "1.30.2", "D1 D2"),
        ("docker", "20.10.1", "D1 D4 D5 D6 D7 D8 D9"),
        ("containerd", "unknown", ""),
        ("cri-o", "", ""),
        ("", "", ""),
    ],
)
def test_a_runtime_is_known_by_what_it_says_of_itself(name: str, version: str, names: str) -> None:
    assert " ".join(one.name for one in known_of(name, version)) == names


# the matrix


def test_every_situation_is_a_reachable_state() -> None:
    layout = graph().model.layout
    assert [one.slug for one in SITUATIONS if layout.pack(one.state) not in graph().states] == []


def test_cells_have_names_of_their_own_and_meet_every_case_but_what_only_chance_leads_to() -> None:
    assert len({str(cell) for cell in cells()}) == len(cells())
    assert set(Case) - {cell.case for cell in cells()} == {Case.CREATE_STUCK}


@pytest.fixture(scope="module")
def examiner():
    made = embedded().examiner()
    yield made
    made.close()


@cache
def kept() -> dict[str, Column]:
    return cri_container_runs.load(cri_container_runs.FILE)


@pytest.mark.parametrize("cell", cells(), ids=str)
def test_cell(examiner, cell: Cell) -> None:
    """The embedded runtime, cell by cell; the page shows what comes."""
    outcome = examiner.examine(cell)
    assert outcome.judgement != Judgement.VIOLATION.value, outcome
    assert kept()[EMBEDDED].cells[str(cell)] == outcome, ANEW


@pytest.mark.parametrize("one", RACES, ids=str)
def test_calls_one_after_the_other_have_an_order(examiner, one) -> None:
    assert race(examiner, one, together=False).judgement == Judgement.AGREES.value


def test_an_error_whose_code_says_too_little_is_noted() -> None:
    cell = next(one for one in cells() if one.case is Case.CREATE_AGAIN)
    outcome = Outcome("UNKNOWN", "", "", "", "")
    assert note_of(cell, outcome) == "D2"
    assert note_of(cell, replace(outcome, code="ALREADY_EXISTS")) == note_of(
        cell, replace(outcome, code="OK")
    )


# orders of calls


@given(st.data())
def test_any_row_of_calls_has_an_order_whichever_way_it_is_shuffled(data: st.DataObject) -> None:
    spec_, situation = tables(()), data.draw(st.sampled_from(SITUATIONS))
    state, answers = spec_.layout.pack(situation.state), Counter[Any]()
    for _ in range(data.draw(st.integers(0, 4))):
        enabled = [
            (event, leaf.apply(state))
            for event, table in zip(spec_.model.events, spec_.events, strict=True)
            if event.action.name in CASES and hasattr(leaf := table.leaf(state), "apply")
        ]
        event, state = data.draw(st.sampled_from(enabled))
        inputs = tuple((key, one) for key, one in event.named.items() if key not in ("reply", "fate"))
        answers[(event.action.name, inputs), event.named["reply"]] += 1
    values = spec_.layout.unpack(state)
    assert has_order(spec_, situation, answers, {key: values[key] for key in ("container", "sandbox")})


CREATE, REMOVE = ("create_container", (("startable", True),)), ("remove_container", ())
ABSENT = next(one for one in RACES if one.where == "absent")


@pytest.mark.parametrize("oks", [0, 2, 20])
def test_of_many_identical_creates_exactly_one_may_succeed(oks: int) -> None:
    answers = Counter({(CREATE, Reply.OK): oks, (CREATE, Reply.REFUSED): 20 - oks})
    seen = {"container": Container.CREATED, "sandbox": Sandbox.READY}
    assert judge(ABSENT, answers, seen, ())[0] is Judgement.VIOLATION
    answers = Counter({(CREATE, Reply.OK): 1, (CREATE, Reply.REFUSED): 19})
    assert judge(ABSENT, answers, seen, ())[0] is Judgement.AGREES


def test_a_container_that_outlives_its_sandbox_is_known_of_who_is_known_for_it_alone() -> None:
    answers = Counter({(CREATE, Reply.OK): 1, (("remove_pod_sandbox", ()), Reply.OK): 1})
    seen = {"container": Container.CREATED, "sandbox": Sandbox.REMOVED}
    assert judge(ABSENT, answers, seen, (D1, D11)) == (Judgement.KNOWN, f"D11: {D11.title}")
    assert judge(ABSENT, answers, seen, (D1,))[0] is Judgement.VIOLATION


def test_a_remove_that_is_refused_beside_another_is_known_only_where_the_rest_has_an_order() -> None:
    removes = next(one for one in RACES if one.where == "exited")
    refused = Counter({(REMOVE, Reply.OK): 2, (REMOVE, Reply.REFUSED): 3})
    seen = {"container": Container.REMOVED, "sandbox": Sandbox.READY}
    assert judge(removes, refused, seen, (D10,)) == (Judgement.KNOWN, f"D10: {D10.title}")
    still = {**seen, "container": Container.EXITED}
    assert judge(removes, refused, still, BESIDE)[0] is Judgement.VIOLATION


def test_a_remove_that_finds_nothing_beside_another_is_another_divergence_than_a_refused_one() -> None:
    removes = next(one for one in RACES if one.where == "exited")
    absent = Counter({(REMOVE, Reply.OK): 4, (REMOVE, Reply.NOT_FOUND): 1})
    both = Counter({(REMOVE, Reply.OK): 3, (REMOVE, Reply.NOT_FOUND): 1, (REMOVE, Reply.REFUSED): 1})
    seen = {"container": Container.REMOVED, "sandbox": Sandbox.READY}
    assert judge(removes, absent, seen, (D13,)) == (Judgement.KNOWN, f"D13: {D13.title}")
    assert judge(removes, both, seen, BESIDE) == (Judgement.KNOWN, f"D10 D13: {D10.title}; {D13.title}")
    for known in ((), (D10,)):
        assert judge(removes, absent, seen, known)[0] is Judgement.VIOLATION
        assert judge(removes, both, seen, known)[0] is Judgement.VIOLATION


# the page


def test_the_page_is_fresh() -> None:
    assert cri_container_page.page(kept()) == cri_container_page.FILE.read_text(), ANEW


def test_the_page_tells_how_often_what_depends_on_the_moment_came() -> None:
    text = cri_container_page.page(kept())
    assert re.search(r"D10\]\(#d10\), \d of 8", text)
    assert re.search(r"Seen here: .*containerd 1\.6\.20 \(.*five removes: \d of 8", text)


def test_the_page_shows_no_violation_and_explains_every_divergence() -> None:
    text = cri_container_page.FILE.read_text()
    assert text.count("**VIOLATION**") == cri_container_page.OPENING.count("**VIOLATION**")
    for one in (*DIVERGENCES, *BESIDE):
        assert f"{one.name}: {one.title}" in text


def test_columns_are_kept_and_read_as_they_were(tmp_path) -> None:
    file = tmp_path / "runtimes.json"
    assert cri_container_runs.load(file) == {}
    outcome = Outcome("OK", "", "CREATED, READY", Judgement.AGREES.value, "")
    column = Column("one", {"a": outcome}, {"b": (outcome, outcome)}, {"c": "why"}, 1.5)
    cri_container_runs.save({"one": column}, file)
    assert cri_container_runs.load(file) == {"one": column}


def test_answers_are_told_in_few_words() -> None:
    assert (str(OK), str(REFUSED)) == ("OK", "REFUSED")
    assert str(D8.answers[Case.STOP_SANDBOX_RUNNING][0]) == "OK, SPARED"
