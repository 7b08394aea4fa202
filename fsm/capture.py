"""How a body becomes a relation: run it on real values, remember what it read.

Theory of operation. A *table* is the memory of one event (an action with its arguments) or of one
predicate: a decision tree over the cells that the body read, in the order in which it read them. A state
walks down the tree; where it meets an empty branch the body is run on it, twice, and the branch is filled.
So a body runs a few dozen times although millions of states pass through its table.

The leaf of an event is "not enabled", "outside the bounds", or an assignment: bits to keep, bits to put,
cells to move; with it stand the step properties that this step violates, evaluated in the same run. The
leaf of a predicate is its answer.

A table can be *completed*: every branch filled, by running the body on one state for each. A row that
raises is then `Undefined`, and is an error only when a reached state meets it.
"""

from __future__ import annotations

import traceback
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import product
from typing import Any

from fsm.domains import MapOf, show
from fsm.errors import Mistake, SpecError, Where
from fsm.model import Event, Kind, Model, Property, call
from fsm.packing import Layout, Place
from fsm.run import CURRENT, Bounded, Classes, Read, Refused, Run, is_between
from fsm.views import Frame, Views, make_view

Bindings = tuple[Any, ...]  #: one choice of a property's arguments


@dataclass(frozen=True)
class Step:
    """An assignment: what an event does to the states that reach this leaf.

    Args:
        keep: the bits that stay.
        put: the bits that are set.
        moves: cells copied unread: shift from, mask, shift to.
        violated: which step properties (by place in `Tables.steps`) it violates.
    """

    keep: int
    put: int
    moves: tuple[tuple[int, int, int], ...] = ()
    violated: tuple[int, ...] = ()

    def apply(self, state: int) -> int:
        """The state after the step."""
        after = state & self.keep | self.put
        for origin, mask, target in self.moves:
            after |= (state >> origin & mask) << target
        return after


@dataclass(frozen=True)
class Disabled:
    """A leaf where the event does not happen; `bounded` if only a `limit` stops it."""

    bounded: bool = False


@dataclass(frozen=True)
class Undefined:
    """A leaf that raises; met only while completing, since a reached one is an error at once."""

    error: SpecError


DISABLED = Disabled()
BOUNDED = Disabled(bounded=True)

MOST_ROWS = 20_000  #: leaves of a predicate's table; completing a table stops there too

Leaf = Step | Disabled | Undefined | bool


class Branch:
    """An inner node: the cell that is looked at and, for each of its numbers (or classes), what follows."""

    __slots__ = ("cell", "children", "classes", "mask", "shift")

    def __init__(self, cell: int, classes: Classes | None, layout: Layout) -> None:
        slot = layout.slots[cell]
        self.cell = cell
        self.classes = classes
        self.shift = slot.shift
        self.mask = slot.mask
        self.children: dict[int, Branch | Leaf] = {}


class Table:
    """A decision tree that grows where states meet empty branches.

    Args:
        layout: where the cells lie.
        run: runs the body on a state: what it read, in order, and the leaf.
        name: what is run, for messages.
        where: where it was written.
        most: how many leaves it may have; a state that would need one more is run and not remembered.
    """

    def __init__(
        self,
        layout: Layout,
        run: Callable[[int], tuple[list[Read], Leaf]],
        name: str,
        where: Where,
        most: int,
    ) -> None:
        self.layout = layout
        self.name = name
        self.where = where
        self.root: Branch | Leaf | None = None
        self.mask = 0  #: the bits that anything in the tree depends on or changes
        self.leaves = 0
        self.called = 0  #: how often the body was run without being remembered
        self.most = most
        self.samples: list[tuple[int, Leaf]] = []
        self._run = run

    def leaf(self, state: int) -> Leaf:
        """What the body does in a state, running it if no state like it came before."""
        node = self.root
        while type(node) is Branch:
            number = state >> node.shift & node.mask
            if node.classes is not None:
                number = node.classes[number]
            node = node.children.get(number)
        if node is not None:
            return node  # type: ignore[return-value]
        if self.leaves < self.most:
            return self._grow(state)
        self.called += 1
        self.mask = (1 << self.layout.bits) - 1
        return self._run(state)[1]

    def _grow(self, state: int, run: Callable[[int], tuple[list[Read], Leaf]] | None = None) -> Leaf:
        reads, leaf = (run or self._run)(state)
        children: dict[int, Any] = {0: self.root} if self.root is not None else {}
        number = 0
        for cell, classes in reads:
            node = children.get(number)
            if node is None:
                node = children[number] = Branch(cell, classes, self.layout)
                self.mask |= self.layout.slots[cell].bits
                if self.root is None:
                    self.root = node
            elif type(node) is not Branch or (node.cell, node.classes) != (cell, classes):
                raise self.fickle("reads one thing first and another thing first later")
            number = state >> node.shift & node.mask
            if classes is not None:
                number = classes[number]
            children = node.children
        if children.get(number, leaf) != leaf:
            raise self.fickle("reads the same values and does different things")
        children[number] = leaf
        if self.root is None:
            self.root = leaf
        if isinstance(leaf, Step):
            self.mask |= _touched(leaf, self.layout)
        self.leaves += 1
        if len(self.samples) < 8:
            self.samples.append((state, leaf))
        return leaf

    def fickle(self, how: str) -> SpecError:
        """The error for a body that is no function of what it reads."""
        return SpecError(
            [
                Mistake(
                    f"`{self.name}` is not a function of what it reads: it {how}; a body may depend only on "
                    "its variables and arguments, so take clocks, random numbers, counters and globals out",
                    self.where,
                )
            ]
        )

    def recheck(self) -> None:
        """Run a sample of the leaves again; raises `SpecError` if a body has changed its mind."""
        for state, leaf in self.samples:
            if self._run(state)[1] != leaf:
                raise self.fickle("did one thing during the check and another thing at its end")

    def complete(self, cap: int = MOST_ROWS) -> bool:
        """Fill every branch.

        Args:
            cap: how many leaves there may be.

        Returns:
            False if the cap was met first.
        """
        empty = [0] if self.root is None else self._missing()
        while empty:
            for state in empty:
                if self.leaves >= cap:
                    return False
                if self.peek(state) is None:
                    self._grow(state, self._run_tolerantly)
            empty = self._missing()
        return True

    def peek(self, state: int) -> Leaf | None:
        """The leaf of a state, or `None` where the branch is empty."""
        node = self.root
        while type(node) is Branch:
            number = state >> node.shift & node.mask
            node = node.children.get(number if node.classes is None else node.classes[number])
        return node  # type: ignore[return-value]

    def _run_tolerantly(self, state: int) -> tuple[list[Read], Leaf]:
        try:
            return self._run(state)
        except BodyError as error:
            return error.reads, Undefined(error)

    def _missing(self) -> list[int]:
        """A state for each empty branch of the tree as it is now."""
        found: list[int] = []
        if type(self.root) is Branch:
            self._walk(self.root, 0, {}, found)
        return found

    def _walk(
        self, node: Branch, state: int, allowed: Mapping[int, frozenset[int]], found: list[int]
    ) -> None:
        size = self.layout.slots[node.cell].size
        open_ = allowed.get(node.cell, frozenset(range(size)))
        groups: dict[int, list[int]] = {}
        for number in sorted(open_):
            groups.setdefault(number if node.classes is None else node.classes[number], []).append(number)
        for key, numbers in groups.items():
            child = node.children.get(key)
            inner = state & ~(node.mask << node.shift) | numbers[0] << node.shift
            if child is None:
                found.append(inner)
            elif type(child) is Branch:
                self._walk(child, inner, {**allowed, node.cell: frozenset(numbers)}, found)

    def rows(self) -> Iterator[tuple[dict[int, frozenset[int]], Leaf]]:
        """Every filled row: for each cell that was looked at the numbers that it may hold, and the leaf."""
        if self.root is not None:
            yield from self._rows(self.root, {})

    def _rows(
        self, node: Branch | Leaf, allowed: dict[int, frozenset[int]]
    ) -> Iterator[tuple[dict[int, frozenset[int]], Leaf]]:
        if type(node) is not Branch:
            yield allowed, node  # type: ignore[misc]
            return
        size = self.layout.slots[node.cell].size
        open_ = allowed.get(node.cell, frozenset(range(size)))
        for key, child in node.children.items():
            numbers = {n for n in open_ if (n if node.classes is None else node.classes[n]) == key}
            if numbers:
                yield from self._rows(child, {**allowed, node.cell: frozenset(numbers)})


class BodyError(SpecError):
    """A body that raised or left a domain, with what it had read."""

    def __init__(self, mistake: Mistake, reads: list[Read]) -> None:
        super().__init__([mistake])
        self.reads = reads


@dataclass(frozen=True)
class Bound:
    """A property with one choice of its arguments."""

    asked: Property
    arguments: Bindings

    @property
    def named(self) -> dict[str, Any]:
        """The arguments by name."""
        names = (parameter.name for parameter in self.asked.parameters)
        return dict(zip(names, self.arguments, strict=True))

    @property
    def label(self) -> str:
        """The property as a call."""
        return call(self.asked.name, self.named)


class Tables:
    """A model with its memory: one table for each event and for each state predicate.

    Args:
        model: what to run.
    """

    def __init__(self, model: Model) -> None:
        self.model = model
        self.layout = model.layout
        self.views = Views()
        self.steps = tuple(bound for p in model.properties if p.kind is Kind.STEP for bound in bind(p))
        self.events = tuple(self._event_table(event) for event in model.events)
        self.predicates: dict[Bound, Table] = {
            bound: self._predicate_table(bound)
            for p in model.properties
            if p.kind not in (Kind.STEP, Kind.NEVER_STUCK)
            for bound in bind(p)
        }

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

    def recheck(self) -> None:
        """Run a sample of everything again; raises `SpecError` where a body has changed its mind."""
        for table in (*self.events, *self.predicates.values()):
            table.recheck()

    def _event_table(self, event: Event) -> Table:
        action = event.action
        steps = [
            (number, bound)
            for number, bound in enumerate(self.steps)
            if (bound.asked.on is None or action.name in bound.asked.on)
            and (not action.copies or bound.arguments[: action.copies] == event.arguments[: action.copies])
        ]

        def run(state: int) -> tuple[list[Read], Leaf]:
            return self._run_event(event, steps, state)

        name, most = event.label, MOST_ROWS * 50
        table = Table(self.layout, _twice(run, lambda: table), name, action.where, most)
        return table

    def _predicate_table(self, bound: Bound) -> Table:
        def run(state: int) -> tuple[list[Read], Leaf]:
            run = Run(self.layout, state, pure=True)
            answer = self._ask(run, bound, after=False)
            return run.reads, answer

        name, where = bound.label, bound.asked.where
        table = Table(self.layout, _twice(run, lambda: table), name, where, MOST_ROWS)
        return table

    def _admitted(self, state: int) -> bool:
        run = Run(self.layout, state, pure=True)
        admits = self.model.admits
        assert admits is not None
        places = self._places(())
        view = make_view(self.model.view, Frame(run, self.views, places, after=False, writable=False))
        answer = self._guard(run, "@initial", {}, self.model.where, lambda: admits(view))
        return bool(answer)

    def _run_event(self, event: Event, steps: list[tuple[int, Bound]], state: int) -> tuple[list[Read], Leaf]:
        action = event.action
        run = Run(self.layout, state)
        places = self._places(event.arguments[: action.copies])
        frame = Frame(run, self.views, places, after=True, writable=True)
        view = make_view(self.model.view, frame)
        arguments = event.arguments[action.copies :]
        if not self._phase_allows(event, frame):
            return run.reads, DISABLED

        def body() -> Any:
            return action.body(view, *arguments)

        returned = self._guard(run, action.name, event.named, action.where, body)
        if run.refused:
            return run.reads, DISABLED
        if run.bounded:
            return run.reads, BOUNDED
        if returned is not None:
            raise self._error(
                run, action.name, event.named, action.where,
                f"returns {show(returned)}: an action assigns what changes, and returns nothing",
            )  # fmt: skip
        violated = tuple(n for n, bound in steps if not self._ask(run, bound, after=True))
        return run.reads, self._assignment(run, violated)

    def _phase_allows(self, event: Event, frame: Frame) -> bool:
        action = event.action
        if action.sources is None:
            return True
        phase = frame.get(frame.places[self.model.phase.name])
        if action.member:
            phase = phase[event.named[action.member]]
        return phase in action.sources

    def _ask(self, run: Run, bound: Bound, after: bool) -> bool:
        """A property's answer; in a step it sees the state before and, as `after`, what was written."""
        asked = bound.asked
        places = self._places(bound.arguments[: asked.copies])
        before = make_view(self.model.view, Frame(run, self.views, places, after=False, writable=False))
        arguments = list(bound.arguments[asked.copies :])
        if after:
            then = Frame(run, self.views, places, after=True, writable=False)
            arguments.insert(0, make_view(self.model.view, then))
        pure, run.pure = run.pure, True
        answer = self._guard(
            run, asked.name, bound.named, asked.where, lambda: asked.body(before, *arguments)
        )
        run.pure = pure
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
        except Exception as error:
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
        read = ", ".join(
            f"{slots[cell].path}={self._shown(cell, state)}" for cell, _ in dict.fromkeys(run.reads)
        )
        joint = ": " if colon else " "
        told = f"`{call(name, arguments)}`{joint}{what}"
        return BodyError(Mistake(f"{told} [read: {read or 'nothing'}]", where), run.reads)

    def _shown(self, cell: int, state: int) -> str:
        for _, place in self.layout.parts:
            if place.first <= cell < place.end:
                return show(place.domain.decode(self.layout.numbers(state, place)))
        raise AssertionError(cell)

    def _assignment(self, run: Run, violated: tuple[int, ...]) -> Step:
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
        return Step(keep, put, tuple(moves), violated)

    def _places(self, copy: tuple[Any, ...]) -> dict[str, Place]:
        """The variables' places, narrowed to one copy where there are many."""
        if not copy:
            return self.layout.places
        narrowed = {}
        for name, place in self.layout.places.items():
            at = place
            for key in copy:
                assert isinstance(at.domain, MapOf)
                at = Place(at.domain.value, at.first + at.domain.place(key))
            narrowed[name] = at
        return narrowed


def bind(asked: Property) -> Iterator[Bound]:
    """A property with each choice of its arguments, in order."""
    for arguments in product(*(tuple(p.domain) for p in asked.parameters)):
        yield Bound(asked, arguments)


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


def _touched(step: Step, layout: Layout) -> int:
    """The bits that a step writes or moves from."""
    bits = ((1 << layout.bits) - 1) & ~step.keep
    for origin, mask, _ in step.moves:
        bits |= mask << origin
    return bits
