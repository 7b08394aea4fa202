"""The Promela export: Spin finds the same states, the same steps and the same verdicts."""

import re
from enum import Enum

import pytest
from hypothesis import assume, given, settings

from fsm import (
    F,
    G,
    U,
    X,
    action,
    always,
    eventually,
    finitely,
    leads_to,
    limit,
    recurs,
    require,
    spec,
    strong,
    temporal,
    var,
    weak,
)
from fsm.declaration import model_of
from fsm.errors import SpecError
from fsm.export.promela import promela
from fsm.export.translation import machine_of
from fsm.model import Model
from tests.export import spin
from tests.export.ours import (
    CLASSICS,
    CONTAINERS,
    Undecided,
    broken_promises,
    counted,
    properties,
    shipped,
    violated,
)
from tests.strategies import Drawn, specs, specs_with_runs

PROMISING = (
    "peterson.py::Peterson",
    "peterson.py::PetersonReversed",
    "alternating_bit.py::WithoutBit",
    "bakery.py::Bakery",
)
needs_spin = pytest.mark.skipif(bool(spin.missing()), reason=spin.missing())
Phase = Enum("Phase", "IDLE BUSY DONE")


def text_of(model: Model) -> str:
    (text,) = promela(machine_of(model)).values()
    return text


def agree(model: Model) -> None:
    states, generated, graph = counted(model)
    machine = machine_of(model)
    (text,) = promela(machine).values()
    answer = spin.check(text)
    claims = {name: claim for rule in machine.rules for claim, (name, _) in rule.kept.items()}
    assert (answer.states, answer.generated) == (states, generated)
    assert {claims.get(name, name) for name in answer.violated} == violated(graph, machine)


@needs_spin
@pytest.mark.parametrize("name", [*CLASSICS, CONTAINERS])
def test_spin_counts_and_judges_a_shipped_spec_as_we_do(name: str) -> None:
    agree(shipped(name))


@needs_spin
@given(specs())
@settings(max_examples=12, deadline=None)
def test_spin_counts_and_judges_random_specs_as_we_do(drawn: Drawn) -> None:
    try:
        model = model_of(drawn.cls)
        counted(model)
    except SpecError:
        assume(False)
    agree(model)


@spec(final={Phase.DONE})
class Worker:
    """Everything that a run may do: wait, loop, fail, stop at a limit."""

    phase: Phase = Phase.IDLE
    tries: int = var(range(4), 0)

    @action(Phase.IDLE)
    def begin(self) -> None:
        self.phase = Phase.BUSY

    @action(Phase.IDLE)
    def idle(self) -> None:
        """Changes nothing."""

    @action(Phase.BUSY)
    def finish(self, ok: bool) -> None:
        self.phase = Phase.DONE if ok else Phase.IDLE

    @action(Phase.BUSY, fault=True)
    def crash(self) -> None:
        limit(self.tries < 3)
        self.tries += 1
        self.phase = Phase.IDLE

    @eventually
    def begins(self) -> bool:
        return self.phase is Phase.BUSY

    @eventually(fair=weak(begin))
    def begins_if_it_is_let(self) -> bool:
        return self.phase is Phase.BUSY

    @eventually(fair=weak(begin, finish))
    def ends(self) -> bool:
        return self.phase is Phase.DONE

    @eventually(fair=[weak(begin), strong(finish, each="ok"), finitely()])
    def ends_if_that_may_be_hoped_for(self) -> bool:
        return self.phase is Phase.DONE

    @eventually(fair=[weak(begin), strong(finish, ok=False)])
    def ends_after_failing(self) -> bool:
        return self.phase is Phase.DONE

    @leads_to(fair=weak(begin))
    def idle_leads_to_busy(self) -> tuple[bool, bool]:
        return self.phase is Phase.IDLE, self.phase is Phase.BUSY

    @recurs(fair=weak(begin, idle, together=True))
    def is_idle_again_and_again(self) -> bool:
        return self.phase is Phase.IDLE

    @recurs(fair=finitely(idle, finish, ok=False))
    def is_done_in_the_end(self) -> bool:
        return self.phase is Phase.DONE

    @temporal
    def busy_is_short(self):
        return G(self.is_busy() >> X(~self.is_busy()))

    @temporal(fair=strong(begin))
    def is_busy_after_the_first_step(self):
        return X(F(self.is_busy()))

    @temporal
    def busy_comes_first(self):
        return X(X(self.is_busy()))

    @temporal(fair=weak(begin))
    def is_idle_until_it_is_busy(self):
        return U(self.is_idle(), self.is_busy()) & F(self.is_busy())

    def is_busy(self) -> bool:
        return self.phase is Phase.BUSY

    def is_idle(self) -> bool:
        return self.phase is Phase.IDLE


@spec
class Bounded:
    """A run that would have to go beyond the bounds is none; one that only faults could move may stop."""

    n: int = var(range(3), 0)

    @action
    def add(self) -> None:
        require(self.n < 2)
        limit(self.n < 1)
        self.n += 1

    @action(fault=True)
    def jump(self) -> None:
        require(self.n == 0)
        self.n = 2

    @eventually
    def jumps(self) -> bool:
        return self.n == 2

    @eventually
    def counts(self) -> bool:
        return self.n == 1


def spin_says(model: Model) -> set[str]:
    machine = machine_of(model)
    (text,) = promela(machine).values()
    labels = {promise.name: promise.label for promise in machine.promises}
    return properties(labels[name] for name in spin.violated(text))


@needs_spin
@pytest.mark.parametrize("made", [Worker, Bounded], ids=lambda made: made.__name__)
def test_spin_judges_promises_over_runs_as_we_do(made: type) -> None:
    model = model_of(made)
    theirs = spin_says(model)
    assert theirs == broken_promises(model)
    assert theirs  # some are broken, and some are kept
    assert theirs < {asked.name for asked in model.properties if asked.kind.over_runs}


@needs_spin
@pytest.mark.parametrize("name", PROMISING)
def test_spin_judges_the_promises_of_a_shipped_spec_as_we_do(name: str) -> None:
    model = shipped(name)
    assert spin_says(model) == broken_promises(model)


@needs_spin
@given(specs_with_runs(most_states=30))
@settings(max_examples=6, deadline=None)
def test_spin_judges_random_promises_over_runs_as_we_do(drawn: Drawn) -> None:
    try:
        model = model_of(drawn.cls)
        ours = broken_promises(model)
        theirs = spin_says(model)
    except (SpecError, Undecided, spin.TooLarge):
        assume(False)
    assert theirs == ours


def test_what_is_written_reads_like_the_spec() -> None:
    text = text_of(shipped("dining.py::OneLeftHanded"))
    assert "mtype:Philosopher = { THINKING, HUNGRY, EATING }" in text
    assert "#define can_take_second_1 (at_1 == HUNGRY && on_table_2)" in text
    assert "at_1 = EATING; on_table_2 = false" in text
    assert "Pick up the second fork, if it is there, and eat." in text


def test_a_sum_is_written_as_a_sum() -> None:
    body = (
        text_of(shipped("die_hard.py::DieHard")).partition("inline pour_into_big() {")[2].partition("\n}")[0]
    )
    assert ":: big <= 3 -> big = big + 2; small = 0" in body


def test_values_that_change_places_go_by_way_of_a_third_one() -> None:
    @spec
    class Exchange:
        a: int = var(range(3), 0)
        b: int = var(range(3), 1)

        @action
        def exchange(self) -> None:
            self.a, self.b = self.b, self.a

    text = text_of(model_of(Exchange))
    assert "swap = a; a = b; b = swap" in text


def test_a_limit_is_a_guard_of_its_own() -> None:
    text = text_of(model_of(Bounded))
    assert "#define limit_add (n == 1)" in text
    assert re.search(r"#define never_stuck.*limit_add", text, re.DOTALL)


def test_a_spec_without_promises_over_runs_says_nothing_of_them() -> None:
    assert "RUNS" not in text_of(shipped("die_hard.py::DieHard"))


def test_no_name_is_one_of_the_languages_own_words() -> None:
    @spec
    class Timeout:
        init: bool = False
        U: bool = False

        @action
        def run(self) -> None:
            self.init = not self.U

        @always
        def never(self) -> bool:
            return True

    text = text_of(model_of(Timeout))
    assert "bool init_2 = false;" in text
    assert "bool U_2 = false;" in text
    assert "inline run_2()" in text
