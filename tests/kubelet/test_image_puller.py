"""The image step: every row of the puller's table, with its events and what startContainer adds."""

import logging
from dataclasses import replace

import pytest

from fsm import kubelet as k
from fsm.kubelet.attempt import Attempt
from fsm.kubelet.image_puller import ensure_image_exists

SECOND = 1_000_000_000
EACH = pytest.mark.parametrize("version", k.VERSIONS, ids=lambda one: one.name)
ABSENT = k.Image("sha256:" + "d" * 64, repo_tags=("local.test/far:1",), size=1234)
REFUSED = k.RpcError(k.StatusCode.UNKNOWN, "no route to host")


def wanting(pod: k.Pod, image: str, policy: str = "IfNotPresent") -> k.Pod:
    return replace(pod, containers=(replace(pod.containers[0], image=image, image_pull_policy=policy),))


def since(version: k.Version, text: str) -> bool:
    return k.VERSIONS.index(version) >= k.VERSIONS.index(k.version(text))


@EACH
@pytest.mark.parametrize("image", ["App", "a b", "", "a:b:c"])
def test_a_name_that_cannot_be_read_is_told_twice(world, pod, version, image):
    result = world.start(world.kubelet(version=version), wanting(pod, image))
    text = f'Failed to apply default image tag "{image}": '
    assert result.message.startswith(f'{text}couldn\'t parse image reference "{image}": ')
    assert result.error is k.StartError.INVALID_IMAGE_NAME
    assert world.told() == [
        ("Warning", "InspectFailed", result.message),
        ("Warning", "Failed", "Error: InvalidImageName"),
    ]
    assert world.containers() == []
    assert "ImageInspected" not in world.kinds()


@EACH
def test_a_runtime_that_cannot_say_is_told_twice(world, pod, version):
    service = k.FaultyImages(world.images, k.Refuse("image_status", 1, REFUSED))
    result = world.start(world.kubelet(version=version, images=service), pod)
    text = 'Failed to inspect image "local.test/app:1": rpc error: code = Unknown desc = no route to host'
    assert result == (text, k.StartError.IMAGE_INSPECT)
    assert world.told() == [
        ("Warning", "InspectFailed", text),
        ("Warning", "Failed", "Error: ImageInspectError"),
    ]
    assert k.entries.ImageInspectFailed("local.test/app:1", REFUSED.code, REFUSED.details) in (
        world.recording.entries
    )


@EACH
@pytest.mark.parametrize("policy", ["IfNotPresent", "Never"])
def test_an_image_that_is_present_is_used(world, pod, version, policy):
    pod = wanting(pod, "local.test/app:1", policy)
    assert world.start(world.kubelet(version=version), pod) == ("", None)
    text = 'Container image "local.test/app:1" already present on machine'
    assert world.told()[0] == ("Normal", "Pulled", text)
    (request,) = (one for one in world.recording.entries if isinstance(one, k.entries.CreateRequested))
    assert request.config.image.image == "sha256:" + "a" * 64
    assert "PullRequested" not in world.kinds()


@EACH
def test_an_absent_image_that_shall_never_be_pulled_is_told_twice(world, pod, version):
    result = world.start(world.kubelet(version=version), wanting(pod, "local.test/far:1", "Never"))
    text = 'Container image "local.test/far:1" is not present with pull policy of Never'
    assert result == (text, k.StartError.IMAGE_NEVER_PULL)
    assert world.told() == [
        ("Warning", "ErrImageNeverPull", text),
        ("Warning", "Failed", "Error: ErrImageNeverPull"),
    ]


@EACH
def test_a_pull_tells_its_beginning_and_its_end(world, pod, version):
    world.images = k.MemoryImages(registry=[ABSENT])
    world.now.step = 250_000_000
    world.__post_init__()
    assert world.start(world.kubelet(version=version), wanting(pod, "local.test/far:1")) == ("", None)
    text = 'Successfully pulled image "local.test/far:1" in 250ms'
    if since(version, "1.25"):
        text += " (250ms including waiting)"
    if since(version, "1.30"):
        text += ". Image size: 1234 bytes."
    assert world.told()[:2] == [
        ("Normal", "Pulling", 'Pulling image "local.test/far:1"'),
        ("Normal", "Pulled", text),
    ]
    assert k.entries.PullSucceeded(ABSENT.id) in world.recording.entries
    (request,) = (one for one in world.recording.entries if isinstance(one, k.entries.CreateRequested))
    assert request.config.image.image == ABSENT.id
    assert request.config.image.user_specified_image == ("local.test/far:1" if since(version, "1.28") else "")


@EACH
def test_a_failed_pull_is_told_three_times_and_then_left_alone(world, pod, version):
    service = k.FaultyImages(world.images, k.Refuse("pull_image", 1, REFUSED))
    kubelet = world.kubelet(version=version, images=service)
    pod = wanting(pod, "local.test/far:1")
    failed = "rpc error: code = Unknown desc = no route to host"
    assert world.start(kubelet, pod) == (failed, k.StartError.IMAGE_PULL)
    assert world.told() == [
        ("Normal", "Pulling", 'Pulling image "local.test/far:1"'),
        ("Warning", "Failed", f'Failed to pull image "local.test/far:1": {failed}'),
        ("Warning", "Failed", "Error: ErrImagePull"),
    ]
    world.recorder.events.clear()
    world.now.now += 10 * SECOND - 1
    text = 'Back-off pulling image "local.test/far:1"'
    cause = f": ErrImagePull: {failed}" if since(version, "1.32") else ""
    assert world.start(kubelet, pod) == (text + cause, k.StartError.IMAGE_PULL_BACK_OFF)
    assert world.told() == [
        ("Normal", "BackOff", text),
        ("Warning", "Failed", "Error: ImagePullBackOff"),
    ]
    world.now.now += 1
    assert world.start(kubelet, pod).error is k.StartError.IMAGE_PULL
    assert service.next_call("pull_image") == 3


def test_the_back_off_is_that_of_a_pod_and_an_image(world, pod):
    kubelet = world.kubelet()
    far, farther = wanting(pod, "local.test/far:1"), wanting(pod, "local.test/far:2")
    other = replace(far, uid="uid-2")
    for one in (far, farther, other):
        assert world.start(kubelet, one).error is k.StartError.IMAGE_PULL
    for one in (far, farther, other):
        assert world.start(kubelet, one).error is k.StartError.IMAGE_PULL_BACK_OFF


def test_a_kubelet_that_was_restarted_has_forgotten_the_back_off(world, pod):
    pod = wanting(pod, "local.test/far:1")
    assert world.start(world.kubelet(), pod).error is k.StartError.IMAGE_PULL
    assert world.start(world.kubelet(), pod).error is k.StartError.IMAGE_PULL


def test_an_image_that_has_come_is_used_during_the_back_off(world, pod):
    registry = k.MemoryImages([], registry=[ABSENT])
    kubelet = world.kubelet(images=(service := k.FaultyImages(registry)))
    service.plan(k.Refuse("pull_image", 1))
    pod = wanting(pod, "local.test/far:1")
    assert world.start(kubelet, pod).error is k.StartError.IMAGE_PULL
    registry.pull_image(k.messages.ImageSpec("local.test/far:1"))
    world.recorder.events.clear()
    world.start(kubelet, pod)
    assert world.told()[0][2] == 'Container image "local.test/far:1" already present on machine'


@EACH
def test_policy_always_pulls_what_is_present(world, pod, version):
    world.images = k.MemoryImages([k.Image("sha256:" + "a" * 64, repo_tags=("local.test/app:1",))], [])
    world.images = k.MemoryImages(world.images.list_images(), registry=world.images.list_images())
    world.__post_init__()
    assert world.start(world.kubelet(version=version), wanting(pod, "local.test/app:1", "Always")) == (
        "",
        None,
    )
    kinds = world.kinds()
    looked_first = "ImageInspected" in kinds[: kinds.index("PullRequested")]
    assert looked_first == (version.name != "1.36")


@pytest.mark.parametrize(
    "name", [k.StartError.REGISTRY_UNAVAILABLE, k.StartError.SIGNATURE_VALIDATION_FAILED]
)
def test_the_registry_s_own_errors_are_told_by_name(world, pod, name):
    error = k.RpcError(k.StatusCode.UNKNOWN, f"{name}: try later")
    service = k.FaultyImages(world.images, k.Refuse("pull_image", 1, error))
    assert world.start(world.kubelet(images=service), wanting(pod, "local.test/far:1")).error is name
    assert world.told()[-1] == ("Warning", "Failed", f"Error: {name}")


@EACH
def test_without_a_reference_the_puller_talks_to_its_log(world, pod, version, caplog):
    failing = k.OneShotReferenceFailure(k.reference_maker(k.FeatureGates()))
    by_attempt = since(version, "1.31")
    seam = {"make_reference" if by_attempt else "make_image_reference": failing}
    with caplog.at_level(logging.INFO, "fsm.kubelet"):
        assert world.start(world.kubelet(version=version, **seam), pod) == ("", None)
    assert [reason for _, reason, _ in world.told()] == ["Created", "Started"]
    assert (
        'web/local.test/app:1: Container image "local.test/app:1" already present on machine'
        in caplog.messages
    )
    assert ("ReferenceFailed" in world.kinds()) == by_attempt
    assert ("ImageReferenceFailed" in world.kinds()) != by_attempt


@EACH
def test_an_image_step_that_fails_makes_no_reference_of_step_2(world, pod, version):
    world.start(world.kubelet(version=version), wanting(pod, "local.test/far:1", "Never"))
    assert ("ReferenceMade" in world.kinds()) == since(version, "1.31")
    assert {"TargetResolved", "ConfigGenerated", "LogDirectoryListed"} & set(world.kinds()) == set()


def test_a_size_that_nobody_can_say_is_0(world, pod):
    registry = k.MemoryImages([], registry=[ABSENT])
    service = k.FaultyImages(registry, k.Refuse("image_status", 2), k.Refuse("image_status", 3))
    kubelet = world.kubelet(images=service, version=k.version("1.30"))
    assert world.start(kubelet, wanting(pod, "local.test/far:1")).error is (
        k.StartError.CREATE_CONTAINER_CONFIG  # the image's user cannot be asked for either
    )
    assert world.told()[1][2].endswith(". Image size: 0 bytes.")


def test_the_runtime_handler_goes_along_with_the_image(world, pod):
    asked = []

    class Listening(k.ForwardingImages):
        def image_status(self, image):
            asked.append(image)
            return super().image_status(image)

    gates = k.FeatureGates(runtime_class_in_image_cri_api=True)
    kubelet = world.kubelet(images=Listening(world.images), version=k.version("1.29"), gates=gates)
    assert world.start(kubelet, replace(pod, runtime_class_name="kata")) == ("", None)
    assert asked[0] == k.messages.ImageSpec("local.test/app:1", runtime_handler="kata")
    assert k.entries.HandlerFound("kata") in world.recording.entries


@EACH
def test_what_is_said_of_a_present_image_is_a_message_too_from_1_32_on(world, pod, version):
    seams = world.kubelet(version=version).seams
    spec = k.container_start_spec(pod.containers[0])
    attempt = Attempt(
        seams, "", k.generate_pod_sandbox_config(pod), spec, pod, k.PodStatus("uid-1", "web", "default")
    )
    text = 'Container image "local.test/app:1" already present on machine'
    expected = text if since(version, "1.32") else ""
    assert ensure_image_exists(attempt, None, "") == ("sha256:" + "a" * 64, expected, None)


def test_the_puller_s_own_reference_is_not_the_attempt_s(world, pod):
    failing = k.OneShotReferenceFailure(k.reference_maker(k.FeatureGates()))
    assert world.start(world.kubelet(make_reference=failing), pod) == ("", None)
    assert [reason for _, reason, _ in world.told()] == ["Pulled", "Created", "Started"]
    assert world.kinds()[1:2] + world.kinds()[5:6] == ["ImageReferenceMade", "ReferenceFailed"]


def test_a_name_without_a_tag_is_asked_for_and_found_with_the_default_one(world, pod):
    latest = k.Image("sha256:" + "e" * 64, repo_tags=("local.test/new:latest",))
    world.images = k.MemoryImages([latest])
    world.__post_init__()
    assert world.start(world.kubelet(), wanting(pod, "local.test/new")) == ("", None)
    assert k.entries.ImageInspected("local.test/new:latest", latest.id) in world.recording.entries
    # Events say what the pod says, and so does the question for the image's user.
    assert world.images.image_status(k.messages.ImageSpec("local.test/new")) == latest
    assert world.told()[0][2] == 'Container image "local.test/new" already present on machine'
