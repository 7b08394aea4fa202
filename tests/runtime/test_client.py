"""The client on a real runtime: answers, errors, deadlines, threads, a runtime that goes and comes back."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import pytest

from fsm.kubelet import RpcError, StatusCode
from fsm.kubelet import messages as cri
from fsm.kubelet.cri.client import CriRuntime, connect
from fsm.kubelet.cri.endpoint import EndpointError

NOT_THERE = "f" * 64
FOREVER = ("sh", "-c", "while :; do sleep 3600; done")
STATES = cri.ContainerState
PATIENCE = 60.0


class Scene:
    """A sandbox, and containers in it."""

    def __init__(self, runtime: Any, image: str, config: cri.PodSandboxConfig) -> None:
        self.runtime, self.image, self.config = runtime, image, config
        self.sandbox = runtime.run_pod_sandbox(config)

    def create(self, name: str = "c", attempt: int = 0, **given: Any) -> str:
        network = self.config.linux.security_context.namespace_options
        config = cri.ContainerConfig(
            cri.ContainerMetadata(name, attempt),
            cri.ImageSpec(self.image),
            **{"command": FOREVER, **given},
            linux=cri.LinuxContainerConfig(
                security_context=cri.LinuxContainerSecurityContext(namespace_options=network)
            ),
        )
        created: str = self.runtime.create_container(self.sandbox, config, self.config)
        return created


@pytest.fixture
def scene(cri_runtime: CriRuntime, cri_image: str, cri_pod: Any) -> Iterator[Scene]:
    return Scene(cri_runtime, cri_image, cri_pod.config(labels={"colour": "blue"}))


def test_a_runtime_says_who_it_is(cri_runtime: CriRuntime) -> None:
    version = cri_runtime.version()
    assert version.runtime_name
    assert version.runtime_version
    assert version.runtime_api_version == "v1"
    assert {one.type for one in cri_runtime.status().status.conditions} >= {"RuntimeReady", "NetworkReady"}


def test_an_image_is_found_by_its_name_and_by_its_id(cri_runtime: CriRuntime, cri_image: str) -> None:
    image = cri_runtime.image_status(cri.ImageSpec(cri_image))
    assert image is not None
    assert image.size > 0
    assert cri_runtime.image_status(cri.ImageSpec(image.id)) == image
    assert image in cri_runtime.list_images()
    assert cri_runtime.image_status(cri.ImageSpec("local.test/none:1")) is None


def test_a_sandbox_has_what_its_config_says(scene: Scene) -> None:
    runtime, config = scene.runtime, scene.config
    status = runtime.pod_sandbox_status(scene.sandbox)
    assert (status.metadata, status.labels) == (config.metadata, config.labels)
    assert status.state is cri.PodSandboxState.SANDBOX_READY
    assert status.created_at > 0
    (listed,) = runtime.list_pod_sandbox(cri.PodSandboxFilter(id=scene.sandbox))
    assert (listed.id, listed.metadata, listed.state) == (status.id, status.metadata, status.state)


def test_a_container_lives_and_dies(scene: Scene) -> None:
    runtime = scene.runtime
    made = scene.create(labels={"a": "b"}, annotations={"c": "d"}, log_path="c/0.log")
    status = runtime.container_status(made)
    assert (status.state, status.started_at, status.finished_at) == (STATES.CONTAINER_CREATED, 0, 0)
    assert (status.labels, status.annotations) == ({"a": "b"}, {"c": "d"})
    assert status.log_path == f"{scene.config.log_directory}/c/0.log"
    runtime.start_container(made)
    assert runtime.container_status(made).state is STATES.CONTAINER_RUNNING
    done = runtime.exec_sync(made, ("sh", "-c", "echo out; echo err >&2; exit 3"), 10)
    assert done == cri.ExecSyncResponse(b"out\n", b"err\n", 3)
    runtime.stop_container(made, 0)
    status = runtime.container_status(made)
    assert (status.state, status.exit_code) == (STATES.CONTAINER_EXITED, 137)
    assert status.finished_at >= status.started_at > 0
    runtime.remove_container(made)
    with pytest.raises(RpcError) as caught:
        runtime.container_status(made)
    assert caught.value.code is StatusCode.NOT_FOUND
    assert made in caught.value.details


def test_a_filter_by_the_first_of_the_states_is_a_filter(scene: Scene) -> None:
    runtime = scene.runtime
    made, running = scene.create("made"), scene.create("running")
    runtime.start_container(running)

    def found(state: cri.ContainerState | None) -> set[str]:
        chosen = cri.ContainerFilter(state=state, pod_sandbox_id=scene.sandbox)
        return {one.id for one in runtime.list_containers(chosen)}

    assert found(STATES.CONTAINER_CREATED) == {made}  # its number is 0
    assert found(STATES.CONTAINER_RUNNING) == {running}
    assert found(None) == {made, running}
    labels = {"io.kubernetes.pod.uid": scene.config.metadata.uid}
    (sandbox,) = runtime.list_pod_sandbox(
        cri.PodSandboxFilter(state=cri.PodSandboxState.SANDBOX_READY, label_selector=labels)
    )
    assert sandbox.id == scene.sandbox


def test_an_error_has_the_words_of_the_runtime(scene: Scene) -> None:
    first = scene.create()
    uid = scene.config.metadata.uid
    with pytest.raises(RpcError) as caught:
        scene.create()
    assert f'c_web_default_{uid}_0" is reserved for "{first}"' in caught.value.details
    with pytest.raises(RpcError) as caught:
        scene.runtime.start_container(NOT_THERE)
    assert caught.value.code is StatusCode.NOT_FOUND
    assert NOT_THERE in caught.value.details


def test_a_missing_config_is_refused_and_not_made_up(cri_runtime: CriRuntime) -> None:
    with pytest.raises(RpcError, match="must include metadata"):
        cri_runtime.run_pod_sandbox(None)
    with pytest.raises(RpcError, match="must include metadata"):
        cri_runtime.run_pod_sandbox(cri.PodSandboxConfig())


def test_a_command_that_takes_too_long_is_ended_in_the_words_of_the_runtime(scene: Scene) -> None:
    made = scene.create()
    scene.runtime.start_container(made)
    with pytest.raises(RpcError) as caught:
        scene.runtime.exec_sync(made, ("sleep", "1000"), 1)
    assert caught.value.code is StatusCode.DEADLINE_EXCEEDED
    assert "timeout 1s exceeded" in caught.value.details


def test_a_deadline_of_the_client_ends_the_waiting(cri_endpoint: str, cri_pod: Any) -> None:
    config = cri_pod.config()
    with CriRuntime(cri_endpoint, deadline=0.002) as hasty, pytest.raises(RpcError) as caught:
        hasty.run_pod_sandbox(config)  # which takes some fifty milliseconds
    assert caught.value == RpcError(StatusCode.DEADLINE_EXCEEDED, "context deadline exceeded")


def test_many_threads_share_a_client(scene: Scene) -> None:
    def live(number: int) -> tuple[int, int]:
        made = scene.create(f"c{number}", number)
        status = scene.runtime.container_status(made)
        scene.runtime.remove_container(made)
        return int(status.metadata.name[1:]), status.metadata.attempt

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(live, range(24))) == [(number, number) for number in range(24)]
    assert scene.runtime.list_containers(cri.ContainerFilter(pod_sandbox_id=scene.sandbox)) == ()


def test_of_many_creates_at_once_one_is_made(scene: Scene) -> None:
    def create(_: int) -> str:
        try:
            return scene.create()
        except RpcError as error:
            return error.details

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(create, range(16)))
    made = [one for one in answers if "reserved" not in one]
    assert len(made) == 1
    assert sum(made[0] in one for one in answers) == 16  # the others name the holder


# a runtime that goes and comes back


def test_a_client_finds_its_runtime_again_that_was_ended_and_started(
    private_containerd: Any, scene: Scene
) -> None:
    runtime = scene.runtime
    made = scene.create()
    runtime.start_container(made)
    private_containerd.kill()
    with pytest.raises(RpcError) as caught:
        runtime.container_status(made)
    assert caught.value.code is StatusCode.UNAVAILABLE
    with pytest.raises(EndpointError, match="nobody listens on this socket"):
        connect(private_containerd.endpoint, patience=0)
    private_containerd.start()
    runtime.wait_until_ready(PATIENCE)
    assert runtime.container_status(made).state is STATES.CONTAINER_RUNNING


def test_a_call_under_way_fails_when_the_runtime_is_ended(private_containerd: Any, scene: Scene) -> None:
    made = scene.create()
    scene.runtime.start_container(made)
    with ThreadPoolExecutor(1) as pool:
        private_containerd.pause()
        call = pool.submit(scene.runtime.exec_sync, made, ("true",), 0)
        while not call.running():
            pass
        private_containerd.kill()
        with pytest.raises(RpcError) as caught:
            call.result(PATIENCE)
    assert caught.value.code is StatusCode.UNAVAILABLE
    private_containerd.start()
    scene.runtime.wait_until_ready(PATIENCE)


def test_a_runtime_that_is_paused_is_told_to_say_nothing(private_containerd: Any) -> None:
    private_containerd.pause()
    try:
        with pytest.raises(EndpointError, match="has said nothing for"):
            connect(private_containerd.endpoint, patience=0.3)
    finally:
        private_containerd.resume()
    with connect(private_containerd.endpoint, patience=PATIENCE) as runtime:
        assert runtime.version().runtime_name == "containerd"


def test_a_runtime_is_connected_to_while_it_starts(private_containerd: Any) -> None:
    private_containerd.kill()
    with ThreadPoolExecutor(1) as pool:
        starting = pool.submit(private_containerd.start)
        with connect(private_containerd.endpoint, patience=PATIENCE) as runtime:
            assert runtime.list_images()  # no `server is not initialized yet` after this
        starting.result(PATIENCE)


def test_a_second_sandbox_of_a_pod_is_another_one(scene: Scene) -> None:
    assert scene.config.metadata is not None
    second = replace(scene.config, metadata=replace(scene.config.metadata, attempt=1))
    made = scene.runtime.run_pod_sandbox(second)
    assert made != scene.sandbox
    assert scene.runtime.pod_sandbox_status(made).metadata.attempt == 1
    scene.runtime.stop_pod_sandbox(made)
    assert scene.runtime.pod_sandbox_status(made).state is cri.PodSandboxState.SANDBOX_NOTREADY
