"""Known runtimes, as specs: what each does of all that `CriContainer` allows, and what it does beyond.

A profile fixes the answer where the CRI leaves a choice. Where it answers as `CriContainer` does not allow,
it has a *known divergence*: a name, what it is, and where it was seen. That nothing else diverges is not said
but found, by `cri_container_inclusion`.

Where an answer comes from: *measured* on containerd 1.6.20 with runc 1.1.5; *read* in a source that is named;
*inferred*, from a source that speaks of something near it, or from none.

    cd specs/kubelet; fsm diff "cri_container_profiles.py::profile('containerd 1.6')" cri_container.py
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from types import MappingProxyType

from fsm import spec

from .cri_container import CriContainer
from .cri_container_cases import Case, Fate, Reply
from .cri_container_rules import (
    GONE,
    HOLDER,
    NOT_FOUND,
    OK,
    OK_EXITED,
    REFUSED,
    REFUSED_EXITED,
    REFUSED_REMOVED,
    RULES,
    Answer,
    Rules,
)


@dataclass(frozen=True)
class Divergence:
    """A way in which runtimes are known to differ from the CRI's text, or from what all others do.

    Args:
        name: `D1`, …
        title: what it is.
        answers: the cases, each with the answers that only it allows.
        story: what it means for a client, and what is known of it.
    """

    name: str
    title: str
    answers: Mapping[Case, tuple[Answer, ...]] = field(compare=False)
    story: str

    def explains(self, case: Case, answer: Answer) -> bool:
        """Whether such an answer is due to it."""
        return answer in self.answers.get(case, ())


def diverges(name: str, title: str, answers: Mapping[Case, tuple[Answer, ...]], story: str) -> Divergence:
    """A divergence that nobody can change."""
    return Divergence(name, title, MappingProxyType(dict(answers)), story)


SPARED = Answer(Reply.OK, Fate.SPARED)

D1 = diverges(
    "D1",
    "a container's name is reserved for the pod, not for its sandbox",
    {Case.CREATE_TWIN: (REFUSED, HOLDER)},
    "The CRI has (name, attempt) unique within a sandbox. containerd's name has the pod's uid in it and not "
    "the sandbox's attempt (measured), and the other runtimes make theirs of the same parts. After a "
    "sandbox was lost, the same container cannot be created in the next one with the same attempt as long "
    "as the old one is there.",
)
D2 = diverges(
    "D2",
    "errors carry the code UNKNOWN",
    {},
    "The CRI names no codes, so this is no divergence from its text; but gRPC has a code for most of these "
    "errors, and a client that wants to tell a held name (ALREADY_EXISTS) from a wrong state "
    "(FAILED_PRECONDITION) has to read the message. containerd gives NOT_FOUND for an absent image, "
    "container or sandbox, and UNKNOWN for almost all else (measured).",
)
D3 = diverges(
    "D3",
    "a create without sandbox_config ends the runtime",
    {Case.CREATE_WITHOUT_SANDBOX_CONFIG: (GONE,)},
    "containerd 1.6.20 makes the name of that message's metadata without looking whether there is any, and "
    "panics (measured). Every other client's calls are lost with it; so this is asked of a private runtime "
    "only.",
)
D4 = diverges(
    "D4",
    "stopping what is not there is NOT_FOUND",
    {Case.STOP_ABSENT: (NOT_FOUND,), Case.STOP_ABSENT_SANDBOX: (NOT_FOUND,)},
    "Both calls are idempotent by the text, and critest asks for it with objects that are gone. containerd "
    "1.6.20 answers NOT_FOUND (measured); a later one succeeds and cites the CRI for it "
    "(`pkg/cri/server/container_stop.go` at 07675a8c). cri-dockerd passes docker's on for a container "
    "(`core/container_stop.go`), and succeeds for a sandbox (`core/sandbox_stop.go`).",
)
D5 = diverges(
    "D5",
    "removing what is not there is an error",
    {Case.REMOVE_ABSENT: (REFUSED,)},
    "cri-dockerd looks for the container's log before it removes it, and returns the error of that "
    "(`core/container_remove.go`, `core/logs.go`).",
)
D6 = diverges(
    "D6",
    "what has exited is started again",
    {Case.START_EXITED: (OK,)},
    "cri-dockerd hands the call to docker without a look at the state (`core/container_start.go`); that "
    "docker then runs it again is inferred.",
)
D7 = diverges(
    "D7",
    "a create that is refused removes the container that has the name",
    {
        Case.CREATE_AGAIN: (REFUSED_REMOVED,),
        Case.CREATE_AGAIN_NOT_READY: (REFUSED_REMOVED,),
        Case.CREATE_TWIN: (REFUSED_REMOVED,),
    },
    "On docker's conflict the shim tries to remove the holder, which fails only if it runs, and returns the "
    "conflict (dockershim 1.19). A created container that another client is about to start is gone.",
)
D8 = diverges(
    "D8",
    "StopPodSandbox lets containers run on",
    {Case.STOP_SANDBOX_RUNNING: (SPARED,)},
    "cri-dockerd stops the sandbox's own container and no other (`core/sandbox_stop.go`); the text wants "
    "running containers terminated by force. The kubelet kills them itself before, and does not notice.",
)
D9 = diverges(
    "D9",
    "a log cannot be reopened",
    {Case.REOPEN_RUNNING: (REFUSED,)},
    "cri-dockerd refuses the call always (`core/logs.go`).",
)

DIVERGENCES = (D1, D2, D3, D4, D5, D6, D7, D8, D9)


@dataclass(frozen=True)
class Fixed:
    """What a runtime answers in one case.

    Args:
        answers: mostly one; several where it depends on what this spec does not have.
        source: how that is known: measured, read (and where), inferred.
    """

    answers: tuple[Answer, ...]
    source: str

    @property
    def is_inferred(self) -> bool:
        """Whether nobody has seen it, nor read it."""
        return self.source.startswith("inferred")


def measured(*answers: Answer) -> Fixed:
    """Seen."""
    return Fixed(answers, "measured")


def read(where: str, *answers: Answer) -> Fixed:
    """Read in a source."""
    return Fixed(answers, f"read: {where}")


def inferred(*answers: Answer, of: str = "") -> Fixed:
    """Neither seen nor read; `of` says what it follows from."""
    return Fixed(answers, f"inferred: {of}" if of else "inferred")


@dataclass(frozen=True)
class Profile:
    """A runtime.

    Args:
        name: as it is asked for.
        fixed: its answers where `RULES` leaves a choice, and where it diverges.
        divergences: those that it is known for.
    """

    name: str
    fixed: Mapping[Case, Fixed]
    divergences: tuple[Divergence, ...]

    @property
    def rules(self) -> Rules:
        """What it may answer, case by case."""
        return MappingProxyType(
            {
                case: replace(rule, answers=self.fixed[case].answers) if case in self.fixed else rule
                for case, rule in RULES.items()
            }
        )


CONTAINERD_1_6 = Profile(
    "containerd 1.6",
    MappingProxyType(
        {
            Case.RUN_AGAIN: measured(REFUSED),
            Case.RUN_UNKNOWN_HANDLER: measured(REFUSED),
            Case.STOP_SANDBOX: measured(OK),
            Case.STOP_SANDBOX_AGAIN: measured(OK),
            Case.STOP_SANDBOX_UNKNOWN: inferred(OK_EXITED, of="StopContainer of such a one"),
            Case.STOP_ABSENT_SANDBOX: measured(NOT_FOUND),
            Case.ABSENT_SANDBOX_STATUS: measured(NOT_FOUND),
            Case.CREATE_STUCK: measured(REFUSED),
            Case.CREATE_AGAIN: measured(REFUSED),
            Case.CREATE_AGAIN_RUNNING: measured(REFUSED),
            Case.CREATE_NOT_READY: measured(NOT_FOUND),
            Case.CREATE_AGAIN_NOT_READY: measured(NOT_FOUND),
            Case.CREATE_NO_SANDBOX: measured(NOT_FOUND),
            Case.CREATE_TWIN: measured(REFUSED),
            Case.CREATE_MISSING_IMAGE: measured(NOT_FOUND),
            Case.CREATE_WITHOUT_SANDBOX_CONFIG: measured(GONE),
            Case.START_IMPOSSIBLE: measured(REFUSED_EXITED),
            Case.START_NOT_READY: measured(REFUSED_EXITED),
            Case.START_RUNNING: measured(REFUSED),
            Case.START_ABSENT: measured(NOT_FOUND),
            Case.STOP_CREATED: measured(OK),
            Case.STOP_UNKNOWN: measured(OK_EXITED),
            Case.STOP_ABSENT: measured(NOT_FOUND),
            Case.STATUS_ABSENT: measured(NOT_FOUND),
            Case.EXEC_IDLE: measured(REFUSED),
            Case.EXEC_ABSENT: measured(NOT_FOUND),
            Case.UPDATE_ENDED: measured(OK),
            Case.UPDATE_ABSENT: measured(NOT_FOUND),
            Case.STATS_IDLE: measured(REFUSED),
            Case.STATS_ABSENT: measured(NOT_FOUND),
            Case.REOPEN_IDLE: measured(REFUSED),
            Case.REOPEN_ABSENT: measured(NOT_FOUND),
        }
    ),
    (D1, D2, D3, D4),
)

CODES = "of unknown ids in start, stop, remove and status NOT_FOUND, of all else UNKNOWN"
STOPPED = "server/container_create.go: create fails as the sandbox was stopped"
RESERVED = "a name that is held by a finished create is answered with its id"

CRIO_UNTIL_1_30 = Profile(
    "CRI-O until 1.30",
    MappingProxyType(
        {
            Case.RUN_AGAIN: inferred(HOLDER, of="the same of containers"),
            Case.RUN_UNKNOWN_HANDLER: read(CODES, REFUSED),
            Case.STOP_SANDBOX: read(
                "server/sandbox_stop.go: whatever is not stopped is stopped", OK, OK_EXITED
            ),
            Case.STOP_SANDBOX_AGAIN: read("server/sandbox_stop.go: at once", OK),
            Case.STOP_SANDBOX_UNKNOWN: inferred(OK_EXITED),
            Case.ABSENT_SANDBOX_STATUS: read(CODES, NOT_FOUND),
            Case.CREATE_STUCK: inferred(
                OK, of="storage of a create that was cut short is wiped at the start"
            ),
            Case.CREATE_AGAIN: read(RESERVED, HOLDER),
            Case.CREATE_AGAIN_RUNNING: read(RESERVED, HOLDER),
            Case.CREATE_NOT_READY: read(STOPPED, REFUSED),
            Case.CREATE_AGAIN_NOT_READY: read(STOPPED, REFUSED),
            Case.CREATE_NO_SANDBOX: read(CODES, REFUSED),
            Case.CREATE_TWIN: inferred(HOLDER, of=RESERVED),
            Case.CREATE_MISSING_IMAGE: read(CODES, REFUSED),
            Case.CREATE_WITHOUT_SANDBOX_CONFIG: inferred(REFUSED),
            Case.START_IMPOSSIBLE: inferred(REFUSED_EXITED, of="server/container_start.go: SetStartFailed"),
            Case.START_NOT_READY: inferred(REFUSED),
            Case.START_RUNNING: read("server/container_start.go", REFUSED),
            Case.START_ABSENT: read(CODES, NOT_FOUND),
            Case.STOP_CREATED: inferred(OK_EXITED, of="its process is there and is ended"),
            Case.STOP_UNKNOWN: inferred(OK_EXITED),
            Case.STATUS_ABSENT: read("server/container_status.go", NOT_FOUND),
            Case.EXEC_IDLE: read("server/container_execsync.go", NOT_FOUND),
            Case.EXEC_ABSENT: read("server/container_execsync.go", NOT_FOUND),
            Case.UPDATE_ENDED: read("server/container_update_resources.go", REFUSED),
            Case.UPDATE_ABSENT: read("server/container_update_resources.go", REFUSED),
            Case.STATS_IDLE: inferred(OK),
            Case.STATS_ABSENT: inferred(REFUSED),
            Case.REOPEN_IDLE: read("server/container_reopen_log.go", REFUSED),
            Case.REOPEN_ABSENT: read("server/container_reopen_log.go", REFUSED),
        }
    ),
    (D1, D2),
)

CRIO_FROM_1_31 = Profile(
    "CRI-O from 1.31",
    MappingProxyType(
        {**CRIO_UNTIL_1_30.fixed, Case.START_IMPOSSIBLE: read("its commit 20eba5edf7", REFUSED_REMOVED)}
    ),
    CRIO_UNTIL_1_30.divergences,
)

CONFLICT = "docker's conflict; the shim removes the holder unless it runs"

DOCKERSHIM = Profile(
    "dockershim",
    MappingProxyType(
        {
            Case.RUN_AGAIN: inferred(REFUSED, of="docker's conflict of names"),
            Case.RUN_UNKNOWN_HANDLER: inferred(REFUSED),
            Case.STOP_SANDBOX: read("core/sandbox_stop.go", OK),
            Case.STOP_SANDBOX_AGAIN: read("core/sandbox_stop.go", OK),
            Case.STOP_SANDBOX_RUNNING: read("core/sandbox_stop.go", SPARED),
            Case.STOP_SANDBOX_UNKNOWN: read("core/sandbox_stop.go", OK),
            Case.ABSENT_SANDBOX_STATUS: inferred(REFUSED, of="core/container_status.go"),
            Case.CREATE_STUCK: read("a holder that is not there: another, random name", OK),
            Case.CREATE_AGAIN: read(CONFLICT, REFUSED_REMOVED),
            Case.CREATE_AGAIN_RUNNING: read(CONFLICT, REFUSED),
            Case.CREATE_NOT_READY: inferred(OK, of="core/container_create.go: the sandbox is not looked at"),
            Case.CREATE_AGAIN_NOT_READY: read(CONFLICT, REFUSED_REMOVED, REFUSED),
            Case.CREATE_NO_SANDBOX: inferred(REFUSED),
            Case.CREATE_TWIN: read(CONFLICT, REFUSED_REMOVED, REFUSED),
            Case.CREATE_MISSING_IMAGE: inferred(REFUSED),
            Case.CREATE_WITHOUT_SANDBOX_CONFIG: read("core/container_create.go", REFUSED),
            Case.START_IMPOSSIBLE: read(
                "exited if docker stored a code, else created", REFUSED_EXITED, REFUSED
            ),
            Case.START_NOT_READY: inferred(REFUSED),
            Case.START_RUNNING: inferred(OK, of="core/container_start.go: the state is not looked at"),
            Case.START_EXITED: inferred(OK, of="core/container_start.go: the state is not looked at"),
            Case.START_ABSENT: read("core/container_start.go", REFUSED),
            Case.STOP_CREATED: inferred(OK),
            Case.STOP_UNKNOWN: inferred(REFUSED, of="core/container_status.go: no container is ever unknown"),
            Case.STOP_ABSENT: read("core/container_stop.go", NOT_FOUND),
            Case.REMOVE_ABSENT: read("core/container_remove.go", REFUSED),
            Case.STATUS_ABSENT: read("core/container_status.go", REFUSED),
            Case.EXEC_IDLE: inferred(REFUSED),
            Case.EXEC_ABSENT: inferred(REFUSED),
            Case.UPDATE_ENDED: inferred(OK),
            Case.UPDATE_ABSENT: inferred(REFUSED),
            Case.STATS_IDLE: inferred(OK),
            Case.STATS_ABSENT: inferred(REFUSED),
            Case.REOPEN_RUNNING: read("core/logs.go", REFUSED),
            Case.REOPEN_IDLE: read("core/logs.go", REFUSED),
            Case.REOPEN_ABSENT: read("core/logs.go", REFUSED),
        }
    ),
    (D1, D4, D5, D6, D7, D8, D9),
)

PROFILES = (CONTAINERD_1_6, CRIO_UNTIL_1_30, CRIO_FROM_1_31, DOCKERSHIM)


def variant(name: str, rules: Rules, doc: str) -> type[CriContainer]:
    """`CriContainer` with other rules."""

    class Variant(CriContainer):
        RULES = rules

    words = "".join(part[:1].upper() + part[1:] for part in name.replace("-", " ").split())
    Variant.__name__ = Variant.__qualname__ = words.replace(".", "_")
    Variant.__doc__ = doc
    return spec(Variant)


def runtime(name: str) -> Profile:
    """The profile of that name.

    Raises:
        ValueError: if there is none.
    """
    for one in PROFILES:
        if one.name == name:
            return one
    known = ", ".join(one.name for one in PROFILES)
    raise ValueError(f"{name!r} is no runtime that is known: {known}")


@cache
def profile(name: str) -> type[CriContainer]:
    """The spec of one runtime.

    Args:
        name: such as "containerd 1.6", "CRI-O from 1.31".

    Raises:
        ValueError: for a runtime that is not known.

    >>> profile("CRI-O from 1.31").__name__
    'CRIOFrom1_31'
    """
    known = runtime(name)
    return variant(name, known.rules, f"A container and its sandbox in {name}.")


@cache
def tolerant(divergences: tuple[Divergence, ...] = DIVERGENCES) -> type[CriContainer]:
    """`CriContainer` with some divergences let pass.

    Args:
        divergences: which.
    """
    rules = dict(RULES)
    for one in divergences:
        for case, answers in one.answers.items():
            known = rules[case]
            rules[case] = replace(known, answers=tuple(dict.fromkeys((*known.answers, *answers))))
    names = "_".join(one.name for one in divergences)
    doc = (
        f"A container and its sandbox in any runtime that keeps the CRI's text but for {names or 'nothing'}."
    )
    return variant(f"CriContainer_{names}" if names else "CriContainer_strict", MappingProxyType(rules), doc)
