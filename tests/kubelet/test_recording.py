"""Listening changes nothing, misses nothing, and says things in the order of their happening."""

from hypothesis import given
from hypothesis import strategies as st

from fsm import kubelet as k
from fsm.kubelet import entries as e

IMAGE = k.Image("sha256:" + "a" * 64, repo_tags=("i",))
POD = k.Pod("web", "default", "uid-1", containers=(k.Container("app", "i"),))
FAULTS = st.sampled_from(["none", "reference", "refused", "lost", "hook"])


def run(faults: list[str], watched: bool) -> tuple[list[k.StartResult], list[object], k.Recording]:
    images = k.MemoryImages([IMAGE])
    inner = k.MemoryRuntime(images)
    runtime = k.FaultyRuntime(inner)
    hook = k.FailingLifecycle()
    references = k.OneShotReferenceFailure(k.reference_maker(k.FeatureGates()), armed=False)
    kubelet = k.Kubelet(
        k.assemble(
            runtime,
            images,
            k.MemoryRecorder(),
            make_reference=references,
            internal_lifecycle=hook,
        )
    )
    recording = k.Recording()
    if watched:
        kubelet = recording.watch(kubelet)
    sandbox_config = k.generate_pod_sandbox_config(POD)
    sandbox = inner.run_pod_sandbox(sandbox_config)
    results = []
    for fault in faults:
        call = runtime.next_call("create_container")
        if fault == "reference":
            references.armed = True
        elif fault == "refused":
            runtime.plan(k.Refuse("create_container", call))
        elif fault == "lost":
            runtime.plan(k.LoseReply("create_container", call))
        elif fault == "hook":
            hook.fail_next()
        spec = k.container_start_spec(POD.containers[0])
        status = kubelet.pod_status(POD)
        results.append(kubelet.start_container(sandbox, sandbox_config, spec, POD, status, IMAGE.id))
    return results, list(inner.list_containers()), recording


@given(st.lists(FAULTS, max_size=6))
def test_listening_changes_nothing(faults):
    assert run(faults, watched=True)[:2] == run(faults, watched=False)[:2]


@given(st.lists(FAULTS, max_size=6))
def test_each_attempt_is_recorded_from_its_beginning_to_its_return(faults):
    results, containers, recording = run(faults, watched=True)
    attempts = recording.attempts()
    assert [entry for attempt in attempts for entry in attempt] == recording.entries
    assert [attempt[-1] for attempt in attempts] == [e.AttemptReturned(*each) for each in results]
    assert all(attempt[0] == e.AttemptBegan("uid-1", "app") for attempt in attempts)
    for fault, attempt in zip(faults, attempts, strict=True):
        kinds = {type(entry) for entry in attempt}
        assert (e.ReferenceFailed in kinds) == (fault == "reference")
        assert (e.CreateFailed in kinds) == (fault in ("refused", "lost"))
        assert (e.PreStartFailed in kinds) == (fault == "hook")
        assert (e.ReferenceStored in kinds) == (fault == "none")
        assert sum(type(entry) is e.EventEmitted for entry in attempt) == 1
    assert len(containers) == len(faults) - faults.count("refused")


@given(st.lists(FAULTS, max_size=6))
def test_attempt_numbers_count_the_containers_that_exist(faults):
    _, containers, recording = run(faults, watched=True)
    asked = [each.attempt for each in recording.entries if isinstance(each, e.CreateRequested)]
    assert asked == [sum(fault != "refused" for fault in faults[:index]) for index in range(len(faults))]
    assert [each.metadata.attempt for each in containers] == list(range(len(containers)))


def test_what_the_filter_drops_was_raised_all_the_same(world, pod):
    stranger = k.container_start_spec(k.Container("pause", "local.test/app:1"))
    world.sync(world.kubelet(), pod, stranger)
    (raised,) = (each for each in world.recording.entries if isinstance(each, e.EventRaised))
    assert raised.event.reference.field_path == "implicitly required container pause"
    assert not any(isinstance(each, e.EventEmitted) for each in world.recording.entries)


def test_an_early_request_without_a_configuration_has_no_attempt():
    assert e.CreateRequested("s", None).attempt is None
    assert e.CreateRequested("s", k.messages.ContainerConfig()).attempt is None


def test_a_recording_without_attempts_has_none():
    assert k.Recording().attempts() == []
