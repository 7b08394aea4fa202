"""What is looked at of an answer, as one line, up to ids, names and times.

A time is `0` or `set`. Ids that the scene knows are called by their order (`<C1>` the first container, `<S1>`
the first sandbox), all others `<ID64>`.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from fsm.kubelet import messages as cri
from fsm.kubelet.usage import ContainerStats

__all__ = ["Answer", "normal", "show", "show_all"]


class Answer(NamedTuple):
    """A gRPC code, and the message of the error or the result."""

    code: str
    text: str

    def __str__(self) -> str:
        return f"{self.code} {self.text}".rstrip()


#: What gRPC's own library says of a connection: its words after these are of its version and of the socket.
CONNECTION = re.compile(r"(failed to connect to all addresses|Stream removed)\b.*", re.DOTALL)


def normal(text: str, names: Mapping[str, str]) -> str:
    """The text with what differs from run to run replaced: `names`, the longest first, then any id."""
    for name in sorted(names, key=len, reverse=True):
        text = text.replace(name, names[name])
    text = re.sub(r"\b[0-9a-f]{64}\b", "<ID64>", text)
    return CONNECTION.sub(r"\1", text)


def show(value: Any) -> str:
    """An answer as one line; ids and names as they are."""
    match value:
        case None:
            return ""
        case str():
            return value
        case cri.ContainerStatus():
            return (
                f"{value.state.name} exit_code={value.exit_code} reason={value.reason!r} "
                f"started_at={_time(value.started_at)} finished_at={_time(value.finished_at)} "
                f"message={value.message!r}"
            )
        case cri.PodSandboxStatus():
            return f"{value.state.name} attempt={value.metadata.attempt}"
        case cri.ExecSyncResponse():
            return f"exit_code={value.exit_code} stdout={value.stdout!r} stderr={value.stderr!r}"
        case ContainerStats():
            which, cpu, memory = value.attributes.metadata, value.cpu, value.memory
            return (
                f"{which.name} {which.attempt} cpu={_said(cpu.usage_core_nano_seconds)} "
                f"memory={_said(memory.working_set_bytes)}"
            )
        case cri.Image():
            return f"{value.id} {' '.join(value.repo_tags + value.repo_digests)}"
        case Sequence():
            return ", ".join(sorted(map(_listed, value))) or "none"
    raise TypeError(f"nothing says how to show {value!r}")


def show_all(value: cri.ContainerStatus) -> str:
    """Everything that a container's status says and the port reads."""
    return (
        f"{show(value)} created_at={_time(value.created_at)} "
        f"name={value.metadata.name!r} attempt={value.metadata.attempt} "
        f"image={value.image.image} image_ref={value.image_ref} log_path={value.log_path} "
        f"labels={dict(value.labels)} annotations={dict(value.annotations)} "
        f"mounts={[(one.container_path, one.host_path, one.readonly) for one in value.mounts]}"
    )


def _listed(one: Any) -> str:
    if isinstance(one, cri.Image):
        return show(one)
    return f"{one.metadata.name} {one.metadata.attempt} {one.state.name}"


def _said(number: int | None) -> str:
    return "not said" if number is None else "said"


def _time(nanoseconds: int) -> str:
    return "set" if nanoseconds else "0"
