"""The cells of sandboxes."""

from .cells import Cell

__all__ = ["SANDBOXES"]

RUN, STOP, REMOVE, STATUS = "RunPodSandbox", "StopPodSandbox", "RemovePodSandbox", "PodSandboxStatus"
TAKEN = (
    'failed to reserve sandbox name "<POD>_default_<UID>_0": '
    'name "<POD>_default_<UID>_0" is reserved for "<S1>"'
)
NO_METADATA = "sandbox config must include metadata"


SANDBOXES = (
    Cell(RUN, "same metadata+attempt", lambda s: s.sandbox_config(), "UNKNOWN", TAKEN),
    Cell(RUN, "same pod uid, attempt 1, first still ready", lambda s: s.sandbox_config(1), text="<S2>"),
    Cell(
        RUN,
        "same metadata, first is STOPPED",
        lambda s: s.stop_sandbox().sandbox_config(),
        "UNKNOWN",
        TAKEN,
    ),
    Cell(RUN, "same metadata after Remove", lambda s: s.remove_sandbox().sandbox_config(), text="<S2>"),
    Cell(RUN, "no config", lambda s: None, "UNKNOWN", NO_METADATA),
    Cell(RUN, "no metadata", lambda s: s.sandbox_config(metadata=None), "UNKNOWN", NO_METADATA),
    Cell(
        RUN,
        "unknown runtime handler",
        lambda s: (s.sandbox_config(1), "nosuch"),
        "UNKNOWN",
        'failed to get sandbox runtime: no runtime for "nosuch" is configured',
    ),
    Cell(
        RUN,
        "after an unknown runtime handler, same metadata",
        lambda s: s.refused("run_pod_sandbox", s.sandbox_config(1), "nosuch").sandbox_config(1),
        text="<S2>",
    ),
    Cell(STOP, "READY", lambda s: s.sandbox),
    Cell(STOP, "second time", lambda s: s.stop_sandbox().sandbox),
    Cell(
        STOP,
        "removed",
        lambda s: s.remove_sandbox().sandbox,
        "NOT_FOUND",
        'an error occurred when try to find sandbox "<S1>": not found',
    ),
    Cell(
        STOP,
        "empty id",
        lambda s: "",
        "UNKNOWN",
        'an error occurred when try to find sandbox "": Prefix can\'t be empty',
    ),
    Cell(REMOVE, "stopped, holds a container", lambda s: s.create().stop_sandbox().sandbox),
    Cell(REMOVE, "already removed", lambda s: s.remove_sandbox().sandbox),
    Cell(REMOVE, "READY, with running containers", lambda s: s.create().start().sandbox),
    Cell(
        REMOVE,
        "empty id",
        lambda s: "",
        "UNKNOWN",
        'an error occurred when try to find sandbox "": Prefix can\'t be empty',
    ),
    Cell(STATUS, "READY", lambda s: s.sandbox, text="SANDBOX_READY attempt=0"),
    Cell(STATUS, "READY, attempt 2", lambda s: s.run(2).sandbox, text="SANDBOX_READY attempt=2"),
    Cell(STATUS, "stopped", lambda s: s.stop_sandbox().sandbox, text="SANDBOX_NOTREADY attempt=0"),
    Cell(STATUS, "id prefix (12 hex digits)", lambda s: s.sandbox[:12], text="SANDBOX_READY attempt=0"),
    Cell(
        STATUS,
        "removed",
        lambda s: s.remove_sandbox().sandbox,
        "NOT_FOUND",
        "an error occurred when try to find sandbox: not found",
    ),
    Cell(
        STATUS,
        "empty id",
        lambda s: "",
        "UNKNOWN",
        "an error occurred when try to find sandbox: Prefix can't be empty",
    ),
)
