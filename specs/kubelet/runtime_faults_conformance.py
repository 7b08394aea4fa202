"""The port of the kubelet under faults, on the runtime in memory and on a real one.

A sync is struck by a fault, and what must hold is looked at after it and after each of the syncs that come
then (`runtime_faults_bench`). In memory every outcome that was measured is had on purpose; a real runtime is
struck at many moments, and what came of it is told at the end of the run. With `--cri-endpoint` only what is
on the way to the runtime fails, since it is somebody's.

    FSM_FAULTS=all pytest specs/kubelet/runtime_faults_conformance.py      # many moments more
"""

import os
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule, run_state_machine_as_test
from hypothesis.strategies import booleans, floats, sampled_from

from fsm import kubelet

from .node import Policy
from .runtime_faults import BETWEEN_CALLS, FAULTS, GARBAGE, LIST, Fault, Node, What, When
from .runtime_faults_bench import Bench
from .runtime_faults_containerd import ContainerdNode, WireNode
from .runtime_faults_memory import MemoryNode
from .runtime_faults_outcomes import Tally
from .runtime_faults_world import judge_calls

VERSIONS = ("1.18", "1.20", "1.22", "1.30", "1.36")
ALL = os.environ.get("FSM_FAULTS") == "all"
SEED = "faults" if os.environ.get("CI") or not ALL else os.urandom(4).hex()


def moments(fault: Fault) -> Iterator[Fault]:
    """The same fault at several moments, spread over the call."""
    races = fault.what is What.DEADLINE or (
        fault.when is When.DURING and fault.what in (What.KILLED, What.PAUSED)
    )
    number = 25 if ALL else 2 if races else 1
    random = Random(f"{SEED} {fault}")
    for part in range(number):
        yield replace(fault, chance=(part + random.random()) / number)


def strike(bench: Bench, fault: Fault) -> None:
    """A pod's first sync or its first garbage is struck; then it comes to rest, is collected and deleted."""
    try:
        live(bench, fault)
    except BaseException:
        with suppress(Exception):
            bench.end()
        raise


def live(bench: Bench, fault: Fault) -> None:
    """From the first look of the kubelet to the end of the pod."""
    bench.glance()
    if fault in GARBAGE or fault.method == LIST:
        bench.settle()
    if fault.method in {one.method for one in GARBAGE}:
        for ok in (True, False):
            bench.exit(ok)
            bench.settle()
        bench.collect(fault)
    else:
        bench.sync(fault)
    bench.settle()
    bench.collect()
    bench.settle()
    bench.end()


def histories(make: Callable[[], Bench]) -> type[RuleBasedStateMachine]:
    """Histories of syncs, faults, exits and collections; each ends at rest, and then with nothing.

    Args:
        make: a new pod.
    """
    first = make()
    able = [one for one in FAULTS if not first.node.lacks(one.what)]
    happens = [one for one in BETWEEN_CALLS if not first.node.lacks(one)]
    chances = floats(0, 1, exclude_max=True)

    class History(RuleBasedStateMachine):
        def __init__(self) -> None:
            super().__init__()
            self.bench = make()

        @rule()
        def sync(self) -> None:
            self.bench.sync()

        @rule(fault=sampled_from(able), chance=chances)
        def sync_under(self, fault: Fault, chance: float) -> None:
            self.bench.sync(replace(fault, chance=chance))

        @rule(fault=sampled_from(GARBAGE), chance=chances)
        def collect_under(self, fault: Fault, chance: float) -> None:
            if first.node.lacks(fault.what):
                self.bench.collect()
            else:
                self.bench.collect(replace(fault, chance=chance))

        @rule(ok=booleans())
        def exit(self, ok: bool) -> None:
            self.bench.exit(ok)

        @precondition(lambda _: bool(happens))
        @rule(what=sampled_from(happens or [What.KILLED]))
        def happen(self, what: What) -> None:
            self.bench.happen(what)

        def teardown(self) -> None:
            if self.bench.broken:
                with suppress(Exception):
                    self.bench.end()
                return
            self.bench.settle()
            self.bench.collect()
            self.bench.settle()
            self.bench.end()

    return History


# the runtime in memory: every outcome


def chosen(fault: Fault) -> list[Any]:
    """The fault with each of its outcomes."""
    names = MemoryNode(kubelet).outcomes(fault)
    return [
        pytest.param(replace(fault, chance=(number + 0.5) / len(names)), id=f"{fault}: {name}")
        for number, name in enumerate(names)
    ]


class TestFaultsInMemory:
    """Every fault with every outcome, in every version and under every restart policy."""

    @pytest.mark.parametrize("fault", [one for fault in (*FAULTS, *GARBAGE) for one in chosen(fault)])
    def test_a_fault(self, fault: Fault) -> None:
        """One fault, chosen."""
        for version in VERSIONS:
            for policy in Policy:
                strike(Bench(MemoryNode(kubelet), version, policy), fault)

    @pytest.mark.parametrize("version", VERSIONS)
    def test_histories(self, version: str) -> None:
        """Several faults, one after the other."""
        policies = Random(version)

        def make() -> Bench:
            return Bench(MemoryNode(kubelet), version, policies.choice([*Policy]))

        explore = settings(max_examples=500 if ALL else 40, stateful_step_count=12)
        run_state_machine_as_test(histories(make), settings=explore)


# a real runtime: many moments


class Report:
    """What came of the faults, in the terminal's summary."""

    def __init__(self, tally: Tally) -> None:
        self.tally = tally

    def pytest_terminal_summary(self, terminalreporter: Any) -> None:
        """The table."""
        if self.tally.trials:
            terminalreporter.section("faults between a kubelet and its runtime")
            for line in self.tally.table():
                terminalreporter.write_line(line)


@pytest.fixture(scope="module")
def tally(pytestconfig: pytest.Config) -> Tally:
    """What has been seen on the real runtime."""
    found = Tally()
    pytestconfig.pluginmanager.register(Report(found))
    return found


@pytest.fixture(scope="module")
def record(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the calls are recorded."""
    return tmp_path_factory.mktemp("record") / "calls.jsonl"


@pytest.fixture(scope="module")
def node(
    request: pytest.FixtureRequest,
    cri_endpoint: str,
    cri_runtime: Any,
    cri_image: str,
    record: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Node]:
    """A node with the runtime under test, and a proxy in front of it."""
    from fsm.kubelet.cri.client import connect
    from fsm.kubelet.cri.proxy.background import Proxy

    told = request.config.getoption("--cri-endpoint") or request.config.getini("cri_endpoint")
    root = tmp_path_factory.mktemp("node")
    run = os.urandom(4).hex()
    with (
        TemporaryDirectory(prefix="fsm-") as short,
        Proxy(f"unix://{short}/p", cri_endpoint, record) as proxy,
        connect(proxy.endpoint) as line,
    ):
        parts = (kubelet, cri_runtime, line, proxy, cri_image, root, run)
        if told:
            yield WireNode(*parts)
        else:
            yield ContainerdNode(request.getfixturevalue("private_containerd"), *parts)


class TestFaultsOnARuntime:
    """Every fault at some moments, in one version and then another."""

    @pytest.mark.parametrize("fault", [*FAULTS, *GARBAGE], ids=str)
    def test_a_fault(self, fault: Fault, node: Node, tally: Tally, record: Path) -> None:
        """One fault, at a few moments of the call; the recorded calls are those of the pod's world."""
        if node.lacks(fault.what):
            pytest.skip(node.lacks(fault.what))
        first = [*FAULTS, *GARBAGE].index(fault)
        for number, struck in enumerate(moments(fault), first):
            begin = record.stat().st_size
            bench = Bench(node, VERSIONS[number % len(VERSIONS)], Policy.ALWAYS, tally)
            strike(bench, struck)
            wrong = [] if bench.was_restarted else judge_calls(record, begin)
            assert not wrong, "\n".join([*wrong, f"after {struck.exactly}; the calls are in {record}"])

    def test_histories(self, node: Node, tally: Tally) -> None:
        """Several faults, one after the other."""
        drawn = Random(SEED)

        def make() -> Bench:
            return Bench(node, drawn.choice(VERSIONS), drawn.choice([*Policy]), tally)

        explore = settings(
            max_examples=200 if ALL else 4,
            stateful_step_count=6,
            phases=(Phase.generate,),  # a race that was lost is not lost again: there is nothing to shrink
            deadline=None,
            suppress_health_check=list(HealthCheck),
        )
        run_state_machine_as_test(histories(make), settings=explore)
