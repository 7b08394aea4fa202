"""The runtime in memory refuses what containerd 1.6.20 was seen to refuse, in its words.

A row is a name, the calls, and the answer to the last one: a code and a message. `<ID>` in a message
stands for the id that the bench has noted last, `<ANY>` for any 64 hex digits.
"""

import re
from typing import Any

import pytest

from fsm import kubelet as k
from fsm.kubelet import messages as cri

UNKNOWN, NOT_FOUND = k.StatusCode.UNKNOWN, k.StatusCode.NOT_FOUND
ABSENT = "f" * 64
RUNC = (
    "failed to create containerd task: failed to create shim task: OCI runtime create failed: "
    "runc create failed: unable to start container process: exec: "
)
RESERVED = 'failed to reserve container name "c_p_default_u_0": name "c_p_default_u_0" is reserved for "<ID>"'


def privileged() -> cri.LinuxContainerConfig:
    return cri.LinuxContainerConfig(security_context=cri.LinuxContainerSecurityContext(privileged=True))


def start_in_stopped_sandbox(b) -> None:
    container = b.created()
    b.stopped_sandbox()
    b.runtime.start_container(container)


def create_for_same_uid_in_new_sandbox(b) -> None:
    b.created()
    b.create(sandbox=b.run(attempt=1))


def create_without_sandbox_config(b) -> None:
    b.runtime.create_container(b.sandbox, b.config(), None)


def call_when_down(b) -> None:
    with pytest.raises(k.RpcError):
        create_without_sandbox_config(b)
    b.runtime.list_containers()


def duplicate_sandbox(b) -> None:
    b.id = b.sandbox
    b.run()


def start_lost(b) -> None:
    b.runtime.lose_container(b.created())
    b.runtime.start_container(b.id)


def create_duplicate_of_lost(b) -> None:
    b.runtime.lose_container(b.created())
    b.create()


REFUSALS: list[tuple[str, Any, k.StatusCode, str]] = [
    ("create, first CREATED", lambda b: (b.created(), b.create()), UNKNOWN, RESERVED),
    (
        "create, other command and labels",
        lambda b: (b.created(), b.create(command=("x",), labels={})),
        UNKNOWN,
        RESERVED,
    ),
    ("create, first RUNNING", lambda b: (b.running(), b.create()), UNKNOWN, RESERVED),
    ("create, first EXITED", lambda b: (b.exited(), b.create()), UNKNOWN, RESERVED),
    (
        "create, first failed to start",
        lambda b: (b.unstartable(command=("/no/such/binary",)), b.create()),
        UNKNOWN,
        RESERVED,
    ),
    ("create, first is UNKNOWN", create_duplicate_of_lost, UNKNOWN, RESERVED),
    ("create, same uid, new sandbox", create_for_same_uid_in_new_sandbox, UNKNOWN, RESERVED),
    (
        "create, missing image by name",
        lambda b: b.create(image=cri.ImageSpec("local.test/nope:1")),
        NOT_FOUND,
        'failed to resolve image "local.test/nope:1": not found',
    ),
    (
        "create, missing image by id",
        lambda b: b.create(image=cri.ImageSpec("sha256:" + ABSENT)),
        NOT_FOUND,
        f'failed to resolve image "sha256:{ABSENT}": not found',
    ),
    (
        "create, empty image",
        lambda b: b.create(image=cri.ImageSpec()),
        UNKNOWN,
        'failed to resolve image "": ambiguous digest string',
    ),
    (
        "create, unknown sandbox",
        lambda b: b.create(sandbox=ABSENT),
        NOT_FOUND,
        f'failed to find sandbox id "{ABSENT}": not found',
    ),
    (
        "create, empty sandbox id",
        lambda b: b.create(sandbox=""),
        UNKNOWN,
        'failed to find sandbox id "": Prefix can\'t be empty',
    ),
    (
        "create, no config",
        lambda b: b.runtime.create_container(b.sandbox, None, b.sandbox_config()),
        UNKNOWN,
        "container config must include metadata",
    ),
    (
        "create, no metadata",
        lambda b: b.create(metadata=None),
        UNKNOWN,
        "container config must include metadata",
    ),
    (
        "create, no sandbox config",
        create_without_sandbox_config,
        k.StatusCode.UNAVAILABLE,
        "Stream removed (Socket closed)",
    ),
    (
        "any call, runtime down",
        call_when_down,
        k.StatusCode.UNAVAILABLE,
        "failed to connect to all addresses",
    ),
    (
        "create, stopped sandbox",
        lambda b: b.create(sandbox=b.stopped_sandbox()),
        NOT_FOUND,
        "failed to get sandbox container task: no running task found: task <ID> not found: not found",
    ),
    (
        "create, privileged in a plain sandbox",
        lambda b: b.create(linux=privileged()),
        UNKNOWN,
        'failed to generate container "<ANY>" spec: no privileged container allowed in sandbox',
    ),
    (
        "start, command not found",
        lambda b: b.runtime.start_container(b.created(command=("/no/such/binary",))),
        UNKNOWN,
        RUNC + '"/no/such/binary": stat /no/such/binary: no such file or directory: unknown',
    ),
    (
        "start, command not executable",
        lambda b: b.runtime.start_container(b.created(command=("/etc/passwd",))),
        UNKNOWN,
        RUNC + '"/etc/passwd": permission denied: unknown',
    ),
    (
        "start, log not writable",
        lambda b: b.runtime.start_container(b.created(log_path="../proc/nope/c.log")),
        UNKNOWN,
        (
            "failed to create containerd task: failed to create container loggers: "
            "failed to create and open log file: mkdir /proc/nope: no such file or directory"
        ),
    ),
    (
        "start, RUNNING",
        lambda b: b.runtime.start_container(b.running()),
        UNKNOWN,
        'failed to set starting state for container "<ID>": container is in CONTAINER_RUNNING state',
    ),
    (
        "start, EXITED",
        lambda b: b.runtime.start_container(b.exited()),
        UNKNOWN,
        'failed to set starting state for container "<ID>": container is in CONTAINER_EXITED state',
    ),
    (
        "start, failed to start before",
        lambda b: b.runtime.start_container(b.unstartable(command=("/etc/passwd",))),
        UNKNOWN,
        'failed to set starting state for container "<ID>": container is in CONTAINER_EXITED state',
    ),
    (
        "start, UNKNOWN",
        start_lost,
        UNKNOWN,
        'failed to set starting state for container "<ID>": container is in CONTAINER_UNKNOWN state',
    ),
    (
        "start, removed",
        lambda b: b.runtime.start_container(b.removed()),
        NOT_FOUND,
        'an error occurred when try to find container "<ID>": not found',
    ),
    (
        "start, empty id",
        lambda b: b.runtime.start_container(""),
        UNKNOWN,
        'an error occurred when try to find container "": Prefix can\'t be empty',
    ),
    (
        "start, sandbox stopped",
        start_in_stopped_sandbox,
        UNKNOWN,
        'sandbox container "<ID>" is not running',
    ),
    (
        "stats, CREATED",
        lambda b: b.runtime.container_stats(b.created()),
        UNKNOWN,
        "unexpected metrics response: []",
    ),
    (
        "stats, EXITED",
        lambda b: b.runtime.container_stats(b.exited()),
        UNKNOWN,
        "unexpected metrics response: []",
    ),
    (
        "stats, removed",
        lambda b: b.runtime.container_stats(b.removed()),
        NOT_FOUND,
        "failed to find container: not found",
    ),
    (
        "reopen log, EXITED",
        lambda b: b.runtime.reopen_container_log(b.exited()),
        UNKNOWN,
        "container is not running",
    ),
    (
        "stop, removed",
        lambda b: b.runtime.stop_container(b.removed(), 0),
        NOT_FOUND,
        'an error occurred when try to find container "<ID>": not found',
    ),
    (
        "stop, unknown id",
        lambda b: b.runtime.stop_container(ABSENT, 0),
        NOT_FOUND,
        f'an error occurred when try to find container "{ABSENT}": not found',
    ),
    (
        "remove, empty id",
        lambda b: b.runtime.remove_container(""),
        UNKNOWN,
        'an error occurred when try to find container "": Prefix can\'t be empty',
    ),
    (
        "status, removed",
        lambda b: b.runtime.container_status(b.removed()),
        NOT_FOUND,
        'an error occurred when try to find container "<ID>": not found',
    ),
    (
        "status, sandbox removed",
        lambda b: (b.created(), b.runtime.remove_pod_sandbox(b.sandbox), b.state()),
        NOT_FOUND,
        'an error occurred when try to find container "<ID>": not found',
    ),
    (
        "exec, CREATED",
        lambda b: b.runtime.exec_sync(b.created(), ["true"], 0),
        UNKNOWN,
        "failed to exec in container: container is in CONTAINER_CREATED state",
    ),
    (
        "exec, command not found",
        lambda b: b.runtime.exec_sync(b.running(), ["/nope"], 0),
        UNKNOWN,
        (
            'failed to exec in container: failed to start exec "<ANY>": OCI runtime exec failed: '
            'exec failed: unable to start container process: exec: "/nope": '
            "stat /nope: no such file or directory: unknown"
        ),
    ),
    (
        "exec, takes too long",
        lambda b: b.runtime.exec_sync(b.running(), ["sleep", "5"], 1),
        k.StatusCode.DEADLINE_EXCEEDED,
        "failed to exec in container: timeout 1s exceeded: context deadline exceeded",
    ),
    (
        "run sandbox, same metadata",
        duplicate_sandbox,
        UNKNOWN,
        'failed to reserve sandbox name "p_default_u_0": name "p_default_u_0" is reserved for "<ID>"',
    ),
    (
        "run sandbox, first is stopped",
        lambda b: (b.stopped_sandbox(), b.run()),
        UNKNOWN,
        'failed to reserve sandbox name "p_default_u_0": name "p_default_u_0" is reserved for "<ID>"',
    ),
    (
        "run sandbox, no config",
        lambda b: b.runtime.run_pod_sandbox(None),
        UNKNOWN,
        "sandbox config must include metadata",
    ),
    (
        "run sandbox, unknown handler",
        lambda b: b.run(attempt=1, handler="nosuch"),
        UNKNOWN,
        'failed to get sandbox runtime: no runtime for "nosuch" is configured',
    ),
    (
        "stop sandbox, removed",
        lambda b: b.runtime.stop_pod_sandbox(b.removed_sandbox()),
        NOT_FOUND,
        'an error occurred when try to find sandbox "<ID>": not found',
    ),
    (
        "sandbox status, removed",
        lambda b: b.runtime.pod_sandbox_status(b.removed_sandbox()),
        NOT_FOUND,
        "an error occurred when try to find sandbox: not found",
    ),
]


@pytest.mark.parametrize(
    ("call", "code", "message"), [row[1:] for row in REFUSALS], ids=[row[0] for row in REFUSALS]
)
def test_a_wrong_call_gets_containerd_s_code_and_words(bench, call, code, message):
    with pytest.raises(k.RpcError) as caught:
        call(bench)
    assert caught.value.code is code
    said = caught.value.details
    if "<ANY>" in message:
        said = re.sub(r"[0-9a-f]{64}", "<ANY>", said)
    assert said == message.replace("<ID>", bench.id)
