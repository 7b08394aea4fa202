"""Field paths, the filter, the id that becomes a name, and the texts of errors."""

import logging

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fsm import kubelet as k

NAMES = st.text("abc-", min_size=1, max_size=4)
POD = k.Pod(
    "web",
    "ns",
    "uid-1",
    resource_version="42",
    containers=(k.Container("app", "i"), k.Container("", "i")),
    init_containers=(k.Container("setup", "i"), k.Container("app", "other")),
    ephemeral_containers=(k.EphemeralContainer(k.Container("debug", "i")),),
)
OPEN = k.FeatureGates(ephemeral_containers=True)
SHUT = k.FeatureGates()


@pytest.mark.parametrize(
    ("name", "gates", "path"),
    [
        ("app", SHUT, "spec.containers{app}"),
        ("", SHUT, "spec.containers[1]"),
        ("setup", SHUT, "spec.initContainers{setup}"),
        ("debug", OPEN, "spec.ephemeralContainers{debug}"),
        ("debug", SHUT, "implicitly required container debug"),
        ("pause", OPEN, "implicitly required container pause"),
    ],
)
def test_the_field_path_says_where_the_pod_names_the_container(name, gates, path):
    reference = k.generate_container_ref(POD, k.Container(name, "i"), gates)
    assert reference == k.ObjectReference("Pod", "v1", "ns", "web", "uid-1", "42", path)


def record(message: str, container_id: str = "", name: str = "app") -> list[k.Event]:
    memory = k.MemoryRecorder()
    events = k.ContainerEvents(
        k.reference_maker(SHUT), k.FilterEventRecorder(memory), logging.getLogger("test")
    )
    container = k.Container(name, "i")
    events.record(POD, container, container_id, k.EventType.WARNING, "Failed", message)
    return memory.events


def test_the_filter_drops_events_of_containers_that_the_pod_does_not_name():
    assert record("x", name="pause") == []
    assert [each.message for each in record("x", name="app")] == ["x"]


def test_the_filter_drops_events_without_a_reference():
    memory = k.MemoryRecorder()
    k.FilterEventRecorder(memory).event(k.Event(None, k.EventType.NORMAL, "Created", "x"))
    assert memory.events == []


def test_failing_to_create_and_to_start_have_one_reason():
    assert k.FAILED_TO_CREATE_CONTAINER == k.FAILED_TO_START_CONTAINER == "Failed"
    assert k.CREATED_CONTAINER == "Created"


@given(st.lists(st.text("xyz "), max_size=4))
def test_an_id_becomes_the_name_everywhere_but_only_if_the_caller_passes_it(parts):
    id_ = "f" * 64
    message = id_.join(parts)
    (passed,) = record(message, id_)
    (unpassed,) = record(message)
    assert passed.message == "app".join(parts)
    assert unpassed.message == message


def test_a_message_is_not_formatted_a_second_time():
    assert record("100%s of {x}")[0].message == "100%s of {x}"


def test_an_rpc_error_shows_its_details_and_says_its_code_only_as_text():
    error = k.RpcError(k.StatusCode.NOT_FOUND, "no such thing")
    assert k.status_message(error) == "no such thing"
    assert str(error) == "rpc error: code = NotFound desc = no such thing"


def test_a_wrapped_rpc_error_shows_its_whole_text():
    inner = k.RpcError(k.StatusCode.CANCELLED, "bye")
    outer = k.KubeletError(f"while creating: {inner}")
    outer.__cause__ = inner
    assert k.status_message(outer) == "while creating: rpc error: code = Canceled desc = bye"


@given(st.text())
def test_any_other_error_shows_its_text(text):
    assert k.status_message(ValueError(text)) == text


def test_success_is_no_error():
    with pytest.raises(ValueError, match="OK"):
        k.RpcError(k.StatusCode.OK, "fine")


def test_equal_rpc_errors_are_equal():
    one, two = (k.RpcError(k.StatusCode.ABORTED, "x") for _ in range(2))
    assert one == two
    assert len({one, two}) == 1
    assert one != k.RpcError(k.StatusCode.ABORTED, "y")
    assert one != "x"


def test_the_error_values_are_the_waiting_reasons():
    assert [str(each) for each in k.StartError] == [
        "InvalidImageName",
        "ImageInspectError",
        "ErrImageNeverPull",
        "ImagePullBackOff",
        "ErrImagePull",
        "RegistryUnavailable",
        "SignatureValidationFailed",
        "CreateContainerConfigError",
        "PreCreateHookError",
        "CreateContainerError",
        "PreStartHookError",
        "RunContainerError",
        "PostStartHookError",
    ]


def test_the_reference_manager_remembers_replaces_and_forgets():
    manager = k.ContainerRefManager()
    one, two = (k.generate_container_ref(POD, k.Container(name, "i"), SHUT) for name in ("app", "setup"))
    manager.set_ref("id", one)
    manager.set_ref("id", two)
    assert manager.get_ref("id") == two
    manager.clear_ref("id")
    manager.clear_ref("never")
    assert manager.get_ref("id") is None


def test_a_target_is_looked_for_only_if_there_is_one_and_the_gate_is_open():
    exited = k.ContainerState.CONTAINER_EXITED
    status = k.PodStatus("u", "p", "n", (k.ContainerStatus("id-1", "app", exited),))
    debug = k.Container("debug", "i")
    aimed = k.ephemeral_container_start_spec(k.EphemeralContainer(debug, "app"))
    aimless = k.ephemeral_container_start_spec(k.EphemeralContainer(debug))
    assert k.get_target_id(aimed, status, OPEN) == "id-1"
    assert k.get_target_id(aimed, status, SHUT) is None
    assert k.get_target_id(aimless, status, OPEN) is None
    assert k.get_target_id(k.container_start_spec(debug), status, OPEN) is None
    lost = k.ephemeral_container_start_spec(k.EphemeralContainer(debug, "gone"))
    assert k.get_target_id(lost, status, SHUT) is None
    with pytest.raises(k.TargetNotFoundError, match=r"^unable to find target container gone$"):
        k.get_target_id(lost, status, OPEN)


def test_the_cpu_hook_calls_the_runtime_only_for_containers_with_processors(world, pod):
    runtime = k.FaultyRuntime(
        world.runtime,
        k.Refuse("update_container_resources", 1, k.RpcError(k.StatusCode.UNKNOWN, "cpuset is busy")),
    )
    spec = k.container_start_spec(pod.containers[0])
    bound = k.CpuSetLifecycle(runtime, {("uid-1", "app"): "2-3"})
    free = k.CpuSetLifecycle(runtime, {("uid-2", "app"): "2-3"})
    assert world.create(world.kubelet(internal_lifecycle=free), pod, spec) == ("", None)
    assert len(runtime.pending) == 1
    assert world.create(world.kubelet(internal_lifecycle=bound), pod, spec) == (
        "cpuset is busy",
        k.StartError.PRE_START_HOOK,
    )
    assert world.create(world.kubelet(internal_lifecycle=bound), pod, spec) == ("", None)


def test_from_1_21_on_the_cpu_hook_writes_the_processors_into_the_configuration(world, pod):
    hook = k.CpuSetConfigLifecycle({("uid-1", "app"): "2-3"})
    world.start(world.kubelet(version=k.version("1.21"), internal_lifecycle=hook), pod)
    (request,) = (one for one in world.recording.entries if isinstance(one, k.entries.CreateRequested))
    assert request.config.linux.resources.cpuset_cpus == "2-3"
    other = k.Container("other", "i")
    assert hook.pre_create_container(pod, other, request.config) is request.config
