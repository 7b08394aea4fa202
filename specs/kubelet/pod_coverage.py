"""Which steps of `pod` a real kubelet was seen to take: RECORDINGS.md, computed from the recordings.

Of a step that leaves no trace of its own one can still be sure: where nothing explains the recording without
it. Where it is one explanation among others, it may have happened.

    python -m specs.kubelet.pod_coverage tests/recordings/*.gz        writes RECORDINGS.md beside this file
"""

import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from fsm import Observation, Subject
from fsm.capture import Tables
from fsm.declaration import model_of
from fsm.model import Model
from fsm.recording import read_lines
from fsm.replayer import Follower, follow
from fsm.verdict import Outcome
from specs.kubelet.pod import Pod
from specs.kubelet.pod_recording import subjects

PAGE = Path(__file__).with_name("RECORDINGS.md")
SURE, MAYBE = "yes", "perhaps"

HEAD = """\
# What a real kubelet was recorded to do

The steps of [`pod.py`](pod.py) and the recordings that are followed through it (`fsm replay
specs/kubelet/pod.py RECORDING`): *yes* where no explanation does without the step, *perhaps* where some
explanation does. Written by `python -m specs.kubelet.pod_coverage RECORDING…`.
"""

NONE_SHOWS = """\

## What no recording shows

These steps rest on what was read and measured, not on a recording of a kubelet:
"""


@dataclass(frozen=True)
class Taken:
    """The actions that every explanation of a recorded container takes, and those that some takes."""

    sure: frozenset[str]
    some: frozenset[str]


def taken(subject: Subject) -> Taken:
    """Which actions explain what was observed of a container.

    Args:
        subject: one that conforms.

    Raises:
        ValueError: if it does not.
    """
    tables = Tables(model_of(subject.spec))
    events = tables.model.events
    follower = Follower(tables, subject.hidden)
    found = follow(follower, subject.observations)
    if found.outcome is not Outcome.HOLDS:
        raise ValueError(f"{subject.name}: only what conforms can be explained: {found}")
    some = frozenset(events[event].action.name for _, event in follower.possible())
    sure = {events[event].action.name for _, event in found.covered}
    sure |= {one.actions[0] for one in subject.observations if len(one.actions) == 1}
    for name in sorted(some - sure):
        less = follow(
            Follower(tables, subject.hidden - {name}),
            [without(one, name, tables.model) for one in subject.observations],
        )
        sure |= {name} if less.outcome is Outcome.VIOLATED else set()
    return Taken(frozenset(sure), some)


def without(seen: Observation, action: str, model: Model) -> Observation:
    """An observation that was something else than this action, if it may have been several."""
    rest = tuple(name for name in seen.actions if name != action)
    known = {parameter.name for name in rest for parameter in model.action(name).parameters}
    told = {name: value for name, value in seen.arguments.items() if name in known}
    return replace(seen, actions=rest, arguments=told)


def exercised(recordings: Sequence[Path]) -> dict[str, dict[str, str]]:
    """How sure it is that each recording takes each action of `pod`.

    Args:
        recordings: files of CRI calls.

    Returns:
        For each action, in the order of the spec, the recordings that may take it, by the beginning of their
        name: `yes` or `perhaps`.
    """
    found: dict[str, dict[str, str]] = {action.name: {} for action in model_of(Pod).actions}
    for path in recordings:
        key = path.name.partition("-")[0]
        for subject in subjects(read_lines(path)):
            steps = taken(subject)
            for name in steps.some:
                sure = name in steps.sure or found[name].get(key) == SURE
                found[name][key] = SURE if sure else MAYBE
    return found


def page(found: Mapping[str, Mapping[str, str]]) -> str:
    """The page, as Markdown.

    Args:
        found: what `exercised` returns.
    """
    keys = sorted({key for row in found.values() for key in row})
    docs = {action.name: action.doc.partition("\n")[0] for action in model_of(Pod).actions}
    rows = [f"| step | {' | '.join(keys)} |", f"| --- |{' --- |' * len(keys)}"]
    rows += [
        f"| `{name}` | {' | '.join(row.get(key, '') for key in keys)} |" for name, row in found.items() if row
    ]
    missing = [f"- `{name}`: {docs[name]}" for name, row in found.items() if not row]
    return "\n".join([HEAD, *rows, NONE_SHOWS, *missing, ""])


if __name__ == "__main__":
    PAGE.write_text(page(exercised([Path(one) for one in sorted(sys.argv[1:])])), "utf-8")
