"""The pytest plugin: every property of every spec in a `specs/` folder is a test item.

`specs/lamp.py::Lamp::never_dark` is an item like any other: `-k`, `--lf`, `-x`, xdist and JUnit work.
Collecting runs the spec files (those that use `fsm`) and explores nothing; the items of one spec share one
exploration. A conformance suite, `specs/lamp_conformance.py`, is collected as an ordinary test module.

pytest loads this module in every run of anybody who has `fsm` installed, so nothing else of `fsm` is
imported until a spec is met.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import pytest

from fsm.coverage import Coverage

if TYPE_CHECKING:
    from fsm.model import Model, Property
    from fsm.verdict import Report

LIMITS: Mapping[str, tuple[Callable[[str], Any], int, str]] = {
    "max_states": (int, 1, "end the exploration of a spec after so many states"),
    "max_depth": (int, 0, "end so many steps from the beginning"),
    "max_faults": (int, 0, "follow runs with at most so many faults"),
    "timeout": (float, 0, "end the exploration of a spec after so many seconds"),
}  #: of each limit how it is read, the least that it may be, and what it does


def pytest_addoption(parser: pytest.Parser) -> None:
    """The options, each with an ini twin (`--fsm-max-states`, `fsm_max_states`)."""
    group = parser.getgroup("fsm", "specs as tests (fsm)")
    told = "folders whose specs are tests, wherever they stand (default: specs)"
    group.addoption("--fsm-specs", action="append", metavar="FOLDER", help=told)
    parser.addini("fsm_specs", told, type="args", default=["specs"])
    told = "keep the report of each spec that is checked, as JSON, in this folder"
    group.addoption("--fsm-reports", metavar="FOLDER", help=told)
    parser.addini("fsm_reports", told)
    for name, (_, __, told) in LIMITS.items():
        option = f"--fsm-{name.replace('_', '-')}"
        group.addoption(option, metavar="N", help=f"{told}; verdicts are then unknown, and fail")
        parser.addini(f"fsm_{name}", told)


def pytest_configure(config: pytest.Config) -> None:
    """Lay out the coverage that conformance suites will record; refuse limits that are none."""
    _limits(config)
    config.stash[_COVERAGE] = Coverage()
    config._fsm_record_coverage = partial(record_suite, config)  # type: ignore[attr-defined]


# specs


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    """Collect spec files, and conformance suites whose name pytest would pass over."""
    if _taken_by_pytest(file_path, parent) or not _in_specs(file_path, parent.config):
        return None
    from fsm.folders import CONFORMANCE, may_hold_specs

    if file_path.stem.endswith(CONFORMANCE) and _uses_fsm(file_path):
        hook = parent.session.gethookproxy(file_path)
        made: pytest.Collector = hook.pytest_pycollect_makemodule(module_path=file_path, parent=parent)
        return made
    if may_hold_specs(file_path) and _uses_fsm(file_path):
        return SpecFile.from_parent(parent, path=file_path)
    return None


@pytest.hookimpl(tryfirst=True)
def pytest_pycollect_makemodule(module_path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    """Make a spec file what it is, also where pytest takes it for a module: named on the command line.

    What a conformance suite stands beside becomes importable, however pytest imports the suite itself.
    """
    if not _in_specs(module_path, parent.config) or not _uses_fsm(module_path):
        return None
    from fsm.folders import may_hold_specs
    from fsm.loading import open_home

    if may_hold_specs(module_path):
        return SpecFile.from_parent(parent, path=module_path)
    open_home(module_path)
    return None


class SpecFile(pytest.File):
    """A file with specs."""

    def collect(self) -> Iterator[pytest.Collector]:
        """The specs in it, in source order; a wrong one is a collection error in plain words."""
        from fsm.declaration import model_of
        from fsm.errors import FsmError
        from fsm.loading import load
        from fsm.prose import short
        from fsm.targets import specs_of

        try:
            models = {name: model_of(spec) for name, spec in specs_of(load(self.path)).items()}
        except FsmError as error:
            raise self.CollectError("\n".join(map(short, str(error).splitlines()))) from None
        for name, model in models.items():
            yield SpecCollector.from_parent(self, name=name, model=model)


class SpecCollector(pytest.Collector):
    """A spec: its items, and what they share."""

    def __init__(self, *, model: Model, **rest: Any) -> None:
        super().__init__(**rest)
        self.model = model
        self._explored: Report | Exception | None = None

    def collect(self) -> Iterator[pytest.Item]:
        """Its properties."""
        for asked in self.model.properties:
            yield PropertyItem.from_parent(self, name=asked.name, asked=asked)

    def report(self) -> Report:
        """The verdicts; whichever item asks first explores.

        Raises:
            SpecError: for a body that a reached state shows to be wrong; the same for every item.
        """
        from fsm.errors import SpecError

        if self._explored is None:
            from fsm.checker import check_model
            from fsm.limits import Limits
            from fsm.prose import short
            from fsm.reproduction import with_commands

            limits = Limits(**_limits(self.config))
            target = f"{short(self.path)}::{self.name}"
            try:
                self._explored = with_commands(check_model(self.model, limits), target, limits)
                self._keep(self._explored)
            except SpecError as error:
                self._explored = error
        if isinstance(self._explored, Exception):
            raise self._explored
        return self._explored

    def _keep(self, report: Report) -> None:
        """Leave the report behind, if that is wanted."""
        folder = self.config.getoption("fsm_reports") or self.config.getini("fsm_reports")
        if folder:
            from fsm.kept_reports import keep

            file, root = self.path, self.config.rootpath
            file = file.relative_to(root) if file.is_relative_to(root) else file
            keep(root / folder, file, self.name, report)

    def forget(self) -> None:
        """Let go of what was explored."""
        self._explored = None


class PropertyItem(pytest.Item):
    """A property of a spec: passes if it is as it should be, and is known to be."""

    def __init__(self, *, asked: Property, **rest: Any) -> None:
        super().__init__(**rest)
        self.asked = asked

    def runtest(self) -> None:
        """Judge it."""
        from fsm.errors import Violation
        from fsm.prose import result_lines
        from fsm.remarks import standing

        report = self.spec.report()
        result = report[self.name]
        self.user_properties.append(("fsm", standing(result)))
        if result.expected is not True:
            raise Violation("\n".join(result_lines(result, report)).strip())

    @property
    def spec(self) -> SpecCollector:
        """The spec that it belongs to."""
        assert isinstance(self.parent, SpecCollector)
        return self.parent

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        """The verdict and its trace as `fsm check` shows them; a traceback only where fsm itself fails."""
        from fsm.errors import FsmError
        from fsm.prose import short

        if isinstance(excinfo.value, FsmError):
            return "\n".join(map(short, str(excinfo.value).splitlines()))
        return super().repr_failure(excinfo, style)

    def reportinfo(self) -> tuple[Path, int | None, str]:
        """Where it is written."""
        line = self.asked.where.line
        return self.path, line - 1 if line else None, f"{self.spec.name}::{self.name}"


@pytest.hookimpl(trylast=True)
def pytest_runtest_teardown(item: pytest.Item, nextitem: pytest.Item | None) -> None:
    """Let go of a spec's report after its last item."""
    if isinstance(item, PropertyItem) and (nextitem is None or nextitem.parent is not item.parent):
        item.spec.forget()


def _taken_by_pytest(path: Path, parent: pytest.Collector) -> bool:
    """Whether pytest makes a module of this file anyway."""
    if path.suffix != ".py" or parent.session.isinitpath(path):
        return True
    return any(_matches(path, pattern) for pattern in parent.config.getini("python_files"))


def _matches(path: Path, pattern: str) -> bool:
    from fnmatch import fnmatch

    return fnmatch(path.name if "/" not in pattern else str(path), pattern)


def _in_specs(path: Path, config: pytest.Config) -> bool:
    """Whether a file stands somewhere below one of the folders that hold specs."""
    folders = config.getoption("fsm_specs") or config.getini("fsm_specs")
    parts = path.parts[:-1]
    if config.inipath is not None and path.is_relative_to(config.rootpath):
        parts = path.relative_to(config.rootpath).parts[:-1]
    for folder in folders:
        wanted = Path(folder)
        if wanted.is_absolute():
            if path.is_relative_to(wanted):
                return True
        else:
            names = tuple(part for part in wanted.parts if part != ".")
            if any(parts[at : at + len(names)] == names for at in range(len(parts) - len(names) + 1)):
                return True
    return False


def _uses_fsm(path: Path) -> bool:
    from fsm.folders import uses_fsm

    try:
        return uses_fsm(path)
    except OSError:
        return False


def _limits(config: pytest.Config) -> dict[str, Any]:
    """Where exploring ends early; the option counts before the ini."""
    found: dict[str, Any] = {}
    for name, (kind, least, _) in LIMITS.items():
        written = config.getoption(f"fsm_{name}") or config.getini(f"fsm_{name}")
        try:
            found[name] = kind(written) if written else None
        except ValueError:
            raise pytest.UsageError(f"fsm_{name} = {written!r}: this is no number") from None
        if found[name] is not None and not found[name] >= least:
            raise pytest.UsageError(f"fsm_{name} = {written!r}: give at least {least}")
    return found


# transition coverage


class ConformanceSuite(Protocol):
    """What `record_suite` wants of a suite."""

    covered: set[Any]

    @property
    def coverage(self) -> Any:
        """Something with `suite` (a name), `total`, `remark` and `left`."""


_COVERAGE = pytest.StashKey[Coverage]()
_SUITES = pytest.StashKey[dict[int, ConformanceSuite]]()


def record_coverage(
    config: pytest.Config,
    suite: str,
    covered: Iterable[Hashable],
    total: int,
    note: str = "",
    left: Iterable[Hashable] = (),
) -> None:
    """Tell the terminal summary which transitions a conformance suite has taken.

    It may be called any number of times, from any test, also under xdist: what is told of one suite is
    united, over calls and over workers. The arguments are those of `fsm.coverage.Coverage.record`.
    """
    config.stash[_COVERAGE].record(suite, covered, total, note, left)


def record_suite(config: pytest.Config, suite: ConformanceSuite) -> None:
    """Remember a suite; what it has covered is read off it at the end of the session.

    Conformance suites find it as `config._fsm_record_coverage(suite)`, so that they need not import pytest.

    Args:
        config: pytest's, as in `request.config`.
        suite: it has `covered`, a set of transitions, and `coverage`, with `suite`, `total`,
            `remark` and `left`.
    """
    config.stash.setdefault(_SUITES, {})[id(suite)] = suite


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Read off the suites; in a worker of xdist, send what they covered to the controller."""
    config = session.config
    for suite in config.stash.get(_SUITES, {}).values():
        _read_off(config, suite)
    output = getattr(config, "workeroutput", None)
    if output is not None:
        output["fsm_coverage"] = config.stash[_COVERAGE].dump()


def _read_off(config: pytest.Config, suite: ConformanceSuite) -> None:
    from fsm.errors import FsmError

    try:
        coverage = suite.coverage
    except FsmError:  # its tests have failed for the same reason
        return
    record_coverage(config, coverage.suite, suite.covered, coverage.total, coverage.remark, coverage.left)


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """Take what a worker of xdist sends."""
    node.config.stash[_COVERAGE].add(getattr(node, "workeroutput", {}).get("fsm_coverage", ()))


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    """Show the transition coverage."""
    lines = list(config.stash[_COVERAGE].lines())
    if lines:
        terminalreporter.section("transition coverage")
    for line, whole in lines:
        terminalreporter.line(line, **{"green" if whole else "yellow": True})
