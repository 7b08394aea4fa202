"""An adapter and its spec, step by step: whatever the one does, the other must allow."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from fsm.adapter import Driver, Hang, is_known, wants
from fsm.capture import Tables
from fsm.errors import AdapterError, NonConformance
from fsm.failure import HERE, beside, call_lines, import_lines, literal, mapping_lines, refusal_lines
from fsm.observation import Observation, Refusal, Transition, difference_lines
from fsm.replayer import Follower
from fsm.stimuli import Stimulus, told
from fsm.tables import Disabled


class Beyond(Exception):  # noqa: N818 - it is where it went
    """The implementation may have answered what only a `limit` of the spec stops: nothing is known of it."""


class Lockstep:
    """One adapter at work, and every state that its spec could be in.

    Args:
        tables: the spec's model with its memory.
        adapter: makes the adapter.
        initial: the packed initial state.
        fixtures: what the adapter's constructor asks for.
        skip: the actions that the adapter may lack.
        timeout: seconds for one call.
        answers: the names of the arguments that the implementation chooses.
    """

    def __init__(
        self,
        tables: Tables,
        adapter: Any,
        initial: int,
        fixtures: Mapping[str, Any],
        skip: frozenset[str] = frozenset(),
        timeout: float = 0,
        answers: frozenset[str] = frozenset(),
    ) -> None:
        __tracebackhide__ = True
        self.tables = tables
        self.model = tables.model
        self.follower = Follower(tables, (), [initial])
        self.covered: frozenset[Transition] = frozenset()  #: what was taken and was right
        self.answered: Mapping[str, Any] = {}  #: by the last step, as far as it was seen
        self.steps = 0  #: how many were begun
        self._failed = False
        given = dict(fixtures)
        asked = [f"{name}={name}" for name in given]
        start: Mapping[str, Any] = {}
        if "initial" in wants(adapter):
            start = given["initial"] = tables.layout.unpack(initial)
            asked.append("initial=initial")
        elif len(tables.initial_states()) > 1:
            raise AdapterError(
                f"{self.model.name} begins in one of {len(tables.initial_states())} states, and the "
                "adapter is not told in which: give its constructor a parameter `initial`, or test it "
                "against a subclass of the spec that begins in one of them"
            )
        self._values: list[Any] = [start]
        self._program = mapping_lines("initial = {", start, "}") if start else []
        self._program += call_lines(f"adapter = {getattr(adapter, '__name__', 'make_adapter')}(", asked)
        try:
            self._driver = Driver(
                self.model, lambda: adapter(**given), is_known(adapter), skip, timeout, answers
            )
        except Hang as error:
            raise NonConformance(self._failure(beside(["an adapter"], str(error))), hung=True) from None

    def begin(self) -> None:
        """Compare what is seen before anything was done."""
        __tracebackhide__ = True
        self._see(Observation(state=self._do("`observe`", "what can be seen", self._driver.observe)))

    def step(self, stimulus: Stimulus) -> None:
        """Give one stimulus and compare what is answered and seen.

        Raises:
            NonConformance: if the spec does not allow it.
            Beyond: if the spec does not allow it within its bounds, and may allow it beyond them.
        """
        __tracebackhide__ = True
        name, inputs = stimulus.action.name, stimulus.named
        self._tell_answers()
        self.steps += 1
        self._values += inputs.values()
        shown = [f"{key}={literal(value)}" for key, value in inputs.items()]
        awaited = "await " if self._driver.is_async(name) else ""
        self._program += call_lines(f"{awaited}adapter.{name}(", shown)
        returned = self._do("it", stimulus.label, lambda: self._driver.act(name, inputs))
        self.answered, state = self._do("it", stimulus.label, lambda: stimulus.split(returned))
        seen = Observation((name,), {**inputs, **self.answered}, state)
        bounded = self._is_bounded(stimulus, seen)
        self._see(seen, stimulus, bounded)
        look = Observation(state=self._do("`observe`", stimulus.label, self._driver.observe))
        self._see(look, bounded=bounded)
        self.covered = self.follower.covered()

    def close(self) -> None:
        """End the adapter; what goes wrong then counts only if nothing did before."""
        __tracebackhide__ = True
        failed = self._failed
        try:
            self._do("`close`", "an end", self._driver.close)
        except NonConformance:
            if not failed:
                raise

    def _do(self, name: str, specified: str, what: Callable[[], Any]) -> Any:
        __tracebackhide__ = True
        try:
            return what()
        except AdapterError:
            self._failed = True
            raise
        except Hang as error:
            raise NonConformance(self._failure(beside([specified], str(error))), hung=True) from None
        except Exception as error:
            observed = f"{name} raised {type(error).__name__}: {error}"
            raise NonConformance(self._failure(beside([specified], observed))) from error

    def _see(self, seen: Observation, stimulus: Stimulus | None = None, bounded: bool = False) -> None:
        __tracebackhide__ = True
        refusal = self.follower.follow(seen)
        if refusal is not None and bounded:
            raise Beyond
        if refusal is not None:
            raise NonConformance(self._failure(self._refused(refusal, stimulus)))

    def _refused(self, refusal: Refusal, stimulus: Stimulus | None) -> list[str]:
        """What the spec says: of a stimulus whose answer it does not allow, which ones it does."""
        events = self.model.events
        if stimulus is not None and self.answered and not refusal.differences:
            enabled = set(self.follower.enabled())
            allowed = [events[number] for number in stimulus.events if number in enabled]
            if allowed:
                return difference_lines(stimulus.differences(allowed, self.answered))
        return refusal_lines(refusal, onward=False)

    def _is_bounded(self, stimulus: Stimulus, seen: Observation) -> bool:
        """Whether, but for a `limit`, the spec may allow what was answered."""
        events = self.model.events
        return len(stimulus.events) > 1 and any(
            isinstance(leaf := self.tables.events[number].leaf(state), Disabled) and leaf.bounded
            for number in stimulus.events
            if seen.may_be(stimulus.action.name, events[number].named)
            for state in self.follower.candidates
        )

    def _tell_answers(self) -> None:
        """Write what the last step was answered beside it."""
        if self.answered:
            self._program[-1] += f"   # {told(self.answered)}"
            self.answered = {}

    def _failure(self, details: list[str]) -> str:
        """The text; and from here on `close` is quiet."""
        self._failed = True
        self._tell_answers()
        imports = import_lines(self._values)
        program = [*imports, *([""] if imports else []), *self._program]
        program[-1] += HERE
        head = f"{self.model.name}: the implementation does not conform"
        return "\n".join([head, "", *(f"    {line}".rstrip() for line in program), "", *details])
