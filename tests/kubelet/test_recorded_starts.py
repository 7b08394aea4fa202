"""The port beside a real kubelet (v1.20.2): under the same faults it makes the same calls.

The recordings hold what that kubelet asked of a runtime. Each of their pods is begun again here, with the
faults that its kubelet met, and both lists of calls are compared, attempt by attempt.
"""

import gzip
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from fsm import kubelet as k

RECORDINGS = Path(__file__).parents[1] / "recordings"
IMAGE = "local.test/busybox:1"
HASH = "io.kubernetes.container.hash"  # of Go's own rendering of the spec
Call = tuple[Any, ...]


def pods_of(name: str) -> dict[str, list[list[dict[str, Any]]]]:
    """The calls of each start of each pod, by the pod's uid, as they were sent."""
    with gzip.open(RECORDINGS / f"{name}.cri.jsonl.gz", "rt") as lines:
        calls = sorted((one for one in map(json.loads, lines) if "n" in one), key=lambda one: one["n"])
    pods: dict[str, list[list[dict[str, Any]]]] = {}
    by_container: dict[str, list[dict[str, Any]]] = {}
    for call in calls:
        request = call.get("req", {})
        if call["call"] == "CreateContainer":
            attempt = [call]
            pods.setdefault(request["config"]["labels"]["io.kubernetes.pod.uid"], []).append(attempt)
            by_container[call.get("resp", {}).get("container_id", "")] = attempt
        elif call["call"] in ("StartContainer", "ExecSync"):
            by_container[request["container_id"]].append(call)
        elif call["call"] == "StopContainer":
            attempt = by_container[request["container_id"]]
            if attempt[-1].get("resp", {}).get("exit_code"):  # otherwise the pod was deleted
                attempt.append(call)
    return pods


def told(call: dict[str, Any]) -> Call:
    """What a recorded call says, as far as the port says it."""
    request = call["req"]
    match call["call"]:
        case "CreateContainer":
            config = request["config"]
            annotations = {key: value for key, value in config["annotations"].items() if key != HASH}
            return (
                "CreateContainer",
                config["metadata"]["name"],
                config["metadata"].get("attempt", 0),
                config["image"]["image"],
                tuple(config["command"]),
                config["labels"],
                annotations,
                config["log_path"],
            )
        case "ExecSync":
            return ("ExecSync", tuple(request["cmd"]), int(request.get("timeout", 0)))
        case "StopContainer":
            return ("StopContainer", int(request.get("timeout", 0)))
    return (call["call"],)


def said(entries: tuple[Any, ...]) -> Iterator[Call]:
    """The same of an attempt of the port."""
    for entry in entries:
        match entry:
            case k.entries.CreateRequested(config=config):
                annotations = {key: value for key, value in config.annotations.items() if key != HASH}
                yield (
                    "CreateContainer",
                    config.metadata.name,
                    config.metadata.attempt,
                    config.image.image,
                    config.command,
                    config.labels,
                    annotations,
                    config.log_path,
                )
            case k.entries.StartRequested():
                yield ("StartContainer",)
            case k.entries.ExecRequested(command=command, timeout=timeout):
                yield ("ExecSync", command, timeout)
            case k.entries.StopRequested(timeout=timeout):
                yield ("StopContainer", timeout)


class Killed(BaseException):
    """The kubelet is gone, in the middle of a call."""


def begun_again(attempts: list[list[dict[str, Any]]]) -> list[list[Call]]:
    """What the port asks of a runtime in which the same things go wrong."""
    create = attempts[0][0]["req"]
    config, metadata = create["config"], create["sandbox_config"]["metadata"]
    annotations = config["annotations"]
    commands = [tuple(one["req"]["cmd"]) for one in attempts[0] if one["call"] == "ExecSync"]
    pre_stop = json.loads(annotations.get("io.kubernetes.container.preStopHandler", "null"))
    grace = annotations.get("io.kubernetes.pod.terminationGracePeriod")
    container = k.Container(
        config["metadata"]["name"],
        IMAGE,
        command=tuple(config["command"]),
        lifecycle=k.Lifecycle(
            k.Handler(commands[0]) if commands else None,
            k.Handler(tuple(pre_stop["exec"]["command"])) if pre_stop else None,
        ),
    )
    pod = k.Pod(
        metadata["name"],
        metadata["namespace"],
        metadata["uid"],
        containers=(container,),
        host_network=True,
        termination_grace_period_seconds=None if grace is None else int(grace),
    )
    images = k.MemoryImages([k.Image(config["image"]["image"], repo_tags=(IMAGE,))])
    surroundings = k.Surroundings()
    world = k.MemoryRuntime(images, surroundings=surroundings)
    runtime = k.FaultyRuntime(world)
    recording = k.Recording()
    seams = k.assemble(runtime, images, k.MemoryRecorder(), version=k.version("1.20.2"))
    kubelet = recording.watch(k.Kubelet(seams))
    sandbox_config = k.generate_pod_sandbox_config(pod)
    sandbox = world.run_pod_sandbox(sandbox_config)
    for attempt in attempts:
        created = attempt[0]
        if created["code"] == "DEADLINE_EXCEEDED":
            runtime.plan(k.LoseReply("create_container", runtime.next_call("create_container")))
        elif created["code"] != "OK":
            error = k.RpcError(k.StatusCode[created["code"]], created["details"])
            runtime.plan(k.Refuse("create_container", runtime.next_call("create_container"), error))
        elif len(attempt) == 1:
            runtime.plan(k.Refuse("start_container", runtime.next_call("start_container"), Killed()))
        for call in attempt:
            if call["call"] == "ExecSync":
                surroundings.exit_codes[tuple(call["req"]["cmd"])] = call["resp"].get("exit_code", 0)
        spec, status = k.container_start_spec(container), kubelet.pod_status(pod)
        try:
            kubelet.start_container(sandbox, sandbox_config, spec, pod, status)
        except Killed:
            continue
        for one in world.list_containers():
            if one.state is k.ContainerState.CONTAINER_RUNNING:
                world.exit_container(one.id, 0)
    return [list(said(entries)) for entries in recording.attempts()]


@pytest.mark.parametrize(
    ("name", "starts"),
    [
        ("s01-ok-then-delete", [1]),
        ("s03-exits-restart-always", [5]),
        ("s05-create-error-reserved", [3]),
        ("s06-create-done-but-reply-lost", [2]),
        ("s09-kubelet-killed-between-create-and-start", [2]),
        ("s12-poststart-hooks", [1, 3]),
        ("s15-kubelet-restart-with-running-pod", [1]),
    ],
)
def test_the_port_makes_the_calls_that_a_real_kubelet_made(name, starts):
    pods = pods_of(name)
    assert sorted(map(len, pods.values())) == starts
    for attempts in pods.values():
        expected = [[told(call) for call in attempt] for attempt in attempts]
        if name.startswith("s09"):
            expected[0].append(("StartContainer",))  # sent to nobody: the kubelet was killed in between
        assert begun_again(attempts) == expected
