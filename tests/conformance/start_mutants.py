"""Bugs to plant in a copy of the port, each seen as one version: most of them where versions differ."""

from dataclasses import dataclass

from tests.conformance.mutants import Mutant


@dataclass(frozen=True)
class StartMutant:
    """A bug, and the version in which it is looked for."""

    version: str
    mutant: Mutant

    def __str__(self) -> str:
        return f"{self.version}: {self.mutant}"


VERSION, START, IMAGE = "version.py", "start_container.py", "image_puller.py"
CREATE, RUN, HOOK, KILL = "create_container.py", "run_container.py", "post_start.py", "kill_container.py"
LOGS = "log_directory.py"

COLON = 'created="Created container: {name}"'
BARE = 'created="Container created"'
LOOSE, STRICT = "count_rule=CountRule.LOGS_LOOSE", "count_rule=CountRule.LOGS_STRICT"

BACK_OFF_EVENT = "            self.tell(EventType.NORMAL, BACK_OFF_PULL_IMAGE, message)\n"
PULLED_EVENT = "        self.tell(EventType.NORMAL, PULLED_IMAGE, message)\n"
IMAGE_EVENT = '        attempt.tell(EventType.WARNING, FAILED_TO_CREATE_CONTAINER, f"Error: {error}")\n'
RESOURCES_FAILED = "            return StartResult(resources_text, StartError.CREATE_CONTAINER_CONFIG)\n"
CREATED_TEXT = "    created = version.created.format(name=container.name)\n"
CREATED_EVENT = "    attempt.tell(EventType.NORMAL, CREATED_CONTAINER, created, container_id)\n"
PRE_START = "    try:\n        seams.internal_lifecycle.pre_start_container("
CREATE_CALL = "    try:\n        container_id = seams.runtime.create_container(\n"
STARTED_TEXT = "    started = attempt.version.started.format(name=attempt.container.name)\n"
START_CALL = "    try:\n        attempt.seams.runtime.start_container"
STARTED_EVENT = "    attempt.tell(EventType.NORMAL, STARTED_CONTAINER, started, created.id)\n"
START_EVENT = (
    '        attempt.tell(EventType.WARNING, FAILED_TO_START_CONTAINER, f"Error: {start_text}", created.id)\n'
)
START_FAILED = "        return StartResult(start_text, StartError.RUN_CONTAINER)\n"
NO_LOG = "    except FileNotFoundError:\n        return\n"
LINK = "    _link_log(attempt, created)\n"
KILLING_EVENT = "    attempt.tell(EventType.NORMAL, KILLING_CONTAINER, message, container_id)\n"
KILL_CALL = '        kill_container(attempt, container_id, "FailedPostStartHook")\n'
HOOK_EVENT = "    attempt.tell(EventType.WARNING, FAILED_POST_START_HOOK, told, container_id)\n"
FORGET = """    finally:
        if attempt.version.reference is ReferenceRule.STORED:
            seams.ref_manager.clear_ref(container_id)
"""


def row(version: str, name: str, old: str, new: str, *says: str) -> StartMutant:
    """A bug in the table of versions."""
    return StartMutant(version, Mutant(name, VERSION, old, new, says))


def code(version: str, name: str, file: str, old: str, new: str, *says: str) -> StartMutant:
    """A bug in the code, which the version comes to."""
    return StartMutant(version, Mutant(name, file, old, new, says))


# fmt: off
MUTANTS = [
    # what a version has
    row("1.17", "a target is looked for too early", 'Version("1.17")', 'Version("1.17", target=True)',
        "after get_target_id, which this version does not do"),
    row("1.18", "no target is looked for", 'name="1.18", target=True', 'name="1.18"',
        "generate_config(cleanup=False)", "specified: get_target_id(target=NOT_ASKED)"),
    row("1.18", "a hook before create too early", 'name="1.18"', 'name="1.18", pre_create=True',
        "after pre_create, which this version does not do", "specified next: create"),
    row("1.19", "references are still stored", "reference=ReferenceRule.NONE",
        "reference=ReferenceRule.STORED", "after generate_ref, which this version does not do",
        "IMAGE_READY"),
    row("1.19", "a reference is still made", "reference=ReferenceRule.NONE",
        "reference=ReferenceRule.FOR_IMAGE", "after generate_ref, which this version does not do", "PENDING"),
    row("1.21", "no hook before create", 'name="1.21", pre_create=True', 'name="1.21"',
        "specified: pre_create, or", "observed:  create"),
    row("1.21", "the logs are counted too early", 'name="1.21", ', f'name="1.21", {LOOSE}, ',
        "restart_count  0          1", "the CRI attempt says 1"),
    row("1.22", "the logs are not counted", LOOSE, "count_rule=CountRule.ZERO",
        "log_directory_is_unreadable was planned, and count_restarts was observed"),
    row("1.22", "a number that is too big is passed over too early", LOOSE, STRICT,
        "restart_count  0          1", "log_name_is_too_big(so_far=0)"),
    row("1.27", "a number that is too big still ends the count", STRICT, LOOSE, "restart_count  1          0",
        "log_name_is_too_big(so_far=0)"),
    row("1.29", "the handler is not looked up", "handler=HandlerRule.WITH_TEXT", "handler=HandlerRule.NONE",
        "look_up_handler(asked=True) was planned, and look_up_handler(asked=False) was observed"),
    row("1.27", "the handler is looked up too early", 'name="1.27", ',
        'name="1.27", handler=HandlerRule.WITH_TEXT, ', "look_up_handler, which this version does not do"),
    row("1.29", "a failed look-up returns no text too early", "handler=HandlerRule.WITH_TEXT",
        "handler=HandlerRule.BARE", "handler_is_unknown", "text  HANDLER    NONE"),
    row("1.31", "a failed look-up still returns a text", "handler=HandlerRule.BARE",
        "handler=HandlerRule.WITH_TEXT", "handler_is_unknown", "text  NONE       HANDLER"),
    row("1.31", "the reference does not come back", "    reference=ReferenceRule.FOR_IMAGE,\n", "",
        "specified: generate_ref, or", "observed:  image_is_present"),
    row("1.31", "the reference comes back to be stored", "reference=ReferenceRule.FOR_IMAGE",
        "reference=ReferenceRule.STORED", "specified: generate_ref, or", "observed:  image_is_present"),
    row("1.31", "resources are written too early", 'name="1.31"', 'name="1.31", actuated_resources=True',
        "after set_actuated_resources, which this version does not do"),
    row("1.33", "resources are not written", 'name="1.33", actuated_resources=True', 'name="1.33"',
        "specified: set_actuated_resources, or", "observed:  pre_create"),
    # texts of a version
    row("1.21", "a failed hook's error is bare too early", 'name="1.21", ',
        'name="1.21", hook_error_tells=False, ', "kill", "error  POST_START_HOOK_DETAILED  POST_START_HOOK"),
    row("1.22", "a failed hook's error still says why", "hook_error_tells=False", "hook_error_tells=True",
        "kill", "error  POST_START_HOOK  POST_START_HOOK_DETAILED"),
    row("1.22", "a failed hook's event is fixed too early", 'name="1.22", ',
        'name="1.22", hook_event_tells=False, ', "post_start_fails",
        "events  (PRESENT, CREATED, STARTED, POST_START)  (PRESENT, CREATED, STARTED, POST_START_FIXED)"),
    row("1.26", "a failed hook's event still says why", "hook_event_tells=False", "hook_event_tells=True",
        "post_start_fails",
        "events  (PRESENT, CREATED, STARTED, POST_START_FIXED)  (PRESENT, CREATED, STARTED, POST_START)"),
    row("1.26", "a pulled image without the time of waiting", " ({took} including waiting)", "", "pull_image",
        "events  (PULLING, PULLED_WITH_WAITING)  (PULLING, PULLED)"),
    row("1.31", "a pulled image without its size", ". Image size: {{size}} bytes.", "", "pull_image",
        "events  (PULLING, PULLED_WITH_SIZE)  (PULLING, PULLED_WITH_WAITING)"),
    row("1.29", "a colon too early", 'name="1.29", ', f'name="1.29", {COLON}, ', "pre_start",
        "events  (PRESENT, CREATED)  (PRESENT, CREATED_WITH_COLON)"),
    row("1.31", "no colon", f"    {COLON},\n", "", "pre_start",
        "events  (PRESENT, CREATED_WITH_COLON)  (PRESENT, CREATED)"),
    row("1.33", "no name too early", 'name="1.33", ', f'name="1.33", {BARE}, ', "pre_start",
        "events  (PRESENT, CREATED_WITH_COLON)  (PRESENT, CREATED_BARE)"),
    row("1.35", "a container is created by its name", f"{BARE}, ", "", "pre_start",
        "events  (PRESENT, CREATED_BARE)  (PRESENT, CREATED_WITH_COLON)"),
    row("1.35", "a container is started by its name", ', started="Container started"', "",
        "start(logged=True)",
        "events  (PRESENT, CREATED_BARE, STARTED_BARE)  (PRESENT, CREATED_BARE, STARTED)"),
    row("1.31", "a back-off says why too early", 'name="1.31"', 'name="1.31", back_off_tells=True',
        "pull_backs_off", "text  BACK_OFF   BACK_OFF_TELLS_WHY"),
    row("1.33", "a back-off does not say why", ", back_off_tells=True", "", "pull_backs_off",
        "text  BACK_OFF_TELLS_WHY  BACK_OFF"),
    # the handler and the image
    code("1.29", "a failed look-up is told by an event", START, "        return StartResult(text if",
         "        attempt.tell(EventType.WARNING, FAILED_TO_CREATE_CONTAINER, text)\n"
         "        return StartResult(text if",
         "handler_is_unknown", "events  ()", "'Warning Failed: Failed to lookup runtimeHandler"),
    code("1.17", "a failed image is told once", START, IMAGE_EVENT, "", "image_name_is_invalid",
         "events  (INVALID_NAME, ERROR_INVALID_NAME)  (INVALID_NAME,)"),
    code("1.17", "a failed image is no failure of the call", START,
         "        return StartResult(message, error)\n", '        return StartResult(message, None)\n',
         "image_name_is_invalid", "phase  FAILED              SUCCEEDED", "error  INVALID_IMAGE_NAME  NONE"),
    code("1.31", "the puller makes a reference of its own", IMAGE,
         "    if attempt.version.reference is not ReferenceRule.FOR_IMAGE:\n", "    if True:\n",
         "generate_ref_fails", "events  ()         (PRESENT,)"),
    code("1.35", "a back-off is a warning", IMAGE, BACK_OFF_EVENT,
         BACK_OFF_EVENT.replace("NORMAL", "WARNING"), "pull_backs_off",
         "'Warning BackOff: Back-off pulling image"),
    code("1.18", "a failed pull is not noted", IMAGE,
         '            seams.back_off.next(key, seams.clock(), cause=f"{reason}: {text}")\n', "",
         "pull_backs_off was planned, and"),
    code("1.19", "a pulled image is not told", IMAGE, f"size)\n{PULLED_EVENT}", "size)\n", "pull_image",
         "events  (PULLING, PULLED)  (PULLING,)"),
    code("1.21", "an image that is missing is pulled against the policy", IMAGE, 'if self.policy == "Never":',
         "if False:", "image_is_never_pulled was planned, and pull_image was observed"),
    code("1.22", "an image that cannot be inspected is pulled", IMAGE,
         '            except ERRORS as error:\n                message = f"Failed to inspect',
         "            except ERRORS as error:\n"
         "                return self.pull(spec)\n"
         '                message = f"Failed to inspect',
         "image_is_not_inspected was planned, and pull_image was observed"),
    code("1.26", "a name that is invalid is an inspection that failed", IMAGE,
         "StartError.INVALID_IMAGE_NAME", "StartError.IMAGE_INSPECT", "image_name_is_invalid",
         "error   INVALID_IMAGE_NAME                  IMAGE_INSPECT"),
    # the restart count
    code("1.22", "an error loses the count so far", LOGS,
         "    if rule is CountRule.LOGS_LOOSE:\n        logger", "    if False:\n        logger",
         "log_name_is_too_big(so_far=1)", "restart_count  1          0"),
    code("1.22", "the newest log is counted and not the next one", LOGS, "max(following, last + 1)",
         "max(following, last)", "restart_count  1          0", "the CRI attempt says 0"),
    code("1.29", "the logs are read although there is a status", CREATE,
         "    if status is not None:\n        return status.restart_count + 1\n", "",
         "restart_count  1          0", "the CRI attempt says 0"),
    code("1.21", "the count begins at 1", LOGS, "    if rule is CountRule.ZERO:\n        return 0\n",
         "    if rule is CountRule.ZERO:\n        return 1\n", "restart_count  0          1",
         "the CRI attempt says 1"),
    # before create
    code("1.33", "a failed checkpoint does not stop the call", CREATE, RESOURCES_FAILED, "",
         "observed:  pre_create", "RESOURCES", "specified: next_sync"),
    code("1.35", "a failed checkpoint is returned as a failed hook", CREATE, RESOURCES_FAILED,
         RESOURCES_FAILED.replace("CREATE_CONTAINER_CONFIG", "PRE_CREATE_HOOK"),
         "set_actuated_resources_fails", "error  CREATE_CONTAINER_CONFIG  PRE_CREATE_HOOK"),
    code("1.21", "a failed pre-create hook is returned as a failed create", CREATE,
         "StartError.PRE_CREATE_HOOK", "StartError.CREATE_CONTAINER", "pre_create_fails",
         "error  PRE_CREATE_HOOK  CREATE_CONTAINER"),
    code("1.35", "a failed pre-create hook is told as a failed pre-start hook", CREATE,
         "PreCreateContainer hook", "PreStartContainer hook", "pre_create_fails",
         "events  (PRESENT, PRE_CREATE)  (PRESENT, PRE_START)"),
    code("1.22", "a container is told to be created before it is asked for", CREATE, CREATE_CALL,
         CREATED_TEXT + CREATED_EVENT.replace(", container_id", "") + CREATE_CALL,
         "pre_create", "events  (PRESENT,)  (PRESENT, CREATED)"),
    code("1.33", "a container is told to be created before its hook has passed", CREATE, PRE_START,
         CREATED_TEXT + CREATED_EVENT + PRE_START, "create",
         "events  (PRESENT,)  (PRESENT, CREATED_WITH_COLON)"),
    code("1.35", "a container is not told to be created", CREATE, CREATED_EVENT, "", "pre_start",
         "events  (PRESENT, CREATED_BARE)  (PRESENT,)"),
    # the start
    code("1.17", "a container is not told to be started", RUN, STARTED_EVENT, "", "start(logged=True)",
         "events  (PRESENT, CREATED, STARTED)  (PRESENT, CREATED)"),
    code("1.31", "a container is told to be started twice", RUN, STARTED_EVENT, STARTED_EVENT * 2,
         "start(logged=True)", "(PRESENT, CREATED_WITH_COLON, STARTED, STARTED)"),
    code("1.18", "a container is told to be started before it is", RUN, START_CALL,
         STARTED_TEXT + STARTED_EVENT + START_CALL,
         "pre_start", "events  (PRESENT, CREATED)  (PRESENT, CREATED, STARTED)"),
    code("1.19", "a failed start is returned as a failed create", RUN, "StartError.RUN_CONTAINER",
         "StartError.CREATE_CONTAINER", "start_is_refused", "error  RUN_CONTAINER  CREATE_CONTAINER"),
    code("1.21", "a failed start is not told", RUN, START_EVENT, "", "start_is_refused",
         "events  (PRESENT, CREATED, START)  (PRESENT, CREATED)"),
    code("1.33", "the event of a failed start quotes the container's id", RUN, START_EVENT,
         START_EVENT.replace(", created.id", ""), "start_is_refused", "'Warning Failed: Error: no start of "),
    code("1.27", "a container that does not start is removed", RUN, START_FAILED,
         "        attempt.seams.runtime.remove_container(created.id)\n" + START_FAILED,
         "start_is_refused(left=CREATED, logged=False) was planned", "container=REMOVED"),
    code("1.29", "a container is not started", RUN,
         "        attempt.seams.runtime.start_container(created.id)\n", "        pass\n",
         "phase   PRE_STARTED         SUCCEEDED", "container=CREATED"),
    code("1.22", "a link to a log that is not there", RUN, NO_LOG,
         "    except FileNotFoundError:\n        pass\n", "specified: link_log(link=NO_LOG)",
         "observed:  link_log(link=MADE)"),
    code("1.26", "a log is linked before its container is told to be started", RUN, STARTED_EVENT + LINK,
         LINK + STARTED_EVENT, "start(logged=True)",
         "events  (PRESENT, CREATED, STARTED)  (PRESENT, CREATED)"),
    code("1.33", "a link to nothing", RUN, LINK, "", "specified: link_log(link=MADE), or",
         "observed:  link_log(link=NO_LOG)"),
    # the hook, and the kill
    code("1.18", "a failed hook is not told", HOOK, HOOK_EVENT, "", "post_start_fails",
         "events  (PRESENT, CREATED, STARTED, POST_START)  (PRESENT, CREATED, STARTED)"),
    code("1.35", "a failed hook has the reason of a failed start", HOOK, HOOK_EVENT,
         HOOK_EVENT.replace("FAILED_POST_START_HOOK", '"Failed"'), "post_start_fails",
         "'Warning Failed: PostStartHook failed'"),
    code("1.19", "a failed hook is passed over", HOOK, "    return StartResult(message, failure)\n",
         '    return None\n', "error  POST_START_HOOK_DETAILED  NONE",
         "phase  FAILED                    SUCCEEDED"),
    code("1.21", "a failed hook kills nobody", HOOK, KILL_CALL, "        pass\n", "post_start_fails",
         "phase  HOOK_FAILED  FAILED"),
    code("1.31", "a kill that fails is returned", HOOK, '        seams.logger.error("Failed to kill',
         "        return StartResult(str(error), StartError.RUN_CONTAINER)\n"
         '        seams.logger.error("Failed to kill',
         "kill_fails", "error  POST_START_HOOK  RUN_CONTAINER"),
    code("1.27", "a kill is not told", KILL, KILLING_EVENT, "", "kill",
         "POST_START_FIXED, KILLING)  (PRESENT, CREATED, STARTED, POST_START_FIXED)"),
    code("1.17", "a reference outlives its container", KILL, FORGET, "    finally:\n        pass\n", "kill",
         "ref_stored  False      True"),
    code("1.18", "a reference outlives a kill that fails", KILL, "    finally:\n        if attempt",
         "    except Exception:\n        raise\n    else:\n        if attempt", "kill_fails",
         "ref_stored  False      True"),
    code("1.33", "a failed hook returns no text", HOOK, "StartResult(message, failure)",
         'StartResult("", failure)', "kill", "text  POST_START  NONE"),
    # the clean-up
    code("1.35", "the clean-up is forgotten when a start fails", START,
         "        return run(attempt, created) or",
         "        failed = run(attempt, created)\n"
         "        if failed is not None:\n"
         "            deferred.pop_all()\n"
         "        return failed or",
         "start_is_refused", "cleanup  RUN        OWED"),
]
# fmt: on
