"""What a served runtime answers in both versions, and what it refuses in which words."""

from __future__ import annotations

import json

import pytest
from cri_api.v1 import api_pb2 as v1
from cri_api.v1alpha2 import api_pb2 as v1alpha2

from fsm.kubelet import messages as cri
from fsm.kubelet.cri.served_calls import CONTAINERD_1_6_20, EVERYTHING, profile_named
from tests.kubelet.cri.served import APP, OTHER, POD, SOON, Bench, bench_of, refusal

STREAMED = "method {} not implemented"
UNKNOWN_METHOD = "unknown method {} for service runtime.v1.RuntimeService"


@pytest.fixture
def bench():
    with bench_of() as bench:
        yield bench


@pytest.mark.parametrize("api", ["v1", "v1alpha2"])
def test_it_says_who_it_is_in_the_version_that_is_asked(bench: Bench, api: str) -> None:
    stub = {"v1": bench.runtime, "v1alpha2": bench.old_runtime}[api]
    messages = {"v1": v1, "v1alpha2": v1alpha2}[api]
    answer = stub.Version(messages.VersionRequest(version="0.1.0"), timeout=SOON)
    assert (answer.version, answer.runtime_name, answer.runtime_api_version) == ("0.1.0", "fsm-memory", api)
    assert answer.runtime_version.split(".")[0].isdecimal()


def test_a_client_of_the_older_version_can_live_a_container_s_life(bench: Bench) -> None:
    ask, old = bench.old_runtime, v1alpha2
    pod = old.PodSandboxConfig(metadata=old.PodSandboxMetadata(name="p", uid="u", namespace="n"))
    sandbox = ask.RunPodSandbox(old.RunPodSandboxRequest(config=pod), timeout=SOON).pod_sandbox_id
    config = old.ContainerConfig(
        metadata=old.ContainerMetadata(name="c", attempt=2),
        image=old.ImageSpec(image="local.test/app:1"),
        annotations={"a": "b"},
    )
    request = old.CreateContainerRequest(pod_sandbox_id=sandbox, config=config, sandbox_config=pod)
    id_ = ask.CreateContainer(request, timeout=SOON).container_id
    ask.StartContainer(old.StartContainerRequest(container_id=id_), timeout=SOON)
    ask.StopContainer(old.StopContainerRequest(container_id=id_, timeout=0), timeout=SOON)
    status = ask.ContainerStatus(old.ContainerStatusRequest(container_id=id_), timeout=SOON).status
    assert (status.metadata.attempt, status.state, status.exit_code) == (2, old.CONTAINER_EXITED, 137)
    assert (status.annotations["a"], status.image_ref) == ("b", APP.id)
    (listed,) = ask.ListContainers(old.ListContainersRequest(), timeout=SOON).containers
    assert listed.pod_sandbox_id == sandbox
    images = bench.old_images.ListImages(old.ListImagesRequest(), timeout=SOON).images
    assert [list(one.repo_tags) for one in images] == [["local.test/app:1"]]


def test_its_status_is_ready_and_says_that_it_is_for_tests(bench: Bench) -> None:
    answer = bench.runtime.Status(v1.StatusRequest(verbose=True), timeout=SOON)
    assert {one.type: one.status for one in answer.status.conditions} == {
        "RuntimeReady": True,
        "NetworkReady": True,
    }
    assert all("for tests" in one.message for one in answer.status.conditions)
    told = json.loads(answer.info["runtime"])
    assert told["behaves_like"] == "containerd 1.6.20"
    assert (told["sandboxes"], told["containers"]) == (0, 0)
    assert not bench.runtime.Status(v1.StatusRequest(), timeout=SOON).info


@pytest.mark.parametrize(
    ("call", "request_", "hint"),
    [
        ("Exec", v1.ExecRequest(cmd=["sh"]), "ExecSync answers"),
        ("Attach", v1.AttachRequest(), "nothing to attach to"),
        ("PortForward", v1.PortForwardRequest(), "nobody listens"),
    ],
)
def test_a_call_that_needs_a_process_is_refused_with_the_reason(bench: Bench, call, request_, hint) -> None:
    code, details = refusal(getattr(bench.runtime, call), request_)
    assert code == "UNIMPLEMENTED"
    assert "no process runs" in details
    assert hint in details


@pytest.mark.parametrize("profile", [EVERYTHING, CONTAINERD_1_6_20], ids=lambda one: one.name)
@pytest.mark.parametrize(
    ("call", "request_", "everything", "containerd"),
    [
        ("RuntimeConfig", v1.RuntimeConfigRequest(), None, UNKNOWN_METHOD),
        ("CheckpointContainer", v1.CheckpointContainerRequest(), STREAMED, STREAMED),
        ("ListMetricDescriptors", v1.ListMetricDescriptorsRequest(), STREAMED, UNKNOWN_METHOD),
    ],
)
def test_what_is_not_implemented_is_said_in_containerd_s_words(
    profile, call, request_, everything, containerd
) -> None:
    expected = everything if profile is EVERYTHING else containerd
    with bench_of(profile=profile) as bench:
        if expected is None:
            assert getattr(bench.runtime, call)(request_, timeout=SOON).linux.cgroup_driver == v1.CGROUPFS
        else:
            assert refusal(getattr(bench.runtime, call), request_) == ("UNIMPLEMENTED", expected.format(call))


def test_as_containerd_1_6_20_it_has_no_events() -> None:
    with bench_of(profile=profile_named("containerd-1.6.20")) as bench:
        code, details = refusal(lambda timeout: next(bench.follow()))
    assert (code, details) == ("UNIMPLEMENTED", "method GetContainerEvents not implemented")


@pytest.mark.parametrize(
    ("path", "details"),
    [
        (
            "/runtime.v1alpha2.RuntimeService/RuntimeConfig",
            "unknown method RuntimeConfig for service runtime.v1alpha2.RuntimeService",
        ),
        ("/runtime.v1.ImageService/Version", "unknown method Version for service runtime.v1.ImageService"),
        ("/grpc.health.v1.Health/Check", "unknown service grpc.health.v1.Health"),
        ("/x", "unknown service "),
    ],
)
def test_a_call_that_is_in_no_api_is_unknown(bench: Bench, path: str, details: str) -> None:
    assert refusal(bench.channel.unary_unary(path), b"") == ("UNIMPLEMENTED", details)


def test_bytes_that_are_no_message_end_their_own_call_alone(bench: Bench) -> None:
    code, _ = refusal(bench.channel.unary_unary("/runtime.v1.RuntimeService/RunPodSandbox"), b"\xff\xff\xff")
    assert code == "INTERNAL"
    assert bench.client.list_containers() == ()


def test_a_filter_with_a_state_of_the_future_harms_nobody(bench: Bench) -> None:
    bench.create()
    request = v1.ListContainersRequest(filter={"state": {"state": 7}})
    assert not bench.runtime.ListContainers(request, timeout=SOON).containers


def test_images_are_listed_pulled_and_removed(bench: Bench) -> None:
    image = v1.ImageSpec(image="local.test/other:1")
    assert not bench.images.ImageStatus(v1.ImageStatusRequest(image=image), timeout=SOON).HasField("image")
    pulled = bench.images.PullImage(v1.PullImageRequest(image=image), timeout=SOON).image_ref
    assert pulled == OTHER.id
    listed = bench.images.ListImages(v1.ListImagesRequest(filter={"image": image}), timeout=SOON).images
    assert [(one.id, one.uid.value, one.spec.image) for one in listed] == [
        (OTHER.id, 1000, "local.test/other:1")
    ]
    assert len(bench.images.ListImages(v1.ListImagesRequest(), timeout=SOON).images) == 2
    status = bench.images.ImageStatus(v1.ImageStatusRequest(image=image, verbose=True), timeout=SOON)
    assert "for tests" in json.loads(status.info["info"])["note"]
    (usage,) = bench.images.ImageFsInfo(v1.ImageFsInfoRequest(), timeout=SOON).image_filesystems
    assert (usage.used_bytes.value, usage.fs_id.mountpoint) == (APP.size + OTHER.size, "/")
    for _ in range(2):
        bench.images.RemoveImage(v1.RemoveImageRequest(image=image), timeout=SOON)
    absent = v1.ListImagesRequest(filter={"image": image})
    assert not bench.images.ListImages(absent, timeout=SOON).images
    code, details = refusal(bench.images.PullImage, v1.PullImageRequest(image={"image": "nowhere"}))
    assert (code, details.endswith("nowhere: not found")) == ("NOT_FOUND", True)


def test_nothing_is_used_of_what_runs(bench: Bench) -> None:
    running, created = bench.start("r"), bench.create("c")
    listed = bench.runtime.ListContainerStats(v1.ListContainerStatsRequest(), timeout=SOON).stats
    assert [one.attributes.id for one in listed] == [running]
    one = bench.runtime.ContainerStats(v1.ContainerStatsRequest(container_id=running[:12]), timeout=SOON)
    assert one.stats.attributes.metadata.name == "r"
    assert one.stats.cpu.timestamp > 0
    assert one.stats.cpu.usage_core_nano_seconds.value == one.stats.memory.working_set_bytes.value == 0
    assert one.stats.writable_layer.HasField("used_bytes")
    code, details = refusal(bench.runtime.ContainerStats, v1.ContainerStatsRequest(container_id="f" * 64))
    assert (code, details) == ("NOT_FOUND", "failed to find container: not found")
    code, details = refusal(bench.runtime.ContainerStats, v1.ContainerStatsRequest(container_id=created))
    assert (code, details) == ("UNKNOWN", "unexpected metrics response: []")  # as containerd, measured


def test_nothing_is_used_by_sandboxes(bench: Bench) -> None:
    running = bench.start()
    (one,) = bench.runtime.ListPodSandboxStats(v1.ListPodSandboxStatsRequest(), timeout=SOON).stats
    assert (one.attributes.id, [two.attributes.id for two in one.linux.containers]) == (
        bench.sandbox,
        [running],
    )
    request = v1.PodSandboxStatsRequest(pod_sandbox_id=bench.sandbox)
    assert bench.runtime.PodSandboxStats(request, timeout=SOON).stats.attributes.metadata.name == "pod"
    bench.client.stop_pod_sandbox(bench.sandbox)
    assert not bench.runtime.ListPodSandboxStats(v1.ListPodSandboxStatsRequest(), timeout=SOON).stats
    code, _ = refusal(bench.runtime.PodSandboxStats, v1.PodSandboxStatsRequest(pod_sandbox_id="f" * 64))
    assert code == "NOT_FOUND"


@pytest.mark.parametrize(
    ("mode", "address"), [(cri.NamespaceMode.POD, "198.1"), (cri.NamespaceMode.NODE, "")]
)
def test_a_sandbox_says_its_namespaces_and_its_address(bench: Bench, mode, address) -> None:
    options = cri.NamespaceOption(network=mode)
    linux = cri.LinuxPodSandboxConfig(cri.LinuxSandboxSecurityContext(namespace_options=options))
    id_ = bench.client.run_pod_sandbox(cri.PodSandboxConfig(POD.metadata, linux=linux))
    request = v1.PodSandboxStatusRequest(pod_sandbox_id=id_, verbose=True)
    answer = bench.runtime.PodSandboxStatus(request, timeout=SOON)
    assert answer.status.linux.namespaces.options.network == mode.value
    assert answer.status.network.ip.startswith(address)
    assert bool(answer.status.network.ip) == bool(address)
    assert json.loads(answer.info["info"])["pid"] == 0


def test_calls_that_change_nothing_are_accepted(bench: Bench) -> None:
    running = bench.start()
    request = v1.UpdateRuntimeConfigRequest(runtime_config={"network_config": {"pod_cidr": "10.0.0.0/24"}})
    bench.runtime.UpdateRuntimeConfig(request, timeout=SOON)
    update = v1.UpdateContainerResourcesRequest(container_id=running, linux={"cpuset_cpus": "0"})
    bench.runtime.UpdateContainerResources(update, timeout=SOON)
    bench.runtime.ReopenContainerLog(v1.ReopenContainerLogRequest(container_id=running), timeout=SOON)
    bench.client.stop_container(running, 0)
    reopen = v1.ReopenContainerLogRequest(container_id=running)
    assert refusal(bench.runtime.ReopenContainerLog, reopen) == ("UNKNOWN", "container is not running")


def test_a_container_whose_command_is_known_ends_by_itself(bench: Bench) -> None:
    id_ = bench.start("c", "sh", "-c", "exit 3")
    status = bench.client.container_status(id_)
    assert (status.state, status.exit_code) == (cri.ContainerState.CONTAINER_EXITED, 3)
    assert bench.client.exec_sync(bench.start("d"), ["echo", "-n", "hello"], 0).stdout == b"hello"
