"""The cells of CreateContainer."""

from typing import Any

from fsm.kubelet import RpcError
from fsm.kubelet import messages as cri

from .cells import Cell
from .cells_scene import ABSENT, NAMESPACES, Scene
from .cells_worlds import Outcome

__all__ = ["CREATION", "NOPE", "UNEXECUTABLE", "UNWRITABLE", "counted", "taken", "targeting"]

NOPE = ("/no/such/binary",)
UNEXECUTABLE = ("/etc/passwd",)
UNWRITABLE = "../" * 20 + "proc/nope/c.log"  #: below the sandbox's log directory, as all log paths are

OTHER_POD = cri.PodSandboxMetadata("other", "other-uid", "default", 0)
INVALID = 'failed to generate container "<ID64>" spec: invalid target container: '


def taken(name: str, by: str = "<C1>") -> str:
    """The refusal of a container's name that is reserved."""
    full = f"{name}_<POD>_default_<UID>_0"
    return f'failed to reserve container name "{full}": name "{full}" is reserved for "{by}"'


def in_privileged_sandbox(scene: Scene) -> cri.PodSandboxConfig:
    """The pod's sandbox configuration, which allows for privileged containers."""
    linux = cri.LinuxPodSandboxConfig(cri.LinuxSandboxSecurityContext(True, NAMESPACES))
    return scene.sandbox_config(linux=linux)


def privileged() -> cri.LinuxContainerConfig:
    return cri.LinuxContainerConfig(security_context=cri.LinuxContainerSecurityContext(privileged=True))


def targeting(target: str) -> cri.LinuxContainerConfig:
    option = cri.NamespaceOption(cri.NamespaceMode.NODE, cri.NamespaceMode.TARGET, target_id=target)
    return cri.LinuxContainerConfig(
        security_context=cri.LinuxContainerSecurityContext(namespace_options=option)
    )


def counted(scene: Scene, outcomes: list[Outcome]) -> str:
    """How many calls succeeded, and how many were refused in which words."""
    refusals = [one for one in outcomes if isinstance(one, RpcError)]
    said = sorted({f"{one.code.name} {one.details}" for one in refusals})
    return f"{len(outcomes) - len(refusals)} OK, {len(refusals)} {'; '.join(said)}"


def twenty_at_once(scene: Scene, request: Any) -> str:
    outcomes = scene.world.at_once([lambda: scene.runtime.create_container(*request)] * 20)
    (made,) = [one for one in outcomes if isinstance(one, str)]
    scene.learn("CreateContainer", made)
    return counted(scene, list(outcomes))


def host_directory(scene: Scene, request: Any) -> str:
    scene.runtime.create_container(*request)
    path = request[1].mounts[0].host_path
    return f"host dir created: {scene.world.exists(path)}"


C = "CreateContainer"
CREATION = (
    Cell(C, "first, attempt 0", lambda s: s.request(), text="<C1>"),
    Cell(C, "same metadata+attempt, first is CREATED", lambda s: s.create().request(), "UNKNOWN", taken("c")),
    Cell(
        C,
        "same metadata+attempt, different command/labels",
        lambda s: s.create().request(command=("true",), labels={"other": "1"}),
        "UNKNOWN",
        taken("c"),
    ),
    Cell(C, "same name, attempt 1", lambda s: s.create().request(attempt=1), text="<C2>"),
    Cell(
        C,
        "same metadata+attempt, first is RUNNING",
        lambda s: s.create().start().request(),
        "UNKNOWN",
        taken("c"),
    ),
    Cell(C, "same metadata+attempt, first is EXITED", lambda s: s.end(0).request(), "UNKNOWN", taken("c")),
    Cell(
        C,
        "same metadata+attempt after RemoveContainer of first",
        lambda s: s.create().remove().request(),
        text="<C2>",
    ),
    Cell(
        C,
        "missing image (name)",
        lambda s: s.request(image=cri.ImageSpec("local.test/nope:1")),
        "NOT_FOUND",
        'failed to resolve image "local.test/nope:1": not found',
    ),
    Cell(
        C,
        "missing image (sha256 id)",
        lambda s: s.request(image=cri.ImageSpec(f"sha256:{ABSENT}")),
        "NOT_FOUND",
        'failed to resolve image "sha256:<ID64>": not found',
    ),
    Cell(
        C,
        "empty image",
        lambda s: s.request(image=cri.ImageSpec()),
        "UNKNOWN",
        'failed to resolve image "": ambiguous digest string',
    ),
    Cell(
        C,
        "after failed create (missing image), same name, good image",
        lambda s: s.refused(
            "create_container", *s.request(image=cri.ImageSpec("local.test/nope:1"))
        ).request(),
        text="<C1>",
    ),
    Cell(C, "image given by image id", lambda s: s.request(image=cri.ImageSpec(s.image_id)), text="<C1>"),
    Cell(
        C,
        "unknown sandbox id",
        lambda s: s.request(sandbox=ABSENT),
        "NOT_FOUND",
        'failed to find sandbox id "<ID64>": not found',
    ),
    Cell(
        C,
        "empty sandbox id",
        lambda s: s.request(sandbox=""),
        "UNKNOWN",
        'failed to find sandbox id "": Prefix can\'t be empty',
    ),
    Cell(C, "sandbox id prefix (12 hex digits)", lambda s: s.request(sandbox=s.sandbox[:12]), text="<C1>"),
    Cell(
        C,
        "no config",
        lambda s: (s.sandbox, None, s.sandbox_config()),
        "UNKNOWN",
        "container config must include metadata",
    ),
    Cell(
        C,
        "no metadata",
        lambda s: s.request(metadata=None),
        "UNKNOWN",
        "container config must include metadata",
    ),
    Cell(C, "empty metadata.name", lambda s: s.request(name=""), text="<C1>"),
    Cell(C, "no command (image has Cmd)", lambda s: s.request(command=()), text="<C1>"),
    Cell(C, "attempt 2**32-1", lambda s: s.request(attempt=2**32 - 1), text="<C1>"),
    Cell(
        C,
        "mount of a host path that does not exist",
        lambda s: s.request(mounts=(cri.Mount("/x", f"{s.world.directory}/{s.pod}/absent"),)),
        text="host dir created: True",
        ask=host_directory,
    ),
    Cell(
        C,
        "same pod uid+name+attempt in NEW sandbox (attempt 1) while old one holds it",
        lambda s: s.create().run(attempt=1).request(),
        "UNKNOWN",
        taken("c"),
    ),
    Cell(
        C,
        "20 concurrent identical",
        lambda s: s.request(),
        text=f"1 OK, 19 UNKNOWN {taken('c')}",
        ask=twenty_at_once,
    ),
    Cell(C, "command not found", lambda s: s.request(command=NOPE), text="<C1>"),
    Cell(
        C,
        "same metadata after failed start: command not found",
        lambda s: s.create(name="badcmd", command=NOPE).fail_to_start().request(name="badcmd"),
        "UNKNOWN",
        taken("badcmd"),
    ),
    Cell(C, "command not executable", lambda s: s.request(command=UNEXECUTABLE), text="<C1>"),
    Cell(
        C,
        "same metadata after failed start: command not executable",
        lambda s: s.create(name="noexec", command=UNEXECUTABLE).fail_to_start().request(name="noexec"),
        "UNKNOWN",
        taken("noexec"),
    ),
    Cell(C, "log_path unwritable", lambda s: s.request(log_path=UNWRITABLE), text="<C1>"),
    Cell(
        C,
        "in a STOPPED sandbox",
        lambda s: s.stop_sandbox().request(),
        "NOT_FOUND",
        "failed to get sandbox container task: no running task found: task <S1> not found: not found",
    ),
    Cell(
        C,
        "privileged in a plain sandbox",
        lambda s: s.request(linux=privileged()),
        "UNKNOWN",
        'failed to generate container "<ID64>" spec: no privileged container allowed in sandbox',
    ),
    Cell(
        C,
        "privileged in a plain sandbox, but sandbox_config is that of a privileged one",
        lambda s: (s.sandbox, s.config(linux=privileged()), in_privileged_sandbox(s)),
        text="<C1>",
    ),
    Cell(
        C,
        "privileged in a privileged sandbox, but sandbox_config is that of a plain one",
        lambda s: s.run(1, linux=in_privileged_sandbox(s).linux).request(linux=privileged()),
        "UNKNOWN",
        'failed to generate container "<ID64>" spec: no privileged container allowed in sandbox',
    ),
    Cell(
        C,
        "sandbox_config of another pod",
        lambda s: (s.create().sandbox, s.config(), s.sandbox_config(metadata=OTHER_POD)),
        text="<C2>",
    ),
    Cell(
        C,
        "pid namespace of a RUNNING container",
        lambda s: s.create().start().request(attempt=1, linux=targeting(s.id)),
        text="<C2>",
    ),
    Cell(
        C,
        "pid namespace of a CREATED container",
        lambda s: s.create().request(attempt=1, linux=targeting(s.id)),
        "UNKNOWN",
        INVALID + 'container "<C1>" is not running - in state CONTAINER_CREATED',
    ),
    Cell(
        C,
        "pid namespace of an unknown container",
        lambda s: s.request(linux=targeting(ABSENT)),
        "NOT_FOUND",
        INVALID + 'container "<ID64>" does not exist: not found',
    ),
    Cell(
        C,
        "pid namespace of a container of another sandbox",
        lambda s: s.create().start().run(1).request(attempt=1, linux=targeting(s.id)),
        "UNKNOWN",
        INVALID + 'container "<C1>" (sandbox <S1>) does not belong to sandbox <S2>',
    ),
)
