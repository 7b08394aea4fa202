"""The port of the kubelet, held to the spec of container creation.

A plan of the spec is carried out on the port: each attempt's faults are put into its surroundings (a
reference maker that fails once, a runtime that refuses or loses a reply, a hook that fails, a ConfigMap that
is not there), one sync after the other is run, and what the port asked of its surroundings is read back as
observations. Nothing is patched, and nothing is asked of the port but what its surroundings see. The port is
v1.18's, and what is run of it is `create_container`, the step of `startContainer` that the spec describes.
"""

import logging
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from types import ModuleType
from typing import Any

import fsm.kubelet
from fsm import Observation, Plan, PlannedStep, conform

from .container_creation import (
    Cleanup,
    ContainerCreation,
    Error,
    Event,
    Kind,
    Message,
    Phase,
    Reason,
    Target,
    Type,
)

NAME, TARGET = "app", "target"
IMAGE = "app:1"
REFUSAL = "the runtime is busy"
HOOK_FAILURE = "cannot update the cpuset"

QUIET = logging.getLogger("fsm.kubelet.planned")
QUIET.setLevel(logging.CRITICAL + 1)  # planned failures are no news

TEXTS = {
    f"Created container {NAME}": Message.CREATED,
    f"Error: unable to find target container {TARGET}": Message.TARGET,
    'Error: configmap "gone" not found': Message.CONFIG,
    "Error: container has runAsNonRoot and image will run as root": Message.CONFIG,
    f"Error: {REFUSAL}": Message.CREATE,
    "Error: context deadline exceeded": Message.CREATE,
    f"Internal PreStartContainer hook failed: {HOOK_FAILURE}": Message.PRE_START,
}


@dataclass(frozen=True)
class Faults:
    """What the world does in one attempt, read off the planned steps."""

    ref_fails: bool = False
    target: Target = Target.NOT_ASKED
    config_fails: bool = False
    cleanup: bool = False
    create_is_refused: bool = False
    create_reply_is_lost: bool = False
    pre_start_fails: bool = False


def faults_of(steps: Iterable[PlannedStep]) -> Faults:
    """The faults of one attempt; what the plan leaves open goes well."""
    told: dict[str, Any] = {}
    for step in steps:
        match step.action:
            case "generate_ref_fails":
                told["ref_fails"] = True
            case "get_target_id":
                told["target"] = step.arguments["target"]
            case "target_is_missing":
                told["target"] = Target.MISSING
            case "generate_config" | "generate_config_fails":
                told["config_fails"] = step.fault
                told["cleanup"] = step.arguments["cleanup"]
            case "create_is_refused" | "create_reply_is_lost" | "pre_start_fails":
                told[step.action] = True
    return Faults(**told)


def attempts_of(plan: Plan) -> list[list[PlannedStep]]:
    """The planned steps, attempt by attempt."""
    attempts: list[list[PlannedStep]] = [[]]
    for step in plan.steps:
        if step.action == "next_sync":
            attempts.append([])
        else:
            attempts[-1].append(step)
    return attempts


def settle_target(bench: Any, image: str, wanted: bool) -> None:
    """Have the target of an ephemeral container running in a bench's world, or not at all.

    Args:
        bench: with the port `k`, the `world`, the `sandbox` and its `config`.
        image: the id of the image that the target is made of.
        wanted: whether it is to be there.
    """
    k, world = bench.k, bench.world
    labels = {"io.kubernetes.container.name": TARGET}
    there = [one for one in world.list_containers() if one.labels.items() >= labels.items()]
    if there and not wanted:
        world.remove_container(there[0].id)
    if wanted and not there:
        pod_labels = {"io.kubernetes.pod.name": "web", "io.kubernetes.pod.namespace": "default"}
        made = k.messages.ContainerConfig(
            metadata=k.messages.ContainerMetadata(TARGET),
            image=k.messages.ImageSpec(image),
            labels={**labels, **pod_labels, "io.kubernetes.pod.uid": "uid-1"},
        )
        world.start_container(world.create_container(bench.sandbox, made, bench.config))


@dataclass
class Bench:
    """A kubelet over a runtime in memory, with every seam at hand.

    A bench over another runtime furnishes the world and looks at it otherwise.

    Args:
        k: the package of the port: `fsm.kubelet`, or a copy with a bug in it.
        kind: what is created.
    """

    k: Any
    kind: Kind
    seen: list[Observation] = field(default_factory=list)
    images: Any = field(init=False)
    image: str = field(init=False)  # the id of the one that it has
    world: Any = field(init=False)  # the runtime
    config: Any = field(init=False)  # the sandbox's
    sandbox: str = field(init=False)
    sources: Any = field(init=False)  # what configurations are made of

    def __post_init__(self) -> None:
        k = self.k
        gates = k.FeatureGates(ephemeral_containers=True)
        self.furnish()
        self.runtime = k.FaultyRuntime(self.world)
        self.references = k.OneShotReferenceFailure(k.reference_maker(gates), armed=False)
        self.lifecycle = k.FailingLifecycle(error=k.KubeletError(HOOK_FAILURE))
        self.recording = k.Recording()
        seams = k.assemble(
            self.runtime,
            self.images,
            k.MemoryRecorder(),
            gates=gates,
            sources=self.sources,
            subpaths=k.LockedSubpaths(),
            make_reference=self.references,
            internal_lifecycle=self.lifecycle,
            logger=QUIET,
        )
        self.kubelet = self.recording.watch(k.Kubelet(seams))

    def furnish(self) -> None:
        """The world, and the pod's sandbox in it."""
        k = self.k
        self.images = k.MemoryImages([k.Image("sha256:" + "a" * 64, repo_tags=(IMAGE,))])
        self.image = self.images.image_status(k.messages.ImageSpec(IMAGE)).id
        self.world = k.MemoryRuntime(self.images, k.SteppingClock())
        self.sources = k.ConfigSources(mounted_volumes=lambda _: {"data": "/volumes/data"})
        self.config = k.generate_pod_sandbox_config(self.pod(Faults()))
        self.sandbox = self.world.run_pod_sandbox(self.config)

    def settle_target(self, wanted: bool) -> None:
        """Have the target of an ephemeral container running, or not at all."""
        settle_target(self, self.image, wanted)

    def container(self, faults: Faults) -> Any:
        """The container's spec, with what makes its config fail or owe a clean-up."""
        k = self.k
        early = faults.config_fails and not faults.cleanup
        late = faults.config_fails and faults.cleanup
        missing = k.EnvVar("X", value_from=k.ConfigMapKeySelector("gone", "key"))
        return k.Container(
            NAME,
            IMAGE,
            env=(missing,) if early else (),
            volume_mounts=(k.VolumeMount("data", "/data", sub_path="part"),) if faults.cleanup else (),
            security_context=k.SecurityContext(run_as_non_root=True if late else None),
        )

    def pod(self, faults: Faults) -> Any:
        """The pod, always the same one but for the container's spec."""
        k, container = self.k, self.container(faults)
        target = k.Container(TARGET, IMAGE)
        if self.kind is Kind.REGULAR:
            return k.Pod("web", "default", "uid-1", containers=(container, target))
        asks = "" if faults.target is Target.NOT_ASKED else TARGET
        ephemeral = k.EphemeralContainer(container, target_container_name=asks)
        return k.Pod("web", "default", "uid-1", containers=(target,), ephemeral_containers=(ephemeral,))

    def sync(self, faults: Faults, first: bool) -> None:
        """One sync: a fresh snapshot of the status, one attempt, and what was seen of both."""
        k = self.k
        self.settle_target(faults.target is Target.FOUND)
        self.references.armed = faults.ref_fails
        nth = self.runtime.next_call("create_container")
        if faults.create_is_refused:
            busy = k.RpcError(k.StatusCode.UNKNOWN, REFUSAL)
            self.runtime.plan(k.Refuse("create_container", nth, busy))
        if faults.create_reply_is_lost:
            self.runtime.plan(k.LoseReply("create_container", nth))
        if faults.pre_start_fails:
            self.lifecycle.fail_next()
        pod = self.pod(faults)
        status = self.kubelet.pod_status(pod)
        if not first:
            found = status.find_container_status_by_name(NAME)
            count = None if found is None else found.restart_count
            seen = {"status_seen": count, "newest": self.newest(), "phase": Phase.PENDING}
            self.seen.append(Observation(("next_sync",), state=seen))
        spec = (
            k.container_start_spec(pod.containers[0])
            if self.kind is Kind.REGULAR
            else k.ephemeral_container_start_spec(pod.ephemeral_containers[0])
        )
        before = self.newest_id()
        self.kubelet.create_container(self.sandbox, self.config, spec, pod, status, self.image)
        made = self.newest_id() != before
        self.seen += observations(self.recording.attempts()[-1], made, self.newest())

    def mine(self) -> Sequence[Any]:
        """The containers of that name in the runtime, oldest first."""
        mine = [one for one in self.world.list_containers() if one.metadata.name == NAME]
        return sorted(mine, key=lambda one: one.created_at)

    def newest(self) -> int | None:
        """The attempt of the newest container that is really there."""
        mine = self.mine()
        return mine[-1].metadata.attempt if mine else None

    def newest_id(self) -> str:
        """Its id."""
        mine = self.mine()
        return mine[-1].id if mine else ""


def observations(entries: Sequence[Any], made: bool, newest: int | None) -> Iterator[Observation]:
    """What one attempt of the port shows, in the spec's words.

    Args:
        entries: what it asked of its surroundings, in order.
        made: whether the runtime now has a container that it had not before.
        newest: the attempt of the newest container in the runtime now.
    """
    stored, cleaned, owed, attempt = False, False, False, None
    emitted: list[Any] = []
    last = ""  # the action that ends the attempt

    def so_far() -> dict[str, Any]:
        cleanup = Cleanup.RUN if cleaned else Cleanup.OWED if owed else Cleanup.NONE
        return {"events": tuple(emitted), "cleanup": cleanup, "ref_stored": stored}

    for entry in entries:
        match type(entry).__name__:
            case "ReferenceMade":
                yield Observation(("generate_ref",))
            case "ReferenceFailed":
                yield Observation(("generate_ref_fails",))
            case "TargetResolved":
                target = Target.NOT_ASKED if entry.target_id is None else Target.FOUND
                yield Observation(("get_target_id",), {"target": target})
            case "TargetMissing":
                last = "target_is_missing"
            case "ConfigGenerated":
                owed = entry.cleanup_owed
                yield Observation(("generate_config",), {"cleanup": owed})
            case "ConfigFailed":
                owed, last = entry.cleanup_owed, "generate_config_fails"
            case "CreateRequested":
                if last:  # the attempt should have ended
                    yield Observation((last,))
                attempt = entry.attempt
                yield Observation(state=so_far(), text="when the runtime is asked to create")
                if entry.config is not None:
                    yield from counts(entry.config)
                    yield target_of(entry.config)
            case "CreateSucceeded":
                yield Observation(("create",), state={"container": True, "newest": attempt})
            case "CreateFailed":
                last = "create_reply_is_lost" if made else "create_is_refused"
            case "PreStartSucceeded" | "PreStartFailed":
                yield Observation(state=so_far(), text="when the pre-start hook is called")
                last = "pre_start" if type(entry).__name__ == "PreStartSucceeded" else "pre_start_fails"
            case "EventEmitted":
                emitted.append(event_of(entry.event))
            case "ReferenceStored":
                stored = True
            case "CleanupRun":
                cleaned = True
            case "AttemptReturned":
                arguments = {"cleanup": owed} if last == "generate_config_fails" else {}
                left = {"container": made, "newest": newest}
                phase = Phase.FAILED if entry.reason else Phase.PRE_STARTED
                seen = {"phase": phase, "error": error_of(entry.reason), **so_far(), **left}
                words = f"it returned {entry.reason or 'no error'}"
                yield Observation((last,) if last else (), arguments, seen, words)


def counts(config: Any) -> Iterator[Observation]:
    """The restart count in each of the three places that it goes to."""
    written = config.annotations.get("io.kubernetes.container.restartCount")
    logged = config.log_path.removeprefix(f"{NAME}/").removesuffix(".log")
    for place, count in (
        ("the CRI attempt", str(config.metadata.attempt)),
        ("the annotation", written),
        ("the log path", logged),
    ):
        value: Any = int(count) if count is not None and count.isdigit() else count
        yield Observation(state={"restart_count": value}, text=f"{place} says {count}")


def target_of(config: Any) -> Observation:
    """Whose PID namespace the runtime is told to share."""
    namespaces = config.linux.security_context.namespace_options
    target = Target.FOUND if namespaces.target_id else Target.NOT_ASKED
    return Observation(state={"target": target}, text=f"the config's PID namespace is {namespaces.pid.name}")


def event_of(event: Any) -> Any:
    """An event in the spec's words; one that the spec does not know in its own."""
    try:
        return Event(Type(event.type.value), Reason(event.reason), TEXTS[event.message])
    except (KeyError, ValueError):
        return f"{event.type.value} {event.reason}: {event.message}"


def error_of(text: str) -> Error | str:
    """An error value in the spec's words; one that the spec does not know in its own."""
    return next((one for one in Error if one.value == text), text)


def run_on(kubelet: ModuleType) -> Callable[[Plan], list[Observation]]:
    """A run that carries out plans on a port of the kubelet.

    Args:
        kubelet: `fsm.kubelet`, or a changed copy of it.
    """

    def run(plan: Plan) -> list[Observation]:
        bench = Bench(kubelet, plan.initial["kind"])
        for number, steps in enumerate(attempts_of(plan)):
            bench.sync(faults_of(steps), first=number == 0)
        return bench.seen

    return run


TestContainerCreation = conform(ContainerCreation, run=run_on(fsm.kubelet))
