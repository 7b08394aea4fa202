"""Every way through and out of the creation of a container: what it returns, tells, and leaves behind."""

import logging
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fsm import kubelet as k

SUBPATH = k.VolumeMount("data", "/data", sub_path="part")


def only_container(pod: k.Pod) -> k.StartSpec:
    return k.container_start_spec(pod.containers[0])


def with_container(pod: k.Pod, **changes: object) -> k.Pod:
    return replace(pod, containers=(replace(pod.containers[0], **changes),))


def test_success_goes_through_all_steps_in_order(world, pod):
    pod = with_container(pod, volume_mounts=(SUBPATH,))
    kubelet = world.kubelet()
    assert world.create(kubelet, pod, only_container(pod)) == ("", None)
    assert world.kinds() == [
        "AttemptBegan",
        "ReferenceMade",
        "TargetResolved",
        "ConfigGenerated",
        "CreateRequested",
        "CreateSucceeded",
        "PreStartSucceeded",
        "EventReferenceMade",
        "EventRaised",
        "EventEmitted",
        "ReferenceStored",
        "CleanupRun",
        "AttemptReturned",
    ]
    assert world.told() == [("Normal", "Created", "Created container app")]
    assert world.containers() == [("app", 0, "CONTAINER_CREATED")]
    assert world.subpaths.locked == []


def test_the_stored_reference_is_that_of_the_container(world, pod):
    world.create(world.kubelet(), pod, only_container(pod))
    (container,) = world.runtime.list_containers()
    reference = world.refs.get_ref(container.id)
    assert reference is not None
    assert reference.field_path == "spec.containers{app}"


def test_a_failed_reference_does_not_stop_creation(world, pod, caplog):
    gates = k.FeatureGates()
    failing = k.OneShotReferenceFailure(k.reference_maker(gates))
    with caplog.at_level(logging.ERROR, "fsm.kubelet"):
        result = world.create(world.kubelet(make_reference=failing), pod, only_container(pod))
    assert result == ("", None)
    assert "ReferenceFailed" in world.kinds()
    assert "ReferenceStored" not in world.kinds()
    assert world.told() == [("Normal", "Created", "Created container app")]
    assert caplog.messages == [
        "Can't make a ref to pod web_default(uid-1), container app: object has no metadata"
    ]


def test_references_that_always_fail_mute_the_event_too(world, pod):
    def never(pod, container):
        raise k.MakeReferenceError("no")

    result = world.create(world.kubelet(make_reference=never), pod, only_container(pod))
    assert result == ("", None)
    assert world.recorder.events == []
    assert "EventReferenceFailed" in world.kinds()
    assert world.containers() == [("app", 0, "CONTAINER_CREATED")]


def test_a_missing_target_is_a_configuration_error_and_leaves_nothing(world, pod):
    debug = k.EphemeralContainer(k.Container("debug", "local.test/app:1"), "gone")
    pod = replace(pod, ephemeral_containers=(debug,))
    spec = k.ephemeral_container_start_spec(debug)
    result = world.create(world.kubelet(), pod, spec)
    assert result == (
        "unable to find target container gone",
        k.StartError.CREATE_CONTAINER_CONFIG,
    )
    assert world.containers() == []
    assert world.told() == [("Warning", "Failed", "Error: unable to find target container gone")]
    assert "ConfigGenerated" not in world.kinds()


def test_a_target_is_passed_to_the_runtime(world, pod):
    debug = k.EphemeralContainer(k.Container("debug", "local.test/app:1"), "app")
    pod = replace(pod, ephemeral_containers=(debug,))
    kubelet = world.kubelet()
    world.create(kubelet, pod, only_container(pod))
    (target,) = world.runtime.list_containers()
    world.runtime.start_container(target.id)
    result = world.create(kubelet, pod, k.ephemeral_container_start_spec(debug))
    assert result == ("", None)
    request = next(
        each for each in world.recording.attempts()[1] if isinstance(each, k.entries.CreateRequested)
    )
    options = request.config.linux.security_context.namespace_options
    assert options.pid is k.messages.NamespaceMode.TARGET
    assert options.target_id == target.id
    assert world.recorder.events[-1].reference.field_path == "spec.ephemeralContainers{debug}"


def test_an_early_configuration_failure_drops_the_cleanup(world, pod):
    missing = k.VolumeMount("gone", "/gone")
    pod = with_container(pod, volume_mounts=(SUBPATH, missing))
    message, error = world.create(world.kubelet(), pod, only_container(pod))
    assert message == 'cannot find volume "gone" to mount into container "app"'
    assert error is k.StartError.CREATE_CONTAINER_CONFIG
    assert k.entries.ConfigFailed(message, cleanup_owed=False) in world.recording.entries
    assert "CleanupRun" not in world.kinds()
    assert world.subpaths.locked == ["/vols/data/part"]


def test_a_late_configuration_failure_still_runs_the_cleanup(world, pod):
    never_root = k.SecurityContext(run_as_non_root=True)
    pod = with_container(pod, volume_mounts=(SUBPATH,), security_context=never_root)
    message, error = world.create(world.kubelet(), pod, only_container(pod))
    assert message == "container has runAsNonRoot and image will run as root"
    assert error is k.StartError.CREATE_CONTAINER_CONFIG
    assert k.entries.ConfigFailed(message, cleanup_owed=True) in world.recording.entries
    assert world.kinds()[-2:] == ["CleanupRun", "AttemptReturned"]
    assert world.subpaths.locked == []
    assert world.containers() == []


def test_the_cleanup_runs_after_the_event_of_a_failure(world, pod):
    pod = with_container(pod, volume_mounts=(SUBPATH,), image="local.test/nope:1")
    _, error = world.create(world.kubelet(), pod, only_container(pod))
    assert error is k.StartError.CREATE_CONTAINER
    kinds = world.kinds()
    assert kinds.index("EventEmitted") < kinds.index("CleanupRun")
    assert world.subpaths.locked == []


def test_a_refused_create_returns_the_details_without_the_code(world, pod):
    error = k.RpcError(k.StatusCode.RESOURCE_EXHAUSTED, "no space left")
    runtime = k.FaultyRuntime(world.runtime, k.Refuse("create_container", 1, error))
    result = world.create(world.kubelet(runtime=runtime), pod, only_container(pod))
    assert result == ("no space left", k.StartError.CREATE_CONTAINER)
    assert world.told() == [("Warning", "Failed", "Error: no space left")]
    assert world.containers() == []
    assert runtime.pending == ()
    assert k.entries.CreateFailed(error.code, "no space left") in world.recording.entries


def test_after_a_refused_create_the_same_attempt_number_is_used_again(world, pod):
    runtime = k.FaultyRuntime(world.runtime, k.Refuse("create_container", 1))
    kubelet = world.kubelet(runtime=runtime)
    world.create(kubelet, pod, only_container(pod))
    assert world.create(kubelet, pod, only_container(pod)) == ("", None)
    assert world.containers() == [("app", 0, "CONTAINER_CREATED")]


def test_after_a_lost_reply_the_container_exists_and_the_next_one_counts_from_it(world, pod):
    runtime = k.FaultyRuntime(world.runtime, k.LoseReply("create_container", 1))
    kubelet = world.kubelet(runtime=runtime)
    first = world.create(kubelet, pod, only_container(pod))
    assert first == ("context deadline exceeded", k.StartError.CREATE_CONTAINER)
    assert world.containers() == [("app", 0, "CONTAINER_CREATED")]
    assert world.create(kubelet, pod, only_container(pod)) == ("", None)
    assert [attempt for _, attempt, _ in world.containers()] == [0, 1]


def test_a_stale_snapshot_makes_the_runtime_refuse_the_name(world, pod):
    kubelet = world.kubelet()
    stale = kubelet.pod_status(pod)
    world.create(kubelet, pod, only_container(pod))
    message, error = kubelet.create_container(
        world.sandbox(pod),
        k.generate_pod_sandbox_config(pod),
        only_container(pod),
        pod,
        stale,
        "local.test/app:1",
    )
    (holder,) = world.runtime.list_containers()
    assert error is k.StartError.CREATE_CONTAINER
    assert message == (
        'failed to reserve container name "app_web_default_uid-1_0": '
        f'name "app_web_default_uid-1_0" is reserved for "{holder.id}"'
    )
    # No id is passed with this event, so the runtime's quoted id stays in it.
    assert holder.id in world.recorder.events[-1].message


def test_a_failed_hook_leaves_the_container_and_tells_no_creation(world, pod):
    pod = with_container(pod, volume_mounts=(SUBPATH,))
    hook = k.FailingLifecycle(calls=[1], error=k.HookError("no cpus"))
    result = world.create(world.kubelet(internal_lifecycle=hook), pod, only_container(pod))
    assert result == ("no cpus", k.StartError.PRE_START_HOOK)
    assert world.told() == [("Warning", "Failed", "Internal PreStartContainer hook failed: no cpus")]
    assert world.containers() == [("app", 0, "CONTAINER_CREATED")]
    assert "ReferenceStored" not in world.kinds()
    assert world.subpaths.locked == []


def test_the_hook_s_event_says_the_name_for_the_id(world, pod):
    class Quoting:
        def pre_start_container(self, pod, container, container_id):
            raise k.HookError(f"cannot bind {container_id} ({container_id[:12]})")

    message, _ = world.create(world.kubelet(internal_lifecycle=Quoting()), pod, only_container(pod))
    (container,) = world.runtime.list_containers()
    assert message == f"cannot bind {container.id} ({container.id[:12]})"
    assert world.recorder.events[-1].message == (
        f"Internal PreStartContainer hook failed: cannot bind app ({container.id[:12]})"
    )


def test_a_leftover_is_never_adopted_and_the_count_goes_on(world, pod):
    hook = k.FailingLifecycle(calls=[1, 2])
    kubelet = world.kubelet(internal_lifecycle=hook)
    for _ in range(3):
        world.create(kubelet, pod, only_container(pod))
    assert [attempt for _, attempt, _ in world.containers()] == [0, 1, 2]
    assert [each.reason for each in world.recorder.events] == ["Failed", "Failed", "Created"]


def test_a_container_that_the_pod_does_not_name_is_created_in_silence(world, pod):
    stranger = k.Container("pause", "local.test/app:1")
    assert world.create(world.kubelet(), pod, k.container_start_spec(stranger)) == ("", None)
    assert world.recorder.events == []
    assert "EventRaised" in world.kinds()
    assert "EventEmitted" not in world.kinds()
    assert "ReferenceStored" in world.kinds()


def test_the_count_follows_the_newest_creation_and_not_the_highest_attempt(world, pod):
    # A clock that is corrected backwards between two creates: attempt 1 looks older than 0.
    kubelet = world.kubelet()
    world.create(kubelet, pod, only_container(pod))
    world.clock.now -= 3_600_000_000_000
    world.create(kubelet, pod, only_container(pod))
    message, error = world.create(kubelet, pod, only_container(pod))
    assert error is k.StartError.CREATE_CONTAINER
    assert "app_web_default_uid-1_1" in message


def test_the_count_is_taken_across_sandboxes(world, pod):
    kubelet = world.kubelet()
    world.create(kubelet, pod, only_container(pod), attempt=0)
    world.create(kubelet, pod, only_container(pod), attempt=1)
    assert [attempt for _, attempt, _ in world.containers()] == [0, 1]


def test_a_bug_in_a_seam_passes_through_after_the_cleanup(world, pod):
    class Broken:
        def pre_start_container(self, pod, container, container_id):
            raise ZeroDivisionError("a bug, not an error value")

    pod = with_container(pod, volume_mounts=(SUBPATH,))
    with pytest.raises(ZeroDivisionError):
        world.create(world.kubelet(internal_lifecycle=Broken()), pod, only_container(pod))
    assert world.subpaths.locked == []


def test_an_operating_system_error_of_a_hook_is_an_error_value(world, pod):
    class NoFile:
        def pre_start_container(self, pod, container, container_id):
            raise FileNotFoundError("cpuset.cpus is not there")

    result = world.create(world.kubelet(internal_lifecycle=NoFile()), pod, only_container(pod))
    assert result == ("cpuset.cpus is not there", k.StartError.PRE_START_HOOK)


@given(st.integers(-3, 2**31))
def test_the_new_count_is_the_newest_visible_one_plus_one(count):
    requests = []

    class Runtime:
        def create_container(self, pod_sandbox_id, config, sandbox_config):
            requests.append(config)
            return "0" * 64

    pod = k.Pod("web", "default", "uid-1", containers=(k.Container("app", "i"),))
    created = k.ContainerState.CONTAINER_CREATED
    status = k.PodStatus(
        "uid-1",
        "web",
        "default",
        (
            k.ContainerStatus("x", "other", created, created_at=9, restart_count=77),
            k.ContainerStatus("y", "app", created, created_at=5, restart_count=count),
            k.ContainerStatus("z", "app", created, created_at=1, restart_count=count + 5),
        ),
    )
    seams = k.assemble(Runtime(), k.MemoryImages(), k.MemoryRecorder())
    sandbox = k.generate_pod_sandbox_config(pod)
    spec = k.container_start_spec(pod.containers[0])
    assert k.create_container(seams, "s", sandbox, spec, pod, status, "i").error is None
    (config,) = requests
    assert config.metadata.attempt == (count + 1) % 2**32
    assert config.annotations[k.RESTART_COUNT_ANNOTATION] == str(count + 1)
    assert config.log_path == f"app/{count + 1}.log"
