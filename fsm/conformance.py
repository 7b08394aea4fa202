"""Testing an implementation against a spec: tours first, then walks.

`conform` returns a class that pytest collects. It has one test for each event of the spec (an action with
its arguments), which runs the shortest tour to every transition of that event, shortest first, so that a
failure is minimal; and one test in which Hypothesis walks at random. Nothing is explored until the first of
them runs, and the names of the tests depend on the spec's text alone.

Some arguments may be for the implementation to choose: whether a server grants a request, say. With
`answers=` a test is of a *stimulus*, an action with its other arguments, and whatever the spec allows as an
answer is right (see `stimuli`); ways are planned by what has been answered so far (see `expedition`).

There are two ways to be tested. An *adapter* has a method for each action and is driven step by step. A
*run* does everything in one call: it is given a plan, carries it out, and returns what was observed, which
is then followed through the spec.
"""

from __future__ import annotations

import inspect
import os
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from fsm.declaration import model_of
from fsm.errors import AdapterError
from fsm.execution import Run
from fsm.journey import Journey, read_trace
from fsm.limits import Limits
from fsm.stimuli import Stimulus
from fsm.suite import Suite
from fsm.tours import MOST_TOURS
from fsm.verdict import Trace


def conform(
    spec: Any,
    adapter: Any = None,
    *,
    run: Run | None = None,
    hidden: Iterable[str] = (),
    skip: Iterable[str] = (),
    timeout: float = 10.0,
    walks: int = 50,
    steps: int = 30,
    max_states: int | None = None,
    answers: Iterable[str] = (),
    most_tours: int = MOST_TOURS,
    traces: Iterable[Trace | str | os.PathLike[str]] = (),
    turns: int = 2,
) -> type:
    """Tests of an implementation against a spec, for pytest to collect.

    Args:
        spec: a spec class or a model.
        adapter: a class (or a function) that makes an object with a method for each action and
            `observe()`. Its constructor may ask for pytest fixtures, and for `initial`, the values of all
            variables at the beginning. A test makes many adapters: they share its fixtures, but each has
            a `tmp_path` of its own.
        run: instead of an adapter, a function of a `Plan` that carries it out and returns the
            observations; further parameters are pytest fixtures.
        hidden: the actions that what a run observes does not show.
        skip: the actions that the implementation cannot do.
        timeout: seconds for one call of an adapter or for one run; 0 for none.
        walks: how many random walks Hypothesis takes.
        steps: how long a walk may be.
        max_states: where exploring the spec ends early.
        answers: the names of the arguments that the implementation chooses. The adapter's methods do not
            take them. They return what was chosen, by name, beside variables that were seen; a name that is
            left out was not seen. What the spec allows there is right, whatever was planned, and tours go
            around answers that do not come: the coverage says how many transitions that leaves out. For
            adapters only, and for every action that has such an argument, faults included.
        most_tours: the number of transitions above which runs through many of them take the place of a
            tour for each; 0 for as few calls as possible.
        traces: kept traces (or files of them, as `Trace.to_json` and `fsm run -o` write them, or other tools
            as ITF, in `.itf.json`), each of which becomes a test of its own. Where the implementation answers
            something else that the spec allows, that test is skipped, and says so: the trace tells nothing.
        turns: how often the loop of a trace that never ends is gone round.

    Returns:
        A test class; bind it to a name that begins with `Test`.

    Raises:
        AdapterError: if the implementation does not fit the spec, an argument of `answers` is none, or a loop
            is gone round less than once.
        SpecError: if the spec has mistakes.

    Whether a lock is granted is for its server to say; this one grants it if it is free:

    >>> from fsm import action, require, spec
    >>> @spec
    ... class Lock:
    ...     held: bool = False
    ...
    ...     @action
    ...     def acquire(self, granted: bool) -> None:
    ...         require(not (granted and self.held))
    ...         self.held = self.held or granted
    >>> class Server:
    ...     held = False
    ...
    ...     def acquire(self):
    ...         granted, self.held = not self.held, True
    ...         return {"granted": granted}
    ...
    ...     def observe(self):
    ...         return {"held": self.held}
    >>> TestLock = conform(Lock, Server, answers=("granted",), walks=0)
    >>> [name for name in vars(TestLock) if name.startswith("test_")]
    ['test_tour[acquire]']
    >>> TestLock.suite.tour(0, {})
    >>> coverage = TestLock.suite.coverage
    >>> coverage.covered, coverage.note
    (2, '1 of 3 transitions: the implementation answers otherwise')
    """
    if turns < 1:
        raise AdapterError(f"turns={turns} goes round no loop: give at least 1")
    if most_tours < 0:
        raise AdapterError(f"most_tours={most_tours}: give a number of transitions, 0 or more")
    model = model_of(spec)
    limits = Limits(max_states=max_states)
    suite = Suite(model, adapter, run, hidden, skip, timeout, limits, answers, most_tours)
    members: dict[str, Any] = {
        "__doc__": f"Conformance to {model.name}: {model.doc.splitlines()[0] if model.doc else ''}",
        "__module__": sys._getframe(1).f_globals.get("__name__", __name__),
        "suite": suite,
    }
    for stimulus in suite.stimuli:
        if stimulus.action.name not in suite.skip:
            name = _unused(f"test_tour[{stimulus.label}]", members)
            members[name] = _tour_test(suite, stimulus)
    for number, trace in enumerate(traces, 1):
        name = f"#{number}" if isinstance(trace, Trace) else Path(trace).stem
        members[_unused(f"test_trace[{name}]", members)] = _trace_test(suite, trace, turns)
    if walks > 0:
        members["test_walk"] = _walk_test(suite, walks, steps)
    return type(f"Test{model.name}", (), members)


def _unused(name: str, members: dict[str, Any]) -> str:
    """The name, or that with a number: different values may look alike."""
    copies = 2
    unused = name
    while unused in members:
        unused = f"{name[:-1]}#{copies}]"
        copies += 1
    return unused


def _tour_test(suite: Suite, stimulus: Stimulus) -> Callable[..., None]:
    def test(_: Any, **fixtures: Any) -> None:
        __tracebackhide__ = True
        suite.tour(stimulus.number, _asked(suite, fixtures))

    return _asking(test, suite, f"Every transition of {stimulus.label}.")


def _trace_test(suite: Suite, trace: Trace | str | os.PathLike[str], turns: int) -> Callable[..., None]:
    def test(_: Any, **fixtures: Any) -> None:
        __tracebackhide__ = True
        kept = trace if isinstance(trace, Trace) else read_trace(trace, suite.model)
        journey = Journey(suite.model)
        journey.follow(kept, turns)
        events = [suite.number(event) for event, _ in journey.path if event is not None]
        suite.take(journey.path[0][1], events, _asked(suite, fixtures), _turns(kept, turns))

    return _asking(test, suite, "A kept trace.")


def _turns(trace: Trace, turns: int) -> list[str]:
    """For each step of a trace whose loop is gone round so often, in which turn it is."""
    if trace.loop is None:
        return []
    turn_by_turn = (f"in turn {turn} of {turns} of the loop" for turn in range(1, turns + 1))
    return [""] * trace.loop + [told for told in turn_by_turn for _ in trace.steps[trace.loop :]]


def _walk_test(suite: Suite, walks: int, steps: int) -> Callable[..., None]:
    def test(_: Any, **fixtures: Any) -> None:
        __tracebackhide__ = True
        from fsm.walks import walk  # Hypothesis takes its time to be imported

        walk(suite, _asked(suite, fixtures), walks, steps)

    return _asking(test, suite, "Random walks.")


def _asking(test: Callable[..., None], suite: Suite, doc: str) -> Callable[..., None]:
    """The test with a signature that asks pytest for the fixtures of the implementation."""
    kind = inspect.Parameter.POSITIONAL_OR_KEYWORD
    names = dict.fromkeys(("self", "request", *suite.wanted))
    test.__signature__ = inspect.Signature([inspect.Parameter(n, kind) for n in names])  # type: ignore[attr-defined]
    test.__doc__ = doc
    return test


def _asked(suite: Suite, fixtures: dict[str, Any]) -> dict[str, Any]:
    """The fixtures that the implementation asks for; the plugin, where it is at work, hears of the suite."""
    report = getattr(fixtures["request"].config, "_fsm_record_coverage", None)
    if report is not None:
        report(suite)
    return {name: fixtures[name] for name in suite.wanted}
