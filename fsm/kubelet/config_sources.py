"""Where the configuration of a container comes from: ConfigMaps, Secrets, volumes, directories.

These are seams: what stands here is enough to run a pod in memory, and to lack what a pod needs.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from .errors import ContainerConfigError, ObjectNotFoundError
from .pod import Pod

__all__ = [
    "ConfigSources",
    "KeyedObjects",
    "MakeDirectory",
    "MemoryObjects",
    "MountedVolumes",
    "make_no_directory",
    "no_volumes",
]


class KeyedObjects(Protocol):
    """ConfigMaps or Secrets."""

    def get(self, namespace: str, name: str) -> Mapping[str, str]:
        """The data of one object; raises `ObjectNotFoundError`, or another error of `ERRORS`."""


@dataclass
class MemoryObjects:
    """Objects of one kind, `configmap` or `secret`, by (namespace, name). May be changed."""

    kind: str
    objects: dict[tuple[str, str], Mapping[str, str]] = field(default_factory=dict)

    def get(self, namespace: str, name: str) -> Mapping[str, str]:
        """The data of one object.

        Raises `ObjectNotFoundError`. Its wording is that of the kubelet's cached reads, as public
        reports show it; reads from the API itself say the kind in the plural.
        """
        try:
            return self.objects[namespace, name]
        except KeyError:
            raise ObjectNotFoundError(f'{self.kind} "{name}" not found') from None


MountedVolumes = Callable[[Pod], Mapping[str, str]]
"""The host paths of the pod's mounted volumes, by volume name."""

MakeDirectory = Callable[[str], None]
"""Makes a directory and its parents; raises an OSError or a `KubeletError` if it cannot."""


def no_volumes(_pod: Pod) -> Mapping[str, str]:
    """Nothing is mounted."""
    return {}


def make_no_directory(_path: str) -> None:
    """Succeeds and leaves the host alone: the runtime in memory writes no logs."""


@dataclass(frozen=True)
class ConfigSources:
    """All sources together. `config_maps` and `secrets` are None where no API client exists."""

    config_maps: KeyedObjects | None = field(default_factory=lambda: MemoryObjects("configmap"))
    secrets: KeyedObjects | None = field(default_factory=lambda: MemoryObjects("secret"))
    mounted_volumes: MountedVolumes = no_volumes
    make_directory: MakeDirectory = make_no_directory

    def config_map(self, namespace: str, name: str) -> Mapping[str, str]:
        """The data of a ConfigMap; raises `ContainerConfigError` without an API client."""
        if self.config_maps is None:
            raise ContainerConfigError(f"couldn't get configMap {namespace}/{name}, no kubeClient defined")
        return self.config_maps.get(namespace, name)

    def secret(self, namespace: str, name: str) -> Mapping[str, str]:
        """The data of a Secret; raises `ContainerConfigError` without an API client.

        The wording without a client is *inferred* from the ConfigMap's.
        """
        if self.secrets is None:
            raise ContainerConfigError(f"couldn't get secret {namespace}/{name}, no kubeClient defined")
        return self.secrets.get(namespace, name)
