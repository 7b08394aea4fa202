"""Known divergences: ways in which runtimes differ from the CRI's text, or from what all others do.

Each has a name, what it is, the answers that only it allows, and where it was seen. Those of one call in one
situation (`DIVERGENCES`) are held to the spec by `cri_container_inclusion`, which finds whatever else a known
runtime does. The others (`BESIDE`) are of calls that overlap or are cut short, or of what befalls a runtime,
and the spec has no answer that shows them; `cri_container_races` knows the outcomes of the first kind.

*Measured*: on containerd 1.6.20 and 2.2.9, with runc 1.1.5.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from .cri_container_cases import Case
from .cri_container_rules import GONE, HOLDER, NOT_FOUND, OK, REFUSED, REFUSED_REMOVED, Answer
from .cri_container_words import Fate, Reply


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


SPARED, LOST = Answer(Reply.OK, Fate.SPARED), Answer(Reply.OK, Fate.LOST)

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
    "container or sandbox, and UNKNOWN for almost all else; 2.2.9 has FAILED_PRECONDITION for a held name "
    "(measured).",
)
D3 = diverges(
    "D3",
    "a create without sandbox_config ends the runtime",
    {Case.CREATE_WITHOUT_SANDBOX_CONFIG: (GONE,)},
    "containerd 1.6.20 makes the name of that message's metadata without looking whether there is any, and "
    "panics (measured). Every other client's calls are lost with it; so this is asked of a private runtime "
    "only. 2.2.9 refuses it (measured).",
)
D4 = diverges(
    "D4",
    "stopping what is not there is NOT_FOUND",
    {Case.STOP_ABSENT: (NOT_FOUND,), Case.STOP_ABSENT_SANDBOX: (NOT_FOUND,)},
    "Both calls are idempotent by the text, and critest asks for it with objects that are gone. containerd "
    "1.6.20 answers NOT_FOUND, 2.2.9 succeeds (measured), and its source cites the CRI for it "
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

D14 = diverges(
    "D14",
    "the exit code of what ended while the runtime was down is lost",
    {Case.EXIT_UNSEEN: (LOST,)},
    "ContainerStatus has the exit code of what has finished. Of a process that ended with 3 while it was "
    "down, containerd 2.2.9 says 255 and the reason Unknown when it is back; 1.6.20 says 3 (measured). A "
    "client that restarts on failure alone then restarts what had succeeded.",
)

DIVERGENCES = (D1, D2, D3, D4, D5, D6, D7, D8, D9, D14)

D10 = diverges(
    "D10",
    "a remove is refused while another call is under way",
    {},
    "RemoveContainer is idempotent and removes by force. containerd refuses it while the container is being "
    "started (`… is in starting state, can't be removed`) or removed by another call (`… is already in "
    "removing state`); made again, it succeeds. Measured: of sixty removes with a start at once, 8 on 1.6.20 "
    "and 17 on 2.2.9; in sixty times five removes at once, some of them 54 times on 1.6.20 and 57 times on "
    "2.2.9.",
)
D11 = diverges(
    "D11",
    "a container that is created while its sandbox is removed outlives it",
    {},
    "containerd 1.6.20 answers both calls with success, and the container is listed as created although its "
    "sandbox is gone. It keeps its name, and nothing but RemoveContainer takes it away. Measured, and rare: "
    "not once in the sixty tries in which the other divergences here were counted.",
)
D12 = diverges(
    "D12",
    "what a create that was cut short left behind refuses the next one, whoever asks",
    {},
    "After containerd 1.6.20 was ended by `kill -9` within a create, the next create of any container, and "
    "the next RunPodSandbox of any pod, may be refused with `failed to rename: … file exists`; the one "
    "after it works (measured, in a few of a hundred kills, and not shown in the tables above). The spec "
    "has it for the same name only.",
)
D13 = diverges(
    "D13",
    "a remove of what another call has just removed is NOT_FOUND",
    {},
    "By the text it must be no error that the container is removed already. Of removes at once on containerd "
    "1.6.20 one takes it away while another has found it and is about to ask for its details, which then "
    "fails (`get container info: … not found`). Measured: in sixty times five removes at once, 26 times on "
    "1.6.20, and never on 2.2.9.",
)
D15 = diverges(
    "D15",
    "what ended with its shim is told as running, and cannot be removed",
    {},
    "The containers of a shim end with it. When it is killed, containerd 1.6.20 tells them as exited with "
    "255; 2.2.9 goes on telling them as running, and refuses RemoveContainer (`container is still running, "
    "to stop first`), which by the text removes by force (measured; not in the tables above, see CELLS.md).",
)
D16 = diverges(
    "D16",
    "what was lost while it ran is found again by the next restart, without its dates",
    {},
    "When containerd comes back and cannot read a container's status, it tells it as UNKNOWN. If its process "
    "runs, the next restart tells it as running, with the exit code 255, and with a created_at in its status "
    "and none in the listing; a stop then ends it with 137, a reboot with 255 (measured on 1.6.20 and on "
    "2.2.9, each time that it was tried; not in the tables above, whose UNKNOWN container never ran).",
)
BESIDE = (D10, D11, D12, D13, D15, D16)
