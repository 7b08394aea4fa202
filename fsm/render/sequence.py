"""A sequence picture as plain data: who says what to whom, step by step."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from fsm.render.words import lines

AGAIN: Final = "for ever"
"""What stands at a loop, after the word itself."""
REST: Final = "nothing more happens"
"""What stands below the last message where nothing follows for ever."""


@dataclass(frozen=True, slots=True)
class Message:
    """One step.

    Args:
        source: The participant that acts.
        target: The participant that it reaches; the same one for a step of its own.
        text: What happens, in words.
        fault: The world does something wrong here.
        note: What changed, one change a line.
    """

    source: str
    target: str
    text: str
    fault: bool = False
    note: str = ""


@dataclass(frozen=True, slots=True)
class Sequence:
    """A sequence picture.

    Args:
        title: Stands above the picture.
        participants: Names, from left to right.
        messages: The steps, from top to bottom; they are numbered from 1.
        caption: Stands below the picture, before the legend.
        loop: After how many messages a loop begins, which is said for ever; after the last one, that
            nothing more happens.

    Raises:
        ValueError: There is nobody to speak, a participant stands twice or is blank, a message
            names somebody else, or says nothing, or the loop begins nowhere.

    >>> call = Sequence("A call", ("kubelet", "runtime"), (Message("kubelet", "runtime", "create"),))
    >>> call.messages[0].text
    'create'
    """

    title: str
    participants: tuple[str, ...]
    messages: tuple[Message, ...] = ()
    caption: str = ""
    loop: int | None = None

    def __post_init__(self) -> None:
        if isinstance(self.participants, str):
            raise ValueError(
                f"The participants of {self.title!r} are one string. "
                f"Write a tuple of names: ({self.participants!r},)."
            )
        if not self.participants:
            raise ValueError(f"{self.title!r} has no participants. Name at least one.")
        for name in self.participants:
            if not lines(name):
                raise ValueError(f"A participant of {self.title!r} is blank. Give it a name.")
            if self.participants.count(name) > 1:
                raise ValueError(
                    f"{name!r} takes part twice in {self.title!r}. Each participant has one "
                    "lifeline, so name it once."
                )
        for number, message in enumerate(self.messages, 1):
            for name in (message.source, message.target):
                if name not in self.participants:
                    raise ValueError(
                        f"Message {number} of {self.title!r} names {name!r}, which takes no part. "
                        f"The participants are: {', '.join(map(repr, self.participants))}."
                    )
            if not lines(message.text):
                raise ValueError(
                    f"Message {number} of {self.title!r} has no text. Say in words what happens."
                )
        if self.loop is not None and not 0 <= self.loop <= len(self.messages):
            raise ValueError(
                f"The loop of {self.title!r} begins after {self.loop} messages, and there are "
                f"{len(self.messages)}. Give a number from 0 to that."
            )

    @property
    def rests(self) -> bool:
        """Whether nothing more happens for ever."""
        return self.loop == len(self.messages)
