"""startContainer in every version: the way through, and every way out with what it leaves behind."""

from dataclasses import replace

import pytest

from fsm import kubelet as k

EACH = pytest.mark.parametrize("version", k.VERSIONS, ids=lambda one: one.name)
SUBPATH = k.VolumeMount("data", "/data", sub_path="part")
DIRECTORY = "/var/log/pods/default_web_uid-1/app"
EVENT = ["EventReferenceMade", "EventRaised", "EventEmitted"]
PULLER_EVENT = EVENT[1:]

# What each version has between its image and its create, and how it speaks (facts of upstream's history).
#            target count resources pre-create  `Created`                 `Started`
TABLE = {
    "1.17": (False, False, False, False, "Created container app", "Started container app"),
    "1.18": (True, False, False, False, "Created container app", "Started container app"),
    "1.19": (True, False, False, False, "Created container app", "Started container app"),
    "1.20": (True, False, False, False, "Created container app", "Started container app"),
    "1.21": (True, False, False, True, "Created container app", "Started container app"),
    "1.21.6": (True, True, False, True, "Created container app", "Started container app"),
    "1.22": (True, True, False, True, "Created container app", "Started container app"),
    "1.25": (True, True, False, True, "Created container app", "Started container app"),
    "1.26": (True, True, False, True, "Created container app", "Started container app"),
    "1.27": (True, True, False, True, "Created container app", "Started container app"),
    "1.28": (True, True, False, True, "Created container app", "Started container app"),
    "1.29": (True, True, False, True, "Created container app", "Started container app"),
    "1.30": (True, True, False, True, "Created container app", "Started container app"),
    "1.31": (True, True, False, True, "Created container: app", "Started container app"),
    "1.32": (True, True, False, True, "Created container: app", "Started container app"),
    "1.33": (True, True, True, True, "Created container: app", "Started container app"),
    "1.34": (True, True, True, True, "Created container: app", "Started container app"),
    "1.35": (True, True, True, True, "Container created", "Container started"),
    "1.36": (True, True, True, True, "Container created", "Container started"),
}


def since(version: k.Version, text: str) -> bool:
    return k.VERSIONS.index(version) >= k.VERSIONS.index(k.version(text))


def with_container(pod: k.Pod, **changes: object) -> k.Pod:
    return replace(pod, containers=(replace(pod.containers[0], **changes),))


@pytest.mark.parametrize("name", TABLE)
def test_success_is_exactly_these_calls_and_events(world, pod, name):
    target, count, resources, pre_create, created, started = TABLE[name]
    stored, for_image = name in {"1.17", "1.18"}, name in {"1.31", "1.32", "1.33", "1.34", "1.35", "1.36"}
    world.files.make_directory(DIRECTORY)
    pod = with_container(pod, volume_mounts=(SUBPATH,))
    assert world.start(world.kubelet(version=k.version(name)), pod) == ("", None)
    assert world.kinds() == [
        "AttemptBegan",
        "ReferenceMade" if for_image else "ImageReferenceMade",
        "ImageInspected",
        *PULLER_EVENT,
        *["ReferenceMade"] * stored,
        *["LogDirectoryListed"] * count,
        *["TargetResolved"] * target,
        "ConfigGenerated",
        *["ResourcesActuated"] * resources,
        *["PreCreateSucceeded"] * pre_create,
        "CreateRequested",
        "CreateSucceeded",
        "PreStartSucceeded",
        *EVENT,
        *["ReferenceStored"] * stored,
        "StartRequested",
        "StartSucceeded",
        *EVENT,
        "LogLinked",
        "CleanupRun",
        "AttemptReturned",
    ]
    assert world.told() == [
        ("Normal", "Pulled", 'Container image "local.test/app:1" already present on machine'),
        ("Normal", "Created", created),
        ("Normal", "Started", started),
    ]
    assert world.containers() == [("app", 0, "CONTAINER_RUNNING")]
    assert world.subpaths.locked == []


@EACH
def test_the_log_gets_its_second_name_beside_the_first(world, pod, version):
    world.start(world.kubelet(version=version), pod)
    (container,) = world.runtime.list_containers()
    link = f"/var/log/containers/web_default_app-{container.id}.log"
    assert world.files.links == {link: f"{DIRECTORY}/0.log"}


def test_without_a_log_no_link_is_made(world, pod):
    elsewhere = k.MemoryFiles()
    assert world.start(world.kubelet(files=elsewhere), pod) == ("", None)
    assert elsewhere.links == {}
    assert {"LogLinked", "LogLinkFailed"} & set(world.kinds()) == set()


def test_a_log_that_cannot_be_looked_at_is_linked_all_the_same(world, pod):
    world.files.forbidden.add(f"{DIRECTORY}/0.log")
    assert world.start(world.kubelet(), pod) == ("", None)
    assert list(world.files.links.values()) == [f"{DIRECTORY}/0.log"]


def test_a_link_that_cannot_be_made_is_logged_and_nothing_more(world, pod, caplog):
    world.files.read_only.add("/var/log/containers")
    assert world.start(world.kubelet(), pod) == ("", None)
    assert [reason for _, reason, _ in world.told()] == ["Pulled", "Created", "Started"]
    assert "LogLinkFailed" in world.kinds()
    assert caplog.messages[-1].startswith("Failed to create legacy symbolic link /var/log/containers/web_")


# the ways out: what is planted, and what comes of it


def target_missing(world, pod):
    debug = k.EphemeralContainer(k.Container("debug", "local.test/app:1"), "gone")
    return {}, replace(pod, ephemeral_containers=(debug,)), k.ephemeral_container_start_spec(debug)


def config_fails(world, pod):
    mounts = (SUBPATH,)
    root = k.SecurityContext(run_as_non_root=True)
    return {}, with_container(pod, volume_mounts=mounts, security_context=root), None


def resources_fail(world, pod):
    failing = k.FailingCall(k.actuate_nothing, armed=True, error=OSError("disk full"))
    return {"set_actuated_resources": failing}, pod, None


def pre_create_fails(world, pod):
    hook = k.FailingLifecycle(error=k.HookError("failed to get CPUs for NUMA node 0: none"))
    hook.fail_next_pre_create()
    return {"internal_lifecycle": hook}, pod, None


def create_refused(world, pod):
    busy = k.RpcError(k.StatusCode.UNKNOWN, "busy")
    return {"runtime": k.FaultyRuntime(world.runtime, k.Refuse("create_container", 1, busy))}, pod, None


def create_lost(world, pod):
    return {"runtime": k.FaultyRuntime(world.runtime, k.LoseReply("create_container", 1))}, pod, None


def create_without_id(world, pod):
    return {"runtime": k.FaultyRuntime(world.runtime, k.LoseId("create_container", 1))}, pod, None


def pre_start_fails(world, pod):
    return {"internal_lifecycle": k.FailingLifecycle([1], k.HookError("no cpus"))}, pod, None


def start_refused(world, pod):
    busy = k.RpcError(k.StatusCode.UNKNOWN, "busy")
    return {"runtime": k.FaultyRuntime(world.runtime, k.Refuse("start_container", 1, busy))}, pod, None


def start_fails(world, pod):
    world.runtime.fail_next_start("no such file")
    return {}, pod, None


def start_fails_and_container_goes(world, pod):
    world.runtime.fail_next_start("no such file", removes=True)
    return {}, pod, None


def start_lost(world, pod):
    return {"runtime": k.FaultyRuntime(world.runtime, k.LoseReply("start_container", 1))}, pod, None


def start_times_out(world, pod):
    return {"runtime": k.FaultyRuntime(world.runtime, k.Refuse("start_container", 1))}, pod, None


NO_TARGET = "unable to find target container gone"
ROOT = "container has runAsNonRoot and image will run as root"
NUMA = "failed to get CPUs for NUMA node 0: none"
LATE = "context deadline exceeded"
NO_ID = 'ContainerId is not set for container "app"'
E = k.StartError
# what is planted, since when it is there, message, error, the event, events before it, states left behind
WAYS_OUT = [
    (target_missing, "1.18", NO_TARGET, E.CREATE_CONTAINER_CONFIG, f"Error: {NO_TARGET}", 1, []),
    (config_fails, "1.17", ROOT, E.CREATE_CONTAINER_CONFIG, f"Error: {ROOT}", 1, []),
    (resources_fail, "1.33", "disk full", E.CREATE_CONTAINER_CONFIG, "Error: disk full", 1, []),
    (
        pre_create_fails,
        "1.21",
        NUMA,
        E.PRE_CREATE_HOOK,
        f"Internal PreCreateContainer hook failed: {NUMA}",
        1,
        [],
    ),
    (create_refused, "1.17", "busy", E.CREATE_CONTAINER, "Error: busy", 1, []),
    (create_lost, "1.17", LATE, E.CREATE_CONTAINER, f"Error: {LATE}", 1, ["CREATED"]),
    (create_without_id, "1.17", NO_ID, E.CREATE_CONTAINER, f"Error: {NO_ID}", 1, ["CREATED"]),
    (
        pre_start_fails,
        "1.17",
        "no cpus",
        E.PRE_START_HOOK,
        "Internal PreStartContainer hook failed: no cpus",
        1,
        ["CREATED"],
    ),
    (start_refused, "1.17", "busy", E.RUN_CONTAINER, "Error: busy", 2, ["CREATED"]),
    (start_fails, "1.17", "no such file", E.RUN_CONTAINER, "Error: no such file", 2, ["EXITED"]),
    (
        start_fails_and_container_goes,
        "1.17",
        "no such file",
        E.RUN_CONTAINER,
        "Error: no such file",
        2,
        [],
    ),
    (start_lost, "1.17", LATE, E.RUN_CONTAINER, f"Error: {LATE}", 2, ["RUNNING"]),
    (start_times_out, "1.17", LATE, E.RUN_CONTAINER, f"Error: {LATE}", 2, ["CREATED"]),
]


@EACH
@pytest.mark.parametrize("way", WAYS_OUT, ids=lambda way: way[0].__name__)
def test_a_way_out_returns_tells_and_leaves_behind(world, pod, version, way):
    plant, began, message, error, event, before, left = way
    seams, pod, spec = plant(world, pod)
    result = world.start(world.kubelet(version=version, **seams), pod, spec)
    if not since(version, began):
        assert result == ("", None)
        assert world.told()[-1][1] == "Started"
        return
    assert result == (message, error)
    assert result.reason == error.value
    *earlier, last = world.told()
    assert [reason for _, reason, _ in earlier] == ["Pulled", "Created"][:before]
    assert last == ("Warning", "Failed", event)
    assert [state for _, _, state in world.containers()] == [f"CONTAINER_{state}" for state in left]
    assert world.kinds()[-1] == "AttemptReturned"
    assert world.subpaths.locked == []
    assert (len(world.refs._references) == 1) == (before == 2 and not since(version, "1.19"))


@EACH
@pytest.mark.parametrize("gate", [True, False])
def test_a_runtime_handler_that_cannot_be_found_is_told_by_no_event(world, pod, version, gate):
    failing = k.FailingCall(
        lambda name: name, armed=True, error=k.KubeletError('runtimeclass "kata" not found')
    )
    gates = k.FeatureGates(runtime_class_in_image_cri_api=gate)
    kubelet = world.kubelet(version=version, lookup_runtime_handler=failing, gates=gates)
    result = world.start(kubelet, replace(pod, runtime_class_name="kata"))
    if not gate or not since(version, "1.29"):
        assert result == ("", None)
        assert {"HandlerFound", "HandlerFailed"} & set(world.kinds()) == set()
        return
    text = "" if since(version, "1.31") else "Failed to lookup runtimeHandler for runtimeClassName kata"
    assert (result.message, result.error) == (text, failing.error)
    assert result.reason == 'runtimeclass "kata" not found'
    assert world.told() == []
    assert world.kinds() == ["AttemptBegan", "HandlerFailed", "AttemptReturned"]


def test_an_event_of_a_failed_start_says_the_name_for_the_id(world, pod):
    class Quoting(k.ForwardingRuntime):
        def start_container(self, container_id):
            raise k.RpcError(k.StatusCode.UNKNOWN, f"task {container_id}: already exists")

    message, _ = world.start(world.kubelet(runtime=Quoting(world.runtime)), pod)
    (container,) = world.runtime.list_containers()
    assert message == f"task {container.id}: already exists"
    assert world.told()[-1] == ("Warning", "Failed", "Error: task app: already exists")


@EACH
def test_without_a_status_the_count_is_taken_from_the_logs_where_the_version_looks(world, pod, version):
    for name in ("3.log", "9" * 25 + ".log", "x7log"):
        world.files.write(f"{DIRECTORY}/{name}")
    world.start(world.kubelet(version=version), pod)
    # Up to 1.26 the number that is too big ends the counting; from 1.27 on it is passed over.
    expected = 4 if since(version, "1.21.6") else 0
    assert world.containers() == [("app", expected, "CONTAINER_RUNNING")]


@EACH
def test_logs_that_cannot_be_listed_count_nothing_and_stop_nothing(world, pod, version):
    world.files.write(f"{DIRECTORY}/3.log")
    world.files.unreadable.add(DIRECTORY)
    assert world.start(world.kubelet(version=version), pod) == ("", None)
    assert world.containers() == [("app", 0, "CONTAINER_RUNNING")]
    assert ("LogDirectoryFailed" in world.kinds()) == since(version, "1.21.6")


@EACH
def test_with_a_status_no_version_looks_at_the_logs(world, pod, version):
    kubelet = world.kubelet(version=version)
    world.start(kubelet, pod)
    (first,) = world.runtime.list_containers()
    world.runtime.exit_container(first.id, 1)
    world.files.write(f"{DIRECTORY}/9.log")
    world.start(kubelet, pod)
    assert [attempt for _, attempt, _ in world.containers()] == [0, 1]
    assert not {"LogDirectoryListed", "LogDirectoryFailed"} & {
        type(one).__name__ for one in world.recording.attempts()[1]
    }


@EACH
def test_after_the_runtime_has_lost_all_its_containers_the_count_goes_on_or_begins_anew(world, pod, version):
    kubelet = world.kubelet(version=version)
    for _ in range(3):
        world.start(kubelet, pod)
        for one in world.runtime.list_containers():
            if one.state is k.ContainerState.CONTAINER_RUNNING:
                world.runtime.exit_container(one.id, 0)
    for one in world.runtime.list_containers():
        world.runtime.remove_container(one.id)
    world.start(kubelet, pod)
    (container,) = world.containers()
    assert container[1] == (3 if since(version, "1.21.6") else 0)


@EACH
def test_a_target_is_found_behind_its_gate_or_without_one(world, pod, version):
    debug = k.EphemeralContainer(k.Container("debug", "local.test/app:1"), "app")
    pod = replace(pod, ephemeral_containers=(debug,))
    kubelet = world.kubelet(version=version, gates=k.FeatureGates())
    world.start(kubelet, pod)
    assert world.start(kubelet, pod, k.ephemeral_container_start_spec(debug)) == ("", None)
    request = [one for one in world.recording.entries if isinstance(one, k.entries.CreateRequested)][1]
    found = request.config.linux.security_context.namespace_options.target_id != ""
    assert found == since(version, "1.25")
    # Without the gate the pod names no such container, and its events are dropped.
    assert len(world.told()) == (6 if since(version, "1.25") else 3)


@EACH
def test_no_call_adopts_or_removes_anything(world, pod, version):
    kubelet = world.kubelet(version=version)
    for _ in range(3):
        assert world.start(kubelet, pod) == ("", None)
    assert [(attempt, state) for _, attempt, state in world.containers()] == [
        (0, "CONTAINER_RUNNING"),
        (1, "CONTAINER_RUNNING"),
        (2, "CONTAINER_RUNNING"),
    ]
