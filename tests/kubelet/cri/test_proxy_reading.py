"""Messages read for the record: as protobuf's own JSON, and nothing lost."""

import json
from base64 import b64decode

import pytest
from cri_api.v1 import api_pb2 as cri
from google.protobuf.descriptor import FieldDescriptor
from google.protobuf.json_format import MessageToDict
from hypothesis import given
from hypothesis import strategies as st

from fsm.kubelet.cri.proxy.reading import METHODS, as_json, method_of, read
from tests.kubelet.cri.proxy_bench import create_request

KINDS = sorted(
    {kind for method in METHODS.values() for kind in (method.request, method.response)},
    key=lambda kind: kind.DESCRIPTOR.full_name,
)
BITS = {
    FieldDescriptor.TYPE_INT32: (-(2**31), 2**31 - 1),
    FieldDescriptor.TYPE_INT64: (-(2**63), 2**63 - 1),
    FieldDescriptor.TYPE_UINT32: (0, 2**32 - 1),
    FieldDescriptor.TYPE_UINT64: (0, 2**64 - 1),
    FieldDescriptor.TYPE_ENUM: (-3, 9),  # some of them have no name
}
texts = st.text(st.characters(codec="utf-8"), max_size=4)


def scalars(field):
    if field.type in BITS:
        return st.integers(*BITS[field.type])
    return {
        FieldDescriptor.TYPE_STRING: texts,
        FieldDescriptor.TYPE_BYTES: st.binary(max_size=4),
        FieldDescriptor.TYPE_BOOL: st.booleans(),
        FieldDescriptor.TYPE_DOUBLE: st.floats(),
    }[field.type]


def fill(draw, message, depth=0):
    """Fill some fields of a message with anything."""
    for field in message.DESCRIPTOR.fields:
        if not draw(st.booleans()) or (depth > 3 and field.message_type is not None):
            continue
        target = getattr(message, field.name)
        if field.message_type is not None and field.message_type.GetOptions().map_entry:
            for key in draw(st.lists(texts, max_size=2)):
                value = field.message_type.fields_by_name["value"]
                if value.message_type is None:
                    target[key] = draw(scalars(value))
                else:
                    fill(draw, target[key], depth + 1)
        elif field.message_type is not None:
            for one in [target.add() for _ in range(2)] if field.is_repeated else [target]:
                one.SetInParent()
                fill(draw, one, depth + 1)
        elif field.is_repeated:
            target.extend(draw(st.lists(scalars(field), max_size=2)))
        else:
            setattr(message, field.name, draw(scalars(field)))
    return message


@given(st.data())
def test_it_reads_as_protobufs_own_json(data):
    message = fill(data.draw, data.draw(st.sampled_from(KINDS))())
    raw = message.SerializeToString()
    found = as_json(read(type(message), raw), raw)
    own = MessageToDict(message, preserving_proto_field_name=True)
    assert json.dumps(found, sort_keys=True) == json.dumps(own, sort_keys=True)  # maps have no order
    assert list(found) == list(own)


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.DESCRIPTOR.full_name)
def test_an_empty_message_is_empty(kind):
    assert as_json(read(kind, b""), b"") == {}


@given(st.binary(max_size=60), st.sampled_from(KINDS))
def test_any_bytes_are_kept_whole_or_read_whole(raw, kind):
    found = as_json(read(kind, raw), raw)
    if "undecoded" in found:
        assert b64decode(found["undecoded"]) == raw
    else:
        assert len(kind.FromString(raw).SerializeToString()) == len(raw)


def test_a_field_that_the_stubs_do_not_know_keeps_the_bytes_beside_what_is_known():
    raw = cri.StartContainerRequest(container_id="c1").SerializeToString() + b"\xfa\x7f\x03new"
    found = as_json(read(cri.StartContainerRequest, raw), raw)
    assert found["container_id"] == "c1"
    assert b64decode(found["undecoded"]) == raw


def test_a_field_unknown_in_a_message_within_keeps_the_bytes_too():
    request = create_request()
    request.config.metadata.MergeFromString(b"\xfa\x7f\x03new")
    raw = request.SerializeToString()
    assert b64decode(as_json(read(type(request), raw), raw)["undecoded"]) == raw


def test_the_methods_of_both_versions_are_known_and_which_of_them_are_streams():
    assert {method.service for method in METHODS.values()} == {
        f"runtime.{version}.{kind}Service" for version in ("v1", "v1alpha2") for kind in ("Runtime", "Image")
    }
    streams = [method for method in METHODS.values() if not method.unary]
    assert [(method.name, method.asks_once) for method in streams] == [("GetContainerEvents", True)]


@pytest.mark.parametrize("path", ["", "/", "x", "/a/b/c", "/runtime.v1.RuntimeService/", "//"])
def test_any_path_is_a_method(path):
    method = method_of(path)
    assert (method.request, method.response, method.unary) == (None, None, False)
