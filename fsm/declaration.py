"""class → Model: what the marks on a class mean, and every mistake that they make, all at once.

A variant is a subclass. Names are read in the order of the oldest class first: annotated names are
variables, unannotated ones and `ClassVar`s are constants, an unannotated override of a variable is its new
initial value, an unmarked override of an action or a property keeps its mark, and `name = None` takes it
out; promises and assumptions of fairness that name an action that was taken out go on without it.
"""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType
from typing import Annotated, Any, ClassVar, get_args, get_origin, get_type_hints, overload

from fsm.annotations import NoDomain, domain_of, key_of
from fsm.composites import MapOf, every_map
from fsm.constraints import remaining, unfit
from fsm.domains import Domain, OutOfDomain, Scalar
from fsm.errors import FsmError, Mistake, SpecError, Where, did_you_mean
from fsm.fairness import Fairness, listed
from fsm.formulation import formula_of
from fsm.language import (
    MARK,
    SPEC,
    UNSET,
    ActionMark,
    Class,
    Each,
    InitialMark,
    OneOf,
    PropertyMark,
    SpecMark,
    Var,
)
from fsm.lens import lens_of
from fsm.methods import RESERVED, MethodReader, or_else
from fsm.model import Kind, Model, Property, Variable
from fsm.purity import impurities
from fsm.source import class_place, function_place, variable_place
from fsm.values import show
from fsm.views import view_class

MODEL = "__fsm_model__"
NO_FINDINGS: Mapping[str, str] = MappingProxyType({})


@overload
def spec(cls: Class, /) -> Class: ...
@overload
def spec(
    *,
    final: Any = (),
    fair: Fairness | Iterable[Fairness] = (),
    folds: str | Iterable[str] = (),
    findings: Mapping[str, str] = NO_FINDINGS,
) -> Callable[[Class], Class]: ...
def spec(
    cls: Any = None,
    /,
    *,
    final: Any = (),
    fair: Fairness | Iterable[Fairness] = (),
    folds: str | Iterable[str] = (),
    findings: Mapping[str, str] = NO_FINDINGS,
) -> Any:
    """Declare a class to be a spec.

    Its annotated names are variables (the first one is the phase), its methods marked `@action` are what
    may happen, and those marked `@always`, `@sometimes` or `@recoverable` are what is promised.

    Args:
        final: the phases, or the one, where a run may end; with nothing enabled elsewhere a state is stuck.
        fair: what every promise over runs assumes of them (`weak("start")`, and the like).
        folds: what `fsm draw` draws beside the phases: folded pictures, each by some of the variables
            (`"phase, tries"`; see `fsm.lens`).
        findings: the known defects of this variant, in words, by the property that each of them violates;
            they replace what the property itself says (`""` for none). Where variants differ in their
            defects, each states its own.

    Returns:
        The class itself, unchanged but for a mark.

    Raises:
        SpecError: with every mistake that is found in the class, each with its place.

    >>> from enum import Enum
    >>> from fsm import action, check, spec
    >>> Light = Enum("Light", "RED GREEN")
    >>> @spec
    ... class Lamp:
    ...     light: Light = Light.RED
    ...     @action(Light.RED)
    ...     def go(self) -> None:
    ...         self.light = Light.GREEN
    ...     @action(Light.GREEN)
    ...     def stop(self) -> None:
    ...         self.light = Light.RED
    >>> check(Lamp).states
    2
    """
    scope = sys._getframe(1).f_locals

    def mark(cls: Any) -> Any:
        if not isinstance(cls, type):
            raise SpecError(f"`@spec` marks a class, and {cls!r} is none")
        phases = tuple(final) if isinstance(final, Iterable) else (final,)
        asked = (folds,) if isinstance(folds, str) else tuple(folds)
        setattr(cls, SPEC, SpecMark(phases, listed(fair), asked, tuple(findings.items())))
        declare(cls, scope)
        return cls

    return mark if cls is None else mark(cls)


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
        self.symmetric: dict[Domain, str] = {}  # the keys declared so, each with a variable that says it
        self.classes = [klass for klass in reversed(cls.__mro__) if klass is not object]
        self.where = class_place(cls)

    def wrong(self, message: str, where: Where | None = None) -> None:
        self.mistakes.append(Mistake(message, where or self.where))

    def read(self) -> Model:
        variables = tuple(self._variables())
        if not variables and not self.mistakes:
            self.wrong(
                f"{self.cls.__name__} has no variables: annotate at least the phase, such as "
                "`phase: Phase = Phase.PENDING`"
            )
        phases = self._phases(variables)
        names = [variable.name for variable in variables]
        actions, properties, admits = [], [], None
        methods = MethodReader(self.cls, self.classes, self.scope, self.wrong)
        marked = list(methods.marked())
        for name, function, mark in marked:
            where = function_place(function)
            for message in impurities(function, self.cls, names):
                self.wrong(f"`{name}` {message}", where)
            match mark:
                case ActionMark():
                    made = methods.action(name, function, mark, variables, phases)
                    if made is not None:
                        actions.append(made)
                case PropertyMark():
                    asked = methods.property(name, function, mark)
                    if asked is not None:
                        properties.append(asked)
                case InitialMark():
                    admits = function
        if variables and not any(isinstance(mark, ActionMark) for _, _, mark in marked):
            self.wrong(f"{self.cls.__name__} has no actions: mark a method with `@action`")
        methods.check_on(properties, actions)
        properties = list(self._with_findings(properties))
        fair = remaining(getattr(self.cls, SPEC).fair, methods.taken_out)
        for fairness in dict.fromkeys([*fair, *(one for asked in properties for one in asked.fair)]):
            for message in unfit(fairness, actions):
                self.wrong(message, fairness.where)
        properties.append(Property("never_stuck", Kind.NEVER_STUCK, bool, doc=NEVER_STUCK, where=self.where))
        model = Model(
            name=self.cls.__name__,
            variables=variables,
            actions=tuple(actions),
            properties=tuple(properties),
            view=view_class(self.cls, names),
            final=self._final(phases),
            admits=admits,
            symmetric=next(iter(self.symmetric), None),
            fair=fair,
            folds=getattr(self.cls, SPEC).folds,
            doc=inspect.cleandoc(self.cls.__doc__ or ""),
            where=self.where,
        )
        for asked in properties if not self.mistakes else ():
            self._try_formula(model, asked)
        for text in model.folds if not self.mistakes else ():
            self._try_fold(model, text)
        return model

    def _with_findings(self, properties: Sequence[Property]) -> Iterator[Property]:
        """The properties, with the defects that this variant is known to have."""
        findings = dict(getattr(self.cls, SPEC).findings)
        for asked in properties:
            finding = findings.pop(asked.name, asked.finding)
            if finding and asked.kind is Kind.SOMETIMES:
                self.wrong(
                    f"`findings` names `{asked.name}`, which is a `sometimes`: it is witnessed or it is not; "
                    "name a promise"
                )
            yield replace(asked, finding=finding)
        for name in findings:
            known = did_you_mean(name, [asked.name for asked in properties])
            self.wrong(f"`findings` names `{name}`, which is no property of {self.cls.__name__}: {known}")

    def _try_fold(self, model: Model, text: str) -> None:
        """See whether a folded picture can be drawn."""
        try:
            lens_of(model, text)
        except FsmError as error:
            self.wrong(f"`folds`: {error}")

    def _try_formula(self, model: Model, asked: Property) -> None:
        """See whether the body of a property over runs makes a formula for the first of its arguments."""
        if asked.kind is Kind.TEMPORAL:
            try:
                formula_of(model, asked, tuple(next(iter(one.domain)) for one in asked.parameters))
            except SpecError as error:
                self.mistakes += error.mistakes

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
            where = place = variable_place(klass, name)
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
                    place = variable_place(overriding, name)
                    domain, values = self._domain_and_initial(annotation, initial, domain)
                self._declare_symmetric(name, [first, *(initial for _, initial in overrides)], where)
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
            self.wrong(f"an annotation of {klass.__name__} cannot be read: {error}", class_place(klass))
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
            return domain, tuple(every_map(domain.keys, values))
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

    def _declare_symmetric(self, name: str, initials: Sequence[Any], where: Where) -> None:
        """Note whether a variable's last `each` declares the members of a key interchangeable."""
        mark = next((initial for initial in reversed(initials) if isinstance(initial, Each)), None)
        while isinstance(mark, Each):
            key = key_of(mark.key)
            if mark.symmetric and not isinstance(key, Scalar):
                self.wrong(
                    f"`{name}`: the members of {key} have parts of their own, and cannot be interchangeable: "
                    "key it by an Enum, a range or a tuple of plain values",
                    where,
                )
            elif mark.symmetric and key not in self.symmetric:
                for other, said in list(self.symmetric.items())[:1]:
                    self.wrong(
                        f"`{name}` declares the members of {key} interchangeable, `{said}` those of {other}: "
                        "one key at most can be; take one `symmetric=True` out",
                        where,
                    )
                self.symmetric[key] = name
            mark = mark.initial

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
        for phase in sorted(mark.final, key=show):
            if phases is not None and phase not in phases:
                self.wrong(f"`final` names {show(phase)}, which is no phase: {or_else(phase, phases)}")
        return frozenset(mark.final)


NEVER_STUCK = "Every reachable state has something enabled, or a final phase."


def _bare(annotation: Any) -> Any:
    return get_args(annotation)[0] if get_origin(annotation) is Annotated else annotation
