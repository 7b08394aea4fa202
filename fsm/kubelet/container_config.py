"""The configuration of a container: everything that CreateContainer is told.

pkg/kubelet/kuberuntime/kuberuntime_container.go (`generateContainerConfig`), v1.18.6.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import NamedTuple

from .config_sources import ConfigSources
from .container import Container
from .errors import ERRORS, ContainerConfigError
from .expansion import expand_all
from .labels import container_annotations, container_labels
from .messages import ContainerConfig, ContainerMetadata, ImageSpec, LinuxContainerConfig
from .pod import Pod
from .run_options import RunContainerOptions, generate_run_container_options
from .runtime import ImageService
from .sandbox_config import container_log_path, container_logs_directory
from .security import get_image_user, linux_security_context, verify_run_as_non_root
from .subpaths import Cleanup, LinuxSubpaths, SubpathPreparer

__all__ = ["ContainerConfigGenerator", "GenerateConfig", "GeneratedConfig"]

_UINT32 = 2**32


class GeneratedConfig(NamedTuple):
    """The outcome: a `config` or an `error`, never both; with either, perhaps a cleanup owed."""

    config: ContainerConfig | None = None
    cleanup: Cleanup | None = None
    error: Exception | None = None


GenerateConfig = Callable[[Container, Pod, int, str, str | None], GeneratedConfig]
"""Makes the configuration from container, pod, restart count, image id and target id."""


@dataclass(frozen=True)
class ContainerConfigGenerator:
    """Generates configurations from an image service and the sources; a `GenerateConfig`.

    With `user_specified_image` the runtime is told the image as the pod names it, too (v1.28).
    """

    images: ImageService
    sources: ConfigSources = field(default_factory=ConfigSources)
    subpaths: SubpathPreparer = field(default_factory=LinuxSubpaths)
    user_specified_image: bool = False

    def __call__(
        self,
        container: Container,
        pod: Pod,
        restart_count: int,
        image_ref: str,
        target_id: str | None,
    ) -> GeneratedConfig:
        """The configuration, or the first error on the way to it.

        Where the run options fail, the cleanup that they may owe is dropped; an error after them
        leaves it to the caller. Errors are returned, not raised, so that both can be said at once.
        """
        try:
            options = generate_run_container_options(pod, container, self.sources, self.subpaths)
        except ERRORS as error:
            return GeneratedConfig(error=error)
        try:
            config = self._config(container, pod, restart_count, image_ref, target_id, options)
        except ERRORS as error:
            return GeneratedConfig(cleanup=options.cleanup, error=error)
        return GeneratedConfig(config=config, cleanup=options.cleanup)

    def _config(
        self,
        container: Container,
        pod: Pod,
        restart_count: int,
        image_ref: str,
        target_id: str | None,
        options: RunContainerOptions,
    ) -> ContainerConfig:
        user = get_image_user(container.image, self.images)
        verify_run_as_non_root(pod, container, user)
        variables = {env.key: env.value for env in options.envs}
        try:
            self.sources.make_directory(container_logs_directory(pod, container.name))
        except ERRORS as error:
            raise ContainerConfigError(
                f"create container log directory for container {container.name} failed: {error}"
            ) from error
        return ContainerConfig(
            # The count goes out three times: attempt, annotation, log file. Only the annotation
            # is ever read back. Go's conversion to uint32 wraps.
            metadata=ContainerMetadata(container.name, restart_count % _UINT32),
            image=ImageSpec(image_ref, container.image if self.user_specified_image else ""),
            command=expand_all(container.command, variables),
            args=expand_all(container.args, variables),
            working_dir=container.working_dir,
            envs=options.envs,
            mounts=options.mounts,
            labels=container_labels(pod, container),
            annotations=container_annotations(pod, container, restart_count),
            log_path=container_log_path(container.name, restart_count),
            linux=LinuxContainerConfig(
                security_context=linux_security_context(pod, container, user, target_id)
            ),
        )
