"""The engine and the textbook agree, on specs that nobody thought of."""

from hypothesis import given, settings
from hypothesis import strategies as st

from fsm.capture import Tables
from fsm.checker import report
from fsm.declaration import model_of
from fsm.explorer import explore
from fsm.graph import Graph
from fsm.model import Kind
from fsm.tables import Disabled, Step, Undefined
from fsm.values import show
from fsm.verdict import Trace
from tests.strategies import Drawn, specs
from tests.textbook import Bounded, Textbook, frozen, plain, step


def explored(drawn: Drawn) -> tuple[Graph, Textbook]:
    model = model_of(drawn.cls)
    return explore(model), Textbook(model)


@given(specs())
def test_the_engine_finds_what_the_textbook_finds(drawn: Drawn) -> None:
    graph, book = explored(drawn)
    layout = graph.model.layout
    found = {frozen(layout.unpack(state)): state for state in graph.states}
    assert found.keys() == book.states.keys()
    assert graph.transitions == sum(map(len, book.steps.values()))
    assert graph.bounded == sum(map(len, book.bounded.values()))
    assert graph.depth == max(steps for _, steps in book.cost.values())
    assert {key: graph.cost(graph.states.place(s)) for key, s in found.items()} == book.cost
    taken = [number for steps in book.steps.values() for number, _ in steps]
    assert graph.enabled == [taken.count(number) for number in range(len(graph.model.events))]
    for key, state in found.items():
        assert [(n, frozen(layout.unpack(after))) for n, after in graph.successors(state)] == book.steps[key]


@given(specs())
def test_the_verdicts_and_the_lengths_of_traces_agree(drawn: Drawn) -> None:
    graph, book = explored(drawn)
    answer = report(graph)
    for asked in graph.model.properties:
        result = answer[asked.name]
        outcome, cost = book.judge(asked)
        assert (asked.name, result.outcome) == (asked.name, outcome)
        shown = None if result.trace is None else (result.trace.faults, len(result.trace))
        assert (asked.name, shown) == (asked.name, cost)
    assert set(answer.never_enabled) == {
        action.name
        for action in graph.model.actions
        if not any(graph.model.events[n].action is action for steps in book.steps.values() for n, _ in steps)
    }


@given(specs())
def test_every_trace_replays(drawn: Drawn) -> None:
    model = model_of(drawn.cls)
    answer = report(explore(model))
    for asked in model.properties:
        result = answer[asked.name]
        if result.trace is None:
            continue
        before, last = replayed(model, result.trace)
        arguments = [
            next(value for value in parameter.domain if show(value) == shown)
            for parameter, (_, shown) in zip(asked.parameters, result.arguments, strict=False)
        ]
        if asked.kind is Kind.ALWAYS:
            assert asked.body(plain(model, last), *arguments) is False
        elif asked.kind is Kind.STEP:
            assert asked.body(plain(model, before), plain(model, last), *arguments) is False
        elif asked.kind is Kind.NEVER_STUCK:
            assert not any(step(model, event, last) for event in model.events)


def replayed(model: object, trace: Trace) -> tuple[dict, dict]:
    """The last two states of a trace, found by taking its steps on plain values."""
    layout = model.layout
    values = next(
        one for one in model.initial_values() if tuple(layout.items(layout.pack(one))) == trace.initial
    )
    before = values
    for taken in trace.steps:
        event = next(event for event in model.events if event.label == taken.label)
        before, values = values, step(model, event, values)
        changes = layout.changes(layout.pack(before), layout.pack(values))
        assert [(c.path, c.old, c.new) for c in taken.changes] == changes
        assert taken.fault == event.action.fault
    return before, values


@settings(max_examples=15)
@given(specs(), st.randoms(use_true_random=False))
def test_what_was_read_decides_what_was_done(drawn: Drawn, random: object) -> None:
    tables = Tables(model_of(drawn.cls))
    layout = tables.layout
    some = [sum(random.randrange(slot.size) << slot.shift for slot in layout.slots) for _ in range(25)]
    for table in (*tables.events, *tables.predicates.values()):
        known: dict[object, object] = {}
        for state in some:
            try:
                reads, leaf = table._run(state)
            except Exception:
                continue
            seen = tuple((cell, classes, _class(layout, state, cell, classes)) for cell, classes in reads)
            assert known.setdefault(seen, leaf) == leaf


def _class(layout, state, cell, classes):
    number = state >> layout.slots[cell].shift & layout.slots[cell].mask
    return number if classes is None else classes[number]


@settings(max_examples=15)
@given(specs())
def test_completing_a_table_changes_nothing_and_covers_everything(drawn: Drawn) -> None:
    model = model_of(drawn.cls)
    tables = Tables(model)
    layout = tables.layout
    total = 1
    for slot in layout.slots:
        total *= slot.size
    for event, table in zip(model.events, tables.events, strict=True):
        assert table.complete()
        covered = 0
        for number, (allowed, leaf) in enumerate(table.rows()):
            rest = total
            for cell, numbers in allowed.items():
                rest = rest * len(numbers) // layout.slots[cell].size
            covered += rest
            if number < 20 and not isinstance(leaf, Undefined):
                state = sum(max(numbers) << layout.slots[cell].shift for cell, numbers in allowed.items())
                _same(layout, state, leaf, step(model, event, layout.unpack(state)))
        assert covered == total


def _same(layout, state, leaf, after) -> None:
    if isinstance(leaf, Step):
        assert leaf.apply(state) == layout.pack(after)
    else:
        assert isinstance(leaf, Disabled)
        assert leaf.bounded == (after is Bounded)
        assert leaf.bounded or after is None
