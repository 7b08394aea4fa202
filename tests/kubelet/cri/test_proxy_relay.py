"""Calls through the proxy: whatever they are, both sides see what they would see without it."""

import threading
from itertools import islice

import grpc
import pytest
from cri_api.v1 import api_pb2 as cri
from cri_api.v1alpha2 import api_pb2 as older

from tests.kubelet.cri.proxy_bench import ANY_SIZE, SOON, Fake, bench, channel_to, refusal

HEALTH = "/grpc.health.v1.Health/Check"


def test_a_reply_comes_through_as_it_is():
    with bench() as b:
        b.fake.unary["Version"] = lambda raw, context: cri.VersionResponse(
            runtime_name="r"
        ).SerializeToString()
        assert b.runtime.Version(cri.VersionRequest(version="v1"), timeout=SOON).runtime_name == "r"
        assert b.fake.seen == [("Version", cri.VersionRequest(version="v1").SerializeToString())]


@pytest.mark.parametrize(
    "path",
    [
        HEALTH,
        "/runtime.v1.RuntimeService/NotYetInvented",
        "/runtime.v1alpha2.RuntimeService/Version",
        "/a/b",
    ],
)
@pytest.mark.parametrize("raw", [b"", b"\xff\xff no message of anything", bytes(range(256)) * 100])
def test_bytes_come_through_whatever_the_method_and_the_message(path, raw):
    with bench() as b:
        assert b.channel.unary_unary(path)(raw, timeout=SOON) == raw
        assert b.fake.seen == [(path.rpartition("/")[2], raw)]


def test_a_message_of_any_size_comes_through():
    raw = cri.ExecSyncResponse(stdout=b"x" * (20 << 20)).SerializeToString()
    with bench() as b:
        assert b.channel.unary_unary("/runtime.v1.RuntimeService/ExecSync")(raw, timeout=SOON) == raw
        assert b.channel.unary_unary(HEALTH)(raw, timeout=SOON) == raw


@pytest.mark.parametrize("path", ["/runtime.v1.RuntimeService/Version", HEALTH])
def test_metadata_code_details_and_what_comes_with_them_come_through(path):
    details = "no such thing: é " * 5000

    def refuse(raw, context):
        context.send_initial_metadata((("first", "1"),))
        context.set_trailing_metadata((("last", "2"), ("some-bin", b"\x00\xff")))
        context.abort(grpc.StatusCode.FAILED_PRECONDITION, details)

    with bench() as b:
        b.fake.unary["Version"] = b.fake.unary["Check"] = refuse
        with pytest.raises(grpc.RpcError) as caught:
            b.channel.unary_unary(path)(b"", timeout=SOON, metadata=(("asked", "a"), ("raw-bin", b"\x01")))
        error = caught.value
        assert (error.code(), error.details()) == (grpc.StatusCode.FAILED_PRECONDITION, details)
        assert ("first", "1") in error.initial_metadata()
        assert {("last", "2"), ("some-bin", b"\x00\xff")} <= set(error.trailing_metadata())
        assert {("asked", "a"), ("raw-bin", b"\x01")} <= set(b.fake.metadata)


def test_metadata_of_a_good_reply_comes_through():
    def answer(raw, context):
        context.send_initial_metadata((("first", "1"),))
        context.set_trailing_metadata((("last", "2"),))
        return b""

    with bench() as b:
        b.fake.unary["Version"] = answer
        _, call = b.runtime.Version.with_call(cri.VersionRequest(), timeout=SOON)
        assert ("first", "1") in call.initial_metadata()
        assert ("last", "2") in call.trailing_metadata()


@pytest.mark.parametrize("code", [code for code in grpc.StatusCode if code is not grpc.StatusCode.OK])
def test_every_code_comes_through(code):
    with bench() as b:
        b.fake.unary["StartContainer"] = lambda raw, context: context.abort(code, "why")
        assert b.refused() == (code.name, "why")
        assert (b.lines()[-1]["code"], b.lines()[-1]["details"]) == (code.name, "why")


def test_events_come_one_by_one():
    held = threading.Event()

    def events(requests, context):
        next(requests)
        yield cri.ContainerEventResponse(container_id="a").SerializeToString()
        held.wait(SOON)
        yield cri.ContainerEventResponse(container_id="b").SerializeToString()

    with bench() as b:
        b.fake.streams["GetContainerEvents"] = events
        call = b.runtime.GetContainerEvents(cri.GetEventsRequest(), timeout=SOON)
        assert next(call).container_id == "a"
        held.set()
        assert [event.container_id for event in call] == ["b"]
        notes = [line for line in b.lines() if line.get("note") == "message"]
        assert [(one["to"], one["message"]["container_id"]) for one in notes] == [
            ("caller", "a"),
            ("caller", "b"),
        ]
        assert b.lines()[-1]["messages"] == [1, 2]


def test_a_stream_from_the_caller_comes_through():
    with bench() as b:
        b.fake.streams["Check"] = lambda requests, context: iter([b"".join(requests)])
        assert b.channel.stream_unary(HEALTH)(iter([b"a", b"b", b"c"]), timeout=SOON) == b"abc"


def test_a_stream_both_ways_is_a_conversation():
    with bench() as b:
        b.fake.streams["Check"] = lambda requests, context: (one + b"!" for one in requests)
        said = []

        def speak():
            for word in (b"a", b"b", b"c"):
                said.append(word)
                yield word
                turns.acquire(timeout=SOON)

        turns = threading.Semaphore(0)
        for heard in b.channel.stream_stream(HEALTH)(speak(), timeout=SOON):
            assert heard == said[-1] + b"!"
            turns.release()
        assert said == [b"a", b"b", b"c"]


def test_a_stream_that_the_runtime_ends_early_ends():
    def refuse(requests, context):
        next(requests)
        context.abort(grpc.StatusCode.ABORTED, "enough")
        yield b""

    with bench() as b:
        b.fake.streams["Check"] = refuse
        asked = threading.Event()

        def endless():
            yield b"a"
            asked.wait(SOON)

        call = b.channel.stream_stream(HEALTH)(endless(), timeout=SOON)
        assert refusal(list, call) == ("ABORTED", "enough")
        asked.set()


def test_the_deadline_is_passed_on():
    left = []

    def answer(raw, context):
        left.append(context.time_remaining())
        return b""

    with bench() as b:
        b.fake.unary["StartContainer"] = answer
        b.start(timeout=77)
        assert 70 < left[0] <= 78
        assert 70 < b.lines()[-1]["deadline_s"] <= 78
        b.runtime.StartContainer(cri.StartContainerRequest())
        assert left[1] is None or left[1] > 1e6
        assert b.lines()[-1]["deadline_s"] is None


def wait_for_end(ended):
    def answer(raw, context):
        context.add_callback(ended.set)
        begun.set()
        ended.wait(SOON)
        return b""

    begun = threading.Event()
    return answer, begun


def test_a_call_that_its_caller_cancels_is_cancelled_at_the_runtime():
    ended = threading.Event()
    answer, begun = wait_for_end(ended)
    with bench() as b:
        b.fake.unary["StartContainer"] = answer
        call = b.runtime.StartContainer.future(cri.StartContainerRequest(container_id="c1"), timeout=1000)
        assert begun.wait(SOON)
        call.cancel()
        assert ended.wait(SOON)
        b.proxy.stop()
        (line,) = b.lines()
        assert (line["code"], line["req"]) == ("CANCELLED", {"container_id": "c1"})
        assert "upstream" not in line
        assert "resp" not in line


def test_a_stream_that_its_caller_cancels_is_cancelled_at_the_runtime():
    ended = threading.Event()

    def events(requests, context):
        context.add_callback(ended.set)
        yield b""
        ended.wait(SOON)

    with bench() as b:
        b.fake.streams["GetContainerEvents"] = events
        call = b.runtime.GetContainerEvents(cri.GetEventsRequest())
        assert list(islice(call, 1))
        call.cancel()
        assert ended.wait(SOON)
        b.proxy.stop()
        assert b.lines()[-1]["code"] == "CANCELLED"


def test_a_deadline_that_passes_is_told_and_recorded_as_one():
    ended = threading.Event()
    answer, _ = wait_for_end(ended)
    with bench() as b:
        b.fake.unary["StartContainer"] = answer
        assert b.refused(timeout=0.2)[0] == "DEADLINE_EXCEEDED"
        assert ended.wait(SOON)
        b.proxy.stop()
        assert b.lines()[-1]["code"] == "DEADLINE_EXCEEDED"


def test_a_runtime_that_goes_and_comes_back():
    with bench() as b:
        b.start()
        b.fake.stop()
        assert b.refused()[0] == "UNAVAILABLE"
        assert b.refused()[0] == "UNAVAILABLE"
        b.fake.start()
        b.start()
        b.start()
        assert [line["code"] for line in b.lines()] == ["OK", "UNAVAILABLE", "UNAVAILABLE", "OK", "OK"]


def test_a_runtime_that_dies_within_a_call_makes_it_unavailable():
    begun = threading.Event()
    held = threading.Event()

    def answer(raw, context):
        begun.set()
        held.wait(SOON)
        return b""

    with bench() as b:
        b.fake.unary["StartContainer"] = answer
        call = b.runtime.StartContainer.future(cri.StartContainerRequest(), timeout=SOON)
        assert begun.wait(SOON)
        b.fake.server.stop(0)
        assert call.code() in (grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.CANCELLED)
        held.set()


def test_a_proxy_that_is_ended_and_started_again_is_found_by_the_same_channel():
    with bench() as b:
        b.start("first")
        b.proxy.stop()
        assert not (b.folder / "p.sock").exists()
        assert b.refused()[0] == "UNAVAILABLE"
        with type(b.proxy)(b.proxy.endpoint, b.proxy.runtime, b.record):
            b.runtime.StartContainer(
                cri.StartContainerRequest(container_id="second"), timeout=SOON, wait_for_ready=True
            )
        assert [(line["n"], line["req"]["container_id"]) for line in b.lines()] == [
            (1, "first"),
            (2, "second"),
        ]


def test_many_channels_and_many_calls_at_once():
    everybody = threading.Barrier(30)

    def answer(raw, context):
        everybody.wait(SOON)
        return raw

    with bench() as b:
        b.fake.unary["StartContainer"] = answer
        channels = [grpc.insecure_channel(b.proxy.endpoint, options=ANY_SIZE) for _ in range(30)]
        path = "/runtime.v1.RuntimeService/StartContainer"
        calls = [one.unary_unary(path).future(b"%d" % at, timeout=SOON) for at, one in enumerate(channels)]
        assert [call.result() for call in calls] == [b"%d" % at for at in range(30)]
        for one in channels:
            one.close()
        assert sorted(line["n"] for line in b.lines()) == list(range(1, 31))


def test_calls_that_are_too_many_are_refused_and_recorded():
    begun, held = threading.Semaphore(0), threading.Event()

    def answer(raw, context):
        begun.release()
        held.wait(SOON)
        return b""

    with bench(most=2) as b:
        b.fake.unary["StartContainer"] = answer
        calls = [b.runtime.StartContainer.future(cri.StartContainerRequest(), timeout=SOON) for _ in range(2)]
        assert all(begun.acquire(timeout=SOON) for _ in calls)
        assert b.refused() == ("RESOURCE_EXHAUSTED", "fsm proxy: 2 calls are under way already")
        held.set()
        assert all(call.result() is not None for call in calls)
        assert sorted(line["code"] for line in b.lines()) == ["OK", "OK", "RESOURCE_EXHAUSTED"]


def test_several_proxies_live_side_by_side_and_in_a_row():
    with bench() as outer, bench() as other:
        outer.start("a")
        other.start("b")
        with (
            type(outer.proxy)(f"unix://{outer.folder}/q.sock", outer.proxy.endpoint) as third,
            channel_to(third.endpoint) as channel,
        ):
            assert channel.unary_unary(HEALTH)(b"x", timeout=SOON) == b"x"
        assert [line["req"]["container_id"] for line in other.lines()] == ["b"]
        assert len(outer.lines()) == 1 + 3


def test_what_the_stubs_know_is_recorded_in_words_and_the_rest_in_base64():
    with bench() as b:
        known = older.StartContainerRequest(container_id="c").SerializeToString()
        b.channel.unary_unary("/runtime.v1alpha2.RuntimeService/StartContainer")(known, timeout=SOON)
        b.channel.unary_unary(HEALTH)(b"ping", timeout=SOON)
        first, asked, told, last = b.lines()
        assert list(first) == ["n", "t", "svc", "call", "nth", "deadline_s", "req", "ms", "code", "resp"]
        assert first["svc"] == "runtime.v1alpha2.RuntimeService"
        assert first["req"] == {"container_id": "c"}
        assert asked["message"] == told["message"] == {"undecoded": "cGluZw=="}
        assert (asked["to"], told["to"]) == ("runtime", "caller")
        assert "n" not in last
        assert (last["note"], last["of"], last["svc"], last["code"]) == (
            "call",
            2,
            "grpc.health.v1.Health",
            "OK",
        )


def test_calls_are_recorded_in_the_order_in_which_they_end():
    begun, held = threading.Event(), threading.Event()

    def answer(raw, context):
        if cri.StartContainerRequest.FromString(raw).container_id == "slow":
            begun.set()
            held.wait(SOON)
        return b""

    with bench() as b:
        b.fake.unary["StartContainer"] = answer
        slow = b.runtime.StartContainer.future(cri.StartContainerRequest(container_id="slow"), timeout=SOON)
        assert begun.wait(SOON)
        b.start("quick")
        held.set()
        slow.result()
        found = [(line["n"], line["nth"], line["req"]["container_id"]) for line in b.lines()]
        assert found == [(2, 2, "quick"), (1, 1, "slow")]


def test_a_fake_that_is_not_there_at_the_start_is_found_later():
    with bench() as b:
        b.proxy.stop()
        b.fake.stop()
        with type(b.proxy)(b.proxy.endpoint, b.proxy.runtime) as proxy:
            assert not proxy.reaches_the_runtime()
            with channel_to(proxy.endpoint) as channel:
                ask = channel.unary_unary("/runtime.v1.RuntimeService/Version")
                assert refusal(ask, b"", timeout=SOON)[0] == "UNAVAILABLE"
                b.fake = Fake(b.fake.path)
                assert proxy.reaches_the_runtime()
                assert ask(b"x", timeout=SOON) == b"x"
