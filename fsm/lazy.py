"""Lazy values: what a body gets for a record or a map, before anybody has looked at its parts.

Both are made of *contents* (see `run`), which are copied unresolved: shifting a row of slots reads nothing.

A record view is an instance of a subclass of the user's dataclass that answers `__class__` with the user's
class: `==`, `isinstance`, `match`, ordering, hashing and `dataclasses.replace` work (`replace` reads only
what it changes, unless the class has a `__post_init__`); `type(x) is R` does not. A property of the
record's class that looks at one field is read as that field's *partition*: values with the same answer
share a branch.
"""

from __future__ import annotations

import dataclasses
import sys
from collections.abc import Callable, Iterator, Mapping, MutableMapping, Sequence
from copy import deepcopy
from functools import cached_property
from inspect import getattr_static
from types import FrameType
from typing import Any, Protocol

from fsm.composites import MapOf, Maybe, Record
from fsm.domains import Domain, OutOfDomain
from fsm.elements import SetOf
from fsm.errors import SpecError, did_you_mean
from fsm.packing import Layout
from fsm.run import CURRENT, Classes, Read, Run
from fsm.set_views import SetView, contents_of
from fsm.values import show


class Window(Protocol):
    """What a live map looks through: a body's window on the state (see `views.Frame`)."""

    after: bool

    def contents(self, domain: Domain, first: int) -> tuple[int, ...]:
        """What all cells of a value of a domain hold that begins at a cell."""

    def get(self, domain: Domain, first: int) -> Any:
        """The value of a domain that begins at a cell."""

    def put(self, domain: Domain, first: int, value: Any, name: Callable[[], str], caller: FrameType) -> None:
        """Assign a value of a domain from a cell on."""


class Views:
    """The view classes of one model: one for each record, made when first met."""

    def __init__(self) -> None:
        self._classes: dict[Record, type] = {}
        self._partitions: dict[tuple[Record, str], tuple[int, Classes, tuple[Any, ...]] | None] = {}

    def value(self, run: Run, domain: Domain, contents: Sequence[int]) -> Any:
        """A value made of contents."""
        if domain.whole:
            return domain.unrank(run.read(contents[0]))
        if isinstance(domain, Record):
            view: Any = object.__new__(self._class(domain))
            object.__setattr__(view, "_fsm_run", run)
            object.__setattr__(view, "_fsm_contents", tuple(contents))
            return view
        if isinstance(domain, SetOf):
            return SetView(domain, run, tuple(contents))
        if isinstance(domain, Maybe):
            if not run.read(contents[0]):
                return None
            return self.value(run, domain.record, contents[1:])
        assert isinstance(domain, MapOf)
        return MapView(domain, self, run, fixed=tuple(contents))

    def contents(self, domain: Domain, value: Any) -> Sequence[int]:
        """The contents that a value has in a domain; views are copied unread. Raises `OutOfDomain`."""
        if domain.whole:
            return domain.encode(value)
        if isinstance(domain, SetOf):
            copied = contents_of(value, domain)
            return domain.encode(value) if copied is None else copied
        if isinstance(domain, Maybe):
            if value is None:
                return (0,) * len(domain.cells)
            return (1, *self.contents(domain.record, value))
        if isinstance(domain, Record) and value.__class__ is domain.cls:
            if type(value) is self._classes.get(domain):
                unread: tuple[int, ...] = object.__getattribute__(value, "_fsm_contents")
                return unread
            made: list[int] = []
            for name, part in domain.fields:
                try:
                    made += self.contents(part, getattr(value, name))
                except OutOfDomain as error:
                    raise OutOfDomain(value, domain, f"its {name}: {error}") from None
            return made
        if isinstance(domain, MapOf) and isinstance(value, Mapping):
            if isinstance(value, MapView) and value.domain == domain:
                return value.contents()
            for key in value:
                domain.place(key)
            if len(value) != len(domain.keys):
                domain.encode(value)  # says what is missing
            return [content for key in domain.keys for content in self.contents(domain.value, value[key])]
        return domain.encode(value)

    def _class(self, domain: Record) -> type:
        if domain not in self._classes:
            self._classes[domain] = _record_view(domain, self)
        return self._classes[domain]

    def partition(self, domain: Record, name: str) -> tuple[int, Classes, tuple[Any, ...]] | None:
        """How a property of a record's class divides one field, or `None` if it looks at more.

        Returns:
            The field's place among the record's cells, the class of each of its numbers, and each
            class's answer.
        """
        if (domain, name) not in self._partitions:
            self._partitions[domain, name] = None  # a property that reads itself gets no partition
            self._partitions[domain, name] = self._find_partition(domain, name)
        return self._partitions[domain, name]

    def _find_partition(self, domain: Record, name: str) -> tuple[int, Classes, tuple[Any, ...]] | None:
        getter = _getter(getattr_static(domain.cls, name))
        layout = Layout({"it": domain})
        unread = tuple(~cell for cell in range(len(domain.cells)))
        answers: list[Any] = []
        classes: list[int] = []

        def ask(contents: Sequence[int]) -> tuple[Any, list[Read]]:
            run = Run(layout, 0, pure=True)
            token = CURRENT.set(run)  # a `require` in it is asked of this run, not of the body's
            try:
                return getter(self.value(run, domain, contents)), run.reads
            finally:
                CURRENT.reset(token)

        try:
            _, reads = ask(unread)
            if len(reads) != 1 or domain.cells[reads[0][0]].size > 4096:
                return None
            cell = reads[0][0]
            for number in range(domain.cells[cell].size):
                answer, others = ask((*unread[:cell], number, *unread[cell + 1 :]))
                if others or not isinstance(answer, (bool, int, str, bytes, type(None))):
                    return None
                key = [type(answer), answer]
                if key not in answers:
                    answers.append(key)
                classes.append(answers.index(key))
        except Exception:
            return None
        return cell, tuple(classes), tuple(answer for _, answer in answers)


_REPLACING = {
    function.__code__
    for function in (dataclasses.replace, getattr(dataclasses, "_replace", None))
    if function is not None
}


def _record_view(domain: Record, views: Views) -> type:
    """The class of a record's views: the user's dataclass with recorded fields."""
    user: Any = domain.cls
    made = getattr(user.__init__, "__code__", None)  # by `dataclass`, unless somebody wrote it
    lazily = not hasattr(user, "__post_init__") and made is not None and made.co_filename == "<string>"
    names = [name for name, _ in domain.fields]

    def replaced(view: Any, /, **changes: Any) -> Any:
        unknown = [name for name in changes if name not in names]
        if unknown:
            raise TypeError(f"{user.__name__} has no field {unknown[0]!r}: {did_you_mean(unknown[0], names)}")
        contents: list[int] = []
        at = 0
        for name, part in domain.fields:
            width = len(part.cells)
            if name in changes:
                contents += views.contents(part, changes[name])
            else:
                contents += view._fsm_contents[at : at + width]
            at += width
        return views.value(view._fsm_run, domain, contents)

    def class_of(view: Any) -> Any:
        if lazily and sys._getframe(1).f_code in _REPLACING:
            return lambda **changes: replaced(view, **changes)
        return user

    def fields_of(_: Any) -> Any:
        # `replace` asks for the fields that it has to copy: none, `replaced` copies them unread.
        if lazily and sys._getframe(1).f_code in _REPLACING:
            return {}
        return user.__dataclass_fields__

    def refuse(_: Any, name: str, *__: Any) -> None:
        raise dataclasses.FrozenInstanceError(f"cannot assign to field {name!r}")

    members: dict[str, Any] = {
        "__slots__": ("_fsm_contents", "_fsm_run"),
        "__setattr__": refuse,
        "__delattr__": refuse,
        "__class__": property(class_of),
        "__dataclass_fields__": property(fields_of),
        "__doc__": user.__doc__,
        "__copy__": lambda view: view,
        "__deepcopy__": lambda view, _memo: view,
    }
    if getattr(user, "__dictoffset__", 0):  # `vars` works, as for any class without slots
        members["__dict__"] = property(lambda view: {name: getattr(view, name) for name in names})
    at = 0
    for name, part in domain.fields:
        members[name] = _field_view(part, at, views)
        at += len(part.cells)
    for name in dir(user):
        member = getattr_static(user, name)
        if isinstance(member, (property, cached_property)) and name not in members:
            members[name] = _property_view(domain, name, member, views)
    return type(user.__name__, (user,), members)


def _field_view(part: Domain, at: int, views: Views) -> property:
    width = len(part.cells)

    def get(view: Any) -> Any:
        return views.value(view._fsm_run, part, view._fsm_contents[at : at + width])

    return property(get)


def _getter(member: Any) -> Any:
    return member.func if isinstance(member, cached_property) else member.fget


def _property_view(domain: Record, name: str, member: Any, views: Views) -> property:
    getter = _getter(member)

    def get(view: Any) -> Any:
        found = views.partition(domain, name)
        if found is None:
            return getter(view)
        cell, classes, answers = found
        return answers[view._fsm_run.read_class(view._fsm_contents[cell], classes)]

    return property(get)


class MapView(MutableMapping[Any, Any]):
    """A total map as a body sees it: a window on its place, or a fixed copy inside of a record.

    Never a `dict` subclass: those hide reads through `.get`, `{**m}`, `items()` and `==`.
    """

    __slots__ = ("_first", "_fixed", "_frame", "_run", "_seen", "_views", "domain")

    def __init__(
        self,
        domain: MapOf,
        views: Views,
        run: Run,
        frame: Window | None = None,
        first: int = 0,
        fixed: tuple[int, ...] = (),
    ) -> None:
        self.domain = domain
        self._views = views
        self._run = run
        self._frame = frame
        self._first = first
        self._fixed = fixed
        #: what was read, where each value is one cell and nothing that was written is seen
        self._seen = run.seen if frame is not None and not frame.after and domain.value.whole else None

    def contents(self) -> tuple[int, ...]:
        """What its cells hold now."""
        if self._frame is None:
            return self._fixed
        return self._frame.contents(self.domain, self._first)

    def leave(self, domain: Domain, first: int) -> None:
        """Keep what it shows now, if the map that it shows is about to be replaced by another one."""
        end = self._first + len(self.domain.cells)
        if first <= self._first and end <= first + len(domain.cells):
            inner = domain  # a map of one key has the cells of its row, and stays
            while isinstance(inner, MapOf):
                if inner == self.domain:
                    self._fixed, self._frame = self.contents(), None
                inner = inner.value

    def _lacks(self, error: OutOfDomain, caller: FrameType) -> SpecError:
        return self._run.fail(f"a key that the map has not: {error}", caller)

    def __getitem__(self, key: Any) -> Any:
        domain, frame = self.domain, self._frame
        try:
            at = domain.places[type(key), key]
        except (KeyError, TypeError):
            try:
                at = domain.place(key)
            except OutOfDomain as error:
                raise self._lacks(error, sys._getframe(1)) from None
        value = domain.value
        if self._seen is not None:  # most reads by far: without a detour by the frame
            number = self._seen.get(self._first + at)
            return value.unrank(self._run.look(self._first + at) if number is None else number)
        if frame is not None:
            return frame.get(value, self._first + at)
        return self._views.value(self._run, value, self._fixed[at : at + len(value.cells)])

    def __setitem__(self, key: Any, value: Any) -> None:
        caller = sys._getframe(1)
        try:
            at = self.domain.place(key)
        except OutOfDomain as error:
            raise self._lacks(error, caller) from None
        if self._frame is None:
            raise self._run.fail("a map inside of a record is as frozen as the record", caller)
        self._frame.put(self.domain.value, self._first + at, value, lambda: f"[{show(key)}]", caller)

    def __delitem__(self, key: Any) -> None:
        raise self._run.fail(
            f"a map is total: [{show(key)}] cannot be deleted; give it a value that means nothing",
            sys._getframe(1),
        )

    def __contains__(self, key: object) -> bool:
        return key in self.domain.keys

    def get(self, key: Any, default: Any = None) -> Any:
        """As `dict.get`: a key that the map has not gives the default."""
        return self[key] if self.__contains__(key) else default

    def __iter__(self) -> Iterator[Any]:
        return iter(self.domain.keys)

    def __len__(self) -> int:
        return len(self.domain.keys)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Mapping):
            return NotImplemented
        return dict(self.items()) == dict(other.items())

    __hash__ = None  # type: ignore[assignment]

    def __or__(self, other: Mapping[Any, Any]) -> dict[Any, Any]:
        return {**self, **other}

    def __copy__(self) -> dict[Any, Any]:
        return dict(self.items())

    def __deepcopy__(self, _memo: object) -> dict[Any, Any]:
        return {key: deepcopy(value) for key, value in self.items()}

    def __repr__(self) -> str:
        return repr(dict(self.items()))
