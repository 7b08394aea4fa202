"""What a body sees as `self`: the variables as attributes, with every read and write recorded.

Theory. A body is run on a real state. What it gets for a variable is a real value where the variable is
one cell (an Enum member, a number, a tuple: reading it records the cell), and a lazy value where it has
several (see `lazy`, and `set_views` for sets).
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from types import FrameType
from typing import Any

from fsm.composites import MapOf
from fsm.domains import Domain, OutOfDomain
from fsm.errors import did_you_mean
from fsm.lazy import MapView, Views
from fsm.packing import Place
from fsm.run import Run
from fsm.values import show


class Frame:
    """A body's window on the state: which places its variables are, and whether it sees its writes.

    Args:
        run: where reads and writes are recorded.
        views: the record classes of this model.
        places: the place of each variable, already narrowed to one copy where there are many.
        after: whether what was written is seen (an action, or the `after` of a step).
        writable: whether it may be written (an action).
    """

    __slots__ = ("_windows", "after", "opened", "places", "run", "views", "writable")

    def __init__(
        self, run: Run, views: Views, places: Mapping[str, Place], after: bool, writable: bool
    ) -> None:
        self.run = run
        self.views = views
        self.places = places
        self.after = after
        self.writable = writable
        self._windows: list[MapView] = []
        #: maps that are handed out again: by the cell of their beginning, and by their variable
        self.opened: dict[int | str, MapView] = {}

    def close(self) -> None:
        """The run is over: let go of the maps, which hold the frame; nobody has to look for rings then."""
        self._windows.clear()
        self.opened.clear()

    def content(self, cell: int) -> int:
        """What a cell holds, as this frame sees it."""
        return self.run.written.get(cell, ~cell) if self.after else ~cell

    def contents(self, domain: Domain, first: int) -> tuple[int, ...]:
        """What all cells of a value hold that begins at a cell."""
        end = first + len(domain.cells)
        if not (self.after and self.run.written):
            return _unread(first, end)
        return tuple(map(self.content, range(first, end)))

    def get(self, domain: Domain, first: int) -> Any:
        """The value that begins at a cell: real where it is one cell, a view otherwise."""
        run = self.run
        if domain.whole:
            if self.after and first in run.written:
                return domain.unrank(run.read(run.written[first]))
            number = run.seen.get(first)
            return domain.unrank(run.look(first) if number is None else number)
        if isinstance(domain, MapOf):
            window = self.opened.get(first)
            if window is None or window.domain is not domain:
                window = self.opened[first] = MapView(domain, self.views, run, frame=self, first=first)
                self._windows.append(window)
            return window
        return self.views.value(run, domain, self.contents(domain, first))

    def put(self, domain: Domain, first: int, value: Any, name: Callable[[], str], caller: FrameType) -> None:
        """Assign a value of a domain from a cell on, copying it; `name` is asked for messages."""
        if not self.writable:
            raise self.run.fail(f"a property only reads, but this one assigns `{name()}`", caller)
        try:
            if domain.whole:
                self.run.written[first] = domain.rank(value)
                return
            contents = self.views.contents(domain, value)
        except OutOfDomain as error:
            raise self.run.fail(f"`{name()}` is assigned what it cannot hold: {error}", caller) from None
        if isinstance(domain, MapOf):
            for window in self._windows:
                window.leave(domain, first)
            self.opened.clear()
        written = self.run.written
        for cell, content in enumerate(contents, first):
            if content != ~cell:
                written[cell] = content
            else:
                written.pop(cell, None)


@lru_cache(maxsize=1024)
def _unread(first: int, end: int) -> tuple[int, ...]:
    """The contents of cells that nobody has written."""
    return tuple(~cell for cell in range(first, end))


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
        place = frame.places[name]
        frame.put(place.domain, place.first, value, lambda: f"self.{name}", sys._getframe(1))

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
        window = frame.opened.get(name)
        if window is not None:
            return window
        place = frame.places[name]
        value = frame.get(place.domain, place.first)
        if type(value) is MapView:
            frame.opened[name] = value
        return value

    return property(get)


def _refuse(what: str) -> Callable[..., Any]:
    def refuse(view: Any, *_: Any) -> Any:
        frame: Frame = object.__getattribute__(view, "_fsm_frame")
        raise frame.run.fail(f"the `self` of a spec cannot be {what}", sys._getframe(1))

    return refuse
