"""A recording of what a kubelet did at its seams, in order.

    recording = Recording()
    kubelet = recording.watch(kubelet)      # the same kubelet, every seam listened to
    kubelet.start_container(…)
    recording.entries                       # see `entries` for what can stand there

Listening changes nothing: every call, result and exception passes through as it is. Put a faulty
seam in before watching, and the recording shows what the kubelet saw of the fault.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from itertools import pairwise

from . import entries as e
from . import messages as cri
from .container import Container
from .container_config import GenerateConfig, GeneratedConfig
from .errors import RpcError, status_message
from .events import Event, EventRecorder, FilterEventRecorder
from .forwarding_runtime import ForwardingRuntime
from .kubelet import Kubelet
from .lifecycle import InternalContainerLifecycle
from .messages import PodSandboxConfig
from .pod import Pod
from .references import MakeReference, ObjectReference, ReferenceStore
from .runtime import RuntimeService
from .seams import Seams
from .start_container import StartContainer, StartResult
from .status import PodStatus
from .subpaths import Cleanup
from .target import GetTargetId, StartSpec

__all__ = ["Recording"]

Append = Callable[[e.Entry], None]


@dataclass
class Recording:
    """One list of entries, oldest first, for as many attempts and kubelets as write to it."""

    entries: list[e.Entry] = field(default_factory=list)

    def watch(self, kubelet: Kubelet) -> Kubelet:
        """A kubelet that does what this one does, and has it written down here."""
        add = self.entries.append
        seams = kubelet.seams
        events = replace(
            seams.events,
            make_reference=_references(
                seams.events.make_reference, e.EventReferenceMade, e.EventReferenceFailed, add
            ),
            recorder=_events(seams.events.recorder, add),
        )
        watched = replace(
            seams,
            make_reference=_references(seams.make_reference, e.ReferenceMade, e.ReferenceFailed, add),
            get_target_id=_targets(seams.get_target_id, add),
            generate_config=_configs(seams.generate_config, add),
            runtime=_RecordingRuntime(seams.runtime, add),
            internal_lifecycle=_RecordingLifecycle(seams.internal_lifecycle, add),
            events=events,
            ref_manager=_RecordingReferenceStore(seams.ref_manager, add),
        )
        return replace(kubelet, seams=watched, start=_attempts(kubelet.start, add))

    def attempts(self) -> list[tuple[e.Entry, ...]]:
        """The entries of each attempt; what stands before the first one belongs to none."""
        starts = [index for index, entry in enumerate(self.entries) if isinstance(entry, e.AttemptBegan)]
        return [tuple(self.entries[a:b]) for a, b in pairwise([*starts, len(self.entries)])]


def _attempts(start: StartContainer, add: Append) -> StartContainer:
    def attempt(
        seams: Seams,
        pod_sandbox_id: str,
        pod_sandbox_config: PodSandboxConfig,
        spec: StartSpec,
        pod: Pod,
        pod_status: PodStatus,
        image_ref: str,
    ) -> StartResult:
        add(e.AttemptBegan(pod.uid, spec.container.name))
        result = start(seams, pod_sandbox_id, pod_sandbox_config, spec, pod, pod_status, image_ref)
        add(e.AttemptReturned(result.message, result.error))
        return result

    return attempt


def _references(
    make_reference: MakeReference,
    made: type[e.ReferenceMade | e.EventReferenceMade],
    failed: type[e.ReferenceFailed | e.EventReferenceFailed],
    add: Append,
) -> MakeReference:
    def make(pod: Pod, container: Container) -> ObjectReference:
        try:
            reference = make_reference(pod, container)
        except Exception as error:
            add(failed(status_message(error)))
            raise
        add(made(reference))
        return reference

    return make


def _targets(get_target_id: GetTargetId, add: Append) -> GetTargetId:
    def get(spec: StartSpec, pod_status: PodStatus) -> str | None:
        try:
            target_id = get_target_id(spec, pod_status)
        except Exception as error:
            add(e.TargetMissing(status_message(error)))
            raise
        add(e.TargetResolved(target_id))
        return target_id

    return get


def _configs(generate_config: GenerateConfig, add: Append) -> GenerateConfig:
    def watched(cleanup: Cleanup) -> Cleanup:
        def run() -> None:
            cleanup()
            add(e.CleanupRun())

        return run

    def generate(
        container: Container, pod: Pod, restart_count: int, image_ref: str, target_id: str | None
    ) -> GeneratedConfig:
        outcome = generate_config(container, pod, restart_count, image_ref, target_id)
        owed = outcome.cleanup is not None
        if outcome.error is not None:
            add(e.ConfigFailed(status_message(outcome.error), owed))
        elif outcome.config is not None:
            add(e.ConfigGenerated(outcome.config, owed))
        if outcome.cleanup is None:
            return outcome
        return outcome._replace(cleanup=watched(outcome.cleanup))

    return generate


def _events(recorder: EventRecorder, add: Append) -> EventRecorder:
    if isinstance(recorder, FilterEventRecorder):
        recorder = replace(recorder, inner=_RecordingRecorder(recorder.inner, e.EventEmitted, add))
    else:  # a recorder without a filter: whatever is raised is emitted
        recorder = _RecordingRecorder(recorder, e.EventEmitted, add)
    return _RecordingRecorder(recorder, e.EventRaised, add)


@dataclass(frozen=True)
class _RecordingRecorder:
    inner: EventRecorder
    entry: type[e.EventRaised | e.EventEmitted]
    add: Append

    def event(self, event: Event) -> None:
        self.add(self.entry(event))
        self.inner.event(event)


@dataclass(frozen=True)
class _RecordingLifecycle:
    inner: InternalContainerLifecycle
    add: Append

    def pre_start_container(self, pod: Pod, container: Container, container_id: str) -> None:
        try:
            self.inner.pre_start_container(pod, container, container_id)
        except Exception as error:
            self.add(e.PreStartFailed(container_id, status_message(error)))
            raise
        self.add(e.PreStartSucceeded(container_id))


@dataclass(frozen=True)
class _RecordingReferenceStore:
    inner: ReferenceStore
    add: Append

    def set_ref(self, container_id: str, reference: ObjectReference) -> None:
        self.inner.set_ref(container_id, reference)
        self.add(e.ReferenceStored(container_id, reference))


class _RecordingRuntime(ForwardingRuntime):
    """Listens to CreateContainer only: reading statuses is no part of an attempt."""

    def __init__(self, inner: RuntimeService, add: Append) -> None:
        super().__init__(inner)
        self.add = add

    def create_container(
        self,
        pod_sandbox_id: str,
        config: cri.ContainerConfig | None,
        sandbox_config: cri.PodSandboxConfig | None,
    ) -> str:
        self.add(e.CreateRequested(pod_sandbox_id, config))
        try:
            container_id = super().create_container(pod_sandbox_id, config, sandbox_config)
        except Exception as error:
            code = error.code if isinstance(error, RpcError) else None
            self.add(e.CreateFailed(code, status_message(error)))
            raise
        self.add(e.CreateSucceeded(container_id))
        return container_id
