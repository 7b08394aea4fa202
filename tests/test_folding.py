"""Folding: what a fold counts is what can be counted on the graph, whichever engine explored it."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from enum import Enum
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from fsm import action, always, limit, many, model_of, one_of, require, spec, var
from fsm.composites import MapOf, Maybe, Record
from fsm.domains import Domain
from fsm.errors import FsmError, SpecError
from fsm.explorer import explore
from fsm.folding import Quotient, alternatives, count_blocks, fold, phase_moves
from fsm.lens import Tally, lens_of, tell
from fsm.limits import NO_LIMITS, Limits
from fsm.model import Kind, Model
from fsm.strategy import Strategy
from fsm.values import show
from specs.classics.two_phase_commit import TwoPhaseCommit, two_phase_commit
from tests.strategies import Drawn, specs
from tests.textbook import Textbook, plain

Look = Callable[[dict[str, Any]], str]  #: what is seen of a state, given as plain values


def looks(domain: Domain, text: str, get: Callable[[Any], Any]) -> Iterator[tuple[str, Look]]:
    """Every way to look at a variable, with a function of the plain values that says what is seen."""
    yield text, lambda values: show(get(values))
    if isinstance(domain, Maybe):

        def inner(values: Any, name: str) -> Any:
            there = get(values)
            return None if there is None else getattr(there, name)

        for name, part in domain.record.fields:
            yield from looks(part, f"{text}.{name}", lambda values, name=name: inner(values, name))
    if isinstance(domain, Record):
        for name, part in domain.fields:
            yield from looks(part, f"{text}.{name}", lambda values, name=name: getattr(get(values), name))
    if isinstance(domain, MapOf):
        for key in domain.keys:
            yield from looks(domain.value, f"{text}[{show(key)}]", lambda values, key=key: get(values)[key])
        yield f"{text}[*]", lambda values: told(Counter(map(show, get(values).values())))
        if isinstance(domain.value, Record):
            for name, _ in domain.value.fields:
                yield (
                    f"{text}[*].{name}",
                    lambda values, name=name: told(
                        Counter(show(getattr(one, name)) for one in get(values).values())
                    ),
                )


def told(counts: Counter[str]) -> str:
    return ", ".join(f"{count} {one}" for one, count in sorted(counts.items()))


def sorted_tell(value: Any) -> str:
    if isinstance(value, Tally):
        return told(Counter({tell(one): count for one, count in value.counts}))
    return tell(value)


def all_looks(model: Model) -> list[tuple[str, Look]]:
    found = []
    for variable in model.variables:
        name = variable.name
        found += looks(variable.domain, name, lambda values, name=name: values[name])
    for asked in model.properties:
        if not asked.parameters and asked.kind in (Kind.ALWAYS, Kind.SOMETIMES, Kind.RECOVERABLE):
            body = asked.body
            found.append((asked.name, lambda values, body=body: show(body(plain(model, values)))))
    return found


def counted(model: Model, chosen: list[Look]) -> dict[str, Any]:
    """The quotient, counted the slow way."""
    book = Textbook(model)
    block = {key: tuple(look(values) for look in chosen) for key, values in book.states.items()}
    leading: dict[Any, set[Any]] = defaultdict(set)
    transitions: Counter[Any] = Counter()
    events: dict[Any, set[str]] = defaultdict(set)
    for key, steps in book.steps.items():
        for number, after in steps:
            event = model.events[number]
            move = block[key], event.action.name, block[after]
            leading[move].add(key)
            transitions[move] += 1
            events[move].add(event.label)
    size = Counter(block.values())
    stuck = [k for k in book.states if not book.steps[k] and not book.bounded[k] and not book.is_final(k)]
    wrong: dict[Any, set[Any]] = defaultdict(set)
    for asked in model.properties:
        if asked.kind is Kind.ALWAYS:
            for key in book.states:
                arguments = [tuple(parameter.domain) for parameter in asked.parameters]
                for chosen_one in arguments[0] if arguments else [None]:
                    if not book.holds(asked, key, [chosen_one] if arguments else []):
                        wrong[block[key], asked.name].add(key)
    return {
        "blocks": dict(size),
        "final": +Counter(block[key] for key in book.states if book.is_final(key)),
        "stuck": +Counter(block[key] for key in stuck),
        "wrong": {key: len(found) for key, found in wrong.items()},
        "moves": {
            move: (len(found), transitions[move], events[move], len(found) == size[move[0]])
            for move, found in leading.items()
        },
    }


def as_counted(quotient: Quotient) -> dict[str, Any]:
    names = [tuple(map(sorted_tell, block.values)) for block in quotient.blocks]
    return {
        "blocks": {name: block.states for name, block in zip(names, quotient.blocks, strict=True)},
        "final": +Counter({n: block.final for n, block in zip(names, quotient.blocks, strict=True)}),
        "stuck": +Counter({n: block.stuck for n, block in zip(names, quotient.blocks, strict=True)}),
        "wrong": {
            (name, asked): count
            for name, block in zip(names, quotient.blocks, strict=True)
            for asked, count in block.violating
        },
        "moves": {
            (names[move.source], move.action.name, names[move.target]): (
                move.states,
                move.transitions,
                {event.label for event in move.events},
                move.always,
            )
            for move in quotient.moves
        },
    }


@given(specs(), st.data())
def test_a_fold_is_what_a_textbook_counts(drawn: Drawn, data: st.DataObject) -> None:
    model = model_of(drawn.cls)
    chosen = data.draw(
        st.lists(st.sampled_from(all_looks(model)), min_size=1, max_size=3, unique_by=lambda one: one[0])
    )
    quotient = fold(explore(model), lens_of(model, ", ".join(text for text, _ in chosen)))
    assert as_counted(quotient) == counted(model, [look for _, look in chosen])


@given(specs(), st.data(), st.sampled_from([Limits(), Limits(max_states=40), Limits(max_faults=0)]))
def test_both_engines_fold_alike(drawn: Drawn, data: st.DataObject, limits: Limits) -> None:
    pytest.importorskip("numba")
    model = model_of(drawn.cls)
    texts = st.lists(
        st.sampled_from([text for text, _ in all_looks(model)]), min_size=1, max_size=3, unique=True
    )
    lens = lens_of(model, ", ".join(data.draw(texts)))
    one, other = (explore(model, limits, strategy=Strategy(engine)) for engine in ("python", "native"))
    assume(one.stopped == other.stopped and len(one.states) == len(other.states))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("fsm.native.folding.BATCH", data.draw(st.sampled_from([3, 50, 1 << 17])))
        patch.setattr("fsm.native.folding.WIDE", data.draw(st.sampled_from([2, 62])))
        patch.setattr("fsm.native.folding.DENSE", data.draw(st.sampled_from([0, 1 << 20])))
        assert fold(one, lens) == fold(other, lens)
        assert phase_moves(one) == phase_moves(other)
        assert count_blocks(one, lens) == count_blocks(other, lens)


# by hand

Phase = Enum("Phase", "IDLE BUSY DONE")
Kind_ = Enum("Kind_", "SMALL LARGE")


@spec(final={Phase.DONE})
class Task:
    """A task that may hang."""

    phase: Phase = Phase.IDLE
    kind: Kind_ = var(initial=one_of(Kind_.SMALL, Kind_.LARGE))
    tries: int = var(range(3), 0)

    @action(Phase.IDLE)
    def start(self, fast: bool) -> None:
        self.phase = Phase.BUSY

    @action(Phase.BUSY)
    def finish(self) -> None:
        require(self.kind is Kind_.SMALL or self.tries > 0)
        self.phase = Phase.DONE

    @action(Phase.BUSY, fault=True)
    def fail(self) -> None:
        limit(self.tries < 2)
        self.phase, self.tries = Phase.IDLE, self.tries + 1

    @always
    def is_never_tried_twice(self) -> bool:
        return self.tries < 2

    @property
    def is_tired(self) -> bool:
        return self.tries > 1

    def halves(self) -> tuple[int, bool]:
        return self.tries // 2, self.phase is Phase.DONE


def folded(of: Any, text: str, limits: Limits = NO_LIMITS, **how: Any) -> Quotient:
    model = model_of(of)
    return fold(explore(model, limits, strategy=Strategy(**how)), lens_of(model, text))


def moves(quotient: Quotient) -> dict[tuple[str, str, str], tuple[int, int, bool]]:
    names = [", ".join(map(tell, block.values)) for block in quotient.blocks]
    return {
        (names[move.source], move.action.name, names[move.target]): (
            move.states,
            move.transitions,
            move.always,
        )
        for move in quotient.moves
    }


def test_an_action_always_leads_on_if_every_state_has_it_and_may_if_some_have() -> None:
    assert moves(folded(Task, "phase")) == {
        ("IDLE", "start", "BUSY"): (6, 12, True),
        ("BUSY", "finish", "DONE"): (5, 5, False),
        ("BUSY", "fail", "IDLE"): (4, 4, False),
    }


def test_blocks_tell_what_their_states_are() -> None:
    idle, busy, done = folded(Task, "phase").blocks
    assert (idle.states, idle.initial, idle.final) == (6, 2, 0)
    assert (done.states, done.initial, done.final) == (5, 0, 5)
    assert busy.violating == (("is_never_tried_twice", 2),)
    assert not idle.stuck + busy.stuck + done.stuck


def test_a_method_and_a_property_fold_by_what_they_answer() -> None:
    assert [block.values for block in folded(Task, "is_tired").blocks] == [(False,), (True,)]
    assert {block.values for block in folded(Task, "halves").blocks} == {
        ((0, False),), ((0, True),), ((1, False),), ((1, True),),
    }  # fmt: skip


def test_a_method_may_answer_a_set() -> None:
    class Heard(TwoPhaseCommit):
        def missing(self) -> frozenset[int]:
            return self.prepared_sent - self.heard

        def both(self) -> tuple[frozenset[int], set[int]]:
            return self.heard, {len(self.heard)}

    assert [tell(block.values[0]) for block in folded(Heard, "missing").blocks][:3] == ["{}", "{0}", "{1}"]
    assert ("({0, 1}, {2})",) in {tuple(map(tell, block.values)) for block in folded(Heard, "both").blocks}


def test_a_method_that_answers_no_plain_value_is_refused_with_its_place() -> None:
    @spec
    class Odd:
        phase: bool = False

        @action
        def go(self) -> None:
            self.phase = True

        def parts(self) -> list[bool]:
            return [self.phase]

    with pytest.raises(SpecError, match=r"test_folding\.py:\d+: `parts` answers a value of type list"):
        folded(Odd, "parts")


def test_members_that_are_counted_look_the_same_whichever_they_are() -> None:
    commit = folded(two_phase_commit(3), "managers[*]")
    assert len(commit.blocks) == 13
    assert tell(commit.blocks[0].values[0]) == "3 WORKING"
    assert moves(commit)["3 WORKING", "give_up", "2 WORKING, 1 ABORTED"] == (2, 6, True)
    assert moves(commit)["3 PREPARED", "receive_commit", "2 PREPARED, 1 COMMITTED"] == (1, 3, False)


@pytest.mark.parametrize("engine", ["python", "native"])
def test_what_was_explored_up_to_renaming_is_folded_where_members_are_counted(engine: str) -> None:
    plain_, renamed = many(Task, 3), many(Task, 3, symmetric=True)
    there = folded(plain_, "phase[*], tries[*]")
    here = folded(renamed, "phase[*], tries[*]", engine=engine)
    assert {block.values for block in here.blocks} == {block.values for block in there.blocks}
    assert {key: always for key, (_, _, always) in moves(here).items()} == {
        key: always for key, (_, _, always) in moves(there).items()
    }
    assert sum(block.states for block in here.blocks) < sum(block.states for block in there.blocks)
    assert (here.symmetric, there.symmetric) == (True, False)


@pytest.mark.parametrize("limits", [Limits(max_states=60), Limits(max_faults=1)])
def test_engines_fold_alike_what_was_explored_up_to_renaming_in_part(limits: Limits) -> None:
    pytest.importorskip("numba")
    one = folded(many(Task, 3, symmetric=True), "phase[*]", limits, engine="python")
    other = folded(many(Task, 3, symmetric=True), "phase[*]", limits, engine="native")
    assert one == other
    assert one.partial


def test_members_that_were_explored_as_interchangeable_are_not_told_apart() -> None:
    for text in ("phase", "phase[0]", "phase[*], kind"):
        with pytest.raises(ValueError, match="tells members apart"):
            folded(many(Task, 2, symmetric=True), text)


@pytest.mark.parametrize("engine", ["python", "native"])
def test_the_phases_of_interchangeable_members_move_as_those_of_others(engine: str) -> None:
    if engine == "native":
        pytest.importorskip("numba")
    found = [
        phase_moves(explore(many(Task, 3, symmetric=symmetric), strategy=Strategy(engine)))
        for symmetric in (False, True)
    ]
    plain_, renamed = (
        {(a, b, event.action.name, event.arguments[1:]) for a, b, event in one} for one in found
    )
    assert plain_ == renamed


def test_too_many_nodes_are_refused_with_variables_that_give_fewer() -> None:
    model = model_of(two_phase_commit(3))
    graph = explore(model)
    with pytest.raises(FsmError) as refused:
        fold(graph, lens_of(model, "managers, heard"), 20)
    assert str(refused.value).startswith(
        "folding TwoPhaseCommit by `managers, heard` gives 132 nodes, and a picture holds 20: "
        "of single variables these give fewer: `managers[*]` (13), `decision` (3), `heard` (8)"
    )
    assert len(fold(graph, lens_of(model, "managers[*]"), 13).blocks) == 13
    with pytest.raises(FsmError, match=r"by `managers\[\*\]` gives 13 nodes"):
        fold(graph, lens_of(model, "managers[*]"), 12)


def test_what_is_suggested_has_as_many_nodes_as_is_said() -> None:
    model = model_of(two_phase_commit(3))
    graph = explore(model)
    found = alternatives(graph, "managers", 30)
    assert found
    assert all(len(fold(graph, lens_of(model, text)).blocks) == count for text, count in found)


def test_no_variable_gives_fewer_and_that_is_said() -> None:
    @spec
    class Clock:
        hour: int = var(range(100), 0)

        @action
        def tick(self) -> None:
            self.hour = (self.hour + 1) % 100

    with pytest.raises(FsmError, match="gives 100 nodes, and a picture holds 60: no single variable"):
        fold(explore(model_of(Clock)), lens_of(model_of(Clock), "hour"), 60)


def test_a_state_in_which_nothing_goes_on_is_counted_as_stuck() -> None:
    @spec
    class Trap:
        phase: bool = False
        n: int = var(range(3), 0)

        @action(False)
        def go(self, n: int = var(range(3))) -> None:
            self.phase, self.n = True, n

        @action(True)
        def back(self) -> None:
            require(self.n > 0)
            self.phase = False

    for engine in ("python", "native"):
        if engine == "native":
            pytest.importorskip("numba")
        assert [block.stuck for block in folded(Trap, "phase", engine=engine).blocks] == [0, 1]


def test_a_full_table_is_asked_state_by_state(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("numba")
    monkeypatch.setattr("fsm.capture.MOST_ROWS", 0)
    assert moves(folded(Task, "phase, is_tired", engine="native")) == moves(
        folded(Task, "phase, is_tired", engine="python")
    )
