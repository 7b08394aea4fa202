"""A containerd of one's own: started for tests, made to fail on purpose, and ended without a trace.

Everything that it keeps is below one directory, and its images are made here (`oci_image`): it shares nothing
with another containerd on the machine but the kernel, and nothing that it does leaves the machine. Two
directories are reached all the same, for containerd and runc know no others: `/run/containerd/s` and the
cgroups `k8s.io`; what is its own in them is told by id (`leftovers`). If the process that owns it is killed,
a guard ends it (`containerd_guard`).
"""

import re
import shutil
import signal
import subprocess
import time
from functools import cached_property
from pathlib import Path
from types import TracebackType
from typing import Self

from .. import messages as cri
from ..errors import RpcError
from .client import CriRuntime
from .containerd_config import BUSYBOX, BUSYBOX_2, PAUSE, USER, config_of, hosts
from .containerd_directory import ContainerdError, Directory
from .containerd_guard import dismiss, post
from .containerd_needs import programs, wanting
from .leftovers import Leftovers, end, find, ids_of
from .mounts import overlay_works
from .oci_image import OciImage, archive
from .pods import Pods
from .process import Process, process_of, processes

__all__ = ["IMAGES", "ContainerdError", "PrivateContainerd"]

IMAGES = (
    OciImage(PAUSE, entrypoint=("/bin/sleep", "2147483647")),
    OciImage(BUSYBOX, command=("/bin/sh",)),
    OciImage(BUSYBOX_2, command=("/bin/sh",), labels={"version": "2"}),
    OciImage(USER, command=("/bin/sh",), user="1000"),
)
PATIENCE = 30.0  #: seconds for a start, and for what ends to end; half a second is usual
BRIEF = (
    "start",
    "delete",
)  #: what a shim's program is also run for, to start the one that stays, or after it
LAST = 5  #: lines of the log that a failure shows


class PrivateContainerd:
    """A containerd below a directory; in a `with` statement it is started, and ended with all it made.

    It holds the images of `IMAGES`. Pods must use the node's network (`NamespaceMode.NODE`), for there is no
    CNI configuration.

    Args:
        directory: where everything is kept: empty, or not there yet. A short path, for sockets are in it.
        program: which containerd, 1.6 or later; a shim and a `ctr` beside it are taken before those on PATH.

    Raises:
        ContainerdError: if this machine has not what it takes; see `containerd_needs.wanting`.

    Example:
        with PrivateContainerd(Path("/tmp/one")) as containerd, connect(containerd.endpoint) as runtime:
            sandbox = runtime.run_pod_sandbox(config)
            containerd.restart()
            assert runtime.pod_sandbox_status(sandbox).state is PodSandboxState.SANDBOX_READY
    """

    def __init__(self, directory: Path, program: str = "containerd") -> None:
        lacks = wanting(program)
        if lacks:
            raise ContainerdError(f"no containerd can be started: {lacks}")
        self._directory = Directory(Path(directory).absolute())
        self._programs = programs(program)
        self._process: Process | None = None
        self._child: subprocess.Popen[bytes] | None = None
        self._ids: frozenset[str] = frozenset()
        self._guard: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        left = self.end()
        if left and error is None:
            raise ContainerdError(f"the containerd of {self.directory} left behind\n{left}")

    @property
    def directory(self) -> Path:
        """Where everything is kept."""
        return self._directory.path

    @property
    def endpoint(self) -> str:
        """Where it listens: `unix:///…`."""
        return f"unix://{self._directory.socket}"

    @property
    def program(self) -> str:
        """Which containerd it is: a path."""
        return self._programs.containerd

    @property
    def log(self) -> Path:
        """What the daemon says, from its first start to its last."""
        return self._directory.log

    @property
    def pid(self) -> int:
        """Of the daemon; raises ContainerdError if it does not run."""
        return self._running().pid

    @property
    def alive(self) -> bool:
        """Whether the daemon runs, be it paused."""
        return self._process is not None and self._process.alive

    @cached_property
    def version(self) -> str:
        """Of containerd, such as `1.6.20`."""
        words = [self.program, "--version"]
        told = subprocess.run(words, capture_output=True, text=True, check=False).stdout
        found = re.search(r"\bv?(\d+\.\d+\.\d+)", told)
        if found is None:
            raise ContainerdError(f"{' '.join(words)} names no version of containerd: {told.strip()!r}")
        return found[1]

    @cached_property
    def snapshotter(self) -> str:
        """`overlayfs`, or `native` where an overlay cannot be mounted."""
        return "overlayfs" if overlay_works(self.directory) else "native"

    # its life

    def start(self) -> None:
        """Start the daemon, and return when it serves calls and has its images.

        Raises:
            ContainerdError: if it runs already, or does not start; then everything is ended.
        """
        if self.alive:
            raise ContainerdError(f"the containerd of {self.directory} runs already, as {self.pid}")
        self._reap()  # one that has ended by itself, as after a panic
        if self._guard is None:
            self._directory.claim()
            self._guard = post(self._directory)
        try:
            if not self._directory.config.exists():
                self._lay_out()
            self._spawn()
            with CriRuntime(self.endpoint) as runtime:
                self._wait_until_ready(runtime)
                if runtime.image_status(cri.ImageSpec(BUSYBOX)) is None:
                    self._import_images(runtime)
        except (OSError, RpcError) as error:
            self.end()
            raise ContainerdError(f"containerd could not be started in {self.directory}: {error}") from None
        except BaseException:
            self.end()
            raise

    def end(self) -> Leftovers:
        """End the daemon and all that it made, and remove the directory.

        Returns:
            What could not be ended; then the directory is still there.
        """
        if self._guard is None:  # never started, and so perhaps somebody else's
            return Leftovers()
        self.remove_sandboxes()
        self._end_daemon()
        left = end(self._directory, self.ids())
        if not left:
            shutil.rmtree(self.directory, ignore_errors=True)
            dismiss(self._guard)
            self._guard = None
        return left

    def remove_sandboxes(self) -> None:
        """Remove every sandbox, with its containers, as a kubelet would; what fails is left to `end`."""
        if not self.alive:
            return
        self.resume()
        with CriRuntime(self.endpoint, deadline=PATIENCE / 3) as runtime:
            try:
                for sandbox in runtime.list_pod_sandbox():
                    runtime.stop_pod_sandbox(sandbox.id)
                    runtime.remove_pod_sandbox(sandbox.id)
            except RpcError:
                pass

    def ids(self) -> frozenset[str]:
        """The ids of all sandboxes and containers that it ever had."""
        self._ids |= ids_of(self._directory)
        return self._ids

    def leftovers(self) -> Leftovers:
        """What there is of it now on the machine."""
        return find(self._directory, self.ids())

    def refusal(self) -> str:
        """Why this machine runs no containers, in the runtime's words; "" if it does. One is run to see."""
        with CriRuntime(self.endpoint, deadline=PATIENCE) as runtime:
            pods = Pods(runtime, self.directory / "logs")
            pod = pods.config("trial")
            trial = cri.ContainerConfig(cri.ContainerMetadata("trial"), cri.ImageSpec(BUSYBOX), ("true",))
            try:
                sandbox = runtime.run_pod_sandbox(pod)
                runtime.start_container(runtime.create_container(sandbox, trial, pod))
            except RpcError as error:
                return error.details
            finally:
                pods.remove()
        return ""

    # what may happen to it; each raises ContainerdError if there is nothing that it could happen to

    def kill(self) -> None:
        """End the daemon as `kill -9` does; shims and containers run on."""
        self._running().send(signal.SIGKILL)
        self._reap()

    def restart(self) -> None:
        """`kill` and `start`."""
        self.kill()
        self.start()

    def pause(self) -> None:
        """Have the daemon do nothing (SIGSTOP): calls wait, containers run on."""
        self._running().stop(PATIENCE)

    def resume(self) -> None:
        """End a `pause`."""
        self._running().send(signal.SIGCONT)

    def recover(self) -> None:
        """Have the daemon run and do its work, whatever happened to it; nothing if it does."""
        if self.alive:
            self.resume()
        else:
            self.start()

    def kill_shim(self, sandbox_id: str) -> None:
        """End the shim of a sandbox as `kill -9` does; its containers end with it."""
        words = {"-id", sandbox_id, "-address", str(self._directory.socket)}
        for process in processes():
            told = process.arguments
            if words <= set(told) and told[-1] not in BRIEF and process.send(signal.SIGKILL):
                process.wait(PATIENCE)
                return
        raise ContainerdError(f"no shim of sandbox {sandbox_id} runs")

    def process(self, container_id: str) -> Process:
        """The first process of a container, or of a sandbox, that has been started."""
        try:
            pid = int((self._directory.bundles / container_id / "init.pid").read_text())
        except (OSError, ValueError):
            pid = 0
        found = process_of(pid)
        if found is None or found not in find(self._directory, {container_id}).processes:
            raise ContainerdError(f"no process of container {container_id} runs")
        return found

    def kill_process(self, container_id: str) -> None:
        """End the first process of a container as `kill -9` does."""
        process = self.process(container_id)
        process.send(signal.SIGKILL)
        process.wait(PATIENCE)

    def reboot(self) -> None:
        """What the machine's reboot does: every process ends, the state is gone, the daemon starts again."""
        if self.alive:
            self.kill()
        left = end(self._directory, self.ids())
        if left:
            raise ContainerdError(f"for a reboot all should have ended, and there is\n{left}")
        shutil.rmtree(self._directory.state, ignore_errors=True)
        self.start()

    # within

    def _running(self) -> Process:
        if self._process is None or not self._process.alive:
            raise ContainerdError(f"the containerd of {self.directory} does not run")
        return self._process

    def _lay_out(self) -> None:
        registry = self.directory / "registries/_default"
        for folder in (registry, self.directory / "cni", self.directory / "temp"):
            folder.mkdir(parents=True)
        (registry / "hosts.toml").write_text(hosts())
        version = tuple(int(part) for part in self.version.split("."))
        self._directory.config.write_text(config_of(self._directory, self.snapshotter, version))

    def _spawn(self) -> None:
        with self.log.open("ab") as log:
            self._child = subprocess.Popen(
                [self.program, "--config", str(self._directory.config)],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,  # Ctrl-C at a terminal is for the tests, which then end it
                env={"PATH": self._programs.path},  # and no proxy
            )
        self._process = process_of(self._child.pid)

    def _wait_until_ready(self, runtime: CriRuntime) -> None:
        give_up = time.monotonic() + PATIENCE
        while True:
            try:
                return runtime.wait_until_ready(0.5)
            except RpcError as error:
                failure = f"it is not ready after {PATIENCE:.0f} seconds: {error.details}"
            code = None if self._child is None else self._child.poll()
            if code is not None:
                failure = f"it ended with code {code}"
            elif time.monotonic() < give_up:
                continue
            last = self.log.read_text(errors="replace").splitlines()[-LAST:]
            said = "".join(f"\n  {line}" for line in last)
            raise ContainerdError(
                f"containerd {self.version} did not start, {failure}; its last words:{said}"
            )

    def _import_images(self, runtime: CriRuntime) -> None:
        listing = subprocess.run(
            [self._programs.busybox, "--list"], capture_output=True, text=True, check=True
        )
        file = self.directory / "images.tar"
        file.write_bytes(archive(IMAGES, Path(self._programs.busybox).read_bytes(), listing.stdout.split()))
        words = [self._programs.ctr, "--address", str(self._directory.socket), "--namespace", "k8s.io"]
        words += ["images", "import", "--snapshotter", self.snapshotter, str(file)]
        done = subprocess.run(words, capture_output=True, text=True, check=False)
        file.unlink()
        if done.returncode:
            raise ContainerdError(f"the images could not be imported: {done.stderr.strip()}")
        give_up = time.monotonic() + PATIENCE
        while any(runtime.image_status(cri.ImageSpec(image.name)) is None for image in IMAGES):
            if time.monotonic() > give_up:
                raise ContainerdError("the images were imported, and the CRI does not show them")
            time.sleep(0.01)

    def _end_daemon(self) -> None:
        process = self._process
        if process is not None and process.send(signal.SIGTERM) and not process.wait(PATIENCE / 3):
            process.send(signal.SIGKILL)
        self._reap()

    def _reap(self) -> None:
        if self._child is not None:
            self._child.wait()
        self._process = self._child = None
