"""Known runtimes: what each answers where the CRI leaves a choice, and how that is known.

Where a runtime answers as `CriContainer` does not allow, it has a *known divergence*
(`cri_container_divergences`). That nothing else diverges is found by `cri_container_inclusion`, not said.

*Measured* on containerd 1.6.20 and 2.2.9 with runc 1.1.5; *read* in a source that is named; *inferred*, from
a source that speaks of something near it, or from none.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

from .cri_container_cases import Case
from .cri_container_divergences import (
    D1,
    D2,
    D3,
    D4,
    D5,
    D6,
    D7,
    D8,
    D9,
    D10,
    D11,
    D12,
    D13,
    D14,
    D15,
    D16,
    LOST,
    SPARED,
    Divergence,
)
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
        divergences: those that it is known for, of one call in one situation.
        beside: its others.
    """

    name: str
    fixed: Mapping[Case, Fixed]
    divergences: tuple[Divergence, ...]
    beside: tuple[Divergence, ...] = ()

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
            Case.STOP_SANDBOX_UNKNOWN: measured(OK_EXITED),
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
    (D10, D11, D12, D13, D16),
)
CONTAINERD_2_2 = Profile(
    "containerd 2.2",
    MappingProxyType(
        {
            **CONTAINERD_1_6.fixed,
            Case.STOP_ABSENT_SANDBOX: measured(OK),
            Case.CREATE_STUCK: inferred(REFUSED, of="containerd 1.6"),
            Case.CREATE_NOT_READY: measured(REFUSED),
            Case.CREATE_AGAIN_NOT_READY: measured(REFUSED),
            Case.CREATE_WITHOUT_SANDBOX_CONFIG: measured(REFUSED),
            Case.STOP_ABSENT: measured(OK),
            Case.EXIT_UNSEEN: measured(LOST),
        }
    ),
    (D1, D2, D14),
    (D10, D15, D16),
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
PROFILES = (CONTAINERD_1_6, CONTAINERD_2_2, CRIO_UNTIL_1_30, CRIO_FROM_1_31, DOCKERSHIM)
