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
from .attempt import StartResult
from .create_container import CreateContainer
from .events import EventRecorder, FilterEventRecorder
from .kubelet import Kubelet
from .messages import PodSandboxConfig
from .pod import Pod
from .recorders import (
    Append,
    RecordingFiles,
    RecordingHooks,
    RecordingLifecycle,
    RecordingRecorder,
    RecordingReferenceStore,
    record_configs,
    record_handlers,
    record_references,
    record_resources,
    record_targets,
)
from .recording_services import RecordingImages, RecordingRuntime
from .seams import Seams
from .start_container import StartContainer
from .status import PodStatus
from .target import StartSpec

__all__ = ["Recording"]


@dataclass
class Recording:
    """One list of entries, oldest first, for as many attempts and kubelets as write to it."""

    entries: list[e.Entry] = field(default_factory=list)

    def watch(self, kubelet: Kubelet) -> Kubelet:
        """A kubelet that does what this one does, and has it written down here."""
        add = self.entries.append
        return replace(
            kubelet,
            seams=_watched(kubelet.seams, add),
            start=_starts(kubelet.start, add),
            create=_creates(kubelet.create, add),
        )

    def attempts(self) -> list[tuple[e.Entry, ...]]:
        """The entries of each attempt; what stands before the first one belongs to none."""
        starts = [index for index, entry in enumerate(self.entries) if isinstance(entry, e.AttemptBegan)]
        return [tuple(self.entries[a:b]) for a, b in pairwise([*starts, len(self.entries)])]


def _watched(seams: Seams, add: Append) -> Seams:
    events = replace(
        seams.events,
        make_reference=record_references(
            seams.events.make_reference, e.EventReferenceMade, e.EventReferenceFailed, add
        ),
        recorder=_events(seams.events.recorder, add),
    )
    return replace(
        seams,
        lookup_runtime_handler=record_handlers(seams.lookup_runtime_handler, add),
        make_reference=record_references(seams.make_reference, e.ReferenceMade, e.ReferenceFailed, add),
        make_image_reference=record_references(
            seams.make_image_reference, e.ImageReferenceMade, e.ImageReferenceFailed, add
        ),
        images=RecordingImages(seams.images, add),
        files=RecordingFiles(seams.files, add),
        get_target_id=record_targets(seams.get_target_id, add),
        generate_config=record_configs(seams.generate_config, add),
        set_actuated_resources=record_resources(seams.set_actuated_resources, add),
        runtime=RecordingRuntime(seams.runtime, add),
        internal_lifecycle=RecordingLifecycle(seams.internal_lifecycle, add),
        events=events,
        ref_manager=RecordingReferenceStore(seams.ref_manager, add),
        hooks=RecordingHooks(seams.hooks, add),
    )


def _events(recorder: EventRecorder, add: Append) -> EventRecorder:
    if isinstance(recorder, FilterEventRecorder):
        recorder = replace(recorder, inner=RecordingRecorder(recorder.inner, e.EventEmitted, add))
    else:  # a recorder without a filter: whatever is raised is emitted
        recorder = RecordingRecorder(recorder, e.EventEmitted, add)
    return RecordingRecorder(recorder, e.EventRaised, add)


def _starts(start: StartContainer, add: Append) -> StartContainer:
    def attempt(
        seams: Seams,
        pod_sandbox_id: str,
        pod_sandbox_config: PodSandboxConfig,
        spec: StartSpec,
        pod: Pod,
        pod_status: PodStatus,
    ) -> StartResult:
        return _attempted(
            pod,
            spec,
            add,
            lambda: start(seams, pod_sandbox_id, pod_sandbox_config, spec, pod, pod_status),
        )

    return attempt


def _creates(create: CreateContainer, add: Append) -> CreateContainer:
    def attempt(
        seams: Seams,
        pod_sandbox_id: str,
        pod_sandbox_config: PodSandboxConfig,
        spec: StartSpec,
        pod: Pod,
        pod_status: PodStatus,
        image_ref: str,
    ) -> StartResult:
        return _attempted(
            pod,
            spec,
            add,
            lambda: create(seams, pod_sandbox_id, pod_sandbox_config, spec, pod, pod_status, image_ref),
        )

    return attempt


def _attempted(pod: Pod, spec: StartSpec, add: Append, call: Callable[[], StartResult]) -> StartResult:
    add(e.AttemptBegan(pod.uid, spec.container.name))
    result = call()
    add(e.AttemptReturned(result.message, result.reason))
    return result
