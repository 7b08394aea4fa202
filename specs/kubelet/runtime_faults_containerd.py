"""Nodes with a real runtime: what happens to calls on their way, and to the daemon itself where it is ours.

Nobody chooses an outcome here. `chance` says when: how long a deadline is, how far into a call a daemon is
ended. The ranges are those in which outcomes were seen to differ with containerd 1.6.20 on an idle machine;
they grow with the time that calls take (`pace`).
"""

import json
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

from .pod_deeds import NOT_READY
from .runtime_faults import CREATE, REMOVE, SANDBOX, START, Fault, What, When

T = TypeVar("T")

RESERVED = f'failed to reserve container name "c_0": name "c_0" is reserved for "{"f" * 64}"'

DEADLINES = {
    CREATE: (0.0005, 0.012),
    START: (0.005, 0.040),
    SANDBOX: (0.0025, 0.020),  # the client gives it twice as much, as a kubelet does
    REMOVE: (0.0005, 0.003),
}  #: seconds
USUAL = {CREATE: 0.006, START: 0.055, SANDBOX: 0.055, REMOVE: 0.003}  #: seconds that a call takes
INTO = 1.2  #: how far into a call something may happen, in calls
PAUSE = 0.2  #: seconds until a call to a paused runtime is given up
READY = 30.0  #: seconds until clients are connected again
LOST = 15.0  #: seconds in which a sandbox whose shim is gone is told to be not ready
TASKS = "state/io.containerd.runtime.v2.task/k8s.io"
KEPT = ("containers", "sandboxes")
CRI_ROOT = "root/io.containerd.grpc.v1.cri"

PATIENCE = 0.3  #: seconds until a call is given up whose reply is late
LATEST = 0.6  #: seconds that a reply may be late

ON_THE_WIRE: Mapping[What, Callable[[float], dict[str, Any]]] = {
    What.REPLY_LOST: lambda _: {"action": "drop_reply"},
    What.REFUSED: lambda _: {
        "action": "error",
        "code": "UNKNOWN",
        "details": NOT_READY,
    },
    What.RESERVED: lambda _: {"action": "error", "code": "UNKNOWN", "details": RESERVED},
    What.DELAYED: lambda chance: {"action": "delay_after", "seconds": chance * LATEST},
    What.CUT: lambda chance: {"action": "cut_before" if chance < 0.5 else "cut_after"},
}
"""What the proxy does, as one of its rules."""

OURS = frozenset({What.KILLED, What.PAUSED, What.SHIM, What.REBOOTED})


class Entry(NamedTuple):
    """One name in a directory."""

    name: str
    is_directory: bool


class Disk:
    """The node's files below a directory; a path that is in it already is taken as it is."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def at(self, path: str) -> Path:
        """Where a file of the node really is."""
        return Path(path) if path.startswith(f"{self.root}/") else Path(f"{self.root}{path}")

    def stat(self, path: str) -> None:
        """As `Files` says."""
        self.at(path).stat()

    def list_directory(self, path: str) -> list[Any]:
        """As `Files` says."""
        return [Entry(one.name, one.is_dir()) for one in self.at(path).iterdir()]

    def symlink(self, target: str, link: str) -> None:
        """As `Files` says."""
        self.at(link).parent.mkdir(parents=True, exist_ok=True)
        self.at(link).symlink_to(self.at(target))

    def make_directory(self, path: str) -> None:
        """A directory and its parents."""
        self.at(path).mkdir(parents=True, exist_ok=True)

    def remove(self, path: str) -> None:
        """A file; that it is not there is fine."""
        self.at(path).unlink(missing_ok=True)


class WireNode:
    """A node whose runtime is somebody's: only what is between us and it can be made to fail.

    Args:
        k: the package of the port.
        runtime: a `CriRuntime`, ready.
        line: another one, through the proxy.
        proxy: a `Proxy` in front of the runtime.
        image: the name of an image that is there.
        root: a directory of ours: the node's disk, as far as it is looked at.
        run: what tells this run's pods from others.
    """

    name = "real"

    def __init__(self, k: Any, runtime: Any, line: Any, proxy: Any, image: str, root: Path, run: str) -> None:
        self.k, self.runtime, self.line, self.images, self.proxy = k, runtime, line, line, proxy
        self.image, self.run = image, run
        self.disk, self.logs = Disk(root), str(root)
        self.down = False
        self._pace = dict.fromkeys(USUAL, 1.0)

    def lacks(self, what: What) -> str:
        """Why this cannot be brought about."""
        return "the runtime is not ours to end, to pause and to start" if what in OURS else ""

    def outcomes(self, fault: Fault) -> tuple[str, ...]:
        """Nobody chooses."""
        return ()

    def pass_on(self, method: str, call: Callable[[], T]) -> T:
        """Make the call, and remember how long it took."""
        began = time.monotonic()
        reply = call()
        if method in USUAL:
            took = (time.monotonic() - began) / USUAL[method]
            self._pace[method] = (self._pace[method] + took) / 2
        return reply

    def pace(self, method: str) -> float:
        """How much longer than usual a call takes of late."""
        return max(1.0, self._pace[method])

    def carry_out(self, fault: Fault, call: "partial[T]", pod: str) -> T:
        """Make the call, and have this happen to it."""
        rule = ON_THE_WIRE.get(fault.what)
        if rule is not None:
            name = "".join(word.title() for word in fault.method.split("_"))
            self.proxy.add({"method": name, "nth": 1, **rule(fault.chance)})
            if fault.what is not What.DELAYED:
                return call()
            with self.deadline(PATIENCE):
                return call()
        match fault.what:
            case What.ID_LOST:
                call()
                return ""  # type: ignore[return-value]
            case What.DEADLINE:
                least, most = DEADLINES[fault.method]
                with self.deadline((least + fault.chance * (most - least)) * self.pace(fault.method)):
                    return call()
        return self.shake(fault, call, pod)

    @contextmanager
    def deadline(self, seconds: float) -> Iterator[None]:
        """Calls are given up after so many seconds."""
        before, self.line.deadline = self.line.deadline, seconds
        try:
            yield
        finally:
            self.line.deadline = before

    def meanwhile(self, fault: Fault, call: Callable[[], T], happens: Callable[[], object]) -> T:
        """Make a call, and have something happen when it is under way."""

        def later() -> None:
            time.sleep(fault.chance * INTO * USUAL[fault.method] * self.pace(fault.method))
            happens()

        with ThreadPoolExecutor(1) as other:
            under_way = other.submit(later)
            try:
                return call()
            finally:
                under_way.result()

    def shake(self, fault: Fault, call: "partial[T]", pod: str) -> T:
        """For a runtime that is ours."""
        raise NotImplementedError(self.lacks(fault.what))

    def happen(self, what: What, pod: str) -> None:
        """For a runtime that is ours."""
        raise NotImplementedError(self.lacks(what))

    def exit(self, container: str, ok: bool) -> None:
        """It ends well when it is told to, and badly when it is not asked."""
        self.runtime.stop_container(container, 10 if ok else 0)

    def recover(self) -> None:
        """It is not ours."""

    def wait(self, turn: int) -> None:
        """A little longer each time, a second at most."""
        time.sleep(min(0.05 * 2**turn, 1.0))

    def processes(self, pod: str) -> dict[str, str]:
        """Whose processes they are, cannot be told from here."""
        return {}

    def restart(self) -> bool:
        """It is not ours."""
        return False

    def leftovers(self, pod: str) -> list[str]:
        """Nor what there is but what is listed."""
        return []

    def litter(self) -> list[str]:
        """Nor what it keeps on its disk."""
        return []


class ContainerdNode(WireNode):
    """A node with a containerd of ours, which may be killed, paused and started.

    Args:
        containerd: a `PrivateContainerd`; its `root` is in its own directory.
        others: as of a `WireNode`.
    """

    def __init__(self, containerd: Any, *others: Any) -> None:
        super().__init__(*others)
        self.containerd = containerd
        self.told: set[Path] = set()  # folders that were left behind
        self.name = f"containerd {containerd.version}"

    def lacks(self, what: What) -> str:
        """Nothing."""
        return ""

    def shake(self, fault: Fault, call: "partial[T]", pod: str) -> T:
        """Something happens to the runtime before, during or after a call; not while it is away."""
        if self.down:
            return call()
        if fault.what is What.PAUSED:
            return self.paused(fault, call)
        happens = partial(self.happen, fault.what, pod)
        if fault.when is When.DURING:
            return self.meanwhile(fault, call, happens)
        if fault.when is When.BEFORE:
            happens()
            return call()
        reply = call()
        happens()
        return reply

    def paused(self, fault: Fault, call: "partial[T]") -> T:
        """Stop the daemon, wait until the caller gives up, and let it go on."""
        with self.deadline(PAUSE / 2 if fault.method == SANDBOX else PAUSE):
            try:
                if fault.when is When.DURING:
                    return self.meanwhile(fault, call, self.containerd.pause)
                self.containerd.pause()
                return call()
            finally:
                self.containerd.resume()

    def happen(self, what: What, pod: str) -> None:
        """What there is to happen to a daemon and to its shims."""
        match what:
            case What.KILLED:
                self.containerd.kill()
                self.down = True
            case What.REBOOTED:
                self.containerd.reboot()
                self.wait_until_ready()
            case What.SHIM:
                self.lose_sandbox(pod)

    def lose_sandbox(self, pod: str) -> None:
        """End the shim of the pod's sandbox, and wait until that is told."""
        asked = self.k.messages.PodSandboxFilter(label_selector={self.k.labels.POD_UID_LABEL: pod})
        ready = [one.id for one in self.runtime.list_pod_sandbox(asked) if one.state.name == "SANDBOX_READY"]
        for one in ready:
            self.containerd.kill_shim(one)
        end = time.monotonic() + LOST
        while any(one.state.name == "SANDBOX_READY" for one in self.runtime.list_pod_sandbox(asked)):
            if time.monotonic() > end:
                raise AssertionError(
                    f"{LOST} s after the end of its shim a sandbox is still said to be ready"
                )
            time.sleep(0.01)

    def recover(self) -> None:
        """Start the daemon, if it is not there."""
        if self.down:
            self.containerd.recover()
            self.down = False
            self.wait_until_ready()

    def restart(self) -> bool:
        """End the daemon and start it."""
        self.happen(What.KILLED, "")
        self.recover()
        return True

    def wait_until_ready(self) -> None:
        """Clients that were connected are so again."""
        for client in (self.runtime, self.line):
            client.wait_until_ready(READY)

    def bundles(self) -> list[Path]:
        """The folders of containers and sandboxes that have a task."""
        return sorted((self.containerd.directory / TASKS).glob("*"))

    def leftovers(self, pod: str) -> list[str]:
        """Processes of containers that no list shows."""
        return [f"a process ({what}) of {id_[:12]}" for id_, what in self.processes(pod).items()]

    def litter(self) -> list[str]:
        """Folders of containers and sandboxes that no list shows."""
        listed = {one.id for one in self.runtime.list_containers()}
        listed |= {one.id for one in self.runtime.list_pod_sandbox()}
        kept = [folder for kind in KEPT for folder in (self.containerd.directory / CRI_ROOT / kind).glob("*")]
        folders = {one for one in (*self.bundles(), *kept) if one.name not in listed}
        new, self.told = sorted(folders - self.told), self.told | folders
        return [f"a folder in {one.parent.parent.name}/{one.parent.name}" for one in new]

    def processes(self, pod: str) -> dict[str, str]:
        """By the bundles of its tasks, and what `/proc` says of their first processes."""
        found = {}
        for bundle in self.bundles():
            try:
                annotations = json.loads((bundle / "config.json").read_text()).get("annotations", {})
                pid = int((bundle / "init.pid").read_text())
                command = Path(f"/proc/{pid}/comm").read_text().strip()
            except (OSError, ValueError):
                continue
            # Until the container's program is executed, the process is runc's own.
            mine = annotations.get("io.kubernetes.cri.sandbox-uid", pod) == pod
            container = annotations.get("io.kubernetes.cri.container-type") == "container"
            if mine and container and not command.startswith("runc"):
                found[bundle.name] = command
        return found
