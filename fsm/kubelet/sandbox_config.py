"""The configuration of a pod's sandbox, and where the pod's logs are.

pkg/kubelet/kuberuntime/kuberuntime_sandbox.go and helpers.go, v1.18.6.
"""

from .labels import pod_labels
from .messages import (
    LinuxPodSandboxConfig,
    LinuxSandboxSecurityContext,
    PodSandboxConfig,
    PodSandboxMetadata,
)
from .pod import Pod
from .security import namespace_options

__all__ = ["container_log_path", "container_logs_directory", "generate_pod_sandbox_config"]

_POD_LOGS = "/var/log/pods"


def generate_pod_sandbox_config(pod: Pod, attempt: int = 0) -> PodSandboxConfig:
    """How the pod's sandbox shall be made. `attempt` is in range(2**32).

    A pod on the host's network has the host's name: it is given none, and a runtime refuses one.
    """
    privileged = any(each.security_context.privileged for each in pod.containers)
    return PodSandboxConfig(
        metadata=PodSandboxMetadata(pod.name, pod.uid, pod.namespace, attempt),
        hostname="" if pod.host_network else pod.name,
        log_directory=f"{_POD_LOGS}/{pod.namespace}_{pod.name}_{pod.uid}",
        labels=pod_labels(pod),
        linux=LinuxPodSandboxConfig(LinuxSandboxSecurityContext(privileged, namespace_options(pod))),
    )


def container_logs_directory(pod: Pod, container_name: str) -> str:
    """The absolute path of a container's log directory."""
    return f"{_POD_LOGS}/{pod.namespace}_{pod.name}_{pod.uid}/{container_name}"


def container_log_path(container_name: str, restart_count: int) -> str:
    """The path of one instance's log, relative to the pod's: `<name>/<n>.log`."""
    return f"{container_name}/{restart_count}.log"
