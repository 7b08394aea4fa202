"""Behaviours of one spec in another: what is seen, hidden, left open by a `limit`; against brute force."""

from __future__ import annotations

from enum import Enum
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from fsm import action, each, limit, many, one_of, require, spec, var
from fsm.behaviour import Behaviour, Sight, common
from fsm.capture import Tables
from fsm.declaration import model_of
from fsm.difference import Inclusion
from fsm.errors import SpecError
from fsm.inclusion import Search
from fsm.limits import Limits
from fsm.verdict import Outcome
from specs.classics.alternating_bit import AlternatingBit, WithoutBit
from specs.classics.peterson import Peterson, PetersonReversed, PetersonSpinning
from tests.strategies import NAMES, Drawn, specs
from tests.textbook_behaviours import Speaker, shortest_alone, words_of

Phase = Enum("Phase", "START MIDDLE END")
Other = Enum("Other", "START MIDDLE END")
Turned = Enum("Turned", "END MIDDLE START")


def included(
    ours: Any,
    theirs: Any,
    seen: Any = None,
    hidden: Any = (),
    limits: Limits = Limits(),  # noqa: B008
) -> Inclusion:
    one, other = model_of(ours), model_of(theirs)
    sight = Sight.of(one, other, seen, hidden)
    names = one.name, other.name
    return Search(
        Behaviour(Tables(one), sight), Behaviour(Tables(other), sight), sight, names, limits
    ).search()


def steps(inclusion: Inclusion) -> list[str]:
    assert inclusion.run is not None
    return [step.label for step in inclusion.run.steps]


@spec
class Door:
    phase: Phase = Phase.START
    knocks: int = var(range(3), 0)

    @action(Phase.START)
    def knock(self) -> None:
        require(self.knocks < 2)
        self.knocks += 1

    @action(Phase.START)
    def open(self, wide: bool) -> None:
        self.phase = Phase.END if wide else Phase.MIDDLE


class Patient(Door):
    @action(Phase.START)
    def open(self, wide: bool) -> None:
        require(self.knocks == 2)
        self.phase = Phase.END if wide else Phase.MIDDLE


def test_a_spec_does_nothing_that_it_cannot_do() -> None:
    found = included(Door, Door)
    assert (found.outcome, found.run, found.pairs) == (Outcome.HOLDS, None, 9)


def test_the_shortest_run_ends_in_the_step_that_is_refused_and_says_what_may_happen_instead() -> None:
    found = included(Door, Patient)
    assert found.outcome is Outcome.VIOLATED
    assert steps(found) == ["open(wide=False)"]
    assert found.instead == ("knock",)
    assert included(Patient, Door).outcome is Outcome.HOLDS


def test_the_same_step_to_another_end_is_told_part_by_part() -> None:
    found = included(AlternatingBit, WithoutBit)
    assert steps(found) == ["accept(message=RED)", "send", "send", "receive", "receive"]
    assert [(one.path, one.ours, one.theirs) for one in found.unlike] == [("arrived", "1", ("2",))]
    assert found.instead == ()


def test_what_is_seen_may_be_actions_alone() -> None:
    assert included(AlternatingBit, WithoutBit, ()).outcome is Outcome.HOLDS
    found = included(PetersonReversed, Peterson, ())
    assert len(steps(found)) == 4
    assert steps(found)[-1] == "enter_alone(who=LEFT)"
    assert found.instead == ("give_way(who=RIGHT)",)


def test_an_action_that_only_one_has_is_refused_where_it_first_can_happen() -> None:
    assert steps(included(PetersonSpinning, Peterson))[-1] == "look_again(who=LEFT)"
    assert included(Peterson, PetersonSpinning).outcome is Outcome.HOLDS


def test_a_hidden_action_is_refused_by_nobody() -> None:
    assert included(PetersonSpinning, Peterson, hidden=["look_again"]).outcome is Outcome.HOLDS


@spec
class Logged:
    """A door that takes a step more."""

    phase: Phase = Phase.START
    knocks: int = var(range(3), 0)
    logged: bool = False

    @action(Phase.START)
    def knock(self) -> None:
        require(self.knocks < 2)
        self.knocks += 1

    @action(Phase.START)
    def note(self) -> None:
        require(not self.logged)
        self.logged = True

    @action(Phase.START)
    def open(self, wide: bool) -> None:
        require(self.logged)
        self.phase = Phase.END if wide else Phase.MIDDLE


def test_versions_with_a_step_more_in_between_are_compared_by_hiding_it() -> None:
    assert steps(included(Logged, Door)) == ["note"]
    assert steps(included(Door, Logged)) == ["open(wide=False)"]
    for one, other in ((Door, Logged), (Logged, Door)):
        assert included(one, other, hidden=["note"]).outcome is Outcome.HOLDS


def test_hidden_steps_stand_in_the_run_that_they_make_possible() -> None:
    @spec
    class Locked(Logged):
        @action(Phase.START)
        def open(self) -> None:
            require(self.logged and self.knocks == 1)
            self.phase = Phase.END

        @action(Phase.END)
        def leave(self) -> None:
            self.phase = Phase.MIDDLE

    found = included(Locked, Logged, hidden=["note"])
    assert sorted(steps(found)[:2]) == ["knock", "note"]
    assert steps(found)[2:] == ["open", "leave"]
    assert found.instead == ()


def test_what_is_seen_after_an_action_may_be_seen_any_time_before_the_next_one() -> None:
    @spec
    class AtOnce:
        phase: Phase = Phase.START

        @action(Phase.START)
        def go(self) -> None:
            self.phase = Phase.END

    @spec
    class InTwo:
        phase: Phase = Phase.START

        @action(Phase.START)
        def go(self) -> None:
            self.phase = Phase.MIDDLE

        @action(Phase.MIDDLE)
        def settle(self) -> None:
            self.phase = Phase.END

    assert included(AtOnce, InTwo, hidden=["settle"]).outcome is Outcome.HOLDS
    found = included(InTwo, AtOnce, hidden=["settle"])
    assert [(one.path, one.ours, one.theirs) for one in found.unlike] == [("phase", "MIDDLE", ("END",))]


def test_another_beginning_is_a_run_without_steps() -> None:
    class Knocked(Door):
        knocks = 1

    found = included(Door, Knocked)
    assert steps(found) == []
    assert [(one.path, one.ours, one.theirs) for one in found.unlike] == [("knocks", "0", ("1",))]


def test_values_are_the_same_when_they_are_shown_the_same() -> None:
    @spec
    class Elsewhere:
        phase: Other = Other.START
        knocks: int = var(range(5), 0)

        @action(Other.START)
        def knock(self) -> None:
            require(self.knocks < 2)
            self.knocks += 1

        @action(Other.START)
        def open(self, wide: bool) -> None:
            self.phase = Other.END if wide else Other.MIDDLE

    assert included(Door, Elsewhere).outcome is Outcome.HOLDS
    assert included(Elsewhere, Door).outcome is Outcome.HOLDS


def test_members_of_sets_are_the_same_in_any_order() -> None:
    @spec
    class Here:
        on: bool = True
        held: frozenset[Phase] = frozenset(Phase)

        @action
        def drop(self) -> None:
            self.held = frozenset()

    @spec
    class There:
        on: bool = True
        held: frozenset[Turned] = frozenset(Turned)

        @action
        def drop(self) -> None:
            self.held = frozenset()

    assert included(Here, There).outcome is Outcome.HOLDS


def test_arguments_that_only_one_has_are_not_seen() -> None:
    @spec
    class Plain:
        phase: Phase = Phase.START
        knocks: int = var(range(3), 0)

        @action(Phase.START)
        def open(self) -> None:
            self.phase = Phase.END

    found = included(Door, Plain, ("phase",))
    assert steps(found) == ["knock"]
    found = included(Door, Plain, ("phase",), ["knock"])
    assert steps(found) == ["open(wide=False)"]
    assert [one.path for one in found.unlike] == ["phase"]
    assert included(Plain, Door, ("phase",), ["knock"]).outcome is Outcome.HOLDS


def test_what_only_a_limit_stops_is_no_refusal() -> None:
    @spec
    class Counter:
        count: int = var(range(9), 0)

        @action
        def up(self) -> None:
            limit(self.count < 8)
            self.count += 1

    @spec
    class Shorter(Counter):
        @action
        def up(self) -> None:
            limit(self.count < 3)
            self.count += 1

    @spec
    class Full(Counter):
        @action
        def up(self) -> None:
            require(self.count < 3)
            self.count += 1

    found = included(Counter, Shorter)
    assert found.outcome is Outcome.HOLDS
    assert found.reason == "within the bounds of Shorter (1 step beyond a `limit` not followed)"
    assert included(Shorter, Counter).reason == ""
    assert steps(included(Counter, Full)) == ["up"] * 4


def test_parts_of_maps_and_of_records_are_seen_as_far_as_both_have_them() -> None:
    two, three = model_of(many(Door, 2)), model_of(many(Door, 3))
    assert common(two, three) == ("phase[0]", "phase[1]", "knocks[0]", "knocks[1]")
    assert included(two, three).outcome is Outcome.HOLDS
    assert steps(included(three, two)) == ["knock(copy=2)"]


@pytest.mark.parametrize(
    ("limits", "reason"),
    [
        (Limits(max_states=1), "max_states=1"),
        (Limits(max_depth=2), "max_depth=2"),
        (Limits(timeout=0), "timeout=0s"),
        (Limits(max_memory=1), "memory: "),
    ],
)
def test_what_ends_early_is_unknown_and_never_holds(limits: Limits, reason: str) -> None:
    found = included(AlternatingBit, AlternatingBit, limits=limits)
    assert found.outcome is Outcome.UNKNOWN
    assert found.reason.startswith(reason)


def test_a_run_that_was_found_within_limits_stands() -> None:
    assert included(Door, Patient, limits=Limits(max_depth=1)).outcome is Outcome.VIOLATED


def test_an_interrupt_is_unknown() -> None:
    def interrupt(_: object) -> None:
        raise KeyboardInterrupt

    model = model_of(Door)
    sight = Sight.of(model, model)
    behaviour = Behaviour(Tables(model), sight)
    found = Search(behaviour, behaviour, sight, ("a", "b"), progress=interrupt).search()
    assert (found.outcome, found.reason) == (Outcome.UNKNOWN, "interrupted")


def test_a_spec_that_hides_its_choices_needs_sets_of_states() -> None:
    @spec
    class Choosing:
        """It chooses unseen, and shows its choice much later."""

        phase: Phase = Phase.START
        flags: dict[Phase, bool] = each(Phase, False)
        secret: bool = var(initial=one_of(False, True))

        @action(Phase.START)
        def flip(self, which: Phase) -> None:
            require(not self.flags[which])
            self.flags[which] = True

        @action(Phase.START)
        def show(self) -> None:
            require(all(self.flags.values()))
            self.phase = Phase.END if self.secret else Phase.MIDDLE

    class Decided(Choosing):
        secret = True

    seen = ("phase",)
    assert included(Decided, Choosing, seen).outcome is Outcome.HOLDS
    found = included(Choosing, Decided, seen)
    assert len(steps(found)) == 4
    assert [(one.ours, one.theirs) for one in found.unlike] == [("MIDDLE", ("END",))]


def test_a_smaller_set_of_states_refuses_more_than_a_larger_one_before_it() -> None:
    @spec
    class Free:
        phase: Phase = Phase.START

        @action(Phase.START)
        def choose(self) -> None:
            self.phase = Phase.MIDDLE

        @action(Phase.MIDDLE)
        def narrow(self) -> None:
            pass

        @action(Phase.MIDDLE)
        def end(self) -> None:
            self.phase = Phase.END

    @spec
    class Chosen:
        phase: Phase = Phase.START
        which: int = var(range(3), 0)

        @action(Phase.START)
        def choose(self, which: int = var(range(3))) -> None:
            self.which = which
            self.phase = Phase.MIDDLE

        @action(Phase.MIDDLE)
        def narrow(self) -> None:
            require(self.which != 2)

        @action(Phase.MIDDLE)
        def end(self) -> None:
            require(self.which == 2)
            self.phase = Phase.END

    assert steps(included(Free, Chosen)) == ["choose", "narrow", "end"]
    assert included(Chosen, Free).outcome is Outcome.HOLDS


def test_a_verdict_has_no_truth_value() -> None:
    with pytest.raises(TypeError, match="outcome"):
        bool(included(Door, Door))


# random specs, and small changes of them


@st.composite
def pairs(draw: Any) -> tuple[Drawn, Drawn]:
    """A spec, and the same with one to three small changes."""
    drawn = draw(specs())
    lines = drawn.source.splitlines()
    for _ in range(draw(st.integers(1, 3))):
        lines = draw(st.sampled_from((without_action, other_phase, without_statement, other_fault)))(
            draw, lines
        )
    return drawn, made(lines)


def made(lines: list[str]) -> Drawn:
    names: dict[str, Any] = {**NAMES, "__name__": __name__}
    source = "\n".join(lines)
    try:
        exec(source, names)
        model_of(names["Drawn"]).events  # noqa: B018
    except SpecError:
        assume(False)
    return Drawn(source, names["Drawn"])


def blocks(lines: list[str]) -> list[tuple[int, int]]:
    """Where each action and property begins and ends."""
    starts = [n for n, line in enumerate(lines) if line.startswith("    @")]
    return list(zip(starts, [*starts[1:], len(lines)], strict=True))


def without_action(draw: Any, lines: list[str]) -> list[str]:
    found = [(a, b) for a, b in blocks(lines) if lines[a].startswith("    @action")]
    start, end = draw(st.sampled_from(found))
    name = lines[start + 1].split("(")[0].removeprefix("    def ")
    if len(found) < 2 or any(f"on={name}" in line for line in lines):
        return lines
    return lines[:start] + lines[end:]


def other_phase(draw: Any, lines: list[str]) -> list[str]:
    places = [n for n, line in enumerate(lines) if line.startswith("        ") and "Phase." in line]
    if not places:
        return lines
    place = draw(st.sampled_from(places))
    old, new = draw(st.permutations(["Phase.START", "Phase.MIDDLE", "Phase.END"]))[:2]
    return [line.replace(old, new) if n == place else line for n, line in enumerate(lines)]


def without_statement(draw: Any, lines: list[str]) -> list[str]:
    inner = [
        n
        for n, line in enumerate(lines)
        if line.startswith("        self.") and lines[n - 1].startswith("        self.")
    ]
    if not inner:
        return lines
    place = draw(st.sampled_from(inner))
    return lines[:place] + lines[place + 1 :]


def other_fault(draw: Any, lines: list[str]) -> list[str]:
    return [line.replace(", fault=True", "").replace("fault=True", "") for line in lines]


def speakers(pair: tuple[Drawn, Drawn], seen: Any, hidden: Any) -> tuple[Speaker, Speaker]:
    one, other = (model_of(drawn.cls) for drawn in pair)
    parts = common(one, other) if seen is None else seen
    return Speaker(one, parts, frozenset(hidden)), Speaker(other, parts, frozenset(hidden))


def judge(pair: tuple[Drawn, Drawn], seen: Any, hidden: Any) -> None:
    """The answer against every word up to some length; its run is one of ours alone, and a shortest one."""
    found = included(pair[0].cls, pair[1].cls, seen, hidden)
    ours, theirs = speakers(pair, seen, hidden)
    length, looked = shortest_alone(ours, theirs, most=3, words=400)
    if found.outcome is Outcome.HOLDS:
        assert length is None
        return
    assert found.outcome is Outcome.VIOLATED
    assert found.run is not None
    spoken = sum(step.action not in ours.hidden for step in found.run.steps)
    assert spoken == length if length is not None else spoken > looked
    alone = [word for word in words_of(found.run, ours) if ours.says(word) and not theirs.says(word)]
    assert alone
    assert any(len(word) < 2 or theirs.says(word[:-2]) for word in alone)


@given(pairs())
def test_the_shortest_run_is_what_brute_force_finds(pair: tuple[Drawn, Drawn]) -> None:
    judge(pair, None, ())
    judge(pair[::-1], None, ())


@given(pairs(), st.sampled_from(["do0", "do1", "do2"]), st.booleans())
def test_so_it_is_with_hidden_actions_and_little_to_see(
    pair: tuple[Drawn, Drawn], hidden: str, phase: bool
) -> None:
    parts = common(*(model_of(drawn.cls) for drawn in pair))
    seen = tuple(part for part in parts if part.startswith("phase")) if phase else ()
    judge(pair, seen, (hidden,))
    judge(pair, seen, ())


@given(specs(), st.booleans())
def test_no_spec_does_what_it_cannot_do(drawn: Drawn, all_seen: bool) -> None:
    found = included(drawn.cls, drawn.cls, None if all_seen else (), () if all_seen else ("do0",))
    assert found.outcome is Outcome.HOLDS
