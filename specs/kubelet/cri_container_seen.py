"""What a container's status and listing say in the words of the spec, or else what is wrong with it."""

from typing import Any

from .cri_container_words import Container, Exit, Sandbox
from .cri_container_worlds import OWN_CODE

LOST_CODE = 255  # what containerd says of an end that it did not see; measured
STATES = {
    "CONTAINER_CREATED": Container.CREATED,
    "CONTAINER_RUNNING": Container.RUNNING,
    "CONTAINER_EXITED": Container.EXITED,
    "CONTAINER_UNKNOWN": Container.UNKNOWN,
}
SANDBOXES = {"SANDBOX_READY": Sandbox.READY, "SANDBOX_NOTREADY": Sandbox.NOT_READY}
DATED = frozenset({"CONTAINER_CREATED", "CONTAINER_RUNNING"})


def is_faithful(listed: Any, status: Any, config: Any, sandbox_id: str) -> bool | str:
    """Whether status and listing agree with each other and with what was asked for; else where not."""
    for name, given in (
        ("metadata", config.metadata),
        ("labels", config.labels),
        ("annotations", config.annotations),
    ):
        for where, one in (("status", status), ("listing", listed)):
            if getattr(one, name) != given:
                return f"the {where}'s {name} are {getattr(one, name)!r}"
    if status.state is not listed.state:
        return f"the status says {status.state.name}, the listing {listed.state.name}"
    dated = status.created_at == listed.created_at > 0
    if status.state.name in DATED and not dated:  # what was lost may have lost its date
        return f"the status says created_at={status.created_at}, the listing {listed.created_at}"
    if listed.pod_sandbox_id != sandbox_id:
        return f"it is listed in the sandbox {listed.pod_sandbox_id}"
    if status.state.name == "CONTAINER_RUNNING" and status.started_at <= 0:
        return "it runs, and has no started_at"
    return True


def exit_of(status: Any) -> Exit | str:
    """What a container's status says of its end; words for what makes no sense."""
    told = f"{status.state.name}, exit_code={status.exit_code}, finished_at={status.finished_at}"
    if (status.state.name == "CONTAINER_EXITED") != (status.finished_at != 0):
        return told
    if status.finished_at == 0:
        return Exit.NONE if status.exit_code == 0 else told
    if status.exit_code == 0:
        return told
    if status.exit_code == LOST_CODE:
        return Exit.LOST
    if status.started_at == 0:
        return Exit.NEVER_RAN
    return Exit.OWN if status.exit_code == OWN_CODE else Exit.KILLED
