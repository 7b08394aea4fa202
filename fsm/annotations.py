"""Types as people annotate them → finite domains.

`bool` · an `Enum` · `Literal[...]` · `T | None` · a frozen dataclass of such fields · `frozenset[T]` ·
`dict[K, T]` with `each` · `tuple[T, ...]` with `var(maxlen=n)` · a bounded int with `var(range(n), ...)` or
`Annotated[int, range(n)]`.
"""

from __future__ import annotations

import dataclasses
import inspect
import types
from collections.abc import Mapping, Sequence
from enum import Enum
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints

from fsm.composites import MapOf, Maybe, Record
from fsm.domains import Domain, Scalar
from fsm.elements import SequenceOf, SetOf
from fsm.values import show

MOST_ELEMENTS = 1 << 10  #: that a set is chosen from
MOST_BITS = 63  #: bits of one cell: it must fit into a machine word
WIDEST = 1 << 20  #: values of a scalar or of an argument


class NoDomain(ValueError):  # noqa: N818 - it is what the annotation has
    """An annotation that means no finite domain; the message says what to write instead."""


def domain_of(
    annotation: Any,
    values: object = None,
    maxlen: int | None = None,
) -> Domain:
    """The domain that an annotation means.

    Args:
        annotation: a type, as `get_type_hints(..., include_extras=True)` gives it.
        values: the domain given to `var`: a range, an Enum class or a sequence of values.
        maxlen: the bound given to `var`, for a `tuple[T, ...]`.

    Returns:
        The domain.

    Raises:
        NoDomain: if there is none.

    >>> domain_of(bool).size
    2
    >>> str(domain_of(Literal["red", "green"] | None))
    "'red' | 'green' | None"
    """
    if values is not None:
        return _given(annotation, values)
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        for extra in arguments[1:]:
            if isinstance(extra, (range, tuple, list)):
                return _given(arguments[0], extra)
        return domain_of(arguments[0], None, maxlen)
    if annotation is bool:
        return Scalar("bool", (False, True))
    if annotation is None or annotation is type(None):
        return Scalar("None", (None,))
    if isinstance(annotation, type) and issubclass(annotation, Enum):
        return _enum(annotation)
    if origin is Literal:
        return Scalar(" | ".join(map(show, arguments)), arguments)
    if origin in (Union, types.UnionType):
        return _union(arguments)
    if origin in (frozenset, set) and len(arguments) == 1:
        return _set(domain_of(arguments[0]))
    if origin is tuple:
        return _sequence(arguments, maxlen)
    if origin in (dict, Mapping) or origin is getattr(Mapping, "__origin__", Mapping):
        return _map(arguments)
    if dataclasses.is_dataclass(annotation) and isinstance(annotation, type):
        return _record(annotation)
    raise NoDomain(_advice(annotation))


def key_of(key: object) -> Domain:
    """The domain that the first argument of `each` means: an Enum, `bool`, a range or values."""
    if isinstance(key, type):
        return domain_of(key)
    if get_origin(key) is Literal:
        return domain_of(key)
    return _given(object, key)


def _given(annotation: Any, values: object) -> Domain:
    if isinstance(values, type) and issubclass(values, (Enum, bool)):
        return domain_of(values)
    if isinstance(values, Domain):
        return values
    if not isinstance(values, (range, Sequence, frozenset)) or isinstance(values, str):
        raise NoDomain(f"{show(values)} is no domain: give a range, an Enum or a tuple of values")
    if len(values) > WIDEST:
        raise NoDomain(f"a domain of {len(values):,} values: at most {WIDEST:,} are possible; bound it")
    listed = tuple(sorted(values, key=show) if isinstance(values, frozenset) else values)
    if not listed:
        raise NoDomain("a domain without values: give at least one")
    try:
        distinct = len({(type(value), value) for value in listed})
    except TypeError:
        raise NoDomain(f"a domain of values that cannot be hashed: {show(listed[0])}") from None
    if distinct < len(listed):
        raise NoDomain(f"a domain that names a value twice: {show(listed)}")
    if annotation is int and any(type(value) is not int for value in listed):
        raise NoDomain("an int's domain must hold ints")
    name = repr(values) if isinstance(values, range) else " | ".join(map(show, listed))
    if not isinstance(values, range) and len(listed) > 8:
        name = f"{show(listed[0])} | … | {show(listed[-1])}"
    optional = type(None) in get_args(annotation)
    if optional and None not in listed:
        listed, name = (None, *listed), f"None | {name}"
    return Scalar(name, listed)


def _enum(enum: type[Enum]) -> Domain:
    members = tuple(enum)
    if not members:
        raise NoDomain(f"{enum.__name__} has no members")
    return Scalar(enum.__name__, members)


def _union(arguments: Sequence[Any]) -> Domain:
    rest = [one for one in arguments if one is not type(None)]
    domains = [domain_of(one) for one in rest]
    optional = len(rest) < len(arguments)
    if len(domains) == 1 and isinstance(domains[0], Record) and optional:
        return Maybe(domains[0])
    if all(isinstance(domain, Scalar) for domain in domains):
        once = {(type(value), value): value for domain in domains for value in domain}
        values = tuple(value for value in once.values() if value is not None or not optional)
        names = [str(domain) for domain in domains]
        if optional:
            return Scalar(" | ".join([*names, "None"]), (None, *values))
        return Scalar(" | ".join(names), values)
    raise NoDomain(
        "a union of records, sets or maps: only `Record | None` and unions of plain values have a layout; "
        "put an Enum that tells the cases apart beside them"
    )


def _set(element: Domain) -> Domain:
    if element.size > MOST_ELEMENTS:
        raise NoDomain(
            f"a set over {element.size:,} elements: at most {MOST_ELEMENTS:,} are possible; choose from fewer"
        )
    return SetOf(element)


def _sequence(arguments: tuple[Any, ...], maxlen: int | None) -> Domain:
    if len(arguments) != 2 or arguments[1] is not Ellipsis:
        raise NoDomain("a tuple of fixed shape: write a frozen dataclass, or `tuple[T, ...] = var(maxlen=n)`")
    if maxlen is None:
        raise NoDomain("a sequence without a bound: write `= var(maxlen=n)`")
    if maxlen < 0:
        raise NoDomain(f"a sequence of at most {maxlen} elements: give at least 0")
    made = SequenceOf(domain_of(arguments[0]), maxlen)
    if (made.size - 1).bit_length() > MOST_BITS:
        raise NoDomain(f"a sequence with {made.size:,} values, more than {MOST_BITS} bits: shorten it")
    return made


def _map(arguments: tuple[Any, ...]) -> Domain:
    return MapOf(domain_of(arguments[0]), domain_of(arguments[1]))


def _record(cls: Any) -> Domain:
    if not cls.__dataclass_params__.frozen:
        raise NoDomain(f"{cls.__name__} is not frozen: write `@dataclass(frozen=True)`")
    hints = get_type_hints(cls, include_extras=True)
    fields = []
    for field in dataclasses.fields(cls):
        try:
            fields.append((field.name, domain_of(hints[field.name])))
        except NoDomain as error:
            raise NoDomain(f"{cls.__name__}.{field.name}: {error}") from None
    try:
        inspect.signature(cls).bind(**dict(fields))
    except TypeError as error:
        raise NoDomain(f"{cls.__name__} cannot be made of its fields: {error}") from None
    if not fields:
        raise NoDomain(f"{cls.__name__} has no fields; use an Enum or None")
    return Record(cls, tuple(fields))


def _advice(annotation: Any) -> str:
    name = getattr(annotation, "__name__", str(annotation))
    if annotation is int:
        return "an int without bounds: write `var(range(n), initial)`, or `Annotated[int, range(n)]`"
    if annotation is float:
        return "a float: its values cannot be listed; write an Enum or a bounded int"
    if annotation is str:
        return "a str without bounds: write `Literal[...]` or an Enum"
    if annotation in (list, tuple) or get_origin(annotation) is list:
        return "a list: write `tuple[T, ...] = var(maxlen=n)`"
    if annotation in (dict, set, frozenset):
        return f"a bare {name}: say of what, such as `dict[Key, bool]` or `frozenset[Member]`"
    if isinstance(annotation, type):
        return f"{name}, which is no finite type: write an Enum or a frozen dataclass"
    return f"{name}, which means no finite domain"
