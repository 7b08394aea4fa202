"""Folding: the reachable graph seen through a lens, states that look the same put together.

Theory. States with the same values of what the lens looks at are a *block*. An action leads from a block to
another one if it does so from some state of the block; it *always* does if it does so from every one, under
one choice of its arguments or another. So a fold shows what may happen and what can be relied on, and how
often; whatever it shows can be counted again on the graph. Blocks are numbered in the order in which their
first states were found.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from fsm.composites import MapOf
from fsm.errors import FsmError
from fsm.graph import Graph
from fsm.lens import STAR, Lens, Part, lens_of, lenses_of_phase, tell
from fsm.model import Action, Event, Model
from fsm.sorting import Gathered, ListedSorter, Sorter, answer, question

MOST_BLOCKS = 60  #: blocks up to which a fold can be read
SUGGESTED = 8  #: folds that are suggested at most


@dataclass(frozen=True)
class Block:
    """States that look the same.

    Args:
        values: of each part of the lens.
        states: how many there are.
        initial, final, stuck: how many of them are so.
        violating: for each violated property of states how many of them violate it.
    """

    values: tuple[Any, ...]
    states: int
    initial: int = 0
    final: int = 0
    stuck: int = 0
    violating: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True)
class Move:
    """What an action does to a block.

    Args:
        source, target: the numbers of the blocks.
        action: which.
        events: the choices of its arguments that lead there from some state, in order.
        states: from how many states of the source it leads there.
        transitions: how many transitions these are.
        always: whether it does so from every state of the source.
    """

    source: int
    target: int
    action: Action
    events: tuple[Event, ...]
    states: int
    transitions: int
    always: bool


@dataclass(frozen=True)
class Quotient:
    """A graph, folded.

    Args:
        model: whose graph.
        lens: what was looked at.
        blocks, moves: in the order in which they were found; moves by their source first.
        states, transitions: how many were folded.
        partial: why these are not all, empty if they are.
        symmetric: whether they stand for all others that renaming leads to.
    """

    model: Model
    lens: Lens
    blocks: tuple[Block, ...]
    moves: tuple[Move, ...]
    states: int
    transitions: int
    partial: str = ""
    symmetric: bool = False


def fold(graph: Graph, lens: Lens, most: int | None = None) -> Quotient:
    """Put together what looks the same.

    Args:
        graph: explored.
        lens: what is looked at.
        most: how many blocks there may be.

    Raises:
        FsmError: if there are more; it says which folds there are with fewer.
        ValueError: if states were explored up to renaming, and the lens tells members apart.

    >>> from fsm import action, model_of, spec, var
    >>> from fsm.explorer import explore
    >>> @spec
    ... class Clock:
    ...     hour: int = var(range(12), 0)
    ...     @action
    ...     def tick(self) -> None:
    ...         self.hour = (self.hour + 1) % 12
    ...     def noon(self) -> bool:
    ...         return self.hour == 0
    >>> clock = fold(explore(model_of(Clock)), lens_of(model_of(Clock), "noon"))
    >>> [(block.values, block.states) for block in clock.blocks]
    [((True,), 1), ((False,), 11)]
    >>> [(move.source, move.target, move.states, move.always) for move in clock.moves]
    [(0, 1, 1, True), (1, 1, 10, False), (1, 0, 1, False)]
    """
    if graph.symmetry is not None and not lens.steady:
        raise ValueError(f"`{lens.text}` tells members apart that were explored as interchangeable")
    sorter = sorter_of(graph)
    classes = sorter.classes(lens)
    if most is not None and lens.exact and len(classes) > most:
        raise FsmError(too_many(graph, lens.text, len(classes), most))
    values, block_of = _named(graph, lens, classes)
    if most is not None and len(values) > most:
        raise FsmError(too_many(graph, lens.text, len(values), most))
    blocks = [block_of(graph.states[place]) for place in classes]
    found = sorter.gather([blocks], _always, lambda _, state: block_of(state), telling=True)
    return Quotient(
        graph.model,
        lens,
        tuple(_block(found, number, shown) for number, shown in enumerate(values)),
        tuple(_moves(graph.model, found)),
        len(graph.states),
        found.transitions.total(),
        graph.stopped or ("some faults are left out" if graph.fault_bound else ""),
        graph.symmetry is not None,
    )


def phase_moves(graph: Graph) -> list[tuple[Any, Any, Event]]:
    """What transitions do to the phase, member by member where it is a map: each once, as they were found.

    Returns:
        The phases before and after, and what happened.
    """
    sorter, members = sorter_of(graph), lenses_of_phase(graph.model)
    known, events = graph.model.phases, graph.model.events
    numbers = {tell(phase): number for number, phase in enumerate(known)}
    looks = [seen(graph, lens) for _, lens in members]

    def phase_of(number: int, state: int) -> int:
        return numbers[tell(looks[number](state)[0])]

    blocks = [
        [phase_of(number, graph.states[place]) for place in sorter.classes(lens)]
        for number, (_, lens) in enumerate(members)
    ]
    concerns = [keys for keys, _ in members]
    found = sorter.gather(
        blocks, lambda event, number: _concerns(event, concerns[number]), phase_of, telling=False
    )
    order = sorted(found.first, key=lambda move: (found.first[move][0], move[1], found.first[move][1]))
    return [(known[source], known[target], events[event]) for source, event, target in order]


def count_blocks(graph: Graph, lens: Lens) -> int:
    """How many blocks a fold has."""
    classes = sorter_of(graph).classes(lens)
    return len(classes) if lens.exact else len(_named(graph, lens, classes)[0])


def sorter_of(graph: Graph) -> Sorter:
    """The sorter that fits the engine."""
    if graph.engine == "native":
        from fsm.native.folding import ArraySorter

        return ArraySorter(graph)
    return ListedSorter(graph)


def seen(graph: Graph, lens: Lens) -> Callable[[int], tuple[Any, ...]]:
    """What a lens shows of a state."""
    looks = [_look(graph, part) for part in lens.parts]
    return lambda state: tuple(look(state) for look in looks)


def _look(graph: Graph, part: Part) -> Callable[[int], Any]:
    if part.ask is not None:
        table = question(graph, part)
        return lambda state: answer(table, state)
    slots = [graph.model.layout.slots[cell] for cell in part.cells]
    return lambda state: part.value([state >> slot.shift & slot.mask for slot in slots])


def alternatives(graph: Graph, text: str, most: int) -> list[tuple[str, int]]:
    """Folds by one variable with fewer nodes than so many, and how many they have; in declaration order.

    Args:
        graph: explored.
        text: the fold that they are to be other than.
        most: how many nodes there may be.
    """
    found = []
    for variable in graph.model.variables:
        counted = [f"{variable.name}[{STAR}]"] if isinstance(variable.domain, MapOf) else []
        for other in (variable.name, *counted):
            lens = lens_of(graph.model, other)
            if other != text and (graph.symmetry is None or lens.steady):
                count = count_blocks(graph, lens)
                if 1 < count <= most:
                    found.append((other, count))
                    break
    return found


def _named(
    graph: Graph, lens: Lens, classes: Sequence[int]
) -> tuple[list[tuple[Any, ...]], Callable[[int], int]]:
    """What each block looks like, and the block of a state; classes that look the same are one block."""
    look, values = seen(graph, lens), dict[tuple[str, ...], tuple[Any, ...]]()
    for place in classes:
        shown = look(graph.states[place])
        values.setdefault(tuple(map(tell, shown)), shown)
    numbers = {shown: number for number, shown in enumerate(values)}
    return list(values.values()), lambda state: numbers[tuple(map(tell, look(state)))]


def _block(found: Gathered, number: int, values: tuple[Any, ...]) -> Block:
    states, initial, final = found.states[number], found.initial[number], found.final[number]
    violating = {name: count[number] for name, count in sorted(found.violating.items()) if count[number]}
    return Block(values, states, initial, final, found.stuck[number], tuple(violating.items()))


def _moves(model: Model, found: Gathered) -> Iterator[Move]:
    """The moves, events of one action together, by source, then as they were found."""
    numbers = {action.name: number for number, action in enumerate(model.actions)}
    events: dict[tuple[int, int, int], list[int]] = defaultdict(list)
    first: dict[tuple[int, int, int], tuple[int, int]] = {}
    transitions = Counter[tuple[int, int, int]]()
    for (source, event, target), count in found.transitions.items():
        move = source, numbers[model.events[event].action.name], target
        events[move].append(event)
        transitions[move] += count
        begins = found.first[source, event, target][0], event
        first[move] = min(first.get(move, begins), begins)
    for move in sorted(events, key=lambda move: (move[0], first[move])):
        source, action, target = move
        chosen = tuple(model.events[event] for event in sorted(events[move]))
        leading = found.leading[move]
        yield Move(
            source,
            target,
            model.actions[action],
            chosen,
            leading,
            transitions[move],
            leading == found.states[source],
        )


def _always(event: Event, number: int) -> bool:  # noqa: ARG001 - see `Concerns`
    return True


def _concerns(event: Event, member: tuple[Any, ...]) -> bool:
    """Whether an event is about a member: its copy moves, and an argument names it."""
    copies = event.action.copies
    if member[:copies] != event.arguments[:copies]:
        return False
    rest = member[copies:]
    named = event.arguments[copies:]
    return not rest or any(type(one) is type(rest[-1]) and one == rest[-1] for one in named)


def too_many(graph: Graph, text: str, count: int, most: int) -> str:
    """What to say of a fold that nobody could read: how many nodes it has, and what gives fewer."""
    fewer = [f"`{other}` ({number})" for other, number in alternatives(graph, text, most)]
    told = f"folding {graph.model.name} by `{text}` gives {count:,} nodes, and a picture holds {most}: "
    if not fewer:
        return f"{told}no single variable gives fewer; fold by a method that answers with few values"
    more = f" and {len(fewer) - SUGGESTED} more" if len(fewer) > SUGGESTED else ""
    return f"{told}of single variables these give fewer: {', '.join(fewer[:SUGGESTED])}{more}"
