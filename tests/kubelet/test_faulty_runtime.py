"""The runtime and the seams that fail on demand do so once, where told, and nowhere else."""

import pytest

from fsm import kubelet as k
from fsm.kubelet.forwarding_runtime import METHODS
from fsm.kubelet.messages import ContainerConfig, ContainerMetadata, ImageSpec


def config(attempt: int = 0) -> ContainerConfig:
    return ContainerConfig(ContainerMetadata("app", attempt), ImageSpec("local.test/app:1"))


def test_a_refused_call_never_reaches_the_runtime(world, pod):
    error = k.RpcError(k.StatusCode.INTERNAL, "no")
    faulty = k.FaultyRuntime(world.runtime, k.Refuse("create_container", 2, error))
    sandbox, sandbox_config = world.sandbox(pod), k.generate_pod_sandbox_config(pod)
    faulty.create_container(sandbox, config(0), sandbox_config)
    with pytest.raises(k.RpcError, match="no"):
        faulty.create_container(sandbox, config(1), sandbox_config)
    faulty.create_container(sandbox, config(2), sandbox_config)
    assert [attempt for _, attempt, _ in world.containers()] == [0, 2]
    assert faulty.pending == ()


def test_a_lost_reply_is_work_done_and_a_deadline_seen(world, pod):
    faulty = k.FaultyRuntime(world.runtime, k.LoseReply("create_container", 1))
    sandbox, sandbox_config = world.sandbox(pod), k.generate_pod_sandbox_config(pod)
    with pytest.raises(k.RpcError) as caught:
        faulty.create_container(sandbox, config(), sandbox_config)
    assert caught.value == k.DEADLINE
    assert len(world.containers()) == 1
    with pytest.raises(k.RpcError, match="is reserved for"):
        faulty.create_container(sandbox, config(), sandbox_config)


def test_a_lost_error_is_a_deadline_too(world):
    faulty = k.FaultyRuntime(world.runtime, k.LoseReply("start_container", 1))
    with pytest.raises(k.RpcError) as caught:
        faulty.start_container("nobody")
    assert caught.value == k.DEADLINE


def test_methods_are_counted_apart(world):
    faulty = k.FaultyRuntime(world.runtime, k.Refuse("list_pod_sandbox", 1))
    assert faulty.list_containers() == ()
    assert faulty.next_call("list_containers") == 2
    assert faulty.next_call("list_pod_sandbox") == 1
    assert faulty.pending == (k.Refuse("list_pod_sandbox", 1),)


def test_a_plan_that_cannot_happen_is_refused(world):
    faulty = k.FaultyRuntime(world.runtime, k.LoseReply("list_containers", 2))
    faulty.list_containers()
    with pytest.raises(ValueError, match="no call 'creat_container'; there are: container_status"):
        faulty.plan(k.Refuse("creat_container", 1))
    with pytest.raises(ValueError, match="was called 1 times or more"):
        faulty.plan(k.Refuse("list_containers", 1))
    with pytest.raises(ValueError, match="another fault is planned"):
        faulty.plan(k.Refuse("list_containers", 2))


def test_every_call_of_the_protocol_is_forwarded_and_can_fail(world, pod):
    arguments = {
        "run_pod_sandbox": (k.generate_pod_sandbox_config(pod),),
        "create_container": ("s", config(), k.generate_pod_sandbox_config(pod)),
        "stop_container": ("c", 0),
        "update_container_resources": ("c", None),
        "exec_sync": ("c", (), 0),
        "list_containers": (),
        "list_pod_sandbox": (),
    }

    class Echo:
        def __getattr__(self, method):
            return lambda *given: (method, given)

    assert len(METHODS) == 13
    for method in METHODS:
        given = arguments.get(method, ("x",))
        answer = getattr(k.ForwardingRuntime(Echo()), method)(*given)
        assert answer is None or (answer[0] == method and answer[1][: len(given)] == given)
        with pytest.raises(k.RpcError, match="context deadline exceeded"):
            getattr(k.FaultyRuntime(Echo(), k.Refuse(method, 1)), method)(*given)


def test_a_one_shot_reference_failure_fails_once_and_can_be_armed_again(pod):
    maker = k.OneShotReferenceFailure(k.reference_maker(k.FeatureGates()))
    container = pod.containers[0]
    with pytest.raises(k.MakeReferenceError):
        maker(pod, container)
    assert maker(pod, container).field_path == "spec.containers{app}"
    maker.armed = True
    with pytest.raises(k.MakeReferenceError):
        maker(pod, container)


def test_a_hook_refuses_the_calls_that_were_named(pod):
    hook = k.FailingLifecycle(calls=[2])
    hook.pre_start_container(pod, pod.containers[0], "c")
    with pytest.raises(k.HookError):
        hook.pre_start_container(pod, pod.containers[0], "c")
    hook.pre_start_container(pod, pod.containers[0], "c")
    hook.fail_next()
    with pytest.raises(k.HookError):
        hook.pre_start_container(pod, pod.containers[0], "c")
