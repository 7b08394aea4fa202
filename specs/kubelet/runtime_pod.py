"""A pod of a test's own on a real runtime, and what the world does there.

Processes really run: a container's ends by itself when it is told to, a hook is a script in a file that is
mounted, and the logs are where the runtime writes them, in a directory that stands for the node's root.
Whatever is found is this pod's alone.
"""

import os
import shutil
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest

import fsm.kubelet as k
from fsm.kubelet import messages as cri

UID = "uid-1"  # the pod's uid as the spec's texts have it

_SCRIPT = """
trap "exit 0" TERM
read pid rest < /proc/self/stat
echo $pid > /pid
while :; do sleep 3600 & wait $!; done
"""
RUNS = ("sh", "-c", _SCRIPT)
"""A process that ends with 0 when it is sent TERM, whatever number it has in its namespace.

The shell's `$$` would be the number too, but a kubelet makes one `$` of two.
"""

END = ("sh", "-c", "until [ -s /pid ]; do sleep 0.01; done; kill $(cat /pid)")
MISSING = ("/no/such/command",)

PATIENCE = 30.0  # seconds that a runtime may take to notice that a process has ended


class RuntimePod:
    """A pod, its sandbox, and its containers.

    The sandbox's configuration is the port's, with the logs below `host` instead of `/`.

    Args:
        runtime: a client of the runtime.
        image: the name of an image that is there, with a shell.
        uid: the pod's; no other pod has it.
    """

    def __init__(self, runtime: Any, image: str, uid: str) -> None:
        self.runtime, self.uid = runtime, uid
        self.image = runtime.image_status(cri.ImageSpec(image))
        self.host = Path(tempfile.mkdtemp(prefix="fsm-pod-"))
        config = k.generate_pod_sandbox_config(self.mine(k.Pod("web", "default", uid)))
        self.config = replace(config, log_directory=f"{self.host}{config.log_directory}")
        self.sandbox = runtime.run_pod_sandbox(self.config)

    def mine(self, pod: Any) -> Any:
        """The pod with the uid of this one, on the node's network: that needs no network plugin."""
        return replace(pod, uid=self.uid, host_network=True)

    def containers(self, name: str = "") -> Sequence[Any]:
        """Its containers, or those of a name, oldest first."""
        labels = {"io.kubernetes.pod.uid": self.uid}
        if name:
            labels["io.kubernetes.container.name"] = name
        found = self.runtime.list_containers(cri.ContainerFilter(label_selector=labels))
        return sorted(found, key=lambda one: one.created_at)

    def create(self, name: str, command: Sequence[str] = RUNS) -> str:
        """A container that no kubelet has made, started."""
        labels = {**self.config.labels, "io.kubernetes.container.name": name}
        network = self.config.linux.security_context.namespace_options
        made = cri.ContainerConfig(
            cri.ContainerMetadata(name),
            cri.ImageSpec(self.image.id),
            tuple(command),
            labels=labels,
            linux=cri.LinuxContainerConfig(
                security_context=cri.LinuxContainerSecurityContext(namespace_options=network)
            ),
        )
        made_id: str = self.runtime.create_container(self.sandbox, made, self.config)
        self.runtime.start_container(made_id)
        return made_id

    def settle(self, name: str, wanted: bool) -> None:
        """Have a container of that name running, or none at all."""
        there = self.containers(name)
        for one in there if not wanted else ():
            self.remove(one.id)
        if wanted and not there:
            self.create(name)

    def remove(self, container_id: str) -> None:
        """Remove a container, in whatever state.

        A runtime may say that it "is still running, to stop first", be it stopped or not: containerd 1.6.20
        on a busy machine, measured. So it is stopped first, and a refusal is not believed at once.
        """
        give_up = time.monotonic() + PATIENCE
        while True:
            try:
                self.runtime.stop_container(container_id, 0)
                return self.runtime.remove_container(container_id)  # type: ignore[no-any-return]
            except k.RpcError as error:
                if error.code is k.StatusCode.NOT_FOUND:
                    return None
                if time.monotonic() > give_up:
                    raise
            time.sleep(0.01)

    def end_process(self, container_id: str) -> None:
        """The process of a container that `RUNS` ends by itself, and the runtime has noticed it."""
        with suppress(k.RpcError):  # the command ends with what it has ended
            self.runtime.exec_sync(container_id, END, int(PATIENCE))
        give_up = time.monotonic() + PATIENCE
        while self.runtime.container_status(container_id).state is not cri.ContainerState.CONTAINER_EXITED:
            if time.monotonic() > give_up:
                raise TimeoutError(
                    f"container {container_id} has not ended {PATIENCE:g} s after it was told to"
                )
            time.sleep(0.002)

    def script(self, name: str, exit_code: int) -> str:
        """A program in a file of the host that ends with that code; where it is."""
        file = self.host / name
        file.write_text(f"#!/bin/sh\nexit {exit_code}\n")
        file.chmod(0o755)
        return str(file)

    def directory(self, name: str) -> str:
        """A directory of the host, for a volume; where it is."""
        (self.host / name).mkdir(exist_ok=True)
        return str(self.host / name)

    def clear(self) -> None:
        """Remove its containers and its logs; the sandbox stays."""
        for one in self.containers():
            self.remove(one.id)
        shutil.rmtree(self.config.log_directory, ignore_errors=True)

    def close(self) -> None:
        """Remove what stands on the host; the sandbox is removed by whoever gave the uid."""
        shutil.rmtree(self.host)


@dataclass
class RuntimeDisk:
    """A pod's host as a bench has it: with faults, and with the pod's uid as the spec's texts have it.

    Args:
        on: the pod.
    """

    on: RuntimePod
    unreadable: set[str] = field(default_factory=set)
    read_only: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.real = k.LocalFiles(str(self.on.host))

    def at(self, path: str) -> Path:
        """Where a path of a bench really is."""
        return self.real.at(path.replace(UID, self.on.uid))

    @property
    def files(self) -> list[str]:
        """The files of the pod's logs, as a bench names them."""
        found = (Path(folder) / name for folder, _, names in os.walk(self.on.host) for name in names)
        return [f"/{one.relative_to(self.on.host)}".replace(self.on.uid, UID) for one in found]

    def stat(self, path: str) -> None:
        """As `Files` says."""
        self.real.stat(path)

    def list_directory(self, path: str) -> Sequence[Any]:
        """As `Files` says; what is `unreadable` fails."""
        if path.replace(self.on.uid, UID) in self.unreadable:
            raise PermissionError(f"open {path}: permission denied")
        return self.real.list_directory(path)

    def symlink(self, target: str, link: str) -> None:
        """As `Files` says; in a `read_only` directory it fails."""
        if str(Path(link).parent) in self.read_only:
            raise OSError(f"symlink {target} {link}: read-only file system")
        self.real.symlink(target, link)

    def make_directory(self, path: str) -> None:
        """The world, or a kubelet: a directory and its parents."""
        self.at(path).mkdir(parents=True, exist_ok=True)

    def write(self, path: str) -> None:
        """The world: a file, in a directory that is made with it; one that is there stays as it is."""
        self.at(path).parent.mkdir(parents=True, exist_ok=True)
        self.at(path).touch()

    def remove(self, path: str) -> None:
        """The world: a file goes; nothing there is fine."""
        self.at(path).unlink(missing_ok=True)


@pytest.fixture
def runtime_pod(cri_runtime: Any, cri_image: str, cri_pod: Any) -> Iterator[RuntimePod]:
    """A pod of the test's own on the runtime under test; nothing of it is left."""
    pod = RuntimePod(cri_runtime, cri_image, cri_pod.config().metadata.uid)
    yield pod
    pod.clear()
    pod.close()
