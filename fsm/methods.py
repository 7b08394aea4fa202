"""The methods of a spec class: which are marked, and what their signatures and marks mean."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, get_type_hints

from fsm.annotations import WIDEST, NoDomain, domain_of
from fsm.composites import MapOf
from fsm.constraints import remaining
from fsm.domains import Domain
from fsm.errors import Where, did_you_mean
from fsm.language import MARK, ActionMark, PropertyMark, Var
from fsm.model import Action, Kind, Parameter, Property, Variable
from fsm.source import function_place
from fsm.values import show

RESERVED = "after"  #: the state after a step


class MethodReader:
    """Reads the marked methods of one class; what is wrong is told to `wrong` and piles up there.

    Args:
        cls: the class.
        classes: the class and its bases, oldest first.
        scope: the names around the class, for annotations that are strings.
        wrong: told each mistake and its place.
    """

    def __init__(
        self,
        cls: type,
        classes: Sequence[type],
        scope: Mapping[str, Any],
        wrong: Callable[[str, Where | None], None],
    ) -> None:
        self.cls = cls
        self.classes = classes
        self.scope = scope
        self.wrong = wrong
        self.taken_out: set[str] = set()  # actions that a variant has taken out, once `marked` has been read

    def marked(self) -> Iterator[tuple[str, Any, Any]]:
        """Each marked method by name: the newest function, and the mark that counts."""
        functions: dict[str, Any] = {}
        marks: dict[str, Any] = {}
        for klass in self.classes:
            for name, member in vars(klass).items():
                if name.startswith("__"):
                    continue
                mark = getattr(member, MARK, None)
                if mark is not None:
                    functions[name], marks[name] = member, mark
                    self.taken_out.discard(name)
                elif name in marks and member is None:
                    if isinstance(marks[name], ActionMark):
                        self.taken_out.add(name)
                    del functions[name], marks[name]
                elif name in marks and hasattr(member, "__code__"):
                    functions[name] = member
                elif name in marks:
                    self.wrong(
                        f"`{name}` was an action or a property and is now {show(member)}: "
                        "override it with a method, or with None to take it out",
                        None,
                    )
        for name, mark in marks.items():
            yield name, functions[name], mark

    def action(
        self,
        name: str,
        function: Any,
        mark: ActionMark,
        variables: tuple[Variable, ...],
        phases: Domain | None,
    ) -> Action | None:
        """The action that a marked method is, or `None` if it is wrong."""
        where = function_place(function)
        if not self._is_plain(name, function, where):
            return None
        parameters = self._parameters(name, function)
        if phases is None:
            return None
        for phase in mark.sources or ():
            if phase not in phases:
                self.wrong(
                    f"`{name}` starts from {show(phase)}, which is no phase: {or_else(phase, phases)}",
                    where,
                )
        if parameters is None:
            return None
        sources, member = None, ""
        if mark.sources is not None:
            sources = frozenset(phase for phase in mark.sources if phase in phases)
            domain = variables[0].domain
            if isinstance(domain, MapOf):
                fitting = [p.name for p in parameters if p.domain == domain.key]
                if len(fitting) != 1 or isinstance(domain.value, MapOf):
                    self.wrong(
                        f"`{name}` restricts the phase of one member of `{variables[0].name}`: it needs "
                        f"exactly one argument of type {domain.key}, and has {len(fitting)}",
                        where,
                    )
                    return None
                member = fitting[0]
        return Action(
            name, parameters, function, sources, member, mark.fault,
            doc=inspect.cleandoc(function.__doc__ or ""), where=where,
            sender=mark.sender, receiver=mark.receiver,
        )  # fmt: skip

    def property(self, name: str, function: Any, mark: PropertyMark) -> Property | None:
        """The property that a marked method is, or `None` if it is wrong."""
        where = function_place(function)
        if not self._is_plain(name, function, where):
            return None
        names = list(inspect.signature(function).parameters)
        step = len(names) > 1 and names[1] == RESERVED
        if RESERVED in names and not step:
            self.wrong(
                f"`{name}`: `after` is reserved for the state after a step, and comes right after self",
                where,
            )
            return None
        if step and mark.kind is not Kind.ALWAYS:
            self.wrong(f"`{name}`: only `@always` speaks of steps; take `after` out", where)
            return None
        if mark.on is not None and not step:
            self.wrong(f"`{name}`: `on=` restricts a promise about steps; add the parameter `after`", where)
            return None
        parameters = self._parameters(name, function, skip=2 if step else 1)
        if parameters is None:
            return None
        on = None
        if mark.on is not None:
            named = frozenset(getattr(one, "__name__", str(one)) for one in mark.on)
            on = named - self.taken_out
            if named and not on:
                self.wrong(
                    f"`{name}` is a promise on nothing but actions that are taken out here: "
                    f"take it out as well, `{name} = None`",
                    where,
                )
                return None
        return Property(
            name, Kind.STEP if step else mark.kind, function, parameters, on, mark.finding,
            fair=remaining(mark.fair, self.taken_out), waiver=mark.waiver,
            doc=inspect.cleandoc(function.__doc__ or ""), where=where,
        )  # fmt: skip

    def _is_plain(self, name: str, function: Any, where: Where) -> bool:
        if inspect.iscoroutinefunction(function) or inspect.isasyncgenfunction(function):
            self.wrong(f"`{name}` is async: a body is run as it is; write `def`", where)
            return False
        if inspect.isgeneratorfunction(function):
            self.wrong(f"`{name}` yields: a body assigns what changes, or answers True or False", where)
            return False
        return True

    def _parameters(self, name: str, function: Any, skip: int = 1) -> tuple[Parameter, ...] | None:
        where = function_place(function)
        given = list(inspect.signature(function).parameters.values())
        if len(given) < skip:
            self.wrong(f"`{name}` has no `self`", where)
            return None
        spaces = {**getattr(function, "__globals__", {})}
        try:
            hints = get_type_hints(function, spaces, {**self.scope, **vars(self.cls)}, include_extras=True)
        except Exception as error:
            self.wrong(f"an annotation of `{name}` cannot be read: {error}", where)
            return None
        found, size = [], 1
        for parameter in given[skip:]:
            at = f"`{name}`, argument `{parameter.name}`"
            if parameter.kind not in (parameter.POSITIONAL_OR_KEYWORD, parameter.POSITIONAL_ONLY):
                self.wrong(f"{at}: an argument is named and positional, without `*`", where)
                return None
            default = parameter.default
            if parameter.default is not parameter.empty and not isinstance(default, Var):
                self.wrong(
                    f"{at} has a default, but the environment chooses every argument: take it out",
                    where,
                )
                return None
            if parameter.name not in hints:
                self.wrong(f"{at} has no annotation: give it a finite type, such as `ok: bool`", where)
                return None
            try:
                values = default.values if isinstance(default, Var) else None
                domain = domain_of(hints[parameter.name], values)
                size *= domain.size
            except NoDomain as error:
                self.wrong(f"{at}: {error}", where)
                return None
            found.append(Parameter(parameter.name, domain))
        if size > WIDEST:
            self.wrong(
                f"`{name}` has {size:,} choices of arguments: at most {WIDEST:,} are possible",
                where,
            )
            return None
        return tuple(found)

    def check_on(self, properties: list[Property], actions: list[Action]) -> None:
        """Whether every promise on an action names one."""
        names = [action.name for action in actions]
        for asked in properties:
            for name in sorted(asked.on or ()):
                if name not in names:
                    self.wrong(
                        f"`{asked.name}` is a promise on `{name}`, which is no action: "
                        + did_you_mean(name, names),
                        asked.where,
                    )


def or_else(phase: Any, phases: Domain) -> str:
    """The end of a message about something that is no phase."""
    return did_you_mean(show(phase), [show(one) for one in phases])
