"""Ids and reserved names, as containerd keeps them.

Ids are 64 hex digits and may be shortened by the caller to any prefix that is unique. Names are
held from the first moment of a create until the removal, or until the create fails.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from typing import TypeVar

from .errors import RpcError, StatusCode
from .messages import ContainerMetadata, PodSandboxMetadata

__all__ = ["IdSource", "NameRegistry", "container_name", "find_by_prefix", "sandbox_name"]

T = TypeVar("T")


@dataclass
class IdSource:
    """Ids that look random and are the same in every run; others for another `seed`."""

    made: int = 0
    seed: str = ""

    def next(self) -> str:
        """A new id: 64 hex digits."""
        self.made += 1
        return sha256(f"{self.seed}{self.made}".encode()).hexdigest()


def find_by_prefix(records: Mapping[str, T], prefix: str) -> T:
    """The only record whose id begins with `prefix`.

    Raises `RpcError` with the words of containerd 1.6.20, measured: NOT_FOUND for none, UNKNOWN for an
    empty prefix and for one that fits several.
    """
    if not prefix:
        raise RpcError(StatusCode.UNKNOWN, "Prefix can't be empty")
    if prefix in records:
        return records[prefix]
    matches = [id_ for id_ in records if id_.startswith(prefix)]
    if not matches:
        raise RpcError(StatusCode.NOT_FOUND, "not found")
    if len(matches) > 1:
        raise RpcError(StatusCode.UNKNOWN, f"Multiple IDs found with provided prefix: {prefix}")
    return records[matches[0]]


def sandbox_name(metadata: PodSandboxMetadata) -> str:
    """The name that a sandbox reserves: `<pod>_<namespace>_<uid>_<attempt>`."""
    return f"{metadata.name}_{metadata.namespace}_{metadata.uid}_{metadata.attempt}"


def container_name(metadata: ContainerMetadata, sandbox: PodSandboxMetadata) -> str:
    """The name that a container reserves: `<container>_<pod>_<namespace>_<pod uid>_<attempt>`.

    The sandbox's id and attempt are no part of it: a name is unique for the pod, not only for the
    sandbox, which is stricter than the CRI asks. containerd 1.6.20, measured.
    """
    return f"{metadata.name}_{sandbox.name}_{sandbox.namespace}_{sandbox.uid}_{metadata.attempt}"


@dataclass
class NameRegistry:
    """Names of one kind (`container` or `sandbox`) and the ids that hold them, one name each."""

    kind: str
    holders: dict[str, str] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)

    def reserve(self, name: str, id_: str) -> None:
        """Hold `name` for `id_`; raises `RpcError`, code UNKNOWN, if another id holds it.

        The code for a duplicate is UNKNOWN, never ALREADY_EXISTS. containerd 1.6.20, measured.
        """
        holder = self.holders.setdefault(name, id_)
        if holder != id_:
            raise RpcError(
                StatusCode.UNKNOWN,
                f'failed to reserve {self.kind} name "{name}": name "{name}" is reserved for "{holder}"',
            )
        self.names[id_] = name

    def release(self, id_: str) -> None:
        """Let go of the name that `id_` holds, if it holds one."""
        if id_ in self.names:
            del self.holders[self.names.pop(id_)]
