"""The last steps of a call: the container is started, its log linked, and its post-start hook run.

A hook that fails has the container killed; whether that works or not, the call ends with the hook's error.
"""

from typing import Literal

from fsm import action, require

from .start_call import Container, Link
from .start_create import Create
from .start_events import Error, Event, Text, event_of
from .start_phases import Phase
from .versions import HookError


class Run(Create):
    """The actions from start to the end of the call."""

    # step 3: start, and the link to the log

    @action(Phase.PRE_STARTED, sender="kubelet", receiver="runtime")
    def start(self, logged: bool) -> None:
        """CRI `StartContainer`; the runtime opens the log, unless it logs to something else.

        One that does not is not modelled where an older log may have that number: the link would be to it.
        """
        require(logged or self.logs <= self.restart_count)
        self.open_log(logged)
        self.container = Container.RUNNING
        self.emit(event_of(self.VERSION.started_text))
        self.phase = Phase.STARTED

    @action(Phase.PRE_STARTED, fault=True, sender="runtime", receiver="kubelet")
    def start_is_refused(
        self, left: Literal[Container.CREATED, Container.EXITED, Container.REMOVED], logged: bool
    ) -> None:
        """CRI `StartContainer` answers an error, and the container does not run.

        containerd leaves it exited (code 128, `StartError`), docker exited or created, CRI-O from 1.31 on
        removes it. Whether there is a log by then depends on the runtime (of CRI-O it is not known).
        """
        self.open_log(logged)
        self.container = left
        if left is Container.REMOVED:
            self.newest = self.status_seen
        self.fail(Error.RUN_CONTAINER, Event.START, Text.START)

    @action(Phase.PRE_STARTED, fault=True, sender="runtime", receiver="kubelet")
    def start_reply_is_lost(self) -> None:
        """The container runs, and the kubelet sees an error; its post-start hook will never be run."""
        self.open_log(True)
        self.container = Container.RUNNING
        self.fail(Error.RUN_CONTAINER, Event.START, Text.START)

    def open_log(self, logged: bool) -> None:
        """The log file is named by the restart count."""
        self.log = logged
        if logged and self.logs <= self.restart_count:
            self.logs = self.restart_count + 1

    @action(Phase.STARTED, sender="kubelet", receiver="kubelet")
    def link_log(self, link: Literal[Link.MADE, Link.NO_LOG]) -> None:
        """A link for old log collectors, made only if the log is there."""
        require(self.link is None and self.log == (link is Link.MADE))
        self.link = link

    @action(Phase.STARTED, fault=True, sender="kubelet", receiver="kubelet")
    def link_log_fails(self) -> None:
        """No link: logged, and nothing more."""
        require(self.link is None and self.log)
        self.link = Link.FAILED

    # step 4: the post-start hook

    @action(Phase.STARTED, sender="kubelet", receiver="container")
    def post_start(self, asked: bool) -> None:
        """The container has no post-start hook, or it passes: the call is over."""
        require(self.link is not None)
        self.end(Phase.SUCCEEDED)

    @action(Phase.STARTED, fault=True, sender="container", receiver="kubelet")
    def post_start_fails(self) -> None:
        """The hook fails: a warning with a reason of its own, and then the container is killed."""
        require(self.link is not None)
        self.emit(event_of(self.VERSION.hook_text))
        self.phase = Phase.HOOK_FAILED

    @action(Phase.HOOK_FAILED, sender="kubelet", receiver="runtime")
    def kill(self) -> None:
        """`killContainer`: an event, the pre-stop hook, CRI `StopContainer`."""
        self.container = Container.EXITED
        self.end_killed()

    @action(Phase.HOOK_FAILED, fault=True, sender="runtime", receiver="kubelet")
    def kill_fails(self) -> None:
        """CRI `StopContainer` answers an error: only logged, and the container runs on."""
        self.end_killed()

    def end_killed(self) -> None:
        """The reference is forgotten even if the kill has failed."""
        self.emit(Event.KILLING)
        self.ref_stored = False
        detailed = self.VERSION.hook_error is HookError.DETAILED
        error = Error.POST_START_HOOK_DETAILED if detailed else Error.POST_START_HOOK
        self.end_with(error, Text.POST_START)
