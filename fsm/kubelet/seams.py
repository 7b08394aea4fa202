"""The seams: everything that starting a container calls and does not own.

Faults go in here, and recordings are made here; nothing is ever patched. Replace a seam with
`dataclasses.replace(seams, …)`.
"""

import logging
from dataclasses import dataclass

from .config_sources import ConfigSources
from .container_config import ContainerConfigGenerator, GenerateConfig
from .events import ContainerEvents, EventRecorder, FilterEventRecorder
from .gates import FeatureGates
from .lifecycle import InternalContainerLifecycle, NoLifecycle
from .references import ContainerRefManager, MakeReference, ReferenceStore, reference_maker
from .runtime import ImageService, RuntimeService
from .subpaths import LinuxSubpaths, SubpathPreparer
from .target import GetTargetId, target_finder

__all__ = ["LOGGER", "Seams", "assemble"]

LOGGER = logging.getLogger("fsm.kubelet")


@dataclass(frozen=True)
class Seams:
    """What an attempt calls, in the order in which it first does.

    `events` makes its references with a maker of its own, which `assemble` makes the same one.
    """

    make_reference: MakeReference
    get_target_id: GetTargetId
    generate_config: GenerateConfig
    runtime: RuntimeService
    internal_lifecycle: InternalContainerLifecycle
    events: ContainerEvents
    ref_manager: ReferenceStore
    logger: logging.Logger


def assemble(
    runtime: RuntimeService,
    images: ImageService,
    recorder: EventRecorder,
    *,
    gates: FeatureGates = FeatureGates(),  # noqa: B008  (frozen)
    sources: ConfigSources | None = None,
    subpaths: SubpathPreparer | None = None,
    make_reference: MakeReference | None = None,
    internal_lifecycle: InternalContainerLifecycle | None = None,
    ref_manager: ReferenceStore | None = None,
    logger: logging.Logger = LOGGER,
) -> Seams:
    """The seams of a kubelet over this runtime; what is left out is as upstream on Linux.

    `recorder` gets what the filter lets through. One `make_reference` serves the attempt and its
    events alike, so a maker that fails once fails for the attempt only.
    """
    make_reference = make_reference or reference_maker(gates)
    return Seams(
        make_reference=make_reference,
        get_target_id=target_finder(gates),
        generate_config=ContainerConfigGenerator(
            images, sources or ConfigSources(), subpaths or LinuxSubpaths()
        ),
        runtime=runtime,
        internal_lifecycle=internal_lifecycle or NoLifecycle(),
        events=ContainerEvents(make_reference, FilterEventRecorder(recorder), logger),
        # An empty store must not be taken for a missing one.
        ref_manager=ContainerRefManager() if ref_manager is None else ref_manager,
        logger=logger,
    )
