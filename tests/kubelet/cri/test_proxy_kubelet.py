"""The proxy between the port of the kubelet and the runtime in memory: what it records is followed."""

from fsm.kubelet.cri.client import CriRuntime
from fsm.kubelet.cri.proxy.background import Proxy
from fsm.kubelet.cri.server import serve
from fsm.replaying import Judge
from fsm.targets import find
from fsm.verdict import Outcome
from tests.altered_recordings import ROOT
from tests.kubelet.cri.proxy_bench import short_folder


def recorded(world, pod, syncs, *rules):
    """Syncs of a pod through the proxy: their messages, the containers there are, and the verdict."""
    (target,) = find([str(ROOT / "specs" / "kubelet" / "container_creation.py")]).targets
    with short_folder() as folder:
        record = folder / "calls.jsonl"
        with (
            serve(world.runtime, world.images, f"unix://{folder}/r.sock") as server,
            Proxy(f"unix://{folder}/p.sock", server.endpoint, record, rules) as proxy,
            CriRuntime(proxy.endpoint) as runtime,
        ):
            kubelet = world.kubelet(runtime=runtime, images=runtime)
            results = [world.start(kubelet, pod) for _ in range(syncs)]
            there = [(one.metadata.attempt, one.state.name) for one in runtime.list_containers()]
        (judged,) = Judge(target).recording(str(record))
    return [result.message for result in results], sorted(there), judged


def test_a_start_is_recorded_and_conforms(world, pod):
    messages, there, judged = recorded(world, pod, 1)
    assert (messages, there) == ([""], [(0, "CONTAINER_RUNNING")])
    assert judged.outcome is Outcome.HOLDS
    assert [seen.actions[0] for seen in judged.explained if seen.actions] == ["create", "pre_start"]


def test_a_create_whose_reply_is_lost_leaves_a_container_and_the_next_attempt_conforms(world, pod):
    messages, there, judged = recorded(world, pod, 2, "CreateContainer#1 drop_reply")
    assert messages == ["context deadline exceeded", ""]
    assert there == [(0, "CONTAINER_CREATED"), (1, "CONTAINER_RUNNING")]
    assert judged.outcome is Outcome.HOLDS


def test_a_create_that_is_refused_is_tried_again_with_the_same_attempt(world, pod):
    messages, there, judged = recorded(world, pod, 2, "CreateContainer#1 error UNKNOWN 'is reserved'")
    assert (messages, there) == (["is reserved", ""], [(0, "CONTAINER_RUNNING")])
    assert judged.outcome is Outcome.HOLDS
