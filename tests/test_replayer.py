"""Observations followed through a spec, against every way through it; and what is said of a refusal."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fsm import AnyOf, Observation, action, always, model_of, one_of, replay, require, spec, var
from fsm.capture import Tables
from fsm.errors import AdapterError, Violation
from fsm.explorer import explore
from fsm.graph import Graph
from fsm.observation import Conformance
from fsm.replayer import Follower, follow
from fsm.verdict import Outcome
from tests.strategies import Drawn, specs

# small graphs, with everything that follows from them found by walking every way

NODES = 4
ACTIONS = ("a", "b", "h", "i")  # the last two are hidden
HIDDEN = frozenset("hi")
Transition = tuple[int, int]
Ways = set[tuple[int, frozenset[Transition]]]


@dataclass(frozen=True)
class Small:
    """A graph: for each action where it leads from each node, if anywhere; and a color of each node."""

    targets: Mapping[str, tuple[int | None, ...]]
    colors: tuple[bool, ...]
    graph: Graph = field(compare=False, repr=False)


@st.composite
def smalls(draw: Any) -> Small:
    nodes = st.none() | st.integers(0, NODES - 1)
    targets = {name: draw(st.tuples(*[nodes] * NODES)) for name in ACTIONS}
    colors = draw(st.tuples(*[st.booleans()] * NODES))
    lines = ["@spec", "class Drawn:", f"    node: int = var(range({NODES}), 0)"]
    lines += [f"    color: bool = {colors[0]}"]
    for name, row in targets.items():
        lines += ["    @action", f"    def {name}(self) -> None:", f"        target = {row}[self.node]"]
        lines += ["        require(target is not None)", "        self.node = target"]
        lines += [f"        self.color = {colors}[target]"]
    names: dict[str, Any] = {"spec": spec, "action": action, "var": var, "require": require}
    names["__name__"] = __name__
    exec("\n".join(lines), names)
    return Small(targets, colors, explore(model_of(names["Drawn"])))


@st.composite
def sights(draw: Any) -> Observation:
    """Something that somebody might say to have observed."""
    actions = draw(st.sampled_from([(), ("a",), ("b",), ("a", "b")]))
    color = draw(st.sampled_from([{}, {"color": True}, {"color": False}, {"color": AnyOf((True, False))}]))
    return Observation(actions, state=color)


def agrees(small: Small, state: int, seen: Observation) -> bool:
    color = seen.state.get("color", AnyOf((True, False)))
    value = small.graph.model.layout.value(state, "color")
    return value in color.values if isinstance(color, AnyOf) else value is color


def successors(small: Small, state: int, names: Iterable[str]) -> list[tuple[int, int]]:
    events = small.graph.model.events
    return [one for one in small.graph.successors(state) if events[one[0]].action.name in names]


def all_ways(small: Small, observations: Sequence[Observation]) -> Ways:
    """Every way without a detour to every state, with the transitions that it takes."""
    ways: Ways = {(small.graph.states[0], frozenset())}
    for seen in observations:
        ways = {found for way in ways for found in detourless(small, *way, ())}
        if seen.actions:
            ways = {
                (after, taken | {(state, number)})
                for state, taken in ways
                for number, after in successors(small, state, seen.actions)
            }
        ways = {way for way in ways if agrees(small, way[0], seen)}
    return ways


def detourless(
    small: Small, state: int, taken: frozenset[Transition], before: tuple[int, ...]
) -> Iterable[tuple[int, frozenset[Transition]]]:
    yield state, taken
    for number, after in successors(small, state, HIDDEN):
        if after not in (*before, state):
            yield from detourless(small, after, taken | {(state, number)}, (*before, state))


def possible(small: Small, observations: Sequence[Observation]) -> set[Transition]:
    """Every transition on some way, detours included: from it the rest of the observations can follow."""
    forward = [{small.graph.states[0]}]
    steps: list[set[tuple[int, int, int]]] = []  # before each observation: state, event, state
    crossings: list[set[tuple[int, int | None, int]]] = []

    def hidden(states: set[int]) -> tuple[set[int], set[tuple[int, int, int]]]:
        found, made = set(states), set()
        pending = list(states)
        while pending:
            state = pending.pop()
            for number, after in successors(small, state, HIDDEN):
                made.add((state, number, after))
                if after not in found:
                    found.add(after)
                    pending.append(after)
        return found, made

    for seen in observations:
        states, made = hidden(forward[-1])
        steps.append(made)
        crossing: set[tuple[int, int | None, int]] = set()
        for state in states:
            onward: list[tuple[int | None, int]] = [(None, state)]
            if seen.actions:
                onward = list(successors(small, state, seen.actions))
            crossing |= {(state, n, after) for n, after in onward if agrees(small, after, seen)}
        crossings.append(crossing)
        forward.append({after for _, _, after in crossing})
    states, made = hidden(forward[-1])
    found = {(state, number) for state, number, _ in made}
    alive = forward[-1]
    for made, crossing in zip(reversed(steps), reversed(crossings), strict=True):
        found |= {(state, n) for state, n, after in crossing if after in alive and n is not None}
        alive = {state for state, _, after in crossing if after in alive}
        while True:
            more = {state for state, _, after in made if after in alive} | alive
            found |= {(state, n) for state, n, after in made if after in alive}
            if more == alive:
                break
            alive = more
    return found


def followed(small: Small, observations: Sequence[Observation]) -> tuple[Conformance, Follower]:
    follower = Follower(small.graph.tables, HIDDEN)
    return follow(follower, observations), follower


@given(smalls(), st.lists(sights(), max_size=4))
def test_the_states_that_explain_what_was_seen_are_those_that_some_way_leads_to(
    small: Small, observations: list[Observation]
) -> None:
    verdict, follower = followed(small, observations)
    ways = all_ways(small, observations)
    assert (verdict.refusal is None) == bool(ways)
    if ways:
        assert set(follower.candidates) == {state for state, _ in ways}
        assert verdict.observations == len(observations)
    else:
        assert verdict.refusal is not None
        first = next(n for n in range(len(observations)) if not all_ways(small, observations[: n + 1]))
        assert verdict.refusal.index == verdict.observations == first
        assert set(follower.candidates) == {state for state, _ in all_ways(small, observations[:first])}


@given(smalls(), st.lists(sights(), max_size=4))
def test_what_is_covered_is_what_every_way_takes(small: Small, observations: list[Observation]) -> None:
    verdict, follower = followed(small, observations)
    ways = all_ways(small, observations[: verdict.observations])
    assert verdict.covered == frozenset.intersection(*(taken for _, taken in ways))
    for state, taken in follower.candidates.items():
        assert taken.every == frozenset.intersection(*(way for end, way in ways if end == state))
    assert follower.possible() == possible(small, observations[: verdict.observations])


@given(smalls(), st.lists(sights(), max_size=4), st.sampled_from("ab"))
def test_what_may_come_next_is_what_a_refusal_says_was_expected(
    small: Small, observations: list[Observation], name: str
) -> None:
    _, follower = followed(small, observations)
    labels = tuple(follower.model.events[number].label for number in follower.enabled())
    refusal = follower.follow(Observation((name,)))
    assert (refusal is None) == (name in labels)
    assert refusal is None or refusal.expected == labels


@given(smalls(), st.data())
def test_a_run_that_shows_a_wrong_value_is_refused_unless_something_else_explains_it(
    small: Small, data: st.DataObject
) -> None:
    graph, state = small.graph, small.graph.states[0]
    observations = []
    for _ in range(data.draw(st.integers(1, 5))):
        choices = list(graph.successors(state))
        if not choices:
            break
        number, state = data.draw(st.sampled_from(choices))
        name = graph.model.events[number].action.name
        if name not in HIDDEN:
            observations.append(
                Observation((name,), state={"color": graph.model.layout.value(state, "color")})
            )
    assert followed(small, observations)[0].refusal is None
    if not observations:
        return
    place = data.draw(st.integers(0, len(observations) - 1))
    right = observations[place]
    observations[place] = Observation(right.actions, state={"color": not right.state["color"]})
    verdict, _ = followed(small, observations)
    assert (verdict.refusal is None) == bool(all_ways(small, observations))


@given(specs(), st.data())
def test_every_run_of_a_spec_conforms_to_what_is_seen_of_it(drawn: Drawn, data: st.DataObject) -> None:
    graph = explore(model_of(drawn.cls))
    model, layout = graph.model, graph.model.layout
    names = [one.name for one in model.actions]
    hidden = data.draw(st.sets(st.sampled_from(names), max_size=2))
    paths = [path for path, _ in layout.parts] + list(layout.places)
    state = data.draw(st.sampled_from(graph.states[: graph.initial]))
    observations, taken, acted = [], set(), False
    for _ in range(data.draw(st.integers(0, 8))):
        choices = list(graph.successors(state))
        if not choices:
            break
        number, after = data.draw(st.sampled_from(choices))
        event = model.events[number]
        taken.add((state, number))
        state = after
        if event.action.name in hidden:
            continue
        acted = True
        shown = {
            path: shown_at(graph, state, path)
            for path in data.draw(st.sets(st.sampled_from(paths), max_size=3))
        }
        arguments = event.named if data.draw(st.booleans()) else {}
        observations.append(Observation((event.action.name,), arguments, shown))
        if data.draw(st.booleans()):
            observations.append(Observation(state=shown))
    follower = Follower(graph.tables, hidden)
    verdict = follow(follower, observations)
    assert verdict.outcome is (Outcome.HOLDS if acted else Outcome.UNKNOWN)
    assert verdict.covered <= follower.possible()
    assert {one for one in taken if model.events[one[1]].action.name not in hidden} <= follower.possible()


def shown_at(graph: Graph, state: int, path: str) -> Any:
    layout = graph.model.layout
    place = {**dict(layout.parts), **layout.places}[path]
    return place.domain.decode(layout.numbers(state, place))


# what it says

Light = Enum("Light", "RED GREEN")


@spec
class Crossing:
    """Two lights, a counter, and a mood that nobody sees."""

    light: Light = Light.RED
    cars: int = var(range(4), 0)
    glad: bool = False

    @action(Light.RED)
    def go(self, honk: bool) -> None:
        self.light = Light.GREEN

    @action(Light.GREEN)
    def stop(self) -> None:
        self.light = Light.RED

    @action(Light.GREEN)
    def drive(self, many: Literal[1, 2]) -> None:
        require(self.cars + many < 4)
        self.cars += many

    @action
    def smile(self) -> None:
        self.glad = not self.glad

    @always
    def in_range(self) -> bool:
        return self.cars < 4


def said(*observations: Observation, hidden: tuple[str, ...] = ()) -> str:
    return str(replay(Crossing, observations, hidden=hidden))


def test_what_conforms_is_said_to_in_one_line() -> None:
    assert said(Observation(("go",)), Observation(("stop",))) == "Crossing: conforming (2 observations)"


def test_an_action_that_the_spec_does_not_allow_stands_beside_those_that_it_allows() -> None:
    assert (
        said(Observation(("go",)), Observation(("go",), {"honk": True}))
        == """\
Crossing: not conforming at observation 2: go(honk=True)
  specified: stop
  specified: drive(many=1)
  specified: drive(many=2)
  specified: smile"""
    )


def test_a_value_that_the_spec_does_not_allow_stands_beside_those_that_it_allows() -> None:
    assert (
        said(Observation(("go",)), Observation(("drive",), {}, {"cars": 3, "light": Light.GREEN}))
        == """\
Crossing: not conforming at observation 2: drive, then cars=3, light=GREEN
  specified: stop
  specified: drive(many=1)
  specified: drive(many=2)
  specified: smile
        specified  observed
  cars  1 or 2     3"""
    )


def test_values_that_are_possible_each_but_not_together_are_shown_together() -> None:
    verdict = replay(
        Crossing,
        [Observation(("go", "smile"), {}, {"light": Light.GREEN, "glad": True})],
    )
    assert verdict.refusal is not None
    (one,) = verdict.refusal.differences
    assert (one.path, one.observed) == ("light, glad", "GREEN, True")
    assert one.specified == ("GREEN, False", "RED, True")


def test_of_many_values_some_are_shown_and_the_others_counted() -> None:
    @spec
    class Dial:
        at: int = var(range(20), 0)

        @action
        def turn(self, to: Literal[1, 2, 3, 4, 5, 6, 7, 8, 9]) -> None:
            self.at = to

    assert str(replay(Dial, [Observation(("turn",), {}, {"at": 11})])).endswith(
        "at  1 or 2 or 3 or 4 or 5 or 6 or one of 3 others  11"
    )


def test_a_value_of_another_type_that_looks_the_same_is_told_apart() -> None:
    Light = Enum("Light", "RED GREEN")
    text = said(Observation(("go",), {}, {"light": Light.GREEN}))
    assert "light  GREEN      GREEN of the type " in text


@pytest.mark.parametrize("value", [True, 1.0, "1", [1], {"a": 1}, None, 4, -1])
def test_a_value_outside_the_domain_is_refused_whatever_its_type(value: object) -> None:
    assert replay(Crossing, [Observation(("smile",), {}, {"cars": value})]).outcome is Outcome.VIOLATED


def test_several_possible_values_are_enough() -> None:
    seen = Observation(("go",), {"honk": AnyOf((True, False))}, {"light": AnyOf((Light.GREEN, "off"))})
    assert replay(Crossing, [seen]).outcome is Outcome.HOLDS
    assert str(Observation(("go",), {}, {"cars": AnyOf((1, 2))})) == "go, then cars=1 or 2"


def test_an_observation_in_words_is_quoted_in_words() -> None:
    seen = Observation(("stop",), text="the lamp went red", line=7)
    assert said(seen).startswith("Crossing: not conforming at observation 1: the lamp went red\n")


def test_nothing_to_judge_is_unknown_and_says_so() -> None:
    assert said() == "Crossing: too thin to tell: nothing was observed (0 observations)"
    assert said(Observation(state={"cars": 0})) == (
        "Crossing: too thin to tell: no action was observed, the state was only looked at (1 observations)"
    )


def test_only_what_conforms_passes_an_assertion() -> None:
    replay(Crossing, [Observation(("go",))]).assert_holds()
    for observations in ([], [Observation(("stop",))]):
        with pytest.raises(Violation, match="Crossing: "):
            replay(Crossing, observations).assert_holds()


def covered(*observations: Observation) -> list[str]:
    """What every explanation takes, if nobody sees a smile."""
    model = model_of(Crossing)
    verdict = follow(Follower(Tables(model), ["smile"]), observations)
    assert verdict.refusal is None
    return sorted(model.events[number].label for _, number in verdict.covered)


def test_what_nobody_sees_is_covered_where_nothing_else_explains_what_was_seen() -> None:
    go, glad = Observation(("go",), {"honk": True}), Observation(state={"glad": True})
    sad = Observation(state={"glad": False})
    assert covered(go) == []  # glad or not? it may have smiled before
    assert covered(sad, go, sad) == []
    assert covered(go, glad) == []  # it smiled before or after
    assert covered(glad, go) == ["smile"]
    assert covered(Observation(("go",), {"honk": True}, {"glad": True})) == ["go(honk=True)", "smile"]
    assert covered(Observation(("go",), {}, {"glad": True})) == ["smile"]  # honking or not


def test_what_nobody_sees_is_possible_before_and_after_everything() -> None:
    follower = Follower(Tables(model_of(Crossing)), ["smile"])
    assert len(follower.possible()) == 2
    follower.follow(Observation(("go",)))
    assert sorted(follower.model.events[number].label for _, number in follower.possible()) == [
        "go(honk=False)", "go(honk=False)", "go(honk=True)", "go(honk=True)", *["smile"] * 4,
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("seen", "hidden", "message"),
    [
        (
            Observation(("got",)),
            (),
            "`got` was observed, but it is no action of Crossing: did you mean `go`?",
        ),
        (
            Observation(("go",), {"horn": True}),
            (),
            "`go` was observed with the argument `horn`, which it has not: did you mean `honk`?",
        ),
        (
            Observation(("go", "drive"), {"horn": True}),
            (),
            "`go or drive` was observed with the argument `horn`, which it has not: did you mean `honk`?",
        ),
        (
            Observation((), {}, {"ligt": Light.RED}),
            (),
            "`ligt` was observed, but it is no variable of Crossing: did you mean `light`?",
        ),
        (
            Observation(("go",)),
            ("smyle",),
            "`smyle` is hidden, but it is no action of Crossing: did you mean `smile`?",
        ),
    ],
)
def test_a_name_that_the_spec_has_not_is_an_error_and_no_verdict(
    seen: Observation, hidden: tuple[str, ...], message: str
) -> None:
    with pytest.raises(AdapterError) as error:
        replay(Crossing, [seen], hidden=hidden)
    assert str(error.value) == message


def test_an_argument_of_one_of_several_actions_counts_for_that_one() -> None:
    assert replay(Crossing, [Observation(("go", "smile"), {"honk": True})]).outcome is Outcome.HOLDS


def test_an_action_that_is_not_in_a_tuple_is_an_error_that_shows_the_tuple() -> None:
    with pytest.raises(AdapterError, match=r"Observation\(\('go',\)\)"):
        Observation("go")  # type: ignore[arg-type]


def test_a_recording_may_begin_anywhere_that_agrees_with_what_is_known() -> None:
    verdict = replay(Crossing, [Observation(("stop",), {}, {"cars": 3})], start={"light": Light.GREEN})
    assert verdict.outcome is Outcome.HOLDS
    assert verdict.explanations == 2  # glad or not


def test_a_beginning_that_no_reachable_state_agrees_with_is_an_error() -> None:
    with pytest.raises(AdapterError, match="Crossing has no state that agrees with where"):
        replay(Crossing, [Observation(("stop",))], start={"cars": 7})
    with pytest.raises(AdapterError, match="`car` was observed, but it is no variable"):
        replay(Crossing, [Observation(("stop",))], start={"car": 1})


def test_a_spec_that_may_begin_in_several_ways_is_followed_from_all_of_them() -> None:
    @spec
    class Either:
        on: bool = var(initial=one_of(False, True))

        @action
        def toggle(self) -> None:
            self.on = not self.on

    for on in (False, True):
        verdict = replay(Either, [Observation(("toggle",), {}, {"on": on})])
        assert (verdict.outcome, verdict.explanations) == (Outcome.HOLDS, 1)


def test_an_argument_that_is_a_set_is_seen_as_any_set() -> None:
    @spec
    class Flags:
        all: bool = False
        flags: frozenset[bool] = frozenset()

        @action
        def put(self, flags: frozenset[bool]) -> None:
            self.flags = flags

    seen = [Observation(("put",), {"flags": flags}) for flags in ({True}, frozenset({False, True}))]
    assert replay(Flags, seen).outcome is Outcome.HOLDS
