"""Recordings of a real kubelet, sent again through the proxy: it records them as they were recorded."""

import json
from functools import cache

import grpc
import pytest
from cri_api.v1 import api_pb2 as cri
from google.protobuf.json_format import ParseDict

from fsm import cli
from fsm.kubelet.cri.proxy.reading import METHODS
from fsm.replaying import Judge
from fsm.targets import find
from fsm.verdict import Outcome
from tests.altered_recordings import FOLDER, NAMES, ROOT, lines_of
from tests.kubelet.cri.proxy_bench import SOON, bench, create_request

SPECS = ["container_creation", "pod"]
UNRECORDED = {"Version", "Status", "ListImages", "ImageFsInfo", "ListContainerStats"}  # their messages
OF_ITS_TIME = {"n", "nth", "t", "ms", "deadline_s"}  # calls were counted as they were sent


@cache
def resent(name):
    """The calls of a recording, one after the other, with its faults, as the proxy records them."""
    recorded = [line.data for line in lines_of(name) if "n" in line.data]
    rules = [line["fault"] for line in recorded if "fault" in line]
    with bench(*rules) as b:
        for line in recorded:
            method = METHODS[f"/{line['svc']}/{line['call']}"]
            told = line.get("upstream", [line["code"], line.get("details", ""), line.get("resp")])

            def answer(raw, context, told=told, method=method):
                if told[0] != "OK":
                    context.abort(grpc.StatusCode[told[0]], told[1])
                return ParseDict(told[2] or {}, method.response()).SerializeToString()

            b.fake.unary[method.name] = answer
            raw = ParseDict(line.get("req", {}), method.request()).SerializeToString()
            call = b.channel.unary_unary(method.path).future(raw, timeout=line["deadline_s"] or SOON)
            assert (call.code().name, call.details()) == (line["code"], line.get("details", ""))
        return recorded, b.record.read_text()


@cache
def judge(spec):
    (target,) = find([str(ROOT / "specs" / "kubelet" / f"{spec}.py")]).targets
    return Judge(target)


@pytest.mark.parametrize("name", NAMES)
def test_what_is_recorded_is_what_was_recorded(name):
    before, text = resent(name)
    after = [json.loads(line) for line in text.splitlines()]
    assert len(after) == len(before) > 10
    for old, new in zip(before, after, strict=True):
        dropped = OF_ITS_TIME | ({"req", "resp"} if old["call"] in UNRECORDED else set())
        kept = {key: value for key, value in new.items() if key not in dropped}
        assert kept == {key: value for key, value in old.items() if key not in dropped}
        assert [key for key in new if key in old] == list(old)
        assert all(type(new[key]) is type(old[key]) for key in OF_ITS_TIME - {"deadline_s"})


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("spec", SPECS)
def test_what_is_recorded_is_followed_through_the_specs(name, spec, tmp_path):
    record = tmp_path / "calls.jsonl"
    record.write_text(resent(name)[1])
    found = {one.subject.name: one.outcome for one in judge(spec).recording(str(record))}
    original = judge(spec).recording(str(FOLDER / f"{name}.cri.jsonl.gz"))
    assert found == {one.subject.name: one.outcome for one in original}
    assert set(found.values()) == {Outcome.HOLDS}


def test_the_command_line_replays_what_was_recorded(tmp_path, capsys):
    record = tmp_path / "calls.jsonl"
    record.write_text(resent(NAMES[3])[1])
    assert cli.run(["replay", str(ROOT / "specs/kubelet/pod.py"), str(record)]) == 0
    assert "conforming" in capsys.readouterr().out


def test_calls_of_other_services_and_streams_do_not_disturb_the_replay(tmp_path):
    with bench("StartContainer#1 drop_reply") as b:
        made = cri.CreateContainerResponse(container_id="c1").SerializeToString()
        b.fake.unary["CreateContainer"] = lambda raw, context: made
        b.fake.streams["GetContainerEvents"] = lambda requests, context: iter([b"", b""])
        b.channel.unary_unary("/grpc.health.v1.Health/Check")(b"ping", timeout=SOON)
        b.channel.unary_unary("/runtime.v1.RuntimeService/NotYetInvented")(b"ping", timeout=SOON)
        list(b.runtime.GetContainerEvents(cri.GetEventsRequest(), timeout=SOON))
        b.runtime.CreateContainer(create_request(), timeout=SOON)
        b.refused("c1")
        (one,) = judge("container_creation").recording(str(b.record))
    assert one.outcome is Outcome.HOLDS
    assert [seen.actions for seen in one.explained] == [("create",), ("pre_start",)]
