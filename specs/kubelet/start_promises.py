"""What is promised of `startContainer`, in words that fit every version.

Theory. A promise is said once. Where it is known to fail in all versions, its finding stands here; where only
some versions break it, `start_container` says so in the class of the first one that does. Promises of what a
version does not have are taken out of it, as its actions are.
"""

from fsm import always, finitely, leads_to, sometimes, strong, weak

from .container_creation import Cleanup, Kind, Target, Type
from .start_call import Container, Link
from .start_events import Error, Event, Text
from .start_phases import ENDED, Phase
from .start_steps import Steps
from .versions import ReferenceUse

IMAGE_ERRORS = frozenset(
    {
        Error.INVALID_IMAGE_NAME,
        Error.IMAGE_INSPECT,
        Error.IMAGE_NEVER_PULL,
        Error.IMAGE_PULL_BACK_OFF,
        Error.IMAGE_PULL,
    }
)
BEFORE_CREATE = IMAGE_ERRORS | {Error.HANDLER, Error.CREATE_CONTAINER_CONFIG, Error.PRE_CREATE_HOOK}
CONFIG_FAILURES = frozenset({(Text.CONFIG, Event.CONFIG), (Text.RESOURCES, Event.RESOURCES)})
POST_START = frozenset({Error.POST_START_HOOK, Error.POST_START_HOOK_DETAILED})
AFTER_PRE_START = POST_START | {Error.RUN_CONTAINER}
CREATED = frozenset({Event.CREATED, Event.CREATED_WITH_COLON, Event.CREATED_BARE})
STARTED = frozenset({Event.STARTED, Event.STARTED_BARE})
HOOK_FAILED = frozenset({Event.POST_START, Event.POST_START_FIXED})
PULLER = frozenset(event for event in Event if "IMAGE" in event.message)


class Promises(Steps):
    """The properties; `start_container` makes specs of them, one for each version."""

    def reached(self, phase: Phase) -> bool:
        """Whether the call succeeds so far, and has come to `phase` at least."""
        if self.phase is Phase.FAILED or phase not in self.ROUTE:
            return False
        now = Phase.STARTED if self.phase is Phase.HOOK_FAILED else self.phase
        return self.ROUTE.index(now) >= self.ROUTE.index(phase)

    def has(self, events: frozenset[Event]) -> bool:
        """Whether one of these events has been emitted in this call."""
        return any(event in events for event in self.events)

    # restart counts

    @always(finding="the count is read off what is there: containers and logs that are gone set it back")
    def restart_count_never_decreases(self, after: "Promises") -> bool:
        """Log files are named by this number: going back would write over an older attempt's log."""
        return after.restart_count >= self.restart_count

    @always(on=Steps.count_restarts)
    def restart_count_never_decreases_while_there_is_a_status(self, after: "Promises") -> bool:
        """The newest status is enough: what the node lost before does not matter."""
        return self.status_seen is None or after.restart_count >= self.restart_count

    @always(on=Steps.count_restarts)
    def restart_count_rises_exactly_when_a_container_came_to_be(self, after: "Promises") -> bool:
        """After a failure before create, or a container that is gone, the number is used again."""
        if self.status_seen is None:
            return True
        return after.restart_count == self.restart_count + (self.newest == self.restart_count)

    @always(on=Steps.count_restarts)
    def without_a_status_the_count_is_that_of_a_new_log(self, after: "Promises") -> bool:
        """A container of which nothing but logs is left goes on counting."""
        return self.status_seen is not None or after.restart_count >= self.logs

    @always(
        on=(Steps.log_directory_is_unreadable, Steps.log_name_is_too_big),
        finding="what cannot be read is counted as if it were not there",
    )
    def an_unreadable_log_directory_keeps_the_count(self, after: "Promises") -> bool:
        """The error is logged, and the call goes on."""
        return after.restart_count >= self.logs

    @always(on=(Steps.log_directory_is_unreadable, Steps.log_name_is_too_big))
    def an_unreadable_log_directory_makes_up_no_count(self, after: "Promises") -> bool:
        """What was read before the error is all that is counted."""
        return after.restart_count <= self.logs

    @always
    def a_log_is_counted(self) -> bool:
        """The log of this call is among those that a later one would find."""
        return not self.log or self.logs > self.restart_count

    @always(
        on=(Steps.start, Steps.start_is_refused, Steps.start_reply_is_lost),
        finding="a container that the runtime removed gives its number back to the next one",
    )
    def no_log_is_written_over(self, after: "Promises") -> bool:
        """The log of an attempt has a number of its own."""
        return not after.log or self.restart_count >= self.logs

    # the order of things

    @always
    def steps_come_in_the_order_of_the_version(self, after: "Promises") -> bool:
        """A call that goes on goes on by one step: none is left out, and none is done twice."""
        here, there = self.phase, after.phase
        if here is there or there is Phase.PENDING or not {here, there} <= {*self.ROUTE}:
            return True
        return self.ROUTE.index(there) == self.ROUTE.index(here) + 1

    @always
    def pulls_back_off_only_after_a_failure(self) -> bool:
        """The first pull of an image is tried."""
        return self.error is not Error.IMAGE_PULL_BACK_OFF or self.pull_failed

    @always
    def the_target_is_settled_before_the_config(self) -> bool:
        """The config names it; and only an ephemeral container has one."""
        settled = self.target is not None or not self.reached(Phase.CONFIGURED)
        return settled and (self.target is not Target.FOUND or self.kind is Kind.EPHEMERAL)

    @always
    def a_log_that_is_there_is_linked(self) -> bool:
        """Or it was tried; what was not started has no link."""
        if self.phase is Phase.STARTED:
            return True
        if self.phase in (Phase.HOOK_FAILED, Phase.SUCCEEDED) or self.error in POST_START:
            return self.link is (Link.NO_LOG if not self.log else self.link) and self.link is not None
        return self.link is None

    @always(on=Steps.next_sync)
    def a_running_container_is_kept(self, after: "Promises") -> bool:
        """Nothing is begun beside a container that runs, whether its events have told of it or not."""
        return self.container is not Container.RUNNING

    @always(on=Steps.next_sync)
    def an_ephemeral_container_is_begun_without_a_status(self, after: "Promises") -> bool:
        """Any status ends it, be it of a container that never ran."""
        return self.kind is Kind.REGULAR or after.status_seen is None

    # events

    @always
    def events_match_phases(self) -> bool:
        """As long as nothing fails a phase has exactly its events, in their order."""
        if self.phase is Phase.FAILED:
            return True
        told = [event for event in self.events if event not in PULLER]
        due = [CREATED] * self.reached(Phase.PRE_STARTED) + [STARTED] * self.reached(Phase.STARTED)
        due += [HOOK_FAILED] * (self.phase is Phase.HOOK_FAILED)
        return len(told) == len(due) and all(event in kind for event, kind in zip(told, due, strict=True))

    @always
    def an_image_that_is_ready_was_told(self) -> bool:
        """`Pulled` is missing only where the puller was given no reference."""
        muted = self.VERSION.reference is ReferenceUse.FOR_PULLER and not self.ref_made
        told = any(event.reason == "Pulled" for event in self.events)
        return not self.reached(Phase.IMAGE_READY) or told != muted

    @always
    def started_follows_created(self) -> bool:
        """A `Started` event has an earlier `Created` of the same call."""
        kinds = [event in CREATED for event in self.events if event in CREATED | STARTED]
        return not kinds or kinds[0]

    @always
    def created_is_emitted_after_pre_start_and_before_start(self) -> bool:
        """A `Created` event promises a container that came to be, and whose hook has passed."""
        late = self.error in AFTER_PRE_START or self.reached(Phase.PRE_STARTED)
        return self.has(CREATED) == late and (not late or self.container is not Container.NONE)

    @always
    def created_and_started_are_emitted_once_at_most(self) -> bool:
        """A call makes one container, and starts it once."""
        return all(sum(event in kind for event in self.events) <= 1 for kind in (CREATED, STARTED))

    @always(
        finding="of a container whose create reply was lost (until 1.20: or whose hook failed) no event tells"
    )
    def every_container_was_told_created(self) -> bool:
        """When the call returns, a container that is there has had its `Created`."""
        there = self.container not in (Container.NONE, Container.REMOVED)
        return self.phase not in ENDED or not there or self.has(CREATED)

    @always(finding="a container whose start reply was lost runs, and no event tells of it")
    def every_running_container_was_told_started(self) -> bool:
        """What runs has had its `Started`; otherwise its post-start hook was never run, either."""
        return self.container is not Container.RUNNING or self.has(STARTED)

    @always
    def no_event_says_more_than_what_happened(self) -> bool:
        """What an event claims has come to pass: a reader of events may trust each of them."""
        claims = {
            "Created": self.container is not Container.NONE,
            "Started": self.container in (Container.RUNNING, Container.EXITED),
            "FailedPostStartHook": self.container in (Container.RUNNING, Container.EXITED),
            "Killing": self.error in POST_START,
        }
        return all(claims.get(event.reason, True) for event in self.events)

    # errors

    @always
    def an_error_is_returned_exactly_by_a_failure(self) -> bool:
        """And with a success, nothing."""
        failed = self.phase is Phase.FAILED
        return (self.error is not Error.NONE) == failed and (failed or self.text is Text.NONE)

    @always
    def error_event_and_text_identify_the_failure(self) -> bool:
        """A user sees these and nothing else; which step has failed can be told from them."""
        if self.phase is not Phase.FAILED:
            return True
        last = self.events[-1] if self.events else None
        if self.error in IMAGE_ERRORS:
            return last is not None and last.message == f"Error: {self.error.value}"
        if self.target is Target.MISSING:
            return (self.error, self.text, last) == (
                Error.CREATE_CONTAINER_CONFIG,
                Text.TARGET,
                Event.TARGET,
            )
        match self.error:
            case Error.HANDLER:
                return last is None
            case Error.CREATE_CONTAINER_CONFIG:
                return (self.text, last) in CONFIG_FAILURES
            case Error.PRE_CREATE_HOOK:
                return (self.text, last) == (Text.PRE_CREATE, Event.PRE_CREATE)
            case Error.CREATE_CONTAINER:
                return (self.text, last) == (Text.CREATE, Event.CREATE)
            case Error.PRE_START_HOOK:
                return (self.text, last) == (Text.PRE_START, Event.PRE_START)
            case Error.RUN_CONTAINER:
                return (self.text, last) == (Text.START, Event.START) and self.has(CREATED)
        return (self.text, last) == (Text.POST_START, Event.KILLING) and self.has(STARTED)

    @always(finding="a failed post-start hook has a reason of its own, `FailedPostStartHook`: no `Failed`")
    def every_failure_has_a_failed_event(self) -> bool:
        """Who counts events of reason `Failed` counts the failures."""
        failed = any(event.type is Type.WARNING and event.reason == "Failed" for event in self.events)
        return self.phase is not Phase.FAILED or failed

    @always
    def every_failure_has_a_warning(self) -> bool:
        """Who watches warnings, whatever their reason, sees the failures."""
        warned = any(event.type is Type.WARNING for event in self.events)
        return self.phase is not Phase.FAILED or warned

    @always
    def every_failure_has_a_text(self) -> bool:
        """`state.waiting.message` says what went wrong."""
        return self.phase is not Phase.FAILED or self.text is not Text.NONE

    @always
    def the_event_of_a_failed_hook_says_why(self) -> bool:
        """The event carries the hook's message."""
        return Event.POST_START_FIXED not in self.events

    # what is left behind

    @always
    def nothing_before_create_touches_the_containers(self) -> bool:
        """They change by CRI calls alone, and the first one is `CreateContainer`."""
        before = self.phase in self.ROUTE and not self.reached(Phase.CREATED)
        return not before or (self.container is Container.NONE and self.newest == self.status_seen)

    @always
    def a_failure_before_create_leaves_the_containers_as_they_were(self) -> bool:
        """The image apart. Files are not modelled: each attempt leaves a termination log behind."""
        before = self.error in BEFORE_CREATE
        return not before or (self.container is Container.NONE and self.newest == self.status_seen)

    @always
    def the_kubelet_takes_no_container_away(self) -> bool:
        """No step undoes an earlier one; only a runtime that refuses a start may remove the container."""
        match self.container:
            case Container.REMOVED:
                return self.error is Error.RUN_CONTAINER and self.newest == self.status_seen
            case Container.NONE:
                failed = self.error in BEFORE_CREATE or self.error is Error.CREATE_CONTAINER
                return failed or not self.reached(Phase.CREATED)
        return True

    @always(on=(Steps.create, Steps.create_reply_is_lost))
    def every_create_makes_one_more_container(self, after: "Promises") -> bool:
        """Nobody looks whether there is one already."""
        return after.newest == self.restart_count != self.newest

    @always(
        on=Steps.next_sync,
        finding="a container whose create reply was lost is never started: the next call makes another",
    )
    def a_container_that_was_created_is_taken_up(self, after: "Promises") -> bool:
        """Each call creates and none adopts; seen with v1.20.2 and containerd."""
        return not (self.error is Error.CREATE_CONTAINER and self.container is Container.CREATED)

    @always(finding="a failed pre-start hook leaves its container behind, created and never started")
    def a_failed_pre_start_hook_leaves_no_container(self) -> bool:
        """Nothing in `startContainer` removes a container; garbage collection may, later."""
        return not (self.error is Error.PRE_START_HOOK and self.container is not Container.NONE)

    @always(finding="the kill that follows a failed hook may fail, and that is only logged")
    def a_container_whose_hook_failed_does_not_run(self) -> bool:
        """The hook has failed, the call has returned, and the container is stopped."""
        return not (self.error in POST_START and self.container is Container.RUNNING)

    @always
    def cleanup_has_run_when_the_call_ends(self) -> bool:
        """A clean-up that is skipped holds the pod's directories open."""
        return self.phase not in ENDED or self.cleanup is not Cleanup.OWED

    @always
    def a_ref_is_stored_exactly_when_made_and_created(self) -> bool:
        """The map of references (up to 1.18) is read by the prober; a container that is killed leaves it."""
        kept = self.has(CREATED) and self.error not in POST_START
        stores = self.VERSION.reference is ReferenceUse.STORED
        return self.ref_stored == (stores and self.ref_made and kept)

    # whole runs: containers are wanted as long as the pod worker syncs

    @leads_to
    def every_call_comes_to_its_end(self) -> tuple[bool, bool]:
        """Whatever goes wrong, `startContainer` returns: nothing in it is tried twice."""
        return self.phase is Phase.PENDING, self.phase in ENDED

    @leads_to(
        fair=(
            weak(Steps.next_sync),
            weak(Steps.container_exits),
            strong(Steps.image_is_present, Steps.pull_image, together=True),
            finitely(),
        )
    )
    def a_failed_container_is_started_once_faults_end(self) -> tuple[bool, bool]:
        """Syncs go on, and back-off of pulls expires; an ephemeral container may be lost."""
        return self.phase is Phase.FAILED and self.kind is Kind.REGULAR, self.phase is Phase.SUCCEEDED

    # nothing above holds for want of examples

    @sometimes
    def every_container_is_left_behind(self, container: Container) -> bool:
        """A call ends with each of these."""
        return self.phase in ENDED and self.container is container

    @sometimes
    def every_link_is_tried(self, link: Link) -> bool:
        """The link to the log is made, is not, fails."""
        return self.link is link

    @sometimes
    def logs_outlive_the_containers(self) -> bool:
        """Where the rules for the count differ: no status, and a log."""
        return self.phase is Phase.PENDING and self.status_seen is None and self.logs > 0

    @sometimes
    def a_status_outlives_a_newer_container(self) -> bool:
        """The runtime has removed the newest one, and an older one is counted."""
        return self.phase is Phase.FAILED and self.container is Container.REMOVED and self.newest is not None

    @sometimes
    def a_created_container_is_told_of(self) -> bool:
        """I6f: `Created` is sent."""
        return self.phase is Phase.PRE_STARTED

    @sometimes
    def a_started_container_is_told_of(self) -> bool:
        """I5f: `Started` is sent."""
        return self.phase is Phase.STARTED

    @sometimes
    def succeeds_after_a_restart(self) -> bool:
        """Counts are promised over more than one call."""
        return self.phase is Phase.SUCCEEDED and self.restart_count == 1

    @sometimes
    def succeeds_with_a_cleanup(self) -> bool:
        """A clean-up is owed and run on the way of a success, too."""
        return self.phase is Phase.SUCCEEDED and self.cleanup is Cleanup.RUN

    @sometimes
    def fails_before_create_beside_an_older_container(self) -> bool:
        """I8: there is something in the runtime that could have been touched."""
        return self.error in BEFORE_CREATE and self.newest is not None

    @sometimes
    def the_kill_works(self) -> bool:
        """After a failed hook the container is mostly stopped."""
        return self.error in POST_START and self.container is Container.EXITED

    @sometimes
    def a_target_is_found(self) -> bool:
        """An ephemeral container runs beside its target."""
        return self.target is Target.FOUND and self.phase is Phase.SUCCEEDED

    @sometimes
    def an_ephemeral_container_fails_before_it_is_there(self) -> bool:
        """And will be begun again."""
        return self.kind is Kind.EPHEMERAL and self.phase is Phase.FAILED and self.newest is None

    @sometimes
    def a_ref_is_stored(self) -> bool:
        """The map of references is written."""
        return self.ref_stored

    @sometimes
    def succeeds_without_a_ref(self) -> bool:
        """A failed reference does not stop the container."""
        return self.phase is Phase.SUCCEEDED and not self.ref_made
