"""A served runtime: its turns, its panic, its end."""

from __future__ import annotations

import sys
import threading
import time

import grpc
import pytest
from cri_api.v1 import api_pb2 as v1

from fsm.kubelet import RpcError, StatusCode
from fsm.kubelet import messages as cri
from fsm.kubelet.cri.client import CriRuntime
from fsm.kubelet.cri.server import serve
from tests.kubelet.cri.served import POD, SOON, Bench, bench_of, config, memory, refusal, socket_folder


@pytest.fixture
def bench():
    with bench_of() as bench:
        yield bench


def outcome(call, *arguments) -> str:
    try:
        call(*arguments)
    except RpcError as error:
        return error.code.name
    return "OK"


def test_of_twenty_identical_creates_at_once_one_succeeds(bench: Bench) -> None:
    bench.run()
    outcomes = []
    threads = [
        threading.Thread(target=lambda: outcomes.append(outcome(bench.create)), daemon=True)
        for _ in range(20)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(SOON)
    assert sorted(outcomes) == ["OK"] + ["UNKNOWN"] * 19
    assert len(bench.client.list_containers()) == 1


def make_a_sandbox(bench: Bench, **options):
    """A call that is under way, and would make a sandbox."""
    return bench.runtime.RunPodSandbox.future(v1.RunPodSandboxRequest(config={"metadata": {}}), **options)


def let_the_server_hear(bench: Bench) -> None:
    """A call on the same connection that is refused without a turn: all that was sent before has arrived."""
    assert refusal(bench.channel.unary_unary("/nobody/Hears"), b"")[0] == "UNIMPLEMENTED"


def test_a_call_whose_deadline_passes_while_it_waits_is_not_carried_out(bench: Bench) -> None:
    with bench.server.turn():
        call = make_a_sandbox(bench, timeout=0.05)
        assert call.code() is grpc.StatusCode.DEADLINE_EXCEEDED
        let_the_server_hear(bench)
    assert bench.client.list_pod_sandbox() == ()


def test_a_call_that_is_cancelled_while_it_waits_is_not_carried_out(bench: Bench) -> None:
    with bench.server.turn():
        call = make_a_sandbox(bench)
        let_the_server_hear(bench)
        call.cancel()
        let_the_server_hear(bench)
    assert bench.client.list_pod_sandbox() == ()


def test_a_call_without_a_deadline_waits_for_its_turn(bench: Bench) -> None:
    with bench.server.turn():
        call = make_a_sandbox(bench)
        let_the_server_hear(bench)
        assert not call.done()
    assert call.result().pod_sandbox_id


def test_a_panic_ends_every_connection_and_no_container(bench: Bench) -> None:
    running = bench.start("c", "nginx")
    stream = bench.follow()
    with pytest.raises(RpcError) as caught:
        bench.client.create_container(bench.sandbox, config("d"), None)
    assert caught.value == RpcError(StatusCode.UNAVAILABLE, "Stream removed (Socket closed)")
    with pytest.raises(grpc.RpcError) as ended:
        next(stream)
    assert ended.value.code() is grpc.StatusCode.UNAVAILABLE
    bench.client.wait_until_ready(SOON)
    assert bench.client.container_status(running).state is cri.ContainerState.CONTAINER_RUNNING
    assert [one.metadata.name for one in bench.client.list_containers()] == ["c"]


def test_it_survives_panic_after_panic(bench: Bench) -> None:
    bench.run()
    for number in range(5):
        with pytest.raises(RpcError):
            bench.client.create_container(bench.sandbox, config(), None)
        bench.client.wait_until_ready(SOON)
        bench.create(attempt=number)
    assert len(bench.client.list_containers()) == 5


def test_it_ends_at_once_and_takes_its_socket_along() -> None:
    threads = threading.active_count()
    with bench_of() as bench:
        bench.follow(), bench.run()
        path = bench.server.endpoint.removeprefix("unix://")
        began = time.monotonic()
        bench.server.close()
        bench.server.close()
        assert time.monotonic() - began < SOON
        with pytest.raises(RpcError) as caught:
            bench.client.list_containers()
        assert caught.value.code is StatusCode.UNAVAILABLE
        with pytest.raises(FileNotFoundError):
            open(path).close()  # noqa: PTH123
    _until(lambda: threading.active_count() <= threads + 1)  # the test's own channel may still be ending


def _until(condition) -> None:
    end = time.monotonic() + SOON
    while not condition():
        assert time.monotonic() < end
        threading.Event().wait(0.01)


def test_two_servers_of_one_runtime_are_told_apart_by_their_sockets() -> None:
    runtime = memory()
    with socket_folder() as folder, serve(runtime, runtime.images, f"unix://{folder}/a.sock") as one:
        other = memory()
        with (
            serve(other, other.images, f"unix://{folder}/b.sock") as two,
            CriRuntime(one.endpoint) as first,
            CriRuntime(two.endpoint) as second,
        ):
            first.run_pod_sandbox(POD)
            assert (len(first.list_pod_sandbox()), len(second.list_pod_sandbox())) == (1, 0)


def test_ten_thousand_lives_leave_nothing_behind() -> None:
    runtime = memory()
    sandbox = runtime.run_pod_sandbox(POD)

    def live(number: int) -> None:
        for attempt in range(number):
            command = ("sleep", "9999") if attempt % 2 else ("true",)
            id_ = runtime.create_container(sandbox, config("c", *command, attempt=attempt), POD)
            runtime.start_container(id_)
            if attempt % 3:
                runtime.stop_container(id_, 0)
            runtime.remove_container(id_)

    live(100)
    before = sys.getallocatedblocks()
    live(10_000)
    assert sys.getallocatedblocks() - before < 1_000
