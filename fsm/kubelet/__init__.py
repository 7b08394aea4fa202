"""The kubelet's startContainer, ported to Python over a runtime in memory, from v1.17 to v1.36.

What is ported: `startContainer` of pkg/kubelet/kuberuntime/kuberuntime_container.go, all of its steps:
the image, the created container, its start, its post-start hook and the kill that follows a failed
one; with what it stands on: references, restart counts, the target of ephemeral containers, the
generation of a container's configuration and its cleanup, events and their filter, the internal hooks,
the image puller and its back-off, and the reading of a pod's status from the runtime. What differs
between versions is a value (`version`).

What is not: deciding what to start, the back-off of restarts, garbage collection, the relisting of pods,
probes, image volumes, pull secrets, delivery of events. The port is of v1.18.6 wherever a `Version` says
nothing else: wordings that changed in what startContainer calls are not followed further.

A kubelet of v1.35 whose runtime loses the reply to its first start:

    >>> images = MemoryImages([Image("sha256:1", repo_tags=("app:1",))])
    >>> world, recorder = MemoryRuntime(images), MemoryRecorder()
    >>> runtime = FaultyRuntime(world, LoseReply("start_container", 1))
    >>> kubelet = Kubelet(assemble(runtime, images, recorder, version=version("1.35")))
    >>> pod = Pod("web", "default", "uid-1", containers=(Container("app", "app:1"),))
    >>> sandbox_config = generate_pod_sandbox_config(pod)
    >>> sandbox, spec = world.run_pod_sandbox(sandbox_config), container_start_spec(pod.containers[0])
    >>> result = kubelet.start_container(sandbox, sandbox_config, spec, pod, kubelet.pod_status(pod))
    >>> result.message, result.reason
    ('context deadline exceeded', 'RunContainerError')
    >>> for event in recorder.events:
    ...     print(event.type.value, event.reason, event.message, sep=": ")
    Normal: Pulled: Container image "app:1" already present on machine
    Normal: Created: Container created
    Warning: Failed: Error: context deadline exceeded
    >>> [one.state.name for one in world.list_containers()]  # it runs, and the kubelet does not know
    ['CONTAINER_RUNNING']

What the port calls and does not own is a seam (`Seams`), where faults go in and recordings are
made. It knows nothing of the checker beside it and needs the standard library only.

The layers, each importing only from those above it:

    errors  gates  clock  messages  usage  version  go_text  files  back_off
    container  pod  status  restart_count  runtime  subpaths  expansion  config_sources  image_names
    references  events  target  labels  security  sandbox_config  environment  run_options
    container_config  lifecycle  hooks  log_directory  local_files  pod_status
    seams
    attempt
    image_puller  create_container  run_container  kill_container  post_start
    start_container
    kubelet
    surroundings  identifiers  memory_images  memory_sandboxes  container_record
    memory_programs  memory_logs
    memory_containers  memory_runtime        # a runtime that behaves like containerd 1.6.20
    forwarding_runtime  forwarding_images  fault_plan  faulty_runtime  faulty_seams   # what fails on demand
    image_entries  creation_entries  running_entries  entries
    recorders  recording_services  recording        # what was done, in order

The CRI's own messages are in `fsm.kubelet.messages` and `fsm.kubelet.usage`, the entries of a recording in
`fsm.kubelet.entries`; all are modules to be read with their names before the dot.
"""

from . import entries, messages
from .attempt import StartResult
from .back_off import BackOff
from .clock import Clock, SteppingClock
from .config_sources import ConfigSources, KeyedObjects, MemoryObjects
from .container import (
    ConfigMapKeySelector,
    Container,
    ContainerPort,
    EnvVar,
    EphemeralContainer,
    Handler,
    Lifecycle,
    SecretKeySelector,
    SecurityContext,
    VolumeMount,
)
from .container_config import ContainerConfigGenerator, GeneratedConfig
from .create_container import CreateContainer, create_container
from .errors import (
    ERRORS,
    CommandError,
    ContainerConfigError,
    ErrorValue,
    HookError,
    InvalidImageNameError,
    KubeletError,
    MakeReferenceError,
    ObjectNotFoundError,
    PostStartHookError,
    RpcError,
    RuntimeReplyError,
    StartError,
    StatusCode,
    TargetNotFoundError,
    status_message,
)
from .events import (
    CREATED_CONTAINER,
    FAILED_TO_CREATE_CONTAINER,
    FAILED_TO_START_CONTAINER,
    ContainerEvents,
    Event,
    EventRecorder,
    EventType,
    FilterEventRecorder,
    MemoryRecorder,
)
from .fault_plan import DEADLINE, Fault, LoseId, LoseReply, Refuse
from .faulty_runtime import FaultyImages, FaultyRuntime
from .faulty_seams import FailingCall, FailingHooks, FailingLifecycle, OneShotReferenceFailure
from .files import DirectoryEntry, Files, MemoryFiles
from .forwarding_images import ForwardingImages
from .forwarding_runtime import ForwardingRuntime
from .gates import FeatureGates
from .hooks import ExecHooks, Hook, HookResult, HookRunner
from .kubelet import Kubelet
from .lifecycle import CpuSetConfigLifecycle, CpuSetLifecycle, InternalContainerLifecycle, NoLifecycle
from .local_files import LocalFiles
from .log_directory import LogCount, calc_restart_count_by_log_dir
from .memory_images import MemoryImages
from .memory_runtime import MemoryRuntime
from .messages import ContainerState, Image
from .pod import Pod, PodSecurityContext, Volume
from .pod_status import read_pod_status
from .recording import Recording
from .references import (
    ContainerRefManager,
    MakeReference,
    ObjectReference,
    ReferenceStore,
    generate_container_ref,
    reference_maker,
)
from .restart_count import RESTART_COUNT_ANNOTATION, read_restart_count
from .runtime import ImageService, RuntimeService
from .sandbox_config import generate_pod_sandbox_config
from .seams import (
    LookupRuntimeHandler,
    Seams,
    SetActuatedResources,
    actuate_nothing,
    assemble,
    same_handler,
)
from .start_container import StartContainer, start_container
from .status import ContainerStatus, PodStatus
from .subpaths import (
    Cleanup,
    LinuxSubpaths,
    LockedSubpaths,
    PreparedSubpath,
    SubpathPreparer,
)
from .surroundings import Surroundings
from .target import (
    StartSpec,
    container_start_spec,
    ephemeral_container_start_spec,
    get_target_id,
)
from .version import V1_18, VERSIONS, CountRule, HandlerRule, ReferenceRule, Version, version

__all__ = [
    "CREATED_CONTAINER",
    "DEADLINE",
    "ERRORS",
    "FAILED_TO_CREATE_CONTAINER",
    "FAILED_TO_START_CONTAINER",
    "RESTART_COUNT_ANNOTATION",
    "V1_18",
    "VERSIONS",
    "BackOff",
    "Cleanup",
    "Clock",
    "CommandError",
    "ConfigMapKeySelector",
    "ConfigSources",
    "Container",
    "ContainerConfigError",
    "ContainerConfigGenerator",
    "ContainerEvents",
    "ContainerPort",
    "ContainerRefManager",
    "ContainerState",
    "ContainerStatus",
    "CountRule",
    "CpuSetConfigLifecycle",
    "CpuSetLifecycle",
    "CreateContainer",
    "DirectoryEntry",
    "EnvVar",
    "EphemeralContainer",
    "ErrorValue",
    "Event",
    "EventRecorder",
    "EventType",
    "ExecHooks",
    "FailingCall",
    "FailingHooks",
    "FailingLifecycle",
    "Fault",
    "FaultyImages",
    "FaultyRuntime",
    "FeatureGates",
    "Files",
    "FilterEventRecorder",
    "ForwardingImages",
    "ForwardingRuntime",
    "GeneratedConfig",
    "Handler",
    "HandlerRule",
    "Hook",
    "HookError",
    "HookResult",
    "HookRunner",
    "Image",
    "ImageService",
    "InternalContainerLifecycle",
    "InvalidImageNameError",
    "KeyedObjects",
    "Kubelet",
    "KubeletError",
    "Lifecycle",
    "LinuxSubpaths",
    "LocalFiles",
    "LockedSubpaths",
    "LogCount",
    "LookupRuntimeHandler",
    "LoseId",
    "LoseReply",
    "MakeReference",
    "MakeReferenceError",
    "MemoryFiles",
    "MemoryImages",
    "MemoryObjects",
    "MemoryRecorder",
    "MemoryRuntime",
    "NoLifecycle",
    "ObjectNotFoundError",
    "ObjectReference",
    "OneShotReferenceFailure",
    "Pod",
    "PodSecurityContext",
    "PodStatus",
    "PostStartHookError",
    "PreparedSubpath",
    "Recording",
    "ReferenceRule",
    "ReferenceStore",
    "Refuse",
    "RpcError",
    "RuntimeReplyError",
    "RuntimeService",
    "Seams",
    "SecretKeySelector",
    "SecurityContext",
    "SetActuatedResources",
    "StartContainer",
    "StartError",
    "StartResult",
    "StartSpec",
    "StatusCode",
    "SteppingClock",
    "SubpathPreparer",
    "Surroundings",
    "TargetNotFoundError",
    "Version",
    "Volume",
    "VolumeMount",
    "actuate_nothing",
    "assemble",
    "calc_restart_count_by_log_dir",
    "container_start_spec",
    "create_container",
    "entries",
    "ephemeral_container_start_spec",
    "generate_container_ref",
    "generate_pod_sandbox_config",
    "get_target_id",
    "messages",
    "read_pod_status",
    "read_restart_count",
    "reference_maker",
    "same_handler",
    "start_container",
    "status_message",
    "version",
]
