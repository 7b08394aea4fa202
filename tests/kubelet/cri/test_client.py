"""The client: what it asks, how long it waits, what it raises, and what it says of what is no runtime."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from threading import Event
from typing import Any

import grpc
import pytest
from cri_api.v1 import api_pb2
from google.protobuf.message import Message

from fsm.kubelet import RpcError, StatusCode
from fsm.kubelet import messages as cri
from fsm.kubelet.cri.client import DEADLINE, CriRuntime, connect
from fsm.kubelet.cri.endpoint import EndpointError

from .little_servers import (
    PATIENCE,
    V1ALPHA2,
    closes,
    fails,
    handled,
    hangs,
    listening,
    reads_and_never_answers,
    resets,
    says,
    served,
)

ID = "c" * 64
NOT_READY = fails(grpc.StatusCode.UNKNOWN, "server is not initialized yet")


# calls


class Heard:
    """A runtime that keeps what it was asked and how long it was given."""

    def __init__(self, **answers: Message) -> None:
        self.answers = answers
        self.requests: list[Any] = []
        self.seconds: list[float] = []

    def answer(self, name: str) -> Callable[[Any, grpc.ServicerContext], Any]:
        empty = getattr(api_pb2, f"{name}Response")()

        def answer(request: Any, context: grpc.ServicerContext) -> Any:
            self.requests.append(request)
            self.seconds.append(context.time_remaining())
            return self.answers.get(name, empty)

        return answer

    @contextmanager
    def serve(self, path: Path, *names: str) -> Iterator[CriRuntime]:
        calls = {name: self.answer(name) for name in names}
        with served(path / "s", **calls) as endpoint, CriRuntime(endpoint) as runtime:
            yield runtime


CALLS: list[tuple[str, Callable[[CriRuntime], Any], float | None]] = [
    ("Version", lambda r: r.version(), DEADLINE),
    ("Status", lambda r: r.status(), DEADLINE),
    ("ListImages", lambda r: r.list_images(), DEADLINE),
    ("ImageStatus", lambda r: r.image_status(cri.ImageSpec("a")), DEADLINE),
    ("PullImage", lambda r: r.pull_image(cri.ImageSpec("a")), None),
    ("RemoveImage", lambda r: r.remove_image(cri.ImageSpec("a")), DEADLINE),
    ("RunPodSandbox", lambda r: r.run_pod_sandbox(cri.PodSandboxConfig()), 2 * DEADLINE),
    ("StopPodSandbox", lambda r: r.stop_pod_sandbox(ID), DEADLINE),
    ("RemovePodSandbox", lambda r: r.remove_pod_sandbox(ID), DEADLINE),
    ("PodSandboxStatus", lambda r: r.pod_sandbox_status(ID), DEADLINE),
    ("ListPodSandbox", lambda r: r.list_pod_sandbox(), DEADLINE),
    (
        "CreateContainer",
        lambda r: r.create_container(ID, cri.ContainerConfig(), cri.PodSandboxConfig()),
        DEADLINE,
    ),
    ("StartContainer", lambda r: r.start_container(ID), DEADLINE),
    ("StopContainer", lambda r: r.stop_container(ID, 30), DEADLINE + 30),
    ("StopContainer", lambda r: r.stop_container(ID, 0), DEADLINE),
    ("RemoveContainer", lambda r: r.remove_container(ID), DEADLINE),
    ("ListContainers", lambda r: r.list_containers(), DEADLINE),
    ("ContainerStatus", lambda r: r.container_status(ID), DEADLINE),
    (
        "UpdateContainerResources",
        lambda r: r.update_container_resources(ID, cri.LinuxContainerResources("0")),
        DEADLINE,
    ),
    ("ContainerStats", lambda r: r.container_stats(ID), DEADLINE),
    ("ReopenContainerLog", lambda r: r.reopen_container_log(ID), DEADLINE),
    ("ExecSync", lambda r: r.exec_sync(ID, ("true",), 5), DEADLINE + 5),
    ("ExecSync", lambda r: r.exec_sync(ID, ("true",), 0), None),
]


@pytest.mark.parametrize(("name", "call", "given"), CALLS)
def test_a_call_has_the_time_that_a_kubelet_gives_it(tmp_path, name, call, given) -> None:
    heard = Heard()
    with heard.serve(tmp_path, name) as runtime:
        call(runtime)
    (seconds,) = heard.seconds
    if given is None:
        assert seconds is None or seconds > 10**6
    else:
        assert given - PATIENCE < seconds <= given + 1  # what gRPC rounds up


@pytest.mark.parametrize(("name", "call", "given"), CALLS)
def test_an_error_of_any_call_has_the_code_and_the_details_of_the_answer(tmp_path, name, call, given) -> None:
    answer = fails(grpc.StatusCode.NOT_FOUND, f'{name}: "{ID}": not found')
    with (
        served(tmp_path / "s", **{name: answer}) as endpoint,
        CriRuntime(endpoint) as runtime,
        pytest.raises(RpcError) as caught,
    ):
        call(runtime)
    assert caught.value == RpcError(StatusCode.NOT_FOUND, f'{name}: "{ID}": not found')
    assert caught.value.__cause__ is None


@pytest.mark.parametrize(("name", "call", "given"), CALLS)
def test_a_call_that_the_runtime_does_not_have_is_unimplemented(tmp_path, name, call, given) -> None:
    with (
        handled(tmp_path / "s", {}) as endpoint,
        CriRuntime(endpoint) as runtime,
        pytest.raises(RpcError) as caught,
    ):
        call(runtime)
    assert caught.value.code is StatusCode.UNIMPLEMENTED


def test_there_is_a_test_of_every_call() -> None:
    public = {name for name in vars(CriRuntime) if not name.startswith("_")}
    others = {"close", "wait_until_ready"}
    assert {name.lower() for name, *_ in CALLS} == {one.replace("_", "") for one in public - others}


def test_what_is_missing_in_a_request_stays_so(tmp_path) -> None:
    heard = Heard()
    with heard.serve(tmp_path, "RunPodSandbox", "CreateContainer", "ListContainers") as runtime:
        runtime.run_pod_sandbox(None, "gvisor")
        runtime.create_container(ID, None, None)
        runtime.list_containers()
        runtime.create_container(ID, cri.ContainerConfig(cri.ContainerMetadata()), cri.PodSandboxConfig())
    run, create, listing, empty = heard.requests
    assert (run.HasField("config"), run.runtime_handler) == (False, "gvisor")
    assert not create.HasField("config")
    assert not create.HasField("sandbox_config")
    assert not listing.HasField("filter")
    assert empty.config.HasField("metadata")
    assert empty.HasField("sandbox_config")
    assert not empty.sandbox_config.HasField("metadata")


def test_an_image_that_is_not_there_is_none(tmp_path) -> None:
    with Heard().serve(tmp_path, "ImageStatus") as runtime:
        assert runtime.image_status(cri.ImageSpec("a")) is None
    there = api_pb2.ImageStatusResponse(image=api_pb2.Image(id="sha256:1"))
    with Heard(ImageStatus=there).serve(tmp_path, "ImageStatus") as runtime:
        assert runtime.image_status(cri.ImageSpec("a")) == cri.Image("sha256:1", size=0)


def test_a_state_of_a_newer_runtime_is_no_crash(tmp_path) -> None:
    answer = api_pb2.ListContainersResponse(containers=[api_pb2.Container(id=ID, state=99)])
    with Heard(ListContainers=answer).serve(tmp_path, "ListContainers") as runtime:
        (container,) = runtime.list_containers()
    assert container.state is cri.ContainerState.CONTAINER_UNKNOWN


def test_a_listing_has_no_limit_of_size(tmp_path) -> None:
    big = api_pb2.Container(id=ID, annotations={"a": "x" * 1000})
    answer = api_pb2.ListContainersResponse(containers=[big] * 6000)
    with Heard(ListContainers=answer).serve(tmp_path, "ListContainers") as runtime:
        assert len(runtime.list_containers()) == 6000


def test_a_message_that_no_wire_carries_is_an_error_of_the_call(tmp_path) -> None:
    with Heard().serve(tmp_path, "CreateContainer") as runtime, pytest.raises(RpcError) as caught:
        runtime.create_container(ID, cri.ContainerConfig(cri.ContainerMetadata("\udc80")), None)
    assert caught.value.code is StatusCode.INTERNAL
    assert caught.value.details.startswith("grpc: error while marshaling: ")


def test_a_call_that_is_not_answered_ends_at_its_deadline(tmp_path) -> None:
    over = Event()
    with served(tmp_path / "s", CreateContainer=hangs(over)) as endpoint:
        with CriRuntime(endpoint, deadline=0.05) as runtime, pytest.raises(RpcError) as caught:
            runtime.create_container(ID, None, None)
        assert over.wait(PATIENCE)  # the runtime hears of it
    assert caught.value == RpcError(StatusCode.DEADLINE_EXCEEDED, "context deadline exceeded")


@pytest.mark.parametrize("deadline", [0, -1, float("nan")])
def test_a_deadline_that_no_call_can_keep_is_refused(deadline: float) -> None:
    with pytest.raises(ValueError, match="give more"):
        CriRuntime("/run/c.sock", deadline)


# several threads, the end


def test_one_client_serves_many_threads(tmp_path) -> None:
    def status(request: Any, context: grpc.ServicerContext) -> Any:
        return api_pb2.ContainerStatusResponse(status=api_pb2.ContainerStatus(id=request.container_id))

    ids = [f"{number:064}" for number in range(400)]
    with (
        served(tmp_path / "s", ContainerStatus=status) as endpoint,
        CriRuntime(endpoint) as runtime,
        ThreadPoolExecutor(16) as pool,
    ):
        assert [one.id for one in pool.map(runtime.container_status, ids)] == ids


def test_a_client_that_was_closed_says_so_and_may_be_closed_again(tmp_path) -> None:
    with Heard().serve(tmp_path, "Version") as runtime:
        runtime.close()
        with pytest.raises(RpcError) as caught:
            runtime.version()
        assert caught.value == RpcError(StatusCode.CANCELLED, "grpc: the client connection is closing")
        runtime.close()


def test_closing_ends_the_calls_that_are_under_way(tmp_path) -> None:
    begun, over = Event(), Event()

    def answer(request: Any, context: grpc.ServicerContext) -> Any:
        begun.set()
        return hangs(over)(request, context)

    with served(tmp_path / "s", Version=answer) as endpoint, ThreadPoolExecutor(1) as pool:
        runtime = CriRuntime(endpoint)
        call = pool.submit(runtime.version)
        assert begun.wait(PATIENCE)
        runtime.close()
        with pytest.raises(RpcError) as caught:
            call.result(PATIENCE)
    assert caught.value.code is StatusCode.CANCELLED


def test_a_runtime_that_was_restarted_is_found_again(tmp_path) -> None:
    path = tmp_path / "s"
    with CriRuntime(f"unix://{path}") as runtime:
        for _ in range(3):
            with served(path):
                runtime.wait_until_ready(PATIENCE)
                assert runtime.version().runtime_name == "little"
            path.unlink(missing_ok=True)
            with pytest.raises(RpcError) as caught:
                runtime.version()
            assert caught.value.code is StatusCode.UNAVAILABLE


def test_a_call_under_way_when_the_runtime_ends_is_unavailable(tmp_path) -> None:
    begun, over = Event(), Event()

    def answer(request: Any, context: grpc.ServicerContext) -> Any:
        begun.set()
        return hangs(over)(request, context)

    with ThreadPoolExecutor(1) as pool, CriRuntime(f"unix://{tmp_path}/s") as runtime:
        with served(tmp_path / "s", CreateContainer=answer):
            call = pool.submit(runtime.create_container, ID, None, None)
            assert begun.wait(PATIENCE)
        with pytest.raises(RpcError) as caught:
            call.result(PATIENCE)
    assert caught.value.code in {StatusCode.UNAVAILABLE, StatusCode.CANCELLED}


# who is there


def told(endpoint: str, patience: float = 0.3) -> str:
    """What is said of an endpoint that is none, in time."""
    began = time.monotonic()
    with pytest.raises(EndpointError) as caught:
        connect(endpoint, patience=patience)
    assert time.monotonic() - began < patience + PATIENCE
    assert "\n" not in str(caught.value)
    assert caught.value.__cause__ is None
    return str(caught.value)


def test_a_runtime_that_is_there_is_connected_to(tmp_path) -> None:
    with served(tmp_path / "s") as endpoint, connect(endpoint, deadline=7, patience=0) as runtime:
        assert runtime.version().runtime_name == "little"
        assert runtime.deadline == 7


def test_a_socket_that_is_not_there_is_waited_for_and_told(tmp_path) -> None:
    text = told(f"unix://{tmp_path}/s")
    assert f"no container runtime at {tmp_path}/s within 0.3 s: there is no such file" in text


def test_a_runtime_that_comes_late_is_connected_to(tmp_path) -> None:
    with ThreadPoolExecutor(1) as pool:
        coming = pool.submit(connect, f"unix://{tmp_path}/s", 5.0, 30.0)
        while not coming.running():
            pass
        with served(tmp_path / "s"), coming.result(30) as runtime:
            assert runtime.version().runtime_name == "little"


def test_a_runtime_that_is_starting_is_waited_for(tmp_path) -> None:
    left = [3]

    def status(request: Any, context: grpc.ServicerContext) -> Any:
        left[0] -= 1
        return NOT_READY(request, context) if left[0] else api_pb2.StatusResponse()

    with served(tmp_path / "s", Status=status) as endpoint, connect(endpoint):
        assert left == [0]


def test_a_runtime_that_never_gets_ready_is_told_with_its_words(tmp_path) -> None:
    with served(tmp_path / "s", Version=NOT_READY) as endpoint:
        text = told(endpoint)
    assert (
        "it is not ready: Version is answered with rpc error: code = Unknown desc = server is not init"
        in text
    )


def test_a_directory_is_told_to_be_one(tmp_path) -> None:
    assert told(f"unix://{tmp_path}").endswith("this is a directory, and a runtime listens on a socket")


def test_a_regular_file_is_told_to_be_one(tmp_path) -> None:
    (tmp_path / "s").write_text("")
    assert "this is a regular file" in told(f"unix://{tmp_path}/s")


def test_a_pipe_and_a_device_are_told_to_be_that(tmp_path) -> None:
    os.mkfifo(tmp_path / "s")
    assert "this is a named pipe" in told(f"unix://{tmp_path}/s")
    assert "this is a device" in told("unix:///dev/null")


def test_a_path_through_a_file_is_told_so(tmp_path) -> None:
    (tmp_path / "s").write_text("")
    assert "it cannot be connected to: Not a directory" in told(f"unix://{tmp_path}/s/s")


@contextmanager
def as_nobody() -> Iterator[None]:
    """Without root's rights, where we have them."""
    before = os.geteuid()
    if before == 0:
        os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(before)


@pytest.mark.parametrize("closed", ["socket", "directory"])
def test_a_socket_of_others_is_told_to_be_denied(tmp_path, closed: str) -> None:
    folder = tmp_path / "d"
    folder.mkdir()
    with listening(folder / "s", closes) as endpoint:
        for parent in (tmp_path, tmp_path.parent, tmp_path.parent.parent):
            if parent.owner() == folder.owner():
                parent.chmod(0o711)
        (folder / "s").chmod(0o000 if closed == "socket" else 0o777)
        folder.chmod(0o755 if closed == "socket" else 0o000)
        try:
            with as_nobody():
                text = told(endpoint)
        finally:
            folder.chmod(0o755)
            (folder / "s").chmod(0o777)
    assert "permission denied: a runtime's socket is root's as a rule" in text


def test_a_socket_that_nobody_serves_is_told_to_be_left_behind(tmp_path) -> None:
    with socket.socket(socket.AF_UNIX) as bound:
        bound.bind(str(tmp_path / "s"))
    assert "nobody listens on this socket: the runtime has ended" in told(f"unix://{tmp_path}/s")


def test_a_socket_of_another_kind_cannot_be_connected_to(tmp_path) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as bound:
        bound.bind(str(tmp_path / "s"))
        assert "it cannot be connected to: Protocol wrong type" in told(f"unix://{tmp_path}/s")


@pytest.mark.parametrize(
    ("behave", "text"),
    [
        (closes, "closes the connection at once, and says nothing"),
        (resets, "closes the connection at once, and says nothing"),
        (reads_and_never_answers, "has said nothing for"),
        (says(b"HTTP/1.1 400 Bad Request\r\n\r\n"), "an HTTP server listens there that does not speak gRPC"),
        (says(b"SSH-2.0-OpenSSH_9.2\r\n"), "its first bytes are b'SSH-2.0-OpenSSH_'"),
        (says(b"?"), "its first bytes are b'?'"),
    ],
)
def test_a_server_of_something_else_is_told_by_its_first_words(tmp_path, behave, text: str) -> None:
    with listening(tmp_path / "s", behave) as endpoint:
        assert text in told(endpoint)


def test_a_server_that_takes_no_more_connections_is_told_to_say_nothing(tmp_path) -> None:
    path = tmp_path / "s"
    with socket.socket(socket.AF_UNIX) as server, socket.socket(socket.AF_UNIX) as waiting:
        server.bind(str(path))
        server.listen(0)
        waiting.connect(str(path))
        assert "has said nothing for" in told(f"unix://{path}")


def test_a_grpc_server_without_the_cri_is_told_to_be_one(tmp_path) -> None:
    with handled(tmp_path / "s", {}) as endpoint:
        text = told(endpoint)
    assert "a gRPC server listens there that does not serve runtime.v1" in text
    assert "disabled_plugins" in text


def test_a_runtime_of_an_older_version_is_told_to_be_too_old(tmp_path) -> None:
    with served(tmp_path / "s", V1ALPHA2) as endpoint:
        text = told(endpoint)
    assert "little 1.2 is too old: it speaks runtime.v1alpha2 only" in text
    assert "containerd since 1.6" in text


@pytest.mark.parametrize("call", ["Version", "Status"])
def test_a_runtime_that_hangs_is_told_to_hang(tmp_path, call: str) -> None:
    over = Event()
    with served(tmp_path / "s", **{call: hangs(over)}) as endpoint:
        assert f"it is connected to, and has not answered {call} in all that time: it hangs" in told(endpoint)
        assert over.wait(PATIENCE)


def test_a_runtime_that_is_broken_is_told_with_its_words(tmp_path) -> None:
    with served(tmp_path / "s", Status=fails(grpc.StatusCode.INTERNAL, "disk full")) as endpoint:
        assert told(endpoint).endswith("Status is answered with rpc error: code = Internal desc = disk full")


@pytest.mark.parametrize("endpoint", ["tcp://127.0.0.1:2376", "c.sock", "", "/" + "a" * 108, "unix://run/c"])
def test_an_address_that_is_none_is_told_before_anything_is_tried(endpoint: str) -> None:
    with pytest.raises(EndpointError):
        connect(endpoint)


def test_without_the_extra_an_import_says_what_to_install() -> None:
    for missing in ("grpc", "cri_api"):
        code = (
            "import importlib.util as util, sys\n"
            "found = util.find_spec\n"
            f"util.find_spec = lambda name, *rest: None if name == {missing!r} else found(name, *rest)\n"
            "try:\n"
            "    import fsm.kubelet.cri.client\n"
            "except ImportError as error:\n"
            "    print(error)\n"
        )
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
        assert done.stdout.endswith("which is not installed: pip install 'fsm-spec[cri]'\n")
