"""Promela, for Spin.

One process, one `do` loop, one `d_step` for each event: each step of ours is one of Spin's. Spin stores one
state more than we do, the one before the beginning; its transitions are our transitions and the initial
states. So `never claims` and reductions are not needed, and the promises about states and steps are
assertions that change no count.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from fsm.export.conditions import Condition, Test
from fsm.export.language import Language, indented, origin, prose
from fsm.export.names import kinship
from fsm.export.promela_runs import Runs
from fsm.export.promela_words import SIGNS, TAB, comment, integer, macro, told
from fsm.export.rules import Machine, Rule
from fsm.export.trees import Choice, Copy, Do, Tree, assigned, read
from fsm.export.variables import Sort, Variable

MOST_NAMES = 250


def promela(machine: Machine) -> dict[str, str]:
    """A machine in Promela: file names and texts."""
    writer = _Promela(machine)
    return {f"{machine.name}.pml": "\n".join(writer.lines()) + "\n"}


class _Promela:
    def __init__(self, machine: Machine) -> None:
        self.machine = machine
        self.language = Language(machine, SIGNS)
        self.runs = Runs(self.language)
        self.swapped = False  # whether any step needs a place to put a value meanwhile

    def lines(self) -> Iterator[str]:
        machine = self.machine
        rules = [line for rule in machine.rules for line in self._rule(rule)]
        yield from self._head()
        yield from self._variables()
        if self.swapped:
            yield from ("hidden int swap;  /* a value on its way, in a step that exchanges some */", "")
        yield from rules
        yield from self._claims()
        if machine.promises:
            yield from self.runs.head()
        yield from self._process()
        for number, promise in enumerate(machine.promises, 1):
            yield from self.runs.formula(number, promise)

    def _head(self) -> Iterator[str]:
        machine, name = self.machine, self.machine.name
        told = [machine.name, *prose(machine.doc)]
        if origin(machine):
            told += ["", f"The spec is {origin(machine)}; this was written by `fsm export`."]
        told += [
            "",
            f"spin -o2 -a {name}.pml && gcc -O2 -DSAFETY -DNOREDUCE -o pan pan.c && ./pan",
            "",
            "Spin stores one state more than fsm: the one before the beginning.",
        ]
        if machine.promises:
            told += [
                "",
                "Promises over runs, each by its number (and with -DSTART=2 from the second initial state):",
                f"spin -o2 -DRUNS=1 -a {name}.pml && gcc -O2 -DNOREDUCE -o pan pan.c && ./pan -a",
            ]
        told += [line for one in machine.left_out for line in ("", f"Not here: {one}.")]
        yield from comment(told)
        yield ""

    def _variables(self) -> Iterator[str]:
        families = self.machine.families.values()
        if self._few_names:
            yield from (f"mtype:{one.name} = {{ {', '.join(one.members.values())} }}" for one in families)
        else:
            for one in families:
                yield from (f"#define {name} {number}" for number, name in enumerate(one.members.values()))
        if families:
            yield ""
        if self.machine.promises and len(self.machine.initial) > 1:
            yield from self._starts()
        for place, variable in enumerate(self.machine.variables):
            remark = f"  /* {variable.remark} */" if variable.remark else ""
            head = f"{self._declared(variable)} {self.machine.names[place]}"
            yield f"{head} = {self._initially(place)};{remark}"
        yield ""

    def _initially(self, place: int) -> str:
        """The value with which a variable is declared."""
        numbers = {one[place] for one in self.machine.initial}
        if len(numbers) > 1 and self.machine.promises:
            return f"initially_{self.machine.names[place]}"
        return self.language.number(place, self.machine.initial[0][place])

    def _starts(self) -> Iterator[str]:
        """Where a run begins, by number."""
        machine = self.machine
        varying = [
            place for place, numbers in enumerate(zip(*machine.initial, strict=True)) if len(set(numbers)) > 1
        ]
        yield f"/* a run begins in the initial state with this number, 1 to {len(machine.initial)} */"
        yield from ("#ifndef START", "#define START 1", "#endif")
        for number, one in enumerate(machine.initial, 1):
            yield f"#if START == {number}"
            for place in varying:
                yield f"#define initially_{machine.names[place]} {self.language.number(place, one[place])}"
            yield "#endif"

    @property
    def _few_names(self) -> bool:
        """Whether they all go into mtypes, of which Spin has a byte for each."""
        return sum(len(family.members) for family in self.machine.families.values()) < MOST_NAMES

    def _declared(self, variable: Variable) -> str:
        if variable.sort is Sort.BOOL:
            return "bool"
        if variable.sort is Sort.NAME:
            family = self.machine.families[kinship(variable)]
            return f"mtype:{family.name}" if self._few_names else integer(0, len(family.members))
        values = [int(variable.literal(number)) for number in range(len(variable.values))]
        return integer(min(values), max(values))

    def _rule(self, rule: Rule) -> Iterator[str]:
        fault = ["It is a fault."] if rule.fault else []
        yield from comment([rule.label, *prose(rule.doc), *fault])
        yield from macro(self.language, rule.can.text, rule.guard)
        if rule.limit is not False:
            yield "/* a limit of the spec stops it here: */"
            yield from macro(self.language, rule.would.text, rule.limit)
        yield f"inline {rule.name}() {{"
        yield from indented(self._body(rule), TAB)
        yield "}"
        yield ""

    def _body(self, rule: Rule) -> list[str]:
        """The blocks, each before what it reads is assigned; the whole where there is no such order."""
        lines: list[str] = []
        left = list(rule.blocks)
        while left:
            free = (
                one
                for one in left
                if not any(assigned(one) & read(other) for other in left if other is not one)
            )
            ready = next(free, None)
            if ready is None:
                return self._block(rule.body) if rule.body is not None else ["skip"]
            if lines:
                lines[-1] += ";"
            lines += self._block(ready)
            left.remove(ready)
        return lines or ["skip"]

    def _block(self, tree: Tree) -> list[str]:
        if not isinstance(tree, Choice):
            return self._assignments(tree.effects if isinstance(tree, Do) else ()) or ["skip"]
        lines = ["if"]
        for number, (numbers, inner) in enumerate(tree.groups):
            others = frozenset().union(*(one for one, _ in tree.groups if one != numbers))
            last = number == len(tree.groups) - 1
            head = "else" if last else self._text(Test(tree.variable, numbers, others))
            body = self._block(inner)
            if len(body) == 1:
                lines.append(f":: {head} -> {body[0]}")
            else:
                lines += [f":: {head} ->", *indented(body, TAB)]
        return [*lines, "fi"]

    def _assignments(self, effects: Sequence[tuple[int, int | Copy]]) -> list[str]:
        """Assignments one after the other that do what they are to do all at once."""
        names, left, lines = self.machine.names, dict(effects), list[str]()
        swapped: dict[int, str] = {}
        while left:
            read = {
                one.variable
                for target, one in left.items()
                if isinstance(one, Copy) and one.variable != target
            }
            free = next((target for target in left if target not in read - swapped.keys()), None)
            if free is None:
                free = next(iter(left))
                self.swapped = True
                lines.append(f"swap = {names[free]};")
                swapped = {free: "swap"}
            source = left.pop(free)
            text = self.language.source(free, source)
            if isinstance(source, Copy) and source.variable in swapped and source.variable != free:
                text = text.replace(names[source.variable], "swap", 1)
                swapped = {}
            lines.append(f"{names[free]} = {text};")
        if not lines:
            return []
        lines[-1] = lines[-1].rstrip(";")
        return [" ".join(lines)] if sum(map(len, lines)) < 80 else lines

    def _claims(self) -> Iterator[str]:
        machine = self.machine
        for claim in machine.invariants:
            yield from comment(told(claim))
            yield from macro(self.language, claim.name, claim.holds)
            yield ""
        for claim in machine.witnesses:
            yield from comment([*told(claim), "It is reached if `assert(!...)` of it fails."])
            yield from macro(self.language, claim.name, claim.holds)
            yield ""
        for claim in machine.steps:
            yield from comment([*told(claim), "Of steps: it is asserted where a step may break it."])
            for rule in machine.rules:
                if claim.name in rule.kept:
                    yield from macro(self.language, *rule.kept[claim.name])
            yield ""
        yield from comment(
            ["Nobody is ever stuck: something may happen, or a limit stops it, or this is an end."]
        )
        yield from macro(self.language, "final", machine.final)
        yield from macro(self.language, "never_stuck", machine.never_stuck)
        yield ""
        asserted = [claim.name for claim in machine.invariants]
        asserted += ["never_stuck"] if machine.checks_stuck else []
        if machine.promises:
            yield "#ifdef RUNS"
            yield "inline check() { skip }"
            yield "#define keeps(promise) skip"
            yield "#else"
            yield "#define keeps(promise) assert(promise)"
        yield "inline check() {"
        yield from (f"{TAB}assert({name});" for name in asserted)
        yield f"{TAB}skip"
        yield "}"
        if machine.promises:
            yield "#endif"
        yield ""

    def _process(self) -> Iterator[str]:
        machine = self.machine
        yield "init {"
        if machine.promises:
            yield "#ifndef RUNS"
        if len(machine.initial) == 1:
            yield f"{TAB}d_step {{ check() }};"
        else:
            yield f"{TAB}if"
            yield from (f"{TAB}:: d_step {{ {self._beginning(one)}; check() }}" for one in machine.initial)
            yield f"{TAB}fi;"
        if machine.promises:
            yield "#endif"
        yield "end:"
        yield f"{TAB}do"
        check = "keeps" if machine.promises else "assert"
        for number, rule in enumerate(machine.rules, 1):
            guard = f"going && {rule.can.text}" if machine.promises else rule.can.text
            kept = "".join(f"{check}({name}); " for name, _ in rule.kept.values())
            before = "remember(); " if machine.promises else ""
            taken = f"took({number}); " if machine.promises else ""
            yield f"{TAB}:: d_step {{ {guard} -> {kept}{before}{rule.name}(); {taken}check() }}"
        if machine.promises:
            yield from self.runs.options()
        if not machine.rules:
            yield f"{TAB}:: false"
        yield f"{TAB}od"
        yield "}"

    def _beginning(self, numbers: Sequence[int]) -> str:
        """The assignments that make an initial state of the declared one."""
        names, first = self.machine.names, self.machine.initial[0]
        told = [
            f"{names[place]} = {self.language.number(place, number)}"
            for place, number in enumerate(numbers)
            if any(one[place] != first[place] for one in self.machine.initial)
        ]
        return "; ".join(told) or "skip"

    def _text(self, condition: Condition) -> str:
        return self.language.condition(condition)
