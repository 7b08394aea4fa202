"""One run through a spec, step after step: by hand, at random, or as a kept trace says.

A kept trace may be a lasso. It fits only if its loop still leads back to where it began, so that it can be
gone round as often as one likes.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from random import Random

from fsm.capture import Bound, Tables
from fsm.endless import Endless
from fsm.errors import LogError, did_you_mean
from fsm.export.itf import is_itf, trace_of_itf
from fsm.model import Event, Kind, Model
from fsm.tables import Disabled, Step
from fsm.tracing import trace_of
from fsm.verdict import Trace

Choice = tuple[Event, int]  #: an enabled event, and the packed state after it


class Journey:
    """A run, which begins in an initial state and grows at its end.

    Args:
        model: what to run through.
    """

    def __init__(self, model: Model) -> None:
        self.model = model
        self.tables = Tables(model)
        self.initial = self.tables.initial_states()
        self.path: list[tuple[Event | None, int]] = [(None, self.initial[0])]
        self.loop: int | None = None  #: as of `Trace`, where a lasso was followed

    @property
    def state(self) -> int:
        """Where it has come to, packed."""
        return self.path[-1][1]

    @property
    def is_final(self) -> bool:
        """Whether it may end here."""
        return self.model.is_final(self.state)

    def begin(self, state: int) -> None:
        """Begin again, in this initial state."""
        self.path, self.loop = [(None, state)], None

    def choices(self) -> list[Choice]:
        """What may happen next, in order; raises `SpecError` where a body is wrong."""
        found = []
        for event, table in zip(self.model.events, self.tables.events, strict=True):
            leaf = table.leaf(self.state)
            if isinstance(leaf, Step):
                found.append((event, leaf.apply(self.state)))
        return found

    def take(self, choice: Choice) -> None:
        """Go one step."""
        self.path.append(choice)
        self.loop = None

    def back(self) -> bool:
        """Take the last step back; False if there is none."""
        if len(self.path) == 1:
            return False
        self.path.pop()
        self.loop = None
        return True

    def wander(self, steps: int, seed: int) -> None:
        """Begin anywhere and go at random: the same way for the same seed.

        Args:
            steps: how many at most; it ends earlier where nothing is enabled.
            seed: of the random choices.
        """
        random = Random(seed)
        self.begin(random.choice(self.initial))
        for _ in range(steps):
            choices = self.choices()
            if not choices:
                return
            self.take(random.choice(choices))

    def follow(self, trace: Trace, turns: int = 1) -> None:
        """Go as a trace says.

        Args:
            trace: the way.
            turns: how often its loop is gone round, if it has one.

        Raises:
            LogError: if it is of another spec or no longer fits this one, with the step.
        """
        if trace.spec != self.model.name:
            raise LogError(f"this is a trace of {trace.spec}, and the spec is {self.model.name}")
        begin = [state for state in self.initial if tuple(self._items(state)) == trace.initial]
        if not begin:
            raise LogError(f"the trace does not begin as {self.model.name} does: {self._unlike(trace)}")
        self.begin(begin[0])
        for number, step in enumerate(trace.steps, 1):
            choices = self.choices()
            fitting = [choice for choice in choices if choice[0].label == step.label]
            if not fitting:
                labels = [event.label for event, _ in choices]
                raise LogError(
                    f"step {number} no longer fits: `{step.label}` is not enabled; "
                    + did_you_mean(step.label, labels)
                )
            self.take(fitting[0])
            made = self.trace().steps[-1].changes
            if made != step.changes:
                told = "; ".join(f"{one.path}: {one.old} → {one.new}" for one in made) or "nothing"
                raise LogError(f"step {number} no longer fits: `{step.label}` now changes {told}")
        if trace.loop is not None:
            self._close(trace.loop)
            loop = self.path[trace.loop + 1 :]
            self.path += loop * (turns - 1)
            self.loop = len(self.path) - 1 - len(loop)

    def trace(self, command: str = "") -> Trace:
        """The run so far, as data."""
        return replace(trace_of(self.model, self.path, command), loop=self.loop)

    def broken(self) -> list[str]:
        """The promises that are broken here or by the last step; those that state a finding left out.

        Of promises over runs see `broken_for_ever`.
        """
        found: dict[str, None] = {}
        for bound, table in self.tables.predicates.items():
            if bound.asked.kind is Kind.ALWAYS and not bound.asked.finding and not table.leaf(self.state):
                found[bound.label] = None
        for bound in self._broken_steps():
            if not bound.asked.finding:
                found[bound.label] = None
        if not self.choices() and not self.is_final and not self._is_bounded():
            found["never_stuck"] = None
        return list(found)

    def broken_for_ever(self) -> list[str]:
        """The promises over runs that a lasso breaks which was followed; those with a finding left out."""
        if self.loop is None:
            return []
        broken = Endless(self.tables, self.path, self.loop).broken()
        return [bound.label for bound in broken if not bound.asked.finding]

    def _close(self, begin: int) -> None:
        """See that what was gone is a lasso; raises `LogError`."""
        steps = len(self.path) - 1
        if begin == steps:
            if not self.tables.may_stop(self.state):
                labels = (f"`{event.label}`" for event, _ in self.choices() if not event.action.fault)
                why = next(labels, "a step beyond the bounds of the model")
                raise LogError(f"the run no longer stays after step {steps}: {why} may happen there")
            return
        changes = self.model.layout.changes(self.path[begin][1], self.state)
        if changes:
            told = "; ".join(
                f"{path}={old} there, {path}={new} after step {steps}" for path, old, new in changes
            )
            raise LogError(f"the loop no longer leads back to the state after step {begin}: {told}")

    def _broken_steps(self) -> list[Bound]:
        event = self.path[-1][0]
        if event is None:
            return []
        number, before = self.model.events.index(event), self.path[-2][1]
        return [
            bound
            for step, bound in enumerate(self.tables.steps)
            if (promise := self.tables.promises.get((number, step))) and promise.leaf(before) is False
        ]

    def _is_bounded(self) -> bool:
        leaves = (table.leaf(self.state) for table in self.tables.events)
        return any(isinstance(leaf, Disabled) and leaf.bounded for leaf in leaves)

    def _items(self, state: int) -> Sequence[tuple[str, str]]:
        return self.model.layout.items(state)

    def _unlike(self, trace: Trace) -> str:
        """The first thing that differs from every initial state."""
        given = dict(trace.initial)
        for path, value in self._items(self.initial[0]):
            if given.get(path) != value:
                return f"{path}={given.get(path, 'nothing')} there, {path}={value} here"
        return f"it has parts that {self.model.name} has not"


def read_trace(file: str | os.PathLike[str], model: Model | None = None) -> Trace:
    """A trace that was kept: by `fsm run -o`, as `Trace.to_json` of a report's, or as ITF by other tools.

    Args:
        file: its path; one that ends in `.itf.json` is ITF.
        model: what an ITF trace is to be one of.

    Raises:
        LogError: if the file cannot be read, or is none.
    """
    try:
        text = Path(file).read_text("utf-8")
        if model is not None and is_itf(file):
            return trace_of_itf(model, text)
        return Trace.from_json(text)
    except OSError as error:
        raise LogError(f"{file} cannot be read: {error.strerror}") from None
    except (ValueError, LogError) as error:
        raise LogError(f"{file}: {error}") from None
