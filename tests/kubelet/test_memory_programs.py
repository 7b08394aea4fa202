"""What is known of a command is what it would do, and nothing is known of any other."""

from __future__ import annotations

import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fsm import kubelet as k
from fsm.kubelet import messages as cri
from fsm.kubelet.memory_programs import Program, known_program, no_program

SECOND = 1_000_000_000


@pytest.mark.parametrize(
    ("command", "program"),
    [
        (["true"], Program()),
        (["/bin/false", "whatever"], Program(exit_code=1)),
        (["echo"], Program(output=b"\n")),
        (["echo", "a", "b c"], Program(output=b"a b c\n")),
        (["echo", "-n", "hello"], Program(output=b"hello")),
        (["sleep", "3600"], Program(3600)),
        (["sleep", "1.5"], Program(1.5)),
        (["/usr/bin/sleep", "2m"], Program(120)),
        (["sh", "-c", ""], Program()),
        (["sh", "-c", "exit"], Program()),
        (["/bin/sh", "-c", "exit 300"], Program(exit_code=44)),
        (["sh", "-c", "false; exit"], Program(exit_code=1)),
        (["sh", "-c", "false; true"], Program()),
        (["bash", "-c", "sleep 1; sleep 2 ; exit 3; sleep 9"], Program(3, 3)),
        (["ash", "-c", "echo 'a  b'; echo -n c"], Program(output=b"a  b\nc")),
    ],
)
def test_a_command_of_the_table_is_known(command, program) -> None:
    assert known_program(command) == program


@pytest.mark.parametrize(
    "command",
    [
        [],
        [""],
        ["nginx"],
        ["sleep"],
        ["sleep", "1", "2"],
        ["sleep", "-1"],
        ["sleep", "inf"],
        ["sleep", "1e9"],
        ["echo", "-e", "a\\n"],
        ["echo", "-n", "-e", "a"],
        ["sh"],
        ["sh", "-c"],
        ["sh", "-c", "exit 1", "name"],
        ["sh", "-e", "exit 1"],
        ["sh", "-c", "exit x"],
        ["sh", "-c", "exit -1"],
        ["sh", "-c", "exit 1 2"],
        ["sh", "-c", "exit '1'"],
        ["sh", "-c", "true && false"],
        ["sh", "-c", "echo $HOME"],
        ["sh", "-c", "echo `date`"],
        ["sh", "-c", "echo *"],
        ["sh", "-c", "echo a > b"],
        ["sh", "-c", "echo a | cat"],
        ["sh", "-c", "sleep 9 & exit 1"],
        ["sh", "-c", "A=1; exit 1"],
        ["sh", "-c", "./true"],
        ["sh", "-c", "echo 'a;b'"],
        ["sh", "-c", "echo 'a"],
        ["sh", "-c", "exit 1\nexit 2"],
        ["sh", "-c", "# exit 1"],
        ["sh", "-c", "! true"],
        ["sh", "-c", "if true; exit 1; fi"],
        ["sh", "-c", "top; exit 1"],
        ["sh", "-c", "true; ; true"],
        ["sh", "-c", "; true"],
        ["sh", "-c", ";"],
    ],
    ids=repr,
)
def test_nothing_is_known_of_any_other(command) -> None:
    assert known_program(command) is None


PARTS = st.lists(
    st.one_of(
        st.sampled_from(["true", "false", "exit", "exit 3", "exit 256", "echo", "sleep 0", "cat", ""]),
        st.text("ab -n'\";=$", max_size=8).map("echo {}".format),
    ),
    max_size=4,
)


@given(PARTS)
def test_a_script_that_is_known_does_what_a_shell_does(parts) -> None:
    script = "; ".join(parts)
    program = known_program(["sh", "-c", script])
    if program is not None:
        done = subprocess.run(["sh", "-c", script], input=b"", capture_output=True, timeout=10, check=False)
        assert (done.stdout, done.returncode) == (program.output, program.exit_code)


@pytest.mark.skipif(sys.platform == "win32", reason="needs a shell")
def test_of_nothing_is_anything_known_if_nobody_wants_it() -> None:
    assert no_program(["true"]) is None


def started(command: tuple[str, ...], clock: k.SteppingClock) -> tuple[k.MemoryRuntime, str]:
    image = k.Image("sha256:1", repo_tags=("app:1",))
    runtime = k.MemoryRuntime(k.MemoryImages([image]), clock, programs=known_program)
    pod = cri.PodSandboxConfig(cri.PodSandboxMetadata("p", "u", "n"))
    metadata = cri.ContainerMetadata("c")
    config = cri.ContainerConfig(metadata, cri.ImageSpec("app:1"), command[:1], command[1:])
    id_ = runtime.create_container(runtime.run_pod_sandbox(pod), config, pod)
    runtime.start_container(id_)
    return runtime, id_


@pytest.mark.parametrize(
    ("command", "code", "reason"), [(("sleep", "5"), 0, "Completed"), (("false",), 1, "Error")]
)
def test_a_container_ends_when_its_program_does_and_no_call_before_sees_it(command, code, reason) -> None:
    clock = k.SteppingClock(step=0)
    runtime, id_ = started(command, clock)
    begun = clock.now
    left = runtime.until_next_end()
    clock.now = begun + left - 1
    if left:
        assert runtime.container_status(id_).state is k.ContainerState.CONTAINER_RUNNING
        assert runtime.until_next_end() == 1
    clock.now = begun + left
    status = runtime.container_status(id_)
    assert (status.exit_code, status.reason) == (code, reason)
    assert status.finished_at == begun + left
    assert runtime.until_next_end() is None


@pytest.mark.parametrize("end", ["stop_container", "remove_container", "exit_container"])
def test_what_somebody_ended_before_does_not_end_again(end) -> None:
    clock = k.SteppingClock(step=0)
    runtime, id_ = started(("sleep", "5"), clock)
    getattr(runtime, end)(*{"stop_container": (id_, 0), "exit_container": (id_, 7)}.get(end, (id_,)))
    assert runtime.until_next_end() is None
    clock.now += 9 * SECOND
    if end != "remove_container":
        assert runtime.container_status(id_).exit_code in (137, 7)


def test_what_was_lost_before_its_end_stays_lost() -> None:
    clock = k.SteppingClock(step=0)
    runtime, id_ = started(("sleep", "5"), clock)
    runtime.lose_container(id_)
    clock.now += 9 * SECOND
    assert runtime.container_status(id_).state is k.ContainerState.CONTAINER_UNKNOWN


def test_exec_says_what_is_known_and_does_not_wait_for_it() -> None:
    runtime, id_ = started(("sleep", "5"), k.SteppingClock(step=0))
    assert runtime.exec_sync(id_, ["echo", "hello"], 1) == cri.ExecSyncResponse(b"hello\n")
    assert runtime.exec_sync(id_, ["sleep", "60"], 0).exit_code == 0
    assert runtime.exec_sync(id_, ["sleep", "60"], 60).exit_code == 0
    with pytest.raises(k.RpcError, match="timeout 59s exceeded: context deadline exceeded"):
        runtime.exec_sync(id_, ["sleep", "60"], 59)
