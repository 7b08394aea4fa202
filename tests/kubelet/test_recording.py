"""Listening changes nothing, misses nothing, and says things in the order of their happening."""

from dataclasses import replace

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
        results.append(kubelet.create_container(sandbox, sandbox_config, spec, POD, status, IMAGE.id))
    return results, list(inner.list_containers()), recording


@given(st.lists(FAULTS, max_size=6))
def test_listening_changes_nothing(faults):
    assert run(faults, watched=True)[:2] == run(faults, watched=False)[:2]


@given(st.lists(FAULTS, max_size=6))
def test_each_attempt_is_recorded_from_its_beginning_to_its_return(faults):
    results, containers, recording = run(faults, watched=True)
    attempts = recording.attempts()
    assert [entry for attempt in attempts for entry in attempt] == recording.entries
    assert [attempt[-1] for attempt in attempts] == [
        e.AttemptReturned(each.message, each.reason) for each in results
    ]
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


POST_START = k.Handler(("warm",))
WHOLE = k.Pod(
    "web", "default", "uid-1", containers=(k.Container("app", "i", lifecycle=k.Lifecycle(POST_START)),)
)
SERVICE_FAULTS = {
    "inspect": ("image_status", k.Refuse),
    "pull": ("pull_image", k.Refuse),
    "pull lost": ("pull_image", k.LoseReply),
}
RUNTIME_FAULTS = {
    "create": ("create_container", k.Refuse),
    "create lost": ("create_container", k.LoseReply),
    "create without id": ("create_container", k.LoseId),
    "start": ("start_container", k.Refuse),
    "start lost": ("start_container", k.LoseReply),
    "exec": ("exec_sync", k.Refuse),
    "stop": ("stop_container", k.Refuse),
    "stop lost": ("stop_container", k.LoseReply),
}
OTHER_FAULTS = ["none", "reference", "image reference", "handler", "resources", "pre-create", "pre-start"]
OTHER_FAULTS += ["post-start", "start fails", "start fails and removes", "unreadable", "image gone", "lost"]
WORLD_FAULTS = st.sampled_from([*SERVICE_FAULTS, *RUNTIME_FAULTS, *OTHER_FAULTS])


def live(version: k.Version, syncs: list[list[str]], watched: bool) -> tuple[object, k.Recording]:
    """All that can be seen of some syncs under faults, and what was written down of them."""
    images = k.MemoryImages([IMAGE], registry=[IMAGE])
    files = k.MemoryFiles()
    world = k.MemoryRuntime(images, files=files)
    runtime, service, recorder = k.FaultyRuntime(world), k.FaultyImages(images), k.MemoryRecorder()
    gates = k.FeatureGates(runtime_class_in_image_cri_api=True)
    makers = [k.OneShotReferenceFailure(k.reference_maker(gates), armed=False) for _ in range(2)]
    lifecycle, hooks, clock = k.FailingLifecycle(), k.FailingHooks(), k.SteppingClock()
    resources, handlers = k.FailingCall(k.actuate_nothing), k.FailingCall(k.same_handler)
    kubelet = k.Kubelet(
        k.assemble(
            runtime,
            service,
            recorder,
            version=version,
            gates=gates,
            make_reference=makers[0],
            make_image_reference=makers[1],
            internal_lifecycle=lifecycle,
            hooks=hooks,
            files=files,
            clock=clock,
            set_actuated_resources=resources,
            lookup_runtime_handler=handlers,
        )
    )
    recording = k.Recording()
    if watched:
        kubelet = recording.watch(kubelet)
    sandbox_config = k.generate_pod_sandbox_config(WHOLE)
    sandbox = world.run_pod_sandbox(sandbox_config)
    pod = replace(WHOLE, runtime_class_name="kata")
    seen: list[object] = []
    for faults in syncs:
        for fault in faults:
            for plans, failing in ((SERVICE_FAULTS, service), (RUNTIME_FAULTS, runtime)):
                if fault in plans:
                    method, kind = plans[fault]
                    if not any(one.method == method for one in failing.pending):
                        failing.plan(kind(method, failing.next_call(method)))
            match fault:
                case "reference" | "image reference":
                    makers[fault == "image reference"].armed = True
                case "handler" | "resources":
                    (handlers if fault == "handler" else resources).fail_next()
                case "pre-create":
                    lifecycle.fail_next_pre_create()
                case "pre-start":
                    lifecycle.fail_next()
                case "post-start":
                    hooks.fail_next(k.Hook.POST_START)
                case "start fails" | "start fails and removes":
                    world.fail_next_start("no", removes=fault.endswith("removes"))
                case "unreadable":
                    files.unreadable ^= {"/var/log/pods/default_web_uid-1/app"}
                case "image gone":
                    images.remove_image(k.messages.ImageSpec("i"))
                case "lost":
                    for one in world.list_containers():
                        world.remove_container(one.id)
        spec = k.container_start_spec(pod.containers[0])
        result = kubelet.start_container(sandbox, sandbox_config, spec, pod, kubelet.pod_status(pod))
        seen.append((result.message, result.reason))
        clock.now += 5_000_000_000
    seen += [recorder.events, list(world.list_containers()), files, runtime.pending, service.pending]
    return seen, recording


@given(st.sampled_from(k.VERSIONS), st.lists(st.lists(WORLD_FAULTS, max_size=3), max_size=4))
def test_listening_to_all_of_it_changes_nothing_in_any_version(version, syncs):
    assert live(version, syncs, watched=True)[0] == live(version, syncs, watched=False)[0]


@given(st.sampled_from(k.VERSIONS), st.lists(st.lists(WORLD_FAULTS, max_size=3), max_size=4))
def test_whatever_fails_an_attempt_keeps_the_promises_of_all_versions(version, syncs):
    _, recording = live(version, syncs, watched=True)
    for attempt in recording.attempts():
        kinds = [type(entry).__name__ for entry in attempt]
        told = [entry.event.reason for entry in attempt if isinstance(entry, e.EventRaised)]
        assert max(map(told.count, ("Created", "Started", "Killing")), default=0) <= 1
        muted = "EventReferenceFailed" in kinds or "HandlerFailed" in kinds
        assert muted or "Started" not in told or "Created" in told
        assert kinds.count("CreateRequested") <= 1
        assert "StartRequested" not in kinds or "PreStartSucceeded" in kinds
        assert "StopRequested" not in kinds or "HookFailed" in kinds
        returned = attempt[-1]
        assert isinstance(returned, e.AttemptReturned)
        # Whatever goes wrong is a Warning, and what went wrong after the start has a reason of its own.
        failed = "Failed" in told or "FailedPostStartHook" in told
        assert muted or failed == (returned.reason != "")


def test_what_the_filter_drops_was_raised_all_the_same(world, pod):
    stranger = k.container_start_spec(k.Container("pause", "local.test/app:1"))
    world.create(world.kubelet(), pod, stranger)
    (raised,) = (each for each in world.recording.entries if isinstance(each, e.EventRaised))
    assert raised.event.reference.field_path == "implicitly required container pause"
    assert not any(isinstance(each, e.EventEmitted) for each in world.recording.entries)


def test_an_early_request_without_a_configuration_has_no_attempt():
    assert e.CreateRequested("s", None).attempt is None
    assert e.CreateRequested("s", k.messages.ContainerConfig()).attempt is None


def test_a_recording_without_attempts_has_none():
    assert k.Recording().attempts() == []
