"""The middle of a call: the restart count, the config and its target, the hooks, and the container.

A failure before `create` leaves nothing of the call in the runtime; one after it leaves a container.
"""

from typing import Literal

from fsm import action, require, var

from .container_creation import Cleanup, Kind, Target
from .start_call import MOST, Container
from .start_events import Error, Event, Text, event_of
from .start_image import Image
from .start_phases import Phase
from .versions import CountRule, ReferenceUse

BEFORE_COUNT = (Phase.IMAGE_READY, Phase.REF_GENERATED)
BEFORE_CREATE = (Phase.CONFIGURED, Phase.PRE_CREATED)


class Create(Image):
    """The actions from the restart count to the hook before start."""

    # step 2: the restart count

    @action(*BEFORE_COUNT, sender="kubelet", receiver="kubelet")
    def count_restarts(self) -> None:
        """The status' count + 1; without a status 0 or, by the newer rules, what the log files say."""
        self.step_to(Phase.COUNTED)
        self.restart_count = self.count()
        self.phase = Phase.COUNTED

    def count(self) -> int:
        """The restart count where nothing goes wrong."""
        if self.status_seen is not None:
            return self.status_seen + 1
        return 0 if self.VERSION.count_rule is CountRule.STATUS else self.logs

    @action(*BEFORE_COUNT, fault=True, sender="kubelet", receiver="kubelet")
    def log_directory_is_unreadable(self) -> None:
        """Nothing can be read of the directory (`calcRestartCountByLogDir`): logged, and the count is 0."""
        self.step_to(Phase.COUNTED)
        require(self.status_seen is None)
        self.restart_count = 0
        self.phase = Phase.COUNTED

    @action(*BEFORE_COUNT, fault=True, sender="kubelet", receiver="kubelet")
    def log_name_is_too_big(self, so_far: int = var(range(MOST + 1))) -> None:
        """A file's number is no `int`: up to 1.26 the count so far is kept, later the file is passed over."""
        self.step_to(Phase.COUNTED)
        require(self.status_seen is None and so_far <= self.logs)
        keeps = self.VERSION.count_rule is CountRule.LOG_DIRECTORY_KEEPS
        self.restart_count = so_far if keeps else self.logs
        self.phase = Phase.COUNTED

    # the target and the config

    @action(Phase.COUNTED, sender="kubelet", receiver="kubelet")
    def get_target_id(self, target: Literal[Target.NOT_ASKED, Target.FOUND]) -> None:
        """`getTargetID`: only for an ephemeral container that names a target."""
        require(self.target is None)
        require(target is Target.NOT_ASKED or self.kind is Kind.EPHEMERAL)
        self.target = target

    @action(Phase.COUNTED, fault=True, sender="kubelet", receiver="kubelet")
    def target_is_missing(self) -> None:
        """No status has the target's name: a config error, told apart by its message alone."""
        require(self.target is None and self.kind is Kind.EPHEMERAL)
        self.target = Target.MISSING
        self.fail(Error.CREATE_CONTAINER_CONFIG, Event.TARGET, Text.TARGET)

    @action(Phase.COUNTED, sender="kubelet", receiver="kubelet")
    def generate_config(self, cleanup: bool) -> None:
        """`generateContainerConfig`; on Windows a sub-path mount leaves a clean-up to do, on Linux none."""
        self.configure(cleanup)
        self.phase = Phase.CONFIGURED

    @action(Phase.COUNTED, fault=True, sender="kubelet", receiver="kubelet")
    def generate_config_fails(self, cleanup: bool) -> None:
        """A missing ConfigMap, a user that may not be root, ... After the mounts, a clean-up is owed."""
        self.configure(cleanup)
        self.fail(Error.CREATE_CONTAINER_CONFIG, Event.CONFIG, Text.CONFIG)

    def configure(self, cleanup: bool) -> None:
        """The clean-up is deferred before anybody looks at the error."""
        require(self.target is not None)
        self.cleanup = Cleanup.OWED if cleanup else Cleanup.NONE

    # the resources, and the hook before create

    @action(Phase.CONFIGURED, sender="kubelet", receiver="kubelet")
    def set_actuated_resources(self) -> None:
        """`SetActuatedResources`: what the container is about to get is written to a checkpoint."""
        self.phase = Phase.ACTUATED

    @action(Phase.CONFIGURED, fault=True, sender="kubelet", receiver="kubelet")
    def set_actuated_resources_fails(self) -> None:
        """The checkpoint cannot be written: one more config error."""
        self.fail(Error.CREATE_CONTAINER_CONFIG, Event.RESOURCES, Text.RESOURCES)

    @action(Phase.CONFIGURED, Phase.ACTUATED, sender="kubelet", receiver="lifecycle")
    def pre_create(self) -> None:
        """`PreCreateContainer`: the CPU and memory managers write into the config."""
        self.step_to(Phase.PRE_CREATED)
        self.phase = Phase.PRE_CREATED

    @action(Phase.CONFIGURED, Phase.ACTUATED, fault=True, sender="lifecycle", receiver="kubelet")
    def pre_create_fails(self) -> None:
        """Hypothetical on Linux, where the hook always passes; from 1.32 on Windows can make it fail."""
        self.step_to(Phase.PRE_CREATED)
        self.fail(Error.PRE_CREATE_HOOK, Event.PRE_CREATE, Text.PRE_CREATE)

    # create, and the hook before start

    @action(*BEFORE_CREATE, sender="kubelet", receiver="runtime")
    def create(self) -> None:
        """CRI `CreateContainer`, answered with the container's id."""
        self.make_container()
        self.phase = Phase.CREATED

    @action(*BEFORE_CREATE, fault=True, sender="runtime", receiver="kubelet")
    def create_is_refused(self) -> None:
        """CRI `CreateContainer` answers an error, and nothing was made."""
        self.step_to(Phase.CREATED)
        self.fail(Error.CREATE_CONTAINER, Event.CREATE, Text.CREATE)

    @action(*BEFORE_CREATE, fault=True, sender="runtime", receiver="kubelet")
    def create_reply_is_lost(self) -> None:
        """The container is made, and the kubelet sees an error: a deadline, a cut connection."""
        self.make_container()
        self.fail(Error.CREATE_CONTAINER, Event.CREATE, Text.CREATE)

    def make_container(self) -> None:
        """The runtime has a container that carries the restart count as its attempt."""
        self.step_to(Phase.CREATED)
        self.container = Container.CREATED
        self.newest = self.restart_count

    @action(Phase.CREATED, sender="kubelet", receiver="lifecycle")
    def pre_start(self) -> None:
        """`PreStartContainer` passes: now, and not before, `Created` is emitted and a reference stored."""
        self.emit(event_of(self.VERSION.created_text))
        self.ref_stored = self.ref_made and self.VERSION.reference is ReferenceUse.STORED
        self.phase = Phase.PRE_STARTED

    @action(Phase.CREATED, fault=True, sender="lifecycle", receiver="kubelet")
    def pre_start_fails(self) -> None:
        """The CPU manager cannot update the container; nobody removes the container."""
        self.fail(Error.PRE_START_HOOK, Event.PRE_START, Text.PRE_START)
