"""Messages as values and on the wire: the two agree, in both versions of the API."""

from collections.abc import Mapping
from dataclasses import fields, is_dataclass, replace
from enum import Enum
from functools import cache
from types import ModuleType, NoneType, UnionType
from typing import Any, get_args, get_origin, get_type_hints

import pytest
from cri_api.v1 import api_pb2 as v1
from cri_api.v1alpha2 import api_pb2 as v1alpha2
from google.protobuf.descriptor import FieldDescriptor
from hypothesis import given
from hypothesis import strategies as st

from fsm.kubelet import messages as cri
from fsm.kubelet import usage
from fsm.kubelet.cri.convert import UNFAMILIAR, VERSION_1_ONLY, fill, read, read_field

MESSAGES = [one for one in map(vars(cri).get, cri.__all__) if is_dataclass(one)]
MESSAGES += map(vars(usage).get, usage.__all__)
ENUMS = [one for one in map(vars(cri).get, cri.__all__) if not is_dataclass(one)]
VERSIONS = [v1, v1alpha2]

WIDTHS = {
    FieldDescriptor.TYPE_INT32: (-(2**31), 2**31 - 1),
    FieldDescriptor.TYPE_UINT32: (0, 2**32 - 1),
    FieldDescriptor.TYPE_INT64: (-(2**63), 2**63 - 1),
    FieldDescriptor.TYPE_UINT64: (0, 2**64 - 1),
}


def wire(api: ModuleType, kind: type) -> Any:
    """An empty message of that name."""
    return getattr(api, kind.__name__)()


def whole_numbers(field: FieldDescriptor) -> st.SearchStrategy[int]:
    """The numbers that a field holds; a wrapped one's is the number inside."""
    inner = field.message_type.fields[0] if field.message_type else field
    return st.integers(*WIDTHS[inner.type])


@cache
def values(kind: Any) -> st.SearchStrategy[Any]:
    """Values of one of our messages, each number in the range that v1 gives it."""
    known = wire(v1, kind).DESCRIPTOR.fields_by_name
    hints = get_type_hints(kind)
    return st.builds(kind, **{name: of(hint, known[name]) for name, hint in hints.items()})


def of(hint: Any, field: FieldDescriptor) -> st.SearchStrategy[Any]:
    if isinstance(hint, UnionType):
        (some,) = (one for one in get_args(hint) if one is not NoneType)
        return st.none() | of(some, field)
    if get_origin(hint) is Mapping:
        return st.dictionaries(st.text(max_size=5), st.text(max_size=5), max_size=3)
    if get_origin(hint) is tuple:
        return st.lists(of(get_args(hint)[0], field), max_size=3).map(tuple)
    if is_dataclass(hint):
        return values(hint)
    if hint is int:
        return whole_numbers(field)
    return st.sampled_from(hint) if issubclass(hint, Enum) else st.from_type(hint)


def sent(kind: type, message: Any) -> Any:
    """The value at the other end of a wire."""
    return read(kind, type(message).FromString(message.SerializeToString()))


@pytest.mark.parametrize("kind", MESSAGES)
@given(data=st.data())
def test_a_value_comes_through_v1_as_it_was(kind: type, data: st.DataObject) -> None:
    value = data.draw(values(kind))
    message = wire(v1, kind)
    fill(message, value)
    assert sent(kind, message) == value


def without_version_1(value: Any) -> Any:
    """The value, less what v1alpha2 cannot say."""
    kind = type(value).__name__
    changes = {}
    for field in fields(value):
        inner = getattr(value, field.name)
        if (kind, field.name) in VERSION_1_ONLY:
            changes[field.name] = field.default
        elif is_dataclass(inner):
            changes[field.name] = without_version_1(inner)
        elif isinstance(inner, tuple) and inner and is_dataclass(inner[0]):
            changes[field.name] = tuple(map(without_version_1, inner))
    return replace(value, **changes)


@pytest.mark.parametrize("kind", MESSAGES)
@given(data=st.data())
def test_a_value_comes_through_v1alpha2_less_what_that_lacks(kind: type, data: st.DataObject) -> None:
    value = data.draw(values(kind))
    message = wire(v1alpha2, kind)
    fill(message, value)
    assert sent(kind, message) == without_version_1(value)


@pytest.mark.parametrize("kind", MESSAGES)
def test_every_field_of_ours_is_in_v1_and_all_but_the_named_ones_in_v1alpha2(kind: type) -> None:
    ours = {field.name for field in fields(kind)}
    assert ours <= set(wire(v1, kind).DESCRIPTOR.fields_by_name)
    lacking = ours - set(wire(v1alpha2, kind).DESCRIPTOR.fields_by_name)
    assert {(kind.__name__, name) for name in lacking} == {
        one for one in VERSION_1_ONLY if one[0] == kind.__name__
    }


@pytest.mark.parametrize("kind", MESSAGES)
def test_a_field_has_one_number_in_both_versions(kind: type) -> None:
    old = wire(v1alpha2, kind).DESCRIPTOR.fields_by_name
    for name, field in wire(v1, kind).DESCRIPTOR.fields_by_name.items():
        if name in old:
            assert old[name].number == field.number


# enums


@pytest.mark.parametrize("api", VERSIONS)
@pytest.mark.parametrize("kind", ENUMS)
def test_an_enum_has_the_names_and_numbers_of_the_wire(kind: type[Enum], api: ModuleType) -> None:
    assert dict(getattr(api, kind.__name__).items()) == {one.name: one.value for one in kind}


@given(st.integers(4, 2**31 - 1) | st.integers(-(2**31), -1))
def test_a_number_that_nobody_knows_reads_as_the_state_of_which_least_is_promised(number: int) -> None:
    container = sent(cri.ContainerStatus, v1.ContainerStatus(state=number))
    assert container.state is cri.ContainerState.CONTAINER_UNKNOWN
    assert sent(cri.PodSandbox, v1.PodSandbox(state=number)).state is cri.PodSandboxState.SANDBOX_NOTREADY
    option = sent(cri.NamespaceOption, v1.NamespaceOption(network=number, pid=number, ipc=number))
    assert option == cri.NamespaceOption()


def test_a_filter_by_a_state_that_nobody_knows_is_a_filter_still() -> None:
    asked = v1.ContainerFilter(state=v1.ContainerStateValue(state=17))
    assert sent(cri.ContainerFilter, asked).state is cri.ContainerState.CONTAINER_UNKNOWN


def test_there_is_a_reading_for_every_enum() -> None:
    assert set(UNFAMILIAR) == set(ENUMS)
    assert all(isinstance(member, kind) for kind, member in UNFAMILIAR.items())


# what may be missing


@pytest.mark.parametrize("api", VERSIONS)
def test_a_wrapped_zero_is_a_value_and_a_missing_one_is_none(api: ModuleType) -> None:
    asked = api.ContainerFilter()
    fill(asked, cri.ContainerFilter(state=cri.ContainerState.CONTAINER_CREATED))
    assert sent(cri.ContainerFilter, asked).state is cri.ContainerState.CONTAINER_CREATED
    assert sent(cri.ContainerFilter, api.ContainerFilter()).state is None
    root, nobody = api.Image(uid=api.Int64Value(value=0)), api.Image()
    assert (sent(cri.Image, root).uid, sent(cri.Image, nobody).uid) == (0, None)


@pytest.mark.parametrize("kind", MESSAGES)
def test_an_empty_message_reads_as_the_zero_of_every_field(kind: type) -> None:
    value = read(kind, wire(v1, kind))
    message = wire(v1, kind)
    fill(message, value)
    assert read(kind, message) == value
    for field in fields(kind):
        zero = getattr(value, field.name)
        assert not zero or is_dataclass(zero) or zero.value == 0


def test_metadata_that_is_missing_is_none_in_a_request_and_empty_in_an_answer() -> None:
    assert read(cri.ContainerConfig, v1.ContainerConfig()).metadata is None
    assert read(cri.PodSandboxConfig, v1.PodSandboxConfig()).metadata is None
    assert read(cri.Container, v1.Container()).metadata == cri.ContainerMetadata()


def test_metadata_that_is_there_and_empty_is_not_missing() -> None:
    config = v1.ContainerConfig(metadata=v1.ContainerMetadata())
    assert sent(cri.ContainerConfig, config).metadata == cri.ContainerMetadata()


@pytest.mark.parametrize("api", VERSIONS)
def test_a_message_in_a_request_is_none_where_it_is_missing(api: ModuleType) -> None:
    bare = api.CreateContainerRequest(pod_sandbox_id="s")
    assert read_field(cri.ContainerConfig, bare, "config") is None
    bare.config.SetInParent()
    assert read_field(cri.ContainerConfig, bare, "config") == cri.ContainerConfig()
    bare.config.metadata.name = "app"
    assert read_field(cri.ContainerConfig, bare, "config").metadata == cri.ContainerMetadata("app")


def test_none_leaves_a_message_empty() -> None:
    message = v1.ContainerConfig()
    fill(message, None)
    assert message == v1.ContainerConfig()


def test_what_we_do_not_know_of_a_message_is_dropped() -> None:
    status = v1.ContainerStatus(
        id="a", log_path="l", user=v1.ContainerUser(linux=v1.LinuxContainerUser(uid=7))
    )
    assert sent(cri.ContainerStatus, status) == sent(
        cri.ContainerStatus, v1.ContainerStatus(id="a", log_path="l")
    )


# what cannot be written


@pytest.mark.parametrize(
    "value",
    [
        cri.ContainerMetadata("app", -1),
        cri.ContainerMetadata("app", 2**32),
        cri.ContainerMetadata("\ud800"),
        cri.Image("a", size=-1),
        cri.Image("a", uid=2**63),
    ],
)
def test_what_no_wire_carries_is_refused(value: Any) -> None:
    with pytest.raises(ValueError):  # noqa: PT011  (protobuf's words)
        fill(wire(v1, type(value)), value)
