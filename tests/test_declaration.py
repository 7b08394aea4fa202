"""Classes as models, and what is said about those that are none."""

from collections.abc import Callable
from enum import Enum
from typing import Any, ClassVar

import pytest

from fsm import (
    action,
    always,
    check,
    each,
    initial,
    leads_to,
    many,
    model_of,
    one_of,
    require,
    sometimes,
    spec,
    var,
    weak,
)  # fmt: skip
from fsm.errors import SpecError
from fsm.model import Kind
from tests.conftest import Written

Phase = Enum("Phase", "A B C")


def wrong(text: str) -> str:
    """A class that is right but for some lines."""
    lines = ["@spec", "class Wrong:", "    phase: Phase = Phase.A"]
    if "@action" not in text:
        lines += ["    @action", "    def go(self): pass"]
    return "\n".join([*lines, *(f"    {line}" for line in text.splitlines())])


VARIABLES = {
    "n: int = 0  # HERE": r"`n`: an int without bounds: write `var\(range\(n\), initial\)`",
    "x: float = 0.0  # HERE": "`x`: a float: its values cannot be listed",
    "s: str = ''  # HERE": r"`s`: a str without bounds: write `Literal\[...\]`",
    "l: list = ()  # HERE": "`l`: a list: write",
    "d: dict = {}  # HERE": r"`d`: a bare dict: say of what",
    "t: tuple[bool, ...] = ()  # HERE": "`t`: a sequence without a bound",
    "b: bool  # HERE": "`b`: no initial value: write `= False` or another value of bool",
    "b: bool = 0  # HERE": r"`b`: 0 is not in bool \(its type is int, not bool\)",
    "n: int = var(range(3), True)  # HERE": r"`n`: True is not in range\(0, 3\)",
    "n: int = var(range(3))  # HERE": "`n`: no initial value: write `= 0`",
    "n: int = var(range(3), one_of())  # HERE": r"`n`: `one_of\(\)` of nothing",
    "n: int = var(range(3), one_of(0, 3))  # HERE": r"`n`: 3 is not in range\(0, 3\)",
    "n: int = var((1, 1), 1)  # HERE": "names a value twice",
    "b: bool = each(Phase, False)  # HERE": r"`b`: `each` makes a dict: annotate it `dict\[Key, Value\]`",
    "d: dict[Phase, bool] = each(Phase, 3)  # HERE": "`d`: 3 is not in bool",
    "d: dict[Phase, bool] = {Phase.A: True}  # HERE": r"`d`: .*\(it says nothing of B\)",
    "t: tuple[bool, ...] = var(maxlen=1, initial=(True, True))  # HERE": "it has 2 elements",
    "p: Point = Point(5)  # HERE": r"`p`: .*\(its x: 5 is not in range\(0, 3\)",
    "p: Point | frozenset[bool] = Point()  # HERE": "`p`: a union of records, sets or maps",
    "after: bool = False": "`after` is a reserved name",
    "go: bool = False\n@action\ndef go(self): pass": "`go` is both a variable and a method",
}

METHODS = {
    "@action(Phase.A, 'B')  # HERE\ndef go(self): pass": "`go` starts from 'B', which is no phase",
    "@action  # HERE\ndef go(self, ok): pass": "`go`, argument `ok` has no annotation",
    "@action  # HERE\ndef go(self, ok: bool = True): pass": "`go`, argument `ok` has a default",
    "@action  # HERE\ndef go(self, *ok: bool): pass": r"argument `ok`: an argument is named .* without `\*`",
    "@action  # HERE\ndef go(self, *, ok: bool): pass": r"an argument is named and positional",
    "@action  # HERE\ndef go(self, n: int): pass": "`go`, argument `n`: an int without bounds",
    "@action  # HERE\ndef go(): pass": "`go` has no `self`",
    "@action  # HERE\ndef go(self, n: int = var(range(2000)), m: int = var(range(2000))): pass":
        "4,000,000 choices of arguments",
    "@action  # HERE\nasync def go(self): pass": "`go` is async",
    "@action  # HERE\ndef go(self): yield": "`go` yields",
    "@action  # HERE\nasync def go(self): yield": "`go` is async",
    "@action  # HERE\ndef go(self, ok: 'Nowhere'): pass": "an annotation of `go` cannot be read: .*Nowhere",
    "@always  # HERE\nasync def safe(self): return True": "`safe` is async",
    "@always  # HERE\ndef safe(self): yield True": "`safe` yields",
    "@always  # HERE\ndef safe(self, k: Phase, after) -> bool: return True":
        "`after` is reserved .* right after self",
    "@sometimes  # HERE\ndef seen(self, after) -> bool: return True": "only `@always` speaks of steps",
    "@recoverable  # HERE\ndef back(self, after) -> bool: return True": "only `@always` speaks of steps",
    "@always(on='go')  # HERE\ndef safe(self) -> bool: return True": r"`on=` restricts a promise about steps",
    "@always(on='goo')  # HERE\ndef safe(self, after) -> bool: return True":
        "a promise on `goo`, which is no action: did you mean `go`",
    "@eventually  # HERE\ndef done(self, after) -> bool: return True": "only `@always` speaks of steps",
    "@eventually(fair=weak('goo'))  # HERE\ndef done(self) -> bool: return True":
        "`weak` speaks of 'goo', which is no action: did you mean `go`",
    "@recurs(fair=strong('go', each='who'))  # HERE\ndef done(self) -> bool: return True":
        "`strong` tells `who` apart, which is no parameter",
    "@recurs(fair=strong(n=3))  # HERE\ndef done(self) -> bool: return True\n"
    "@action\ndef also(self, n: bool): pass": "`strong` speaks of n=3, which is none of bool",
    "@leads_to('x', 'y')  # HERE\ndef done(self): return True, True":
        r"`@leads_to\('x', 'y'\)`: what is promised is what the method answers, .* `return premise, conclus",
    "@eventually('x')  # HERE\ndef done(self): return True": "mark a method with `@eventually`",
    "@temporal  # HERE\ndef done(self): return G(self.dome())\ndef dome_(self): return True":
        "`done`: `self.dome` is no predicate: did you mean `dome_`",
    "@temporal  # HERE\ndef done(self): return G(self.phase is Phase.A)":
        "`self.phase` is a variable, .*ask it in a method that answers True or False",
    "@temporal  # HERE\ndef done(self): return G(self.go())":
        "`self.go` is an action, and a formula speaks of states",
    "@temporal  # HERE\ndef done(self): return 3": "`done` makes no formula: .*3 is no formula",
    "@temporal  # HERE\ndef done(self): return self.x() and self.x()\ndef x(self): return True":
        "has no truth value before there is a run: write `~`",
    "@always  # HERE\ndef safe(self) -> bool: return bool(LIST)": "`safe` reads the global `LIST`, a list",
    "@action  # HERE\ndef go(self): DICT.get(1)": "reads the global `DICT`, a dict .*MappingProxyType",
    "@action  # HERE\ndef go(self): helper()": "`go` reads the global `SET`, a set .* a frozenset",
    "SEEN = []\n@action  # HERE\ndef go(self): self.SEEN.append(1)": "the class constant `SEEN`, a list",
}  # fmt: skip

PREFIX = """
LIST, DICT, SET = [], {}, set()
def helper():
    return SET
"""


@pytest.mark.parametrize(("text", "message"), {**VARIABLES, **METHODS}.items())
def test_a_mistake_is_named_with_its_line(text: str, message: str, written: Callable[..., Written]) -> None:
    made = written(PREFIX + wrong(text))
    with pytest.raises(SpecError, match=message) as caught:
        made.load()
    if made.marked:
        assert [mistake.where.line for mistake in caught.value.mistakes] == made.marked
        assert {mistake.where.file for mistake in caught.value.mistakes} == {str(made.file)}


CLASSES = {
    "@spec\nclass W:\n    @action\n    def go(self): pass": "W has no variables",
    "@spec\nclass W:\n    p: Phase = Phase.A": "W has no actions: mark a method with `@action`",
    "@spec\nclass W:\n    p: Point = Point()\n    @action\n    def go(self): pass":
        "`p` is the first variable and so the phase",
    "@spec(final={Phase.A, 'D'})\nclass W:\n    p: Phase = Phase.A\n    @action\n    def go(self): pass":
        "`final` names 'D', which is no phase",
    "@spec\nclass W:\n    p: 'Nowhere' = 1\n    @action\n    def go(self): pass":
        "an annotation of W cannot be read: .*Nowhere",
    "@spec\ndef f(): pass": "`@spec` marks a class, and .* is none",
    "@action\nclass W: pass": "only a plain method can carry it",
    "@spec\nclass W:\n    p: dict[bool, Phase] = each(bool, Phase.A)\n    @action(Phase.A)\n"
    "    def go(self): pass":
        "needs exactly one argument of type bool, and has 0",
    "@spec\nclass W:\n    p: dict[bool, Phase] = each(bool, Phase.A)\n    @action(Phase.A)\n"
    "    def go(self, a: bool, b: bool): pass": "exactly one argument of type bool, and has 2",
    "@spec\nclass V:\n    p: Phase = Phase.A\n    @action\n    def go(self): pass\n"
    "class W(V):\n    go = 3\nmodel_of(W)": "`go` was an action or a property and is now 3",
}  # fmt: skip


@pytest.mark.parametrize(("text", "message"), CLASSES.items())
def test_a_class_that_is_no_spec_is_told_why(
    text: str, message: str, written: Callable[..., Written]
) -> None:
    with pytest.raises(SpecError, match=message):
        written(text).load()


def test_all_mistakes_are_reported_at_once_in_source_order(written: Callable[..., Written]) -> None:
    made = written("""
        @spec
        class Wrong:
            phase: Phase = Phase.A
            n: int = 0  # HERE
            ok: bool = 1  # HERE

            @action(Phase.D if hasattr(Phase, "D") else "D")  # HERE
            def go(self):
                pass

            @action  # HERE
            def stop(self, when):
                pass

            @always  # HERE
            async def safe(self):
                return True
    """)
    with pytest.raises(SpecError) as caught:
        made.load()
    assert [mistake.where.line for mistake in caught.value.mistakes] == made.marked
    assert str(caught.value).count(str(made.file)) == len(made.marked)


@pytest.mark.parametrize(
    ("thing", "message"),
    [(3, "3 is no spec"), (Phase, "the class Phase is no spec: mark a class with `@spec`")],
)
def test_only_specs_have_models(thing: object, message: str) -> None:
    with pytest.raises(SpecError, match=message):
        model_of(thing)


@spec(final={Phase.C})
class Base:
    """The first line.

    And more.
    """

    LIMIT: ClassVar[int] = 2
    STEP = 1

    phase: Phase = Phase.A
    count: int = var(range(4), 0)

    @action(Phase.A)
    def rise(self) -> None:
        require(self.count < self.LIMIT)
        self.count += self.STEP

    @action(Phase.A)
    def end(self) -> None:
        self.phase = Phase.C

    @always
    def stays_within(self) -> bool:
        return self.count <= self.LIMIT

    @always(finding="it counts")
    def stays_at_zero(self) -> bool:
        return self.count == 0


def test_annotated_names_are_variables_and_others_are_constants() -> None:
    model = model_of(Base)
    assert [variable.name for variable in model.variables] == ["phase", "count"]
    assert [one.name for one in model.properties] == ["stays_within", "stays_at_zero", "never_stuck"]
    assert model.doc.startswith("The first line.")
    assert check(Base).states == 6
    assert model_of(model) is model is model_of(Base)


def test_a_variant_overrides_a_constant() -> None:
    class Higher(Base):
        LIMIT = 3

    assert check(Higher).states == 8
    assert check(Base).states == 6
    assert check(Higher).exit_code == 0


def test_a_variant_overrides_an_initial_value_without_annotating_it_again() -> None:
    class Later(Base):
        count = 2

    model = model_of(Later)
    assert [(one.name, one.initial) for one in model.variables] == [("phase", (Phase.A,)), ("count", (2,))]
    assert check(Later).states == 2


def test_an_initial_value_out_of_the_domain_of_the_base_is_refused() -> None:
    class Outside(Base):
        count = var(range(4), 9)

    with pytest.raises(SpecError, match="9"):
        model_of(Outside)


def test_a_variant_widens_a_domain_and_keeps_the_order() -> None:
    class Wider(Base):
        LIMIT = 9
        count: int = var(range(10), 0)

    model = model_of(Wider)
    assert [variable.name for variable in model.variables] == ["phase", "count"]
    assert check(Wider).states == 20


def test_an_unmarked_override_keeps_its_mark_and_may_call_super() -> None:
    class Twice(Base):
        def rise(self) -> None:
            super().rise()
            super().rise()

        def stays_at_zero(self) -> bool:
            return self.count < 2

    report = check(Twice)
    assert report.states == 4
    assert report["stays_at_zero"].finding == "it counts"
    assert report["stays_at_zero"].expected


def test_none_takes_an_action_or_a_property_out() -> None:
    class Less(Base):
        rise = None
        stays_at_zero = None

    model = model_of(Less)
    assert [one.name for one in model.actions] == ["end"]
    assert [one.name for one in model.properties] == ["stays_within", "never_stuck"]


class Lamp:
    """A base that is no spec itself: its variants are."""

    phase: Phase = Phase.A

    @action(Phase.A)
    def go(self) -> None:
        self.phase = Phase.B

    @action(Phase.B)
    def back(self) -> None:
        self.phase = Phase.A

    @always(on=(go, back))
    def moves(self, after: "Lamp") -> bool:
        return self.phase is not after.phase

    @always
    def stays(self) -> bool:
        return self.phase is Phase.A

    @sometimes
    def moved(self) -> bool:
        return self.phase is Phase.B

    @leads_to(fair=weak(go, back))
    def goes(self) -> tuple[bool, bool]:
        return self.phase is Phase.A, self.phase is Phase.B

    @leads_to(fair=weak(back))
    def goes_by_itself(self) -> tuple[bool, bool]:
        return self.phase is Phase.A, self.phase is Phase.B


def test_promises_and_fairness_go_on_without_an_action_that_was_taken_out() -> None:
    class OneWay(Lamp):
        back = None

    asked = {
        one.name: one for one in model_of(spec(final={Phase.B}, fair=weak("go", "back"))(OneWay)).properties
    }
    assert asked["moves"].on == {"go"}
    assert [str(one) for one in asked["goes"].fair] == ['weak("go")']
    assert asked["goes_by_itself"].fair == ()
    assert model_of(OneWay).fair[0].actions == ("go",)


def test_a_promise_on_nothing_but_actions_that_were_taken_out_is_refused() -> None:
    class Dark(Lamp):
        go = back = None

        @action
        def wait(self) -> None:
            pass

    with pytest.raises(
        SpecError, match="`moves` is a promise on nothing but actions that are taken out here"
    ):
        spec(Dark)


def test_a_variant_states_the_defects_that_it_is_known_to_have() -> None:
    class Known(Lamp):
        pass

    report = check(spec(findings={"stays": "it is made to move"})(Known))
    assert report["stays"].finding == "it is made to move"
    assert report["stays"].expected


def test_a_variant_may_be_without_the_defects_of_its_base() -> None:
    @spec(findings={"stays_at_zero": ""})
    class Mended(Base):
        rise = None

    assert check(Mended)["stays_at_zero"].expected


@pytest.mark.parametrize(
    ("findings", "message"),
    [
        ({"stay": "x"}, "`stay`, which is no property of Wrong: did you mean `stays`"),
        ({"moved": "x"}, "`moved`, which is a `sometimes`"),
        ({"go": "x"}, "`go`, which is no property"),
    ],
)
def test_a_finding_of_what_is_no_promise_is_refused(findings: dict[str, str], message: str) -> None:
    class Wrong(Lamp):
        pass

    with pytest.raises(SpecError, match=message):
        spec(findings=findings)(Wrong)


def test_a_variant_adds_variables_actions_and_properties_at_the_end() -> None:
    class More(Base):
        flag: bool = False

        @action
        def wave(self) -> None:
            self.flag = not self.flag

        @sometimes
        def waved(self) -> bool:
            return self.flag

    model = model_of(More)
    assert [one.name for one in model.variables] == ["phase", "count", "flag"]
    assert [one.name for one in model.actions] == ["rise", "end", "wave"]
    assert check(More).states == 12


def test_a_string_annotation_finds_the_names_around_the_class() -> None:
    Mood = Enum("Mood", "CALM CROSS")

    @spec
    class Stringly:
        mood: "Mood" = Mood.CALM

        @action
        def tease(self, how: "Mood") -> None:
            self.mood = how

    assert check(Stringly).states == 2


def test_several_initial_values_multiply_and_a_filter_chooses() -> None:
    @spec(final=set(Phase))
    class Begins:
        phase: Phase = var(initial=one_of(Phase.A, Phase.B, Phase.C))
        n: int = var(range(4), one_of(0, 1))
        seats: dict[bool, bool] = each(bool, one_of(False, True))

        @action
        def nothing(self) -> None:
            require(False)

    @spec(final=set(Phase))
    class Filtered(Begins):
        @initial
        def one_seat_is_taken(self) -> bool:
            return self.seats[False] != self.seats[True] and self.phase is not Phase.C

    assert check(Begins).initial == 3 * 2 * 4
    assert check(Filtered).initial == 2 * 2 * 2


def test_a_filter_that_admits_nothing_is_a_mistake() -> None:
    class Nowhere(Base):
        @initial
        def never(self) -> bool:
            return False

    with pytest.raises(SpecError, match="Nowhere has no initial state"):
        check(Nowhere)


@spec(final={Phase.B, Phase.C})
class Members:
    phase: dict[int, Phase] = each(range(2), Phase.A)

    @action(Phase.A)
    def finish(self, n: int = var(range(2)), well: bool = var((False, True))) -> None:
        self.phase[n] = Phase.B if well else Phase.C


def test_with_a_map_of_phases_an_action_restricts_the_member_that_its_argument_names() -> None:
    report = check(Members)
    assert report.states == 9
    assert report.transitions == 3 * 4  # two outcomes for the first member, beside three of the second
    assert model_of(Members).action("finish").member == "n"


def test_a_map_of_phases_is_final_when_every_member_is() -> None:
    model = model_of(Members)
    state = model.layout.pack({"phase": {0: Phase.B, 1: Phase.A}})
    assert not model.is_final(state)
    assert model.is_final(model.layout.pack({"phase": {0: Phase.B, 1: Phase.C}}))
    assert check(Members)["never_stuck"].expected


@spec(final={Phase.C})
class Single:
    phase: Phase = var(initial=one_of(Phase.A, Phase.B))

    @action(Phase.A)
    def to_b(self) -> None:
        self.phase = Phase.B

    @action(Phase.B)
    def to_c(self) -> None:
        self.phase = Phase.C

    @always
    def never_backwards(self, after: Any) -> bool:
        return list(Phase).index(after.phase) >= list(Phase).index(self.phase)

    @always(finding="ends")
    def never_ends(self) -> bool:
        return self.phase is not Phase.C


@pytest.mark.parametrize("n", [1, 2, 3])
def test_copies_multiply_states_and_move_one_at_a_time(n: int) -> None:
    report = check(many(Single, n))
    assert (report.states, report.initial) == (3**n, 2**n)
    assert report.transitions == n * 2 * 3 ** (n - 1)
    assert report.exit_code == 0


def test_copies_of_copies_are_copies() -> None:
    report = check(many(many(Single, 2), 2))
    assert (report.states, report.transitions) == (3**4, 4 * 2 * 3**3)
    assert report.exit_code == 0
    last = report["never_ends"].trace.steps[-1]
    assert last.label == "to_c(copy1=0, copy=0)"
    assert report["never_ends"].arguments == (("copy1", "0"), ("copy", "0"))


def test_copies_of_a_map_of_phases_keep_its_members() -> None:
    report = check(many(Members, 2))
    assert report.states == 81
    assert report.exit_code == 0


@pytest.mark.parametrize("n", [0, -1, True, 1.0])
def test_there_is_at_least_one_copy(n: Any) -> None:
    with pytest.raises(SpecError, match="give a number of copies, at least 1"):
        many(Single, n)


def test_a_filtered_spec_cannot_be_copied_yet() -> None:
    class Filtered(Single):
        @initial
        def some(self) -> bool:
            return True

    with pytest.raises(SpecError, match="cannot be copied yet"):
        many(Filtered, 2)


def test_a_property_that_speaks_of_one_action_names_it_by_the_function_or_by_its_name() -> None:
    class Named(Single):
        @always(on=(Single.to_b, "to_c"))
        def moves(self, after: Any) -> bool:
            return after.phase is not self.phase

    found = next(one for one in model_of(Named).properties if one.name == "moves")
    assert found.on == {"to_b", "to_c"}
    assert found.kind is Kind.STEP


def test_one_final_phase_may_stand_alone() -> None:
    @spec(final=Phase.B)
    class Once:
        phase: Phase = Phase.A

        @action(Phase.A)
        def go(self) -> None:
            self.phase = Phase.B

    assert model_of(Once).final == {Phase.B}
