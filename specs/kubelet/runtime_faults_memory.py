"""The node in memory: faults with the outcomes that were measured, each of which can be chosen.

What a real containerd 1.6.20 does when a call is given up or the daemon is ended was measured; the runtime in
memory takes one call at a time, so each outcome is put together here from what it can do before and after a
call. What comes late is hidden, or is not done, until `wait`.

*Inferred*: that a start which was given up may also be found exited at once, and that a create which was
given up may still be rolled back.
"""

from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import Any, TypeVar

from .runtime_faults import CREATE, SANDBOX, START, Fault, What, When

T = TypeVar("T")
Outcome = Callable[["partial[Any]"], Any]

IMAGE = "app:1"
BUSY = "the runtime is busy"
RESERVED = f'failed to reserve container name "c_0": name "c_0" is reserved for "{"f" * 64}"'
CUT = "Stream removed (recvmsg:Connection reset by peer (104))"
AWAY = "failed to connect to all addresses"
RENAME = "failed to rename: file exists"
GIVEN_UP = "context deadline exceeded"


class View:
    """The runtime in memory as it is seen: what is hidden comes later.

    Args:
        world: the runtime.
        not_found: the error of a container that is not there.
    """

    def __init__(self, world: Any, not_found: Callable[[str], Exception]) -> None:
        self._world, self._not_found = world, not_found
        self.hidden: set[str] = set()

    def list_containers(self, filter: Any = None) -> list[Any]:  # noqa: A002  (the CRI's field name)
        """Those that are not hidden."""
        return [one for one in self._world.list_containers(filter) if one.id not in self.hidden]

    def container_status(self, container_id: str) -> Any:
        """Of one that is not hidden."""
        if container_id in self.hidden:
            raise self._not_found(container_id)
        return self._world.container_status(container_id)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._world, name)


class MemoryNode:
    """A node with a runtime in memory; see `Node`.

    Args:
        k: the package of the port: `fsm.kubelet`, or a copy with a bug in it.
    """

    name, run = "embedded", "embedded"
    image, logs = IMAGE, ""

    def __init__(self, k: Any) -> None:
        self.k = k
        stored = k.Image("sha256:" + "a" * 64, repo_tags=(IMAGE,))
        self.disk = k.MemoryFiles()
        self.images = k.MemoryImages([stored])
        self.world = k.MemoryRuntime(self.images, k.SteppingClock(), None, self.disk)
        self.runtime = View(self.world, lambda id_: self._error("NOT_FOUND", f'container "{id_}": not found'))
        self.line = self.runtime
        self.down = False
        self._refusals: list[Exception] = []
        self._late: list[Callable[[], None]] = []

    def lacks(self, what: What) -> str:
        """Nothing."""
        return ""

    def outcomes(self, fault: Fault) -> tuple[str, ...]:
        """The names of what may come of it."""
        return tuple(self._outcomes(fault, ""))

    def pass_on(self, method: str, call: Callable[[], T]) -> T:
        """Make the call, if the runtime is there."""
        if self.down:
            raise self._error("UNAVAILABLE", AWAY)
        if method == CREATE and self._refusals:
            raise self._refusals.pop()
        return call()

    def carry_out(self, fault: Fault, call: "partial[T]", pod: str) -> T:
        """Make the call as one of the outcomes has it."""
        if self.down:
            raise self._error("UNAVAILABLE", AWAY)
        outcomes = tuple(self._outcomes(fault, pod).values())
        made: T = outcomes[int(fault.chance * len(outcomes))](call)
        return made

    def happen(self, what: What, pod: str) -> None:
        """Between two calls."""
        match what:
            case What.KILLED:
                self.down = True
            case What.SHIM:
                self._lose_sandbox(pod)
            case What.REBOOTED:
                self.world.reboot()

    def exit(self, container: str, ok: bool) -> None:
        """With 0, or with 1."""
        self.world.exit_container(container, 0 if ok else 1)

    def recover(self) -> None:
        """Start the runtime, if it is not there."""
        self.down = False

    def wait(self, turn: int) -> None:
        """What is late comes now."""
        late, self._late = self._late, []
        for comes in late:
            comes()

    def processes(self, pod: str) -> dict[str, str]:
        """What runs, since nothing else can tell."""
        running = [one for one in self.world.list_containers() if one.state.name == "CONTAINER_RUNNING"]
        mine = [one for one in running if one.labels.get(self.k.labels.POD_UID_LABEL) == pod]
        return {one.id: "sh" for one in mine}

    def restart(self) -> bool:
        """Nothing is mended by that."""
        return False

    def leftovers(self, pod: str) -> list[str]:
        """What is hidden has been forgotten, too."""
        selector = {self.k.labels.POD_UID_LABEL: pod}
        containers = self.world.list_containers(self.k.messages.ContainerFilter(label_selector=selector))
        return [f"container {one.id[:12]}" for one in containers]

    def litter(self) -> list[str]:
        """It has no disk of its own."""
        return []

    # what may come of a call

    def _outcomes(self, fault: Fault, pod: str) -> dict[str, Outcome]:
        method = fault.method
        match fault.what, fault.when:
            case What.REPLY_LOST, _:
                return {"done": self._lost}
            case What.ID_LOST, _:
                return {"done": lambda call: call() and ""}
            case What.REFUSED, _:
                return {"refused": self._refused(method)}
            case What.RESERVED, _:
                return {"refused": self._raises("UNKNOWN", RESERVED)}
            case What.DELAYED, _:
                return {"in time": lambda call: call(), "too late": self._lost}
            case What.DEADLINE, _:
                return self._given_up(method)
            case What.CUT, _:
                return {
                    "done": self._lost_with("UNAVAILABLE", CUT),
                    "undone": self._raises("UNAVAILABLE", CUT),
                }
            case What.PAUSED, _:
                return {"done": self._lost, "undone": self._raises("DEADLINE_EXCEEDED", GIVEN_UP)}
            case What.KILLED, When.DURING:
                return {name: self._dying(outcome) for name, outcome in self._interrupted(method).items()}
        happens = lambda: self.happen(fault.what, pod)  # noqa: E731
        return self._at(fault.when, happens, answers=fault.what is What.SHIM)

    def _at(self, when: When, happens: Callable[[], None], answers: bool) -> dict[str, Outcome]:
        """Something happens around a call, after which the runtime answers all the same, or not."""

        def before(call: Any) -> Any:
            happens()
            if answers:
                return call()
            raise self._error("UNAVAILABLE", AWAY)

        def after(call: Any) -> Any:
            reply = call()
            happens()
            return reply

        def during(call: Any) -> Any:
            call()
            happens()
            raise self._error("UNAVAILABLE", CUT)

        if when is When.DURING:
            return {"first": before, "last": after if answers else during}
        return {when.value: before if when is When.BEFORE else after}

    def _given_up(self, method: str) -> dict[str, Outcome]:
        undone = self._raises("DEADLINE_EXCEEDED", GIVEN_UP)
        found: dict[str, dict[str, Outcome]] = {
            CREATE: {"done": self._lost, "late": self._late_create, "undone": undone},
            START: {"late": self._late_start, "failed": self._failed_start},
            SANDBOX: {"undone": undone},
        }
        return found.get(method, {"done": self._lost, "undone": undone})

    def _interrupted(self, method: str) -> dict[str, Outcome]:
        """What is found when the runtime is there again that was killed during a call."""
        nothing: Outcome = lambda _call: None  # noqa: E731
        done: Outcome = lambda call: call()  # noqa: E731
        found: dict[str, dict[str, Outcome]] = {
            CREATE: {"undone": nothing, "done": done, "unknown": self._unreadable, "rename": self._rename},
            START: {"created": nothing, "running": done},
        }
        return found.get(method, {"undone": nothing, "done": done})

    def _lost(self, call: Any) -> Any:
        return self._lost_with("DEADLINE_EXCEEDED", GIVEN_UP)(call)

    def _lost_with(self, code: str, details: str) -> Outcome:
        def lost(call: Any) -> Any:
            call()
            raise self._error(code, details)

        return lost

    def _raises(self, code: str, details: str) -> Outcome:
        def raises(_call: Any) -> Any:
            raise self._error(code, details)

        return raises

    def _refused(self, method: str) -> Outcome:
        if method != START:
            return self._raises("UNKNOWN", BUSY)

        def fails(call: Any) -> Any:
            self.world.fail_next_start(BUSY)
            return call()

        return fails

    def _late_create(self, call: Any) -> Any:
        made = call()
        self.runtime.hidden.add(made)
        self._late.append(lambda: self.runtime.hidden.discard(made))
        raise self._error("DEADLINE_EXCEEDED", GIVEN_UP)

    def _late_start(self, call: Any) -> Any:
        self._late.append(lambda: self._fail_start(call))
        raise self._error("DEADLINE_EXCEEDED", GIVEN_UP)

    def _failed_start(self, call: Any) -> Any:
        self._fail_start(call)
        raise self._error("DEADLINE_EXCEEDED", GIVEN_UP)

    def _fail_start(self, call: Any) -> None:
        """The start fails, if it is still to be had."""
        (container,) = call.args
        created = [one.id for one in self.world.list_containers() if one.state.name == "CONTAINER_CREATED"]
        if container in created:
            self.world.fail_next_start(GIVEN_UP)
            with suppress(self.k.RpcError):
                call()

    def _unreadable(self, call: Any) -> None:
        self.world.lose_container(call())

    def _rename(self, _call: Any) -> None:
        self._refusals.append(self._error("UNKNOWN", RENAME))

    def _dying(self, outcome: Outcome) -> Outcome:
        def dies(call: Any) -> Any:
            outcome(call)
            self.down = True
            raise self._error("UNAVAILABLE", CUT)

        return dies

    def _lose_sandbox(self, pod: str) -> None:
        """It is not ready, and what ran in it has ended."""
        for one in self.world.list_pod_sandbox():
            if one.metadata.uid == pod:
                self.world.stop_pod_sandbox(one.id)

    def _error(self, code: str, details: str) -> Exception:
        error: Exception = self.k.RpcError(self.k.StatusCode[code], details)
        return error
