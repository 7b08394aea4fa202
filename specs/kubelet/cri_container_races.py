"""Calls that overlap: what came of them must be what some order of them gives.

Theory. `CriContainer` knows one call at a time. Calls made at once may take effect in any order, and each
answer with what that order would have it answer (linearizability). So an outcome (the answers, and what is
seen in the end) is right if the calls can be put in an order in which the spec allows each answer, and comes
to a state that shows what was seen. Orders are searched for over states and what is left of the answers;
equal calls with equal answers are one choice, so twenty of them are no more work than two.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache
from threading import Barrier
from typing import Any

from fsm.capture import Tables
from fsm.declaration import model_of
from fsm.kubelet.errors import RpcError
from fsm.observation import Observation
from fsm.replayer import Follower
from fsm.tables import Step

from .cri_container_bench import ANSWERED, Bench
from .cri_container_divergences import D10, D11, D13, Divergence
from .cri_container_matrix import Examiner, Judgement, Outcome, plain, told
from .cri_container_profiles import tolerant
from .cri_container_situations import SITUATIONS, Situation
from .cri_container_words import Container, Reply, Sandbox

Call = tuple[str, tuple[tuple[str, Any], ...]]  #: a call with its inputs
Answers = Counter[tuple[Call, Reply]]
ORDERS = 10_000  #: steps of the search for an order
REMOVES = {Reply.REFUSED: D10, Reply.NOT_FOUND: D13}  #: what an error of a remove is due to, beside others


@dataclass(frozen=True)
class Race:
    """Calls made at once.

    Args:
        slug: its name.
        where: the situation that they are made in.
        calls: each call with how often it is made.
    """

    slug: str
    where: str
    calls: tuple[tuple[str, int], ...]

    def __str__(self) -> str:
        return self.slug

    @property
    def situation(self) -> Situation:
        """Where it begins."""
        return next(one for one in SITUATIONS if one.slug == self.where)


RACES = (
    Race("twenty-identical-creates", "absent", (("create_container", 20),)),
    Race("ten-starts", "created", (("start_container", 10),)),
    Race("create-and-remove-of-the-sandbox", "absent", (("create_container", 1), ("remove_pod_sandbox", 1))),
    Race("create-and-stop-of-the-sandbox", "absent", (("create_container", 1), ("stop_pod_sandbox", 1))),
    Race("start-and-remove", "created", (("start_container", 1), ("remove_container", 1))),
    Race("stop-and-remove", "running", (("stop_container", 1), ("remove_container", 1))),
    Race("five-stops", "running", (("stop_container", 5),)),
    Race("five-removes", "exited", (("remove_container", 5),)),
    Race("stop-and-stop-of-the-sandbox", "running", (("stop_container", 1), ("stop_pod_sandbox", 1))),
)


@cache
def tables(divergences: tuple[Divergence, ...]) -> Tables:
    """`CriContainer` with some divergences let pass, ready to be followed."""
    return Tables(model_of(tolerant(divergences)))


def race(examiner: Examiner, one: Race, together: bool = True) -> Outcome:
    """Make the calls of a race and judge what came of them.

    Args:
        examiner: leads to where it begins.
        one: the race.
        together: at once; else one after the other, for a runtime that takes one call at a time.

    Raises:
        NotRun: where no way leads there.
    """
    bench = examiner.stand_in(one.situation)
    try:
        made = _make(bench, one, together)
        seen = bench.observe()
    finally:
        examiner.close()
    answers: Answers = Counter((call, reply) for call, reply, _ in made)
    judgement, why = judge(one, answers, seen, examiner.divergences)
    said = ", ".join(sorted(f"{count} × {call[0]} {reply.name}" for (call, reply), count in answers.items()))
    messages = sorted({plain(error.details, bench) for _, _, error in made if error is not None})
    after = f"{told(seen['container'])}, {told(seen['sandbox'])}"
    return Outcome(said, "; ".join(messages), after, judgement.value, why)


def _make(bench: Bench, one: Race, together: bool) -> list[tuple[Call, Reply, RpcError | None]]:
    calls = [name for name, count in one.calls for _ in range(count)]
    barrier = Barrier(len(calls))
    known = bench.container_id

    def make(name: str) -> tuple[Call, Reply, RpcError | None, str]:
        call, asked = _asked(bench, name)
        if together:
            barrier.wait(30)
        try:
            return call, Reply.OK, None, asked() or ""
        except RpcError as error:
            return call, ANSWERED.get(error.code.name, Reply.REFUSED), error, ""

    if together:
        with ThreadPoolExecutor(len(calls)) as pool:
            made = list(pool.map(make, calls))
    else:
        made = [make(name) for name in calls]
    bench.container_id = known or next((id_ for *_, id_ in made if id_), "")
    return [(call, _holder(reply, id_, known, made), error) for call, reply, error, id_ in made]


def _holder(reply: Reply, made: str, known: str, every: Any) -> Reply:
    """A create that got an id which another create got too, or that was known, has the holder's."""
    ids = [id_ for _, _, _, id_ in every if id_]
    return Reply.HOLDER if made and (made == known or ids.count(made) > 1) else reply


def _asked(bench: Bench, name: str) -> tuple[Call, Callable[[], Any]]:
    runtime, container, sandbox = bench.runtime, bench.container_id, bench.sandbox_id
    match name:
        case "create_container":
            config, pod = bench.config(), bench.sandbox_config()
            return (name, (("startable", True),)), lambda: runtime.create_container(sandbox, config, pod)
        case "start_container":
            return (name, ()), lambda: runtime.start_container(container)
        case "stop_container":
            return (name, ()), lambda: runtime.stop_container(container, 0)
        case "remove_container":
            return (name, ()), lambda: runtime.remove_container(container)
        case "stop_pod_sandbox":
            return (name, ()), lambda: runtime.stop_pod_sandbox(sandbox)
    return (name, ()), lambda: runtime.remove_pod_sandbox(sandbox)


def judge(
    one: Race, answers: Answers, seen: Mapping[str, Any], divergences: tuple[Divergence, ...]
) -> tuple[Judgement, str]:
    """What the outcome of a race is worth.

    Args:
        one: where it began.
        answers: the calls with their answers, counted.
        seen: what was observed in the end.
        divergences: those that the runtime is known for.
    """
    if has_order(tables(()), one.situation, answers, seen):
        return Judgement.AGREES, "some order of the calls gives it"
    for let_pass in divergences:
        if has_order(tables((let_pass,)), one.situation, answers, seen):
            return Judgement.KNOWN, f"{let_pass.name}: {let_pass.title}"
    due = _overlapping(one, answers, seen)
    if due and set(due) <= set(divergences):
        names, titles = " ".join(known.name for known in due), "; ".join(known.title for known in due)
        return Judgement.KNOWN, f"{names}: {titles}"
    return Judgement.VIOLATION, f"no order of the calls gives it; seen: {seen}"


def _overlapping(one: Race, answers: Answers, seen: Mapping[str, Any]) -> tuple[Divergence, ...]:
    """The divergences of calls that overlap that an outcome which no order gives is due to; or none."""
    if seen["container"] is Container.CREATED and seen["sandbox"] is Sandbox.REMOVED:
        return (D11,)
    erring = {key for key in answers if key[0][0] == "remove_container" and key[1] in REMOVES}
    rest = Counter({key: count for key, count in answers.items() if key not in erring})
    if not has_order(tables(()), one.situation, rest, seen):
        return ()
    return tuple(known for reply, known in REMOVES.items() if reply in {key[1] for key in erring})


def has_order(spec: Tables, where: Situation, answers: Answers, seen: Mapping[str, Any]) -> bool:
    """Whether the calls can be put in an order that the spec allows and that ends in what was seen."""
    layout, names = spec.layout, list(answers)
    begin = layout.pack(where.state)
    pending: list[tuple[int, tuple[int, ...]]] = [(begin, tuple(answers[name] for name in names))]
    known = set(pending)
    while pending and len(known) < ORDERS:
        state, left = pending.pop()
        if not any(left):
            if Follower(spec, (), [state]).follow(Observation(state=seen)) is None:
                return True
            continue
        for index, (call, reply) in enumerate(names):
            if not left[index]:
                continue
            fewer = (*left[:index], left[index] - 1, *left[index + 1 :])
            for after in _after(spec, state, call, reply):
                if (after, fewer) not in known:
                    known.add((after, fewer))
                    pending.append((after, fewer))
    return False


def _after(spec: Tables, state: int, call: Call, reply: Reply) -> Iterator[int]:
    """The states after a call with an answer, whatever else the runtime chooses."""
    name, inputs = call
    for event, table in zip(spec.model.events, spec.events, strict=True):
        if event.action.name != name or event.named["reply"] is not reply:
            continue
        leaf = table.leaf(state)
        if isinstance(leaf, Step) and all(event.named[key] == value for key, value in inputs):
            yield leaf.apply(state)
