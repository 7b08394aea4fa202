"""Faults by rule: what the caller sees of each, whether the runtime did it, and what the record says."""

import threading
import time
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import grpc
import pytest
from cri_api.v1 import api_pb2 as cri

from fsm.kubelet.cri.proxy.chaos import Chaos
from fsm.kubelet.cri.proxy.reading import METHODS
from tests.kubelet.cri.proxy_bench import SOON, bench, channel_to, create_request, refusal

LOST = ("DEADLINE_EXCEEDED", "context deadline exceeded")


def test_an_error_never_reaches_the_runtime():
    rule = {"method": "StartContainer", "nth": 2, "action": "error", "code": "UNKNOWN", "details": "no"}
    with bench(rule) as b:
        b.start()
        assert b.refused() == ("UNKNOWN", "no")
        b.start()
        assert len(b.fake.seen) == 2
        line = b.lines()[1]
        assert (line["code"], line["details"], line["fault"]) == ("UNKNOWN", "no", rule)
        assert "upstream" not in line
        assert "resp" not in line


def test_a_dropped_reply_is_of_a_call_that_was_done():
    with bench("CreateContainer#1 drop_reply") as b:
        reply = cri.CreateContainerResponse(container_id="c1").SerializeToString()
        b.fake.unary["CreateContainer"] = lambda raw, context: reply
        assert refusal(b.runtime.CreateContainer, create_request(), timeout=SOON) == LOST
        assert len(b.fake.seen) == 1
        (line,) = b.lines()
        assert (line["code"], line["details"]) == LOST
        assert line["upstream"] == ["OK", "", {"container_id": "c1"}]
        assert line["fault"]["action"] == "drop_reply"
        assert line["resp"] == {"container_id": "c1"}


def test_a_dropped_reply_may_have_been_an_error():
    with bench("StartContainer drop_reply INTERNAL lost") as b:
        b.fake.unary["StartContainer"] = lambda raw, context: context.abort(grpc.StatusCode.NOT_FOUND, "gone")
        assert b.refused() == ("INTERNAL", "lost")
        assert b.lines()[0]["upstream"] == ["NOT_FOUND", "gone", None]


@pytest.mark.parametrize("action", ["delay_before", "delay_after"])
def test_a_delay_is_as_long_as_it_says_and_changes_nothing_else(action):
    with bench(f"StartContainer {action} 60ms") as b:
        began = time.monotonic()
        b.start()
        assert time.monotonic() - began >= 0.06
        (line,) = b.lines()
        assert line["code"] == "OK"
        assert line["ms"] >= 60
        assert "upstream" not in line


@pytest.mark.parametrize(("when", "done"), [("before", 0), ("after", 1)])
def test_a_delay_beyond_the_deadline_ends_there(when, done):
    with bench(f"StartContainer delay_{when} 3600") as b:
        assert b.refused(timeout=0.2)[0] == "DEADLINE_EXCEEDED"
        b.proxy.stop()
        (line,) = b.lines()
        assert line["code"] == "DEADLINE_EXCEEDED"
        assert len(b.fake.seen) == done
        assert ("upstream" in line) == bool(done)


@pytest.mark.parametrize(("when", "done"), [("before", 0), ("after", 1)])
def test_a_call_that_hangs_ends_with_the_deadline_of_its_caller(when, done):
    with bench(f"StartContainer hang_{when}") as b:
        assert b.refused(timeout=0.2)[0] == "DEADLINE_EXCEEDED"
        b.proxy.stop()
        assert len(b.fake.seen) == done
        assert b.lines()[0]["code"] == "DEADLINE_EXCEEDED"


@pytest.mark.parametrize(("when", "done"), [("before", 0), ("after", 1)])
def test_a_cut_connection_is_unavailable_and_the_next_one_works(when, done):
    with bench(f"StartContainer#2 cut_{when}") as b:
        b.start()
        code, details = b.refused()
        assert code == "UNAVAILABLE"
        assert "the proxy" not in details  # these are gRPC's own words: the connection did break
        with channel_to(b.proxy.endpoint) as other:  # the first may take its broken connection once more
            replace(b, channel=other).start()
        assert len(b.fake.seen) == 2 + done
        assert [line["code"] for line in b.lines()] == ["OK", "UNAVAILABLE", "OK"]
        assert ("upstream" in b.lines()[1]) == bool(done)


def test_a_cut_breaks_off_the_other_calls_of_its_connection_and_no_other_connection():
    begun, held = threading.Semaphore(0), threading.Event()

    def answer(raw, context):
        begun.release()
        held.wait(SOON)
        return b""

    with bench("StartContainer cut_before") as b, channel_to(b.proxy.endpoint) as other:
        b.fake.unary["Version"] = answer
        path = "/runtime.v1.RuntimeService/Version"
        same, elsewhere = (
            channel.unary_unary(path).future(b"", timeout=SOON) for channel in (b.channel, other)
        )
        assert all(begun.acquire(timeout=SOON) for _ in range(2))
        assert b.refused()[0] == "UNAVAILABLE"
        assert same.code() is grpc.StatusCode.UNAVAILABLE
        held.set()
        assert elsewhere.result() == b""
        b.proxy.stop()
        assert sorted((line["call"], line["code"]) for line in b.lines()) == [
            ("StartContainer", "UNAVAILABLE"),
            ("Version", "OK"),
            ("Version", "UNAVAILABLE"),
        ]


def test_a_thousand_calls_that_are_held_hold_no_thread_and_are_all_told_when_it_ends():
    with bench("StartContainer hang_before") as b:
        b.runtime.Version(cri.VersionRequest(), timeout=SOON)
        before = len([*Path("/proc/self/task").iterdir()])
        request = cri.StartContainerRequest(container_id="c1")
        calls = [b.runtime.StartContainer.future(request) for _ in range(1000)]
        b.runtime.Version(cri.VersionRequest(), timeout=SOON)
        assert len([*Path("/proc/self/task").iterdir()]) < before + 10
        while sum(b.proxy.summary().faults.values()) < 1000:
            b.runtime.Version(cri.VersionRequest(), timeout=SOON)
        b.proxy.stop()
        assert {(call.code(), call.details()) for call in calls} == {
            (grpc.StatusCode.UNAVAILABLE, "the proxy was ended")
        }
        starts = [line for line in b.lines() if line["call"] == "StartContainer"]
        assert [line["code"] for line in starts] == ["UNAVAILABLE"] * 1000
        assert b.fake.seen.count(("StartContainer", request.SerializeToString())) == 0


def test_a_rule_may_ask_for_container_pod_and_attempt():
    with bench("CreateContainer container=main pod=web attempt=1 error ABORTED no") as b:
        for name, pod, attempt in [("main", "web", 0), ("side", "web", 1), ("main", "db", 1)]:
            b.runtime.CreateContainer(create_request(name, attempt, pod), timeout=SOON)
        request = create_request("main", 1, "web")
        assert refusal(b.runtime.CreateContainer, request, timeout=SOON) == ("ABORTED", "no")


def test_an_id_stands_for_the_names_it_was_created_with():
    with bench("StartContainer container=main attempt=3 error ABORTED no") as b:
        b.fake.unary["CreateContainer"] = lambda raw, context: cri.CreateContainerResponse(
            container_id=f"id-{cri.CreateContainerRequest.FromString(raw).config.metadata.attempt}"
        ).SerializeToString()
        for attempt in (2, 3):
            b.runtime.CreateContainer(create_request("main", attempt), timeout=SOON)
        b.start("id-2")
        assert b.refused("id-3") == ("ABORTED", "no")
        b.start("unheard of")


def test_an_id_stands_for_the_names_that_a_list_shows():
    shown = cri.ListContainersResponse(
        containers=[
            cri.Container(
                id="old",
                metadata=cri.ContainerMetadata(name="main"),
                labels={"io.kubernetes.pod.name": "web"},
            )
        ]
    )
    with bench("StartContainer container=main pod=web error ABORTED no") as b:
        b.fake.unary["ListContainers"] = lambda raw, context: shown.SerializeToString()
        b.start("old")
        b.runtime.ListContainers(cri.ListContainersRequest(), timeout=SOON)
        assert b.refused("old") == ("ABORTED", "no")


def test_the_id_of_a_reply_that_was_dropped_is_known_too():
    with bench("CreateContainer drop_reply", "RemoveContainer container=main error ABORTED no") as b:
        reply = cri.CreateContainerResponse(container_id="c9").SerializeToString()
        b.fake.unary["CreateContainer"] = lambda raw, context: reply
        assert refusal(b.runtime.CreateContainer, create_request(), timeout=SOON) == LOST
        request = cri.RemoveContainerRequest(container_id="c9")
        assert refusal(b.runtime.RemoveContainer, request, timeout=SOON) == ("ABORTED", "no")


def test_a_rule_that_is_added_counts_from_then_on():
    with bench() as b:
        b.start()
        b.proxy.add("StartContainer#1 error ABORTED no")
        assert b.refused() == ("ABORTED", "no")
        b.start()


def test_rules_that_never_fired_are_told():
    with bench("StartContainer#1 drop_reply", "StartContainer#9 drop_reply", "StopContainer cut_after") as b:
        b.refused()
        summary = b.proxy.summary()
        assert [str(rule).split(" ")[0] for rule in summary.unfired] == ["StartContainer#9", "StopContainer"]
        assert summary.calls == {("StartContainer", "DEADLINE_EXCEEDED"): 1}
        assert list(summary.faults.values()) == [1]


def test_a_stream_may_be_refused_cut_and_left_without_a_status():
    def events(requests, context):
        next(requests)
        yield cri.ContainerEventResponse(container_id="a").SerializeToString()

    rules = [
        "GetContainerEvents#1 error ABORTED no",
        "GetContainerEvents#2 drop_reply",
        "GetContainerEvents#3 cut_after",
    ]
    with bench(*rules) as b:
        b.fake.streams["GetContainerEvents"] = events

        def ask():
            return list(b.runtime.GetContainerEvents(cri.GetEventsRequest(), timeout=SOON))

        assert refusal(ask) == ("ABORTED", "no")
        assert refusal(ask) == LOST
        assert refusal(ask)[0] == "UNAVAILABLE"
        assert [event.container_id for event in ask()] == ["a"]
        ends = [line for line in b.lines() if "n" in line]
        assert [line["messages"] for line in ends] == [[0, 0], [1, 1], [1, 1], [1, 1]]


def test_a_method_of_another_service_is_named_with_it():
    with bench("grpc.health.v1.Health/Check error ABORTED no", "*#3 error INTERNAL all") as b:
        ask = b.channel.unary_unary("/grpc.health.v1.Health/Check")
        assert refusal(ask, b"", timeout=SOON) == ("ABORTED", "no")
        b.start()
        assert b.refused() == ("INTERNAL", "all")


def test_chaos_is_the_same_for_the_same_seed_and_as_frequent_as_it_says():
    methods = [method for method in METHODS.values() if method.unary]
    calls = [(method, nth) for method in methods for nth in range(1, 41)]
    found = [Chaos(7, 0.25)(*call) for call in calls]
    assert found == [Chaos(7, 0.25)(*call) for call in calls]
    assert found != [Chaos(8, 0.25)(*call) for call in calls]
    assert 0.22 < sum(rule is not None for rule in found) / len(found) < 0.28
    assert not any(Chaos(7, 0.0)(*call) for call in calls)
    assert all(Chaos(7, 1.0)(*call) for call in calls)


def test_what_chaos_did_can_be_had_again_from_the_record():
    def run(*rules, chaos=None):
        with bench(*rules, chaos=chaos) as b:
            while sum(b.proxy.summary().calls.values()) < 12:
                with suppress(grpc.RpcError):
                    b.start()
            b.proxy.stop()
            return [line["code"] for line in b.lines()], [
                line["fault"] for line in b.lines() if "fault" in line
            ]

    codes, faults = run(chaos=Chaos(5, 0.5))
    assert len(set(codes)) > 1
    assert run(*faults) == (codes, faults)


@pytest.mark.parametrize("rate", [-0.1, 1.1, float("nan")])
def test_a_rate_that_is_none_is_refused(rate):
    with pytest.raises(ValueError, match="from 0 to 1"):
        Chaos(1, rate)
