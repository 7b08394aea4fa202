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
    with pytest.raises(
        ValueError, match="no call 'creat_container'; there are: container_stats, container_status"
    ):
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

    assert len(METHODS) == 15
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


def test_an_answer_without_its_id_is_work_done(world, pod):
    faulty = k.FaultyRuntime(world.runtime, k.LoseId("create_container", 1))
    sandbox, sandbox_config = world.sandbox(pod), k.generate_pod_sandbox_config(pod)
    assert faulty.create_container(sandbox, config(), sandbox_config) == ""
    assert len(world.containers()) == 1
    with pytest.raises(ValueError, match="start_container answers with no id"):
        faulty.plan(k.LoseId("start_container", 1))


def test_an_image_service_fails_as_planned(world):
    spec = ImageSpec("local.test/app:1")
    faulty = k.FaultyImages(
        world.images, k.Refuse("image_status", 2), k.LoseReply("remove_image", 1), k.LoseId("pull_image", 2)
    )
    assert faulty.next_call("image_status") == 1
    assert faulty.image_status(spec) == faulty.list_images()[0]
    with pytest.raises(k.RpcError, match="context deadline exceeded"):
        faulty.image_status(spec)
    with pytest.raises(k.RpcError, match="context deadline exceeded"):
        faulty.remove_image(spec)
    assert faulty.image_status(spec) is None
    with pytest.raises(k.RpcError, match="not found"):
        faulty.pull_image(spec)
    assert faulty.pending == (k.LoseId("pull_image", 2),)
    with pytest.raises(ValueError, match="no call 'pull'; there are: image_status, list_images, pull_image"):
        faulty.plan(k.Refuse("pull", 1))


def test_any_call_fails_once_when_told_to():
    failing = k.FailingCall(k.same_handler)
    assert failing("kata") == "kata"
    failing.fail_next()
    with pytest.raises(k.KubeletError, match="not today"):
        failing("kata")
    assert failing("kata") == "kata"


def test_a_hook_refuses_the_next_create_when_told_to(pod):
    hook = k.FailingLifecycle()
    made = config()
    hook.fail_next_pre_create()
    with pytest.raises(k.HookError):
        hook.pre_create_container(pod, pod.containers[0], made)
    assert hook.pre_create_container(pod, pod.containers[0], made) is made


def test_a_planned_failure_of_a_start_happens_once(bench):
    bench.runtime.fail_next_start("no such file")
    bench.created()
    with pytest.raises(k.RpcError, match="no such file"):
        bench.runtime.start_container(bench.id)
    assert (bench.state().exit_code, bench.state().reason) == (128, "StartError")
    second = bench.create(attempt=1)
    bench.runtime.start_container(second)
    assert bench.runtime.files.files == {"/logs/c_0.log"}


def test_a_planned_failure_of_a_start_may_take_the_container_and_its_name_with_it(bench):
    bench.runtime.fail_next_start("no such file", removes=True)
    bench.created()
    with pytest.raises(k.RpcError, match="no such file"):
        bench.runtime.start_container(bench.id)
    assert bench.runtime.list_containers() == ()
    bench.runtime.start_container(bench.create())
