"""The TLA+ export: TLC finds the same states, the same steps and the same verdicts.

What TLC answered once is in recorded.json (see `record`); with TLA2TOOLS, the jar, it is asked again.
"""

import json

import pytest

from fsm import G, U, X, action, always, eventually, require, spec, temporal, var
from fsm.checker import report
from fsm.declaration import model_of
from fsm.errors import FsmError
from fsm.export.tla import tla
from fsm.export.translation import machine_of
from fsm.model import Model
from fsm.verdict import Outcome
from tests.export import tlc
from tests.export.ours import CLASSICS, counted, shipped, violated
from tests.export.record import RECORDED, model_from

needs_tlc = pytest.mark.skipif(bool(tlc.missing()), reason=tlc.missing())
DATA = json.loads(RECORDED.read_text())


def module_of(model: Model, *names: str) -> str:
    machine = machine_of(model, names)
    return tla(machine)[f"{machine.name}.tla"]


def agree(model: Model, told: dict) -> None:
    """What TLC says is what we say."""
    states, generated, graph = counted(model)
    theirs = {"never_stuck" if name == "NeverStuck" else name for name in told["violated"]}
    assert (told["states"], told["generated"]) == (states, generated)
    assert theirs == violated(graph, machine_of(model))
    names = {label.partition("(")[0] for label in told["runs"]}
    ours = {one.name for one in report(graph, names).properties if one.outcome is Outcome.VIOLATED}
    broken = {label.partition("(")[0] for label, is_broken in told["runs"].items() if is_broken}
    assert broken == (ours & names if names else set())


@pytest.mark.parametrize("target", DATA["shipped"])
def test_what_tlc_said_of_a_shipped_spec_is_what_we_say(target: str) -> None:
    agree(shipped(target), DATA["shipped"][target])


def test_what_tlc_said_of_random_specs_is_what_we_say() -> None:
    for told in DATA["random"]:
        agree(model_from(told["source"]), told)
    assert sum(len(told["runs"]) for told in DATA["random"]) > 50


@needs_tlc
@pytest.mark.parametrize("name", CLASSICS)
def test_tlc_counts_and_judges_a_shipped_spec_as_we_do(name: str) -> None:
    model = shipped(name)
    machine = machine_of(model)
    answer = tlc.check(tla(machine), machine.name)
    told = {"states": answer.states, "generated": answer.generated, "violated": answer.violated, "runs": {}}
    agree(model, told)


def test_a_promise_about_steps_is_an_action_property_where_every_step_can_be_seen() -> None:
    @spec
    class Counter:
        n: int = var(range(3), 0)

        @action
        def add(self) -> None:
            require(self.n < 2)
            self.n += 1

        @always
        def never_reaches_two_from_one(self, after: "Counter") -> bool:
            return not (self.n == 1 and after.n == 2)

    text = module_of(model_of(Counter))
    assert "never_reaches_two_from_one == [][\n    /\\ add => n = 0\n]_vars" in text


def test_a_promise_about_steps_that_may_change_nothing_is_an_invariant() -> None:
    @spec
    class Light:
        on: bool = False

        @action
        def switch_on(self) -> None:
            self.on = True

        @always
        def every_step_changes_it(self, after: "Light") -> bool:
            return after.on != self.on

    assert "every_step_changes_it ==\n    /\\ can_switch_on => ~on" in module_of(model_of(Light))


def test_a_guard_with_alternatives_is_compared_so_that_it_counts_once() -> None:
    @spec
    class Either:
        a: bool = False
        b: bool = True

        @action
        def go(self) -> None:
            require(self.a or self.b)
            self.a = not self.a

    assert "/\\ can_go = TRUE" in module_of(model_of(Either))


@spec
class Ahead:
    """Formulas that TLA+ can say, and some that it cannot."""

    n: int = var(range(2), 0)

    @action
    def turn(self) -> None:
        self.n = 1 - self.n

    @eventually
    def one_day(self) -> bool:
        return self.n == 1

    @temporal
    def alternates(self):
        return G(self.is_one() >> X(~self.is_one()))

    @temporal
    def is_one_after_all(self):
        return U(~self.is_one(), self.is_one())

    def is_one(self) -> bool:
        return self.n == 1


def test_a_formula_that_tla_cannot_say_is_left_out_with_a_remark() -> None:
    files = tla(machine_of(model_of(Ahead)))
    assert files["Ahead_runs.cfg"].endswith("PROPERTIES\n    one_day\n")
    assert files["Ahead_runs.tla"].count("Not here: TLA+ has no way to say this formula.") == 2


def test_a_formula_that_tla_cannot_say_is_refused_when_it_is_asked_for() -> None:
    with pytest.raises(FsmError, match="cannot be said in TLA"):
        tla(machine_of(model_of(Ahead), ["alternates"]))
