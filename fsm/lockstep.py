"""An adapter and its spec, step by step: whatever the one does, the other must allow."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from fsm.adapter import Driver, Hang, is_known, wants
from fsm.capture import Tables
from fsm.errors import AdapterError, NonConformance
from fsm.failure import HERE, beside, call_lines, import_lines, literal, mapping_lines, refusal_lines
from fsm.model import Event
from fsm.observation import Observation, Transition
from fsm.replayer import Follower


class Lockstep:
    """One adapter at work, and every state that its spec could be in.

    Args:
        tables: the spec's model with its memory.
        adapter: makes the adapter.
        initial: the packed initial state.
        fixtures: what the adapter's constructor asks for.
        skip: the actions that the adapter may lack.
        timeout: seconds for one call.
    """

    def __init__(
        self,
        tables: Tables,
        adapter: Any,
        initial: int,
        fixtures: Mapping[str, Any],
        skip: frozenset[str] = frozenset(),
        timeout: float = 0,
    ) -> None:
        __tracebackhide__ = True
        self.model = tables.model
        self.follower = Follower(tables, (), [initial])
        self.covered: frozenset[Transition] = frozenset()  #: what was taken and was right
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
            self._driver = Driver(self.model, lambda: adapter(**given), is_known(adapter), skip, timeout)
        except Hang as error:
            raise NonConformance(self._failure(beside(["an adapter"], str(error))), hung=True) from None

    def begin(self) -> None:
        """Compare what is seen before anything was done."""
        __tracebackhide__ = True
        self._see(Observation(state=self._do("`observe`", "what can be seen", self._driver.observe)))

    def step(self, event: Event) -> None:
        """Do one event and compare what is seen; raises `NonConformance`."""
        __tracebackhide__ = True
        name, arguments = event.action.name, event.named
        self._values += event.arguments
        shown = [f"{key}={literal(value)}" for key, value in arguments.items()]
        awaited = "await " if self._driver.is_async(name) else ""
        self._program += call_lines(f"{awaited}adapter.{name}(", shown)
        returned = self._do("it", event.label, lambda: self._driver.act(name, arguments))
        self._see(Observation((name,), arguments, returned))
        self._see(Observation(state=self._do("`observe`", event.label, self._driver.observe)))
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

    def _see(self, seen: Observation) -> None:
        __tracebackhide__ = True
        refusal = self.follower.follow(seen)
        if refusal is not None:
            raise NonConformance(self._failure(refusal_lines(refusal, onward=False)))

    def _failure(self, details: list[str]) -> str:
        """The text; and from here on `close` is quiet."""
        self._failed = True
        imports = import_lines(self._values)
        program = [*imports, *([""] if imports else []), *self._program]
        program[-1] += HERE
        head = f"{self.model.name}: the implementation does not conform"
        return "\n".join([head, "", *(f"    {line}".rstrip() for line in program), "", *details])
