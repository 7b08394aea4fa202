"""Fairness: what may be assumed of runs that go on for ever.

A run that lets something wait for ever is often none that can happen. *Weak* fairness of an action: if it is
enabled from some moment on without a break, it happens again and again. *Strong* fairness: if it is enabled
again and again, it happens again and again. *Finitely*: it happens only a finite number of times, as faults
do that end one day. Nothing of this is assumed unless a spec or a property says so.

Happening is taking a step of the action, one that changes nothing included.

After L. Lamport, "The Temporal Logic of Actions", TOPLAS 16(3), 1994, section 8, and N. Francez, "Fairness",
1986.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from fsm.errors import SpecError, Where
from fsm.values import show


class Strength(Enum):
    """What is assumed."""

    WEAK = "weak"  #: enabled without a break, it happens again and again
    STRONG = "strong"  #: enabled again and again, it happens again and again
    FINITELY = "finitely"  #: it happens a finite number of times


@dataclass(frozen=True)
class Fairness:
    """One assumption, as it was written.

    Args:
        strength: what is assumed.
        actions: of which actions; of all that are no faults if empty, or with `finitely` of all faults.
        each: the parameters whose values are told apart; all of them if True.
        together: whether the actions are one: it is enough if any of them happens.
        given: the parameters that have one value, with it.
    """

    strength: Strength
    actions: tuple[str, ...]
    each: tuple[str, ...] | bool = ()
    together: bool = False
    given: tuple[tuple[str, Any], ...] = ()
    where: Where = field(default=Where(), compare=False)

    def __str__(self) -> str:
        """As it would be written."""
        told = [f'"{name}"' for name in self.actions]
        if self.each:
            names = [f'"{name}"' for name in self.each] if isinstance(self.each, tuple) else ["True"]
            told.append(f"each={names[0] if len(names) == 1 else '(' + ', '.join(names) + ')'}")
        told += ["together=True"] if self.together else []
        told += [f"{name}={show(value)}" for name, value in self.given]
        return f"{self.strength.value}({', '.join(told)})"


def weak(*actions: Any, each: Any = (), together: bool = False, **given: Any) -> Fairness:
    """Assume weak fairness: what is enabled from some moment on without a break happens again and again.

    Args:
        actions: methods of the spec or their names; every action that is no fault if there are none.
        each: a parameter, or several, whose values are told apart: of each of them this is assumed; True for
            all parameters. Otherwise it is enough if an action happens with any arguments.
        together: whether it is enough that any of the actions happens.
        given: values of parameters; it is assumed of an action with these only.

    >>> weak("enter", each="who").actions
    ('enter',)
    """
    return _fairness(Strength.WEAK, actions, each, together, given)


def strong(*actions: Any, each: Any = (), together: bool = False, **given: Any) -> Fairness:
    """Assume strong fairness: what is enabled again and again happens again and again.

    Args:
        actions, each, together, given: as for `weak`.
    """
    return _fairness(Strength.STRONG, actions, each, together, given)


def finitely(*actions: Any, **given: Any) -> Fairness:
    """Assume that actions happen a finite number of times.

    Args:
        actions: methods of the spec or their names; every fault if there are none.
        given: as for `weak`.
    """
    return _fairness(Strength.FINITELY, actions, (), False, given)


def listed(fair: Fairness | Iterable[Fairness]) -> tuple[Fairness, ...]:
    """One assumption or several, as a tuple; raises `SpecError` for anything else."""
    found = tuple(fair) if isinstance(fair, Iterable) else (fair,)
    for one in found:
        if not isinstance(one, Fairness):
            raise SpecError(
                f"`fair={show(fair)}` assumes nothing that is known: write `weak(...)`, `strong(...)` or "
                "`finitely(...)` of actions, or several of these in a list"
            )
    return found


def _fairness(strength: Strength, actions: Any, each: Any, together: bool, given: Any) -> Fairness:
    names = tuple(getattr(action, "__name__", action) for action in actions)
    told_apart = each if isinstance(each, bool) else (each,) if isinstance(each, str) else tuple(each)
    frame = sys._getframe(2)
    where = Where(frame.f_code.co_filename, frame.f_lineno)
    return Fairness(strength, names, told_apart, together, tuple(given.items()), where)
