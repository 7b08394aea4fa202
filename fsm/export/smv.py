"""SMV, for NuSMV and nuXmv.

The event is an input: a step takes one that can happen. Where nothing can happen a step `stay`s, since SMV
wants a step everywhere; that adds no state. Promises over runs are in a file of their own, in which the last
event is a variable, and a run may stop where it may: see `fsm.export.promela_runs` for what that means. A
strong or weak assumption stands in the formula as it is.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from fsm.export.conditions import All, Condition, Name, Test, opposite, some
from fsm.export.language import Language, Operators, hanging, indented, origin, prose
from fsm.export.names import kinship
from fsm.export.rules import Claim, Fair, Machine, Promise, Rule
from fsm.export.trees import Choice, Do, Tree, assigned
from fsm.export.variables import Sort, Variable
from fsm.fairness import Strength

SIGNS = Operators(
    language="SMV",
    true="TRUE", false="FALSE", both="&", either="|", opposite="!{}",
    equal="{} = {}", unequal="{} != {}", at_most="{} <= {}", at_least="{} >= {}",
    among="{} in {{{}}}", choice=("", "? ", ": "),
)  # fmt: skip
LOGIC = {"G": "G {}", "F": "F {}", "X": "X {}", "U": "{} U {}", "R": "{} V {}"}
TAB = "    "


def smv(machine: Machine) -> dict[str, str]:
    """A machine in SMV: file names and texts."""
    writer = _Smv(machine)
    files = {f"{machine.name}.smv": writer.states()}
    if machine.promises:
        files[f"{machine.name}_runs.smv"] = writer.runs()
    return {name: "\n".join(lines) + "\n" for name, lines in files.items()}


class _Smv:
    def __init__(self, machine: Machine) -> None:
        self.machine = machine
        self.language = Language(machine, SIGNS)

    def states(self) -> Iterator[str]:
        """The states, the steps, and what is claimed of them."""
        machine = self.machine
        yield from self._head()
        yield "MODULE main"
        yield "IVAR"
        yield from indented(hanging("event : {", [*(rule.name for rule in machine.rules), "stay"], "};"), TAB)
        yield from self._variables()
        yield from self._defines()
        yield from self._init()
        yield "TRANS"
        for rule in machine.rules:
            yield from self._step(rule, f"event = {rule.name}")
        yield f"{TAB}(event = stay & !something_can_happen"
        yield from self._unchanged(range(len(machine.names)))
        yield f"{TAB});"
        yield ""
        yield from self._claims()

    def runs(self) -> Iterator[str]:
        """The same with what is needed to speak of runs, and the promises."""
        machine = self.machine
        yield from self._head()
        yield "MODULE main"
        yield from self._variables()
        yield f"{TAB}-- the event that was taken"
        yield from indented(hanging("last : {", ["none", *(rule.name for rule in machine.rules)], "};"), TAB)
        yield f"{TAB}stopped : boolean;  -- the run stays here for ever"
        yield from self._defines()
        yield from self._defined({"may_stop": machine.may_stop, "dead_end": machine.dead_end})
        yield from self._init()
        yield "INIT last = none & !stopped;"
        yield ""
        yield "TRANS"
        for rule in machine.rules:
            yield from self._step(rule, f"!stopped & !next(stopped) & next(last) = {rule.name}")
        yield f"{TAB}((stopped | may_stop) & next(stopped) & next(last) = none"
        yield from self._unchanged(range(len(machine.names)))
        if machine.dead_end is not False:
            yield f"{TAB}) |"
            yield f"{TAB}-- no run goes on from here: the formulas leave it out"
            yield f"{TAB}(dead_end & !stopped & !next(stopped) & next(last) = none"
            yield from self._unchanged(range(len(machine.names)))
        yield f"{TAB});"
        yield ""
        if machine.atoms:
            yield "DEFINE"
            yield from self._defined(machine.atoms)
            yield ""
        for promise in machine.promises:
            yield from self._promise(promise)

    def _head(self) -> Iterator[str]:
        machine = self.machine
        told = [machine.name, *prose(machine.doc)]
        if origin(machine):
            told += ["", f"The spec is {origin(machine)}; this was written by `fsm export`."]
        yield from _comment([*told, *(f"Not here: {one}." for one in machine.left_out)])
        yield ""

    def _variables(self) -> Iterator[str]:
        yield "VAR"
        for variable, name in zip(self.machine.variables, self.machine.names, strict=True):
            remark = f"  -- {variable.remark}" if variable.remark else ""
            yield f"{TAB}{name} : {self._type(variable)};{remark}"

    def _type(self, variable: Variable) -> str:
        literals = [variable.literal(number) for number in range(len(variable.values))]
        if variable.sort is Sort.BOOL:
            return "boolean"
        if variable.sort is Sort.NAME:
            members = self.machine.families[kinship(variable)].members
            return "{" + ", ".join(members[str(one)] for one in literals) + "}"
        numbers = sorted(int(one) for one in literals)
        if numbers == list(range(numbers[0], numbers[-1] + 1)):
            return f"{numbers[0]}..{numbers[-1]}"
        return "{" + ", ".join(map(str, numbers)) + "}"

    def _defines(self) -> Iterator[str]:
        machine = self.machine
        yield "DEFINE"
        for rule in machine.rules:
            fault = ["It is a fault."] if rule.fault else []
            yield from indented(_comment([rule.label, *prose(rule.doc), *fault]), TAB)
            yield from self._defined({rule.can.text: rule.guard})
            if rule.limit is not False:
                yield f"{TAB}-- a limit of the spec stops it here:"
                yield from self._defined({rule.would.text: rule.limit})
        happens = some(*(Name(rule.can.text) for rule in machine.rules))
        yield from self._defined({"something_can_happen": happens, "final": machine.final})
        yield from self._defined({"never_stuck": machine.never_stuck})
        yield ""

    def _defined(self, told: Mapping[str, Condition]) -> Iterator[str]:
        for name, condition in told.items():
            lines = self.language.lines(condition)
            if len(lines) == 1:
                yield f"{TAB}{name} := {lines[0]};"
            else:
                yield f"{TAB}{name} :="
                yield from indented([*lines[:-1], f"{lines[-1]};"], TAB * 2)

    def _init(self) -> Iterator[str]:
        machine = self.machine
        yield "INIT"
        if machine.choices is not None:
            told = [self._chosen(place, sorted(numbers)) for place, numbers in enumerate(machine.choices)]
            yield from indented([*(f"{one} &" for one in told[:-1]), f"{told[-1]};"], TAB)
        else:
            each = [
                "(" + " & ".join(self._chosen(place, [number]) for place, number in enumerate(one)) + ")"
                for one in machine.initial
            ]
            yield from indented([*(f"{one} |" for one in each[:-1]), f"{each[-1]};"], TAB)
        yield ""

    def _chosen(self, place: int, numbers: Sequence[int]) -> str:
        name = self.machine.names[place]
        texts = [self.language.number(place, number) for number in numbers]
        return f"{name} = {texts[0]}" if len(texts) == 1 else f"{name} in {{{', '.join(texts)}}}"

    def _step(self, rule: Rule, head: str) -> Iterator[str]:
        """One alternative of the transition relation."""
        yield f"{TAB}({head} & {rule.can.text}"
        done: set[int] = set()
        for block in rule.blocks:
            targets = assigned(block)
            done |= targets
            lines = self._block(block, targets)
            if isinstance(block, Do):
                yield from indented([f"& {line}" for line in lines], TAB * 2)
            else:
                yield from indented([f"& {lines[0]}", *indented(lines[1:], "  ")], TAB * 2)
        yield from self._unchanged([place for place in range(len(self.machine.names)) if place not in done])
        yield f"{TAB}) |"

    def _block(self, tree: Tree, targets: set[int]) -> list[str]:
        """What is assigned to some variables, as lines; of a choice those of one expression."""
        names = self.machine.names
        if not isinstance(tree, Choice):
            effects = dict(tree.effects) if isinstance(tree, Do) else {}
            return [
                f"next({names[place]}) = "
                + (self.language.source(place, effects[place]) if place in effects else names[place])
                for place in sorted(targets)
            ]
        lines: list[str] = []
        for number, (numbers, inner) in enumerate(tree.groups):
            body = self._block(inner, targets)
            if not isinstance(inner, Choice):
                body = ["(" + " & ".join(body) + ")"]
            if number < len(tree.groups) - 1:
                others = frozenset().union(*(one for one, _ in tree.groups if one != numbers))
                head = self.language.condition(Test(tree.variable, numbers, others), inside=True)
                lines.append(f"{': ' if number else '('}({head})")
                lines += [f"  ? {body[0]}", *indented(body[1:], "    ")]
            else:
                lines += [f"  : {body[0]}", *indented(body[1:], "    ")]
        lines[-1] += ")"
        return lines

    def _unchanged(self, places: Sequence[int]) -> Iterator[str]:
        names = [self.machine.names[place] for place in places]
        yield from (f"{TAB * 2}& next({name}) = {name}" for name in names)

    def _claims(self) -> Iterator[str]:
        machine = self.machine
        for claim in machine.invariants:
            yield from self._claim(claim, claim.holds)
        for claim in machine.steps:
            each = [
                some(opposite(rule.can), rule.kept[claim.name][1])
                for rule in machine.rules
                if claim.name in rule.kept
            ]
            yield from self._claim(claim, All(tuple(each)) if len(each) > 1 else (each or [True])[0])
        for claim in machine.witnesses:
            yield from _comment(["It must be violated, since what it denies is to be reached:"])
            denied = Claim(f"never_{claim.name}", claim.label, claim.doc, claim.finding)
            yield from self._claim(denied, opposite(claim.holds))
        if machine.checks_stuck:
            yield from _comment(["Something may happen, or a limit stops it, or this is an end."])
            yield "INVARSPEC NAME is_never_stuck := never_stuck;"

    def _claim(self, claim: Claim, holds: Condition) -> Iterator[str]:
        yield from _comment(_told(claim))
        lines = self.language.lines(holds)
        yield f"INVARSPEC NAME {claim.name} :="
        yield from indented([*lines[:-1], f"{lines[-1]};"], TAB)
        yield ""

    def _promise(self, promise: Promise) -> Iterator[str]:
        yield from _comment([*_told(promise), f"Formula: {promise.formula}"])
        told = self.language.formula(promise.formula, promise.atoms, LOGIC)
        yield f"LTLSPEC NAME {promise.name} :="
        if self.machine.dead_end is not False:
            yield f"{TAB}(G !dead_end) ->"
        for fair in promise.fair:
            yield f"{TAB}({self._premise(fair)}) ->  -- {fair.strength.value} {fair.label}"
        yield f"{TAB}({told});"
        yield ""

    def _premise(self, fair: Fair) -> str:
        """What is assumed, as a formula."""
        rules = [self.machine.rules[place] for place in fair.rules]
        taken = "last in {" + ", ".join(rule.name for rule in rules) + "}"
        can = self.language.condition(some(*(rule.enabled for rule in rules)))
        match fair.strength:
            case Strength.WEAK:
                return f"G F (!({can}) | {taken})"
            case Strength.STRONG:
                return f"(G F ({can})) -> (G F ({taken}))"
            case Strength.FINITELY:
                return f"F G !({taken})"


def _told(claim: Claim | Promise) -> list[str]:
    finding = [f"A known defect, it is violated: {claim.finding}"] if claim.finding else []
    return [claim.label, *prose(claim.doc), *finding]


def _comment(lines: Sequence[str]) -> Iterator[str]:
    yield from (f"-- {line}".rstrip() for line in lines)
