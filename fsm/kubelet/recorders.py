"""Seams that write down what they are asked, and then do as the ones within them do.

Each takes the seam that it listens to and `add`, which takes an entry.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from . import entries as e
from . import messages as cri
from .container import Container
from .container_config import GenerateConfig, GeneratedConfig
from .errors import RpcError, StatusCode, status_message
from .events import Event, EventRecorder
from .files import DirectoryEntry, Files
from .hooks import Hook, HookResult, HookRunner
from .lifecycle import InternalContainerLifecycle
from .pod import Pod
from .references import MakeReference, ObjectReference, ReferenceStore
from .runtime import RuntimeService
from .seams import LookupRuntimeHandler, SetActuatedResources
from .status import PodStatus
from .subpaths import Cleanup
from .target import GetTargetId, StartSpec

__all__ = [
    "Append",
    "RecordingFiles",
    "RecordingHooks",
    "RecordingLifecycle",
    "RecordingRecorder",
    "RecordingReferenceStore",
    "code_of",
    "record_configs",
    "record_handlers",
    "record_references",
    "record_resources",
    "record_targets",
]

Append = Callable[[e.Entry], None]


def code_of(error: Exception) -> StatusCode | None:
    """The gRPC code of what a call raised; None if it was no answer."""
    return error.code if isinstance(error, RpcError) else None


def record_handlers(lookup: LookupRuntimeHandler, add: Append) -> LookupRuntimeHandler:
    """Writes down each look-up of a runtime handler."""

    def look_up(runtime_class_name: str) -> str:
        try:
            handler = lookup(runtime_class_name)
        except Exception as error:
            add(e.HandlerFailed(status_message(error)))
            raise
        add(e.HandlerFound(handler))
        return handler

    return look_up


def record_references(
    make_reference: MakeReference,
    made: Callable[[ObjectReference], e.Entry],
    failed: Callable[[str], e.Entry],
    add: Append,
) -> MakeReference:
    """Writes down each reference as one of two kinds of entries."""

    def make(pod: Pod, container: Container) -> ObjectReference:
        try:
            reference = make_reference(pod, container)
        except Exception as error:
            add(failed(status_message(error)))
            raise
        add(made(reference))
        return reference

    return make


def record_targets(get_target_id: GetTargetId, add: Append) -> GetTargetId:
    """Writes down each target."""

    def get(spec: StartSpec, pod_status: PodStatus) -> str | None:
        try:
            target_id = get_target_id(spec, pod_status)
        except Exception as error:
            add(e.TargetMissing(status_message(error)))
            raise
        add(e.TargetResolved(target_id))
        return target_id

    return get


def record_configs(generate_config: GenerateConfig, add: Append) -> GenerateConfig:
    """Writes down each configuration, and the run of its cleanup."""

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


def record_resources(set_actuated: SetActuatedResources, add: Append) -> SetActuatedResources:
    """Writes down each writing of resources."""

    def set_resources(pod: Pod, container: Container) -> None:
        try:
            set_actuated(pod, container)
        except Exception as error:
            add(e.ResourcesFailed(str(error)))
            raise
        add(e.ResourcesActuated())

    return set_resources


@dataclass(frozen=True)
class RecordingRecorder:
    """Writes down each event as one kind of entry."""

    inner: EventRecorder
    entry: Callable[[Event], e.Entry]
    add: Append

    def event(self, event: Event) -> None:
        """As `EventRecorder` says."""
        self.add(self.entry(event))
        self.inner.event(event)


@dataclass(frozen=True)
class RecordingLifecycle:
    """Writes down what the internal hooks say."""

    inner: InternalContainerLifecycle
    add: Append

    def pre_create_container(
        self, pod: Pod, container: Container, config: cri.ContainerConfig
    ) -> cri.ContainerConfig:
        """As `InternalContainerLifecycle` says."""
        try:
            changed = self.inner.pre_create_container(pod, container, config)
        except Exception as error:
            self.add(e.PreCreateFailed(status_message(error)))
            raise
        self.add(e.PreCreateSucceeded())
        return changed

    def pre_start_container(self, pod: Pod, container: Container, container_id: str) -> None:
        """As `InternalContainerLifecycle` says."""
        try:
            self.inner.pre_start_container(pod, container, container_id)
        except Exception as error:
            self.add(e.PreStartFailed(container_id, status_message(error)))
            raise
        self.add(e.PreStartSucceeded(container_id))


@dataclass(frozen=True)
class RecordingReferenceStore:
    """Writes down what is stored and forgotten."""

    inner: ReferenceStore
    add: Append

    def set_ref(self, container_id: str, reference: ObjectReference) -> None:
        """As `ReferenceStore` says."""
        self.inner.set_ref(container_id, reference)
        self.add(e.ReferenceStored(container_id, reference))

    def clear_ref(self, container_id: str) -> None:
        """As `ReferenceStore` says."""
        self.inner.clear_ref(container_id)
        self.add(e.ReferenceCleared(container_id))


@dataclass(frozen=True)
class RecordingFiles:
    """Writes down lists of directories and links. Whether a path exists is asked in silence."""

    inner: Files
    add: Append

    def stat(self, path: str) -> None:
        """As `Files` says."""
        self.inner.stat(path)

    def list_directory(self, path: str) -> Sequence[DirectoryEntry]:
        """As `Files` says."""
        try:
            entries = self.inner.list_directory(path)
        except Exception as error:
            self.add(e.LogDirectoryFailed(path, str(error)))
            raise
        self.add(e.LogDirectoryListed(path, tuple(entry.name for entry in entries)))
        return entries

    def symlink(self, target: str, link: str) -> None:
        """As `Files` says."""
        try:
            self.inner.symlink(target, link)
        except Exception as error:
            self.add(e.LogLinkFailed(link, str(error)))
            raise
        self.add(e.LogLinked(link, target))


@dataclass(frozen=True)
class RecordingHooks:
    """Writes down how the user's hooks end."""

    inner: HookRunner
    add: Append

    def run(
        self, runtime: RuntimeService, hook: Hook, container_id: str, pod: Pod, container: Container
    ) -> HookResult:
        """As `HookRunner` says."""
        result = self.inner.run(runtime, hook, container_id, pod, container)
        if result.error is None:
            self.add(e.HookSucceeded(hook, container_id))
        else:
            self.add(e.HookFailed(hook, container_id, result.message, str(result.error)))
        return result
