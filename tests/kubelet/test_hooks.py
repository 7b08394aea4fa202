"""The user's hooks and the kill: who runs what, what is told, what is left."""

from dataclasses import replace

import pytest

from fsm import kubelet as k
from fsm.kubelet.messages import ExecSyncResponse

EACH = pytest.mark.parametrize("version", k.VERSIONS, ids=lambda one: one.name)
POST, PRE = k.Handler(("warm", "up")), k.Handler(("cool", "down"))
TOLD = 'Exec lifecycle hook ([warm up]) for Container "app" in Pod "web_default(uid-1)" failed - error: '
SEVEN = "command 'warm up' exited with 7: "
SECOND = 1_000_000_000


def since(version: k.Version, text: str) -> bool:
    return k.VERSIONS.index(version) >= k.VERSIONS.index(k.version(text))


def hooked(pod: k.Pod, post: k.Handler | None = POST, pre: k.Handler | None = None, **changes) -> k.Pod:
    container = replace(pod.containers[0], lifecycle=k.Lifecycle(post, pre))
    return replace(pod, containers=(container,), **changes)


def of_kind(world, kind):
    return [one for one in world.recording.entries if isinstance(one, kind)]


@EACH
def test_a_hook_that_succeeds_is_told_by_nothing(world, pod, version):
    assert world.start(world.kubelet(version=version), hooked(pod)) == ("", None)
    assert [reason for _, reason, _ in world.told()] == ["Pulled", "Created", "Started"]
    (container,) = world.runtime.list_containers()
    assert of_kind(world, k.entries.ExecRequested) == [
        k.entries.ExecRequested(container.id, ("warm", "up"), 0)
    ]
    assert world.kinds()[-2:] == ["HookSucceeded", "AttemptReturned"]


@EACH
def test_a_hook_that_fails_kills_its_container(world, pod, version):
    world.surroundings.exit_codes[POST.command] = 7
    result = world.start(world.kubelet(version=version), hooked(pod, pre=PRE))
    message = f'{TOLD}{SEVEN}, message: ""'
    assert result.message == message
    assert result.reason == (
        "PostStartHookError" if since(version, "1.22") else f"PostStartHookError: {SEVEN}"
    )
    assert (result.error is k.StartError.POST_START_HOOK) == since(version, "1.22")
    assert world.told()[2:] == [
        ("Normal", "Started", "Container started" if since(version, "1.35") else "Started container app"),
        ("Warning", "FailedPostStartHook", "PostStartHook failed" if since(version, "1.26") else message),
        ("Normal", "Killing", "FailedPostStartHook"),
    ]
    assert world.containers() == [("app", 0, "CONTAINER_EXITED")]
    kinds = [one for one in world.kinds() if not one.startswith("Event")]
    assert kinds[kinds.index("LogLinked") + 1 :] == [
        *["ExecRequested", "ExecSucceeded", "HookFailed"],
        *["ExecRequested", "ExecSucceeded", "HookSucceeded"],
        *["StopRequested", "StopSucceeded"],
        *["ReferenceCleared"] * (not since(version, "1.19")),
        "AttemptReturned",
    ]
    assert world.refs._references == {}


@EACH
def test_a_kill_that_fails_is_logged_and_the_container_runs_on(world, pod, version, caplog):
    world.surroundings.exit_codes[POST.command] = 7
    runtime = k.FaultyRuntime(world.runtime, k.Refuse("stop_container", 1))
    result = world.start(world.kubelet(version=version, runtime=runtime), hooked(pod))
    assert result.message == f'{TOLD}{SEVEN}, message: ""'
    assert world.containers() == [("app", 0, "CONTAINER_RUNNING")]
    assert world.told()[-1] == ("Normal", "Killing", "FailedPostStartHook")
    assert "context deadline exceeded" in caplog.messages[-1]
    assert ("ReferenceCleared" in world.kinds()) == (not since(version, "1.19"))
    assert world.refs._references == {}


@EACH
def test_a_pre_stop_hook_that_fails_does_not_save_the_container(world, pod, version):
    hooks = k.FailingHooks(error=k.CommandError("no"))
    hooks.fail_next(k.Hook.POST_START)
    hooks.fail_next(k.Hook.PRE_STOP)
    world.start(world.kubelet(version=version, hooks=hooks), hooked(pod, pre=PRE))
    told = "PreStopHook failed"
    if not since(version, "1.26"):
        told = TOLD.replace("warm up", "cool down") + 'no, message: ""'
    assert world.told()[-2:] == [
        ("Normal", "Killing", "FailedPostStartHook"),
        ("Warning", "FailedPreStopHook", told),
    ]
    assert world.containers() == [("app", 0, "CONTAINER_EXITED")]
    assert hooks.failing == set()


def test_a_failed_hook_is_told_as_a_recorded_kubelet_told_it(world):
    command = ("sh", "-c", "exit 7")
    world.surroundings.exit_codes[command] = 7
    container = k.Container("main", "local.test/app:1", lifecycle=k.Lifecycle(k.Handler(command)))
    pod = k.Pod("hookbad-node1", "default", "608e6e92", containers=(container,))
    result = world.start(world.kubelet(version=k.version("1.20.2")), pod)
    message = (
        'Exec lifecycle hook ([sh -c exit 7]) for Container "main" in Pod "hookbad-node1_default(608e6e92)" '
        "failed - error: command 'sh -c exit 7' exited with 7: , message: \"\""
    )
    assert result.message == message
    assert result.reason == "PostStartHookError: command 'sh -c exit 7' exited with 7: "
    assert world.told() == [
        ("Normal", "Pulled", 'Container image "local.test/app:1" already present on machine'),
        ("Normal", "Created", "Created container main"),
        ("Normal", "Started", "Started container main"),
        ("Warning", "FailedPostStartHook", message),
        ("Normal", "Killing", "FailedPostStartHook"),
    ]


def test_a_hook_whose_container_is_gone_fails_with_the_call(world, pod):
    runtime = k.FaultyRuntime(
        world.runtime,
        k.Refuse("exec_sync", 1, k.RpcError(k.StatusCode.NOT_FOUND, "no such container")),
    )
    result = world.start(world.kubelet(runtime=runtime), hooked(pod))
    call = "rpc error: code = NotFound desc = no such container"
    assert result.message == f'{TOLD}{call}, message: ""'
    assert result.reason == f"PostStartHookError: {call}"
    assert [type(one).__name__ for one in of_kind(world, k.entries.ExecFailed)] == ["ExecFailed"]


def test_a_hook_s_event_says_the_name_for_the_id(world, pod):
    class Quoting(k.ForwardingRuntime):
        def exec_sync(self, container_id, cmd, timeout):
            raise k.RpcError(k.StatusCode.UNKNOWN, f"container {container_id} is gone")

    result = world.start(world.kubelet(runtime=Quoting(world.runtime)), hooked(pod))
    (container,) = world.runtime.list_containers()
    assert container.id in result.message
    told = world.told()[3]
    assert told[1] == "FailedPostStartHook"
    assert "desc = container app is gone" in told[2]


def test_what_a_hook_printed_is_quoted(world, pod):
    class Printing(k.ForwardingRuntime):
        def exec_sync(self, container_id, cmd, timeout):
            return ExecSyncResponse(b'said "a"\n', b"\xffb", 1)

    result = world.start(world.kubelet(runtime=Printing(world.runtime)), hooked(pod))
    assert result.message == TOLD + 'command \'warm up\' exited with 1: �b, message: "said \\"a\\"\\n�b"'


@pytest.mark.parametrize(
    ("deletion", "termination", "took", "grace"),
    [
        (None, None, 0, 2),
        (None, 30, 0, 30),
        (5, 30, 0, 5),
        (0, 30, 0, 2),
        (None, 1, 0, 2),
        (None, 30, 7, 23),
        (None, 30, 29, 2),
        (None, 30, 100, 2),
        (1, None, 1, 2),
    ],
)
def test_the_grace_period_is_the_pod_s_less_what_the_hook_took(
    world, pod, deletion, termination, took, grace
):
    class Slow(k.ExecHooks):
        def run(self, runtime, hook, *rest):
            if hook is k.Hook.PRE_STOP:
                world.now.now += took * SECOND
            return super().run(runtime, hook, *rest)

    world.surroundings.exit_codes[POST.command] = 1
    pod = hooked(
        pod,
        pre=PRE,
        deletion_grace_period_seconds=deletion,
        termination_grace_period_seconds=termination,
    )
    world.start(world.kubelet(hooks=Slow()), pod)
    assert [one.timeout for one in of_kind(world, k.entries.StopRequested)] == [grace]
    # Without any grace there is no time for the hook.
    assert len(of_kind(world, k.entries.ExecRequested)) == (1 if deletion == 0 else 2)


def test_after_a_failed_hook_the_count_goes_on(world, pod):
    world.surroundings.exit_codes[POST.command] = 1
    kubelet = world.kubelet()
    for _ in range(3):
        world.start(kubelet, hooked(pod))
    assert [attempt for _, attempt, _ in world.containers()] == [0, 1, 2]


def test_a_container_without_the_hook_has_nothing_to_run(world, pod):
    hooks = k.ExecHooks()
    assert hooks.run(world.runtime, k.Hook.PRE_STOP, "c", pod, pod.containers[0]) == ("", None)
    failing = k.FailingHooks(failing={k.Hook.POST_START})
    assert failing.run(world.runtime, k.Hook.POST_START, "c", pod, pod.containers[0]) == ("", None)
    assert failing.failing == {k.Hook.POST_START}


def test_a_cleanup_that_is_owed_runs_after_the_kill(world, pod):
    world.surroundings.exit_codes[POST.command] = 1
    pod = hooked(pod)
    mount = k.VolumeMount("data", "/data", sub_path="part")
    pod = replace(pod, containers=(replace(pod.containers[0], volume_mounts=(mount,)),))
    world.start(world.kubelet(), pod)
    assert world.kinds()[-4:] == ["StopSucceeded", "ReferenceCleared", "CleanupRun", "AttemptReturned"]
    assert world.subpaths.locked == []
