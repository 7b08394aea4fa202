"""Every call in every situation, judged: what a runtime does, beside what may be done.

The shortest row of calls that this runtime answers as needed leads to the situation of a cell
(`cri_container_situations`), the cell's call is made, and what came of it is judged:

    agrees              as the CRI's text promises, or as all known runtimes do
    allowed difference  the text leaves it open, and this is one of the ways
    known divergence    against the text or against practice, and known of this runtime by name
    violation           anything else

Only the last one is a failure. `python -m specs.kubelet runtimes` writes what it finds to the page
`RUNTIMES.md`.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from enum import Enum
from typing import Any

from fsm.capture import Tables
from fsm.declaration import model_of
from fsm.errors import NonConformance
from fsm.lockstep import Lockstep
from fsm.observation import Observation
from fsm.replayer import Follower
from fsm.suite import Suite
from fsm.tables import Step

from .cri_container_bench import Bench
from .cri_container_divergences import Divergence
from .cri_container_profiles import tolerant
from .cri_container_rules import RULES, Answer, Basis
from .cri_container_situations import (
    Cell,
    Situation,
)
from .cri_container_words import Fate, Reply

ANSWERS = ("reply", "fate", "left")
TRIES = 20  # ways to a situation that are gone before it is given up


class Judgement(Enum):
    """What a cell comes to."""

    AGREES = "agrees"
    ALLOWED = "allowed difference"
    KNOWN = "known divergence"
    VIOLATION = "violation"


@dataclass(frozen=True)
class Outcome:
    """What came of a call, and what it is worth.

    Args:
        code: the gRPC code; `OK`, or `OK (holder)` where the id was known already.
        message: the error's text, ids left out.
        after: the container and the sandbox then.
        judgement: the value of a `Judgement`.
        why: who says what may be answered, which divergence it is, or what was expected.
        times: how often it came, where that depends on the moment.
    """

    code: str
    message: str
    after: str
    judgement: str
    why: str
    times: int = 1

    def to_json(self) -> dict[str, str]:
        """As plain data."""
        return asdict(self)


class NotRun(Exception):
    """A cell that cannot be asked here, and why."""


class Examiner:
    """Asks a runtime cell by cell; close it at the end.

    A bench that a call has left where it was is used again for the next call in the same situation.

    Args:
        make: makes a bench of the runtime.
        divergences: those that it is known for.
        lacks: the spec's actions that cannot be done to it.
    """

    def __init__(
        self,
        make: Callable[[], Bench],
        divergences: tuple[Divergence, ...] = (),
        lacks: Iterable[str] = (),
    ) -> None:
        self.divergences = divergences
        self.lacks = frozenset(lacks)
        self.benches = 0  #: how many were made
        self._bench: Bench | None = None
        self._make = make
        self._standing: tuple[Situation, Lockstep] | None = None
        known = model_of(tolerant(tuple(divergences)))
        self.suite = Suite(known, self._made, skip=self.lacks, timeout=60, answers=ANSWERS)
        self._any = Tables(model_of(tolerant()))  # what any runtime may do

    def _made(self) -> Bench:
        self.benches += 1
        self._bench = self._make()
        return self._bench

    def close(self) -> None:
        """Remove what was made."""
        if self._standing is not None:
            _, pair = self._standing
            self._standing = None
            pair.close()

    def examine(self, cell: Cell) -> Outcome:
        """Lead to a cell, make its call, and judge what came of it.

        Raises:
            NotRun: where no way leads there, or the call is not to be had.
            AssertionError: if the runtime breaks the spec on the way, with where and how.
        """
        if cell.call in self.lacks:
            raise NotRun(f"{cell.title}: the runtime is not ours")
        stays = False
        try:
            outcome, stays = self._ask(cell, self.stand_in(cell.situation))
        finally:
            if not stays:
                self.close()
        return outcome

    def stand_in(self, situation: Situation) -> Bench:
        """A bench in a situation."""
        if self._standing is None or self._standing[0] is not situation:
            self.close()
            self._standing = situation, self._lead(situation)
        assert self._bench is not None
        return self._bench

    def _lead(self, situation: Situation) -> Lockstep:
        """A bench of the runtime in a situation, and its spec with it."""
        suite, goal = self.suite, self._packed(situation)
        for _ in range(TRIES):
            way = suite.experience.way({goal})
            if way is None:
                break
            pair = suite.lockstep(way.initial, {})
            try:
                pair.begin()
                if self._go(pair, way, goal):
                    return pair
            except NonConformance as error:
                said = self._bench.said if self._bench is not None else None
                pair.close()
                raise AssertionError(f"on the way to {situation}:\n{error}\n\n  said: {said}") from None
            pair.close()
        raise NotRun(f"no way leads to {situation}")

    def _go(self, pair: Lockstep, way: Any, goal: int) -> bool:
        for (before, event), after in way.steps:
            stimulus = self.suite.experience.stimulus(event)
            pair.step(stimulus)
            reached = pair.follower.candidates
            self.suite.experience.note({before}, stimulus, reached)
            if after not in reached:
                return False
        return set(pair.follower.candidates) == {goal}

    def _packed(self, situation: Situation) -> int:
        return self._any.layout.pack(situation.state)  # the same for every variant of the spec

    def _ask(self, cell: Cell, bench: Bench) -> tuple[Outcome, bool]:
        """What came of a call, and whether everything is certainly as it was before."""
        bench.said = None
        returned = getattr(bench, cell.call)(**cell.inputs) or {}
        said, reply, seen = bench.said, returned.get("reply", Reply.OK), bench.observe()
        came = dict(self._answers(cell, reply, seen))
        judgement, why = self._judge(cell, list(came))
        code = said.code.name if said is not None else "OK (holder)" if reply is Reply.HOLDER else "OK"
        message = plain(said.details, bench) if said is not None else ""
        after = f"{told(seen['container'])}, {told(seen['sandbox'])}"
        stays = set(came.values()) == {self._packed(cell.situation)} and judgement is not Judgement.VIOLATION
        return Outcome(code, message, after, judgement.value, why), stays

    def _judge(self, cell: Cell, came: Sequence[Answer]) -> tuple[Judgement, str]:
        rule = RULES[cell.case]
        if any(answer in rule.answers for answer in came):
            judgement = Judgement.ALLOWED if rule.basis is Basis.OPEN else Judgement.AGREES
            return judgement, f"{rule.basis.value}: {rule.why}"
        for one in self.divergences:
            if any(one.explains(cell.case, answer) for answer in came):
                return Judgement.KNOWN, f"{one.name}: {one.title}"
        expected = " or ".join(map(str, rule.answers))
        return Judgement.VIOLATION, f"{rule.basis.value}: {rule.why}; expected {expected}"

    def _answers(self, cell: Cell, reply: Reply, seen: Mapping[str, Any]) -> Iterator[tuple[Answer, int]]:
        """What a reply may have been, given what was seen after it, and the state that it leads to."""
        state, tables = self._packed(cell.situation), self._any
        for event, table in zip(tables.model.events, tables.events, strict=True):
            named, leaf = event.named, table.leaf(state)
            if event.action.name != cell.call or not isinstance(leaf, Step):
                continue
            if named.get("reply", Reply.OK) is not reply:
                continue
            if any(named[name] != value for name, value in cell.inputs.items()):
                continue
            after = leaf.apply(state)
            if Follower(tables, (), [after]).follow(Observation(state=seen)) is None:
                yield Answer(reply, named.get("fate", Fate.KEPT)), after


def told(value: Any) -> str:
    """An observed value, in few words."""
    return value.name if isinstance(value, Enum) else str(value)


def plain(message: str, bench: Bench) -> str:
    """An error's text without what differs from run to run."""
    for text, stands in ((str(bench.logs), "<LOGS>"), (bench.uid, "<UID>"), (bench.name, "<POD>")):
        message = message.replace(text, stands)
    return re.sub(r"[0-9a-f]{64}", "<ID>", message)


def note_of(cell: Cell, outcome: Outcome) -> str:
    """`D2`, where an error's code is not the one that gRPC has for it."""
    meant = RULES[cell.case].meant
    return "D2" if meant and outcome.code == "UNKNOWN" and outcome.code != meant else ""
