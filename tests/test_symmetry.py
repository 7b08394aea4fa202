"""Interchangeable members: one state for all that renaming leads to, and nobody is favoured unseen."""

from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from itertools import pairwise, permutations
from typing import Annotated, Any, Literal

import pytest
from hypothesis import given, reject, settings
from hypothesis import strategies as st

from fsm import (
    action,
    always,
    each,
    many,
    model_of,
    one_of,
    recoverable,
    renaming,
    require,
    sometimes,
    spec,
    swapping,
    var,
)
from fsm.capture import Tables, bind
from fsm.composites import MapOf, Maybe, Record
from fsm.domains import Scalar
from fsm.elements import SequenceOf, SetOf
from fsm.errors import SpecError
from fsm.members import meanings, members_of, renamed
from fsm.model import Kind, Model, Variable
from fsm.renaming import decidable, image, orbit
from fsm.swapping import check
from fsm.symmetry import Symmetry, symmetry_of
from fsm.tables import Step
from specs.classics.dining import DiningPhilosophers
from specs.classics.peterson import Peterson
from specs.classics.two_phase_commit import two_phase_commit
from tests.benchmarks.containers import STATES, Container
from tests.conftest import Written
from tests.strategies import MOST_STATES, Color, Drawn, Pair, Phase, Point, Side, specs

Write = Callable[[str], Written]

BOOL = Scalar("bool", (False, True))
COLORS = Scalar("Color", tuple(Color))
ALONE = Scalar("range(3)", (0, 1, 2))


def optional(key: Scalar) -> Scalar:
    return Scalar(f"{key} | None", (None, *key.values))


# the canonical form


def key_of(n: int) -> Scalar:
    return Scalar(f"key of {n}", tuple("abcd"[:n]))


def speaking(key: Scalar) -> list[Any]:
    """Variables of every kind that renaming reaches, and some that it does not."""
    return [
        MapOf(key, BOOL),
        MapOf(key, COLORS),
        MapOf(key, Record(Pair, (("point", COLORS), ("color", BOOL)))),
        MapOf(COLORS, MapOf(key, BOOL)),
        MapOf(optional(key), BOOL),
        key,
        optional(key),
        Scalar("odd", (*key.values[1:], None, 7, key.values[0])),
        MapOf(BOOL, optional(key)),
        Record(Pair, (("point", key), ("color", BOOL))),
        SetOf(key),
        SetOf(Scalar("backwards", (None, *reversed(key.values)))),
        COLORS,
        SequenceOf(BOOL, 2),
    ]


@st.composite
def laid_out(draw: Any) -> tuple[Symmetry, int]:
    """A model that has nothing but variables, and some state of it."""
    key = key_of(draw(st.integers(1, 4)))
    domains = draw(st.lists(st.sampled_from(speaking(key)), min_size=1, max_size=5))
    made = [Variable(f"v{number}", domain, ()) for number, domain in enumerate([MapOf(key, BOOL), *domains])]
    model = Model("Drawn", tuple(draw(st.permutations(made))), (), (), object, symmetric=key)
    state = sum(draw(st.integers(0, slot.size - 1)) << slot.shift for slot in model.layout.slots)
    return symmetry_of(model), state


def orders(symmetry: Symmetry) -> Iterable[tuple[int, ...]]:
    return permutations(range(symmetry.size))


@given(laid_out())
def test_permuting_bits_is_renaming_values(drawn: tuple[Symmetry, int]) -> None:
    symmetry, state = drawn
    layout = symmetry.model.layout
    for order in orders(symmetry):
        places = [order.index(member) for member in range(symmetry.size)]
        wanted = {
            name: renamed(value, layout.places[name].domain, symmetry.key, places)
            for name, value in layout.unpack(state).items()
        }
        assert layout.unpack(symmetry.permute(state, order)) == wanted


@given(laid_out())
def test_the_canonical_form_is_one_of_the_orbit_and_the_same_for_all_of_it(
    drawn: tuple[Symmetry, int],
) -> None:
    symmetry, state = drawn
    whole = {symmetry.permute(state, order) for order in orders(symmetry)}
    assert {symmetry.canonical(one) for one in whole} == {symmetry.canonical(state)}
    assert symmetry.canonical(state) in whole


@given(laid_out())
def test_members_stand_in_the_order_of_their_blocks(drawn: tuple[Symmetry, int]) -> None:
    symmetry, state = drawn
    blocks = [symmetry.canonical(state) >> shift & symmetry.block for shift in symmetry.shifts]
    assert blocks == sorted((state >> shift & symmetry.block for shift in symmetry.shifts), reverse=True)
    assert not symmetry.least or symmetry.canonical(state) <= state


def test_members_stand_in_the_order_of_their_parts_and_sets_and_then_of_pointers() -> None:
    key = key_of(3)
    variables = {"on": MapOf(key, BOOL), "set": SetOf(key), "one": optional(key), "two": key}
    model = Model("M", tuple(Variable(n, d, ()) for n, d in variables.items()), (), (), object, symmetric=key)
    symmetry = symmetry_of(model)
    state = model.layout.pack({"on": dict.fromkeys("abc", True), "set": {"b"}, "one": "c", "two": "a"})
    assert model.layout.unpack(symmetry.canonical(state)) == {
        "on": dict.fromkeys("abc", True), "set": {"a"}, "one": "b", "two": "c",
    }  # fmt: skip


@given(laid_out())
def test_an_exchange_is_its_own_inverse(drawn: tuple[Symmetry, int]) -> None:
    symmetry, state = drawn
    last = symmetry.size - 1
    assert symmetry.swap(symmetry.swap(state, 0, last), last, 0) == state
    assert symmetry.swap(state, 0, 0) == state


@given(laid_out())
def test_what_a_kernel_is_given_says_where_everything_lies(drawn: tuple[Symmetry, int]) -> None:
    symmetry, _ = drawn
    slots = symmetry.model.layout.slots
    for column, shift in zip(symmetry.columns, symmetry.shifts, strict=True):
        inside = [(slots[cell].shift - shift, slots[cell].mask) for cell in column]
        first = symmetry.shifts[0]
        assert inside == [(slots[cell].shift - first, slots[cell].mask) for cell in symmetry.columns[0]]
        assert sum(slots[cell].bits for cell in column) == symmetry.block << shift
        assert shift // 64 == max(shift, shift + symmetry.width - 1) // 64
    for pointer in symmetry.pointers:
        assert [pointer.members[number] for number in pointer.numbers] == list(range(symmetry.size))
        assert sum(member >= 0 for member in pointer.members) == symmetry.size
        assert len(pointer.members) == slots[pointer.cell].size
        assert (pointer.shift, pointer.mask) == (slots[pointer.cell].shift, slots[pointer.cell].mask)


# which cells speak of members


@pytest.mark.parametrize(
    ("domain", "numbers"),
    [
        (ALONE, (0, 1, 2)),
        (optional(ALONE), (1, 2, 3)),
        (Scalar("None | x", ("x", 2, 1, 0)), (3, 2, 1)),
        (Scalar("0 | 1 | 2", (0, 1, 2)), ()),  # numbers that happen to be the same
        (Scalar("range(4)", (0, 1, 2, 3)), ()),
        (Scalar("range(2)", (0, 1)), ()),
        (BOOL, ()),
        (SetOf(ALONE), ()),
    ],
)
def test_a_domain_is_the_keys_if_it_is_the_key_or_has_values_of_other_types_beside(domain, numbers) -> None:
    assert meanings(domain, ALONE) == numbers


def test_an_enum_is_the_same_key_however_it_is_listed() -> None:
    assert meanings(Scalar("BLUE | RED | GREEN", (Color.BLUE, Color.RED, Color.GREEN)), COLORS) == (1, 2, 0)
    assert meanings(Scalar("some", (Color.BLUE, Color.RED)), COLORS) == ()


def test_what_lies_where_no_renaming_reaches_is_named() -> None:
    pair = Record(Pair, (("point", COLORS), ("color", BOOL)))
    variables = {
        "at": MapOf(COLORS, MapOf(COLORS, BOOL)),
        "queue": SequenceOf(COLORS, 2),
        "maybe": Maybe(pair),
        "keyed": MapOf(pair, BOOL),
        "sets": SetOf(pair),
        "fine": MapOf(BOOL, SetOf(COLORS)),
    }
    found = members_of(variables, COLORS)
    assert [plain.variable for plain in found.plain] == ["at", "queue", "maybe", "keyed", "sets"]
    assert found.sets == ["fine[False]", "fine[True]"]
    assert list(map(len, found.columns)) == [5, 5, 5]  # of `at` three, and one for each set


# layout


def test_members_are_laid_side_by_side_only_where_there_is_a_key_for_it() -> None:
    @spec
    class Pairs:
        on: dict[Side, bool] = each(Side, False)
        color: dict[Side, Color] = each(Side, Color.RED)

        @action
        def go(self, who: Side) -> None:
            self.on[who] = True

    declared = model_of(Pairs)
    assert [slot.shift for slot in declared.layout.slots] == [0, 1, 2, 4]
    assert declared.interchangeable is None
    symmetric = replace(declared, symmetric=Scalar("Side", tuple(Side)))
    assert [slot.shift for slot in symmetric.layout.slots] == [0, 3, 1, 4]
    assert [slot.path for slot in symmetric.layout.slots] == [slot.path for slot in declared.layout.slots]
    assert symmetry_of(symmetric).shifts == (0, 3)


def test_the_copies_of_a_spec_may_be_interchangeable_whoever_asks() -> None:
    model = many(Container, 3)
    assert model.symmetric is None
    assert str(model.interchangeable) == "range(3)"
    symmetry = symmetry_of(model, model.interchangeable)
    assert (symmetry.shifts, symmetry.pointers) == ((0, 10, 20), ())
    assert many(Container, 3, symmetric=True).symmetric == model.interchangeable


def test_of_copies_of_copies_the_outer_ones_are_interchangeable() -> None:
    symmetry = symmetry_of(many(many(Container, 2), 3))
    assert (symmetry.size, symmetry.width) == (3, 20)


# quotients


@dataclass
class Reached:
    """What a search found: every state with its steps."""

    tables: Tables
    steps: dict[int, list[tuple[int, int]]] = field(default_factory=dict)
    sources: dict[int, int] = field(default_factory=dict)

    def can_reach(self, good: set[int]) -> set[int]:
        """The states from which some of these are reached without faults."""
        events, before = self.tables.model.events, -1
        while before < len(good):
            before = len(good)
            good = good | {
                state
                for state, steps in self.steps.items()
                if any(after in good and not events[number].action.fault for number, after in steps)
            }
        return good

    def stuck(self) -> bool:
        return any(not steps and not self.tables.model.is_final(state) for state, steps in self.steps.items())

    def bad(self) -> set[Any]:
        """The properties, with their arguments, that fail somewhere (`sometimes`: that are witnessed)."""
        found = set()
        for bound, table in self.tables.predicates.items():
            good = {state for state in self.steps if table.leaf(state)}
            if bound.asked.kind is Kind.SOMETIMES:
                found |= {bound} if good else set()
            elif bound.asked.kind is Kind.ALWAYS:
                found |= {bound} if len(good) < len(self.steps) else set()
            elif len(self.can_reach(good)) < len(self.steps):
                found |= {bound}
        for (place, number), table in self.tables.promises.items():
            for state, steps in self.steps.items():
                if any(taken == place for taken, _ in steps) and not table.leaf(state):
                    found.add(self.tables.steps[number])
        return found


def search(model: Model, canonical: Callable[[int], int] = lambda state: state) -> Reached:
    """Breadth-first, as anybody would write it."""
    found = Reached(Tables(model))
    rest = list(dict.fromkeys(map(canonical, found.tables.initial_states())))
    found.sources = {state: state for state in rest}
    for state in rest:
        found.steps[state] = []
        for number, table in enumerate(found.tables.events):
            leaf = table.leaf(state)
            if isinstance(leaf, Step):
                after = canonical(leaf.apply(state))
                found.steps[state].append((number, after))
                if after not in found.sources:
                    found.sources[after] = state
                    rest.append(after)
    found.bad()
    return found


def symmetric(spec: Any) -> Model:
    """A model whose first variable's members are taken to be interchangeable."""
    model = model_of(spec)
    return replace(model, symmetric=model.variables[0].domain.key)


def checked(model: Model) -> tuple[Symmetry, Reached]:
    symmetry = symmetry_of(model)
    found = search(model, symmetry.canonical)
    check(found.tables, symmetry)
    return symmetry, found


def agrees(symmetry: Symmetry, quotient: Reached) -> None:
    """The quotient says what the whole says."""
    whole = search(symmetry.model)
    assert set(quotient.steps) == {symmetry.canonical(state) for state in whole.steps}
    assert quotient.stuck() == whole.stuck()
    told = {bound for bound in quotient.bad() if not decidable(symmetry, bound.asked)}
    known = {bound for bound in whole.bad() if not decidable(symmetry, bound.asked)}
    assert {one for bound in told for one in orbit(symmetry, bound)} == known


@settings(max_examples=25)
@given(specs(), st.integers(2, 3))
def test_copies_of_any_spec_are_interchangeable(drawn: Drawn, n: int) -> None:
    model = many(drawn.cls, n, symmetric=True)
    if len(search(model_of(drawn.cls)).steps) ** n > 3 * MOST_STATES:
        reject()
    agrees(*checked(model))


KEYS = {"Side": "Side", "Color": "Color", "Id": "range(3)"}

FAIR = {
    "flag: dict[K, bool] = each(K_, one_of(False, True))": (
        lambda n: 2**n,
        ["self.flag[who]", "any(self.flag.values())", "sum(self.flag.values()) == 1",
         "all(self.flag[k] for k in K_ if k != who)"],
        ["self.flag[who] = not self.flag[who]", "for k in K_: self.flag[k] = not self.flag[k]",
         "self.flag[who], self.flag[other] = self.flag[other], self.flag[who]"],
    ),
    "point: dict[K, Point] = each(K_, Point(0, False))": (
        lambda n: 6**n,
        ["self.point[who].far", "self.point[who] < self.point[other]",
         "any(p.far for p in self.point.values())"],
        ["self.point[who] = Point(2, {c})", "self.point[who] = self.point[other]",
         "self.point[who] = replace(self.point[who], x=1)"],
    ),
    "lead: K | None = None": (
        lambda n: n + 1,
        ["self.lead is None", "self.lead == who",
         "self.lead is not None and self.phase[self.lead] is Phase.END"],
        ["self.lead = who", "self.lead = None", "self.lead = other if {c} else self.lead"],
    ),
    "turn: dict[bool, K] = each(bool, var(initial=one_of(*K_)))": (
        lambda n: n * n,
        ["self.turn[True] == who", "self.turn[False] == self.turn[True]"],
        ["self.turn[True] = other", "self.turn[False] = self.turn[True]"],
    ),
    "heard: frozenset[K] = frozenset()": (
        lambda n: 2**n,
        ["who in self.heard", "len(self.heard) > 1", "all(k in self.heard for k in K_)"],
        ["self.heard |= {{who}}", "self.heard -= {{who, other}}",
         "self.heard = frozenset(k for k in K_ if k != who)"],
    ),
    "n: int = var(range(4), 0)": (
        lambda n: 4,
        ["self.n > 1", "self.n == len([k for k in K_ if self.phase[k] is Phase.END])"],
        ["self.n = sum(p is Phase.END for p in self.phase.values())", "require(self.n < 3); self.n += 1"],
    ),
    "grid: dict[bool, dict[K, bool]] = each(bool, each(K_, False))": (
        lambda n: 4**n,
        ["self.grid[True][who]", "all(self.grid[False].values())"],
        ["self.grid[True][who] = True", "self.grid[False] = self.grid[True]"],
    ),
}  # fmt: skip
UNFAIR = (
    [
        "who == FIRST",
        "self.phase[FIRST] is Phase.END",
        "next((k for k in K_ if self.phase[k] is not Phase.START), None) == who",
    ],
    ["self.phase[FIRST] = Phase.END", "self.phase[who] = Phase.END if who == FIRST else Phase.START"],
)


@st.composite
def over_a_key(draw: Any, fair: bool) -> Drawn:
    """A spec whose members are treated alike, or, if not `fair`, somewhere perhaps not."""
    key = draw(st.sampled_from(list(KEYS)))
    variables, n = [], 2 if key == "Side" else 3
    size = 3**n
    for variable in draw(st.lists(st.sampled_from(list(FAIR)), min_size=1, max_size=3, unique=True)):
        if size * FAIR[variable][0](n) <= 2 * MOST_STATES:
            size *= FAIR[variable][0](n)
            variables.append(variable)
    conditions = ["self.phase[who] is Phase.END", "self.phase[who] is self.phase[other]", "who == other"]
    writes = [f"self.phase[who] = {phase}" for phase in Phase]
    for variable in variables:
        conditions += FAIR[variable][1]
        writes += FAIR[variable][2]
    if not fair:
        conditions, writes = conditions + UNFAIR[0], writes + UNFAIR[1]
    condition = st.sampled_from(conditions)
    lines = ["    phase: dict[K, Phase] = each(K_, Phase.START, symmetric=True)"]
    lines += [f"    {variable}" for variable in variables]
    for number in range(draw(st.integers(2, 4))):
        lines.append(f"    @action({draw(st.sampled_from(['', 'fault=True']))})")
        lines.append(f"    def do{number}(self, who: K, other: K) -> None:")
        for write in draw(st.lists(st.sampled_from(writes), min_size=1, max_size=3)):
            guard = f"if {draw(condition)}: " if draw(st.booleans()) and not write.startswith("for") else ""
            lines.append(f"        {guard}{write.format(c=draw(condition))}")
        lines.append(f"        require({draw(condition)})" if draw(st.booleans()) else "        pass")
    for number, mark in enumerate(draw(st.permutations(["always", "sometimes", "recoverable", "step"]))):
        other = "(k for k in K_ if k != who)"
        lines.append("    @always" if mark == "step" else f"    @{mark}")
        if mark == "recoverable":
            lines.append(f"    def asked{number}(self) -> bool: return any({draw(condition)}")
            lines.append("            for who in K_ for other in K_)")
            continue
        after = ", after" if mark == "step" else ""
        lines.append(f"    def asked{number}(self{after}, who: K) -> bool:")
        seen = draw(condition).replace("self.", draw(st.sampled_from(["self.", "after."]))) if after else ""
        lines.append(f"        return any(({seen or draw(condition)}) for other in {other})")
    source = "\n".join(["@spec(final=Phase.END)", "class Drawn:", *lines])
    source = source.replace("K_", KEYS[key]).replace("FIRST", f"list({KEYS[key]})[0]")
    source = source.replace("[K", f"[{key}").replace(": K", f": {key}").replace(", K]", f", {key}]")
    names: dict[str, Any] = {
        "Side": Side, "Color": Color, "Id": Annotated[int, range(3)], "Phase": Phase, "Point": Point,
        "spec": spec, "action": action, "always": always, "sometimes": sometimes, "var": var,
        "recoverable": recoverable, "each": each, "one_of": one_of, "require": require, "replace": replace,
        "__name__": __name__,
    }  # fmt: skip
    exec(source, names)
    return Drawn(source, names["Drawn"])


@given(over_a_key(fair=True))
def test_members_that_are_treated_alike_are_interchangeable(drawn: Drawn) -> None:
    agrees(*checked(model_of(drawn.cls)))


@given(over_a_key(fair=False))
def test_whoever_is_not_refused_is_interchangeable(drawn: Drawn) -> None:
    symmetry = symmetry_of(model_of(drawn.cls))
    found = search(symmetry.model, symmetry.canonical)
    with suppress(SpecError):
        check(found.tables, symmetry)
        agrees(symmetry, found)


# published and known answers


@pytest.mark.parametrize(("n", "states"), [(3, 80), (5, 314)])
def test_two_phase_commit_is_as_small_as_was_published(n: int, states: int) -> None:
    symmetry, found = checked(symmetric(two_phase_commit(n)))
    assert len(found.steps) == states
    assert (symmetry.width, symmetry.pointers, symmetry.least) == (4, (), True)


def test_two_processes_that_point_at_one_another_halve() -> None:
    symmetry, found = checked(symmetric(Peterson))
    assert (len(found.steps), len(search(model_of(Peterson)).steps)) == (10, 20)
    assert len(symmetry.pointers) == 1


def test_of_three_containers_only_the_multisets_are_left() -> None:
    _, found = checked(many(Container, 2, symmetric=True))
    assert len(found.steps) == STATES * (STATES + 1) // 2


# what is refused


def test_philosophers_at_a_round_table_are_not_interchangeable() -> None:
    with pytest.raises(SpecError) as caught:
        checked(symmetric(DiningPhilosophers))
    assert str(caught.value).endswith(
        "the members of range(0, 5) are not seen to be interchangeable: `take_second(who=0)` is not enabled "
        "where at[0]=HUNGRY, on_table={2}; with 0 and 1 exchanged, `take_second(who=1)` sets at[1]=EATING, "
        "on_table={} where at[1]=HUNGRY, on_table={2}. Treat all members alike, or explore without symmetry "
        "(understood as members of range(0, 5): `on_table`, argument `who`; where a plain number is meant, "
        "write `var((0, …))`)"
    )
    assert caught.value.mistakes[0].where.line


KEPT = """
Server = Enum("Server", "A B C")

@spec(final=Phase.B)
class Favours:
    at: dict[Server, Phase] = each(Server, Phase.A, symmetric=True)
    lead: Server | None = None
    VARIABLES

    @action(Phase.A)
    def elect(self, who: Server) -> None:
        require(self.lead is None)
        self.lead = who
        self.at[who] = Phase.B
"""

FAVOURS = {
    """
    @action  # HERE
    def win(self, who: Server) -> None:
        require(who is Server.B)
        self.lead = who
    """: r"`win\(who=A\)` is not enabled where nothing is looked at; with A and B exchanged, "
    r"`win\(who=B\)` sets lead=B where nothing",
    """
    @action  # HERE
    def reset(self) -> None:
        require(self.lead is not None)
        self.lead = Server.A
    """: r"`reset` (sets lead=A|changes nothing) where lead=\w; with A and B exchanged, `reset` ",
    """
    @action  # HERE
    def win(self, who: Server) -> None:
        limit(who is not Server.C)
        self.lead = who
    """: r"`win\(who=B\)` sets lead=B .* with B and C exchanged, `win\(who=C\)` is stopped by a limit",
    """
    @action  # HERE
    def win(self, who: Server) -> None:
        require(self.lead is who)
        self.at[who] = Phase.C if who is not Server.C else None
    """: r"`win\(who=(\w)\)` sets at\[\1\]=C where lead=\1; with \1 and C exchanged, "
    r"`win\(who=C\)` raises where lead=C",
    """
    @always  # HERE
    def safe(self, who: Server) -> bool:
        return who is not Server.A or self.at[who] is not Phase.B
    """: r"`safe\(who=A\)` answers False .*, `safe\(who=B\)` answers True where at\[B\]=B",
    """
    @sometimes  # HERE
    def led(self) -> bool:
        return self.lead is Server.C
    """: r"`led` answers \w+ where lead=\w; with B and C exchanged, `led` answers \w+ where lead=",
    """
    @always  # HERE
    def calm(self, after, who: Server) -> bool:
        return after.lead is not Server.A or self.lead is Server.A
    """: r"`calm\(who=\w\)` of a step `elect\(who=\w\)` answers .*exchanged",
    """
    @action  # HERE
    def pass_on(self, who: Server, to: Server) -> None:
        require(self.lead is who and who.value < to.value)
        self.lead = to
    """: r"`pass_on\(who=\w, to=\w\)` .* with \w and \w exchanged, `pass_on\(who=\w, to=\w\)`",
    """
    @action  # HERE
    def next_one(self) -> None:
        self.lead = next((s for s in Server if self.at[s] is Phase.B), None)
    """: "`next_one` .* exchanged, `next_one`",
    """
    @action  # HERE
    def push(self, who: Server) -> None:
        if who is not Server.C:
            self.at[who] = self.at[Server.C]
    """: r"`push\(who=A\)` changes nothing where .* with B and C exchanged, `push\(who=A\)` sets at\[A\]=",
}


@pytest.mark.parametrize("text", list(FAVOURS))
def test_what_tells_members_apart_is_named(written: Write, text: str) -> None:
    file = written(KEPT.replace("VARIABLES", "") + text)
    model = model_of(file.load().Favours)
    with pytest.raises(SpecError, match=FAVOURS[text]) as caught:
        checked(model)
    assert [(m.where.file, m.where.line) for m in caught.value.mistakes] == [(str(file.file), *file.marked)]
    assert "the members of Server are not seen to be interchangeable" in str(caught.value)


BEGINNINGS = {
    "up: dict[Server, bool] = {Server.A: True, Server.B: False, Server.C: False}  # HERE":
        r"a run may begin with up\[A\]=True, up\[B\]=False, and not with up\[A\]=False, up\[B\]=True, which "
        "exchanges A and B; let all members begin alike",
    "first: Server = Server.A  # HERE": "a run may begin with first=A, and not with first=B",
    "some: Server = var(initial=one_of(Server.A, Server.B))  # HERE":
        "begin with some=B, and not with some=C,",
    "voted: frozenset[Server] = frozenset({Server.B})  # HERE": r"with voted=\{B\}, and not with voted=\{A\}",
}  # fmt: skip


@pytest.mark.parametrize("line", list(BEGINNINGS))
def test_members_that_begin_differently_are_refused(written: Write, line: str) -> None:
    file = written(KEPT.replace("VARIABLES", line))
    with pytest.raises(SpecError, match=BEGINNINGS[line]) as caught:
        checked(model_of(file.load().Favours))
    assert caught.value.mistakes[0].where.line == file.marked[0]


BEYOND = {
    "votes: dict[Server, Server | None] = each(Server, None)  # HERE":
        r"`votes\[…\]` lies in a member's own part",
    "links: dict[Server, dict[Server, bool]] = each(Server, each(Server, False))  # HERE":
        r"`links\[…\]` lies in",
    "heard: dict[Server, frozenset[Server]] = each(Server, frozenset())  # HERE": r"`heard\[…\]` lies in",
    "queue: tuple[Server, ...] = var(maxlen=2)  # HERE": "`queue` is a sequence and names members of Server",
}  # fmt: skip


@pytest.mark.parametrize("line", list(BEYOND))
def test_members_that_are_named_where_no_renaming_reaches_are_refused_at_once(
    written: Write, line: str
) -> None:
    file = written(KEPT.replace("VARIABLES", line))
    with pytest.raises(SpecError, match=BEYOND[line]) as caught:
        symmetry_of(model_of(file.load().Favours))
    assert "write it so, or explore without symmetry" in str(caught.value)
    assert caught.value.mistakes[0].where.line == file.marked[0]


def test_a_final_phase_may_not_be_one_member() -> None:
    @spec(final=Side.LEFT)
    class Turns:
        turn: Side = var(initial=one_of(*Side))
        on: dict[Side, bool] = each(Side, False, symmetric=True)

        @action
        def go(self, who: Side) -> None:
            self.on[who] = True

    with pytest.raises(SpecError, match="exactly one of LEFT and RIGHT is a final phase; name both or none"):
        checked(model_of(Turns))
    checked(replace(model_of(Turns), final=frozenset(Side)))


def test_an_unfairness_that_only_renamed_states_meet_is_found() -> None:
    @spec
    class OneUp:
        up: dict[Color, bool] = each(Color, False, symmetric=True)

        @action
        def rise(self, who: Color) -> None:
            require(not any(self.up.values()))
            self.up[who] = True

        @always
        def not_the_last(self, who: Color) -> bool:
            return who is not Color.BLUE or not self.up[who]

    model = model_of(OneUp)
    symmetry = symmetry_of(model)
    found = search(model, symmetry.canonical)
    assert not found.bad()  # in the canonical states it is always the first one that is up
    with pytest.raises(SpecError, match=r"`not_the_last\(who=\w+\)` answers True where up\[\w+\]=True"):
        check(found.tables, symmetry)


def test_rows_are_compared_whatever_order_members_were_looked_at_in() -> None:
    @spec
    class Orders:
        up: dict[Color, bool] = each(Color, one_of(False, True), symmetric=True)
        level: int = var(range(4), 0)

        @action
        def count(self, who: Color) -> None:
            require(any(up for color, up in reversed([*self.up.items()]) if color is not who) or self.up[who])
            self.level = sum(self.up.values())

        @action
        def copy(self, who: Color, other: Color) -> None:
            self.up[who] = self.up[other]

        @action
        def settle(self, who: Color) -> None:
            if who is not Color.GREEN:
                self.up[who] = bool(self.up[who])

        @always
        def some(self) -> bool:
            return not any(self.up.values()) or max(self.up.values())

    agrees(*checked(model_of(Orders)))


@dataclass(frozen=True)
class Tagged:
    x: Annotated[int, range(3)]
    tag: Literal["x"]

    @property
    def low(self) -> bool:
        return self.x < 1

    @property
    def high(self) -> bool:
        return self.x > 1


def test_parts_of_one_value_and_parts_that_are_looked_at_twice_tell_nobody_apart() -> None:
    @spec
    class Tags:
        risen: bool = False
        at: dict[Side, Tagged] = each(
            Side, var(initial=one_of(Tagged(0, "x"), Tagged(1, "x"))), symmetric=True
        )
        only: dict[Side, Literal["x"]] = each(Side, "x")

        @action
        def copy(self, who: Side, other: Side) -> None:
            self.at[who] = self.at[other]
            self.only[who] = self.only[other]

        @action
        def rise(self, who: Side) -> None:
            require(not self.at[who].high and not self.at[who].low)
            self.at[who], self.risen = Tagged(2, "x"), True

    agrees(*checked(model_of(Tags)))


def test_what_raises_for_every_member_alike_where_nobody_is_tells_nobody_apart() -> None:
    @spec
    class Raises:
        lead: Color | None = None
        up: dict[Color, bool] = each(Color, False, symmetric=True)

        @action
        def lead_on(self, who: Color) -> None:
            require(self.lead is None)
            self.lead, self.up[who] = who, True

        @always
        def led(self) -> bool:
            return self.lead is None or any(self.up.values()) or bool(1 / 0)

    model = model_of(Raises)
    tables = Tables(model)
    assert all(table.complete() for table in tables.all())
    check(tables, symmetry_of(model))


def test_a_row_that_the_comparison_fills_and_that_raises_is_none_to_be_run_again() -> None:
    @spec
    class Late:
        up: dict[Side, bool] = each(Side, False, symmetric=True)

        @action
        def rise(self, who: Side) -> None:
            require(not any(self.up.values()))
            self.up[who] = True

        @always
        def fine(self, who: Side) -> bool:
            return (who is Side.LEFT or not self.up[who]) or bool(1 / 0)

    model = model_of(Late)
    symmetry = symmetry_of(model)
    found = search(model, symmetry.canonical)
    with pytest.raises(SpecError, match=r"`fine\(who=RIGHT\)` raises where up\[RIGHT\]=True"):
        check(found.tables, symmetry)
    found.tables.recheck()


def test_bodies_that_look_at_too_much_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    model = symmetric(two_phase_commit(3))
    monkeypatch.setattr(swapping, "MOST", 50)
    with pytest.raises(SpecError, match=r"nobody can tell for `\w+.*`: .* takes more than 50 comparisons"):
        checked(model)


def test_tables_that_do_not_remember_every_row_are_refused() -> None:
    model = symmetric(two_phase_commit(3))
    symmetry = symmetry_of(model)
    found = search(model, symmetry.canonical)
    for table in found.tables.all():
        table.most = table.leaves
    with pytest.raises(SpecError, match=r"nobody can tell for `\w+(\(.*\))?`: it has more than \d+ rows;"):
        check(found.tables, symmetry)
    found.tables.events[0].called = 1
    with pytest.raises(SpecError, match="not every row of it is remembered"):
        check(found.tables, symmetry)


def subsets(n: int) -> SetOf:
    return SetOf(Scalar(f"range({n})", tuple(range(n))))


def test_members_with_more_than_a_word_of_their_own_are_refused() -> None:
    @spec
    class Wide:
        on: dict[Side, bool] = each(Side, False, symmetric=True)
        seen: dict[Side, frozenset[int]] = each(Side, var(subsets(40), frozenset()))
        more: dict[Side, frozenset[int]] = each(
            Side, var(SetOf(Scalar("range(23)", tuple(range(23)))), frozenset())
        )
        lead: Side | None = None

        @action
        def go(self, who: Side) -> None:
            self.on[who] = True

    with pytest.raises(SpecError, match=r"takes 65 bits \(64 of its own, 1 for pointers\)"):
        symmetry_of(model_of(Wide))

    class Wider(Wide):
        lead: dict[Side, bool] = each(Side, False)

    with pytest.raises(SpecError, match=r"takes 65 bits \(65 of its own"):
        symmetry_of(model_of(Wider))

    class Fits(Wide):
        lead: bool = False

    assert symmetry_of(model_of(Fits)).width == 64


def test_without_a_key_nobody_is_interchangeable() -> None:
    with pytest.raises(SpecError, match=r"Peterson has no interchangeable members: declare them, as"):
        symmetry_of(model_of(Peterson))
    with pytest.raises(SpecError, match="has no interchangeable members of bool"):
        symmetry_of(symmetric(Peterson), BOOL)


# numbers that may or may not be members


@dataclass(frozen=True)
class Numbers:
    """Three members that are numbers, beside a number that is none."""

    n: str

    def model(self) -> Model:
        names: dict[str, Any] = {
            "Id": Annotated[int, range(3)], "each": each, "var": var, "action": action, "__name__": __name__,
        }  # fmt: skip
        source = (
            "class Numbers:\n"
            "    on: dict[Id, bool] = each(range(3), False, symmetric=True)\n"
            f"    n: int = {self.n}\n"
            "    @action\n"
            "    def more(self, who: Id) -> None:\n"
            "        self.on[who] = True\n"
            "        self.n = min(self.n + 1, 2)\n"
        )
        exec(source, names)
        return model_of(spec(names["Numbers"]))


def test_a_number_with_the_values_of_the_key_is_taken_for_a_member_and_the_message_says_so() -> None:
    with pytest.raises(
        SpecError,
        match=r"begin with n=0, and not with n=1.*\(understood as members of range\(0, 3\)"
        r": `n`, argument `who`; where a plain number is meant, write `var\(\(0, 1, 2\)\)`\)$",
    ):
        checked(Numbers("var(range(3), 0)").model())


@pytest.mark.parametrize("n", ["var((0, 1, 2), 0)", "var(range(4), 0)"])
def test_a_number_that_is_written_otherwise_is_none(n: str) -> None:
    symmetry, found = checked(Numbers(n).model())
    assert symmetry.pointers == ()
    agrees(symmetry, found)


def test_a_number_in_a_members_own_part_is_a_number() -> None:
    @spec
    class Tries:
        tries: dict[int, int] = each(range(3), var(range(3), 0), symmetric=True)

        @action
        def more(self, who: Annotated[int, range(3)]) -> None:
            require(self.tries[who] < 2)
            self.tries[who] += 1

    agrees(*checked(model_of(Tries)))

    class Relates(Tries):
        @action
        def more(self, who: Annotated[int, range(3)]) -> None:
            self.tries[who] = who

    with pytest.raises(SpecError, match=r"`more\(who=\d\)` .*; understood as plain numbers: `tries\[…\]`\)$"):
        checked(model_of(Relates))


@dataclass(frozen=True)
class One:
    held: Annotated[int, range(3)] | None = None


@dataclass(frozen=True)
class Some:
    held: frozenset[Annotated[int, range(3)]] = frozenset()


def keeping(record: Any, *begun: Any, when: Callable[[Any, int], bool]) -> Model:
    """Records that name members, and are copied unread into a member's own part, where they are numbers."""

    @spec
    class Keeps:
        on: dict[int, bool] = each(range(3), False, symmetric=True)
        common: record = var(initial=one_of(*map(record, begun)))
        kept: dict[int, record] = each(range(3), record())

        @action
        def keep(self, who: Annotated[int, range(3)]) -> None:
            require(when(self.common, who) and not self.on[who])
            self.kept[who] = self.common
            self.on[who] = True

    return model_of(Keeps)


@pytest.mark.parametrize(
    ("record", "begun", "when"),
    [
        (One, (0, 1, 2), lambda common, who: True),
        (One, (0, 1, 2), lambda common, who: common.held == who),
        (Some, (frozenset({0}), frozenset({1}), frozenset({2})), lambda common, who: True),
        (Some, (frozenset({0}), frozenset({1}), frozenset({2})), lambda common, who: who in common.held),
    ],
)
def test_a_member_that_is_copied_to_where_it_is_a_number_is_told_apart(record, begun, when) -> None:
    with pytest.raises(
        SpecError, match=r"`keep\(who=\d\)` sets .*understood as plain numbers: `kept\[…\]`\)$"
    ):
        checked(keeping(record, *begun, when=when))


def test_nobody_may_be_copied_anywhere() -> None:
    agrees(*checked(keeping(One, None, 0, 1, 2, when=lambda common, who: common.held is None)))
    agrees(*checked(keeping(Some, frozenset(), when=lambda common, who: common.held == frozenset())))


@dataclass(frozen=True)
class Checked:
    one: bool
    other: bool

    def __post_init__(self) -> None:
        if self.one and not self.other:
            raise ValueError("no such record")


def test_a_difference_is_told_even_of_records_that_cannot_be_shown() -> None:
    @spec
    class Hides:
        on: dict[Side, bool] = each(Side, False, symmetric=True)
        held: Checked | None = Checked(True, True)

        @action
        def go(self, who: Side) -> None:
            require(self.held is not None and self.held.one and who is Side.LEFT)
            self.on[who] = True

    with pytest.raises(
        SpecError,
        match=r"`go\(who=LEFT\)` does one thing; with LEFT and RIGHT exchanged, .* does another\. Treat",
    ):
        checked(model_of(Hides))


# declaring


TWO_KEYS = """
@spec
class Two:
    phase: dict[Phase, Phase] = each(Phase, Phase.A, symmetric=True)
    on: dict[bool, bool] = each(bool, False, symmetric=True)  # HERE
    same: dict[bool, bool] = each(bool, False, symmetric=True)
    deep: dict[Phase, dict[int, bool]] = each(Phase, each(range(2), False, symmetric=True))  # HERE
    parts: dict[Point, bool] = each(Point, False, symmetric=True)  # HERE

    @action
    def go(self) -> None:
        self.on[True] = True
"""


def test_one_key_at_most_is_symmetric_and_its_members_are_plain(written: Write) -> None:
    file = written(TWO_KEYS)
    with pytest.raises(SpecError) as caught:
        file.load()
    assert [mistake.where.line for mistake in caught.value.mistakes] == file.marked
    two, deep, parts = (mistake.message for mistake in caught.value.mistakes)
    assert two == (
        "`on` declares the members of bool interchangeable, `phase` those of Phase: one key at most can be; "
        "take one `symmetric=True` out"
    )
    assert deep.startswith(
        "`deep` declares the members of range(0, 2) interchangeable, `phase` those of Phase"
    )
    assert parts.startswith("`parts`: the members of Point have parts of their own")


def test_what_is_declared_for_one_variable_is_so_for_all_and_a_variant_may_take_it_back() -> None:
    @spec
    class Base:
        on: dict[Side, bool] = each(Side, False)
        off: dict[Side, bool] = each(Side, False, symmetric=True)

        @action
        def go(self, who: Side) -> None:
            self.on[who] = True

    class Begun(Base):
        off = dict.fromkeys(Side, True)

    class Taken(Base):
        off = each(Side, True)

    assert model_of(Base).symmetric == Scalar("Side", tuple(Side))
    assert len(symmetry_of(model_of(Base)).columns[0]) == 2
    assert model_of(Begun).symmetric == model_of(Base).symmetric
    assert model_of(Taken).symmetric is None


def test_copies_of_a_spec_with_interchangeable_members_keep_them_or_are_refused() -> None:
    @spec
    class Pair:
        on: dict[Side, bool] = each(Side, False, symmetric=True)
        lead: Side | None = None

        @action
        def go(self, who: Side) -> None:
            require(self.lead is None)
            self.on[who], self.lead = True, who

    copied = many(Pair, 2)
    assert copied.symmetric == model_of(Pair).symmetric
    agrees(*checked(copied))
    with pytest.raises(
        SpecError,
        match=r"many\(Pair, 2, symmetric=True\): the members of Side are declared "
        "interchangeable already, and one key at most can be",
    ):
        many(Pair, 2, symmetric=True)
    with pytest.raises(SpecError, match=r"the members of range\(2\) are declared"):
        many(many(Single, 2, symmetric=True), 2, symmetric=True)


def test_inner_copies_that_were_declared_interchangeable_stay_so() -> None:
    model = many(many(Single, 3, symmetric=True), 2)
    symmetry, found = checked(model)
    assert symmetry.size == 3
    agrees(symmetry, found)


@spec
class Single:
    phase: Phase = Phase.START
    n: int = var((0, 1, 2), 0)

    @action(Phase.START)
    def go(self) -> None:
        self.phase = Phase.END
        self.n = 1

    @action(Phase.END, fault=True)
    def back(self) -> None:
        self.phase = Phase.START

    @sometimes
    def ended(self) -> bool:
        return self.phase is Phase.END

    @always
    def never_twice(self, after: Any) -> bool:
        return after.n >= self.n

    @recoverable
    def can_end(self) -> bool:
        return self.phase is Phase.END


# properties up to renaming


def asked(model: Model, name: str) -> Any:
    return next(found for found in model.properties if found.name == name)


def test_an_orbit_is_all_that_renaming_makes_of_a_property() -> None:
    model = symmetric(two_phase_commit(3))
    symmetry = symmetry_of(model)
    pairs = list(bind(asked(model, "no_commit_beside_an_abort")))
    same = [bound for bound in pairs if bound.arguments[0] == bound.arguments[1]]
    assert orbit(symmetry, pairs[0]) == tuple(same)
    assert orbit(symmetry, pairs[5]) == tuple(bound for bound in pairs if bound not in same)
    assert {bound.arguments for bound in orbit(symmetry, pairs[5])} == set(permutations(range(3), 2))
    (whole,) = bind(asked(model, "all_commit"))
    assert orbit(symmetry, whole) == (whole,)


def test_an_image_names_the_other_member() -> None:
    model = symmetric(two_phase_commit(3))
    symmetry = symmetry_of(model)
    bound = next(b for b in bind(asked(model, "no_commit_beside_an_abort")) if b.arguments == (0, 2))
    assert image(symmetry, bound, 0, 1).arguments == (1, 2)
    assert image(symmetry, bound, 0, 2).arguments == (2, 0)
    assert image(symmetry, image(symmetry, bound, 0, 2), 0, 2) == bound


def test_only_a_way_of_one_member_is_unknown_up_to_renaming() -> None:
    symmetry = symmetry_of(symmetric(two_phase_commit(3)))
    told = {found.name: decidable(symmetry, found) for found in symmetry.model.properties}
    assert [name for name, why in told.items() if why] == ["each_can_end"]
    assert told["each_can_end"].startswith("it follows one member along a run")
    copies = symmetry_of(many(Single, 2))
    assert [found.name for found in copies.model.properties if decidable(copies, found)] == ["can_end"]
    assert decidable(symmetry_of(many(Single, 1)), asked(many(Single, 1), "can_end")) == ""


def test_of_copies_only_the_argument_that_chooses_the_copy_is_renamed() -> None:
    @spec
    class Chooses:
        n: Literal[0, 1] | None = None

        @action
        def choose(self, n: Literal[0, 1] | None) -> None:
            self.n = n

    model = many(Chooses, 2, symmetric=True)
    assert symmetry_of(model).understood == ""
    swap = renaming.Swap(symmetry_of(model), 0, 1)
    became = [model.events[place].arguments for place in swap.events]
    assert became == [(1, None), (1, 0), (1, 1), (0, None), (0, 0), (0, 1)]
    agrees(*checked(model))


# real runs


def real_run(symmetry: Symmetry, quotient: Reached, last: int) -> None:
    path = [last]
    while quotient.sources[path[0]] != path[0]:
        path.insert(0, quotient.sources[path[0]])
    tables, model = quotient.tables, symmetry.model

    def successors(state: int) -> list[tuple[int, int]]:
        found = ((number, table.leaf(state)) for number, table in enumerate(tables.events))
        return [(number, leaf.apply(state)) for number, leaf in found if isinstance(leaf, Step)]

    run = symmetry.realise(successors, tables.initial_states(), path)
    assert [symmetry.canonical(state) for _, state in run] == path
    assert run[0][0] is None
    assert run[0][1] in tables.initial_states()
    for (_, before), (number, after) in pairwise(run):
        assert (number, after) in successors(before)
        others = [
            n for n, other in successors(before) if symmetry.canonical(other) == symmetry.canonical(after)
        ]
        assert number == min(others, key=lambda n: (model.events[n].action.fault, n))


@given(st.data())
def test_a_path_of_canonical_states_is_a_real_run(data: st.DataObject) -> None:
    symmetry, quotient = QUOTIENTS[data.draw(st.sampled_from(list(QUOTIENTS)))]
    real_run(symmetry, quotient, data.draw(st.sampled_from(list(quotient.steps))))


QUOTIENTS = {
    "commit": checked(symmetric(two_phase_commit(3))),
    "peterson": checked(symmetric(Peterson)),
    "copies": checked(many(Single, 3)),
}


def test_of_the_events_that_lead_on_the_first_that_is_no_fault_is_taken() -> None:
    symmetry = symmetry_of(many(Single, 2))
    names = [event.label for event in symmetry.model.events]
    assert names == ["go(copy=0)", "back(copy=0)", "go(copy=1)", "back(copy=1)"]
    start, ended = (
        symmetry.model.layout.pack({"phase": {0: Phase.START, 1: Phase.START}, "n": {0: 0, 1: 0}}),
        1,
    )
    one, other = (symmetry.swap(ended, 0, copy) for copy in (1, 0))
    path = [symmetry.canonical(state) for state in (start, one)]

    def taken(*found: tuple[int, int]) -> tuple[int | None, int]:
        return symmetry.realise(lambda state: iter(found), [other, start], path)[1]

    assert taken((1, one), (3, one), (2, other), (0, start)) == (2, other)
    assert taken((2, one), (0, other)) == (0, other)
    assert taken((3, one), (1, other)) == (1, other)


def test_states_that_are_no_run_are_refused() -> None:
    symmetry, quotient = QUOTIENTS["peterson"]
    first, *_, last = quotient.steps
    with pytest.raises(ValueError, match="these states are no run, whichever way"):
        symmetry.realise(lambda state: (), quotient.tables.initial_states(), [first, last])
    with pytest.raises(ValueError, match="these states are no run"):
        symmetry.realise(lambda state: (), [], [first])
