"""The CRI's messages as values of `fsm.kubelet.messages`, and as protobuf on the wire.

Both have the CRI's field names, so one walk over the fields serves every message, in v1 and in v1alpha2
alike. What a message of the wire has and ours lacks is dropped on the way in and left out on the way out;
what ours has and v1alpha2 lacks (`VERSION_1_ONLY`) is left out there, and reads as its default.

Four of protobuf's habits are undone:

    an enum is a number                             here it is a member of the enum
    a wrapped value is a message with one field     it is the value, or None
    a message that is not there reads as an empty   None, where the dataclass allows it
    one
    a newer runtime may send unknown numbers        the state of which least is promised (`UNFAMILIAR`)

How a field is written or read depends on its class and its descriptor alone, so it is decided once for
each pair of them: a listing of a thousand containers is read in some ten milliseconds.
"""

from collections.abc import Callable, Mapping
from dataclasses import fields
from enum import Enum
from functools import cache
from types import MappingProxyType, NoneType, UnionType
from typing import Any, TypeVar, get_args, get_origin, get_type_hints

from google.protobuf.descriptor import Descriptor, FieldDescriptor
from google.protobuf.message import Message

from ..messages import ContainerState, NamespaceMode, PodSandboxState

__all__ = ["UNFAMILIAR", "VERSION_1_ONLY", "fill", "read", "read_field"]

T = TypeVar("T")

WRAPPED = frozenset({"Int64Value", "UInt64Value", "ContainerStateValue", "PodSandboxStateValue"})
"""Messages that stand for a value which may be missing."""

VERSION_1_ONLY = frozenset({("ImageSpec", "user_specified_image"), ("ImageSpec", "runtime_handler")})
"""The fields of our messages that v1 has and v1alpha2 has not; the api.proto of either version."""

UNFAMILIAR: Mapping[type[Enum], Enum] = MappingProxyType(
    {
        ContainerState: ContainerState.CONTAINER_UNKNOWN,
        PodSandboxState: PodSandboxState.SANDBOX_NOTREADY,
        NamespaceMode: NamespaceMode.POD,
    }
)
"""What a number reads as that is in no api.proto we know.

A container's state so in the kubelet: `toKubeContainerState`, pkg/kubelet/kuberuntime/helpers.go, v1.18. A
sandbox's and a namespace's are *inferred*: the kubelet asks whether a sandbox is READY, a runtime whether a
namespace is the node's, the container's or a target's.
"""

Put = Callable[[Message, Any], None]
Get = Callable[[Message], Any]


def fill(message: Message, value: Any) -> None:
    """Write a value into an empty message of the wire.

    Args:
        message: of the same name in `runtime.v1` or `runtime.v1alpha2`.
        value: a dataclass of `fsm.kubelet.messages`, or None to leave the message empty.

    Raises:
        ValueError: for a number that is outside of its field's range, or a text that is no Unicode.

    Example:
        >>> from cri_api.v1 import api_pb2
        >>> from fsm.kubelet.messages import ContainerFilter, ContainerState
        >>> message = api_pb2.ContainerFilter()
        >>> fill(message, ContainerFilter(state=ContainerState.CONTAINER_CREATED))
        >>> message.HasField("state"), message.state.state
        (True, 0)
    """
    if value is not None:
        kind: Any = type(value)
        for name, put in _writer(kind, message.DESCRIPTOR):
            field = getattr(value, name)
            if field is not None:
                put(message, field)


def read(kind: Callable[..., T], message: Message) -> T:
    """A message of the wire as a value.

    Args:
        kind: a dataclass of `fsm.kubelet.messages`.
        message: the message of that name.

    Returns:
        The value. A message in it that is not there is None where the dataclass allows that, else an empty
        one.

    Example:
        >>> from cri_api.v1 import api_pb2
        >>> from fsm.kubelet.messages import PodSandboxFilter
        >>> read(PodSandboxFilter, api_pb2.PodSandboxFilter(id="a"))
        PodSandboxFilter(id='a', state=None, label_selector={})
    """
    return kind(**{name: get(message) for name, get in _reader(kind, message.DESCRIPTOR)})


def read_field(kind: Callable[..., T], message: Message, name: str) -> T | None:
    """A message in a message of the wire, such as the config in a request: None where it is not there.

    Args:
        kind: a dataclass of `fsm.kubelet.messages`.
        message: the message around it.
        name: its name there.

    Example:
        >>> from cri_api.v1 import api_pb2
        >>> from fsm.kubelet.messages import PodSandboxConfig
        >>> read_field(PodSandboxConfig, api_pb2.RunPodSandboxRequest(), "config") is None
        True
    """
    return read(kind, getattr(message, name)) if message.HasField(name) else None


# writing


@cache
def _writer(kind: Any, descriptor: Descriptor) -> tuple[tuple[str, Put], ...]:
    """How each field of `kind` that the message has is written."""
    known = descriptor.fields_by_name
    return tuple((one.name, _put(known[one.name])) for one in fields(kind) if one.name in known)


def _put(field: FieldDescriptor) -> Put:
    name = field.name
    if _is_map(field):
        return lambda message, value: getattr(message, name).update(value)
    if field.is_repeated:
        return _put_all(name) if field.message_type else _extend(name)
    if field.message_type is None:
        return _set(name)
    if field.message_type.name in WRAPPED:
        inner = _set(field.message_type.fields[0].name)

        def put_wrapped(message: Message, value: Any) -> None:
            wrapper = getattr(message, name)
            wrapper.SetInParent()  # a wrapped zero is a value too
            inner(wrapper, value)

        return put_wrapped

    def put_message(message: Message, value: Any) -> None:
        part = getattr(message, name)
        part.SetInParent()
        fill(part, value)

    return put_message


def _set(name: str) -> Put:
    def put(message: Message, value: Any) -> None:
        setattr(message, name, value.value if isinstance(value, Enum) else value)

    return put


def _extend(name: str) -> Put:
    return lambda message, values: getattr(message, name).extend(values)


def _put_all(name: str) -> Put:
    def put(message: Message, values: Any) -> None:
        repeated = getattr(message, name)
        for value in values:
            fill(repeated.add(), value)

    return put


# reading


@cache
def _reader(kind: Any, descriptor: Descriptor) -> tuple[tuple[str, Get], ...]:
    """How each field of `kind` that the message has is read."""
    known = descriptor.fields_by_name
    hints = get_type_hints(kind)
    return tuple((name, _get(hint, known[name])) for name, hint in hints.items() if name in known)


def _get(hint: Any, field: FieldDescriptor) -> Get:
    name = field.name
    if isinstance(hint, UnionType):
        some = _get(next(one for one in get_args(hint) if one is not NoneType), field)
        return lambda message: some(message) if message.HasField(name) else None
    if get_origin(hint) is Mapping:
        return lambda message: dict(getattr(message, name))
    if get_origin(hint) is tuple:
        item = get_args(hint)[0]
        if field.message_type is None:
            return lambda message: tuple(getattr(message, name))
        return lambda message: tuple(read(item, one) for one in getattr(message, name))
    if field.message_type is not None and field.message_type.name in WRAPPED:
        inner = _get(hint, field.message_type.fields[0])
        return lambda message: inner(getattr(message, name))
    if field.message_type is not None:
        return lambda message: read(hint, getattr(message, name))
    if issubclass(hint, Enum):
        members: dict[int, Enum] = {member.value: member for member in hint}
        unfamiliar = UNFAMILIAR[hint]
        return lambda message: members.get(getattr(message, name), unfamiliar)
    return lambda message: getattr(message, name)


def _is_map(field: FieldDescriptor) -> bool:
    return field.message_type is not None and field.message_type.GetOptions().map_entry
