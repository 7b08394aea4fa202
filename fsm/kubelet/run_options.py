"""Run options: the environment and the mounts of a container.

pkg/kubelet/kubelet_pods.go (`GenerateRunContainerOptions`, `makeMounts`), v1.18.6. Not ported:
device plugins, block volumes, hostname, the hosts file, the termination-log file.
"""

from dataclasses import dataclass

from .config_sources import ConfigSources
from .container import Container, VolumeMount
from .environment import make_environment_variables
from .errors import ERRORS, ContainerConfigError
from .messages import KeyValue, Mount
from .pod import Pod
from .subpaths import Cleanup, PreparedSubpath, SubpathPreparer

__all__ = ["RunContainerOptions", "generate_run_container_options", "make_mounts"]


@dataclass(frozen=True)
class RunContainerOptions:
    """What the pod and its node give a container; `cleanup` undoes the preparation."""

    envs: tuple[KeyValue, ...] = ()
    mounts: tuple[Mount, ...] = ()
    cleanup: Cleanup | None = None


def generate_run_container_options(
    pod: Pod, container: Container, sources: ConfigSources, subpaths: SubpathPreparer
) -> RunContainerOptions:
    """The environment first, then the mounts.

    Raises `ContainerConfigError`, or what a source raises. A cleanup that was already owed is
    lost with the exception: upstream hands it one level up, where the caller drops it.
    """
    envs = make_environment_variables(pod, container, sources)
    mounts, cleanup = make_mounts(pod, container, sources, subpaths)
    return RunContainerOptions(envs, mounts, cleanup)


def make_mounts(
    pod: Pod, container: Container, sources: ConfigSources, subpaths: SubpathPreparer
) -> tuple[tuple[Mount, ...], Cleanup | None]:
    """The container's mounts in the order of its spec, and a cleanup.

    Of several subpaths only the last one's cleanup is kept. Raises `ContainerConfigError` for a
    volume that is not mounted, for a subpath that is absolute, steps back or cannot be prepared.
    """
    volumes = sources.mounted_volumes(pod)
    mounts: list[Mount] = []
    cleanup: Cleanup | None = None
    for mount in container.volume_mounts:
        if mount.name not in volumes:
            raise ContainerConfigError(
                f'cannot find volume "{mount.name}" to mount into container "{container.name}"'
            )
        host_path = volumes[mount.name]
        if mount.sub_path:
            prepared = _prepared(container, mount, host_path, subpaths)
            host_path, cleanup = prepared.host_path, prepared.cleanup
        mounts.append(Mount(mount.mount_path, host_path, mount.read_only))
    return tuple(mounts), cleanup


def _prepared(
    container: Container, mount: VolumeMount, volume_path: str, subpaths: SubpathPreparer
) -> PreparedSubpath:
    if mount.sub_path.startswith("/"):
        raise ContainerConfigError(f"error SubPath `{mount.sub_path}` must not be an absolute path")
    if ".." in mount.sub_path.split("/"):
        raise ContainerConfigError(f"unable to provision SubPath `{mount.sub_path}`: must not contain '..'")
    try:
        return subpaths.prepare(volume_path, mount.sub_path)
    except ERRORS:
        # The cause is kept from the user: it could tell about the host's files.
        raise ContainerConfigError(
            f'failed to prepare subPath for volumeMount "{mount.name}" of container "{container.name}"'
        ) from None
