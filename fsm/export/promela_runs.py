"""Promises over runs in Promela: what `-DRUNS=n` adds to judge the promise with number n.

`last` is the event that was taken, 0 for none; with `stopped` a run stays where it is for ever. Spin as it is
installed has no X. So a formula looks back instead: where it speaks of the next state it is judged a step
later, and what it says of its first state is remembered; `begun` counts the steps until then. A run begins in
the initial state with number START, without a step before it: whoever looks at a promise looks at each.

Fairness is not put into the formula, since Spin's translation of several assumptions takes for ever; the
model watches over it. Any run is, from some moment on, `settled`: what is to happen a finite number of times
is over then, and of each strong assumption it is settled, too, whether it is `calm`: not enabled any more.
That moment is guessed, in steps that change nothing else; a run that does not keep to what was guessed is
`broken` and goes no further. All other assumptions ask for something again and again. They are waited for in
turn, and a run is fair if all turns come round again and again. Spin's formulas may not be long either, so
they speak of little more than names.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from fsm.export.conditions import some
from fsm.export.language import Language
from fsm.export.promela_words import LOGIC, TAB, comment, integer, macro, told
from fsm.export.rules import Fair, Promise
from fsm.fairness import Strength
from fsm.formula import And, Atom, Formula, Next, Not, Or, Release, Until, atoms


class Runs:
    """Writes what is needed to speak of runs.

    Args:
        language: of the machine.
    """

    def __init__(self, language: Language) -> None:
        self.language = language
        self.machine = language.machine

    def head(self) -> Iterator[str]:
        """What all promises share."""
        machine = self.machine
        yield from comment(
            [
                "Runs. Nothing has to happen that is a fault; where nothing else may happen, or at an end,",
                "a run may stop, and stays there for ever.",
            ]
        )
        yield from macro(self.language, "may_stop", machine.may_stop)
        if machine.dead_end is not False:
            yield "/* no run goes through here: a limit stops what would have to happen */"
            yield from macro(self.language, "dead_end", machine.dead_end)
        if machine.atoms:
            yield "/* what the formulas speak of */"
        for name, condition in machine.atoms.items():
            yield from macro(self.language, name, condition)
        yield "#ifdef RUNS"
        yield f"{integer(0, len(machine.rules))} last;  /* the event that was taken, 0 for none */"
        yield "bool stopped, settled;"
        if any(depth(promise.formula) for promise in machine.promises):
            yield "byte begun;  /* how many steps there have been, as far as that matters */"
        yield "byte turn_of;  /* which assumption is waited for */"
        for numbers, fair in self._assumptions():
            yield f"#if {_is_one_of(numbers)}"
            yield from self._fairness(fair)
            yield "#endif"
        for number, promise in enumerate(machine.promises, 1):
            yield f"#if RUNS == {number}"
            yield from self._memory(promise)
            yield "#endif"
        yield "#define going (!stopped && !broken)"
        yield "#define took(event) last = event; watch()"
        yield "#else"
        yield "#define going true"
        yield "inline remember() { skip }"
        yield "#define took(event) skip"
        yield "#endif"
        yield ""

    def options(self) -> Iterator[str]:
        """What may happen beside the events."""
        yield "#ifdef RUNS"
        yield f"{TAB}:: d_step {{ !broken && (stopped || may_stop) -> remember(); stopped = true; took(0) }}"
        for numbers, fair in self._assumptions():
            guesses = [f"calm_{place}" for place, _ in _strong(fair)]
            if _settles(fair):
                yield f"#if {_is_one_of(numbers)}"
                for guess in guesses:
                    yield f"{TAB}:: d_step {{ !settled && !{guess} -> {guess} = true; watch() }}"
                yield f"{TAB}:: d_step {{ !settled -> settled = true; watch() }}"
                yield "#endif"
        yield "#endif"

    def formula(self, number: int, promise: Promise) -> Iterator[str]:
        """A promise as a formula."""
        yield ""
        assumes = [f"It assumes {one.strength.value} {one.label}." for one in promise.fair]
        yield from comment([*told(promise), f"Formula: {promise.formula}", *assumes])
        yield f"#if RUNS == {number}"
        back = depth(promise.formula)
        plain = looking_back(promise, back)
        text = self.language.formula(plain, {one: one.label for one in atoms(plain)}, LOGIC)
        yield f"ltl {promise.name} {{"
        if promise.fair or self.machine.dead_end is not False:
            yield f"{TAB}([] <> is_fair) ->"
        yield f"{TAB}((begun < {back}) U (begun == {back} && ({text})))" if back else f"{TAB}({text})"
        yield "}"
        yield "#endif"

    def _memory(self, promise: Promise) -> Iterator[str]:
        """What has to be remembered for a formula that speaks of next states."""
        back = depth(promise.formula)
        names = list(dict.fromkeys(promise.atoms.values())) if back else []
        yield from (f"bool was_{ago}_{name};" for name in names for ago in range(1, back + 1))
        yield "inline remember() {"
        for name in names:
            yield from (f"{TAB}was_{ago}_{name} = was_{ago - 1}_{name};" for ago in range(back, 1, -1))
            yield f"{TAB}was_1_{name} = {name};"
        yield f"{TAB}begun = (begun < {back} -> begun + 1 : begun)" if back else f"{TAB}skip"
        yield "}"

    def _assumptions(self) -> list[tuple[list[int], tuple[Fair, ...]]]:
        """Everything that is assumed together, with the numbers of the promises that assume it."""
        found: dict[tuple[Fair, ...], list[int]] = {}
        for number, promise in enumerate(self.machine.promises, 1):
            found.setdefault(promise.fair, []).append(number)
        return [(numbers, fair) for fair, numbers in found.items()]

    def _fairness(self, fair: Sequence[Fair]) -> Iterator[str]:
        """What is assumed: what breaks a run, and what is waited for."""
        broken = ["dead_end"] if self.machine.dead_end is not False else []
        for place, one in _strong(fair):
            yield f"bool calm_{place};  /* {one.label} is not enabled any more */"
            broken.append(f"(settled && calm_{place} && ({self._enabled(one)}))")
        broken += [f"(settled && ({_taken(one)}))" for one in fair if one.strength is Strength.FINITELY]
        waits = [
            f"!({self._enabled(one)}) || {_taken(one)}"
            if one.strength is Strength.WEAK
            else f"calm_{place} || {_taken(one)}"
            for place, one in enumerate(fair)
            if one.strength is not Strength.FINITELY
        ]
        yield from _macro("broken", broken or ["false"])
        settled = "settled && " if _settles(fair) else ""
        yield f"#define is_fair ({settled}turn_of == {max(len(waits), 1)})"
        yield "inline watch() {"
        yield f"{TAB}if"
        yield f"{TAB}:: broken -> turn_of = 0"
        yield f"{TAB}:: else ->"
        yield f"{TAB * 2}if"
        for number, wait in enumerate(waits or ["true"]):
            yield f"{TAB * 2}:: turn_of == {number} && ({wait}) -> turn_of = {number + 1}"
        yield f"{TAB * 2}:: turn_of == {max(len(waits), 1)} -> turn_of = 0"
        if waits:
            yield f"{TAB * 2}:: else -> skip"
        yield f"{TAB * 2}fi"
        yield f"{TAB}fi"
        yield "}"

    def _enabled(self, fair: Fair) -> str:
        rules = (self.machine.rules[place] for place in fair.rules)
        return self.language.condition(some(*(rule.enabled for rule in rules)))


def depth(formula: Formula) -> int:
    """How many steps ahead a formula looks by itself, with X."""
    inner = (getattr(formula, name, None) for name in ("left", "right", "inner"))
    return isinstance(formula, Next) + max((depth(one) for one in inner if one is not None), default=0)


def looking_back(promise: Promise, back: int) -> Formula:
    """A promise's formula without X, as it is judged some steps later.

    Args:
        promise: whose.
        back: how many steps.

    Returns:
        The formula; its atoms are labelled with the names of what they ask, now or some steps ago.
    """

    def put(formula: Formula, ahead: int) -> Formula:
        match formula:
            case Atom(ask=ask):
                name = promise.atoms[formula]
                return Atom(name if ahead == back else f"was_{back - ahead}_{name}", ask)
            case Next(inner):
                return put(inner, ahead + 1)
            case Not(inner):
                return Not(put(inner, ahead))
            case And(left, right) | Or(left, right) | Until(left, right) | Release(left, right):
                made: type[And] = type(formula)  # type: ignore[assignment]
                return made(put(left, ahead), put(right, ahead))
        return formula

    return put(promise.formula, 0)


def _strong(fair: Sequence[Fair]) -> list[tuple[int, Fair]]:
    return [(place, one) for place, one in enumerate(fair) if one.strength is Strength.STRONG]


def _settles(fair: Sequence[Fair]) -> bool:
    return any(one.strength is not Strength.WEAK for one in fair)


def _taken(fair: Fair) -> str:
    return " || ".join(f"last == {place + 1}" for place in fair.rules)


def _is_one_of(numbers: Sequence[int]) -> str:
    return " || ".join(f"RUNS == {number}" for number in numbers)


def _macro(name: str, alternatives: Sequence[str]) -> Iterator[str]:
    """A macro of which one alternative at least is true."""
    if len(alternatives) == 1:
        yield f"#define {name} ({alternatives[0]})"
        return
    yield f"#define {name} ( \\"
    yield f"{TAB}   {alternatives[0]} \\"
    yield from (f"{TAB}|| {one} \\" for one in alternatives[1:])
    yield ")"
