"""One container of one pod in a runtime that is driven call by call, and what is seen of it.

The adapter of `CriContainer`: a method for each action that makes the call, an answer read off its error, and
`observe()`, which asks for the container's and the sandbox's status and lists both. It speaks to any
`RuntimeService`; a pod of its own, with a uid of its own, keeps it apart from whatever else is there, and
`close()` removes that pod whatever has happened.
"""

import contextlib
import shutil
import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any
from uuid import uuid4

import fsm.kubelet

from .cri_container_seen import SANDBOXES, STATES, exit_of, is_faithful
from .cri_container_words import Container, Exit, Other, Reply, Sandbox
from .cri_container_worlds import OWN_CODE, World

IMAGE = "local.test/busybox:1"
MISSING = "local.test/missing:1"
TRIES = 20  # of half a second, for a process to end that was told to
NOWHERE = "0" * 64  # an id that nothing has
RUNS = ("sh", "-c", f'trap "exit {OWN_CODE}" USR1; while :; do sleep 1000 & wait; done')
CANNOT_RUN = ("/no/such/program",)
UID = "io.kubernetes.pod.uid"
ANNOTATIONS = {"example.org/text": "as it came: ☃ \n", "example.org/nothing": ""}

ANSWERED = {"NOT_FOUND": Reply.NOT_FOUND, "UNAVAILABLE": Reply.GONE}
NO_ANSWER = frozenset({"DEADLINE_EXCEEDED", "CANCELLED", "UNIMPLEMENTED"})


class Bench:
    """A container and its sandbox in a runtime.

    Args:
        runtime: a `RuntimeService`.
        world: what can happen to it beside calls.
        image: the name of an image that is present and has a shell.
        kubelet: whose messages and errors it speaks in: `fsm.kubelet`, or a changed copy of it.
    """

    def __init__(self, runtime: Any, world: World, image: str = IMAGE, kubelet: Any = fsm.kubelet) -> None:
        self.runtime = runtime
        self.cri, self.errors = kubelet.messages, kubelet.errors
        self.world = world
        self.image = image
        self.uid = str(uuid4())
        self.name = f"cri-{self.uid[:8]}"
        self.logs = Path(tempfile.mkdtemp(prefix="fsm-cri-log-"))
        self.sandbox_id = self.second_id = self.container_id = self.other_id = ""
        self.said: Any = None  # the error of the last call, if it had one

    def close(self) -> None:
        """Remove all that was made."""
        try:
            for one in self.runtime.list_pod_sandbox(self._sandboxes()):
                try:
                    self.runtime.remove_pod_sandbox(one.id)
                except self.errors.RpcError:
                    self.runtime.stop_pod_sandbox(one.id)
                    self.runtime.remove_pod_sandbox(one.id)
            for one in self.runtime.list_containers(self._containers()):  # what outlived its sandbox
                self.runtime.remove_container(one.id)
            self.world.settle(self._stumble)
        finally:
            shutil.rmtree(self.logs, ignore_errors=True)

    def _stumble(self) -> None:
        sandbox = self.runtime.run_pod_sandbox(self.sandbox_config(attempt=2))
        self.runtime.remove_pod_sandbox(sandbox)

    # what is asked with

    def namespaces(self) -> Any:
        """The node's network, for which no runtime needs a network plugin, and processes of one's own."""
        modes = self.cri.NamespaceMode
        return self.cri.NamespaceOption(network=modes.NODE, pid=modes.CONTAINER)

    def sandbox_config(self, attempt: int = 0) -> Any:
        """The pod's sandbox."""
        return self.cri.PodSandboxConfig(
            self.cri.PodSandboxMetadata(self.name, self.uid, "default", attempt),
            log_directory=str(self.logs),
            labels={UID: self.uid},
            annotations=ANNOTATIONS,
            linux=self.cri.LinuxPodSandboxConfig(
                self.cri.LinuxSandboxSecurityContext(namespace_options=self.namespaces())
            ),
        )

    def config(self, attempt: int = 0, runs: bool = True, image: str = "") -> Any:
        """The pod's container."""
        return self.cri.ContainerConfig(
            self.cri.ContainerMetadata("c", attempt),
            self.cri.ImageSpec(image or self.image),
            command=RUNS if runs else CANNOT_RUN,
            labels={UID: self.uid},
            annotations=ANNOTATIONS,
            log_path=f"c_{attempt}.log",
            linux=self.cri.LinuxContainerConfig(
                security_context=self.cri.LinuxContainerSecurityContext(namespace_options=self.namespaces())
            ),
        )

    def _sandboxes(self) -> Any:
        return self.cri.PodSandboxFilter(label_selector={UID: self.uid})

    def _containers(self) -> Any:
        return self.cri.ContainerFilter(label_selector={UID: self.uid})

    def ask(self, call: Callable[..., Any], *arguments: Any) -> tuple[Reply, Any]:
        """Make a call; its answer, by what it means, and what it returned.

        Raises:
            RpcError: where the runtime did not answer: a deadline, a call that it does not have.
        """
        self.said = None
        try:
            return Reply.OK, call(*arguments)
        except self.errors.RpcError as error:
            if error.code.name in NO_ANSWER:
                raise
            self.said = error
        reply = ANSWERED.get(self.said.code.name, Reply.REFUSED)
        if reply is Reply.GONE:
            self.world.restart()
        return reply, None

    def _asked(self, call: Callable[..., Any], *arguments: Any) -> dict[str, Any]:
        return {"reply": self.ask(call, *arguments)[0]}

    # sandboxes

    def run_pod_sandbox(self) -> Mapping[str, Any]:
        """As the spec says."""
        reply, made = self.ask(self.runtime.run_pod_sandbox, self.sandbox_config())
        if reply is Reply.OK and made == self.sandbox_id:
            reply = Reply.HOLDER
        self.sandbox_id = made or self.sandbox_id
        return {"reply": reply}

    def run_next_pod_sandbox(self) -> Mapping[str, Any]:
        """As the spec says."""
        reply, made = self.ask(self.runtime.run_pod_sandbox, self.sandbox_config(attempt=1))
        self.second_id = made or self.second_id
        return {"reply": reply}

    def run_pod_sandbox_without_config(self) -> Mapping[str, Any]:
        """As the spec says."""
        return self._asked(self.runtime.run_pod_sandbox, None)

    def run_pod_sandbox_with_unknown_handler(self) -> Mapping[str, Any]:
        """As the spec says."""
        return self._asked(self.runtime.run_pod_sandbox, self.sandbox_config(), "no-such-handler")

    def stop_pod_sandbox(self) -> Mapping[str, Any]:
        """As the spec says."""
        return self._asked(self.runtime.stop_pod_sandbox, self.sandbox_id or NOWHERE)

    def remove_pod_sandbox(self) -> Mapping[str, Any]:
        """As the spec says."""
        return self._asked(self.runtime.remove_pod_sandbox, self.sandbox_id or NOWHERE)

    def pod_sandbox_status(self) -> Mapping[str, Any]:
        """As the spec says."""
        return self._asked(self.runtime.pod_sandbox_status, self.sandbox_id or NOWHERE)

    def list_pod_sandbox(self) -> Mapping[str, Any]:
        """As the spec says."""
        return self._asked(
            self.runtime.list_pod_sandbox, self.cri.PodSandboxFilter(self.sandbox_id or NOWHERE)
        )

    # creates

    def _create(self, sandbox: str, attempt: int, config: Any, sandbox_config: Any) -> tuple[Reply, str]:
        reply, made = self.ask(self.runtime.create_container, sandbox or NOWHERE, config, sandbox_config)
        if reply is Reply.OK and made == self.container_id:
            reply = Reply.HOLDER
        return reply, made or ""

    def create_container(self, startable: bool) -> Mapping[str, Any]:
        """As the spec says."""
        reply, made = self._create(self.sandbox_id, 0, self.config(0, startable), self.sandbox_config())
        self.container_id = made or self.container_id
        return {"reply": reply}

    def create_next_attempt(self) -> Mapping[str, Any]:
        """As the spec says."""
        reply, made = self._create(self.sandbox_id, 1, self.config(1), self.sandbox_config())
        self.other_id = made or self.other_id
        return {"reply": reply}

    def create_in_second_sandbox(self) -> Mapping[str, Any]:
        """As the spec says."""
        reply, made = self._create(self.second_id, 0, self.config(), self.sandbox_config(attempt=1))
        self.other_id = made or self.other_id
        return {"reply": reply}

    def create_with_missing_image(self) -> Mapping[str, Any]:
        """As the spec says."""
        config = self.config(image=MISSING)
        return {"reply": self._create(self.sandbox_id, 0, config, self.sandbox_config())[0]}

    def create_without_metadata(self) -> Mapping[str, Any]:
        """As the spec says."""
        config = self.cri.ContainerConfig(image=self.cri.ImageSpec(self.image), command=RUNS)
        return {"reply": self._create(self.sandbox_id, 0, config, self.sandbox_config())[0]}

    def create_without_sandbox_config(self) -> Mapping[str, Any]:
        """As the spec says."""
        reply, made = self._create(self.sandbox_id, 0, self.config(), None)
        self.container_id = made or self.container_id
        return {"reply": reply}

    def remove_other(self) -> None:
        """As the spec says."""
        if self.second_id:
            self.runtime.remove_pod_sandbox(self.second_id)
        elif self.other_id:
            self.runtime.remove_container(self.other_id)
        self.second_id = self.other_id = ""

    # the container's life

    def start_container(self) -> Mapping[str, Any]:
        """As the spec says."""
        return self._asked(self.runtime.start_container, self.container_id or NOWHERE)

    def stop_container(self) -> Mapping[str, Any]:
        """As the spec says."""
        return self._asked(self.runtime.stop_container, self.container_id or NOWHERE, 0)

    def remove_container(self) -> Mapping[str, Any]:
        """As the spec says."""
        return self._asked(self.runtime.remove_container, self.container_id or NOWHERE)

    def container_status(self) -> Mapping[str, Any]:
        """As the spec says."""
        return self._asked(self.runtime.container_status, self.container_id or NOWHERE)

    def list_containers(self) -> Mapping[str, Any]:
        """As the spec says."""
        return self._asked(
            self.runtime.list_containers, self.cri.ContainerFilter(self.container_id or NOWHERE)
        )

    def exec_sync(self) -> Mapping[str, Any]:
        """As the spec says."""
        return self._asked(self.runtime.exec_sync, self.container_id or NOWHERE, ("true",), 5)

    def update_container_resources(self) -> Mapping[str, Any]:
        """As the spec says."""
        resources = self.cri.LinuxContainerResources()
        return self._asked(self.runtime.update_container_resources, self.container_id or NOWHERE, resources)

    def container_stats(self) -> Mapping[str, Any]:
        """As the spec says."""
        return self._asked(self.runtime.container_stats, self.container_id or NOWHERE)

    def reopen_container_log(self) -> Mapping[str, Any]:
        """As the spec says."""
        return self._asked(self.runtime.reopen_container_log, self.container_id or NOWHERE)

    # what the world does

    def process_exits(self) -> None:
        """As the spec says; told again, for who has only just begun does not heed a signal yet."""
        for _ in range(TRIES):
            with contextlib.suppress(self.errors.RpcError):  # it may have ended by now
                self.world.exit(self.container_id)
            if self._wait(lambda: self.observe()["container"] is Container.EXITED, 0.5):
                break

    def runtime_is_killed(self) -> None:
        """As the spec says."""
        self.world.kill()
        self.world.restart()

    def process_exits_unseen(self) -> None:
        """As the spec says."""
        self.world.exit_unseen(self.container_id)
        self._wait(lambda: self.observe()["container"] is Container.EXITED)

    def create_is_cut_short(self) -> Mapping[str, Any]:
        """As the spec says; nobody sees whether a trace is left where nothing is listed."""
        self.world.cut_short(
            lambda runtime: runtime.create_container(self.sandbox_id, self.config(), self.sandbox_config())
        )
        return {}

    def start_is_cut_short(self) -> Mapping[str, Any]:
        """As the spec says."""
        self.world.cut_short(lambda runtime: runtime.start_container(self.container_id))
        return {}

    def container_is_lost(self) -> None:
        """As the spec says."""
        self.world.lose(self.container_id)

    def sandbox_is_killed(self) -> None:
        """As the spec says."""
        self.world.kill_sandbox(self.sandbox_id)
        self._wait(lambda: self.observe()["sandbox"] is Sandbox.NOT_READY)

    def reboot(self) -> None:
        """As the spec says."""
        self.world.reboot()

    def _wait(self, seen: Callable[[], bool], seconds: float = 5.0) -> bool:
        """Wait for what comes by itself, at most so long; what is seen then is judged anyway."""
        end = time.monotonic() + seconds
        while not (came := seen()) and time.monotonic() < end:
            time.sleep(0.005)
        return came

    # what is seen

    def observe(self) -> Mapping[str, Any]:
        """The variables of the spec that a client can see."""
        sandboxes = list(self.runtime.list_pod_sandbox(self._sandboxes()))
        listed = list(self.runtime.list_containers(self._containers()))
        seen: dict[str, Any] = {"sandbox": self._sandbox(sandboxes), "other": self._other(sandboxes, listed)}
        mine = [one for one in listed if one.metadata.attempt == 0 and one.pod_sandbox_id != self.second_id]
        if len(mine) > 1:
            return {**seen, "container": f"{len(mine)} containers of one name and attempt in one sandbox"}
        if mine:
            self.container_id = mine[0].id  # also one that a create left behind whose answer never came
        status = self._status(self.runtime.container_status, self.container_id)
        return {**seen, **self._container(mine[0] if mine else None, status)}

    def _status(self, ask: Callable[[str], Any], id_: str) -> Any:
        if not id_:
            return None
        with contextlib.suppress(self.errors.RpcError):
            return ask(id_)

    def _container(self, listed: Any, status: Any) -> Mapping[str, Any]:
        if listed is None and status is None:
            gone = Container.REMOVED if self.container_id else Container.ABSENT
            return {"container": gone, "faithful": False, "exit": Exit.NONE}
        if listed is None or status is None:
            where, nowhere = ("its status", "listed") if listed is None else ("listed", "its status")
            return {"container": f"{where} shows it, {nowhere} does not"}
        state = STATES[status.state.name]
        shown: dict[str, Any] = {
            "container": state,
            "faithful": is_faithful(listed, status, self.config(), self.sandbox_id),
        }
        if state is not Container.UNKNOWN:
            shown["exit"] = exit_of(status)
        return shown

    def _sandbox(self, listed: list[Any]) -> Sandbox | str:
        first = [one for one in listed if one.id != self.second_id]
        if len(first) > 1:
            return f"{len(first)} sandboxes of one name and attempt"
        if first:
            self.sandbox_id = first[0].id
        status = self._status(self.runtime.pod_sandbox_status, self.sandbox_id)
        if not first and status is None:
            return Sandbox.REMOVED if self.sandbox_id else Sandbox.ABSENT
        if not first or status is None or status.state is not first[0].state:
            return f"the status says {getattr(status, 'state', None)}, the listing {[x.state for x in first]}"
        if status.annotations != ANNOTATIONS or status.metadata != self.sandbox_config().metadata:
            return f"it was altered: {status.metadata}, {dict(status.annotations)}"
        return SANDBOXES[status.state.name]

    def _other(self, sandboxes: list[Any], listed: list[Any]) -> Other:
        if any(one.id == self.second_id for one in sandboxes):
            return Other.TWIN if any(one.pod_sandbox_id == self.second_id for one in listed) else Other.SECOND
        return Other.NEXT if any(one.metadata.attempt == 1 for one in listed) else Other.NONE
