"""What two specs declare otherwise: Model, Model → Declared.

Things are the same when they have the same name and the same values, as they are shown; in which file an
Enum was written, and in which order, makes no difference.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, TypeVar

from fsm.capture import Tables
from fsm.composites import MapOf, Maybe, Record
from fsm.difference import Declared, alike
from fsm.domains import Domain, Scalar
from fsm.elements import SequenceOf, SetOf
from fsm.model import Action, Kind, Model, Parameter, Property

MOST_INITIAL = 4  #: initial states that are told one by one

Named = TypeVar("Named", Action, Property)


def declared(first: Tables, second: Tables, hidden: Iterable[str] = ()) -> Iterator[Declared]:
    """What is declared otherwise.

    Args:
        first, second: the two, with their memory.
        hidden: actions that are not compared.
    """
    ours, theirs, secret = first.model, second.model, frozenset(hidden)
    yield from _variables(ours, theirs)
    yield from _initial_states(first, second)
    ends = [sorted(map(alike, model.final)) for model in (ours, theirs)]
    if ends[0] != ends[1]:
        yield Declared("final phases", "", *(", ".join(phases) or "none" for phases in ends))
    actions, others = ([one for one in model.actions if one.name not in secret] for model in (ours, theirs))
    yield from _compared("action", actions, others, lambda one: "fault " if one.fault else "")
    promised, other = (
        [one for one in model.properties if one.kind is not Kind.NEVER_STUCK] for model in (ours, theirs)
    )
    yield from _compared("property", promised, other, lambda one: f"{one.kind.value} ")


def form(domain: Domain) -> object:
    """A domain as what can be compared: by the values that are shown, in any order.

    >>> form(Scalar("Side", ("left", "right"))) == form(Scalar("Hand", ("right", "left")))
    True
    """
    match domain:
        case Scalar():
            return frozenset(map(alike, domain.values))
        case Record():
            return domain.cls.__name__, tuple((name, form(part)) for name, part in domain.fields)
        case SequenceOf():
            return "tuple", domain.maxlen, form(domain.element)
        case MapOf():
            return "dict", form(domain.key), form(domain.value)
        case SetOf():
            return "frozenset", form(domain.element)
        case Maybe():
            return "or None", form(domain.record)
    return str(domain)


def texts(first: Domain, second: Domain) -> tuple[str, str] | None:
    """Two domains in words that tell them apart, or nothing if they are the same.

    >>> texts(Scalar("bool", (False, True)), Scalar("range(2)", (0, 1)))
    ('bool', 'range(2)')
    >>> texts(Scalar("Phase", ("A", "B")), Scalar("Phase", ("A", "B", "C")))
    ("Phase without 'C'", "Phase with 'C'")
    """
    if form(first) == form(second):
        return None
    if str(first) != str(second):
        return str(first), str(second)
    told = [[_opened(domain)] for domain in (first, second)]
    for one, other in zip(_leaves(first), _leaves(second), strict=False):
        if form(one) != form(other):
            for words, mine, its in ((told[0], one, other), (told[1], other, one)):
                words.append(_apart(mine, its))
    if isinstance(first, Scalar):
        told = [words[1:] for words in told]
    return "; ".join(told[0]), "; ".join(told[1])


def _apart(mine: Scalar, its: Scalar) -> str:
    """The values that only one has of two domains that are called the same."""
    known = [list(map(alike, domain.values)) for domain in (mine, its)]
    more = [value for value in known[0] if value not in known[1]]
    less = [value for value in known[1] if value not in known[0]]
    parts = [f"with {', '.join(more)}" if more else "", f"without {', '.join(less)}" if less else ""]
    return f"{mine} {' and '.join(filter(None, parts))}"


def _opened(domain: Domain) -> str:
    """A domain with its records' fields."""
    match domain:
        case Record():
            return f"{domain}({', '.join(f'{name}: {_opened(part)}' for name, part in domain.fields)})"
        case SequenceOf() | SetOf():
            return str(domain).replace(str(domain.element), _opened(domain.element), 1)
        case MapOf():
            return f"dict[{_opened(domain.key)}, {_opened(domain.value)}]"
        case Maybe():
            return f"{_opened(domain.record)} | None"
    return str(domain)


def _leaves(domain: Domain) -> Iterator[Scalar]:
    match domain:
        case Scalar():
            yield domain
        case Record():
            for _, part in domain.fields:
                yield from _leaves(part)
        case SequenceOf() | SetOf():
            yield from _leaves(domain.element)
        case MapOf():
            yield from _leaves(domain.key)
            yield from _leaves(domain.value)
        case Maybe():
            yield from _leaves(domain.record)


def _variables(first: Model, second: Model) -> Iterator[Declared]:
    ours, theirs = ({one.name: one for one in model.variables} for model in (first, second))
    for name in {**ours, **theirs}:
        one, other = ours.get(name), theirs.get(name)
        if one is None or other is None:
            yield Declared("variable", name, *(str(v.domain) if v is not None else "" for v in (one, other)))
            continue
        told = texts(one.domain, other.domain)
        if told is not None:
            yield Declared("variable", name, *told)
        begins = [[alike(value) for value in variable.initial] for variable in (one, other)]
        if set(begins[0]) != set(begins[1]):
            yield Declared("initial value", name, *(" or ".join(values) for values in begins))


def _initial_states(first: Tables, second: Tables) -> Iterator[Declared]:
    """The initial states that only one admits, where the initial values do not say so already."""
    ours, theirs = ({one.name: one for one in tables.model.variables} for tables in (first, second))
    both = [name for name in ours if name in theirs]
    if any(set(map(alike, ours[name].initial)) != set(map(alike, theirs[name].initial)) for name in both):
        return
    states = [
        dict.fromkeys(
            tuple(alike(tables.layout.value(state, name)) for name in both)
            for state in tables.initial_states()
        )
        for tables in (first, second)
    ]
    every = {**states[0], **states[1]}
    vary = [place for place in range(len(both)) if len({state[place] for state in every}) > 1]
    for mine, its, place in ((states[0], states[1], 0), (states[1], states[0], 1)):
        only = [", ".join(f"{both[n]}={state[n]}" for n in vary) for state in mine if state not in its]
        rest = len(only) - MOST_INITIAL
        for told in [*only[:MOST_INITIAL], *([f"and {rest} more"] if rest > 0 else [])]:
            yield Declared("initial state", "", *((told, "") if place == 0 else ("", told)))


def _compared(
    kind: str, ours: Sequence[Named], theirs: Sequence[Named], opening: Callable[[Any], str]
) -> Iterator[Declared]:
    """Actions or properties that only one has, or that have other arguments or another opening."""
    mine, its = {one.name: one for one in ours}, {one.name: one for one in theirs}
    for name in {**mine, **its}:
        told = []
        for one, other in ((mine.get(name), its.get(name)), (its.get(name), mine.get(name))):
            known = {} if other is None else {p.name: p.domain for p in other.parameters}
            told.append("" if one is None else opening(one) + _signature(one.name, one.parameters, known))
        if told[0] != told[1]:
            yield Declared(kind, name, told[0], told[1])


def _signature(name: str, parameters: Sequence[Parameter], other: dict[str, Domain]) -> str:
    """A call with the domains of its arguments, told apart from another one's."""
    shown = []
    for parameter in parameters:
        domain, known = parameter.domain, other.get(parameter.name)
        apart = texts(domain, known) if known is not None else None
        same = known is not None and apart is None and str(domain) != str(known)
        text = min(str(domain), str(known)) if same else apart[0] if apart else str(domain)
        shown.append(f"{parameter.name}: {text}")
    return f"{name}({', '.join(shown)})" if shown else name
