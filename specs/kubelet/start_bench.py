"""A kubelet of any version over a world in memory, and what is done to that world before each call.

A plan of `start_container` becomes one `Chosen` for each call. The bench puts it into the surroundings: an
image that is not there, a registry that is down, a log directory that cannot be read, a hook that fails, a
runtime that refuses. Nothing of the kubelet is patched, and nothing is asked of it here.
"""

import logging
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from fsm import PlannedStep

from .container_creation import Kind, Target
from .container_creation_conformance import settle_target
from .start_call import Container
from .versions import HandlerLookUp
from .versions import version as row_of

NAME, TARGET, IMAGE, BAD_IMAGE = "app", "target", "app:1", "App:1"
CLASS = "gvisor"
LOGS = f"/var/log/pods/default_web_uid-1/{NAME}"
LINKS = "/var/log/containers"
HOOK = ("warm-up",)

REFUSAL = "the runtime is busy"
START_REFUSAL = "the command is missing"
UNPARSABLE = "invalid reference format: repository name must be lowercase"
NOT_READ = "the image store is broken"
REGISTRY_DOWN = "the registry is down"
NO_HANDLER = "no such runtime class"
NO_CHECKPOINT = "no space left on device"
HOOK_FAILURE = "cannot update the cpuset"
HOOK_ERROR = "command 'warm-up' exited with 7: "
HOOK_MESSAGE = (
    f'Exec lifecycle hook ([warm-up]) for Container "{NAME}" in Pod "web_default(uid-1)" failed - '
    f'error: {HOOK_ERROR}, message: ""'
)
TOO_BIG = "9" * 20

QUIET = logging.getLogger("fsm.kubelet.planned")
QUIET.setLevel(logging.CRITICAL + 1)  # planned failures are no news

WIPE = "next_sync_finds_nothing"
BEGINNINGS = ("next_sync", WIPE)


@dataclass(frozen=True)
class Chosen:
    """What the world does in one call, read off the planned steps: what they leave open goes well.

    Args:
        steps: the actions of the call by name, each with its arguments.
    """

    steps: Mapping[str, Mapping[str, Any]]

    def does(self, *actions: str) -> bool:
        """Whether one of these actions is planned."""
        return any(action in self.steps for action in actions)

    def says(self, action: str, argument: str, default: Any) -> Any:
        """The argument of an action, or the default where it is not planned."""
        return self.steps[action][argument] if action in self.steps else default

    @property
    def target(self) -> Target:
        """What becomes of the target."""
        missing = self.does("target_is_missing")
        return Target.MISSING if missing else self.says("get_target_id", "target", Target.NOT_ASKED)

    @property
    def cleanup(self) -> bool:
        """Whether the config owes a clean-up."""
        return bool(
            self.says("generate_config_fails", "cleanup", self.says("generate_config", "cleanup", False))
        )


def calls_of(steps: Iterable[PlannedStep]) -> Iterator[Chosen]:
    """The planned steps, call by call; the step that begins a call is one of its own."""
    found: dict[str, Mapping[str, Any]] = {}
    for step in steps:
        if step.action in BEGINNINGS:
            yield Chosen(found)
            found = {}
        found[step.action] = step.arguments
    yield Chosen(found)


@dataclass
class Starting:
    """A runtime that opens a container's log on the node's disk when it is to start it, or does not.

    An error of the start quotes the container's id, as containerd's do.

    Args:
        k: the package of the port.
        inner: the runtime, which has a disk of its own.
        disk: the node's.
        opens: whether the next start opens a log.
        opened: whether the last one did.
    """

    k: Any
    inner: Any
    disk: Any
    opens: bool = True
    opened: bool = False

    def start_container(self, container_id: str) -> None:
        """Open the log, and start the container."""
        self.opened = self.opens
        if self.opens:
            self.disk.write(self.inner.container_status(container_id).log_path)
        try:
            self.inner.start_container(container_id)
        except self.k.RpcError as error:
            if START_REFUSAL in str(error):
                raise error.within(f'no start of "{container_id}"') from None
            raise

    def __getattr__(self, name: str) -> Any:
        return getattr(self.inner, name)


class Bench:
    """A kubelet with every seam at hand.

    The world is in memory; a bench over another one furnishes it and does its deeds otherwise.

    Args:
        k: the package of the port: `fsm.kubelet`, or a copy with a bug in it.
        version: which kubelet.
        kind: what is started.
    """

    stored: Any  # the image
    images: Any  # a `MemoryImages` with that one, or without
    disk: Any  # a `MemoryFiles`, or what behaves so
    world: Any  # the runtime
    runtime: Any  # the same, with faults in front
    starting: Any  # the same, with a place to step in before a start
    config: Any  # the sandbox's
    sandbox: str
    sources: Any  # what configurations are made of

    def __init__(self, k: Any, version: str, kind: Kind) -> None:
        self.k, self.kind = k, kind
        self.looks_up = row_of(version).handler_look_up is not HandlerLookUp.NONE
        self.furnish()
        self.service = k.FaultyImages(self.images)
        self.clock = k.SteppingClock(step=0)
        self.lifecycle = k.FailingLifecycle(error=k.KubeletError(HOOK_FAILURE))
        self.checkpoint = k.FailingCall(k.actuate_nothing, error=k.KubeletError(NO_CHECKPOINT))
        self.handlers = k.FailingCall(k.same_handler, error=k.KubeletError(NO_HANDLER))
        gates = k.FeatureGates(ephemeral_containers=True, runtime_class_in_image_cri_api=True)
        self.references = k.OneShotReferenceFailure(k.reference_maker(gates), armed=False)
        self.recording = k.Recording()
        seams = k.assemble(
            self.starting,
            self.service,
            k.MemoryRecorder(),
            version=k.version(version),
            gates=gates,
            sources=self.sources,
            subpaths=k.LockedSubpaths(),
            make_reference=self.references,
            internal_lifecycle=self.lifecycle,
            lookup_runtime_handler=self.handlers,
            set_actuated_resources=self.checkpoint,
            files=self.disk,
            clock=self.clock,
            logger=QUIET,
        )
        self.kubelet = self.recording.watch(k.Kubelet(seams))

    def furnish(self) -> None:
        """The world, and the pod's sandbox in it."""
        k = self.k
        self.stored = k.Image("sha256:" + "a" * 64, repo_tags=(IMAGE,), size=1234)
        self.images = k.MemoryImages([self.stored], registry=[self.stored])
        self.disk = k.MemoryFiles()
        surroundings = k.Surroundings(exit_codes={})
        self.exit_codes = surroundings.exit_codes
        self.world = k.MemoryRuntime(self.images, k.SteppingClock(), surroundings)
        self.runtime = k.FaultyRuntime(self.world)
        self.starting = Starting(k, self.runtime, self.disk)
        self.sources = k.ConfigSources(mounted_volumes=lambda _: {"data": "/volumes/data"})
        self.config = k.generate_pod_sandbox_config(self.pod(Chosen({})))
        self.sandbox = self.world.run_pod_sandbox(self.config)

    # what is to be started

    def container(self, chosen: Chosen) -> Any:
        """The container's spec, with what makes its image or its config fail, or a clean-up due."""
        k = self.k
        fails = chosen.does("generate_config_fails")
        missing = k.EnvVar("X", value_from=k.ConfigMapKeySelector("gone", "key"))
        mount = k.VolumeMount("data", "/data", sub_path="part")
        hooked = chosen.does("post_start_fails") or chosen.says("post_start", "asked", False)
        return k.Container(
            NAME,
            BAD_IMAGE if chosen.does("image_name_is_invalid") else IMAGE,
            env=(missing,) if fails and not chosen.cleanup else (),
            volume_mounts=(mount,) if chosen.cleanup else (),
            security_context=k.SecurityContext(run_as_non_root=True if fails and chosen.cleanup else None),
            lifecycle=k.Lifecycle(post_start=k.Handler(HOOK) if hooked else None),
            image_pull_policy="Never" if chosen.does("image_is_never_pulled") else "IfNotPresent",
        )

    def pod(self, chosen: Chosen) -> Any:
        """The pod, always the same one but for the container's spec and its runtime class.

        A version that does not ask for a handler is given a class with one: it must not ask.
        """
        k, container = self.k, self.container(chosen)
        target = k.Container(TARGET, IMAGE)
        asked = chosen.does("handler_is_unknown") or chosen.says("look_up_handler", "asked", False)
        runtime_class = CLASS if asked or not self.looks_up else ""
        if self.kind is Kind.REGULAR:
            return k.Pod(
                "web", "default", "uid-1", containers=(container, target), runtime_class_name=runtime_class
            )
        asks = "" if chosen.target is Target.NOT_ASKED else TARGET
        return k.Pod(
            "web",
            "default",
            "uid-1",
            containers=(target,),
            ephemeral_containers=(k.EphemeralContainer(container, target_container_name=asks),),
            runtime_class_name=runtime_class,
        )

    # the world

    def settle(self, chosen: Chosen) -> None:
        """Have the world as it is chosen, before the kubelet looks at it."""
        if chosen.does(WIPE):
            for one in self.mine():
                self.remove(one.id)
        if chosen.target is Target.FOUND:
            self._settle_image(Chosen({}))  # the target is made of it, whatever becomes of it later
        self.settle_target(chosen.target is Target.FOUND)
        self._settle_image(chosen)
        self._settle_logs(chosen)
        self.references.armed = chosen.does("generate_ref_fails")
        if chosen.does("handler_is_unknown"):
            self.handlers.fail_next()
        if chosen.does("set_actuated_resources_fails"):
            self.checkpoint.fail_next()
        if chosen.does("pre_create_fails"):
            self.lifecycle.fail_next_pre_create()
        if chosen.does("pre_start_fails"):
            self.lifecycle.fail_next()
        self.settle_hook(7 if chosen.does("post_start_fails") else 0)
        self._settle_runtime(chosen)

    def settle_target(self, wanted: bool) -> None:
        """Have the target of an ephemeral container running, or not at all."""
        settle_target(self, self.stored.id, wanted)

    def settle_hook(self, exit_code: int) -> None:
        """Have the post-start hook end with that code."""
        self.exit_codes[HOOK] = exit_code

    def settle_failed_start(self, removes: bool) -> None:
        """Have the next start fail in the runtime, which may remove the container."""
        self.world.fail_next_start(START_REFUSAL, removes=removes)

    def _settle_image(self, chosen: Chosen) -> None:
        spec = self.k.messages.ImageSpec(IMAGE)
        if chosen.does("pull_image", "pull_fails", "pull_backs_off", "image_is_never_pulled"):
            self.images.remove_image(spec)
        else:
            self.images.pull_image(spec)
        if chosen.does("pull_image", "pull_fails"):
            self.clock.now += 301 * 10**9  # no back-off is longer
        down = self.k.RpcError(self.k.StatusCode.UNKNOWN, REGISTRY_DOWN)
        if chosen.does("pull_fails"):
            self._refuse(self.service, "pull_image", down)
        if chosen.does("image_is_not_inspected"):
            self._refuse(self.service, "image_status", self.k.RpcError(self.k.StatusCode.UNKNOWN, NOT_READ))

    def _settle_logs(self, chosen: Chosen) -> None:
        self.disk.unreadable.clear()
        for name in self.log_names():
            if TOO_BIG in name:
                self.disk.remove(f"{LOGS}/{name}")
        if chosen.does("log_directory_is_unreadable"):
            self.disk.make_directory(LOGS)
            self.disk.unreadable.add(LOGS)
        if chosen.does("log_name_is_too_big"):
            so_far = chosen.says("log_name_is_too_big", "so_far", 0)
            if so_far:  # directories are read by name: 0.log, 0999….log, 1.log
                self.disk.write(f"{LOGS}/{so_far - 1}.log")
            self.disk.write(f"{LOGS}/{so_far - 1 if so_far else '-'}{TOO_BIG}.log")
        self.starting.opens = chosen.says("start_is_refused", "logged", chosen.says("start", "logged", True))
        self.disk.read_only = {LINKS} if chosen.does("link_log_fails") else set()

    def _settle_runtime(self, chosen: Chosen) -> None:
        k = self.k
        if chosen.does("create_is_refused"):
            self._refuse(self.runtime, "create_container", k.RpcError(k.StatusCode.UNKNOWN, REFUSAL))
        if chosen.does("create_reply_is_lost"):
            self._lose(self.runtime, "create_container")
        match chosen.says("start_is_refused", "left", None):
            case Container.CREATED:
                refusal = k.RpcError(k.StatusCode.UNKNOWN, START_REFUSAL)
                self._refuse(self.runtime, "start_container", refusal)
            case Container.EXITED | Container.REMOVED as left:
                self.settle_failed_start(removes=left is Container.REMOVED)
        if chosen.does("start_reply_is_lost"):
            self._lose(self.runtime, "start_container")
        if chosen.does("kill_fails"):
            self._refuse(self.runtime, "stop_container", k.RpcError(k.StatusCode.UNKNOWN, REFUSAL))

    def _refuse(self, service: Any, call: str, error: Any) -> None:
        service.plan(self.k.Refuse(call, service.next_call(call), error))

    def _lose(self, service: Any, call: str) -> None:
        service.plan(self.k.LoseReply(call, service.next_call(call)))

    # a call, and what there is of it

    def snapshot(self, chosen: Chosen) -> Any:
        """The pod's status as a sync sees it."""
        return self.kubelet.pod_status(self.pod(chosen))

    def call(self, chosen: Chosen, status: Any) -> None:
        """One call of `startContainer`."""
        k, pod = self.k, self.pod(chosen)
        spec = (
            k.container_start_spec(pod.containers[0])
            if self.kind is Kind.REGULAR
            else k.ephemeral_container_start_spec(pod.ephemeral_containers[0])
        )
        self.kubelet.start_container(self.sandbox, self.config, spec, pod, status)

    def remove(self, container_id: str) -> None:
        """A container is gone, whatever it did."""
        self.world.remove_container(container_id)

    def exits(self) -> None:
        """The process of the newest container ends."""
        self.world.exit_container(self.newest().id, 0)

    def mine(self) -> Sequence[Any]:
        """The containers of that name in the runtime, oldest first."""
        mine = [one for one in self.world.list_containers() if one.metadata.name == NAME]
        return sorted(mine, key=lambda one: one.created_at)

    def newest(self) -> Any:
        """The newest one that is really there, or None."""
        mine = self.mine()
        return mine[-1] if mine else None

    def newest_count(self) -> int | None:
        """Its attempt."""
        newest = self.newest()
        return None if newest is None else newest.metadata.attempt

    def log_names(self) -> list[str]:
        """What stands in the log directory."""
        return sorted(one.removeprefix(f"{LOGS}/") for one in self.disk.files if one.startswith(f"{LOGS}/"))

    def logs(self) -> int:
        """One more than the number of the newest log file."""
        numbers = [name.removesuffix(".log") for name in self.log_names() if TOO_BIG not in name]
        return max((int(number) + 1 for number in numbers), default=0)
