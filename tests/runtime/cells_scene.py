"""A scene: one pod on one runtime, with the shortest ways to do things to it.

Every scene has a pod of its own, so that scenes on one runtime do not meet, and begins with its first
sandbox. The methods that do something return the scene, so that what leads to a call reads as the calls in
their order: `scene.create().start().stop().id`.
"""

from dataclasses import dataclass, field, replace
from typing import Any, Self
from uuid import uuid4

from fsm.kubelet import ImageService, RpcError, RuntimeService
from fsm.kubelet import messages as cri

from .cells_worlds import World

__all__ = ["ABSENT", "Scene"]

ABSENT = "f" * 64  #: an id that nothing has
NAMESPACES = cri.NamespaceOption(network=cri.NamespaceMode.NODE, pid=cri.NamespaceMode.CONTAINER)


@dataclass
class Scene:
    """A pod on a runtime. `id` is the container that was created last, `sandbox` the last sandbox's id."""

    runtime: RuntimeService
    images: ImageService
    world: World
    uid: str = field(default_factory=lambda: str(uuid4()))
    id: str = ""
    sandbox: str = ""

    def __post_init__(self) -> None:
        image = self.images.image_status(cri.ImageSpec(self.world.image))
        if image is None:
            raise LookupError(f"the runtime lacks the image {self.world.image}")
        self.image_id = image.id
        self.pod = f"pod-{self.uid[:8]}"
        self.names = {
            self.uid: "<UID>",
            self.pod: "<POD>",
            self.image_id: "<IMAGE ID>",
            self.world.image: "<IMAGE>",
            self.world.directory: "<DIR>",
        }
        self._sandboxes: list[str] = []
        self._containers: list[str] = []
        self.run()

    def sandbox_config(self, attempt: int = 0, **changes: Any) -> cri.PodSandboxConfig:
        """The configuration of the pod's sandbox of that attempt."""
        config = cri.PodSandboxConfig(
            cri.PodSandboxMetadata(self.pod, self.uid, "default", attempt),
            log_directory=f"{self.world.directory}/{self.pod}",
            labels={"pod": self.uid},
            linux=cri.LinuxPodSandboxConfig(cri.LinuxSandboxSecurityContext(namespace_options=NAMESPACES)),
        )
        return replace(config, **changes)

    def config(self, name: str = "c", attempt: int = 0, **changes: Any) -> cri.ContainerConfig:
        """The configuration of a container that runs until it is killed."""
        config = cri.ContainerConfig(
            cri.ContainerMetadata(name, attempt),
            cri.ImageSpec(self.world.image),
            command=("sleep", "100000"),
            log_path=f"{name}_{attempt}.log",
            labels={"pod": self.uid},
            linux=cri.LinuxContainerConfig(
                security_context=cri.LinuxContainerSecurityContext(namespace_options=NAMESPACES)
            ),
        )
        return replace(config, **changes)

    def request(
        self, sandbox: str | None = None, **changes: Any
    ) -> tuple[str, cri.ContainerConfig, cri.PodSandboxConfig]:
        """The arguments of CreateContainer, in the last sandbox if not said."""
        return self.sandbox if sandbox is None else sandbox, self.config(**changes), self.sandbox_config()

    def run(self, attempt: int = 0, **changes: Any) -> Self:
        """Run a sandbox of that attempt."""
        self.sandbox = self.learn(
            "RunPodSandbox", self.runtime.run_pod_sandbox(self.sandbox_config(attempt, **changes))
        )
        return self

    def create(self, **changes: Any) -> Self:
        """Create a container in the last sandbox."""
        return self.made(*self.request(**changes))

    def made(self, *request: Any) -> Self:
        """Create a container as requested."""
        self.id = self.learn("CreateContainer", self.runtime.create_container(*request))
        return self

    def learn(self, call: str, id_: str) -> str:
        """Know the id that a call answered with, to call it by its order and to tidy up."""
        kind, known = ("S", self._sandboxes) if call == "RunPodSandbox" else ("C", self._containers)
        known.append(id_)
        self.names[id_] = f"<{kind}{len(known)}>"
        return id_

    def start(self) -> Self:
        """Start the last container."""
        self.runtime.start_container(self.id)
        return self

    def fail_to_start(self) -> Self:
        """Start the last container, which is refused."""
        return self.refused("start_container", self.id)

    def refused(self, call: str, *arguments: Any) -> Self:
        """Make a call that is refused; raises AssertionError if it is not."""
        try:
            getattr(self.runtime, call)(*arguments)
        except RpcError:
            return self
        raise AssertionError(f"{call} was to be refused")

    def end(self, code: int) -> Self:
        """Create and start a container whose process ends by itself with that code, and wait for its end."""
        self.create(command=("sh", "-c", f"exit {code}")).start()
        self.world.end(self.id, code)
        return self

    def stop(self, timeout: int = 0) -> Self:
        """Stop the last container."""
        self.runtime.stop_container(self.id, timeout)
        return self

    def stop_first(self) -> Self:
        """Stop the first container that was created."""
        self.runtime.stop_container(self._containers[0], 0)
        return self

    def remove(self) -> Self:
        """Remove the last container."""
        self.runtime.remove_container(self.id)
        return self

    def stop_sandbox(self) -> Self:
        """Stop the last sandbox."""
        self.runtime.stop_pod_sandbox(self.sandbox)
        return self

    def remove_sandbox(self) -> Self:
        """Stop and remove the last sandbox."""
        self.runtime.remove_pod_sandbox(self.stop_sandbox().sandbox)
        return self

    def after(self, change: str, *arguments: Any) -> Self:
        """Something happens to the runtime: a method of the world."""
        getattr(self.world, change)(*arguments)
        return self

    def tidy(self) -> None:
        """Remove all sandboxes of the scene, with all that is in them."""
        self.world.start()
        for sandbox in self._sandboxes:
            self.world.insist(lambda: self._remove(sandbox))  # noqa: B023  (called within the turn)

    def _remove(self, sandbox: str) -> None:
        try:
            self.runtime.remove_pod_sandbox(sandbox)  # by force
        except RpcError:
            for container in self.runtime.list_containers(cri.ContainerFilter(pod_sandbox_id=sandbox)):
                self.runtime.stop_container(container.id, 0)
            raise
