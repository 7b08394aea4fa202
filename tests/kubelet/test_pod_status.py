"""The snapshot: names and counts from labels and annotations, newest first."""

import logging
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fsm import kubelet as k
from fsm.kubelet.labels import container_labels
from fsm.kubelet.messages import ContainerConfig, ContainerMetadata, ImageSpec

LOGGER = logging.getLogger("test.kubelet")


def create(world, pod: k.Pod, name: str, attempt: int, **changes: object) -> str:
    config = ContainerConfig(
        ContainerMetadata(name, attempt),
        ImageSpec("local.test/app:1"),
        labels=container_labels(pod, k.Container(name, "i")),
        annotations={k.RESTART_COUNT_ANNOTATION: str(attempt)},
    )
    return world.runtime.create_container(
        world.sandbox(pod), replace(config, **changes), k.generate_pod_sandbox_config(pod)
    )


@given(st.integers(-(2**63), 2**63 - 1))
def test_a_decimal_count_is_read_back(count):
    assert k.read_restart_count({k.RESTART_COUNT_ANNOTATION: str(count)}, LOGGER) == count


@pytest.mark.parametrize("text", ["", " 1", "1 ", "one", "1_0", "1.0", "0x1", "٣", str(2**63)])
def test_what_is_no_int64_counts_as_0_and_is_logged(text, caplog):
    with caplog.at_level(logging.ERROR, LOGGER.name):
        assert k.read_restart_count({k.RESTART_COUNT_ANNOTATION: text}, LOGGER) == 0
    assert len(caplog.messages) == 1


def test_a_plus_sign_is_read():
    assert k.read_restart_count({k.RESTART_COUNT_ANNOTATION: "+3"}, LOGGER) == 3


def test_a_missing_count_is_0_and_is_logged(caplog):
    with caplog.at_level(logging.INFO, LOGGER.name):
        assert k.read_restart_count({}, LOGGER) == 0
    assert "it may be an old or invalid container" in caplog.text


def test_only_the_pod_s_own_containers_are_seen_newest_first(world, pod):
    other = replace(pod, uid="uid-2")
    first, second = create(world, pod, "app", 0), create(world, pod, "side", 0)
    create(world, other, "app", 0)
    status = k.read_pod_status(world.runtime, pod, LOGGER)
    assert [each.id for each in status.container_statuses] == [second, first]
    assert (status.id, status.name, status.namespace) == ("uid-1", "web", "default")
    assert [each.id for each in status.sandbox_statuses] == [world.sandbox(pod)]


def test_the_first_match_is_the_newest_creation_in_any_state(world, pod):
    running = create(world, pod, "app", 0)
    world.runtime.start_container(running)
    created = create(world, pod, "app", 1)
    status = k.read_pod_status(world.runtime, pod, LOGGER)
    found = status.find_container_status_by_name("app")
    assert found is not None
    assert (found.id, found.state) == (created, k.ContainerState.CONTAINER_CREATED)
    assert status.find_container_status_by_name("none") is None


def test_the_count_comes_from_the_annotation_and_not_from_the_attempt(world, pod):
    create(world, pod, "app", 9, annotations={k.RESTART_COUNT_ANNOTATION: "4"})
    (status,) = k.read_pod_status(world.runtime, pod, LOGGER).container_statuses
    assert status.restart_count == 4


def test_the_name_comes_from_the_label_and_not_from_the_metadata(world, pod):
    create(world, pod, "app", 0, metadata=ContainerMetadata("other", 0))
    (status,) = k.read_pod_status(world.runtime, pod, LOGGER).container_statuses
    assert status.name == "app"


def test_times_and_exit_are_read_where_they_mean_something(world, pod):
    id_ = create(world, pod, "app", 0)

    def read() -> k.ContainerStatus:
        (status,) = k.read_pod_status(world.runtime, pod, LOGGER).container_statuses
        return status

    assert (read().started_at, read().finished_at, read().exit_code) == (0, 0, 0)
    world.runtime.start_container(id_)
    assert read().started_at > read().created_at
    world.runtime.exit_container(id_, 3)
    assert read().finished_at > read().started_at
    assert (read().exit_code, read().reason) == (3, "Error")


def test_a_container_that_vanishes_while_being_read_fails_the_whole_snapshot(world, pod):
    create(world, pod, "app", 0)
    gone = k.RpcError(k.StatusCode.NOT_FOUND, "gone")
    runtime = k.FaultyRuntime(world.runtime, k.Refuse("container_status", 1, gone))
    with pytest.raises(k.RpcError, match="gone"):
        world.kubelet(runtime=runtime).pod_status(pod)


@given(
    st.lists(
        st.tuples(st.integers(0, 5), st.integers(-1, 9), st.sampled_from(["app", "side"])),
        max_size=8,
    )
)
def test_the_newest_status_of_a_name_has_the_latest_creation(rows):
    statuses = sorted(
        (
            k.ContainerStatus(str(i), name, k.ContainerState.CONTAINER_EXITED, at, count)
            for i, (at, count, name) in enumerate(rows)
        ),
        key=lambda each: -each.created_at,
    )
    found = k.PodStatus("u", "p", "n", tuple(statuses)).find_container_status_by_name("app")
    times = [at for at, _, name in rows if name == "app"]
    assert (None if found is None else found.created_at) == max(times, default=None)
