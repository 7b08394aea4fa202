"""The kubelet's `startContainer`, call after call, in every version from 1.17 to 1.36.

All of `startContainer` in `pkg/kubelet/kuberuntime/kuberuntime_container.go`, from the runtime handler to the
post-start hook and the kill that follows its failure. One spec: `start_steps` says what happens,
`start_promises` what is promised of it, `start_events` what is told, and `versions` what differs. Here stand
the eras, each with what it changes; an era holds until the next one begins.

    fsm check specs/kubelet/start_container.py::StartContainer_1_22
    fsm check "specs/kubelet/start_container.py::start_container('1.20')"
"""

from collections.abc import Mapping
from enum import Enum
from functools import cache
from itertools import pairwise
from types import MappingProxyType
from typing import Any

from fsm import always, sometimes, spec, var

from .container_creation import Target
from .start_events import Error, Event, errors_of, events_of
from .start_phases import ENDED, Phase, route_of
from .start_promises import Promises
from .versions import CountRule, HandlerLookUp, ReferenceUse, Version, numbers
from .versions import version as row_of

ASIDE = (Phase.HOOK_FAILED, Phase.FAILED)  # the phases that no call that succeeds comes to

PARTS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "handler look-up": ("look_up_handler", "handler_is_unknown"),
        "reference": ("generate_ref", "generate_ref_fails", "succeeds_without_a_ref"),
        "map of references": ("a_ref_is_stored",),
        "target": ("get_target_id", "target_is_missing", "a_target_is_found"),
        "log directory": (
            "log_directory_is_unreadable",
            "log_name_is_too_big",
            "an_unreadable_log_directory_keeps_the_count",
            "an_unreadable_log_directory_makes_up_no_count",
        ),
        "actuated resources": ("set_actuated_resources", "set_actuated_resources_fails"),
        "pre-create hook": ("pre_create", "pre_create_fails"),
        "failing pre-start hook": ("pre_start_fails", "a_failed_pre_start_hook_leaves_no_container"),
    }
)
"""The actions and the promises that only some versions have, by what they belong to."""


def lacks(version: Version) -> tuple[str, ...]:
    """The actions and the promises that a version has no place for.

    >>> lacks(row_of("1.18"))[:2]
    ('look_up_handler', 'handler_is_unknown')
    """
    has = {
        "handler look-up": version.handler_look_up is not HandlerLookUp.NONE,
        "reference": version.reference is not ReferenceUse.NONE,
        "map of references": version.reference is ReferenceUse.STORED,
        "target": version.target_id,
        "log directory": version.count_rule is not CountRule.STATUS,
        "actuated resources": version.actuated_resources,
        "pre-create hook": version.pre_create,
        "failing pre-start hook": version.pre_start_can_fail,
    }
    return tuple(name for part, names in PARTS.items() if not has[part] for name in names)


class StartContainer(Promises):
    """`startContainer` of no version yet: `class …(StartContainer, version="1.18")` says which."""

    def __init_subclass__(cls, version: str = "") -> None:
        super().__init_subclass__()
        if version:
            settle(cls, row_of(version))


def settle(cls: Any, version: Version) -> None:
    """Give a class what a version has, and take out of it what that version lacks."""
    cls.VERSION, cls.ROUTE = version, route_of(version)
    cls.target = None if version.target_id else Target.NOT_ASKED
    for names in PARTS.values():
        for name in names:
            setattr(cls, name, None if name in lacks(version) else getattr(Promises, name))
    phases = var((*route_of(version), *ASIDE))
    events, errors = var(events_of(version)), var(errors_of(version))

    @sometimes
    def every_phase_is_reached(self: Any, phase: Phase = phases) -> bool:
        """Each phase of the version occurs."""
        return self.phase is phase

    @sometimes
    def every_event_is_emitted(self: Any, event: Event = events) -> bool:
        """Each event that the version knows occurs."""
        return event in self.events

    @sometimes
    def every_error_is_returned(self: Any, error: Error = errors) -> bool:
        """Each error value that the version knows occurs."""
        return self.error is error

    for promise in (every_phase_is_reached, every_event_is_emitted, every_error_is_returned):
        setattr(cls, promise.__name__, promise)


@spec(final=ENDED)
class StartContainer_1_17(StartContainer, version="1.17"):
    """The kubelet starts one container, call after call (v1.17)."""

    @always(
        on=Promises.count_restarts,
        finding="with no status left the count is 0, whatever the logs say (kubernetes/kubernetes#99748)",
    )
    def without_a_status_the_count_is_that_of_a_new_log(self, after: Promises) -> bool:
        """A node that was rebooted counts from 0, and writes over its logs."""
        return self.status_seen is not None or after.restart_count >= self.logs


@spec(final=ENDED)
class StartContainer_1_18(StartContainer_1_17, version="1.18"):
    """v1.18: an ephemeral container may ask for another one's PID namespace."""


@spec(final=ENDED)
class StartContainer_1_19(StartContainer_1_18, version="1.19"):
    """v1.19: the map of references is gone, and the reference with it. v1.20 is the same."""


@spec(final=ENDED)
class StartContainer_1_21(StartContainer_1_19, version="1.21"):
    """v1.21: a hook before create; the one before start can no longer fail."""


@spec(final=ENDED)
class StartContainer_1_21_6(StartContainer_1_21, version="1.21.6"):
    """v1.21.6: a container without a status goes on counting from its log files."""

    @always(on=Promises.count_restarts)
    def without_a_status_the_count_is_that_of_a_new_log(self, after: Promises) -> bool:
        """A container of which nothing but logs is left goes on counting."""
        return self.status_seen is not None or after.restart_count >= self.logs


@spec(final=ENDED)
class StartContainer_1_22(StartContainer_1_21_6, version="1.22"):
    """v1.22: the error value of a failed post-start hook no longer says why. v1.23 and v1.24 are the same."""


@spec(final=ENDED)
class StartContainer_1_26(StartContainer_1_22, version="1.26"):
    """v1.26: nor does its event."""

    @always(finding="the event of a failed post-start hook has a fixed text")
    def the_event_of_a_failed_hook_says_why(self) -> bool:
        """The event carries the hook's message."""
        return Event.POST_START_FIXED not in self.events


@spec(final=ENDED)
class StartContainer_1_27(StartContainer_1_26, version="1.27"):
    """v1.27: a log file whose number is too big is passed over. v1.28 is the same."""


@spec(final=ENDED)
class StartContainer_1_29(StartContainer_1_27, version="1.29"):
    """v1.29: the runtime handler is looked up first, behind a gate."""

    @always(finding="a failed look-up of the runtime handler is told by no event")
    def every_failure_has_a_warning(self) -> bool:
        """Who watches warnings, whatever their reason, sees the failures."""
        return super().every_failure_has_a_warning()


@spec(final=ENDED)
class StartContainer_1_31(StartContainer_1_29, version="1.31"):
    """v1.31: the reference is back, for the image puller alone; a failed look-up has no text."""

    @always(finding="a failed look-up of the runtime handler returns an empty text")
    def every_failure_has_a_text(self) -> bool:
        """`state.waiting.message` says what went wrong."""
        return super().every_failure_has_a_text()


@spec(final=ENDED)
class StartContainer_1_33(StartContainer_1_31, version="1.33"):
    """v1.33: the resources are written to a checkpoint before create. v1.34 is the same."""


@spec(final=ENDED)
class StartContainer_1_35(StartContainer_1_33, version="1.35"):
    """v1.35: events no longer name the container. v1.36 is the same."""


CLASSES = (
    StartContainer_1_17, StartContainer_1_18, StartContainer_1_19, StartContainer_1_21, StartContainer_1_21_6,
    StartContainer_1_22, StartContainer_1_26, StartContainer_1_27, StartContainer_1_29, StartContainer_1_31,
    StartContainer_1_33, StartContainer_1_35,
)  # fmt: skip

DIFFERENCES = tuple(pairwise(CLASSES))


@cache
def start_container(version: str) -> type[StartContainer]:
    """The spec of a version.

    Args:
        version: "1.20", "v1.21.6": without a patch release the first one of the minor version.

    Returns:
        The class of the era that it belongs to; where only the image puller speaks differently, a variant.

    Raises:
        ValueError: if it is no version, or one that was not read.

    >>> start_container("1.20").__name__, start_container("1.25").__name__
    ('StartContainer_1_19', 'StartContainer_1_25')
    """
    row = row_of(version)
    era = [one for one in CLASSES if numbers(one.VERSION.name) <= numbers(row.name)][-1]
    if spoken(row) == spoken(era.VERSION):
        return era
    if row.name != version:
        return start_container(row.name)

    class Variant(era, version=row.name):  # type: ignore[misc, valid-type]
        pass

    Variant.__name__ = Variant.__qualname__ = f"StartContainer_{row.name.replace('.', '_')}"
    Variant.__doc__ = f"v{row.name}: as v{era.VERSION.name}, but for what the image puller says."
    return spec(final=ENDED)(Variant)


def spoken(version: Version) -> tuple[Enum, Enum]:
    """What the image puller says, in which versions of one era may differ."""
    return version.pulled_text, version.back_off_text


INVARIANTS: Mapping[str, str] = MappingProxyType(
    {
        "I5": "started_follows_created",
        "I6": "created_is_emitted_after_pre_start_and_before_start",
        "I7": "every_container_was_told_created",
        "I8": "a_failure_before_create_leaves_the_containers_as_they_were",
        "I10": "a_container_whose_hook_failed_does_not_run",
        "I11": "every_failure_has_a_failed_event",
        "created between the hooks": "created_is_emitted_after_pre_start_and_before_start",
        "events once": "created_and_started_are_emitted_once_at_most",
        "nothing is undone": "the_kubelet_takes_no_container_away",
        "no second look": "every_create_makes_one_more_container",
    }
)
"""The invariants of the kubelet that a property of `startContainer` says: I5 and the like, and four that hold
in all versions. A world's specs say others."""

ILLUSTRATED = (StartContainer_1_35,)
