"""Who a container runs as, and in whose namespaces.

pkg/kubelet/kuberuntime/security_context.go and kuberuntime_image.go, pkg/securitycontext, v1.18.6.
"""

from dataclasses import dataclass

from .container import Container
from .errors import ContainerConfigError
from .messages import (
    ImageSpec,
    LinuxContainerSecurityContext,
    NamespaceMode,
    NamespaceOption,
)
from .pod import Pod
from .runtime import ImageService

__all__ = [
    "ImageUser",
    "get_image_user",
    "linux_security_context",
    "namespace_options",
    "verify_run_as_non_root",
]


@dataclass(frozen=True)
class ImageUser:
    """The user that an image asks for: a number, or a name that nobody resolved."""

    uid: int | None
    username: str = ""


def get_image_user(image: str, images: ImageService) -> ImageUser:
    """The user of an image; uid 0 if the image is absent or does not say.

    Raises what ImageStatus answers, as it is.
    """
    status = images.image_status(ImageSpec(image))
    if status is not None and status.uid is not None:
        return ImageUser(status.uid)
    if status is not None and status.username:
        return ImageUser(None, status.username)
    return ImageUser(0)


def verify_run_as_non_root(pod: Pod, container: Container, user: ImageUser) -> None:
    """Raise `ContainerConfigError` if the container must not run as root and would, or might.

    The container's own settings win over the pod's; a user that either sets wins over the image's.
    """
    if not _run_as_non_root(pod, container):
        return
    run_as_user = _run_as_user(pod, container)
    if run_as_user == 0:
        raise ContainerConfigError("container's runAsUser breaks non-root policy")
    if run_as_user is not None:
        return
    if user.uid == 0:
        raise ContainerConfigError("container has runAsNonRoot and image will run as root")
    if user.uid is None and user.username:
        raise ContainerConfigError(
            f"container has runAsNonRoot and image has non-numeric user ({user.username}), "
            "cannot verify user is non-root"
        )


def namespace_options(pod: Pod) -> NamespaceOption:
    """The namespaces that the pod asks for. The host's PIDs win over sharing within the pod."""
    pid = NamespaceMode.CONTAINER
    if pod.share_process_namespace:
        pid = NamespaceMode.POD
    if pod.host_pid:
        pid = NamespaceMode.NODE
    return NamespaceOption(
        network=NamespaceMode.NODE if pod.host_network else NamespaceMode.POD,
        pid=pid,
        ipc=NamespaceMode.NODE if pod.host_ipc else NamespaceMode.POD,
    )


def linux_security_context(
    pod: Pod, container: Container, user: ImageUser, target_id: str | None
) -> LinuxContainerSecurityContext:
    """The Linux part: a target is used only where the PID namespace would be the container's own.

    pkg/kubelet/kuberuntime/kuberuntime_container_linux.go, v1.18.6.
    """
    namespaces = namespace_options(pod)
    if target_id is not None and namespaces.pid is NamespaceMode.CONTAINER:
        namespaces = NamespaceOption(namespaces.network, NamespaceMode.TARGET, namespaces.ipc, target_id)
    run_as_user = _run_as_user(pod, container)
    return LinuxContainerSecurityContext(
        privileged=container.security_context.privileged,
        namespace_options=namespaces,
        run_as_user=user.uid if run_as_user is None else run_as_user,
        run_as_username=user.username if run_as_user is None else "",
    )


def _run_as_user(pod: Pod, container: Container) -> int | None:
    if container.security_context.run_as_user is not None:
        return container.security_context.run_as_user
    return pod.security_context.run_as_user


def _run_as_non_root(pod: Pod, container: Container) -> bool:
    if container.security_context.run_as_non_root is not None:
        return container.security_context.run_as_non_root
    return bool(pod.security_context.run_as_non_root)
