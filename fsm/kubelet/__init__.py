"""The kubelet's container creation, ported to Python over a runtime in memory.

What is ported: step 2 of `startContainer` in pkg/kubelet/kuberuntime/kuberuntime_container.go of
Kubernetes v1.18.6, from GenerateContainerRef to SetRef, with what it stands on: references,
restart counts, the target of ephemeral containers, the generation of a container's configuration
and its cleanup, events and their filter, the internal pre-start hook, and the reading of a pod's
status from the runtime.

What is not: pulling images (step 1), starting the container and the user's hooks (steps 3 and 4),
deciding what to start, back-off, garbage collection, the relisting of pods, delivery of events.
What the port calls and does not own is a seam (`Seams`), where faults go in and recordings are
made. It knows nothing of the checker beside it and needs the standard library only.

The layers, each importing only from those above it:

    errors  gates  clock  messages
    container  pod  status  restart_count  runtime  subpaths  expansion  config_sources
    references  events  target  labels  security  sandbox_config  environment  run_options
    container_config  lifecycle  pod_status
    seams
    start_container
    kubelet
    surroundings  identifiers  memory_images  memory_sandboxes  container_record
    memory_containers  memory_runtime        # a runtime that behaves like containerd 1.6.20
    forwarding_runtime  faulty_runtime  faulty_seams        # what fails on demand
    entries  recording                       # what was done, in order

The CRI's own messages are in `fsm.kubelet.messages`, the entries of a recording in
`fsm.kubelet.entries`; both are modules to be read with their names before the dot.
"""

from . import entries, messages
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
from .errors import (
    ERRORS,
    ContainerConfigError,
    HookError,
    KubeletError,
    MakeReferenceError,
    ObjectNotFoundError,
    RpcError,
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
from .faulty_runtime import DEADLINE, FaultyRuntime, LoseReply, Refuse
from .faulty_seams import FailingLifecycle, OneShotReferenceFailure
from .forwarding_runtime import ForwardingRuntime
from .gates import FeatureGates
from .kubelet import Kubelet
from .lifecycle import CpuSetLifecycle, InternalContainerLifecycle, NoLifecycle
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
from .seams import Seams, assemble
from .start_container import StartContainer, StartResult, start_container
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

__all__ = [
    "CREATED_CONTAINER",
    "DEADLINE",
    "ERRORS",
    "FAILED_TO_CREATE_CONTAINER",
    "FAILED_TO_START_CONTAINER",
    "RESTART_COUNT_ANNOTATION",
    "Cleanup",
    "Clock",
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
    "CpuSetLifecycle",
    "EnvVar",
    "EphemeralContainer",
    "Event",
    "EventRecorder",
    "EventType",
    "FailingLifecycle",
    "FaultyRuntime",
    "FeatureGates",
    "FilterEventRecorder",
    "ForwardingRuntime",
    "GeneratedConfig",
    "Handler",
    "HookError",
    "Image",
    "ImageService",
    "InternalContainerLifecycle",
    "KeyedObjects",
    "Kubelet",
    "KubeletError",
    "Lifecycle",
    "LinuxSubpaths",
    "LockedSubpaths",
    "LoseReply",
    "MakeReference",
    "MakeReferenceError",
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
    "PreparedSubpath",
    "Recording",
    "ReferenceStore",
    "Refuse",
    "RpcError",
    "RuntimeService",
    "Seams",
    "SecretKeySelector",
    "SecurityContext",
    "StartContainer",
    "StartError",
    "StartResult",
    "StartSpec",
    "StatusCode",
    "SteppingClock",
    "SubpathPreparer",
    "Surroundings",
    "TargetNotFoundError",
    "Volume",
    "VolumeMount",
    "assemble",
    "container_start_spec",
    "entries",
    "ephemeral_container_start_spec",
    "generate_container_ref",
    "generate_pod_sandbox_config",
    "get_target_id",
    "messages",
    "read_pod_status",
    "read_restart_count",
    "reference_maker",
    "start_container",
    "status_message",
]
