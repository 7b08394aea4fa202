"""What goes to CreateContainer, and every reason why nothing does."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fsm import kubelet as k
from fsm.kubelet.expansion import expand
from fsm.kubelet.labels import container_hash
from fsm.kubelet.messages import ImageSpec, KeyValue, Mount, NamespaceMode

ROOT = k.Image("sha256:root", repo_tags=("root",))
NAMED = k.Image("sha256:named", repo_tags=("named",), username="app")
NUMBERED = k.Image("sha256:numbered", repo_tags=("numbered",), uid=1000)
SETTINGS = k.MemoryObjects("configmap", {("ns", "settings"): {"mode": "fast"}})
KEYS = k.MemoryObjects("secret", {("ns", "keys"): {"token": "t0p"}})
SOURCES = k.ConfigSources(SETTINGS, KEYS, mounted_volumes=lambda pod: {"data": "/vols/data"})


def pod_of(container: k.Container, **changes: object) -> k.Pod:
    return replace(k.Pod("web", "ns", "uid-1", containers=(container,)), **changes)


def generate(
    pod: k.Pod,
    *,
    images: k.ImageService | None = None,
    sources: k.ConfigSources = SOURCES,
    subpaths: k.SubpathPreparer | None = None,
    restart_count: int = 0,
    target_id: str | None = None,
) -> k.GeneratedConfig:
    generator = k.ContainerConfigGenerator(
        images or k.MemoryImages([ROOT, NAMED, NUMBERED]), sources, subpaths or k.LinuxSubpaths()
    )
    return generator(pod.containers[0], pod, restart_count, "sha256:root", target_id)


def error_of(pod: k.Pod, **arguments: object) -> str:
    outcome = generate(pod, **arguments)
    assert outcome.config is None
    assert outcome.error is not None
    return k.status_message(outcome.error)


def variable(selector: object) -> k.Container:
    return k.Container("app", "root", env=(k.EnvVar("X", value_from=selector),))


def test_one_count_stands_in_three_places():
    config = generate(pod_of(k.Container("app", "root")), restart_count=7).config
    assert (config.metadata.name, config.metadata.attempt) == ("app", 7)
    assert config.annotations["io.kubernetes.container.restartCount"] == "7"
    assert config.log_path == "app/7.log"


def test_labels_and_image_say_what_the_kubelet_must_find_again():
    config = generate(pod_of(k.Container("app", "root"))).config
    assert config.labels == {
        "io.kubernetes.pod.name": "web",
        "io.kubernetes.pod.namespace": "ns",
        "io.kubernetes.pod.uid": "uid-1",
        "io.kubernetes.container.name": "app",
    }
    assert config.image == ImageSpec("sha256:root")


def test_annotations_carry_only_what_is_set():
    plain = k.Container("app", "root")
    assert generate(pod_of(plain)).config.annotations == {
        "io.kubernetes.container.hash": container_hash(plain),
        "io.kubernetes.container.restartCount": "0",
        "io.kubernetes.container.terminationMessagePath": "/dev/termination-log",
        "io.kubernetes.container.terminationMessagePolicy": "File",
    }
    full = replace(
        plain,
        ports=(k.ContainerPort(80, name="http"),),
        lifecycle=k.Lifecycle(pre_stop=k.Handler(("bye", "now"))),
    )
    pod = pod_of(full, deletion_grace_period_seconds=5, termination_grace_period_seconds=30)
    annotations = generate(pod).config.annotations
    assert annotations["io.kubernetes.pod.deletionGracePeriod"] == "5"
    assert annotations["io.kubernetes.pod.terminationGracePeriod"] == "30"
    assert annotations["io.kubernetes.container.preStopHandler"] == '{"exec":{"command":["bye","now"]}}'
    assert (
        annotations["io.kubernetes.container.ports"]
        == '[{"name":"http","containerPort":80,"protocol":"TCP"}]'
    )


def test_the_hash_changes_with_the_spec_and_is_hex():
    one, two = container_hash(k.Container("app", "a")), container_hash(k.Container("app", "b"))
    assert one != two
    assert 0 <= int(one, 16) < 2**32


def test_keys_become_variables_and_commands_may_use_them():
    container = k.Container(
        "app",
        "root",
        command=("run", "$(MODE)"),
        args=("$(UNKNOWN)", "$$(MODE)", "$(BOTH)"),
        env=(
            k.EnvVar("MODE", value_from=k.ConfigMapKeySelector("settings", "mode")),
            k.EnvVar("TOKEN", value_from=k.SecretKeySelector("keys", "token")),
            k.EnvVar("BOTH", "$(MODE)-$(TOKEN)-$(LATER)"),
            k.EnvVar("LATER", "x"),
        ),
    )
    config = generate(pod_of(container)).config
    assert config.envs == (
        KeyValue("MODE", "fast"),
        KeyValue("TOKEN", "t0p"),
        KeyValue("BOTH", "fast-t0p-$(LATER)"),
        KeyValue("LATER", "x"),
    )
    assert config.command == ("run", "fast")
    assert config.args == ("$(UNKNOWN)", "$(MODE)", "fast-t0p-$(LATER)")


@pytest.mark.parametrize(
    ("selector", "text"),
    [
        (k.ConfigMapKeySelector("gone", "mode"), 'configmap "gone" not found'),
        (k.ConfigMapKeySelector("settings", "no"), "couldn't find key no in ConfigMap ns/settings"),
        (k.SecretKeySelector("gone", "token"), 'secret "gone" not found'),
        (k.SecretKeySelector("keys", "no"), "couldn't find key no in Secret ns/keys"),
    ],
)
def test_what_a_variable_needs_and_lacks_is_an_error_unless_optional(selector, text):
    assert error_of(pod_of(variable(selector))) == text
    assert generate(pod_of(variable(replace(selector, optional=True)))).config.envs == ()


@pytest.mark.parametrize(
    ("selector", "text"),
    [
        (
            k.ConfigMapKeySelector("settings", "mode", optional=True),
            "couldn't get configMap ns/settings, no kubeClient defined",
        ),
        (
            k.SecretKeySelector("keys", "token", optional=True),
            "couldn't get secret ns/keys, no kubeClient defined",
        ),
    ],
)
def test_without_a_client_not_even_optional_keys_are_forgiven(selector, text):
    blind = replace(SOURCES, config_maps=None, secrets=None)
    assert error_of(pod_of(variable(selector)), sources=blind) == text


def test_other_errors_of_a_source_are_not_forgiven():
    class Refusing:
        def get(self, namespace, name):
            raise k.KubeletError("forbidden")

    selector = k.ConfigMapKeySelector("settings", "mode", optional=True)
    sources = replace(SOURCES, config_maps=Refusing())
    assert error_of(pod_of(variable(selector)), sources=sources) == "forbidden"


def test_service_links_must_be_said():
    pod = pod_of(k.Container("app", "root"), enable_service_links=None)
    assert error_of(pod) == "nil pod.spec.enableServiceLinks encountered, cannot construct envvars"


@pytest.mark.parametrize(
    ("mount", "text"),
    [
        (
            k.VolumeMount("gone", "/x"),
            'cannot find volume "gone" to mount into container "app"',
        ),
        (
            k.VolumeMount("data", "/x", sub_path="/etc"),
            "error SubPath `/etc` must not be an absolute path",
        ),
        (
            k.VolumeMount("data", "/x", sub_path="a/../b"),
            "unable to provision SubPath `a/../b`: must not contain '..'",
        ),
    ],
)
def test_a_mount_that_cannot_be_made_is_an_error(mount, text):
    assert error_of(pod_of(k.Container("app", "root", volume_mounts=(mount,)))) == text


def test_why_a_subpath_could_not_be_prepared_is_kept_from_the_user():
    class Failing:
        def prepare(self, volume_path, sub_path):
            raise PermissionError("/host/secret")

    mount = k.VolumeMount("data", "/x", sub_path="part")
    pod = pod_of(k.Container("app", "root", volume_mounts=(mount,)))
    assert error_of(pod, subpaths=Failing()) == (
        'failed to prepare subPath for volumeMount "data" of container "app"'
    )


def test_on_linux_no_cleanup_is_owed():
    mount = k.VolumeMount("data", "/x", sub_path="part", read_only=True)
    outcome = generate(pod_of(k.Container("app", "root", volume_mounts=(mount,))))
    assert outcome.cleanup is None
    assert outcome.config.mounts == (Mount("/x", "/vols/data/part", True),)


def test_of_several_cleanups_only_the_last_survives():
    subpaths = k.LockedSubpaths()
    mounts = tuple(k.VolumeMount("data", f"/{p}", sub_path=p) for p in ("one", "two"))
    outcome = generate(pod_of(k.Container("app", "root", volume_mounts=mounts)), subpaths=subpaths)
    outcome.cleanup()
    assert subpaths.locked == ["/vols/data/one"]


@pytest.mark.parametrize(
    ("image", "user", "text"),
    [
        ("numbered", 0, "container's runAsUser breaks non-root policy"),
        ("root", None, "container has runAsNonRoot and image will run as root"),
        ("absent", None, "container has runAsNonRoot and image will run as root"),
        (
            "named",
            None,
            "container has runAsNonRoot and image has non-numeric user (app), cannot verify user is non-root",
        ),
        ("numbered", None, None),
        ("root", 1000, None),
        ("named", 1000, None),
    ],
)
@pytest.mark.parametrize("where", ["pod", "container"])
def test_a_container_that_must_not_be_root_is_checked(image, user, text, where):
    security = {"run_as_non_root": True, "run_as_user": user}
    container = k.Container("app", image)
    if where == "pod":
        pod = pod_of(container, security_context=k.PodSecurityContext(**security))
    else:
        pod = pod_of(replace(container, security_context=k.SecurityContext(**security)))
    outcome = generate(pod)
    assert (None if outcome.error is None else str(outcome.error)) == text
    assert (outcome.config is None) == (text is not None)


def test_the_container_s_settings_win_over_the_pod_s():
    pod_says = k.PodSecurityContext(run_as_non_root=True, run_as_user=0)
    relaxed = k.Container("app", "root", security_context=k.SecurityContext(run_as_non_root=False))
    assert generate(pod_of(relaxed, security_context=pod_says)).error is None
    numbered = k.Container("app", "root", security_context=k.SecurityContext(run_as_user=5))
    config = generate(pod_of(numbered, security_context=pod_says)).config
    assert config.linux.security_context.run_as_user == 5


@pytest.mark.parametrize(
    ("image", "user", "username"), [("root", 0, ""), ("named", None, "app"), ("numbered", 1000, "")]
)
def test_the_image_s_user_is_used_where_nobody_says_another(image, user, username):
    security = generate(pod_of(k.Container("app", image))).config.linux.security_context
    assert (security.run_as_user, security.run_as_username) == (user, username)


def test_an_error_of_image_status_is_returned_as_it_is():
    class Refusing(k.MemoryImages):
        def image_status(self, image):
            raise k.RpcError(k.StatusCode.UNAVAILABLE, "gone away")

    outcome = generate(pod_of(k.Container("app", "root")), images=Refusing())
    assert outcome.error == k.RpcError(k.StatusCode.UNAVAILABLE, "gone away")


def test_a_log_directory_that_cannot_be_made_is_an_error():
    def full(path):
        raise k.KubeletError(f"mkdir {path}: no space left on device")

    assert error_of(pod_of(k.Container("app", "root")), sources=replace(SOURCES, make_directory=full)) == (
        "create container log directory for container app failed: "
        "mkdir /var/log/pods/ns_web_uid-1/app: no space left on device"
    )


def test_errors_come_in_the_order_of_the_steps():
    made = []
    sources = replace(SOURCES, make_directory=made.append)
    bad_root = k.SecurityContext(run_as_non_root=True)
    container = k.Container(
        "app",
        "root",
        env=(k.EnvVar("X", value_from=k.SecretKeySelector("gone", "y")),),
        volume_mounts=(k.VolumeMount("gone", "/x"),),
        security_context=bad_root,
    )
    assert error_of(pod_of(container), sources=sources) == 'secret "gone" not found'
    container = replace(container, env=())
    assert error_of(pod_of(container), sources=sources).startswith("cannot find volume")
    container = replace(container, volume_mounts=())
    assert error_of(pod_of(container), sources=sources).endswith("will run as root")
    assert made == []


@pytest.mark.parametrize(
    ("changes", "mode"),
    [
        ({}, NamespaceMode.TARGET),
        ({"share_process_namespace": True}, NamespaceMode.POD),
        ({"host_pid": True}, NamespaceMode.NODE),
    ],
)
def test_a_target_counts_only_for_a_namespace_of_the_container_s_own(changes, mode):
    pod = pod_of(k.Container("app", "root"), **changes)
    options = generate(pod, target_id="t").config.linux.security_context.namespace_options
    assert options.pid is mode
    assert options.target_id == ("t" if mode is NamespaceMode.TARGET else "")


def test_host_namespaces_are_asked_of_the_runtime():
    pod = pod_of(k.Container("app", "root"), host_network=True, host_ipc=True)
    options = generate(pod).config.linux.security_context.namespace_options
    assert (options.network, options.ipc) == (NamespaceMode.NODE, NamespaceMode.NODE)
    assert options.pid is NamespaceMode.CONTAINER


@given(st.text("$()AB "), st.dictionaries(st.sampled_from("AB"), st.text("xy"), max_size=2))
def test_expansion_cannot_fail_and_touches_only_what_it_knows(text, variables):
    result = expand(text, variables)
    if "$" not in text:
        assert result == text
    if "$$" not in text:
        expected = text
        for name in variables:
            expected = expected.replace(f"$({name})", variables[name])
        assert result == expected


def test_an_unclosed_reference_stays_literal():
    assert expand("$(A $(A) $A $$", {"A": "x"}) == "$(A $(A) $A $"
