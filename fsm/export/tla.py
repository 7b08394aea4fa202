"""TLA+, for TLC.

The module has the states and the steps, one to one: TLC's distinct states are our states, those that it
generates our transitions and initial states: where a guard has alternatives it is compared with TRUE, since
TLC would generate a step for each of them. A claim that is never true is `vars # vars`, since TLC refuses
constants. Promises about steps are action properties, and invariants where
a step may change nothing, since `[][...]_vars` says nothing of those.

Promises over runs are in a second module, which extends the first one by what they need: `last`, the event
that was taken (none is ""), `stopped`, with which a run stays where it is for ever, and `tick`, which turns
with every step, so that a step that changes nothing else is not one that TLA+ cannot see.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from fsm.errors import FsmError
from fsm.export.conditions import All, Any, Condition, If, Test, has_alternatives
from fsm.export.language import Language, Operators, hanging, indented, origin, prose
from fsm.export.rules import Claim, Fair, Machine, Promise, Rule
from fsm.export.trees import Choice, Do, Tree, assigned
from fsm.export.variables import Sort, Variable
from fsm.fairness import Strength

SIGNS = Operators(
    language="TLA+",
    true="TRUE", false="FALSE", both="/\\", either="\\/", opposite="~{}",
    equal="{} = {}", unequal="{} # {}", at_most="{} <= {}", at_least="{} >= {}",
    among="{} \\in {{{}}}", choice=("IF ", "THEN ", "ELSE "),
)  # fmt: skip
LOGIC = {"G": "[] {}", "F": "<> {}"}
TAB = "    "
DEADLOCK = ("\\* Run TLC with -deadlock: an end is none, and NeverStuck says what is one.",)


def tla(machine: Machine) -> dict[str, str]:
    """A machine in TLA+: file names and texts, of modules and of what TLC is to check in them."""
    writer = _Tla(machine)
    name = machine.name
    files = {f"{name}.tla": writer.module(), f"{name}.cfg": writer.configuration()}
    if machine.promises:
        files[f"{name}_runs.tla"] = writer.runs()
        files[f"{name}_runs.cfg"] = writer.runs_configuration()
    return {file: "\n".join(lines) + "\n" for file, lines in files.items()}


class _Tla:
    def __init__(self, machine: Machine) -> None:
        self.machine = machine
        self.language = Language(machine, SIGNS, lambda text: '"' + text.replace('"', "'") + '"')

    def module(self) -> Iterator[str]:
        """The states and the steps."""
        machine = self.machine
        yield f"---- MODULE {machine.name} ----"
        told = prose(machine.doc)
        if origin(machine):
            told += ["", f"The spec is {origin(machine)}; this was written by `fsm export`."]
        told += [line for one in machine.left_out for line in ("", f"Not here: {one}.")]
        yield from _comment(told)
        yield from ("EXTENDS Integers", "")
        yield "VARIABLES"
        for place, (variable, name) in enumerate(zip(machine.variables, machine.names, strict=True), 1):
            comma = "," if place < len(machine.variables) else ""
            yield f"{TAB}{name}{comma}" + (f"  \\* {variable.remark}" if variable.remark else "")
        yield from ("", *hanging("vars == <<", machine.names, ">>"), "")
        yield "TypeOK =="
        for variable, name in zip(machine.variables, machine.names, strict=True):
            yield f"{TAB}/\\ {name} \\in {self._values(variable)}"
        yield ""
        yield from self._init()
        for rule in machine.rules:
            yield from self._rule(rule)
        yield "Next =="
        yield from ((f"{TAB}\\/ {rule.name}" for rule in machine.rules) if machine.rules else [f"{TAB}FALSE"])
        yield from ("", "Spec == Init /\\ [][Next]_vars", "")
        yield from self._claims()
        yield "===="

    def configuration(self) -> Iterator[str]:
        """What TLC is to check of the states and the steps."""
        machine = self.machine
        yield from (*DEADLOCK, "SPECIFICATION Spec")
        yield "INVARIANTS"
        yield f"{TAB}TypeOK"
        yield from (f"{TAB}{claim.name}" for claim in machine.invariants)
        yield from (f"{TAB}{claim.name}" for claim in machine.steps if not self._is_action(claim))
        if machine.checks_stuck:
            yield f"{TAB}NeverStuck"
        for claim in machine.witnesses:
            yield f'{TAB}\\* never_{claim.name}  must be violated: "{claim.label}" is to be reached'
        if any(map(self._is_action, machine.steps)):
            yield "PROPERTIES"
            yield from (f"{TAB}{claim.name}" for claim in machine.steps if self._is_action(claim))

    def runs(self) -> Iterator[str]:
        """What is added to speak of runs, and the promises."""
        machine = self.machine
        yield f"---- MODULE {machine.name}_runs ----"
        yield from _comment(
            [
                f"{machine.name} with what is needed to speak of whole runs.",
                "",
                "last is the event that was taken. Nothing has to happen that is a fault; where nothing else",
                "may happen, or at an end, a run may stop, and stays there for ever. tick turns with every",
                "step, so that steps which change nothing are seen.",
            ]
        )
        yield from (f"EXTENDS {machine.name}", "", "VARIABLES last, stopped, tick", "")
        yield from ("all == <<vars, last, stopped, tick>>", "")
        yield from self._defined("may_stop", machine.may_stop)
        if machine.dead_end is not False:
            yield "\\* No run goes through here: a limit stops what would have to happen."
            yield from self._defined("dead_end", machine.dead_end)
        yield from (
            'InitRuns == Init /\\ last = "" /\\ stopped = FALSE /\\ tick = 0',
            "",
            "Take(event, name) ==",
            f"{TAB}~stopped /\\ event /\\ last' = name /\\ tick' = 1 - tick /\\ UNCHANGED stopped",
            "",
            "Stop ==",
            f"{TAB}/\\ ~stopped /\\ may_stop",
            f"{TAB}/\\ stopped' = TRUE /\\ last' = \"\" /\\ tick' = 1 - tick /\\ UNCHANGED vars",
            "",
            "NextRuns ==",
            *(f'{TAB}\\/ Take({rule.name}, "{rule.name}")' for rule in machine.rules),
            f"{TAB}\\/ Stop",
            "",
            "SpecRuns == InitRuns /\\ [][NextRuns]_all /\\ WF_all(NextRuns)",
            "",
        )
        fair = {one.name: one for promise in machine.promises for one in promise.fair}
        for one in fair.values():
            yield f"\\* Assumed: {one.strength.value} {one.label}"
            yield from (f"{one.name} == {self._premise(one)}", "")
        for name, condition in machine.atoms.items():
            yield from self._defined(name, condition, space=False)
        yield ""
        for promise in machine.promises:
            yield from self._promise(promise)
        yield "===="

    def runs_configuration(self) -> Iterator[str]:
        """What TLC is to check of runs."""
        yield from (*DEADLOCK, "SPECIFICATION SpecRuns")
        yield "PROPERTIES"
        told = (one.name for one in self.machine.promises if self._formula(one) is not None)
        yield from (f"{TAB}{name}" for name in told)

    def _values(self, variable: Variable) -> str:
        if variable.sort is Sort.BOOL and len(variable.values) == 2:
            return "BOOLEAN"
        literals = [variable.literal(number) for number in range(len(variable.values))]
        if variable.sort in (Sort.INTEGER, Sort.NUMBER):
            numbers = sorted(int(one) for one in literals)
            if numbers == list(range(numbers[0], numbers[-1] + 1)):
                return f"{numbers[0]}..{numbers[-1]}"
        return "{" + ", ".join(self.language.literal(variable, one) for one in literals) + "}"

    def _init(self) -> Iterator[str]:
        machine = self.machine
        yield "Init =="
        if machine.choices is not None:
            for place, numbers in enumerate(machine.choices):
                yield f"{TAB}/\\ {self._chosen(place, sorted(numbers))}"
        else:
            for one in machine.initial:
                told = [self._chosen(place, [number]) for place, number in enumerate(one)]
                yield f"{TAB}\\/ /\\ {told[0]}"
                yield from (f"{TAB}   /\\ {text}" for text in told[1:])
        yield ""

    def _chosen(self, place: int, numbers: Sequence[int]) -> str:
        texts = [self.language.number(place, number) for number in numbers]
        name = self.machine.names[place]
        return f"{name} = {texts[0]}" if len(texts) == 1 else f"{name} \\in {{{', '.join(texts)}}}"

    def _rule(self, rule: Rule) -> Iterator[str]:
        fault = ["It is a fault."] if rule.fault else []
        yield from _comment([rule.label, *prose(rule.doc), *fault])
        yield from self._defined(rule.can.text, rule.guard, space=False)
        if rule.limit is not False:
            yield "\\* A limit of the spec stops it here:"
            yield from self._defined(rule.would.text, rule.limit, space=False)
        yield f"{rule.name} =="
        yield f"{TAB}/\\ {rule.can.text}" + (" = TRUE" if has_alternatives(rule.guard) else "")
        done: set[int] = set()
        for block in rule.blocks:
            targets = assigned(block)
            done |= targets
            lines = self._block(block, targets)
            if isinstance(block, Do):
                yield from indented(lines, TAB)
            else:
                yield f"{TAB}/\\ {lines[0]}"
                yield from indented(lines[1:], f"{TAB}   ")
        kept = [name for place, name in enumerate(self.machine.names) if place not in done]
        if kept:
            yield from indented(hanging("/\\ UNCHANGED <<", kept, ">>"), TAB)
        yield ""

    def _block(self, tree: Tree, targets: set[int]) -> list[str]:
        """What is assigned to some variables, as lines; of a leaf a list of conjuncts."""
        if not isinstance(tree, Choice):
            effects = dict(tree.effects) if isinstance(tree, Do) else {}
            names = self.machine.names
            told = [f"{names[place]}' = {self.language.source(place, one)}" for place, one in effects.items()]
            kept = [names[place] for place in sorted(targets - effects.keys())]
            if kept:
                told.append(f"UNCHANGED <<{', '.join(kept)}>>")
            return [f"/\\ {text}" for text in told]
        lines: list[str] = []
        for number, (numbers, inner) in enumerate(tree.groups):
            others = frozenset().union(*(one for one, _ in tree.groups if one != numbers))
            body = self._block(inner, targets)
            if number < len(tree.groups) - 1:
                head = self.language.condition(Test(tree.variable, numbers, others))
                lines.append(f"{'ELSE ' if number else ''}IF {head}")
                lines += _hung("THEN ", body)
            else:
                lines += _hung("ELSE ", body)
        return lines

    def _is_action(self, claim: Claim) -> bool:
        """Whether a promise about steps can be an action property: no step that may break it is invisible."""
        return all(rule.changes for rule in self.machine.rules if claim.name in rule.kept)

    def _claims(self) -> Iterator[str]:
        machine = self.machine
        for claim in machine.invariants:
            yield from _comment(_told(claim))
            yield from self._defined(claim.name, claim.holds)
        for claim in machine.steps:
            rules = [rule for rule in machine.rules if claim.name in rule.kept]
            is_action = self._is_action(claim)
            yield from _comment(_told(claim))
            yield f"{claim.name} ==" + (" [][" if is_action else "")
            for rule in rules:
                lines = self.language.lines(rule.kept[claim.name][1])
                head = f"{TAB}/\\ {rule.name if is_action else rule.can.text} => "
                yield from _hung_in(f"{head}(", lines, ")") if len(lines) > 1 else [head + lines[0]]
            if not rules:
                yield f"{TAB}TRUE"
            if is_action:
                yield "]_vars"
            yield ""
        for claim in machine.witnesses:
            yield from _comment([*_told(claim), "It is reached if the invariant that denies it is violated."])
            yield from self._defined(claim.name, claim.holds, space=False)
            yield from (f"never_{claim.name} == ~{claim.name}", "")
        yield "\\* Where a run may end."
        yield from self._defined("Final", machine.final)
        yield "\\* Something may happen, or a limit stops it, or this is an end."
        limits = [rule.would.text for rule in machine.rules if rule.limit is not False]
        yield "NeverStuck == " + " \\/ ".join(["ENABLED Next", "Final", *limits])
        yield ""

    def _promise(self, promise: Promise) -> Iterator[str]:
        yield from _comment([*_told(promise), f"Formula: {promise.formula}"])
        told = self._formula(promise)
        if told is None:
            yield from ("\\* Not here: TLA+ has no way to say this formula.", "")
            return
        premises = [one.name for one in promise.fair]
        premises += ["[]~dead_end"] if self.machine.dead_end is not False else []
        if premises:
            told = "(" + " /\\ ".join(premises) + f") => ({told})"
        yield from (f"{promise.name} == {told}", "")

    def _formula(self, promise: Promise) -> str | None:
        """What a promise says; `None` if TLA+ cannot say it, an error if it was chosen by name."""
        try:
            return self.language.formula(promise.formula, promise.atoms, LOGIC)
        except FsmError:
            if self.machine.chosen:
                raise
            return None

    def _premise(self, fair: Fair) -> str:
        """What is assumed, as a formula."""
        rules = [self.machine.rules[place] for place in fair.rules]
        taken = "last \\in {" + ", ".join(f'"{rule.name}"' for rule in rules) + "}"
        enabled = [self.language.condition(rule.enabled) for rule in rules]
        can = " \\/ ".join(one for one in enabled if one != SIGNS.false) or SIGNS.false
        match fair.strength:
            case Strength.WEAK:
                return f"[]<>(~({can}) \\/ {taken})"
            case Strength.STRONG:
                return f"[]<>({can}) => []<>({taken})"
            case Strength.FINITELY:
                return f"<>[](~({taken}))"

    def _defined(self, name: str, condition: Condition, space: bool = True) -> Iterator[str]:
        """An operator; one that is long goes over several lines."""
        text = self.language.condition(condition) if condition is not False else "vars # vars"
        if len(name) + len(text) < 90:
            yield f"{name} == {text}"
        else:
            yield f"{name} =="
            if isinstance(condition, All):
                for part in condition.parts:
                    lines = self.language.lines(part)
                    several = isinstance(part, Any | If)
                    yield from _hung_in(f"{TAB}/\\ (", lines, ")") if several else [f"{TAB}/\\ {lines[0]}"]
            else:
                yield from indented(self.language.lines(condition), TAB)
        if space:
            yield ""


def _hung(head: str, lines: Sequence[str]) -> list[str]:
    return [f"{head}{lines[0]}", *indented(lines[1:], " " * len(head))]


def _hung_in(head: str, lines: Sequence[str], tail: str) -> list[str]:
    told = _hung(head, lines)
    told[-1] += tail
    return told


def _told(claim: Claim | Promise) -> list[str]:
    finding = [f"A known defect, it is violated: {claim.finding}"] if claim.finding else []
    return [claim.label, *prose(claim.doc), *finding]


def _comment(lines: Sequence[str]) -> Iterator[str]:
    yield from (f"\\* {line}".rstrip() for line in lines)
