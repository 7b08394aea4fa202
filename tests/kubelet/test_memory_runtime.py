"""The runtime in memory accepts what containerd 1.6.20 was seen to accept, and ends where it did."""

import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fsm import kubelet as k
from fsm.kubelet import messages as cri
from fsm.kubelet.identifiers import IdSource, find_by_prefix

ABSENT = "f" * 64


def privileged() -> cri.LinuxContainerConfig:
    return cri.LinuxContainerConfig(security_context=cri.LinuxContainerSecurityContext(privileged=True))


def targeting(target: str) -> cri.LinuxContainerConfig:
    return cri.LinuxContainerConfig(
        security_context=cri.LinuxContainerSecurityContext(
            namespace_options=cri.NamespaceOption(pid=cri.NamespaceMode.TARGET, target_id=target)
        )
    )


ACCEPTED: list[tuple[str, Any]] = [
    ("create, same name, attempt 1", lambda b: (b.created(), b.create(attempt=1))),
    ("create, first removed", lambda b: (b.removed(), b.create())),
    ("create, image by id", lambda b: b.create(image=cri.ImageSpec(b.image.id))),
    ("create, sandbox by prefix", lambda b: b.create(sandbox=b.sandbox[:12])),
    ("create, empty name", lambda b: b.create(name="")),
    ("create, largest attempt", lambda b: b.create(attempt=2**32 - 1)),
    ("create, command that will not start", lambda b: b.create(command=("/nope",))),
    ("create, log not writable", lambda b: b.create(log_path="../proc/nope/c.log")),
    (
        "create, host path that does not exist",
        lambda b: b.create(mounts=(cri.Mount("/x", "/nope"),)),
    ),
    ("run sandbox, attempt 1", lambda b: b.run(attempt=1)),
    (
        "run sandbox, first removed",
        lambda b: (b.runtime.remove_pod_sandbox(b.sandbox), b.run()),
    ),
    ("stop, EXITED", lambda b: b.runtime.stop_container(b.exited(), 0)),
    ("remove, EXITED", lambda b: b.runtime.remove_container(b.exited())),
    ("remove, RUNNING", lambda b: b.runtime.remove_container(b.running())),
    ("remove, removed", lambda b: b.runtime.remove_container(b.removed())),
    ("remove, unknown id", lambda b: b.runtime.remove_container(ABSENT)),
    (
        "remove, failed to start",
        lambda b: b.runtime.remove_container(b.unstartable(command=("/nope",))),
    ),
    (
        "stop sandbox, second time",
        lambda b: (b.stopped_sandbox(), b.runtime.stop_pod_sandbox(b.sandbox)),
    ),
    ("remove sandbox, removed", lambda b: b.runtime.remove_pod_sandbox(b.removed_sandbox())),
    (
        "remove sandbox, READY and running",
        lambda b: (b.running(), b.runtime.remove_pod_sandbox(b.sandbox)),
    ),
    (
        "update resources, RUNNING",
        lambda b: b.runtime.update_container_resources(b.running(), cri.LinuxContainerResources("0")),
    ),
]


@pytest.mark.parametrize("call", [row[1] for row in ACCEPTED], ids=[row[0] for row in ACCEPTED])
def test_a_call_that_containerd_accepts_is_accepted(bench, call):
    call(bench)


def test_a_first_create_answers_with_64_hex_digits_and_is_created(bench):
    assert re.fullmatch(r"[0-9a-f]{64}", bench.created())
    status = bench.state()
    assert status.state is k.ContainerState.CONTAINER_CREATED
    assert status.created_at > 0
    assert (status.started_at, status.finished_at, status.exit_code) == (0, 0, 0)
    assert (status.reason, status.image_ref) == ("", bench.image.id)
    assert status.log_path == "/logs/c_0.log"


def test_what_runs_uses_nothing_and_its_stats_say_which_container_it_is(bench):
    id_ = bench.running()
    stats, listed = bench.runtime.container_stats(id_[:12]), bench.runtime.list_containers()[0]
    told = stats.attributes
    assert (told.id, told.metadata, told.labels) == (id_, listed.metadata, listed.labels)
    assert (stats.cpu.usage_core_nano_seconds, stats.memory.working_set_bytes) == (0, 0)
    assert stats.cpu.timestamp == stats.memory.timestamp > listed.created_at


def test_a_failed_create_releases_the_name_and_lists_nothing(bench):
    for changes in ({"image": cri.ImageSpec("nope")}, {"linux": privileged()}):
        with pytest.raises(k.RpcError):
            bench.create(**changes)
    assert bench.runtime.list_containers() == ()
    bench.create()


def test_a_failed_sandbox_releases_its_name(bench):
    with pytest.raises(k.RpcError):
        bench.run(attempt=1, handler="nosuch")
    bench.run(attempt=1)


def test_of_twenty_identical_creates_one_succeeds(bench):
    outcomes = []
    for _ in range(20):
        try:
            outcomes.append(bench.create())
        except k.RpcError as error:
            outcomes.append(error.code.name)
    assert outcomes[1:] == ["UNKNOWN"] * 19
    assert len(bench.runtime.list_containers()) == 1


@pytest.mark.parametrize(
    "changes",
    [{"command": ("/nope",)}, {"command": ("/etc/passwd",)}, {"log_path": "../proc/nope/c"}],
)
def test_a_container_that_failed_to_start_has_exited_with_128(bench, changes):
    bench.created(**changes)
    with pytest.raises(k.RpcError) as caught:
        bench.runtime.start_container(bench.id)
    status = bench.state()
    assert status.state is k.ContainerState.CONTAINER_EXITED
    assert (status.exit_code, status.reason, status.started_at) == (128, "StartError", 0)
    assert status.finished_at > 0
    assert status.message == caught.value.details


def test_a_created_container_survives_its_sandbox_s_stop_until_it_is_started(bench):
    bench.created()
    bench.runtime.stop_pod_sandbox(bench.sandbox)
    assert bench.state().state is k.ContainerState.CONTAINER_CREATED
    with pytest.raises(k.RpcError):
        bench.runtime.start_container(bench.id)
    assert (bench.state().exit_code, bench.state().reason) == (128, "StartError")


@pytest.mark.parametrize("timeout", [0, 1])
def test_a_stopped_container_was_killed(bench, timeout):
    bench.runtime.stop_container(bench.running(), timeout)
    status = bench.state()
    assert (status.state.name, status.exit_code, status.reason) == (
        "CONTAINER_EXITED",
        137,
        "Error",
    )


def test_stopping_a_created_container_leaves_it_startable(bench):
    bench.runtime.stop_container(bench.created(), 0)
    assert bench.state().state is k.ContainerState.CONTAINER_CREATED
    bench.runtime.start_container(bench.id)
    assert bench.state().state is k.ContainerState.CONTAINER_RUNNING


@pytest.mark.parametrize(("code", "reason"), [(3, "Error"), (0, "Completed")])
def test_a_process_that_ends_by_itself_says_its_code(bench, code, reason):
    bench.exited(code)
    assert (bench.state().exit_code, bench.state().reason) == (code, reason)
    with pytest.raises(ValueError, match="no process"):
        bench.runtime.exit_container(bench.id, 0)


def test_labels_annotations_and_metadata_come_back_unaltered(bench):
    bench.created(attempt=5)
    (listed,) = bench.runtime.list_containers()
    for seen in (listed, bench.state()):
        assert seen.metadata == cri.ContainerMetadata("c", 5)
        assert (seen.labels, seen.annotations) == ({"l": "1"}, {"a": "2"})
        seen.annotations["a"] = "changed"
    assert bench.state().annotations == {"a": "2"}


def test_lists_are_filtered_by_everything_at_once(bench):
    running = bench.running()
    created = bench.created(attempt=1, labels={"l": "2"})

    def ids(**conditions: object) -> list[str]:
        found = bench.runtime.list_containers(cri.ContainerFilter(**conditions))
        return [each.id for each in found]

    assert ids() == [running, created]
    assert ids(id=created) == [created]
    assert ids(id=ABSENT) == []
    assert ids(pod_sandbox_id=ABSENT) == []
    assert ids(pod_sandbox_id=bench.sandbox) == [running, created]
    assert ids(state=k.ContainerState.CONTAINER_RUNNING) == [running]
    assert ids(label_selector={"l": "2"}) == [created]
    assert ids(label_selector={"l": "1"}, id=created) == []


def test_sandboxes_are_listed_and_stopped_and_removed(bench):
    second = bench.run(attempt=1)
    bench.runtime.stop_pod_sandbox(bench.sandbox)
    not_ready = cri.PodSandboxFilter(state=cri.PodSandboxState.SANDBOX_NOTREADY)
    assert [each.id for each in bench.runtime.list_pod_sandbox(not_ready)] == [bench.sandbox]
    selector = cri.PodSandboxFilter(label_selector={"pod": "p"})
    assert len(bench.runtime.list_pod_sandbox(selector)) == 2
    bench.runtime.remove_pod_sandbox(bench.sandbox)
    assert [each.id for each in bench.runtime.list_pod_sandbox()] == [second]
    with pytest.raises(k.RpcError, match="Prefix can't be empty"):
        bench.runtime.remove_pod_sandbox("")


def test_stopping_a_sandbox_kills_what_runs_in_it_and_nothing_else(bench):
    elsewhere = bench.run(attempt=1)
    inside, outside = bench.create(), bench.create(attempt=1, sandbox=elsewhere)
    for each in (inside, outside):
        bench.runtime.start_container(each)
    bench.runtime.stop_pod_sandbox(bench.sandbox)
    states = [bench.runtime.container_status(each).state.name for each in (inside, outside)]
    assert states == ["CONTAINER_EXITED", "CONTAINER_RUNNING"]


def test_exec_answers_with_the_exit_code(bench):
    bench.running()
    assert bench.runtime.exec_sync(bench.id, ["sh", "-c", "exit 5"], 0).exit_code == 5
    assert bench.runtime.exec_sync(bench.id, ["true"], 0).exit_code == 0


def test_created_at_is_taken_at_the_end_from_the_clock(bench):
    bench.clock.now = 500
    with pytest.raises(k.RpcError):
        bench.create(image=cri.ImageSpec("nope"))
    assert bench.clock.now == 500
    bench.created()
    assert bench.state().created_at == 500


def test_a_reboot_ends_what_runs_and_keeps_what_was_created(bench):
    running, created = bench.running(), bench.create(attempt=1)
    bench.runtime.reboot()
    status = bench.runtime.container_status(running)
    assert (status.state.name, status.exit_code, status.reason) == (
        "CONTAINER_EXITED",
        255,
        "Unknown",
    )
    status = bench.runtime.container_status(created)
    assert status.state is k.ContainerState.CONTAINER_CREATED
    with pytest.raises(k.RpcError, match="is not running"):
        bench.runtime.start_container(created)
    with pytest.raises(k.RpcError, match="is reserved for"):
        bench.run()


def test_a_lost_container_can_be_stopped_and_removed(bench):
    bench.runtime.lose_container(bench.created())
    assert bench.state().state is k.ContainerState.CONTAINER_UNKNOWN
    bench.runtime.stop_container(bench.id, 0)
    assert (bench.state().state.name, bench.state().exit_code) == ("CONTAINER_EXITED", 255)
    bench.runtime.remove_container(bench.id)
    bench.create()


def test_after_a_crash_and_a_restart_containers_are_there_again(bench):
    bench.running()
    with pytest.raises(k.RpcError):
        bench.runtime.create_container(bench.sandbox, bench.config(), None)
    bench.runtime.restart()
    assert bench.state().state is k.ContainerState.CONTAINER_RUNNING


def test_a_target_must_run_in_the_same_sandbox_at_create_and_at_start(bench):
    target = bench.created()

    def refusal() -> str:
        with pytest.raises(k.RpcError) as caught:
            bench.create(name="debug", linux=targeting(target))
        return caught.value.details

    assert refusal().endswith("is not running - in state CONTAINER_CREATED")
    bench.runtime.start_container(target)
    elsewhere = bench.run(attempt=1)
    with pytest.raises(k.RpcError, match="does not belong to sandbox"):
        bench.create(name="debug", sandbox=elsewhere, linux=targeting(target))
    debug = bench.create(name="debug", linux=targeting(target))
    bench.runtime.remove_container(target)
    with pytest.raises(k.RpcError, match=r"^.*invalid target container: .* does not exist"):
        bench.runtime.start_container(debug)


def test_images_are_pulled_found_and_removed(bench):
    images = bench.runtime.images
    spec = cri.ImageSpec(bench.other.repo_digests[0])
    assert images.image_status(spec) is None
    assert images.pull_image(spec) == bench.other.id
    assert images.image_status(spec) == bench.other
    assert images.list_images() == (bench.image, bench.other)
    images.remove_image(spec)
    images.remove_image(spec)
    assert images.list_images() == (bench.image,)
    with pytest.raises(k.RpcError, match="nowhere: not found"):
        images.pull_image(cri.ImageSpec("nowhere"))
    with pytest.raises(k.RpcError, match="ambiguous digest string"):
        images.image_status(cri.ImageSpec())


def test_ids_are_the_same_in_every_run(make_bench):
    assert make_bench().created() == make_bench().created()
    one, two = IdSource(), IdSource()
    assert [one.next() for _ in range(3)] == [two.next() for _ in range(3)]


def test_a_prefix_that_fits_several_ids_is_refused():
    records = {"ab": 1, "ac": 2, "a": 3}
    assert find_by_prefix(records, "a") == 3
    assert find_by_prefix(records, "ab") == 1
    with pytest.raises(k.RpcError, match="Multiple IDs found with provided prefix: a"):
        find_by_prefix({"ab": 1, "ac": 2}, "a")


CALLS = st.lists(
    st.tuples(
        st.sampled_from(["create", "start", "stop", "remove", "exit"]),
        st.integers(0, 2),
    ),
    max_size=20,
)


@given(CALLS)
def test_names_are_held_exactly_by_the_containers_that_exist(make_bench, calls):
    bench = make_bench()
    holders: dict[int, str] = {}
    for call, attempt in calls:
        id_ = holders.get(attempt)
        if call == "create" and id_ is None:
            holders[attempt] = bench.create(attempt=attempt)
        elif call == "create":
            with pytest.raises(k.RpcError, match=f'is reserved for "{id_}"'):
                bench.create(attempt=attempt)
        elif id_ is None:
            continue
        elif call == "remove":
            bench.runtime.remove_container(id_)
            del holders[attempt]
        elif call == "stop":
            bench.runtime.stop_container(id_, 0)
        else:
            before = bench.runtime.container_status(id_).state
            allowed = {
                "start": k.ContainerState.CONTAINER_CREATED,
                "exit": k.ContainerState.CONTAINER_RUNNING,
            }[call]
            try:
                if call == "start":
                    bench.runtime.start_container(id_)
                else:
                    bench.runtime.exit_container(id_, 0)
            except (k.RpcError, ValueError):
                assert before is not allowed
            else:
                assert before is allowed
    assert {each.metadata.attempt: each.id for each in bench.runtime.list_containers()} == holders
