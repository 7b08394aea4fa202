"""The bench of `startContainer` over a real runtime, and how its recordings are read.

What happens is real: containers are created, run, end by themselves and are killed, a hook is a program that
is run in its container, a start fails because the command is not there, logs are written by the runtime and
counted on the node's disk. What is put in front of it:

    a call that is refused, or whose reply is lost    `FaultyRuntime` before the client
    images that are pulled                            in memory, with the id of the real one: no registry is
                                                      to be had everywhere
    a runtime that removes what does not start,       the deed is done for it, after the failure
    as CRI-O does
    a runtime that writes no log                      the container is created without a path for one
    a log of a start that is refused before           an empty file
    the runtime hears of it
    an unreadable directory, a link that fails        the kubelet's files, in a root of the pod's own
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from .runtime_pod import MISSING, RUNS, UID, RuntimeDisk, RuntimePod
from .start_bench import HOOK, IMAGE, NAME, START_REFUSAL, TARGET, Bench, Chosen
from .start_reading import Reading


@dataclass
class RuntimeStarting:
    """A runtime that stands before the client: it may log elsewhere, fail to start, and remove what failed.

    An error of a start quotes the container's id, and `words` are what the runtime said then.

    Args:
        inner: the client, with faults in front.
        disk: the node's.
        error: the port's error of a call.
        opens: whether containers have a log.
        opened: whether the last start opened one.
        fails: whether what is created has no command that is there.
        removes: whether what does not start is removed.
    """

    inner: Any
    disk: RuntimeDisk
    error: type[Exception]
    opens: bool = True
    opened: bool = False
    fails: bool = False
    removes: bool = False
    words: str = field(default=START_REFUSAL)

    def create_container(self, pod_sandbox_id: str, config: Any, sandbox_config: Any) -> str:
        """Create the container, changed as it is wanted."""
        if self.fails:
            config = replace(config, command=MISSING, args=())
        if not self.opens:
            config = replace(config, log_path="")
        made: str = self.inner.create_container(pod_sandbox_id, config, sandbox_config)
        return made

    def start_container(self, container_id: str) -> None:
        """Start it."""
        log = self.inner.container_status(container_id).log_path if self.opens else ""
        try:
            self.inner.start_container(container_id)
        except self.error as error:
            if START_REFUSAL in str(error) and log:  # nothing else has heard of the start
                self.disk.write(log)
            if START_REFUSAL in str(error) or self.fails:
                self.words = error.details  # type: ignore[attr-defined]
                if self.removes:
                    self.inner.remove_container(container_id)
                raise error.within(f'no start of "{container_id}"') from None  # type: ignore[attr-defined]
            raise
        finally:
            self.opened = bool(log) and self.disk.at(log).exists()

    def __getattr__(self, name: str) -> Any:
        return getattr(self.inner, name)


class RuntimeBench(Bench):
    """A kubelet over a real runtime, and one pod of it.

    Args:
        k: the package of the port.
        version: which kubelet.
        kind: what is started.
        on: the pod, with nothing in it yet.
    """

    def __init__(self, k: Any, version: str, kind: Any, on: RuntimePod) -> None:
        self.on = on
        super().__init__(k, version, kind)

    def furnish(self) -> None:
        """The pod that there is."""
        k, on = self.k, self.on
        self.stored = k.Image(on.image.id, repo_tags=(IMAGE,), size=1234)
        self.images = k.MemoryImages([self.stored], registry=[self.stored])
        self.disk = RuntimeDisk(on)
        self.world = on.runtime
        self.runtime = k.FaultyRuntime(self.world)
        self.starting = RuntimeStarting(self.runtime, self.disk, k.RpcError)
        self.settle_hook(0)
        self.sources = k.ConfigSources(
            mounted_volumes=lambda _: {"data": on.directory("data"), "hook": str(on.host / HOOK[0])},
            make_directory=self.disk.make_directory,
        )
        self.config, self.sandbox = on.config, on.sandbox

    def container(self, chosen: Chosen) -> Any:
        """The container as it is in memory, with a command that runs, and its hook's program."""
        container = super().container(chosen)
        program = self.k.VolumeMount("hook", f"/bin/{HOOK[0]}")
        return replace(container, command=RUNS, volume_mounts=(*container.volume_mounts, program))

    def pod(self, chosen: Chosen) -> Any:
        """The same pod as in memory, with a uid of its own."""
        return self.on.mine(super().pod(chosen))

    def settle_target(self, wanted: bool) -> None:
        """Have the target of an ephemeral container running, or not at all."""
        self.on.settle(TARGET, wanted)

    def settle_hook(self, exit_code: int) -> None:
        """Have the hook's program end with that code."""
        self.on.script(HOOK[0], exit_code)

    def settle(self, chosen: Chosen) -> None:
        """Have the world as it is chosen, before the kubelet looks at it."""
        self.starting.fails = self.starting.removes = False
        super().settle(chosen)

    def settle_failed_start(self, removes: bool) -> None:
        """Have the next start fail in the runtime."""
        self.starting.fails, self.starting.removes = True, removes

    def remove(self, container_id: str) -> None:
        """A container is gone, whatever it did."""
        self.on.remove(container_id)

    def exits(self) -> None:
        """The process of the newest container ends."""
        self.on.end_process(self.newest().id)

    def mine(self) -> Sequence[Any]:
        """The containers of that name in the pod, oldest first."""
        return self.on.containers(NAME)

    def spoken(self, message: str) -> str:
        """A message of the port as it would be in memory, where the pod and its runtime have other words."""
        return message.replace(self.on.uid, UID).replace(self.starting.words, START_REFUSAL)


class RuntimeReading(Reading):
    """What one call of the port shows, over a `RuntimeBench`."""

    bench: RuntimeBench

    def event(self, event: Any) -> Any:
        """An event in the spec's words."""
        return super().event(replace(event, message=self.bench.spoken(event.message)))

    def text(self, message: str) -> Any:
        """A returned text in the spec's words."""
        return super().text(self.bench.spoken(message))
