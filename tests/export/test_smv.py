"""The SMV export, read by a small reader of our own: the same states, steps and verdicts.

NuSMV cannot be installed from a package registry, so nothing here says that it reads what we write.
"""

import pytest
from hypothesis import assume, given, settings

from fsm.declaration import model_of
from fsm.errors import SpecError
from fsm.export.smv import smv
from fsm.export.translation import machine_of
from fsm.model import Model
from tests.export.ours import CLASSICS, counted, shipped, violated
from tests.export.smv import Module
from tests.export.test_promela import Bounded, Worker
from tests.strategies import Drawn, specs

LISTABLE = [name for name in CLASSICS if "dining" not in name and "two_phase" not in name]


def agree(model: Model) -> None:
    states, generated, graph = counted(model)
    machine = machine_of(model)
    found, steps, broken = Module(smv(machine)[f"{machine.name}.smv"]).explore()
    ours = violated(graph, machine)
    theirs = {"never_stuck" if name == "is_never_stuck" else name for name in broken}
    witnesses = {f"never_{claim.name}" for claim in machine.witnesses}
    assert (found, steps) == (states, generated)
    assert theirs - witnesses == ours
    seen = {bound.label for bound in graph.alarms}
    assert theirs & witnesses == {f"never_{one.name}" for one in machine.witnesses if one.label in seen}


@pytest.mark.parametrize("name", LISTABLE)
def test_the_module_of_a_shipped_spec_has_our_states_steps_and_verdicts(name: str) -> None:
    agree(shipped(name))


@given(specs())
@settings(max_examples=15)
def test_the_modules_of_random_specs_have_our_states_steps_and_verdicts(drawn: Drawn) -> None:
    try:
        model = model_of(drawn.cls)
        counted(model)
    except SpecError:
        assume(False)
    agree(model)


@pytest.mark.parametrize("made", [Worker, Bounded], ids=lambda made: made.__name__)
def test_promises_over_runs_are_in_a_module_of_their_own(made: type) -> None:
    model = model_of(made)
    machine = machine_of(model)
    files = smv(machine)
    runs = Module(files[f"{machine.name}_runs.smv"])
    assert set(runs.formulas) == {promise.name for promise in machine.promises}
    assert runs.domains["last"] == ["none", *(rule.name for rule in machine.rules)]
    assert not Module(files[f"{machine.name}.smv"]).formulas


def test_fairness_is_assumed_in_the_formula() -> None:
    text = smv(machine_of(model_of(Worker)))["Worker_runs.smv"]
    assert "(G F (!(can_begin) | last in {begin})) ->  -- weak begin" in text
    assert "(F G !(last in {crash})) ->  -- finitely crash" in text


def test_a_run_that_a_limit_would_have_to_stop_is_left_out() -> None:
    text = smv(machine_of(model_of(Bounded)))["Bounded_runs.smv"]
    assert "(G !dead_end) ->" in text
