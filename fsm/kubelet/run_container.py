"""Step 3 of startContainer: the created container is started, and its log gets a second name.

pkg/kubelet/kuberuntime/kuberuntime_container.go. The link in /var/log/containers is for collectors of logs
that know no other place; that it cannot be made is logged, and nothing more.
"""

from posixpath import join

from .attempt import Attempt, StartResult
from .create_container import CreatedContainer
from .errors import ERRORS, StartError, status_message
from .events import FAILED_TO_START_CONTAINER, STARTED_CONTAINER, EventType

__all__ = ["legacy_log_link", "run"]

_LEGACY_LOGS = "/var/log/containers"


def run(attempt: Attempt, created: CreatedContainer) -> StartResult | None:
    """Start the container; None if it runs. One that does not start is left to the runtime."""
    try:
        attempt.seams.runtime.start_container(created.id)
    except ERRORS as error:
        start_text = status_message(error)
        attempt.tell(EventType.WARNING, FAILED_TO_START_CONTAINER, f"Error: {start_text}", created.id)
        return StartResult(start_text, StartError.RUN_CONTAINER)
    started = attempt.version.started.format(name=attempt.container.name)
    attempt.tell(EventType.NORMAL, STARTED_CONTAINER, started, created.id)
    _link_log(attempt, created)
    return None


def legacy_log_link(attempt: Attempt, container_id: str) -> str:
    """The old name of a container's log: `<pod>_<namespace>_<container>-<id>.log`."""
    pod = attempt.pod
    return f"{_LEGACY_LOGS}/{pod.name}_{pod.namespace}_{attempt.container.name}-{container_id}.log"


def _link_log(attempt: Attempt, created: CreatedContainer) -> None:
    files = attempt.seams.files
    log = join(attempt.pod_sandbox_config.log_directory, created.config.log_path)
    try:
        files.stat(log)
    except FileNotFoundError:
        return
    except OSError:
        pass  # it may well be there
    link = legacy_log_link(attempt, created.id)
    try:
        files.symlink(log, link)
    except OSError as error:
        attempt.seams.logger.error(
            "Failed to create legacy symbolic link %s to container %s log %s: %s",
            link,
            created.id,
            log,
            error,
        )
