"""The events of a served runtime tell what its listings show."""

from __future__ import annotations

import time
from itertools import pairwise

import grpc
import pytest
from cri_api.v1 import api_pb2 as v1
from hypothesis import given
from hypothesis import strategies as st

from fsm.kubelet import RpcError
from fsm.kubelet import messages as cri
from fsm.kubelet.cri.served_events import MOST_STREAMS, EventKind, Events, container_events, sandbox_events
from fsm.kubelet.messages import ContainerState, PodSandboxState
from tests.kubelet.cri.served import POD, SOON, Bench, bench_of, config, memory, refusal

CREATED, STARTED, STOPPED, DELETED = EventKind


@pytest.fixture
def bench():
    with bench_of() as bench:
        yield bench


def take(stream, count: int) -> list[tuple[str, EventKind]]:
    return [
        (one.container_id, EventKind(one.container_event_type))
        for _, one in zip(range(count), stream, strict=False)
    ]


def test_a_life_is_told_from_the_sandbox_s_beginning_to_its_end(bench: Bench) -> None:
    stream = bench.follow()
    container = bench.start()
    sandbox = bench.sandbox
    bench.client.stop_container(container, 0)
    bench.client.remove_container(container)
    bench.client.remove_pod_sandbox(sandbox)
    assert take(stream, 8) == [
        (sandbox, CREATED),
        (sandbox, STARTED),
        (container, CREATED),
        (container, STARTED),
        (container, STOPPED),
        (container, DELETED),
        (sandbox, STOPPED),
        (sandbox, DELETED),
    ]


def test_an_event_shows_the_pod_as_it_is_then(bench: Bench) -> None:
    bench.run()
    stream = bench.follow()
    container = bench.create()
    bench.client.remove_pod_sandbox(bench.sandbox)
    created, deleted = next(stream), next(stream)
    assert created.pod_sandbox_status.id == bench.sandbox
    assert [(one.id, one.state) for one in created.containers_statuses] == [(container, v1.CONTAINER_CREATED)]
    assert not deleted.HasField("pod_sandbox_status")
    assert not deleted.containers_statuses


@pytest.mark.parametrize("command", [("sleep", "0.05"), ("true",)], ids=" ".join)
def test_a_program_that_ends_by_itself_is_told_when_it_does(bench: Bench, command) -> None:
    bench.run()
    stream = bench.follow()
    container = bench.start("c", *command)
    assert take(stream, 3) == [(container, CREATED), (container, STARTED), (container, STOPPED)]


def test_a_container_that_fails_to_start_has_stopped_and_never_started(bench: Bench) -> None:
    container = bench.create()
    stream = bench.follow()
    with bench.server.turn() as runtime:
        runtime.fail_next_start("no")
    with pytest.raises(RpcError, match="no"):
        bench.client.start_container(container)
    bench.client.remove_container(container)
    assert take(stream, 2) == [(container, STOPPED), (container, DELETED)]


def test_what_a_test_does_to_the_world_is_told(bench: Bench) -> None:
    container = bench.start()
    stream = bench.follow()
    with bench.server.turn() as runtime:
        runtime.exit_container(container, 3)
    event = next(stream)
    assert EventKind(event.container_event_type) is STOPPED
    assert event.containers_statuses[0].exit_code == 3


def test_streams_are_told_the_same_and_one_that_ends_ends_alone(bench: Bench) -> None:
    one, two = bench.follow(), bench.follow()
    sandbox = bench.run()
    assert take(one, 2) == take(two, 2)
    one.cancel()
    bench.client.stop_pod_sandbox(sandbox)
    assert take(two, 1) == [(sandbox, STOPPED)]


def test_more_streams_than_can_be_are_refused_until_one_ends(bench: Bench) -> None:
    streams = [bench.follow() for _ in range(MOST_STREAMS)]
    code, details = refusal(lambda timeout: next(bench.follow()))
    assert code == "RESOURCE_EXHAUSTED"
    assert details.startswith(f"{MOST_STREAMS} streams of events are open")
    bench.client.list_containers()  # calls have threads of their own
    streams[0].cancel()
    end = time.monotonic() + SOON
    while True:  # the server hears of the cancellation in its own time
        another = bench.follow()
        bench.client.remove_pod_sandbox(bench.run())
        try:
            next(another)
            return
        except grpc.RpcError:
            assert time.monotonic() < end


def test_a_stream_ends_with_the_server(bench: Bench) -> None:
    stream = bench.follow()
    bench.server.close()
    with pytest.raises(grpc.RpcError) as caught:
        next(stream)
    assert caught.value.code() is grpc.StatusCode.UNAVAILABLE


STATES = st.sampled_from([None, *ContainerState])


@given(STATES, STATES, st.booleans())
def test_the_events_of_a_container_lead_from_the_one_state_to_the_other(before, after, started) -> None:
    state = before
    for kind in container_events(before, after, started):
        state = {
            CREATED: ContainerState.CONTAINER_CREATED,
            STARTED: ContainerState.CONTAINER_RUNNING,
            STOPPED: ContainerState.CONTAINER_EXITED,
            DELETED: None,
        }[kind]
    unheard_of = {ContainerState.CONTAINER_UNKNOWN} | (
        {ContainerState.CONTAINER_CREATED} if before is not None else set()
    )  # a state that no event leads to
    backwards = before in (ContainerState.CONTAINER_EXITED, ContainerState.CONTAINER_UNKNOWN) and (
        after is ContainerState.CONTAINER_RUNNING
    )
    assert state is after or after in unheard_of or backwards


READY, NOT_READY = PodSandboxState
LATER = {None: [None, READY, NOT_READY], READY: [READY, NOT_READY, None], NOT_READY: [NOT_READY, None]}


@given(st.lists(st.integers(0, 2), max_size=9))
def test_a_sandbox_s_events_are_in_the_order_of_a_life(choices) -> None:
    states: list[PodSandboxState | None] = [None]
    for choice in choices:
        later = LATER[states[-1]]
        states.append(later[choice % len(later)])
    told = [one for pair in pairwise(states) for one in sandbox_events(*pair)]
    for before, after in pairwise(told):
        assert (before, after) in {
            (CREATED, STARTED),
            (STARTED, STOPPED),
            (STOPPED, DELETED),
            (DELETED, CREATED),
        }


WORDS = st.lists(
    st.tuples(
        st.sampled_from(
            ["run", "create", "start", "stop", "remove", "exit", "fail", "stop_pod", "remove_pod", "reboot"]
        ),
        st.integers(0, 2),
    ),
    max_size=25,
)


@given(WORDS)
def test_whoever_follows_the_events_knows_the_listing(words) -> None:
    """Every change that can be made, told without a socket: the events, followed, are the listing."""
    runtime = memory(clock=iter(range(1, 10_000)).__next__)
    events = Events(runtime)
    queue = events.subscribe()
    known: dict[str, EventKind] = {}
    for word, number in words:
        _do(runtime, word, number)
        events.look()
        while not queue.empty():
            event = queue.get()
            kind = EventKind(event.container_event_type)
            if kind is DELETED:
                del known[event.container_id]
            else:
                known[event.container_id] = kind
        shown = {
            one.id: {
                ContainerState.CONTAINER_CREATED: CREATED,
                ContainerState.CONTAINER_RUNNING: STARTED,
                ContainerState.CONTAINER_EXITED: STOPPED,
            }[one.state]
            for one in runtime.list_containers()
        }
        ready = PodSandboxState.SANDBOX_READY
        for sandbox in runtime.list_pod_sandbox():
            shown[sandbox.id] = STARTED if sandbox.state is ready else STOPPED
        assert known == shown


def _do(runtime, word: str, number: int) -> None:
    sandboxes, containers = runtime.list_pod_sandbox(), runtime.list_containers()
    try:
        if word == "run":
            runtime.run_pod_sandbox(cri.PodSandboxConfig(cri.PodSandboxMetadata("p", "u", "n", number)))
        elif word == "reboot":
            runtime.reboot()
        elif word == "create" and number < len(sandboxes):
            runtime.create_container(sandboxes[number].id, config(attempt=len(containers)), POD)
        elif word == "stop_pod" and number < len(sandboxes):
            runtime.stop_pod_sandbox(sandboxes[number].id)
        elif word == "remove_pod" and number < len(sandboxes):
            runtime.remove_pod_sandbox(sandboxes[number].id)
        elif number < len(containers):
            id_ = containers[number].id
            if word == "fail":
                runtime.fail_next_start("no")
            if word in ("start", "fail"):
                runtime.start_container(id_)
            elif word == "stop":
                runtime.stop_container(id_, 0)
            elif word == "remove":
                runtime.remove_container(id_)
            elif word == "exit":
                runtime.exit_container(id_, 1)
    except (RpcError, ValueError):
        pass
