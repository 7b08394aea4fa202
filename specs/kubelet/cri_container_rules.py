"""What a container runtime may answer, case by case, and who says so.

The CRI is a file of messages with comments: `pkg/apis/runtime/v1/api.proto`, read at cri-api v0.36.1. Some
answers it promises, of most it says nothing. Where it is silent there is practice: what containerd, CRI-O and
the dockershim all do; and where they differ, the answer is open. A rule keeps which of the three it is, so
that a verdict can say whether an implementation broke a promise or went its own way.

Which gRPC code comes with an error the CRI says nowhere. What gRPC's own list of codes would have is in
`meant`; `cri_container_matrix` tells where a runtime says another one.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from types import MappingProxyType
from typing import NamedTuple

from .cri_container_cases import Case
from .cri_container_words import Fate, Reply


class Basis(Enum):
    """Who says what may be answered."""

    PROMISED = "the CRI's text says so"
    PRACTICE = "the text is silent, and all known runtimes agree"
    OPEN = "the text is silent or leaves it open, and runtimes differ"


class Answer(NamedTuple):
    """One answer to a call: what it says, and what else became of the container."""

    reply: Reply
    fate: Fate = Fate.KEPT

    def __str__(self) -> str:
        return self.reply.name if self.fate is Fate.KEPT else f"{self.reply.name}, {self.fate.name}"


OK, HOLDER = Answer(Reply.OK), Answer(Reply.HOLDER)
REFUSED, NOT_FOUND, GONE = Answer(Reply.REFUSED), Answer(Reply.NOT_FOUND), Answer(Reply.GONE)
OK_EXITED = Answer(Reply.OK, Fate.EXITED)
REFUSED_EXITED, REFUSED_REMOVED = Answer(Reply.REFUSED, Fate.EXITED), Answer(Reply.REFUSED, Fate.REMOVED)
AN_ERROR = (REFUSED, NOT_FOUND)


@dataclass(frozen=True)
class Rule:
    """What may be answered in one case.

    Args:
        basis: who says so.
        answers: those that may be given.
        why: the reason, in one sentence.
        meant: the code that gRPC has for the error, where one may come.
    """

    basis: Basis
    answers: tuple[Answer, ...]
    why: str
    meant: str = ""

    def allows(self, reply: Reply, fate: Fate = Fate.KEPT) -> bool:
        """Whether that may be answered."""
        return (reply, fate) in self.answers


def promised(*answers: Answer, why: str, meant: str = "") -> Rule:
    """The text says it."""
    return Rule(Basis.PROMISED, answers, why, meant)


def practice(*answers: Answer, why: str, meant: str = "") -> Rule:
    """The text is silent, and all known runtimes agree."""
    return Rule(Basis.PRACTICE, answers, why, meant)


def left_open(*answers: Answer, why: str, meant: str = "") -> Rule:
    """The text is silent, and runtimes differ."""
    return Rule(Basis.OPEN, answers, why, meant)


IDEMPOTENT = "the call is idempotent: what was stopped or removed already is no error"
ABSENT = "a call about what is not there is an error; the text does not say which"
FAILED_START = "what becomes of a container that could not be started is nowhere said"

Rules = Mapping[Case, Rule]

RULES: Rules = MappingProxyType(
    {
        Case.RUN: promised(OK, why="the sandbox is ready when the call succeeds"),
        Case.RUN_AFTER_REMOVAL: practice(OK, why="a removed sandbox gives its name back"),
        Case.RUN_AGAIN: left_open(
            REFUSED,
            HOLDER,
            why="whether a sandbox's metadata is unique is left to the runtime",
            meant="ALREADY_EXISTS",
        ),
        Case.RUN_NEXT: practice(OK, why="another attempt is another sandbox"),
        Case.RUN_WITHOUT_CONFIG: practice(
            REFUSED, why="without metadata there is nothing to be named", meant="INVALID_ARGUMENT"
        ),
        Case.RUN_UNKNOWN_HANDLER: promised(
            REFUSED, NOT_FOUND, why="a request with an unknown handler is rejected", meant="INVALID_ARGUMENT"
        ),
        Case.STOP_SANDBOX: promised(
            OK, OK_EXITED, why="it succeeds; what becomes of a container that never ran is not said"
        ),
        Case.STOP_SANDBOX_RUNNING: promised(OK, why="what runs in it is ended by force"),
        Case.STOP_SANDBOX_UNKNOWN: left_open(
            OK, OK_EXITED, why="whether what nobody knows has been ended is not said"
        ),
        Case.STOP_SANDBOX_AGAIN: promised(OK, OK_EXITED, why=IDEMPOTENT),
        Case.STOP_ABSENT_SANDBOX: promised(OK, why=IDEMPOTENT, meant="NOT_FOUND"),
        Case.REMOVE_SANDBOX: promised(OK, why="it goes with its containers, running or not"),
        Case.REMOVE_ABSENT_SANDBOX: promised(OK, why=IDEMPOTENT, meant="NOT_FOUND"),
        Case.SANDBOX_STATUS: promised(OK, why="the status of a sandbox that is there"),
        Case.ABSENT_SANDBOX_STATUS: promised(
            *AN_ERROR, why="the status of an absent sandbox is an error", meant="NOT_FOUND"
        ),
        Case.LIST_SANDBOXES: promised(OK, why="a listing that matches nothing is empty"),
        Case.CREATE: promised(OK, why="it makes a container in the sandbox"),
        Case.CREATE_AFTER_FAILURE: practice(
            OK, why="a create that failed leaves nothing behind, its name least of all"
        ),
        Case.CREATE_AFTER_REMOVAL: practice(
            OK,
            why="the text calls (name, attempt) unique for the sandbox's whole life, and no runtime holds "
            "anybody to it once the container is removed",
        ),
        Case.CREATE_STUCK: left_open(
            OK, REFUSED, why="what a runtime that was killed left behind is its own affair", meant="ABORTED"
        ),
        Case.CREATE_AGAIN: left_open(
            REFUSED,
            HOLDER,
            why="(name, attempt) is unique within a sandbox: no second container; whether the call fails is "
            "not said",
            meant="ALREADY_EXISTS",
        ),
        Case.CREATE_AGAIN_RUNNING: left_open(
            REFUSED, HOLDER, why="(name, attempt) is unique within a sandbox", meant="ALREADY_EXISTS"
        ),
        Case.CREATE_NOT_READY: left_open(
            *AN_ERROR,
            OK,
            why="whether a stopped sandbox takes containers is not said",
            meant="FAILED_PRECONDITION",
        ),
        Case.CREATE_AGAIN_NOT_READY: left_open(
            *AN_ERROR, HOLDER, why="(name, attempt) is unique within a sandbox", meant="ALREADY_EXISTS"
        ),
        Case.CREATE_NO_SANDBOX: practice(*AN_ERROR, why=ABSENT, meant="NOT_FOUND"),
        Case.CREATE_NEXT: practice(OK, why="another attempt is another container"),
        Case.CREATE_IN_SECOND: promised(OK, why="it makes a container in the sandbox"),
        Case.CREATE_TWIN: promised(
            OK,
            why="(name, attempt) is unique within a sandbox, so another sandbox may have it too",
            meant="ALREADY_EXISTS",
        ),
        Case.CREATE_MISSING_IMAGE: practice(
            *AN_ERROR, why="nothing is pulled by a create", meant="NOT_FOUND"
        ),
        Case.CREATE_WITHOUT_METADATA: practice(
            REFUSED, why="without metadata there is nothing to be named", meant="INVALID_ARGUMENT"
        ),
        Case.CREATE_WITHOUT_SANDBOX_CONFIG: left_open(
            REFUSED,
            OK,
            why="it is passed for easy reference only, so a runtime may do without; an answer there must be",
            meant="INVALID_ARGUMENT",
        ),
        Case.START: promised(OK, why="it starts the container"),
        Case.START_IMPOSSIBLE: left_open(
            REFUSED_EXITED, REFUSED_REMOVED, REFUSED, why=FAILED_START, meant="FAILED_PRECONDITION"
        ),
        Case.START_NOT_READY: left_open(
            REFUSED_EXITED, REFUSED_REMOVED, REFUSED, why=FAILED_START, meant="FAILED_PRECONDITION"
        ),
        Case.START_RUNNING: left_open(
            REFUSED, OK, why="StartContainer is not promised to be idempotent", meant="FAILED_PRECONDITION"
        ),
        Case.START_EXITED: practice(
            REFUSED, why="what has exited never runs again; another attempt does", meant="FAILED_PRECONDITION"
        ),
        Case.START_UNKNOWN: practice(
            REFUSED, why="only what was created is started", meant="FAILED_PRECONDITION"
        ),
        Case.START_ABSENT: practice(*AN_ERROR, why=ABSENT, meant="NOT_FOUND"),
        Case.STOP_RUNNING: promised(OK, why="it is ended, by force after the grace period"),
        Case.STOP_EXITED: promised(OK, why=IDEMPOTENT),
        Case.STOP_CREATED: left_open(
            OK,
            OK_EXITED,
            why="nothing runs, so there is no error; whether it can be started then is not said",
        ),
        Case.STOP_UNKNOWN: left_open(
            OK_EXITED, REFUSED, why="whether what nobody knows has been stopped is not said", meant="INTERNAL"
        ),
        Case.STOP_ABSENT: promised(OK, why=IDEMPOTENT, meant="NOT_FOUND"),
        Case.REMOVE: promised(OK, why="it goes"),
        Case.REMOVE_RUNNING: promised(OK, why="it goes, by force"),
        Case.REMOVE_ABSENT: promised(OK, why=IDEMPOTENT, meant="NOT_FOUND"),
        Case.STATUS: promised(OK, why="the status of a container that is there"),
        Case.STATUS_ABSENT: promised(
            *AN_ERROR, why="the status of an absent container is an error", meant="NOT_FOUND"
        ),
        Case.LIST: promised(OK, why="a listing that matches nothing is empty"),
        Case.EXEC_RUNNING: promised(OK, why="it runs the command"),
        Case.EXEC_IDLE: practice(*AN_ERROR, why="there is nothing to run in", meant="FAILED_PRECONDITION"),
        Case.EXEC_ABSENT: practice(*AN_ERROR, why=ABSENT, meant="NOT_FOUND"),
        Case.UPDATE_RUNNING: promised(OK, why="it updates what the container may use"),
        Case.UPDATE_CREATED: practice(OK, why="the kubelet updates between create and start (until 1.20)"),
        Case.UPDATE_ENDED: left_open(
            OK, REFUSED, why="whether there is anything to update is not said", meant="FAILED_PRECONDITION"
        ),
        Case.UPDATE_ABSENT: practice(*AN_ERROR, why=ABSENT, meant="NOT_FOUND"),
        Case.STATS_RUNNING: promised(OK, why="the stats of a container that runs"),
        Case.STATS_IDLE: left_open(
            OK, REFUSED, why="whether what does not run has stats is not said", meant="FAILED_PRECONDITION"
        ),
        Case.STATS_ABSENT: promised(
            *AN_ERROR, why="stats of a container that does not exist are an error", meant="NOT_FOUND"
        ),
        Case.REOPEN_RUNNING: promised(OK, why="its log is opened anew"),
        Case.REOPEN_IDLE: left_open(
            OK,
            REFUSED,
            why="the text lets the runtime choose: a new file and success, or an error and no file",
            meant="FAILED_PRECONDITION",
        ),
        Case.REOPEN_ABSENT: practice(*AN_ERROR, why=ABSENT, meant="NOT_FOUND"),
        Case.EXIT_UNSEEN: promised(OK_EXITED, why="what has finished has an exit code, which is its own"),
    }
)
"""What may be answered."""
