"""Bugs to plant in a copy of the port, each in one place, and what a failure must say of it."""

import importlib.util
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from textwrap import indent
from types import ModuleType

import fsm.kubelet

PORT = Path(fsm.kubelet.__file__).parent

CREATE = "create_container.py"
CONFIG = "container_config.py"


@dataclass(frozen=True)
class Mutant:
    """A bug.

    Args:
        name: what is wrong.
        file: where in the port.
        old: the text there, exactly once.
        new: what stands there instead.
        says: what the failure must say: the action, the variable, and what was seen of it.
    """

    name: str
    file: str
    old: str
    new: str
    says: tuple[str, ...]

    def __str__(self) -> str:
        return self.name

    def patched(self) -> str:
        """The file's text with the bug in it."""
        text = (PORT / self.file).read_text()
        if text.count(self.old) != 1:
            raise ValueError(f"{self.name}: {self.old!r} stands {text.count(self.old)} times in {self.file}")
        return text.replace(self.old, self.new)


@contextmanager
def planted(folder: Path, *mutants: Mutant) -> Iterator[ModuleType]:
    """A fresh copy of the port with the bugs of these mutants; forgotten in the end."""
    copy = folder / "port"
    shutil.copytree(PORT, copy)
    for mutant in mutants:
        (copy / mutant.file).write_text(mutant.patched())
    name = f"planted_port_{folder.name.replace('-', '_')}"
    found = importlib.util.spec_from_file_location(
        name, copy / "__init__.py", submodule_search_locations=[str(copy)]
    )
    assert found is not None
    assert found.loader is not None
    module = importlib.util.module_from_spec(found)
    sys.modules[name] = module
    try:
        found.loader.exec_module(module)
        yield module
    finally:
        for loaded in [one for one in sys.modules if one == name or one.startswith(f"{name}.")]:
            del sys.modules[loaded]


def _event(text: str, depth: int) -> str:
    """A warning as `create` tells it."""
    return f'{" " * depth}attempt.tell(EventType.WARNING, FAILED_TO_CREATE_CONTAINER, f"Error: {{{text}}}")\n'


TARGET_EVENT = _event("target_text", 12)
CONFIG_EVENT = _event("config_text", 8)
CREATE_EVENT = _event("create_text", 8)
HOOK_EVENT = """        attempt.tell(
            EventType.WARNING,
            FAILED_TO_START_CONTAINER,
            f"Internal PreStartContainer hook failed: {hook_text}",
            container_id,
        )
"""
CREATED_EVENT = """    attempt.tell(EventType.NORMAL, CREATED_CONTAINER, created, container_id)
"""
SET_REF = """    if reference is not None:
        seams.ref_manager.set_ref(container_id, reference)
"""
HOOK = "        seams.internal_lifecycle.pre_start_container(pod, container, container_id)\n"
HOOK_REFUSED = "        hook_text = status_message(error)\n"
CLEANUP = """    if cleanup is not None:
        deferred.callback(cleanup)
"""
CREATED = "    created = version.created.format(name=container.name)\n"
DONE = "    return CreatedContainer(container_id, config)\n"


def _again(event: str) -> str:
    return event + event


# fmt: off
MUTANTS = [
    # the restart count
    Mutant("the restart count is not raised", CREATE, "status.restart_count + 1", "status.restart_count",
           ("restart_count", "the CRI attempt says 0")),
    Mutant("the restart count begins at 1", CREATE, "    restart_count = next_restart_count(attempt)\n",
           "    restart_count = next_restart_count(attempt) or 1\n",
           ("restart_count", "the CRI attempt says 1")),
    Mutant("the restart count is read off the oldest status", "status.py",
           "        for status in self.container_statuses:\n",
           "        for status in reversed(self.container_statuses):\n",
           ("restart_count", "the CRI attempt says 1")),
    Mutant("the statuses come oldest first", "pod_status.py", ", reverse=True)", ")",
           ("status_seen", "next_sync", "1", "0")),
    Mutant("the attempt is not passed to the runtime", CONFIG,
           "(container.name, restart_count % _UINT32)", "(container.name, 0)",
           ("restart_count", "the CRI attempt says 0")),
    Mutant("the annotation says another restart count", "labels.py",
           "RESTART_COUNT_ANNOTATION: str(restart_count)", 'RESTART_COUNT_ANNOTATION: str(restart_count + 1)',
           ("restart_count", "the annotation says 1")),
    Mutant("the annotation is left out", "labels.py",
           "        RESTART_COUNT_ANNOTATION: str(restart_count),\n", "",
           ("restart_count", "the annotation says None")),
    Mutant("every attempt writes to the same log", "sandbox_config.py",
           'return f"{container_name}/{restart_count}.log"', 'return f"{container_name}/0.log"',
           ("restart_count", "the log path says 0")),
    # events that are missing
    Mutant("a missing target is not told", CREATE, TARGET_EVENT, "",
           ("events", "()", "Event(WARNING, FAILED, TARGET)")),
    Mutant("a failed config is not told", CREATE, CONFIG_EVENT, "",
           ("events", "()", "Event(WARNING, FAILED, CONFIG)")),
    Mutant("a failed create is not told", CREATE, CREATE_EVENT, "",
           ("events", "()", "Event(WARNING, FAILED, CREATE)")),
    Mutant("a failed hook is not told", CREATE, HOOK_EVENT, "",
           ("events", "()", "Event(WARNING, FAILED, PRE_START)")),
    Mutant("a created container is not told", CREATE, CREATED_EVENT, "",
           ("events", "()", "Event(NORMAL, CREATED, CREATED)")),
    # events that are wrong
    Mutant("a created container is told twice", CREATE, CREATED_EVENT, _again(CREATED_EVENT),
           ("events", "(Event(NORMAL, CREATED, CREATED), Event(NORMAL, CREATED, CREATED))")),
    Mutant("a failed create is told twice", CREATE, CREATE_EVENT, _again(CREATE_EVENT),
           ("events", "(Event(WARNING, FAILED, CREATE), Event(WARNING, FAILED, CREATE))")),
    Mutant("a container is told to be created before its hook has passed", CREATE, "    try:\n" + HOOK,
           CREATED + CREATED_EVENT + "    try:\n" + HOOK,
           ("when the pre-start hook is called", "events", "(Event(NORMAL, CREATED, CREATED),)")),
    Mutant("a failed create has the reason of a success", CREATE,
           CREATE_EVENT, CREATE_EVENT.replace("FAILED_TO_CREATE_CONTAINER", "CREATED_CONTAINER"),
           ("events", "(Event(WARNING, CREATED, CREATE),)")),
    Mutant("a reason that nobody knows", "events.py", 'FAILED_TO_START_CONTAINER = "Failed"',
           'FAILED_TO_START_CONTAINER = "FailedStart"',
           ("events", "Warning FailedStart: Internal PreStartContainer hook failed")),
    Mutant("a failed hook is told as something normal", CREATE,
           HOOK_EVENT, HOOK_EVENT.replace("WARNING", "NORMAL"),
           ("events", "(Event(NORMAL, FAILED, PRE_START),)")),
    Mutant("a created container is a warning", CREATE,
           CREATED_EVENT, CREATED_EVENT.replace("NORMAL", "WARNING"),
           ("events", "(Event(WARNING, CREATED, CREATED),)")),
    Mutant("a failed create has the message of a failed hook", CREATE,
           "Error: {create_text}", "Internal PreStartContainer hook failed: {create_text}",
           ("events", "Warning Failed: Internal PreStartContainer hook failed: the runtime is busy")),
    Mutant("a message without its cause", CREATE, "Error: {config_text}", "Error: ",
           ("events", "Warning Failed: Error: ")),
    # error values
    Mutant("a missing target is returned as a failed create", CREATE,
           "StartResult(target_text, StartError.CREATE_CONTAINER_CONFIG)",
           "StartResult(target_text, StartError.CREATE_CONTAINER)",
           ("target_is_missing", "error", "CREATE_CONTAINER_CONFIG  CREATE_CONTAINER")),
    Mutant("a failed config is returned as a failed create", CREATE,
           "StartResult(config_text, StartError.CREATE_CONTAINER_CONFIG)",
           "StartResult(config_text, StartError.CREATE_CONTAINER)",
           ("generate_config_fails", "error", "CREATE_CONTAINER_CONFIG  CREATE_CONTAINER")),
    Mutant("a failed create is returned as a failed config", CREATE,
           "StartResult(create_text, StartError.CREATE_CONTAINER)",
           "StartResult(create_text, StartError.CREATE_CONTAINER_CONFIG)",
           ("create_is_refused", "error", "CREATE_CONTAINER  CREATE_CONTAINER_CONFIG")),
    Mutant("a failed hook is returned as a failed create", CREATE,
           "StartResult(hook_text, StartError.PRE_START_HOOK)",
           "StartResult(hook_text, StartError.CREATE_CONTAINER)",
           ("pre_start_fails", "error", "PRE_START_HOOK  CREATE_CONTAINER")),
    Mutant("a failed hook is returned as a success", CREATE,
           "StartResult(hook_text, StartError.PRE_START_HOOK)", 'StartResult("", None)',
           ("pre_start_fails", "error", "PRE_START_HOOK  NONE")),
    Mutant("a failed config is taken for a success", CREATE, "    if config is None:\n",
           "    if False:\n", ("generate_config_fails", "when the runtime is asked to create", "events")),
    # the clean-up
    Mutant("the clean-up is forgotten", CREATE, CLEANUP, "", ("cleanup", "OWED")),
    Mutant("the clean-up is run at once", CREATE, "        deferred.callback(cleanup)\n",
           "        cleanup()\n", ("when the runtime is asked to create", "cleanup", "OWED", "RUN")),
    Mutant("the clean-up of a failed config is forgotten", CREATE, "    if cleanup is not None:\n",
           "    if cleanup is not None and config_error is None:\n",
           ("generate_config_fails", "cleanup", "RUN", "OWED")),
    Mutant("the clean-up is forgotten when create fails", CREATE, "create_text = status_message(error)\n",
           "create_text = status_message(error)\n        deferred.pop_all()\n",
           ("create_is_refused", "cleanup", "RUN", "OWED")),
    Mutant("the clean-up is forgotten after a success", CREATE, DONE, "    deferred.pop_all()\n" + DONE,
           ("pre_start", "cleanup", "RUN", "OWED")),
    # the reference
    Mutant("a reference is stored before the hook has passed", CREATE, "    try:\n" + HOOK,
           SET_REF + "    try:\n" + HOOK, ("when the pre-start hook is called", "ref_stored", "True")),
    Mutant("a reference is stored although the hook failed", CREATE, HOOK_REFUSED,
           HOOK_REFUSED + indent(SET_REF, "    "),
           ("pre_start_fails", "ref_stored", "False", "True")),
    Mutant("a reference is stored although none was made", CREATE, "    if reference is not None:\n",
           "    if True:\n", ("pre_start", "ref_stored", "True")),
    Mutant("the reference is not stored", CREATE, SET_REF, "", ("pre_start", "ref_stored", "False")),
    Mutant("a failed reference ends the attempt", CREATE, "    restart_count = next_restart_count(attempt)\n",
           '    if reference is None:\n        return StartResult("no reference", None)\n'
           "    restart_count = next_restart_count(attempt)\n",
           ("phase", "REF_GENERATED", "specified next: get_target_id(target=NOT_ASKED)")),
    # the container
    Mutant("a container is removed when its hook failed", CREATE, HOOK_REFUSED,
           HOOK_REFUSED + "        seams.runtime.remove_container(container_id)\n",
           ("pre_start_fails", "container", "True", "False")),
    Mutant("the hook is not called", CREATE, HOOK, "        pass\n",
           ("events", "(Event(NORMAL, CREATED, CREATED),)", "specified next: pre_start, pre_start_fails")),
    # the target
    Mutant("the target is not looked for", "target.py",
           "    if ephemeral is None or not ephemeral.target_container_name:\n", "    if True:\n",
           ("get_target_id(target=FOUND) was planned, and get_target_id(target=NOT_ASKED) was observed",)),
    Mutant("the target is not put into the config", CREATE, "image_ref, target_id)", "image_ref, None)",
           ("target", "FOUND", "NOT_ASKED")),
    Mutant("a missing target is passed over", "target.py", "        raise TargetNotFoundError(",
           "        return None\n        raise TargetNotFoundError(",
           ("target_is_missing was planned, and get_target_id(target=NOT_ASKED) was observed",)),
]
# fmt: on
