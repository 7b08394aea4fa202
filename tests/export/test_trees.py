"""Trees that read well: what does the same is written once, and means what the table meant."""

from enum import Enum

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from fsm import action, require, spec, var
from fsm.capture import Tables
from fsm.declaration import model_of
from fsm.errors import SpecError
from fsm.export.trees import Choice, Copy, Do, Tree, Trees, surely_changes
from fsm.export.variables import vocabulary_of
from fsm.tables import Disabled, Step, Undefined
from tests.strategies import Drawn, specs

Color = Enum("Color", "RED GREEN BLUE")


@spec
class Shelf:
    n: int = var(range(6), 0)
    m: int = var(range(6), 0)
    color: Color = Color.RED
    other: Color = Color.RED
    colors: frozenset[Color] = frozenset()
    queue: tuple[bool, ...] = var(maxlen=2)

    @action
    def add(self) -> None:
        require(self.n < 5)
        self.n += 1

    @action
    def follow(self) -> None:
        require(self.m > 1)
        self.n = self.m - 1

    @action
    def paint(self) -> None:
        self.color = self.other if self.other is not Color.BLUE else Color.BLUE

    @action
    def put(self) -> None:
        self.colors |= {Color.GREEN}

    @action
    def queue_up(self) -> None:
        self.queue += (True,)

    @action
    def fill(self) -> None:
        self.n = {0: 5}.get(self.n, 5)


MODEL = model_of(Shelf)
VOCABULARY = vocabulary_of(MODEL)
TREES = Trees(MODEL, VOCABULARY)
TABLES = Tables(MODEL)
PLACES = {variable.path: place for place, variable in enumerate(VOCABULARY.variables)}


def tree_of(action: str) -> Tree | None:
    (place,) = (n for n, event in enumerate(MODEL.events) if event.action.name == action)
    table = TABLES.events[place]
    assert table.complete()
    return TREES.of(table)


def test_adding_to_a_number_is_one_sum_and_not_a_row_for_each() -> None:
    tree = tree_of("add")
    assert isinstance(tree, Choice)
    n = PLACES["n"]
    assert [(sorted(numbers), leaf) for numbers, leaf in tree.groups] == [
        ([0, 1, 2, 3, 4], Do(((n, Copy(n, 1)),))),
        ([5], Disabled()),
    ]


def test_a_number_that_depends_on_another_one_is_a_sum_of_that_one() -> None:
    tree = tree_of("follow")
    assert isinstance(tree, Choice)
    assert tree.groups[1][1] == Do(((PLACES["n"], Copy(PLACES["m"], -1)),))


def test_a_copy_that_was_read_first_is_still_a_copy() -> None:
    assert tree_of("paint") == Do(((PLACES["color"], Copy(PLACES["other"])),))


def test_a_set_is_a_bool_for_each_element() -> None:
    assert tree_of("put") == Do(((PLACES["colors[GREEN]"], 1),))


def test_appending_assigns_the_length_and_the_next_place() -> None:
    tree = tree_of("queue_up")
    assert isinstance(tree, Choice)
    assert tree.variable == PLACES["queue.length"]
    assert [dict(leaf.effects).get(PLACES["queue[0]"]) for _, leaf in tree.groups] == [1, None]
    assert len(tree.groups) == 2  # of a full one the row is undefined


def test_what_is_assigned_in_any_case_needs_no_choice() -> None:
    assert tree_of("fill") == Do(((PLACES["n"], 5),))


def test_what_surely_changes_something_is_told_from_what_may_not() -> None:
    assert surely_changes(tree_of("add"), {})
    assert not surely_changes(tree_of("put"), {})


def value(tree: Tree | None, numbers: list[int]) -> Tree | None:
    while isinstance(tree, Choice):
        at = numbers[tree.variable]
        tree = next((inner for group, inner in tree.groups if at in group), None)
    return tree


@given(specs(), st.data())
@settings(max_examples=25)
def test_a_tree_does_what_its_table_does(drawn: Drawn, data: st.DataObject) -> None:
    try:
        model = model_of(drawn.cls)
    except SpecError:
        assume(False)
    vocabulary, tables = vocabulary_of(model), Tables(model)
    trees = Trees(model, vocabulary)
    values = {one.name: data.draw(st.integers(0, one.domain.size - 1)) for one in model.variables}
    state = model.layout.pack({one.name: one.domain.unrank(values[one.name]) for one in model.variables})
    numbers = list(vocabulary.numbers(model, state))
    for table in tables.events:
        assert table.complete()
        leaf, told = table.peek(state), value(trees.of(table), numbers)
        if isinstance(leaf, Undefined):
            continue
        if not isinstance(leaf, Step):
            assert told == leaf
            continue
        assert isinstance(told, Do)
        after = list(numbers)
        for target, source in told.effects:
            after[target] = assigned(vocabulary.variables, numbers, target, source)
        assert tuple(after) == vocabulary.numbers(model, leaf.apply(state))


def assigned(variables, numbers: list[int], target: int, source: int | Copy) -> int:
    """The number that a variable gets."""
    if isinstance(source, int):
        return source
    old = variables[source.variable].literal(numbers[source.variable])
    wanted = old + source.plus if source.plus else old
    literals = [variables[target].literal(number) for number in range(len(variables[target].values))]
    return literals.index(wanted)
