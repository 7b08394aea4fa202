"""How a body becomes a relation: run it on real values, and remember what it read.

Each body is run twice for each new branch of its table (see `tables`); a difference means that it is no
function of what it reads. A step property is run after each action that it speaks of, on the state before
and on what the action wrote; what the two have read together decides, and is a table of its own, so that n
properties make n tables of their own size and not one of the product of their sizes.
"""

from __future__ import annotations

import traceback
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import Enum
from functools import cached_property
from itertools import product
from typing import Any, cast

from fsm.composites import MapOf
from fsm.errors import Mistake, SpecError, Where
from fsm.formula import Atom, Formula
from fsm.formulation import formula_of
from fsm.lazy import Views
from fsm.model import Event, Kind, Model, Property, call
from fsm.packing import Place
from fsm.run import CURRENT, Bounded, Read, Refused, Run, is_between
from fsm.set_views import whole
from fsm.tables import BOUNDED, DISABLED, MOST_ROWS, Answer, BodyError, Leaf, Step, Table, is_enabled
from fsm.values import OrderedSet, show
from fsm.views import Frame, make_view

Bindings = tuple[Any, ...]  #: one choice of a property's arguments


@dataclass(frozen=True)
class Bound:
    """A property with one choice of its arguments.

    Args:
        asked, arguments: which.
        number: the place of the choice in their order; arguments that are equal may be two choices.
    """

    asked: Property
    arguments: Bindings = field(compare=False)
    number: int

    @cached_property
    def named(self) -> Mapping[str, Any]:
        """The arguments by name."""
        names = (parameter.name for parameter in self.asked.parameters)
        return dict(zip(names, self.arguments, strict=True))

    @property
    def label(self) -> str:
        """The property as a call."""
        return call(self.asked.name, self.named)


class Tables:
    """A model with its memory: one table for each event, each state predicate, each promise about a step.

    Args:
        model: what to run.

    Attributes:
        events: in the order of `Model.events`.
        predicates: for each state property with its arguments.
        steps: the step properties with their arguments.
        promises: for an event and a step property, by place: whether the event's step keeps it.
    """

    def __init__(self, model: Model) -> None:
        self.model = model
        self.layout = model.layout
        self.views = Views()
        self._narrowed: dict[tuple[Any, ...], dict[str, Place]] = {}
        self.steps = tuple(bound for p in model.properties if p.kind is Kind.STEP for bound in bind(p))
        self.events = tuple(self._event_table(event) for event in model.events)
        self.promises: dict[tuple[int, int], Table] = {
            (place, number): self._promise_table(event, bound)
            for place, event in enumerate(model.events)
            for number, bound in enumerate(self.steps)
            if _speaks_of(bound, event)
        }
        self.predicates: dict[Bound, Table] = {
            bound: self._predicate_table(bound)
            for p in model.properties
            if p.kind not in (Kind.STEP, Kind.NEVER_STUCK) and not p.kind.over_runs
            for bound in bind(p)
        }
        self.atoms: dict[tuple[Bound, Atom], Table] = {}

    def initial_states(self) -> list[int]:
        """The packed initial states, in order; raises `SpecError` if there is none."""
        model, found = self.model, dict[int, None]()
        for values in model.initial_values():
            state = self.layout.pack(values)
            if model.admits is None or self._admitted(state):
                found[state] = None
        if not found:
            raise SpecError(
                [
                    Mistake(
                        f"{model.name} has no initial state: `@initial` admits none of them",
                        model.where,
                    )
                ]
            )
        return list(found)

    def may_stop(self, state: int) -> bool:
        """Whether a run may come to its end in a state, being final or with nothing but faults to come."""
        return self.model.is_final(state) or not any(
            is_enabled(table.leaf(state))
            for event, table in zip(self.model.events, self.events, strict=True)
            if not event.action.fault
        )

    def recheck(self) -> None:
        """Run a sample of everything again; raises `SpecError` where a body has changed its mind."""
        for table in self.all():
            table.recheck()

    def all(self) -> Iterator[Table]:
        """Every table."""
        yield from self.events
        yield from self.predicates.values()
        yield from self.atoms.values()
        yield from self.promises.values()

    def _event_table(self, event: Event) -> Table:
        def run(state: int) -> tuple[list[Read], Leaf]:
            run = Run(self.layout, state)
            if not self._act(run, event):
                return run.reads, BOUNDED if run.bounded and not run.refused else DISABLED
            return run.reads, self._assignment(run)

        name, where, most = event.label, event.action.where, MOST_ROWS * 50
        table = Table(self.layout, _twice(run, lambda: table), name, where, most)
        return table

    def _promise_table(self, event: Event, bound: Bound) -> Table:
        def run(state: int) -> tuple[list[Read], Leaf]:
            run = Run(self.layout, state)
            kept = not self._act(run, event) or self._ask(run, bound, after=True)
            return run.reads, kept

        name, where = bound.label, bound.asked.where
        table = Table(self.layout, _twice(run, lambda: table), name, where, MOST_ROWS * 50)
        return table

    def stutter(self, bound: Bound) -> Table:
        """A new table of what a step property says of steps that change nothing it looks at.

        Args:
            bound: the step property.

        Returns:
            A table whose `mask`, once it is complete, is all that the property looks at in such steps.
        """

        def run(state: int) -> tuple[list[Read], Leaf]:
            run = Run(self.layout, state)
            answer = self._ask(run, bound, after=True)
            return run.reads, answer

        table = Table(self.layout, _twice(run, lambda: table), bound.label, bound.asked.where, MOST_ROWS)
        return table

    def formula(self, bound: Bound) -> Formula:
        """What a property over runs says with its arguments; raises `SpecError` if its body makes none."""
        return formula_of(self.model, bound.asked, bound.arguments)

    def atom(self, bound: Bound, atom: Atom) -> Table:
        """The table of an atom in the formula of a property over runs; made when it is first asked for."""
        if (bound, atom) not in self.atoms:
            self.atoms[bound, atom] = self._predicate_table(bound, atom)
        return self.atoms[bound, atom]

    def _predicate_table(self, bound: Bound, atom: Atom | None = None) -> Table:
        def run(state: int) -> tuple[list[Read], Leaf]:
            run = Run(self.layout, state, pure=True)
            answer = self._ask(run, bound, after=False, atom=atom)
            return run.reads, answer

        name = bound.label if atom is None else atom.label
        table = Table(self.layout, _twice(run, lambda: table), name, bound.asked.where, MOST_ROWS * 50)
        return table

    def answers(self, ask: Callable[[Any], Any], name: str, where: Where) -> Table:
        """A new table of what a question answers, whatever that is; `Answer`s stand for its leaves.

        Args:
            ask: called with a view of a state; answers a plain value, or a tuple or a set of such.
            name, where: what is asked, and where it is written, for messages.
        """

        def run(state: int) -> tuple[list[Read], Leaf]:
            run = Run(self.layout, state, pure=True)
            frame = Frame(run, self.views, self._places(()), after=False, writable=False)
            view = make_view(self.model.view, frame)
            answer = self._guard(run, name, {}, where, lambda: ask(view))
            try:
                plain = _plain(answer)
            except TypeError:
                raise self._error(
                    run, name, {}, where,
                    f"answers a value of type {type(answer).__name__}: what a picture shows is a bool, a "
                    "number, a text, a member of an Enum, `None`, or a tuple or a set of these",
                ) from None  # fmt: skip
            frame.close()
            return run.reads, cast(Leaf, Answer(plain))

        table = Table(self.layout, _twice(run, lambda: table), name, where, MOST_ROWS * 50)
        return table

    def _admitted(self, state: int) -> bool:
        run = Run(self.layout, state, pure=True)
        admits = self.model.admits
        assert admits is not None
        frame = Frame(run, self.views, self._places(()), after=False, writable=False)
        view = make_view(self.model.view, frame)
        answer = self._guard(run, "@initial", {}, self.model.where, lambda: admits(view))
        frame.close()
        return bool(answer)

    def _act(self, run: Run, event: Event) -> bool:
        """Run an action: whether it is enabled; what it wrote stands in the run."""
        action = event.action
        places = self._places(event.arguments[: action.copies])
        frame = Frame(run, self.views, places, after=True, writable=True)
        view = make_view(self.model.view, frame)
        arguments = event.arguments[action.copies :]
        if not self._phase_allows(event, frame):
            frame.close()
            return False

        def body() -> Any:
            return action.body(view, *arguments)

        returned = self._guard(run, action.name, event.named, action.where, body)
        frame.close()
        if run.refused or run.bounded:
            return False
        if returned is not None:
            raise self._error(
                run, action.name, event.named, action.where,
                f"returns {show(returned)}: an action assigns what changes, and returns nothing",
            )  # fmt: skip
        return True

    def _phase_allows(self, event: Event, frame: Frame) -> bool:
        action = event.action
        if action.sources is None:
            return True
        place = frame.places[self.model.phase.name]
        phase = frame.get(place.domain, place.first)
        if action.member:
            phase = phase[event.named[action.member]]
        return phase in action.sources

    def _ask(self, run: Run, bound: Bound, after: bool, atom: Atom | None = None) -> bool:
        """A property's answer, or an atom's; in a step it sees the state before and, as `after`, what was
        written."""
        asked = bound.asked
        places = self._places(bound.arguments[: asked.copies])
        frames = [Frame(run, self.views, places, after=False, writable=False)]
        if after:
            frames.append(Frame(run, self.views, places, after=True, writable=False))
        before, *then = (make_view(self.model.view, frame) for frame in frames)
        arguments = [*then, *bound.arguments[asked.copies :]]
        pure, run.pure = run.pure, True
        body = (lambda: asked.body(before, *arguments)) if atom is None else (lambda: atom.ask(before))
        answer = self._guard(run, asked.name, bound.named, asked.where, body)
        run.pure = pure
        for frame in frames:
            frame.close()
        if answer is not True and answer is not False:
            raise self._error(
                run, asked.name, bound.named, asked.where,
                f"answers {show(answer)}: a property answers True or False; wrap it in `bool(...)`",
            )  # fmt: skip
        return answer

    def _guard(
        self,
        run: Run,
        name: str,
        arguments: Mapping[str, Any],
        where: Where,
        body: Callable[[], Any],
    ) -> Any:
        """Call a body; whatever it raises becomes one message with the place and the values read."""
        token = CURRENT.set(run)
        try:
            returned = body()
        except (Refused, Bounded):
            returned = None
        except SpecError as error:
            if run.error is None:
                run.error = error
            returned = None
        except KeyboardInterrupt:
            raise
        except BaseException as error:  # `exit()` too: a body ends no check
            frames = list(traceback.walk_tb(error.__traceback__))
            frame, line = next((one for one in reversed(frames) if not is_between(one[0])), frames[-1])
            place = Where(frame.f_code.co_filename, line)
            what = f"raises {type(error).__name__}: {error}"
            raise self._error(run, name, arguments, place, what) from error
        finally:
            CURRENT.reset(token)
        if run.error is not None:
            mistake = run.error.mistakes[0]
            at = mistake.where if mistake.where.file else where
            raise self._error(run, name, arguments, at, mistake.message, colon=True)
        return returned

    def _error(
        self,
        run: Run,
        name: str,
        arguments: Mapping[str, Any],
        where: Where,
        what: str,
        colon: bool = False,
    ) -> BodyError:
        slots, state = self.layout.slots, run.state
        shown = (f"{slots[cell].path}={self._shown(cell, state)}" for cell, _ in run.reads)
        read = ", ".join(dict.fromkeys(shown))
        joint = ": " if colon else " "
        told = f"`{call(name, arguments)}`{joint}{what}"
        return BodyError(Mistake(f"{told} [read: {read or 'nothing'}]", where), run.reads)

    def _shown(self, cell: int, state: int) -> str:
        for _, place in self.layout.parts:
            if place.first <= cell < place.end:
                return show(place.domain.decode(self.layout.numbers(state, place)))
        raise AssertionError(cell)

    def _assignment(self, run: Run) -> Step:
        slots = self.layout.slots
        keep, put = (1 << self.layout.bits) - 1, 0
        moves = []
        for cell, content in sorted(run.written.items()):
            slot = slots[cell]
            if content == ~cell:
                continue
            keep &= ~slot.bits
            if content >= 0:
                put |= content << slot.shift
            else:
                moves.append((slots[~content].shift, slot.mask, slot.shift))
        return Step(keep, put, tuple(moves))

    def _places(self, copy: tuple[Any, ...]) -> dict[str, Place]:
        """The variables' places, narrowed to one copy where there are many."""
        if not copy:
            return self.layout.places
        which = (*map(type, copy), *copy)  # `True` is one key, and 1 may be another one
        narrowed = self._narrowed.get(which)
        if narrowed is None:
            narrowed = self._narrowed[which] = {}
            for name, place in self.layout.places.items():
                at = place
                for key in copy:
                    assert isinstance(at.domain, MapOf)
                    at = Place(at.domain.value, at.first + at.domain.place(key))
                narrowed[name] = at
        return narrowed


def bind(asked: Property) -> Iterator[Bound]:
    """A property with each choice of its arguments, in order."""
    for number, arguments in enumerate(product(*(tuple(p.domain) for p in asked.parameters))):
        yield Bound(asked, arguments, number)


def _plain(answer: Any) -> Any:
    """What a picture shows, read if it was not; raises `TypeError` for what none shows."""
    if type(answer) is tuple:
        return tuple(map(_plain, answer))
    if isinstance(answer, (frozenset, set)):
        members = list(map(_plain, answer))
        return whole(answer) if isinstance(answer, OrderedSet) else frozenset(members)
    if answer is None or isinstance(answer, (bool, int, str, Enum)):
        return answer
    raise TypeError(answer)


def _speaks_of(bound: Bound, event: Event) -> bool:
    """Whether a step property is about an event; where there are copies, about the one that moves."""
    asked, action = bound.asked, event.action
    return (asked.on is None or action.name in asked.on) and (
        bound.arguments[: action.copies] == event.arguments[: action.copies]
    )


def _twice(
    run: Callable[[int], tuple[list[Read], Leaf]], table: Callable[[], Table]
) -> Callable[[int], tuple[list[Read], Leaf]]:
    """Run a body twice for each new branch: a difference means that it is no function of what it reads."""

    def both(state: int) -> tuple[list[Read], Leaf]:
        first = run(state)
        if run(state) != first:
            raise table().fickle("was run twice on the same state and did two different things")
        return first

    return both
