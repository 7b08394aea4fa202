"""What a body sees: `self`, its records and its maps, with every read recorded.

Theory. A body is run on a real state. What it gets for a variable is a real value where the variable is
one cell (an Enum member, a number, a set: reading it records the cell), and a lazy value where it has
several: a *record view* or a *map view*, whose parts are recorded when somebody looks at them.

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
from types import FrameType
from typing import Any

from fsm.domains import Domain, MapOf, Maybe, OutOfDomain, Record, show
from fsm.errors import did_you_mean
from fsm.packing import Layout, Place
from fsm.run import Classes, Read, Run


class Frame:
    """A body's window on the state: which places its variables are, and whether it sees its writes.

    Args:
        run: where reads and writes are recorded.
        views: the record classes of this model.
        places: the place of each variable, already narrowed to one copy where there are many.
        after: whether what was written is seen (an action, or the `after` of a step).
        writable: whether it may be written (an action).
    """

    __slots__ = ("after", "places", "run", "views", "windows", "writable")

    def __init__(
        self, run: Run, views: Views, places: Mapping[str, Place], after: bool, writable: bool
    ) -> None:
        self.run = run
        self.views = views
        self.places = places
        self.after = after
        self.writable = writable
        self.windows: list[MapView] = []

    def content(self, cell: int) -> int:
        """What a cell holds, as this frame sees it."""
        return self.run.written.get(cell, ~cell) if self.after else ~cell

    def contents(self, place: Place) -> tuple[int, ...]:
        """What all cells of a place hold."""
        return tuple(self.content(cell) for cell in range(place.first, place.end))

    def get(self, place: Place) -> Any:
        """The value at a place: real where it is one cell, a view otherwise."""
        if isinstance(place.domain, MapOf):
            window = MapView(place.domain, self.views, self.run, frame=self, first=place.first)
            self.windows.append(window)
            return window
        return self.views.value(self.run, place.domain, self.contents(place))

    def put(self, place: Place, value: Any, name: str, caller: FrameType) -> None:
        """Assign a value to a place, copying it."""
        if not self.writable:
            raise self.run.fail(f"a property only reads, but this one assigns `{name}`", caller)
        try:
            contents = self.views.contents(place.domain, value)
        except OutOfDomain as error:
            raise self.run.fail(f"`{name}` is assigned what it cannot hold: {error}", caller) from None
        for window in self.windows:
            window.leave(place)
        self.run.written.update(zip(range(place.first, place.end), contents, strict=True))


class Views:
    """The view classes of one model: one for each record, made when first met."""

    def __init__(self) -> None:
        self._classes: dict[Record, type] = {}
        self._partitions: dict[tuple[Record, str], tuple[int, Classes, tuple[Any, ...]] | None] = {}

    def value(self, run: Run, domain: Domain, contents: Sequence[int]) -> Any:
        """A value made of contents."""
        if isinstance(domain, Record):
            view: Any = object.__new__(self._class(domain))
            object.__setattr__(view, "_fsm_run", run)
            object.__setattr__(view, "_fsm_contents", tuple(contents))
            return view
        if isinstance(domain, Maybe):
            if not run.read(contents[0]):
                return None
            return self.value(run, domain.record, contents[1:])
        if isinstance(domain, MapOf):
            return MapView(domain, self, run, fixed=tuple(contents))
        return domain.decode((run.read(contents[0]),))

    def contents(self, domain: Domain, value: Any) -> Sequence[int]:
        """The contents that a value has in a domain; views are copied unread. Raises `OutOfDomain`."""
        if isinstance(domain, Maybe):
            if value is None:
                return (0,) * len(domain.cells)
            return (1, *self.contents(domain.record, value))
        if isinstance(domain, Record) and isinstance(value, domain.cls):
            if type(value) is self._classes.get(domain):
                copied: tuple[int, ...] = object.__getattribute__(value, "_fsm_contents")
                return copied
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
            missing = [key for key in domain.keys if key not in value]
            if missing or len(value) != len(domain.keys):
                domain.encode(value)  # says what is wrong
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
        getter = getattr(domain.cls, name).fget
        layout = Layout({"it": domain})
        unread = tuple(~cell for cell in range(len(domain.cells)))
        answers: list[Any] = []
        classes: list[int] = []

        def ask(contents: Sequence[int]) -> tuple[Any, list[Read]]:
            run = Run(layout, 0, pure=True)
            return getter(self.value(run, domain, contents)), run.reads

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
    lazily = not hasattr(user, "__post_init__")
    names = [name for name, _ in domain.fields]

    def replaced(view: Any, **changes: Any) -> Any:
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

    members: dict[str, Any] = {
        "__slots__": ("_fsm_contents", "_fsm_run"),
        "__class__": property(class_of),
        "__dataclass_fields__": property(fields_of),
        "__doc__": user.__doc__,
        "__copy__": lambda view: view,
        "__deepcopy__": lambda view, _memo: view,
    }
    at = 0
    for name, part in domain.fields:
        members[name] = _field_view(part, at, views)
        at += len(part.cells)
    for klass in user.__mro__:
        for name, member in vars(klass).items():
            if isinstance(member, property) and name not in members:
                members[name] = _property_view(domain, name, member, views)
    return type(user.__name__, (user,), members)


def _field_view(part: Domain, at: int, views: Views) -> property:
    width = len(part.cells)

    def get(view: Any) -> Any:
        return views.value(view._fsm_run, part, view._fsm_contents[at : at + width])

    return property(get)


def _property_view(domain: Record, name: str, member: property, views: Views) -> property:
    def get(view: Any) -> Any:
        found = views.partition(domain, name)
        if found is None:
            return member.fget(view) if member.fget else None
        cell, classes, answers = found
        return answers[view._fsm_run.read_class(view._fsm_contents[cell], classes)]

    return property(get)


class MapView(MutableMapping[Any, Any]):
    """A total map as a body sees it: a window on its place, or a fixed copy inside of a record.

    Never a `dict` subclass: those hide reads through `.get`, `{**m}`, `items()` and `==`.
    """

    __slots__ = ("_first", "_fixed", "_frame", "_run", "_views", "domain")

    def __init__(
        self,
        domain: MapOf,
        views: Views,
        run: Run,
        frame: Frame | None = None,
        first: int = 0,
        fixed: tuple[int, ...] = (),
    ) -> None:
        self.domain = domain
        self._views = views
        self._run = run
        self._frame = frame
        self._first = first
        self._fixed = fixed

    def contents(self) -> tuple[int, ...]:
        """What its cells hold now."""
        if self._frame is None:
            return self._fixed
        return self._frame.contents(Place(self.domain, self._first))

    def leave(self, place: Place) -> None:
        """Keep what it shows now, if the map that it shows is about to be replaced by another one."""
        end = self._first + len(self.domain.cells)
        if isinstance(place.domain, MapOf) and place.first <= self._first and end <= place.end:
            self._fixed, self._frame = self.contents(), None

    def _at(self, key: object, caller: FrameType) -> int:
        try:
            return self.domain.place(key)
        except OutOfDomain as error:
            raise self._run.fail(f"a key that the map has not: {error}", caller) from None

    def __getitem__(self, key: Any) -> Any:
        value, at = self.domain.value, self._at(key, sys._getframe(1))
        if self._frame is not None:
            return self._frame.get(Place(value, self._first + at))
        return self._views.value(self._run, value, self._fixed[at : at + len(value.cells)])

    def __setitem__(self, key: Any, value: Any) -> None:
        caller = sys._getframe(1)
        at = self._at(key, caller)
        if self._frame is None:
            raise self._run.fail("a map inside of a record is as frozen as the record", caller)
        self._frame.put(Place(self.domain.value, self._first + at), value, f"[{show(key)}]", caller)

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

    def __repr__(self) -> str:
        return repr(dict(self.items()))


def view_class(base: type, names: Sequence[str]) -> type:
    """The class whose instances are `self` in the bodies of a spec: `base` with recorded variables.

    Args:
        base: the class that somebody wrote.
        names: its variables.
    """

    def unknown(view: Any, name: str) -> Any:
        frame: Frame = object.__getattribute__(view, "_fsm_frame")
        if name.startswith("__") and name.endswith("__"):
            raise AttributeError(name)
        raise frame.run.fail(
            f"`self.{name}` is no variable of {base.__name__}: {did_you_mean(name, names)}",
            sys._getframe(1),
        )

    def assign(view: Any, name: str, value: Any) -> None:
        frame: Frame = object.__getattribute__(view, "_fsm_frame")
        if name not in frame.places:
            message = f"`self.{name}` is assigned, but {base.__name__} declares no variable of that name: "
            if name in dir(base):
                message = f"`self.{name}` is a constant of {base.__name__}, and an action assigns it: "
            raise frame.run.fail(message + did_you_mean(name, names), sys._getframe(1))
        frame.put(frame.places[name], value, f"self.{name}", sys._getframe(1))

    def describe(view: Any) -> str:
        return f"{base.__name__}({', '.join(f'{name}={show(getattr(view, name))}' for name in names)})"

    members: dict[str, Any] = {
        "__slots__": ("_fsm_frame",),
        "__doc__": base.__doc__,
        "__getattr__": unknown,
        "__setattr__": assign,
        "__repr__": describe,
        "__init__": _refuse("constructed"),
        "__eq__": _refuse("compared; compare its variables"),
        "__hash__": _refuse("hashed; use its variables"),
        "__copy__": _refuse("copied; read the variables that you need"),
        "__deepcopy__": _refuse("copied; read the variables that you need"),
        "__reduce_ex__": _refuse("pickled or copied; read the variables that you need"),
        "__dict__": property(_refuse("asked for its `__dict__` (or by `vars`); name the variables")),
    }
    members.update({name: _variable(name) for name in names})
    return type(base.__name__, (base,), members)


def make_view(view: type, frame: Frame) -> Any:
    """An instance of a view class that looks through a frame."""
    made: Any = object.__new__(view)
    object.__setattr__(made, "_fsm_frame", frame)
    return made


def _variable(name: str) -> property:
    def get(view: Any) -> Any:
        frame: Frame = view._fsm_frame
        return frame.get(frame.places[name])

    return property(get)


def _refuse(what: str) -> Callable[..., Any]:
    def refuse(view: Any, *_: Any) -> Any:
        frame: Frame = object.__getattribute__(view, "_fsm_frame")
        raise frame.run.fail(f"the `self` of a spec cannot be {what}", sys._getframe(1))

    return refuse
