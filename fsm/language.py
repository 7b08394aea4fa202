"""The words that a spec is written in: marks on a plain class, read by `declaration`.

Each decorator only leaves a mark; nothing is run, wrapped or registered. So a marked method stays the
function that was written, `super()` and direct calls work, and a class is an ordinary class.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any, TypeVar, overload

from fsm.errors import Mistake, SpecError, Where
from fsm.fairness import Fairness, listed
from fsm.model import Kind

Function = TypeVar("Function", bound=Callable[..., Any])
Class = TypeVar("Class", bound=type)

Fair = Fairness | Iterable[Fairness]  #: one assumption, or several

MARK = "__fsm_mark__"
SPEC = "__fsm_spec__"
UNSET: Any = object()
_UNMARKABLE = (type, staticmethod, classmethod, property)


@dataclass(frozen=True)
class ActionMark:
    """What `@action` was told."""

    sources: tuple[Any, ...] | None
    fault: bool
    sender: str
    receiver: str


@dataclass(frozen=True)
class PropertyMark:
    """What `@always`, `@sometimes` and the like were told."""

    kind: Kind
    finding: str = ""
    on: tuple[Any, ...] | None = None
    fair: tuple[Fairness, ...] = ()
    waiver: str = ""


@dataclass(frozen=True)
class InitialMark:
    """Left by `@initial`."""


@dataclass(frozen=True)
class SpecMark:
    """What `@spec` was told."""

    final: tuple[Any, ...]
    fair: tuple[Fairness, ...] = ()
    folds: tuple[str, ...] = ()
    findings: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class OneOf:
    """Several initial values."""

    values: tuple[Any, ...]


@dataclass(frozen=True)
class Var:
    """A variable's domain and initial value, where the annotation does not say them."""

    values: Any = None
    initial: Any = UNSET
    maxlen: int | None = None


@dataclass(frozen=True)
class Each:
    """A total map: a key, what every member begins with, and whether the members are interchangeable."""

    key: Any
    initial: Any
    symmetric: bool = False
    where: Where = field(default=Where(), compare=False)


@overload
def action(function: Function, /) -> Function: ...
@overload
def action(
    *sources: Any, fault: bool = False, sender: str = "", receiver: str = ""
) -> Callable[[Function], Function]: ...
def action(*sources: Any, fault: bool = False, sender: str = "", receiver: str = "") -> Any:
    """Mark a method as an action: something that may happen.

    `@action(PHASE, …)` restricts it to these phases; plain `@action` does not. Its arguments are the
    environment's choices, from finite domains. It assigns what changes; what it does not assign stays.

    Args:
        sources: the phases in which it may happen.
        fault: whether it is something that the world does wrong.
        sender, receiver: who does it to whom, for message-sequence pictures.
    """
    if len(sources) == 1 and (hasattr(sources[0], "__code__") or isinstance(sources[0], _UNMARKABLE)):
        return _marked(sources[0], ActionMark(None, fault, sender, receiver))

    def mark(function: Function) -> Function:
        return _marked(function, ActionMark(sources or None, fault, sender, receiver))

    return mark


@overload
def always(function: Function, /) -> Function: ...
@overload
def always(*, finding: str = "", on: Any = None) -> Callable[[Function], Function]: ...
def always(function: Any = None, /, *, finding: str = "", on: Any = None) -> Any:
    """Mark a method as a promise about every reachable state, or about every transition.

    With a second parameter named `after` it is about transitions: `self` before, `after` after. Further
    parameters are quantified: it is checked for each of their values.

    Args:
        finding: a known defect of the modelled system, in words; the property must then be violated, and
            the check fails when it no longer is.
        on: one action (or a tuple of them) that a promise about transitions is restricted to.
    """
    actions = None if on is None else tuple(on) if isinstance(on, (tuple, list, set, frozenset)) else (on,)

    def mark(function: Function) -> Function:
        return _marked(function, PropertyMark(Kind.ALWAYS, finding, actions))

    return mark if function is None else mark(function)


def sometimes(function: Function) -> Function:
    """Mark a method as a promise that some reachable state satisfies it: the guard against vacuity."""
    return _marked(function, PropertyMark(Kind.SOMETIMES))


@overload
def recoverable(function: Function, /) -> Function: ...
@overload
def recoverable(*, finding: str = "") -> Callable[[Function], Function]: ...
def recoverable(function: Any = None, /, *, finding: str = "") -> Any:
    """Mark a method as a promise that from every reachable state it can be reached without further faults.

    Args:
        finding: as for `always`.
    """

    def mark(function: Function) -> Function:
        return _marked(function, PropertyMark(Kind.RECOVERABLE, finding))

    return mark if function is None else mark(function)


@overload
def eventually(function: Function, /) -> Function: ...
@overload
def eventually(*, fair: Fair = (), finding: str = "", waiver: str = "") -> Callable[[Function], Function]: ...
def eventually(
    function: Any = None, /, *more: Any, fair: Fair = (), finding: str = "", waiver: str = ""
) -> Any:
    """Mark a method as a promise that on every fair run it is true at some time.

    A run goes on as long as anything but a fault is enabled; in a final phase it may end, and stays there.

    Args:
        fair: what is assumed of runs (`weak(...)`, `strong(...)`, `finitely(...)`), beside what `@spec` says.
        finding: as for `always`.
        waiver: why it may be vacuous: a promise that asks nothing of any run fails otherwise.
    """
    mark = PropertyMark(Kind.EVENTUALLY, finding, fair=listed(fair), waiver=waiver)
    return _over_runs(mark, function, more)


@overload
def leads_to(function: Function, /) -> Function: ...
@overload
def leads_to(*, fair: Fair = (), finding: str = "", waiver: str = "") -> Callable[[Function], Function]: ...
def leads_to(
    function: Any = None, /, *more: Any, fair: Fair = (), finding: str = "", waiver: str = ""
) -> Any:
    """Mark a method that answers a pair: whenever the first is true, the second is true then or later.

    `return self.at[who] is Place.WAITING, self.at[who] is Place.INSIDE`: on every fair run who waits gets in.

    Args:
        fair, finding, waiver: as for `eventually`.
    """
    mark = PropertyMark(Kind.LEADS_TO, finding, fair=listed(fair), waiver=waiver)
    return _over_runs(mark, function, more)


@overload
def recurs(function: Function, /) -> Function: ...
@overload
def recurs(*, fair: Fair = (), finding: str = "", waiver: str = "") -> Callable[[Function], Function]: ...
def recurs(function: Any = None, /, *more: Any, fair: Fair = (), finding: str = "", waiver: str = "") -> Any:
    """Mark a method as a promise that on every fair run it is true again and again.

    Args:
        fair, finding, waiver: as for `eventually`.
    """
    mark = PropertyMark(Kind.RECURS, finding, fair=listed(fair), waiver=waiver)
    return _over_runs(mark, function, more)


@overload
def temporal(function: Function, /) -> Function: ...
@overload
def temporal(*, fair: Fair = (), finding: str = "", waiver: str = "") -> Callable[[Function], Function]: ...
def temporal(
    function: Any = None, /, *more: Any, fair: Fair = (), finding: str = "", waiver: str = ""
) -> Any:
    """Mark a method that returns a formula: every fair run satisfies it.

    `return G(self.asked(who) >> F(self.answered(who)))`: the atoms are answers of the spec's other methods,
    called on `self`; `G F X U R W` put them together, and `&`, `|`, `~`, `>>` (see `formula`).

    Args:
        fair, finding, waiver: as for `eventually`.
    """
    mark = PropertyMark(Kind.TEMPORAL, finding, fair=listed(fair), waiver=waiver)
    return _over_runs(mark, function, more)


def initial(function: Function) -> Function:
    """Mark a method as the filter of the initial states: those for which it answers True."""
    return _marked(function, InitialMark())


def var(values: Any = None, initial: Any = UNSET, *, maxlen: int | None = None) -> Any:
    """A variable whose annotation does not say its domain, or that begins with one of several values.

    Args:
        values: the domain: a range, or a tuple of values.
        initial: the value that it begins with, or `one_of(...)`.
        maxlen: how long a `tuple[T, ...]` may be; it begins empty unless `initial` says otherwise.

    >>> var(range(4), 0)
    Var(values=range(0, 4), initial=0, maxlen=None)
    """
    return Var(values, initial, maxlen)


def each(key: Any, initial: Any, *, symmetric: bool = False) -> Any:
    """A total map from every member of a finite key.

    Args:
        key: an Enum class, `bool`, a range or a tuple of values.
        initial: what every member begins with: a value, `var(...)`, `one_of(...)` or another `each`.
        symmetric: whether the members are interchangeable: states that differ only in which member is which
            are then explored once. One declaration speaks for all variables over the key; that no body
            tells the members apart is checked.
    """
    return Each(key, initial, symmetric)


def one_of(*values: Any) -> Any:
    """Several initial values: `var(initial=one_of(A, B))`; a spec begins in each combination.

    Args:
        values: at least one.
    """
    return OneOf(values)


def _marked(function: Function, mark: Any) -> Function:
    if not callable(function) or not hasattr(function, "__code__"):
        raise SpecError(
            [Mistake(f"a mark on {function!r}: only a plain method can carry it", _caller_place())]
        )
    setattr(function, MARK, mark)
    return function


def _over_runs(mark: PropertyMark, function: Any, more: tuple[Any, ...]) -> Any:
    if more or isinstance(function, str):
        told = ", ".join(map(repr, (function, *more)))
        word = mark.kind.value
        raise SpecError(
            [
                Mistake(
                    f"`@{word}({told})`: what is promised is what the method answers, so name nothing here: "
                    f"mark a method with `@{word}`"
                    + (" that says `return premise, conclusion`" if word == "leads_to" else ""),
                    _caller_place(),
                )
            ]
        )

    def marked(function: Function) -> Function:
        return _marked(function, mark)

    return marked if function is None else marked(function)


def _caller_place() -> Where:
    frame = sys._getframe(2)
    while frame.f_back is not None and frame.f_globals.get("__name__") == __name__:
        frame = frame.f_back
    return Where(frame.f_code.co_filename, frame.f_lineno)
