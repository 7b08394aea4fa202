"""Random values, domains and whole specs.

A spec is drawn as the source text of a class and then made from it, so that a failure shows a spec that can
be read, pasted and kept. A *kind* of variable is its declaration and some conditions and assignments over
it; what a body does is put together from those of several variables, so bodies read and write across each
other, branch, copy, refuse and catch.
"""

from dataclasses import dataclass, field, replace
from enum import Enum
from functools import cache
from itertools import product
from typing import Annotated, Any, Literal

from hypothesis import strategies as st

from fsm import (
    F,
    G,
    R,
    U,
    W,
    X,
    action,
    always,
    each,
    eventually,
    finitely,
    leads_to,
    limit,
    one_of,
    recoverable,
    recurs,
    require,
    sometimes,
    spec,
    strong,
    temporal,
    var,
    weak,
)  # fmt: skip
from fsm.composites import MapOf, Maybe, Record
from fsm.domains import Domain, Scalar
from fsm.elements import SequenceOf, SetOf

Phase = Enum("Phase", "START MIDDLE END")
Color = Enum("Color", "RED GREEN BLUE")
Side = Enum("Side", "LEFT RIGHT")


@dataclass(frozen=True, order=True)
class Point:
    x: Annotated[int, range(3)]
    on: bool

    @property
    def far(self) -> bool:
        return self.x > 1


@dataclass(frozen=True)
class Pair:
    point: Point
    color: Color


@dataclass(frozen=True)
class Slot:
    taken: bool
    votes: dict[Side, bool]


@dataclass(frozen=True)
class Kind:
    """One kind of variable; `{v}` stands for it, `{c}` for a condition."""

    declared: str
    size: int
    reads: tuple[str, ...]
    writes: tuple[str, ...]


KINDS = (
    Kind(
        "bool = False", 2,
        ("{v}", "not {v}"),
        ("{v} = not {v}", "{v} = {c}", "{v} = True"),
    ),
    Kind(
        "Color = var(initial=one_of(Color.RED, Color.BLUE))", 3,
        ("{v} is Color.RED", "{v} in (Color.GREEN, Color.BLUE)"),
        ("{v} = Color.GREEN", "{v} = Color.BLUE if {c} else Color.RED"),
    ),
    Kind(
        "Literal['up', 'down'] | None = None", 3,
        ("{v} is None", "{v} == 'up'"),
        ("{v} = 'up'", "{v} = None", "{v} = 'down' if {v} else 'up'"),
    ),
    Kind(
        "int = var(range(4), 1)", 4,
        ("{v} > 1", "{v} % 2 == 0"),
        ("{v} = ({v} + 1) % 4", "require({v} < 3); {v} += 1", "limit({v} < 3); {v} += 1", "{v} = 3 - {v}"),
    ),
    Kind(
        "int | None = var(range(2), None)", 3,
        ("{v} is None", "{v} == 1"),
        ("{v} = None", "{v} = 0 if {v} is None else 1"),
    ),
    Kind(
        "Point = Point(0, False)", 6,
        ("{v}.far", "{v}.on", "{v} == Point(1, True)", "{v} < Point(1, False)", "{v}.x + {v}.on > 2"),
        ("{v} = Point(2, {c})", "{v} = replace({v}, on=not {v}.on)", "{v} = Point(2 - {v}.x, {v}.far)"),
    ),
    Kind(
        "Point | None = None", 7,
        ("{v} is None", "{v} is not None and {v}.on", "isinstance({v}, Point)"),
        ("{v} = None", "{v} = Point(1, {c})", "{v} = {v} and replace({v}, x=2)"),
    ),
    Kind(
        "Pair = Pair(Point(0, True), Color.RED)", 18,
        ("{v}.color is Color.RED", "{v}.point.far", "hash({v}) == hash(replace({v}))"),
        ("{v} = replace({v}, color=Color.GREEN)", "{v} = Pair(replace({v}.point, x=1), {v}.color)"),
    ),
    Kind(
        "Slot = Slot(False, {Side.LEFT: False, Side.RIGHT: True})", 8,
        ("{v}.taken", "{v}.votes[Side.LEFT]", "all({v}.votes.values())"),
        (
            "{v} = replace({v}, taken=True)",
            "{v} = Slot({c}, {{**{v}.votes, Side.LEFT: True}})",
            "{v} = Slot(False, {{side: not vote for side, vote in {v}.votes.items()}})",
        ),
    ),
    Kind(
        "dict[Side, bool] = each(Side, False)", 4,
        ("{v}[Side.LEFT]", "any({v}.values())", "{v}.get(Side.RIGHT)", "{v} == dict.fromkeys(Side, True)"),
        (
            "{v}[Side.RIGHT] = {c}",
            "{v} = {{**{v}, Side.LEFT: True}}",
            "{v}[Side.LEFT], {v}[Side.RIGHT] = {v}[Side.RIGHT], {v}[Side.LEFT]",
        ),
    ),
    Kind(
        "dict[Side, Point] = each(Side, Point(0, False))", 36,
        ("{v}[Side.LEFT].far", "{v}[Side.LEFT] == {v}[Side.RIGHT]", "sum(p.on for p in {v}.values()) == 1"),
        (
            "{v}[Side.LEFT] = Point(1, True)",
            "{v}[Side.LEFT], {v}[Side.RIGHT] = {v}[Side.RIGHT], {v}[Side.LEFT]",
            "old = {v}[Side.LEFT]; {v}[Side.LEFT] = Point(2, False); {v}[Side.RIGHT] = old",
        ),
    ),
    Kind(
        "dict[Side, dict[Side, bool]] = each(Side, each(Side, False))", 16,
        ("{v}[Side.LEFT][Side.RIGHT]", "{v}[Side.LEFT] == {v}[Side.RIGHT]"),
        (
            "{v}[Side.RIGHT][Side.LEFT] = {c}",
            "{v}[Side.LEFT], {v}[Side.RIGHT] = {v}[Side.RIGHT], {v}[Side.LEFT]",
            "{v}[Side.LEFT] = {{side: not on for side, on in {v}[Side.LEFT].items()}}",
        ),
    ),
    Kind(
        "frozenset[Color] = frozenset()", 8,
        ("Color.RED in {v}", "len({v}) > 1", "max({v}, key=str, default=None) is Color.RED"),
        ("{v} |= {{Color.RED}}", "{v} -= {{Color.RED}}", "{v} = {v} ^ {{Color.GREEN, Color.BLUE}}"),
    ),
    Kind(
        "tuple[bool, ...] = var(maxlen=2)", 7,
        ("len({v}) == 2", "True in {v}", "{v} == (False,)"),
        ("limit(len({v}) < 2); {v} += ({c},)", "{v} = {v}[1:]", "{v} = ({v} + (True,))[-2:]"),
    ),
    Kind(
        "tuple[Point, ...] = var(initial=(Point(1, False),), maxlen=1)", 7,
        ("len({v}) > 0 and {v}[0].far", "Point(2, True) in {v}"),
        ("{v} = ()", "{v} = (Point(2, {c}),)"),
    ),
)  # fmt: skip

NAMES = {
    "Annotated": Annotated, "Literal": Literal, "Phase": Phase, "Color": Color, "Side": Side,
    "Point": Point, "Pair": Pair, "Slot": Slot, "replace": replace, "action": action, "always": always,
    "each": each, "limit": limit, "one_of": one_of, "recoverable": recoverable, "require": require,
    "sometimes": sometimes, "spec": spec, "var": var, "eventually": eventually, "leads_to": leads_to,
    "recurs": recurs, "temporal": temporal, "weak": weak, "strong": strong, "finitely": finitely,
    "F": F, "G": G, "R": R, "U": U, "W": W, "X": X,
}  # fmt: skip

PARAMETERS = {
    "flag: bool": ("flag", "not flag"),
    "color: Color": ("color is Color.BLUE", "color is not Color.RED"),
    "n: int = var(range(2))": ("n == 0",),
}
VALUES = {"who": "Side.LEFT", "flag": "True", "color": "Color.BLUE", "n": "1"}  # of each parameter, one
MOST_STATES = 900


@dataclass(frozen=True)
class Drawn:
    """A random spec: its source, and the class."""

    source: str
    cls: type = field(compare=False)

    def __repr__(self) -> str:
        return self.source


@st.composite
def specs(draw: Any) -> Drawn:
    """A whole spec, with at most some hundred states."""
    mapped = draw(st.booleans())
    phase = "dict[Side, Phase] = each(Side, Phase.START)" if mapped else "Phase = Phase.START"
    lines, size = [f"    phase: {phase}"], 9 if mapped else 3
    variables: list[tuple[str, Kind]] = []
    for kind in draw(st.lists(st.sampled_from(KINDS), min_size=2, max_size=4)):
        if size * kind.size <= MOST_STATES:
            size *= kind.size
            variables.append((f"v{len(variables)}", kind))
    lines += [f"    {name}: {kind.declared}" for name, kind in variables]
    actions = [f"do{number}" for number in range(draw(st.integers(3, 6)))]
    for name in actions:
        lines += draw(_action(name, variables, mapped))
    for number in range(draw(st.integers(1, 4))):
        lines += draw(_property(f"asked{number}", variables, mapped, actions))
    final = draw(st.sampled_from(["", "Phase.END", "Phase.MIDDLE, Phase.END"]))
    head = f"@spec(final={{{final}}})" if final else "@spec"
    source = "\n".join([head, "class Drawn:", *lines])
    names: dict[str, Any] = {**NAMES, "__name__": __name__}
    exec(source, names)
    return Drawn(source, names["Drawn"])


@st.composite
def _action(draw: Any, name: str, variables: list[tuple[str, Kind]], mapped: bool) -> list[str]:
    sources = draw(st.sampled_from([(), (), (Phase.START,), (Phase.MIDDLE,), (Phase.END, Phase.START)]))
    parameters = draw(st.lists(st.sampled_from(list(PARAMETERS)), unique=True, max_size=1))
    inner = [condition for parameter in parameters for condition in PARAMETERS[parameter]]
    head = ["who: Side"] if mapped else []
    marks = [str(source) for source in sources] + (["fault=True"] if draw(st.integers(0, 3)) == 0 else [])
    mark = f"    @action({', '.join(marks)})" if marks else "    @action"
    said = _conditions(variables, mapped, "self") + inner + (["who is Side.LEFT"] if mapped else [])
    conditions = st.sampled_from(said)
    body = [
        draw(
            st.sampled_from(["require({c})", "limit({c})", "try: require({c})|except BaseException: pass"])
        ).format(c=draw(conditions))
        for _ in range(draw(st.integers(0, 2)) // 2)
    ]
    phase = "self.phase[who]" if mapped else "self.phase"
    writes = [f"{phase} = {target}" for target in Phase]
    for variable, kind in variables:
        writes += [write.format(v=f"self.{variable}", c="{c}") for write in kind.writes]
    for write in draw(st.lists(st.sampled_from(writes), min_size=2, max_size=3)):
        statement = write.replace("{c}", draw(conditions))
        if draw(st.integers(0, 2)) == 0:
            body += [f"if {draw(conditions)}: {statement}", *draw(_otherwise(writes, conditions))]
        else:
            body.append(statement)
    text = [line for statement in body for line in _lines(statement)]
    return [mark, f"    def {name}({', '.join(['self', *head, *parameters])}) -> None:", *text]


def _lines(statement: str) -> list[str]:
    parts = statement.split("|except") if "|except" in statement else [statement]
    return [f"        {'except' if number else ''}{part}" for number, part in enumerate(parts)]


@st.composite
def _otherwise(draw: Any, writes: list[str], conditions: Any) -> list[str]:
    if draw(st.booleans()):
        return []
    return [f"else: {draw(st.sampled_from(writes)).replace('{c}', draw(conditions))}"]


@st.composite
def _property(
    draw: Any, name: str, variables: list[tuple[str, Kind]], mapped: bool, actions: list[str]
) -> list[str]:
    mark = draw(st.sampled_from(["always", "always", "sometimes", "recoverable", "step", "step"]))
    told = _conditions(variables, mapped, "self")
    head = "@always" if mark == "step" else f"@{mark}"
    parameters = ["self"]
    if mark == "step":
        parameters.append("after")
        told += _conditions(variables, mapped, "after")
        if draw(st.booleans()):
            head = f"@always(on={draw(st.sampled_from(actions))})"
    if mark in ("always", "recoverable") and draw(st.booleans()):
        head = f"@{mark}(finding='on purpose')"
    if draw(st.booleans()):
        parameters.append("color: Color")
        told += PARAMETERS["color: Color"]
    conditions = draw(st.lists(st.sampled_from(told), min_size=1, max_size=3))
    joint = draw(st.sampled_from([" and ", " or "]))
    return [f"    {head}", f"    def {name}({', '.join(parameters)}) -> bool:",
            f"        return bool({joint.join(f'({condition})' for condition in conditions)})"]  # fmt: skip


def _conditions(variables: list[tuple[str, Kind]], mapped: bool, seen: str) -> list[str]:
    phase = f"{seen}.phase[Side.LEFT]" if mapped else f"{seen}.phase"
    found = [f"{phase} is Phase.END", f"{phase} is not Phase.START"]
    for variable, kind in variables:
        found += [read.format(v=f"{seen}.{variable}") for read in kind.reads]
    return found


@st.composite
def specs_with_runs(draw: Any, most_states: int = 100) -> Drawn:
    """A small spec with one to three promises over runs, under fairness of every sort."""
    mapped = draw(st.integers(0, 3)) == 0 and most_states >= 9
    phase = "dict[Side, Phase] = each(Side, Phase.START)" if mapped else "Phase = Phase.START"
    lines, size = [f"    phase: {phase}"], 9 if mapped else 3
    variables: list[tuple[str, Kind]] = []
    for kind in draw(st.lists(st.sampled_from(KINDS), min_size=3, max_size=3)):
        if size * kind.size <= most_states:
            size *= kind.size
            variables.append((f"v{len(variables)}", kind))
    lines += [f"    {name}: {kind.declared}" for name, kind in variables]
    actions: dict[str, list[str]] = {}
    goals: dict[str, str] = {}  # what is true after a plain move
    for number in range(draw(st.sampled_from([2, 3, 4, 4, 5, 5, 6]))):
        name, moves = f"do{number}", draw(st.booleans())
        body = draw((_move if moves else _action)(name, variables, mapped))
        lines += body
        if moves:
            goals[name] = body[2].strip().replace("[who]", "[Side.LEFT]").replace("=", "is")
        actions[f"do{number}"] = [one for one in VALUES if f", {one}: " in body[1]]
    told = _conditions(variables, mapped, "self")
    for number in range(2):
        lines += [f"    def p{number}(self) -> bool:", f"        return bool({draw(st.sampled_from(told))})"]
    asked = [*told, *PARAMETERS["color: Color"]]
    lines += ["    def p2(self, color: Color) -> bool:", f"        return bool({draw(_joined(asked))})"]
    for number in range(draw(st.sampled_from([1, 2, 3, 3, 3]))):
        if goals and draw(st.integers(0, 2)) == 0:
            lines += draw(_goal(f"asked{number}", told, goals))
        else:
            lines += draw(_run_property(f"asked{number}", told, actions))
    final = draw(st.sampled_from(["", "", "final={Phase.END}", "final={Phase.MIDDLE, Phase.END}"]))
    fair = draw(_fairness(actions, 1, repr)) if draw(st.integers(0, 2)) == 0 else ""
    head = ", ".join(filter(None, [final, fair]))
    source = "\n".join([f"@spec({head})" if head else "@spec", "class Drawn:", *lines])
    names: dict[str, Any] = {**NAMES, "__name__": __name__}
    exec(source, names)
    return Drawn(source, names["Drawn"])


@st.composite
def _move(draw: Any, name: str, variables: list[tuple[str, Kind]], mapped: bool) -> list[str]:
    """A plain step from one phase to another: of these, runs have much to choose from."""
    source, target = draw(st.sampled_from(list(Phase))), draw(st.sampled_from(list(Phase)))
    fault = ", fault=True" if draw(st.integers(0, 5)) == 0 else ""
    body = [f"{'self.phase[who]' if mapped else 'self.phase'} = {target}"]
    if variables and draw(st.booleans()):
        variable, kind = draw(st.sampled_from(variables))
        condition = draw(st.sampled_from(_conditions(variables, mapped, "self")))
        body.append(draw(st.sampled_from(kind.writes)).format(v=f"self.{variable}", c=condition))
    who = ", who: Side" if mapped else ""
    return [f"    @action({source}{fault})", f"    def {name}(self{who}) -> None:",
            *(f"        {statement}" for statement in body)]  # fmt: skip


@st.composite
def _run_property(draw: Any, name: str, told: list[str], actions: dict[str, list[str]]) -> list[str]:
    kind = draw(st.sampled_from(["eventually", "recurs", "leads_to", "leads_to", *["temporal"] * 4]))
    fair = draw(_fairness(actions, 3, str)) if draw(st.integers(0, 3)) else ""
    quantified = draw(st.booleans())
    if quantified:
        told = [*told, *PARAMETERS["color: Color"]]
    if kind == "temporal":
        atoms = ["self.p0()", "self.p1()", "self.p1()", *(["self.p2(color)"] if quantified else [])]
        answer = draw(_formula(atoms, draw(st.integers(1, 4))))
    elif kind == "leads_to":
        answer = f"bool({draw(_joined(told))}), bool({draw(_joined(told))})"
    else:
        answer = f"bool({draw(_joined(told))})"
    return [f"    @{kind}({fair})" if fair else f"    @{kind}",
            f"    def {name}(self{', color: Color' if quantified else ''}):",
            f"        return {answer}"]  # fmt: skip


@st.composite
def _goal(draw: Any, name: str, told: list[str], goals: dict[str, str]) -> list[str]:
    """What a move does is promised if the move is treated fairly: can it be evaded?"""
    move = draw(st.sampled_from(list(goals)))
    kind = draw(st.sampled_from(["eventually", "recurs", "leads_to"]))
    premise = f"bool({draw(st.sampled_from(told))}), " if kind == "leads_to" else ""
    return [f"    @{kind}(fair={draw(st.sampled_from(['strong', 'strong', 'weak']))}({move}))",
            f"    def {name}(self):",
            f"        return {premise}{goals[move]}"]  # fmt: skip


@st.composite
def _joined(draw: Any, told: list[str]) -> str:
    joint = draw(st.sampled_from([" and ", " or "]))
    return joint.join(f"({one})" for one in draw(st.lists(st.sampled_from(told), min_size=1, max_size=2)))


@st.composite
def _formula(draw: Any, atoms: list[str], depth: int) -> str:
    form = draw(st.sampled_from(_FORMS)) if depth else "{}"
    if form == "{}":
        return draw(st.sampled_from(atoms))
    if form.count("{}") == 1:
        return form.format(draw(_formula(atoms, depth - 1)))
    flat, deep = draw(_formula(atoms, depth // 3)), draw(_formula(atoms, depth - 1))  # deep and still small
    return form.format(*draw(st.permutations([flat, deep])))


_FORMS = ("{}", "G({})", "G({})", "F({})", "F({})", "X({})", "~{}", "U({}, {})", "W({}, {})", "R({}, {})",
          "({} & {})", "({} | {})", "({} >> {})", "U(True, {})", "W({}, False)", "R(False, {})",
          "U({}, True)")  # fmt: skip


@st.composite
def _fairness(draw: Any, actions: dict[str, list[str]], most: int, named: Any) -> str:
    """What stands as `fair=`: one assumption, or a list of them."""
    found = [draw(_assumption(actions, named)) for _ in range(draw(st.integers(1, most)))]
    return f"fair={found[0]}" if len(found) == 1 else f"fair=[{', '.join(found)}]"


@st.composite
def _assumption(draw: Any, actions: dict[str, list[str]], named: Any) -> str:
    strength = draw(st.sampled_from(["strong", "strong", "strong", "weak", "weak", "finitely"]))
    number = draw(st.sampled_from([1, 1, 1, 2, 3, 0]))
    chosen = draw(st.permutations(list(actions)))[:number]
    told = [named(name) for name in chosen]
    free = list(dict.fromkeys(one for name in chosen or actions for one in actions[name]))
    if free and draw(st.integers(0, 3)) == 0:
        given = free.pop(draw(st.integers(0, len(free) - 1)))
        told.append(f"{given}={VALUES[given]}")
    if strength != "finitely":
        if free and draw(st.booleans()):
            told.append(f"each={draw(st.sampled_from([True, free[0], tuple(free)]))!r}")
        if draw(st.integers(0, 3)) == 0:
            told.append("together=True")
    return f"{strength}({', '.join(told)})"


@cache
def scalars() -> Any:
    """Domains of one cell that may be keys and elements too."""
    return st.sampled_from(
        [
            Scalar("bool", (False, True)),
            Scalar("Color", tuple(Color)),
            Scalar("range(3)", (0, 1, 2)),
            Scalar("mixed", (None, 0, "a", Side.LEFT)),
        ]
    )


@cache
def domains() -> Any:
    """Domains of every shape, small enough to list."""
    simple = scalars() | st.builds(SetOf, scalars()) | st.builds(SequenceOf, scalars(), st.integers(0, 2))
    records = st.builds(lambda x, color: Record(Pair, (("point", x), ("color", color))), simple, simple)
    values = simple | records | st.builds(Maybe, records)
    maps = st.builds(MapOf, scalars(), values)
    return (values | maps | st.builds(MapOf, scalars(), maps)).filter(lambda domain: domain.size < 500)


def values(domain: Domain) -> Any:
    """The values of a domain, each by its place in the order."""
    return st.integers(0, domain.size - 1).map(domain.unrank)


def combinations(found: Any) -> list[tuple[Any, ...]]:
    """Every choice of some arguments."""
    return list(product(*(tuple(parameter.domain) for parameter in found)))
