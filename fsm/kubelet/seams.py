"""The seams: everything that starting a container calls and does not own, and the version that it is of.

Faults go in here, and recordings are made here; nothing is ever patched. Replace a seam with
`dataclasses.replace(seams, …)`.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass, replace

from .back_off import BackOff
from .clock import Clock, SteppingClock
from .config_sources import ConfigSources
from .container import Container
from .container_config import ContainerConfigGenerator, GenerateConfig
from .events import ContainerEvents, EventRecorder, FilterEventRecorder
from .files import Files, MemoryFiles
from .gates import FeatureGates
from .hooks import ExecHooks, HookRunner
from .lifecycle import InternalContainerLifecycle, NoLifecycle
from .pod import Pod
from .references import ContainerRefManager, MakeReference, ReferenceStore, reference_maker
from .runtime import ImageService, RuntimeService
from .subpaths import LinuxSubpaths, SubpathPreparer
from .target import GetTargetId, target_finder
from .version import V1_18, Version

__all__ = [
    "LOGGER",
    "LookupRuntimeHandler",
    "Seams",
    "SetActuatedResources",
    "actuate_nothing",
    "assemble",
    "same_handler",
]

LOGGER = logging.getLogger("fsm.kubelet")

LookupRuntimeHandler = Callable[[str], str]
"""The runtime handler of a runtime class; raises an error of `ERRORS` if there is no such class."""

SetActuatedResources = Callable[[Pod, Container], None]
"""Writes down what resources the container is given; raises an error of `ERRORS` if it cannot."""


def same_handler(runtime_class_name: str) -> str:
    """The handler has the name of its class."""
    return runtime_class_name


def actuate_nothing(_pod: Pod, _container: Container) -> None:
    """Succeeds; no checkpoint is kept."""


@dataclass(frozen=True)
class Seams:
    """What an attempt calls, in the order in which it first does.

    `events` and the image puller (`make_image_reference`, up to v1.30) make references with makers of
    their own. The generator of configurations asks an image service of its own about users.
    """

    version: Version
    gates: FeatureGates
    lookup_runtime_handler: LookupRuntimeHandler
    make_reference: MakeReference
    make_image_reference: MakeReference
    images: ImageService
    back_off: BackOff
    clock: Clock
    files: Files
    get_target_id: GetTargetId
    generate_config: GenerateConfig
    set_actuated_resources: SetActuatedResources
    runtime: RuntimeService
    internal_lifecycle: InternalContainerLifecycle
    events: ContainerEvents
    ref_manager: ReferenceStore
    hooks: HookRunner
    logger: logging.Logger


def assemble(
    runtime: RuntimeService,
    images: ImageService,
    recorder: EventRecorder,
    *,
    version: Version = V1_18,
    gates: FeatureGates = FeatureGates(),  # noqa: B008  (frozen)
    sources: ConfigSources | None = None,
    subpaths: SubpathPreparer | None = None,
    make_reference: MakeReference | None = None,
    make_image_reference: MakeReference | None = None,
    internal_lifecycle: InternalContainerLifecycle | None = None,
    ref_manager: ReferenceStore | None = None,
    lookup_runtime_handler: LookupRuntimeHandler = same_handler,
    set_actuated_resources: SetActuatedResources = actuate_nothing,
    files: Files | None = None,
    hooks: HookRunner | None = None,
    back_off: BackOff | None = None,
    clock: Clock | None = None,
    logger: logging.Logger = LOGGER,
) -> Seams:
    """The seams of a kubelet over this runtime; what is left out is as upstream on Linux.

    `recorder` gets what the filter lets through. One `make_reference` serves the attempt and its events
    alike, so a maker that fails once fails for the attempt only. Without a `clock` time stands still, and
    without `files` the node has none.
    """
    if not version.ephemeral_gate:
        gates = replace(gates, ephemeral_containers=True)
    make_reference = make_reference or reference_maker(gates)
    return Seams(
        version=version,
        gates=gates,
        lookup_runtime_handler=lookup_runtime_handler,
        make_reference=make_reference,
        make_image_reference=make_image_reference or reference_maker(gates),
        images=images,
        back_off=back_off or BackOff(),
        clock=clock or SteppingClock(step=0),
        files=files or MemoryFiles(),
        get_target_id=target_finder(gates),
        generate_config=ContainerConfigGenerator(
            images, sources or ConfigSources(), subpaths or LinuxSubpaths(), version.user_specified_image
        ),
        set_actuated_resources=set_actuated_resources,
        runtime=runtime,
        internal_lifecycle=internal_lifecycle or NoLifecycle(),
        events=ContainerEvents(make_reference, FilterEventRecorder(recorder), logger),
        # An empty store must not be taken for a missing one.
        ref_manager=ContainerRefManager() if ref_manager is None else ref_manager,
        hooks=hooks or ExecHooks(),
        logger=logger,
    )
