"""Bugs to plant in a copy of the runtime in memory, each in one place, and what a failure must say of it."""

from tests.conformance.mutants import Mutant

RUNTIME, CONTAINERS, SANDBOXES = "memory_runtime.py", "memory_containers.py", "memory_sandboxes.py"
RECORD, IDS = "container_record.py", "identifiers.py"

START_GUARD = "        if container.state is not ContainerState.CONTAINER_CREATED:\n"
EXEC_GUARD = (
    "        if container.state is not ContainerState.CONTAINER_RUNNING:\n            raise RpcError(\n"
)
FORGET = """        del self._containers[container.id]
        self.running.forget(container)
        self._names.release(container.id)
"""
RELEASE_ON_FAILURE = "        except RpcError:\n            self._names.release(id_)\n            raise\n"
INSIDE = "            self._containers.forget(container)\n"
END_INSIDE = "            self._containers.end(container)\n"
NOT_READY = "        sandbox.state = PodSandboxState.SANDBOX_NOTREADY\n"
ABSENT_IS_FINE = """            if error.code is StatusCode.NOT_FOUND:
                return
            raise
        self.forget(container)
"""
MADE = "            created_at=self._clock(),\n        )\n        return id_\n"
NO_IMAGE = "            raise error.within(f'failed to resolve image"
ANNOTATED = "            annotations=dict(self.config.annotations),\n            mounts"
REMOVES = "            raise\n        self.forget(container)\n"
KILLED = '            container.exit(137, "Error", self._clock())\n'

STATS_GUARD = """            raise RpcError(StatusCode.UNKNOWN, "unexpected metrics response: []")
"""
REOPEN_GUARD = '            raise RpcError(StatusCode.UNKNOWN, "container is not running")\n'

# fmt: off
MUTANTS = [
    Mutant("what does not run has stats", RUNTIME, STATS_GUARD, "            pass\n",
           ("container_stats", "reply", "REFUSED", "OK")),
    Mutant("what runs has no stats", RUNTIME,
           "        return container.stats(self._clock())\n",
           '        raise RpcError(StatusCode.UNKNOWN, "no metrics")\n',
           ("container_stats", "reply", "OK", "REFUSED")),
    Mutant("stats of an absent container are an error of another kind", RUNTIME,
           '        container = self._containers.find(container_id, "failed to find container")\n',
           "        try:\n"
           "            container = self._containers.find(container_id)\n"
           "        except RpcError as error:\n"
           "            raise RpcError(StatusCode.UNKNOWN, error.details) from None\n",
           ("container_stats", "reply", "NOT_FOUND", "REFUSED")),
    Mutant("a log is reopened of what does not run", CONTAINERS, REOPEN_GUARD, "            pass\n",
           ("reopen_container_log", "reply", "REFUSED", "OK")),
    Mutant("a start works twice", CONTAINERS, START_GUARD,
           START_GUARD.replace("is not ContainerState.CONTAINER_CREATED",
                               "not in (ContainerState.CONTAINER_CREATED, ContainerState.CONTAINER_RUNNING)"),
           ("start_container", "reply", "REFUSED", "OK")),
    Mutant("what has exited is started again", CONTAINERS, START_GUARD,
           START_GUARD.replace("is not ContainerState.CONTAINER_CREATED",
                               "not in (ContainerState.CONTAINER_CREATED, ContainerState.CONTAINER_EXITED)"),
           ("start_container", "reply", "REFUSED", "OK")),
    Mutant("a start does nothing", RECORD, "        self.state = ContainerState.CONTAINER_RUNNING\n", "",
           ("start_container", "container", "RUNNING", "CREATED")),
    Mutant("a failed start leaves the container as it was", CONTAINERS,
           '            container.exit(128, "StartError", self._clock(), failure)\n', "",
           ("start_container", "container", "EXITED", "CREATED")),
    Mutant("a failed start looks as if it had run", RECORD,
           "        self.state = ContainerState.CONTAINER_EXITED\n",
           "        self.state = ContainerState.CONTAINER_EXITED\n        self.started_at = now\n",
           ("start_container", "exit", "NEVER_RAN", "KILLED")),
    Mutant("a start does not say when", RECORD, "        self.started_at = now\n", "",
           ("start_container", "faithful", "it runs, and has no started_at")),
    Mutant("a stop does nothing", CONTAINERS, KILLED, "            pass\n",
           ("stop_container", "container", "EXITED", "RUNNING")),
    Mutant("a stop is not idempotent", CONTAINERS, "        self.end(self.find(container_id))\n",
           "        container = self.find(container_id)\n"
           "        if container.state is ContainerState.CONTAINER_EXITED:\n"
           '            raise RpcError(StatusCode.UNKNOWN, "it has exited")\n'
           "        self.end(container)\n",
           ("stop_container", "reply", "OK", "REFUSED")),
    Mutant("a stop ends what was only created", CONTAINERS,
           "        if container.state is ContainerState.CONTAINER_RUNNING:\n            container.exit(137",
           "        created = ContainerState.CONTAINER_CREATED\n"
           "        if container.state in (ContainerState.CONTAINER_RUNNING, created):\n"
           "            container.exit(137",
           ("stop_container", "container", "CREATED", "EXITED")),
    Mutant("the exit code is lost", RECORD, "        self.exit_code = exit_code\n", "",
           ("start_container", "exit", "exit_code=0")),
    Mutant("the end has no time", RECORD, "        self.finished_at = now\n", "",
           ("start_container", "exit", "finished_at=0")),
    Mutant("a remove is not idempotent", CONTAINERS, ABSENT_IS_FINE,
           REMOVES, ("remove_container", "reply", "OK", "NOT_FOUND")),
    Mutant("a remove does nothing", CONTAINERS, FORGET, "",
           ("remove_container", "container", "REMOVED", "CREATED")),
    Mutant("a remove of what runs leaves it running", CONTAINERS, REMOVES,
           "            raise\n        if container.state is not ContainerState.CONTAINER_RUNNING:\n"
           "            self.forget(container)\n",
           ("remove_container", "container", "REMOVED", "RUNNING")),
    Mutant("a name is not given back by a remove", CONTAINERS, FORGET,
           FORGET.replace("        self._names.release(container.id)\n", ""),
           ("create_container", "reply", "OK", "REFUSED")),
    Mutant("a name is not given back by a failed create", CONTAINERS, RELEASE_ON_FAILURE,
           "        except RpcError:\n            raise\n",
           ("create_container", "reply", "OK", "REFUSED")),
    Mutant("a name is given back too early", CONTAINERS,
           MADE, MADE.replace("return id_", "self._names.release(id_)\n        return id_"),
           ("create_container", "reply", "REFUSED", "OK")),
    Mutant("the attempt is no part of a name", IDS, "{sandbox.uid}_{metadata.attempt}", "{sandbox.uid}",
           ("create_next_attempt", "reply", "OK", "REFUSED")),
    Mutant("a sandbox is part of a container's name", IDS, "{sandbox.uid}_{metadata.attempt}",
           "{sandbox.uid}_{sandbox.attempt}_{metadata.attempt}",
           ("create_in_second_sandbox", "reply", "REFUSED", "OK")),
    Mutant("a create does not look whether the sandbox is ready", CONTAINERS,
           "        if not sandbox.ready:\n", "        if False:\n",
           ("create_container", "reply", "NOT_FOUND", "OK")),
    Mutant("a start does not look whether the sandbox is ready", CONTAINERS,
           "        if not container.sandbox.ready:\n", "        if False:\n",
           ("start_container", "reply", "REFUSED", "OK")),
    Mutant("an image is not looked for", CONTAINERS, NO_IMAGE,
           "            return self._images.list_images()[0]\n" + NO_IMAGE,
           ("create_with_missing_image", "reply", "NOT_FOUND", "OK")),
    Mutant("annotations are lost", RECORD, ANNOTATED,
           ANNOTATED.replace("dict(self.config.annotations)", "{}"),
           ("create_container", "faithful", "the status's annotations are {}")),
    Mutant("a listing tells another state than the status", RECORD,
           "            state=self.state,\n            created_at=self.created_at,\n            labels",
           "            state=ContainerState.CONTAINER_CREATED,\n            created_at=self.created_at,\n"
           "            labels",
           ("start_container", "faithful", "the listing CONTAINER_CREATED")),
    Mutant("a command runs in what does not", CONTAINERS, EXEC_GUARD,
           EXEC_GUARD.replace("CONTAINER_RUNNING:", "CONTAINER_RUNNING and not container.exit_code:"),
           ("exec_sync", "reply", "REFUSED", "OK")),
    Mutant("a stopped sandbox is still ready", RUNTIME, NOT_READY, "",
           ("stop_pod_sandbox", "sandbox", "NOT_READY", "READY")),
    Mutant("a stop of the sandbox lets its containers run", RUNTIME, END_INSIDE, "            pass\n",
           ("stop_pod_sandbox", "container", "EXITED", "RUNNING")),
    Mutant("a remove of the sandbox leaves its containers", RUNTIME, INSIDE, "            pass\n",
           ("remove_pod_sandbox", "container", "REMOVED", "CREATED")),
    Mutant("a removed sandbox keeps its name", SANDBOXES,
           "        del self._sandboxes[sandbox.id]\n        self._names.release(sandbox.id)\n",
           "        del self._sandboxes[sandbox.id]\n",
           ("run_pod_sandbox", "reply", "OK", "REFUSED")),
    Mutant("a new sandbox is not ready", SANDBOXES,
           "    state: cri.PodSandboxState = cri.PodSandboxState.SANDBOX_READY\n",
           "    state: cri.PodSandboxState = cri.PodSandboxState.SANDBOX_NOTREADY\n",
           ("run_pod_sandbox", "sandbox", "READY", "NOT_READY")),
    Mutant("any runtime handler will do", SANDBOXES, "        if runtime_handler:\n", "        if False:\n",
           ("run_pod_sandbox_with_unknown_handler", "reply", "REFUSED", "OK")),
    Mutant("a reboot runs and ends what was only created", RUNTIME,
           "        self._sandboxes.lose_all()\n",
           "        self._sandboxes.lose_all()\n"
           "        for one in self._containers.list(\n"
           "            cri.ContainerFilter(state=ContainerState.CONTAINER_CREATED)\n"
           "        ):\n"
           "            self._containers.find(one.id).run(self._clock())\n",
           ("reboot", "container", "CREATED", "EXITED")),
    Mutant("sandboxes are ready after a reboot", RUNTIME, "        self._sandboxes.lose_all()\n", "",
           ("reboot", "sandbox", "NOT_READY", "READY")),
]
# fmt: on
