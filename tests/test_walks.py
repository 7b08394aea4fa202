"""Random walks: they end where the spec ends, find what tours do not, and say it as shortly."""

import signal
import threading
from collections.abc import Iterator, Mapping
from typing import Any, Literal

import pytest
from hypothesis import settings
from hypothesis.stateful import RuleBasedStateMachine

import fsm.walks
from fsm import Observation, Plan, action, conform, one_of, require, spec, var
from fsm.errors import AdapterError, NonConformance
from fsm.suite import Suite


@spec(final={"home"})
class Way:
    """Some steps to the left and right, and home at last."""

    place: Literal["left", "right", "home"] = "left"
    steps: int = var(range(6), 0)

    @action("left")
    def go_right(self) -> None:
        require(self.steps < 5)
        self.place = "right"
        self.steps += 1

    @action("right")
    def go_left(self, slowly: bool) -> None:
        require(self.steps < 5 or slowly)
        self.place = "left"

    @action("left", "right")
    def go_home(self) -> None:
        require(self.steps > 2)
        self.place = "home"


class Walker:
    def __init__(self) -> None:
        self.place = "left"

    def go_right(self) -> None:
        self.place = "right"

    def go_left(self, slowly: bool) -> None:
        self.place = "left"

    def go_home(self) -> None:
        self.place = "home"

    def observe(self) -> Mapping[str, Any]:
        return {"place": self.place}


def suite_of(adapter: Any = None, spec: type = Way, **options: Any) -> Suite:
    return conform(spec, adapter, **options).suite  # type: ignore[attr-defined]


def walk(suite: Suite, walks: int = 60, steps: int = 20, **fixtures: Any) -> Suite:
    fsm.walks.walk(suite, fixtures, walks, steps)
    return suite


def failure(suite: Suite, walks: int = 200, **fixtures: Any) -> str:
    with pytest.raises(NonConformance) as error:
        walk(suite, walks, **fixtures)
    return str(error.value)


def forgetful(memory: list[str], after: int) -> type:
    """A walker that goes wrong after so many steps, which no spec state tells."""

    class Forgetful(Walker):
        def __init__(self) -> None:
            super().__init__()
            memory.clear()

        def go_left(self, slowly: bool) -> None:
            memory.append("left")
            if len(memory) < after:
                super().go_left(slowly)

    return Forgetful


def run(plan: Plan) -> Iterator[Observation]:
    walker = Walker()
    for step in plan.steps:
        getattr(walker, step.action)(**step.arguments)
        yield Observation((step.action,), step.arguments, walker.observe())


@pytest.mark.parametrize("options", [{"adapter": Walker}, {"run": run}], ids=["adapter", "run"])
def test_walks_of_what_conforms_pass_and_cover(options: dict[str, Any]) -> None:
    coverage = walk(suite_of(**options)).coverage
    assert coverage.covered > coverage.total / 2


def test_a_walk_may_do_what_is_enabled_and_stands_still_only_where_nothing_is(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    machines: list[type[RuleBasedStateMachine]] = []
    monkeypatch.setattr(
        fsm.walks, "run_state_machine_as_test", lambda machine, settings: machines.append(machine)
    )
    suite = walk(suite_of(Walker))
    (made,) = machines
    machine: Any = made()
    assert not machine.is_over()
    for state in suite.graph.states:
        path = suite.graph.path(state)
        machine.course = fsm.walks._Course(suite, path[0][1], {})
        for event, _ in path[1:]:
            machine.take(suite.model.events.index(event))
        enabled = [number for number, _ in suite.graph.successors(state)]
        assert [
            one for name in ("go_right", "go_left", "go_home") for one in machine.enabled(name)
        ] == enabled
        assert machine.is_over() == (not enabled)
        machine.teardown()


def test_what_only_a_long_walk_shows_is_found_and_made_short() -> None:
    text = failure(suite_of(forgetful([], after=3)))
    program = [line.strip() for line in text.splitlines() if "adapter" in line]
    assert program == [
        "adapter = Forgetful()",
        *["adapter.go_right()", "adapter.go_left(slowly=False)"] * 2,
        "adapter.go_right()",
        "adapter.go_left(slowly=False)   # <- here",
    ]
    assert text.endswith("\n         specified  observed\n  place  'left'     'right'")


def test_what_only_a_long_run_shows_is_found_and_made_short() -> None:
    def wrong(plan: Plan) -> Iterator[Observation]:
        lefts = 0
        for seen in run(plan):
            lefts += seen.actions == ("go_left",)
            yield Observation(seen.actions, seen.arguments, {"place": "right"} if lefts == 2 else seen.state)

    text = failure(suite_of(run=wrong))
    planned = [line.strip() for line in text.splitlines() if "PlannedStep(" in line]
    assert planned == ['PlannedStep("go_right"),', 'PlannedStep("go_left", {"slowly": False}),'] * 2


def test_a_failure_keeps_its_cause() -> None:
    class Stuck(Walker):
        def go_left(self, slowly: bool) -> None:
            raise OSError("stuck")

    with pytest.raises(NonConformance) as error:
        walk(suite_of(Stuck))
    assert isinstance(error.value.__cause__, OSError)


def test_of_several_failures_one_is_shown() -> None:
    class Bad(Walker):
        def go_left(self, slowly: bool) -> None:
            if slowly:
                raise OSError("too slow")

    failures = {failure(suite_of(Bad)).splitlines()[-1] for _ in range(3)}
    assert failures <= {"  observed:  it raised OSError: too slow", "  place  'left'     'right'"}


def test_a_failure_that_does_not_come_again_is_said_to_be_one() -> None:
    walks = []

    class Moody(Walker):
        def __init__(self) -> None:
            super().__init__()
            walks.append(self)

        def go_right(self) -> None:
            if len(walks) != 5:
                super().go_right()

    text = failure(suite_of(Moody))
    assert text.startswith("Way: a walk failed, and the same walk did not fail when it was taken again: ")
    assert "The failure was:\n\nWay: the implementation does not conform\n\n    adapter = Moody()" in text


def test_an_adapter_that_does_not_fit_is_an_error_in_a_walk_too() -> None:
    class Dreamer(Walker):
        def observe(self) -> Mapping[str, Any]:
            return {"plaice": self.place}

    with pytest.raises(AdapterError, match="did you mean `place`"):
        walk(suite_of(Dreamer))


@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="this system has no timers")
@pytest.mark.parametrize("kind", ["adapter", "run"])
def test_a_hang_ends_a_walk_at_once_since_shrinking_it_takes_too_long(kind: str) -> None:
    hung = []

    class Slow(Walker):
        def go_left(self, slowly: bool) -> None:
            hung.append(self)
            threading.Event().wait()

    def slow(plan: Plan) -> Iterator[Observation]:
        for seen in run(plan):
            if seen.actions == ("go_left",):
                hung.append(plan)
                threading.Event().wait()
            yield seen

    suite = suite_of(Slow, timeout=0.1) if kind == "adapter" else suite_of(run=slow, timeout=0.1)
    assert "did not come back within 0.1 s" in failure(suite)
    assert len(hung) == 1


def test_every_adapter_of_a_walk_is_closed() -> None:
    open_ = []

    class Counted(Walker):
        def __init__(self) -> None:
            super().__init__()
            open_.append(self)

        def close(self) -> None:
            open_.remove(self)

    walk(suite_of(Counted))
    assert open_ == []
    wrong = type("Wrong", (Counted,), {"go_left": lambda self, slowly: None})
    failure(suite_of(wrong))
    assert open_ == []


def test_walks_begin_in_every_initial_state() -> None:
    @spec
    class Either:
        on: bool = var(initial=one_of(False, True))

        @action
        def press(self) -> None:
            self.on = not self.on

    begun = set()

    class Switch:
        def __init__(self, initial: Mapping[str, Any]) -> None:
            self.on = initial["on"]
            begun.add(self.on)

        def press(self) -> None:
            self.on = not self.on

        def observe(self) -> Mapping[str, Any]:
            return {"on": self.on}

    walk(suite_of(Switch, Either))
    assert begun == {False, True}


def test_walks_go_around_what_is_skipped() -> None:
    class Rightist:
        __init__, go_right, go_home, observe = (
            Walker.__init__, Walker.go_right, Walker.go_home, Walker.observe,
        )  # fmt: skip

    coverage = walk(suite_of(Rightist, skip=["go_left"])).coverage
    assert coverage.covered == 1
    assert "cannot be, without go_left" in coverage.note


def test_actions_may_have_any_name() -> None:
    @spec
    class Named:
        """Names that the machinery has uses for."""

        on: bool = False

        @action
        def begin(self) -> None:
            self.on = not self.on

        @action
        def teardown(self, bundle: bool) -> None:
            self.on = bundle

        @action
        def idle(self) -> None: ...

        @action
        def enabled(self, self_: bool) -> None:
            require(self_)

        @action
        def close_(self, number: Literal[1, 2]) -> None:
            self.on = False

    def run(plan: Plan) -> Iterator[Observation]:
        return (Observation((step.action,), step.arguments) for step in plan.steps)

    suite = walk(suite_of(run=run, spec=Named))
    assert suite.coverage.covered == suite.coverage.total


def test_the_profile_of_whoever_runs_the_tests_is_left_alone() -> None:
    before = settings.default
    walk(suite_of(Walker), walks=3)
    assert settings.default is before
