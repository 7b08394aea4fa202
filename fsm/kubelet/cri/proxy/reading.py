"""What a gRPC method is, and its messages read for the record.

A method that the stubs know has message types; any other one has none, and its messages stay bytes. JSON is
what protobuf's own `MessageToDict` gives, names as in `api.proto`, only made several times faster: one walk
over the fields that are set, with a plan for each message type.

Nothing is lost on the way: where a message has fields that the stubs do not know, or cannot be read at all,
its bytes are kept too, as base64 under `undecoded`.
"""

import math
from base64 import b64encode
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any

from cri_api.v1 import api_pb2 as v1
from cri_api.v1alpha2 import api_pb2 as v1alpha2
from google.protobuf.descriptor import Descriptor, FieldDescriptor
from google.protobuf.json_format import MessageToDict
from google.protobuf.message import DecodeError, Message
from google.protobuf.message_factory import GetMessageClass

__all__ = ["METHODS", "Method", "as_json", "method_of", "read"]


@dataclass(frozen=True)
class Method:
    """A method of a gRPC service.

    Args:
        path: `/runtime.v1.RuntimeService/CreateContainer`.
        request, response: the types of its messages, or None where they are not known.
        unary: whether it is known to take one message and to give one.
        asks_once: whether it is known to take one message.
    """

    path: str
    request: type[Message] | None = None
    response: type[Message] | None = None
    unary: bool = False
    asks_once: bool = False

    @property
    def service(self) -> str:
        """`runtime.v1.RuntimeService`."""
        return self.path.strip("/").rpartition("/")[0]

    @property
    def name(self) -> str:
        """`CreateContainer`."""
        return self.path.rpartition("/")[2]


def _known() -> Mapping[str, Method]:
    found = {}
    for file in (v1, v1alpha2):
        for service in file.DESCRIPTOR.services_by_name.values():
            for method in service.methods:
                path = f"/{service.full_name}/{method.name}"
                found[path] = Method(
                    path,
                    GetMessageClass(method.input_type),
                    GetMessageClass(method.output_type),
                    unary=not method.client_streaming and not method.server_streaming,
                    asks_once=not method.client_streaming,
                )
    return found


METHODS = _known()
"""The methods of the CRI, `runtime.v1` and `runtime.v1alpha2`, by path."""


@lru_cache(maxsize=1024)
def method_of(path: str) -> Method:
    """The method with that path, known or not."""
    return METHODS.get(path) or Method(path)


def read(kind: type[Message] | None, raw: bytes) -> Message | None:
    """The message, or None if its type is not known or the bytes are none of it."""
    if kind is None:
        return None
    try:
        return kind.FromString(raw)
    except DecodeError:
        return None


def as_json(message: Message | None, raw: bytes) -> dict[str, Any]:
    """What the record has of a message.

    Args:
        message: as `read` read it.
        raw: its bytes.

    Returns:
        Its fields; with `undecoded` if they do not say all that the bytes say.

    >>> as_json(v1.ContainerStatusRequest(container_id="c1", verbose=True), b"\\n\\x02c1\\x10\\x01")
    {'container_id': 'c1', 'verbose': True}
    >>> as_json(None, b"ping")
    {'undecoded': 'cGluZw=='}
    """
    if message is None:
        return {"undecoded": b64encode(raw).decode()}
    found = _fields(message)
    message.DiscardUnknownFields()
    if message.ByteSize() != len(raw):
        found["undecoded"] = b64encode(raw).decode()
    return found


def _fields(message: Message) -> dict[str, Any]:
    if message.DESCRIPTOR.full_name.startswith("google.protobuf."):
        return MessageToDict(message, preserving_proto_field_name=True)
    plan = _plan(message.DESCRIPTOR)
    found = {}
    for field, value in message.ListFields():
        name, write = plan[field.number]
        found[name] = value if write is None else write(value)
    return found


@cache
def _plan(descriptor: Descriptor) -> dict[int, tuple[str, Callable[[Any], Any] | None]]:
    """For each field its name, and how its value is written; None for as it is."""
    return {field.number: (field.name, _writing(field)) for field in descriptor.fields}


def _writing(field: FieldDescriptor) -> Callable[[Any], Any] | None:
    kind = field.message_type
    if kind is not None and kind.GetOptions().map_entry:
        key, value = _one(kind.fields_by_name["key"]), _one(kind.fields_by_name["value"])
        if key is None and value is None:
            return dict
        return lambda entries: {(key or _same)(name): (value or _same)(one) for name, one in entries.items()}
    one = _one(field)
    if not field.is_repeated:
        return one
    return list if one is None else lambda values: [one(value) for value in values]


def _one(field: FieldDescriptor) -> Callable[[Any], Any] | None:
    if field.message_type is not None:
        return _fields
    if field.enum_type is not None:
        names = {number: value.name for number, value in field.enum_type.values_by_number.items()}
        return lambda number: names.get(number, number)
    if field.type == FieldDescriptor.TYPE_BYTES:
        return lambda value: b64encode(value).decode()
    if field.cpp_type in (FieldDescriptor.CPPTYPE_INT64, FieldDescriptor.CPPTYPE_UINT64):
        return str
    if field.cpp_type in (FieldDescriptor.CPPTYPE_DOUBLE, FieldDescriptor.CPPTYPE_FLOAT):
        return _number
    return None


def _same(value: Any) -> Any:
    return value


def _number(value: float) -> float | str:
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "Infinity" if value > 0 else "-Infinity"
    return value
