"""The port of the kubelet at work: real containers, of several versions of the kubelet."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest

from fsm import kubelet as k
from fsm.kubelet import messages as cri
from specs.kubelet.runtime_pod import MISSING, RUNS, RuntimePod, runtime_pod

__all__ = ["runtime_pod"]  # a fixture

VERSIONS = ["1.18", "1.20", "1.30", "1.36"]
NAME = "app"
EXITED, RUNNING = cri.ContainerState.CONTAINER_EXITED, cri.ContainerState.CONTAINER_RUNNING
CREATED = {"1.36": "Container created"}
STARTED = {"1.36": "Container started"}

Make = Callable[..., "Node"]


@dataclass
class Node:
    """A kubelet of one version on a real runtime, with nothing in between, and one pod of it."""

    version: str
    on: RuntimePod
    image: str
    recorder: k.MemoryRecorder = field(default_factory=k.MemoryRecorder)

    def __post_init__(self) -> None:
        files, runtime = k.LocalFiles(str(self.on.host)), self.on.runtime
        seams = k.assemble(
            runtime,
            runtime,
            self.recorder,
            version=k.version(self.version),
            gates=k.FeatureGates(ephemeral_containers=True),
            sources=k.ConfigSources(
                mounted_volumes=lambda _: {"data": self.on.directory("data")},
                make_directory=files.make_directory,
            ),
            files=files,
            clock=time.time_ns,
        )
        self.kubelet = k.Kubelet(seams)

    def container(self, **given: Any) -> k.Container:
        return k.Container(NAME, self.image, **{"command": RUNS, **given})

    def pod(self, *containers: k.Container, **given: Any) -> k.Pod:
        return self.on.mine(k.Pod("web", "default", "", containers=containers, **given))

    def start(self, container: k.Container | None = None, **pod: Any) -> k.StartResult:
        """One sync of one container: a fresh snapshot, then an attempt."""
        made = self.pod(container or self.container(), **pod)
        return self.attempt(made, k.container_start_spec(made.containers[0]))

    def attempt(self, pod: k.Pod, spec: k.StartSpec) -> k.StartResult:
        status = self.kubelet.pod_status(pod)
        return self.kubelet.start_container(self.on.sandbox, self.on.config, spec, pod, status)

    def status(self) -> k.ContainerStatus:
        """The newest one of the name, as the kubelet sees it."""
        found = self.kubelet.pod_status(self.pod()).find_container_status_by_name(NAME)
        assert found is not None
        return found

    def real(self) -> cri.ContainerStatus:
        """The same as the runtime has it."""
        return self.on.runtime.container_status(self.status().id)

    def told(self) -> list[tuple[str, str, str]]:
        """Type, reason and message of every event; the pod's uid is like no other."""
        return [
            (each.type.value, each.reason, each.message.replace(self.on.uid, "UID"))
            for each in self.recorder.events
        ]

    def run(self, *command: str) -> str:
        """What a command prints in the container."""
        done = self.on.runtime.exec_sync(self.status().id, command, 10)
        assert done.exit_code == 0, done
        return done.stdout.decode()


@pytest.fixture
def node(runtime_pod: RuntimePod, cri_image: str) -> Make:
    def make(version: str = "1.30") -> Node:
        return Node(version, runtime_pod, cri_image)

    return make


every_version = pytest.mark.parametrize("version", VERSIONS)


def created(version: str) -> tuple[str, str, str]:
    return ("Normal", "Created", CREATED.get(version, f"Created container {NAME}"))


def started(version: str) -> tuple[str, str, str]:
    return ("Normal", "Started", STARTED.get(version, f"Started container {NAME}"))


def present(image: str) -> tuple[str, str, str]:
    return ("Normal", "Pulled", f'Container image "{image}" already present on machine')


@every_version
def test_a_container_is_started_and_the_events_say_so(node: Make, version: str) -> None:
    kubelet = node(version)
    message, error = kubelet.start()
    assert error is None
    assert message in {"", present(kubelet.image)[2]}
    assert kubelet.status().state is RUNNING
    assert kubelet.told() == [present(kubelet.image), created(version), started(version)]


@every_version
def test_the_runtime_has_the_config_that_the_kubelet_made(node: Make, version: str) -> None:
    kubelet = node(version)
    kubelet.start(kubelet.container(termination_message_path="/dev/end"))
    real, config = kubelet.real(), kubelet.on.config
    assert real.metadata == cri.ContainerMetadata(NAME, 0)
    assert real.image_ref == kubelet.on.image.id
    assert real.log_path == f"{config.log_directory}/{NAME}/0.log"
    assert real.labels == {**config.labels, "io.kubernetes.container.name": NAME}
    assert real.annotations["io.kubernetes.container.restartCount"] == "0"
    assert real.annotations["io.kubernetes.container.terminationMessagePath"] == "/dev/end"
    (sandbox,) = kubelet.kubelet.pod_status(kubelet.pod()).sandbox_statuses
    assert sandbox.metadata == cri.PodSandboxMetadata("web", kubelet.on.uid, "default", 0)


@every_version
def test_a_container_that_ended_is_started_again_with_the_next_number(node: Make, version: str) -> None:
    kubelet = node(version)
    for number in range(3):
        assert kubelet.start().error is None
        status = kubelet.status()
        assert (status.restart_count, kubelet.real().metadata.attempt) == (number, number)
        assert kubelet.real().log_path.endswith(f"/{NAME}/{number}.log")
        assert Path(kubelet.real().log_path).exists()
        kubelet.on.end_process(status.id)
        assert (kubelet.status().state, kubelet.status().exit_code) == (EXITED, 0)
    assert kubelet.told() == [present(kubelet.image), created(version), started(version)] * 3
    assert len(kubelet.on.containers()) == 3


@every_version
def test_without_a_status_the_logs_are_counted_where_the_version_does(node: Make, version: str) -> None:
    kubelet = node(version)
    for _ in range(2):
        kubelet.start()
        kubelet.on.end_process(kubelet.status().id)
    for one in kubelet.on.containers():
        kubelet.on.remove(one.id)
    assert kubelet.start().error is None
    assert kubelet.status().restart_count == (0 if version in {"1.18", "1.20"} else 2)


@every_version
def test_a_log_has_its_second_name(node: Make, version: str) -> None:
    kubelet = node(version)
    kubelet.start(kubelet.container(command=("sh", "-c", "echo told; sleep 1000")))
    link = kubelet.on.host / f"var/log/containers/web_default_{NAME}-{kubelet.status().id}.log"
    assert link.is_symlink()
    assert str(link.readlink()) == kubelet.real().log_path


@every_version
def test_a_hook_is_run_in_the_container(node: Make, version: str) -> None:
    kubelet = node(version)
    hook = k.Handler(("sh", "-c", "echo warm > /hooked"))
    assert kubelet.start(kubelet.container(lifecycle=k.Lifecycle(post_start=hook))).error is None
    assert kubelet.run("cat", "/hooked") == "warm\n"
    assert kubelet.told()[-1] == started(version)


@every_version
def test_a_container_whose_hook_fails_is_killed(node: Make, version: str) -> None:
    kubelet = node(version)
    hook = k.Handler(("sh", "-c", "echo cold >&2; exit 7"))
    message, error = kubelet.start(kubelet.container(lifecycle=k.Lifecycle(post_start=hook)))
    cause = "command 'sh -c echo cold >&2; exit 7' exited with 7: cold\n"
    told = (
        f'Exec lifecycle hook ([sh -c echo cold >&2; exit 7]) for Container "{NAME}" in Pod '
        f'"web_default(UID)" failed - error: {cause}, message: "cold\\n"'
    )
    fixed = version in {"1.30", "1.36"}
    assert message.replace(kubelet.on.uid, "UID") == told
    assert str(error) == ("PostStartHookError" if fixed else f"PostStartHookError: {cause}")
    assert kubelet.told()[3:] == [
        ("Warning", "FailedPostStartHook", "PostStartHook failed" if fixed else told),
        ("Normal", "Killing", "FailedPostStartHook"),
    ]
    assert (kubelet.status().state, kubelet.status().exit_code) == (EXITED, 0)


@every_version
def test_a_command_that_is_not_there_is_told_in_the_words_of_the_runtime(node: Make, version: str) -> None:
    kubelet = node(version)
    message, error = kubelet.start(kubelet.container(command=MISSING))
    assert error is k.StartError.RUN_CONTAINER
    assert f'exec: "{MISSING[0]}": stat {MISSING[0]}: no such file or directory' in message
    assert kubelet.told() == [
        present(kubelet.image),
        created(version),
        ("Warning", "Failed", f"Error: {message}"),
    ]
    status = kubelet.status()
    assert (status.state, status.exit_code, status.reason) == (EXITED, 128, "StartError")
    assert (status.message, status.started_at > 0) == (message, False) or status.message in message


@every_version
def test_a_start_that_failed_counts(node: Make, version: str) -> None:
    kubelet = node(version)
    kubelet.start(kubelet.container(command=MISSING))
    assert kubelet.start().error is None
    assert kubelet.status().restart_count == 1


@every_version
def test_an_image_that_is_not_there_and_may_not_be_pulled_stops_the_start(node: Make, version: str) -> None:
    kubelet = node(version)
    absent = replace(kubelet.container(image_pull_policy="Never"), image="local.test/nope:1")
    message, error = kubelet.start(absent)
    assert error is k.StartError.IMAGE_NEVER_PULL
    assert message == 'Container image "local.test/nope:1" is not present with pull policy of Never'
    assert [(kind, reason) for kind, reason, _ in kubelet.told()] == [
        ("Warning", "ErrImageNeverPull"),
        ("Warning", "Failed"),
    ]
    assert kubelet.on.containers() == []


@every_version
def test_a_pull_that_is_refused_backs_off(node: Make, version: str) -> None:
    kubelet = node(version)
    absent = replace(kubelet.container(), image="local.test/nope:1")
    message, error = kubelet.start(absent)
    assert error is k.StartError.IMAGE_PULL
    assert "local.test/nope:1" in message
    assert kubelet.start(absent).error is k.StartError.IMAGE_PULL_BACK_OFF
    assert [reason for _, reason, _ in kubelet.told()] == ["Pulling", "Failed", "Failed", "BackOff", "Failed"]
    assert kubelet.on.containers() == []


@every_version
def test_a_name_that_is_taken_is_told_with_its_holder(node: Make, version: str) -> None:
    kubelet = node(version)
    holder = kubelet.on.create(NAME)
    pod = kubelet.pod(kubelet.container())
    nothing = k.PodStatus(pod.uid, pod.name, pod.namespace)  # a snapshot that is too old
    spec = k.container_start_spec(pod.containers[0])
    message, error = kubelet.kubelet.start_container(
        kubelet.on.sandbox, kubelet.on.config, spec, pod, nothing
    )
    assert error is k.StartError.CREATE_CONTAINER
    assert f'is reserved for "{holder}"' in message
    assert kubelet.recorder.events[-1].message == f"Error: {message}"  # no id to replace
    assert [one.id for one in kubelet.on.containers()] == [holder]


def test_what_the_pod_asks_for_is_what_the_process_gets(node: Make) -> None:
    kubelet = node()
    (Path(kubelet.on.directory("data")) / "part").mkdir()
    kubelet.start(
        kubelet.container(
            command=("sh", "-c"),
            args=("echo $(GREETING) > /data/out; sleep 1000",),
            env=(k.EnvVar("WHO", "world"), k.EnvVar("GREETING", "hello $(WHO)")),
            working_dir="/tmp",
            volume_mounts=(
                k.VolumeMount("data", "/data"),
                k.VolumeMount("data", "/part", sub_path="part", read_only=True),
            ),
            security_context=k.SecurityContext(run_as_user=0),
        )
    )
    out = Path(kubelet.on.directory("data")) / "out"
    give_up = time.monotonic() + 10
    while not (out.exists() and out.read_text()) and time.monotonic() < give_up:
        time.sleep(0.01)
    assert out.read_text() == "hello world\n"
    assert kubelet.run("sh", "-c", "pwd; id -u; echo $WHO") == "/tmp\n0\nworld\n"
    with pytest.raises(AssertionError, match="Read-only file system"):
        kubelet.run("touch", "/part/file")


def test_a_user_is_the_one_of_the_pod(node: Make) -> None:
    kubelet = node()
    user = k.PodSecurityContext(run_as_user=1234, run_as_non_root=True)
    kubelet.start(kubelet.container(command=("sleep", "1000")), security_context=user)
    assert kubelet.run("id", "-u") == "1234\n"


def test_an_image_of_root_is_refused_where_root_may_not_be(node: Make) -> None:
    kubelet = node()
    message, error = kubelet.start(
        kubelet.container(security_context=k.SecurityContext(run_as_non_root=True))
    )
    assert error is k.StartError.CREATE_CONTAINER_CONFIG
    assert message == "container has runAsNonRoot and image will run as root"
    assert kubelet.on.containers() == []


def test_an_ephemeral_container_sees_the_processes_of_its_target(node: Make) -> None:
    kubelet = node()
    kubelet.on.create("target", ("sh", "-c", "sleep 1234567"))
    ephemeral = k.EphemeralContainer(kubelet.container(), target_container_name="target")
    pod = kubelet.pod(ephemeral_containers=(ephemeral,))
    assert kubelet.attempt(pod, k.ephemeral_container_start_spec(ephemeral)).error is None
    assert "sleep 1234567" in kubelet.run("sh", "-c", "cat /proc/[0-9]*/cmdline | tr '\\0' ' '")


def test_a_target_that_is_not_there_is_told_before_anything_is_made(node: Make) -> None:
    kubelet = node()
    ephemeral = k.EphemeralContainer(kubelet.container(), target_container_name="target")
    pod = kubelet.pod(ephemeral_containers=(ephemeral,))
    message, error = kubelet.attempt(pod, k.ephemeral_container_start_spec(ephemeral))
    assert (message, error) == (
        "unable to find target container target",
        k.StartError.CREATE_CONTAINER_CONFIG,
    )
    assert kubelet.on.containers() == []


def test_a_file_where_the_log_directory_should_be_is_a_config_error(node: Make) -> None:
    kubelet = node()
    logs = Path(kubelet.on.config.log_directory)
    logs.mkdir(parents=True, exist_ok=True)
    (logs / NAME).write_text("")
    message, error = kubelet.start()
    assert error is k.StartError.CREATE_CONTAINER_CONFIG
    assert message == (
        f"create container log directory for container {NAME} failed: "
        f"mkdir {str(logs).removeprefix(str(kubelet.on.host))}/{NAME}: file exists"
    )
    assert kubelet.on.containers() == []


def test_processors_are_changed_before_the_start(node: Make) -> None:
    kubelet = node("1.18")
    runtime = kubelet.on.runtime
    hooks = k.CpuSetLifecycle(runtime, {(kubelet.on.uid, NAME): "0"})
    kubelet.kubelet = replace(kubelet.kubelet, seams=replace(kubelet.kubelet.seams, internal_lifecycle=hooks))
    assert kubelet.start().error is None
    assert "Cpus_allowed_list:\t0\n" in kubelet.run("cat", "/proc/self/status")


def test_nothing_is_left_when_the_pod_is_gone(node: Make, cri_pod: Any) -> None:
    kubelet = node()
    kubelet.start()
    kubelet.on.runtime.stop_pod_sandbox(kubelet.on.sandbox)
    assert kubelet.status().state is EXITED
    kubelet.on.runtime.remove_pod_sandbox(kubelet.on.sandbox)
    assert kubelet.on.containers() == []
    assert cri_pod.sandboxes() == []
    assert kubelet.kubelet.pod_status(kubelet.pod()).sandbox_statuses == ()
