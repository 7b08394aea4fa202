"""class → Model: what the marks on a class mean, and every mistake that they make, all at once.

A variant is a subclass. Names are read in the order of the oldest class first: annotated names are
variables, unannotated ones and `ClassVar`s are constants, an unannotated override of a variable is its new
initial value, an unmarked override of an action or a property keeps its mark, and `name = None` takes it
out.
"""

from __future__ import annotations

import ast
import inspect
import linecache
import sys
from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import lru_cache
from typing import Annotated, Any, ClassVar, get_args, get_origin, get_type_hints

from fsm.annotations import WIDEST, NoDomain, domain_of, key_of
from fsm.domains import Domain, MapOf, OutOfDomain, Scalar, show
from fsm.errors import Mistake, SpecError, Where, did_you_mean
from fsm.language import (
    MARK,
    SPEC,
    UNSET,
    ActionMark,
    Each,
    InitialMark,
    LaterMark,
    OneOf,
    PropertyMark,
    SpecMark,
    Var,
)
from fsm.model import Action, Kind, Model, Parameter, Property, Variable
from fsm.purity import impurities
from fsm.views import view_class

MODEL = "__fsm_model__"
RESERVED = "after"


def declare(cls: type, scope: Mapping[str, Any] | None = None) -> Model:
    """Read a class and remember its model on it.

    Args:
        cls: a class marked `@spec`, or a subclass of one.
        scope: the names around the class, for annotations that are strings.

    Returns:
        The model.

    Raises:
        SpecError: with every mistake.
    """
    reader = _Reader(cls, dict(scope or {}))
    model = reader.read()
    if reader.mistakes:
        raise SpecError(sorted(reader.mistakes, key=lambda mistake: mistake.where.line))
    setattr(cls, MODEL, model)
    return model


def is_spec(thing: object) -> bool:
    """Whether something is a spec class: marked itself, or a variant of one that is."""
    return isinstance(thing, type) and hasattr(thing, SPEC)


def model_of(spec: Any) -> Model:
    """The model of a spec.

    Args:
        spec: a spec class, or a model (which is returned).

    Raises:
        SpecError: if it is neither, or if the class has mistakes.
    """
    if isinstance(spec, Model):
        return spec
    if not is_spec(spec):
        what = f"the class {spec.__name__}" if isinstance(spec, type) else show(spec)
        raise SpecError(f"{what} is no spec: mark a class with `@spec`")
    found = vars(spec).get(MODEL)
    return found if isinstance(found, Model) else declare(spec)


class _Reader:
    """One reading of one class; mistakes pile up instead of stopping it."""

    def __init__(self, cls: type, scope: dict[str, Any]) -> None:
        self.cls = cls
        self.scope = {**scope, **{klass.__name__: klass for klass in cls.__mro__}}
        self.mistakes: list[Mistake] = []
        self.classes = [klass for klass in reversed(cls.__mro__) if klass is not object]
        self.where = _class_place(cls)

    def wrong(self, message: str, where: Where | None = None) -> None:
        self.mistakes.append(Mistake(message, where or self.where))

    def read(self) -> Model:
        variables = tuple(self._variables())
        if not variables:
            self.wrong(
                f"{self.cls.__name__} has no variables: annotate at least the phase, such as "
                "`phase: Phase = Phase.PENDING`"
            )
        phases = self._phases(variables)
        names = [variable.name for variable in variables]
        actions, properties, admits = [], [], None
        marked = list(self._marked())
        for name, function, mark in marked:
            where = _function_place(function)
            for message in impurities(function, self.cls, names):
                self.wrong(f"`{name}` {message}", where)
            match mark:
                case ActionMark():
                    made = self._action(name, function, mark, variables, phases)
                    if made is not None:
                        actions.append(made)
                case PropertyMark():
                    asked = self._property(name, function, mark)
                    if asked is not None:
                        properties.append(asked)
                case InitialMark():
                    admits = function
                case LaterMark(word):
                    self.wrong(
                        f"`@{word}` is not yet understood: this version checks `always`, `sometimes`, "
                        "`recoverable` and `never_stuck`; take it out, or state a step property",
                        where,
                    )
        if variables and not any(isinstance(mark, ActionMark) for _, _, mark in marked):
            self.wrong(f"{self.cls.__name__} has no actions: mark a method with `@action`")
        self._check_on(properties, actions)
        properties.append(Property("never_stuck", Kind.NEVER_STUCK, bool, doc=NEVER_STUCK, where=self.where))
        return Model(
            name=self.cls.__name__,
            variables=variables,
            actions=tuple(actions),
            properties=tuple(properties),
            view=view_class(self.cls, names),
            final=self._final(phases),
            admits=admits,
            doc=inspect.cleandoc(self.cls.__doc__ or ""),
            where=self.where,
        )

    # variables

    def _variables(self) -> Iterator[Variable]:
        declared: dict[str, tuple[type, Any]] = {}
        given: dict[str, list[tuple[type, Any]]] = {}  # what each class says of its beginning
        for klass in self.classes:
            hints = self._hints(klass)
            for name, annotation in hints.items():
                if get_origin(annotation) is ClassVar or annotation is ClassVar or name.startswith("__"):
                    continue
                declared[name] = (klass, annotation)
                given[name] = []
            for name in declared.keys() & vars(klass).keys():
                given[name].append((klass, vars(klass)[name]))
        for name, (klass, annotation) in declared.items():
            where = place = _variable_place(klass, name)
            if name == RESERVED:
                self.wrong("`after` is a reserved name: it is the state after a step", where)
                continue
            if any(hasattr(initial, MARK) for _, initial in given[name]):
                self.wrong(f"`{name}` is both a variable and a method: rename one of them", where)
                continue
            try:
                (_, first), *overrides = given[name] or [(klass, UNSET)]
                domain, values = self._domain_and_initial(annotation, first)
                for cell in domain.cells:
                    if cell.size > 1 << 63:
                        raise NoDomain(f"a part with {cell.size:,} values: at most 2**63 fit into a word")
                for overriding, initial in overrides:
                    place = _variable_place(overriding, name)
                    domain, values = self._domain_and_initial(annotation, initial, domain)
                yield Variable(name, domain, values, where)
            except (NoDomain, OutOfDomain) as error:
                self.wrong(f"`{name}`: {error}", place)

    def _hints(self, klass: type) -> dict[str, Any]:
        own = inspect.get_annotations(klass)
        if not own:
            return {}
        module = sys.modules.get(klass.__module__)
        spaces = dict(vars(module)) if module else {}
        try:
            hints = get_type_hints(
                type(klass.__name__, (), {"__annotations__": own, "__module__": klass.__module__}),
                spaces,
                {**self.scope, **vars(klass)},
                include_extras=True,
            )
        except Exception as error:
            self.wrong(f"an annotation of {klass.__name__} cannot be read: {error}", _class_place(klass))
            return {}
        return {name: hints[name] for name in own if name in hints}

    def _domain_and_initial(
        self, annotation: Any, initial: Any, base: Domain | None = None
    ) -> tuple[Domain, tuple[Any, ...]]:
        """A variable's domain, that of its base unless it says another one, and its initial values."""
        if isinstance(initial, Each):
            arguments = get_args(_bare(annotation))
            if get_origin(_bare(annotation)) is not dict or len(arguments) != 2:
                raise NoDomain(f"`each` makes a dict: annotate it `dict[Key, Value]`, not {annotation}")
            inner, values = self._domain_and_initial(arguments[1], initial.initial)
            domain: Domain = MapOf(key_of(initial.key), inner)
            assert isinstance(domain, MapOf)
            return domain, tuple(_products(domain.keys, values))
        if isinstance(initial, Var):
            if base is None or initial.values is not None or initial.maxlen is not None:
                base = domain_of(annotation, initial.values, maxlen=initial.maxlen)
            domain = base
            default: Any = () if initial.maxlen is not None else UNSET
            initial = default if initial.initial is UNSET else initial.initial
        else:
            domain = base or domain_of(annotation)
        if initial is UNSET:
            example = show(next(iter(domain)))
            raise NoDomain(f"no initial value: write `= {example}` or another value of {domain}")
        values = initial.values if isinstance(initial, OneOf) else (initial,)
        if not values:
            raise NoDomain("`one_of()` of nothing: name at least one value")
        for value in values:
            domain.encode(value)
        return domain, values

    # phases

    def _phases(self, variables: tuple[Variable, ...]) -> Domain | None:
        """The domain of the phase, of one member where it is a map."""
        if not variables:
            return None
        domain = variables[0].domain
        while isinstance(domain, MapOf):
            domain = domain.value
        if not isinstance(domain, Scalar):
            self.wrong(
                f"`{variables[0].name}` is the first variable and so the phase, the nodes of every picture: "
                "it must be an Enum, a bool, a Literal or a bounded int, or a dict of these",
                variables[0].where,
            )
            return None
        return domain

    def _final(self, phases: Domain | None) -> frozenset[Any]:
        mark: SpecMark = getattr(self.cls, SPEC)
        for phase in mark.final:
            if phases is not None and phase not in phases:
                self.wrong(f"`final` names {show(phase)}, which is no phase: {_or_else(phase, phases)}")
        return frozenset(mark.final)

    # methods

    def _marked(self) -> Iterator[tuple[str, Any, Any]]:
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
                elif name in marks and member is None:
                    del functions[name], marks[name]
                elif name in marks and hasattr(member, "__code__"):
                    functions[name] = member
                elif name in marks:
                    self.wrong(
                        f"`{name}` was an action or a property and is now {show(member)}: "
                        "override it with a method, or with None to take it out"
                    )
        for name, mark in marks.items():
            yield name, functions[name], mark

    def _action(
        self,
        name: str,
        function: Any,
        mark: ActionMark,
        variables: tuple[Variable, ...],
        phases: Domain | None,
    ) -> Action | None:
        where = _function_place(function)
        if not self._is_plain(name, function, where):
            return None
        parameters = self._parameters(name, function)
        if parameters is None or phases is None:
            return None
        sources, member = None, ""
        if mark.sources is not None:
            for phase in mark.sources:
                if phase not in phases:
                    self.wrong(
                        f"`{name}` starts from {show(phase)}, which is no phase: {_or_else(phase, phases)}",
                        where,
                    )
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

    def _property(self, name: str, function: Any, mark: PropertyMark) -> Property | None:
        where = _function_place(function)
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
            on = frozenset(getattr(one, "__name__", str(one)) for one in mark.on)
        return Property(
            name, Kind.STEP if step else mark.kind, function, parameters, on, mark.finding,
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
        where = _function_place(function)
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

    def _check_on(self, properties: list[Property], actions: list[Action]) -> None:
        names = [action.name for action in actions]
        for asked in properties:
            for name in sorted(asked.on or ()):
                if name not in names:
                    self.wrong(
                        f"`{asked.name}` is a promise on `{name}`, which is no action: "
                        + did_you_mean(name, names),
                        asked.where,
                    )


NEVER_STUCK = "Every reachable state has something enabled, or a final phase."


def many(spec: Any, n: int) -> Model:
    """n independent copies of a spec: one copy moves per step.

    Every variable becomes a map from the copies 0 to n - 1, properties speak of each copy, and a state is
    final when every copy is.

    Args:
        spec: a spec class or a model.
        n: how many copies, at least 1.

    Returns:
        The model of the copies.

    Raises:
        SpecError: for fewer than one copy.
    """
    model = model_of(spec)
    if type(n) is not int or n < 1:
        raise SpecError(f"many({model.name}, {show(n)}): give a number of copies, at least 1")
    if model.admits is not None:
        raise SpecError(f"many({model.name}, {n}): a spec with an `@initial` filter cannot be copied yet")
    key = Scalar(f"range({n})", tuple(range(n)))
    copy = Parameter("copy" if not model.copies else f"copy{model.copies}", key)
    return replace(
        model,
        name=f"many({model.name}, {n})",
        variables=tuple(
            replace(
                variable,
                domain=MapOf(key, variable.domain),
                initial=tuple(_products(range(n), variable.initial)),
            )
            for variable in model.variables
        ),
        actions=tuple(
            replace(action, parameters=(copy, *action.parameters), copies=action.copies + 1)
            for action in model.actions
        ),
        properties=tuple(
            asked
            if asked.kind is Kind.NEVER_STUCK
            else replace(asked, parameters=(copy, *asked.parameters), copies=asked.copies + 1)
            for asked in model.properties
        ),
        copies=model.copies + 1,
    )


def _products(keys: Any, values: tuple[Any, ...]) -> Iterator[dict[Any, Any]]:
    from itertools import product

    for chosen in product(values, repeat=len(keys)):
        yield dict(zip(keys, chosen, strict=True))


def _bare(annotation: Any) -> Any:
    return get_args(annotation)[0] if get_origin(annotation) is Annotated else annotation


def _or_else(phase: Any, phases: Domain) -> str:
    return did_you_mean(show(phase), [show(one) for one in phases])


def _function_place(function: Any) -> Where:
    code = getattr(function, "__code__", None)
    return Where(code.co_filename, code.co_firstlineno) if code else Where()


def _class_place(cls: type) -> Where:
    found = _class_node(cls)
    return Where(_file(cls), found.lineno if found else 0)


def _variable_place(cls: type, name: str) -> Where:
    """The line on which a class annotates or assigns a name."""
    found = _class_node(cls)
    for node in found.body if found else ():
        targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
        if any(isinstance(target, ast.Name) and target.id == name for target in targets):
            return Where(_file(cls), node.lineno)
    return _class_place(cls)


def _file(cls: type) -> str:
    for member in vars(cls).values():
        code = getattr(member, "__code__", None)
        if code is not None and code.co_qualname.startswith(cls.__qualname__):
            return str(code.co_filename)
    module = sys.modules.get(cls.__module__)
    return getattr(module, "__file__", None) or ""


@lru_cache(maxsize=16)
def _class_node(cls: type) -> ast.ClassDef | None:
    """The class in the syntax tree of its file, if the file can be read."""
    lines = linecache.getlines(_file(cls))
    try:
        tree = ast.parse("".join(lines))
    except SyntaxError:
        return None
    wanted = cls.__qualname__.replace("<locals>.", "")
    return _search(tree, "", wanted)


def _search(node: ast.AST, prefix: str, wanted: str) -> ast.ClassDef | None:
    for child in ast.iter_child_nodes(node):
        name = getattr(child, "name", None)
        path = f"{prefix}.{name}" if prefix and name else name or prefix
        if isinstance(child, ast.ClassDef) and path == wanted:
            return child
        found = _search(child, path, wanted)
        if found is not None:
            return found
    return None
