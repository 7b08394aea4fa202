"""The CRI's messages as values of `fsm.kubelet.messages`, and as protobuf on the wire.

Both have the CRI's field names, so one walk over the fields serves every message, in v1 and in v1alpha2
alike. What a message of the wire has and ours lacks is dropped on the way in and left out on the way out.
Three of protobuf's habits are undone: an enum is a number, a wrapped value (`Int64Value`,
`ContainerStateValue`) is a message with one field, and a message that is not there reads as an empty one.
"""

from collections.abc import Mapping
from dataclasses import fields
from enum import Enum
from functools import cache
from types import NoneType, UnionType
from typing import Any, TypeVar, get_args, get_origin, get_type_hints

from google.protobuf.message import Message

__all__ = ["fill", "read"]

T = TypeVar("T")

WRAPPED = frozenset({"Int64Value", "ContainerStateValue", "PodSandboxStateValue"})


def fill(message: Message, value: Any) -> None:
    """Write a value into an empty message of the wire.

    Args:
        message: of the same name in `runtime.v1` or `runtime.v1alpha2`.
        value: a dataclass of `fsm.kubelet.messages`, or None to leave the message empty.

    A field that this version of the API lacks (`user_specified_image` in v1alpha2) is left out.
    """
    if value is None:
        return
    known = message.DESCRIPTOR.fields_by_name
    for field in fields(value):
        if field.name in known:
            _put(message, field.name, getattr(value, field.name))


def _put(message: Message, name: str, value: Any) -> None:
    if value is None:
        return
    descriptor = message.DESCRIPTOR.fields_by_name[name]
    target = getattr(message, name)
    if isinstance(value, Mapping):
        target.update(value)
    elif isinstance(value, tuple):
        for one in value:
            if descriptor.message_type is None:
                target.append(one)
            else:
                fill(target.add(), one)
    elif descriptor.message_type is None:
        setattr(message, name, value.value if isinstance(value, Enum) else value)
    elif descriptor.message_type.name in WRAPPED:
        target.SetInParent()  # a wrapped zero is a value too
        setattr(
            target, descriptor.message_type.fields[0].name, value.value if isinstance(value, Enum) else value
        )
    else:
        target.SetInParent()
        fill(target, value)


def read(kind: type[T], message: Message) -> T:
    """A message of the wire as a value.

    Args:
        kind: a dataclass of `fsm.kubelet.messages`.
        message: the message of that name.

    Returns:
        The value. A message that is not there is None where the dataclass allows that, else an empty one.
    """
    known = message.DESCRIPTOR.fields_by_name
    hints = _hints(kind)
    given = {name: _get(hint, message, name) for name, hint in hints.items() if name in known}
    return kind(**given)


@cache
def _hints(kind: Any) -> dict[str, Any]:
    return get_type_hints(kind)


def _get(hint: Any, message: Message, name: str) -> Any:
    descriptor = message.DESCRIPTOR.fields_by_name[name]
    value = getattr(message, name)
    optional = isinstance(hint, UnionType)
    if optional:
        hint = next(one for one in get_args(hint) if one is not NoneType)
        if not message.HasField(name):
            return None
    if get_origin(hint) is Mapping:
        return dict(value)
    if get_origin(hint) is tuple:
        item = get_args(hint)[0]
        return tuple(read(item, one) if descriptor.message_type else one for one in value)
    if descriptor.message_type is not None and descriptor.message_type.name in WRAPPED:
        value = getattr(value, descriptor.message_type.fields[0].name)
    if isinstance(value, Message):
        return read(hint, value)
    return hint(value) if issubclass(hint, Enum) else value
