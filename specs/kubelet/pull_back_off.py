"""How pulls of an image are backed off: the books of `back_off_books`, kept by other rules than `back_off`.

    a sync finds no image     in the window since the last failed pull: refuses; else: pulls
    the pull                  fails: `Next`, and a window; succeeds: the entry stays as it is

Source: `EnsureImageExists` in `pkg/kubelet/images/image_manager.go`. What is told is what the last sync
returned, as with a container that crashes.
"""

from enum import Enum
from typing import Literal

from fsm import action, always, finitely, leads_to, require, sometimes, spec, strong, var, weak

from .back_off_books import FORGOTTEN, TOP, WINDOWS, Clock


class Image(Enum):
    """Whether the image is there."""

    ABSENT = "absent"
    PRESENT = "present"


class Pull(Enum):
    """What the last pull, or the sync that did without, returned."""

    NONE = ""
    FAILED = "ErrImagePull"
    BACK_OFF = "ImagePullBackOff"


@spec
class PullBackOff:
    """An image that cannot be pulled, tried later and later: books of their own, by other rules.

    `EnsureImageExists` in `pkg/kubelet/images/image_manager.go`. The key is the pod's UID and the image, the
    window counts from the last failed pull (`IsInBackOffSinceUpdate`), and `Next` comes after one: so the
    first failure is backed off, unlike the first crash. A pull comes after `doBackOff` in a sync: of the two
    only one refuses at a time, and a failed pull is a `create_fails` to the other. It ends in an error in
    every version (that v1.34 passes on the end of this window, too, was not read).
    """

    image: Image = Image.ABSENT
    level: int | None = var(range(len(WINDOWS)), None)
    since_next: Clock = Clock(FORGOTTEN)
    due: int = var(range(3), 0)
    reason: Pull = Pull.NONE

    @action(Image.ABSENT, sender="kubelet", receiver="runtime")
    def pull(self) -> None:
        """The image is there; the entry stays, until nothing was written to it for 600 s."""
        require(self.due == 0 and not self.in_window())
        self.image, self.reason = Image.PRESENT, Pull.NONE

    @action(Image.ABSENT, fault=True, sender="runtime", receiver="kubelet")
    def pull_fails(self, jitter: bool) -> None:
        """The registry does not answer, or has no such image."""
        require(self.due == 0 and not self.in_window())
        self.level = 0 if self.level is None or self.since_next.long_ago else min(self.level + 1, TOP)
        self.since_next, self.reason = Clock(0), Pull.FAILED
        self.due = 2 if jitter else 1

    @action(Image.ABSENT, sender="pod worker", receiver="kubelet")
    def back_off(self, jitter: bool) -> None:
        """`ImagePullBackOff`, and a `BackOff` event that is Normal."""
        require(self.due == 0 and self.in_window())
        self.reason = Pull.BACK_OFF
        self.due = 2 if jitter else 1

    @action(Image.PRESENT, sender="kubelet", receiver="runtime")
    def remove_image(self) -> None:
        """Garbage collection of images, or a policy that pulls again at every start."""
        self.image = Image.ABSENT

    @action(sender="clock", receiver="pod worker")
    def tick(self) -> None:
        """Ten seconds pass."""
        require(self.due > 0 or self.image is Image.PRESENT)
        require(self.due > 0 or not self.since_next.long_ago)
        self.due = max(self.due - 1, 0)
        self.since_next = Clock(min(self.since_next.ticks + 1, FORGOTTEN))

    @action(sender="kubelet", receiver="pod worker")
    def wake(self) -> None:
        """Something else of the pod changed, and the worker syncs at once."""
        require(self.due > 0)
        self.due = 0

    @action(sender="kubelet", receiver="books")
    def clean_books(self) -> None:
        """Entries that were not written for 600 s are thrown away."""
        require(self.level is not None and self.since_next.long_ago)
        self.level, self.since_next = None, Clock(FORGOTTEN)

    @action(fault=True, sender="node", receiver="kubelet")
    def restart_kubelet(self) -> None:
        """These books are in memory as well."""
        require(self.level is not None)
        self.level, self.since_next, self.reason, self.due = None, Clock(FORGOTTEN), Pull.NONE, 0

    def in_window(self) -> bool:
        """Whether a pull is refused."""
        if self.level is None or self.since_next.long_ago:
            return False
        return self.level >= self.since_next.over

    @always(on=(pull, pull_fails))
    def two_pulls_are_a_window_apart(self, after: "PullBackOff") -> bool:
        """After a failed one, for as long as the books remember it."""
        return self.level is None or self.level < self.since_next.over

    @always(on=pull_fails)
    def a_failed_pull_is_backed_off(self, after: "PullBackOff") -> bool:
        """The first one, too."""
        return after.in_window()

    @always(on=pull_fails)
    def a_level_rises_by_one_or_begins_anew(self, after: "PullBackOff") -> bool:
        """Doubled, up to 300 s."""
        return after.level == 0 or (self.level is not None and after.level == min(self.level + 1, TOP))

    @always(on=clean_books)
    def a_window_outlives_the_clean_up(self, after: "PullBackOff") -> bool:
        """A window counts from the same moment as the clean-up, and is shorter."""
        return not self.in_window()

    @always(
        on=restart_kubelet, finding="the books are in memory: after a restart of the kubelet they begin anew"
    )
    def a_window_outlives_the_kubelet(self, after: "PullBackOff") -> bool:
        """The image is pulled at once."""
        return not self.in_window() or after.in_window()

    @always(
        on=pull_fails,
        finding="a success does not clear the entry: who fails next waits as long as if it had not been",
    )
    def a_success_is_forgiven(self, after: "PullBackOff") -> bool:
        """Asked where it can be told: an image that was there, and whose next pull fails."""
        return self.reason is not Pull.NONE or after.level == 0

    @always(finding="it is told from the first refused sync on, and until the next sync after the window")
    def image_pull_back_off_is_told_exactly_in_a_window(self) -> bool:
        """What the last sync returned, not what is so."""
        return (self.image is Image.ABSENT and self.in_window()) == (self.reason is Pull.BACK_OFF)

    @leads_to(fair=(weak(), strong("tick"), finitely()))
    def an_image_is_pulled_once_it_can_be(self) -> tuple[bool, bool]:
        """Back-off delays, and never stops."""
        return self.image is Image.ABSENT, self.image is Image.PRESENT

    @sometimes
    def every_reason_is_told(self, reason: Pull) -> bool:
        """Each reason."""
        return self.reason is reason

    @sometimes
    def every_window_is_waited_in(self, level: Literal[0, 1, 2, 3, 4, 5]) -> bool:
        """Each window."""
        return self.level == level and self.in_window()
