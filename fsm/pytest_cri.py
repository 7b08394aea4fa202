"""The pytest plugin for real container runtimes: where one is, and what is skipped where there is none.

A test asks for a runtime by a fixture: `cri_runtime` (its client), `cri_endpoint` (where it listens),
`cri_pod` (pods of the test's own), `cri_image`, `private_containerd` (its life and death). It is the one of
`--cri-endpoint`, in which nothing is touched but what the tests make, or else a containerd that is started
for the session and ended with all it made. Tests that ask have the marker `cri`: `pytest -m cri` runs them
alone, `pytest -m "not cri"` all others.

pytest loads this module in every run of anybody who has `fsm` installed, so nothing else is imported until
a test asks for a runtime.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn
from uuid import uuid4

import pytest

if TYPE_CHECKING:
    from fsm.kubelet.cri.client import CriRuntime
    from fsm.kubelet.cri.containerd import PrivateContainerd
    from fsm.kubelet.cri.pods import Pods

OPTIONS = {
    "cri_endpoint": ("ENDPOINT", "the runtime to test, such as unix:///run/containerd/containerd.sock"),
    "cri_image": ("NAME", "an image that the runtime has, with a shell (default: local.test/busybox:1)"),
    "cri_containerd": ("PROGRAM", "which containerd is started where no endpoint is given"),
}  #: each with its ini twin: `--cri-endpoint`, `cri_endpoint`

ASKING = {"cri_endpoint", "private_containerd"}  #: the fixtures that all others of a runtime depend on
PREFIX = "fsm-cri-"  #: of the directories of private containerds
REQUIRED = "FSM_REQUIRE_RUNTIME"  #: the environment variable that makes a missing runtime a failure
PROGRAM = "FSM_CONTAINERD"  #: the environment variable that is `--cri-containerd` where that is not given
BRIEF = 1.0  #: seconds that a runtime which should be there already may take to answer

_CONTAINERD = pytest.StashKey["PrivateContainerd"]()
_RUNTIME = pytest.StashKey["CriRuntime"]()


def pytest_addoption(parser: pytest.Parser) -> None:
    """The options, each with an ini twin."""
    group = parser.getgroup("fsm-cri", "tests of a container runtime (fsm)")
    for name, (value, told) in OPTIONS.items():
        group.addoption(f"--{name.replace('_', '-')}", metavar=value, help=told)
        parser.addini(name, told)


def pytest_configure(config: pytest.Config) -> None:
    """Register the marker, and look whether the runtime of `--cri-endpoint` is there at all."""
    config.addinivalue_line("markers", "cri: needs a container runtime (fsm; also given by its fixtures)")
    endpoint = config.getoption("--cri-endpoint")
    if endpoint is None or hasattr(config, "workerinput"):  # a worker of xdist: its controller has looked
        return
    try:
        _connect(endpoint).close()
    except _errors() as error:
        raise pytest.UsageError(f"--cri-endpoint: {error}") from None


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the tests that ask for a runtime, before `-m` selects."""
    for item in items:
        if ASKING & set(getattr(item, "fixturenames", ())):
            item.add_marker("cri")


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_teardown(item: pytest.Item) -> None:
    """Whatever a test did to the session's containerd, the next one has it running, and connected."""
    containerd = item.config.stash.get(_CONTAINERD, None)
    if containerd is None:
        return
    from fsm.kubelet.errors import KubeletError

    try:
        containerd.recover()
        if (runtime := item.config.stash.get(_RUNTIME, None)) is not None:
            runtime.wait_until_ready(BRIEF)
    except KubeletError as error:
        _fail(str(error))


@pytest.fixture(scope="session")
def private_containerd(pytestconfig: pytest.Config) -> Iterator[PrivateContainerd]:
    """A `fsm.kubelet.cri.containerd.PrivateContainerd` of this session's own, running.

    Skips where there cannot be one, and where `--cri-endpoint` says what is to be tested. At the end all that
    it left behind is looked for, and is a failure.
    """
    if _told(pytestconfig, "cri_endpoint"):
        pytest.skip("the runtime of --cri-endpoint is not ours to end and to start")
    try:
        from fsm.kubelet.cri.containerd import ContainerdError, PrivateContainerd
        from fsm.kubelet.cri.containerd_needs import wanting
        from fsm.kubelet.cri.leftovers import end_deserted
    except ImportError as error:
        _do_without(str(error))
    program = _told(pytestconfig, "cri_containerd") or os.environ.get(PROGRAM) or "containerd"
    lacks = wanting(program)
    if lacks:
        _do_without(lacks)
    end_deserted(Path(tempfile.gettempdir()), PREFIX)
    containerd = PrivateContainerd(Path(tempfile.gettempdir(), f"{PREFIX}{uuid4().hex[:8]}"), program)
    try:
        containerd.start()
        refusal = containerd.refusal()
        if refusal:
            _do_without(f"this machine runs no containers: {refusal}")
        pytestconfig.stash[_CONTAINERD] = containerd
        yield containerd
        del pytestconfig.stash[_CONTAINERD]
    except ContainerdError as error:
        _fail(str(error))
    finally:
        left = containerd.end()
    if left:
        _fail(f"the containerd of {containerd.directory} left behind\n{left}")


@pytest.fixture(scope="session")
def cri_endpoint(pytestconfig: pytest.Config, request: pytest.FixtureRequest) -> str:
    """Where the runtime under test listens: the option's, or a private containerd's."""
    told = _told(pytestconfig, "cri_endpoint")
    return told or str(request.getfixturevalue("private_containerd").endpoint)


@pytest.fixture(scope="session")
def cri_runtime(pytestconfig: pytest.Config, cri_endpoint: str) -> Iterator[CriRuntime]:
    """The runtime under test: a `fsm.kubelet.cri.client.CriRuntime`, ready."""
    try:
        runtime = _connect(cri_endpoint)
    except _errors() as error:
        _fail(str(error))
    with runtime:
        pytestconfig.stash[_RUNTIME] = runtime
        yield runtime
        del pytestconfig.stash[_RUNTIME]


@pytest.fixture(scope="session")
def cri_image(pytestconfig: pytest.Config, cri_runtime: CriRuntime) -> str:
    """The name of an image that is there, and has `sh`, `sleep`, `true`, `false` and `cat`."""
    from fsm.kubelet import messages
    from fsm.kubelet.cri.containerd_config import BUSYBOX

    name = _told(pytestconfig, "cri_image") or BUSYBOX
    if cri_runtime.image_status(messages.ImageSpec(name)) is None:
        there = sorted(tag for image in cri_runtime.list_images() for tag in image.repo_tags)
        _fail(
            f"the runtime has no image {name}: name one that it has, with a shell: --cri-image NAME; "
            f"it has {', '.join(there) or 'none with a name'}"
        )
    return name


@pytest.fixture(scope="session")
def _cri_pods(
    cri_runtime: CriRuntime, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Callable[[], Pods]]:
    """Makes the pods of each test; what a call that was given up made late is removed at the end."""
    from fsm.kubelet.cri.pods import Pods

    logs = tmp_path_factory.mktemp("logs")
    session, numbers = Pods(cri_runtime, logs), count()
    yield lambda: Pods(cri_runtime, logs, f"{session.run}-{next(numbers)}")
    session.remove()


@pytest.fixture
def cri_pod(_cri_pods: Callable[[], Pods]) -> Iterator[Pods]:
    """Called, the configuration of a sandbox for a pod of this test's own; see `fsm.kubelet.cri.pods.Pods`.

    Whatever was made under it is removed when the test has ended, also when it failed.
    """
    pods = _cri_pods()
    yield pods
    pods.remove()


def _told(config: pytest.Config, name: str) -> str:
    """What an option says, or else its ini twin."""
    return str(config.getoption(f"--{name.replace('_', '-')}") or config.getini(name) or "")


def _connect(endpoint: str) -> CriRuntime:
    from fsm.kubelet.cri.client import connect

    return connect(endpoint, patience=BRIEF)


def _errors() -> tuple[type[Exception], ...]:
    """What there is to say where a runtime cannot be had, be it that gRPC is not installed."""
    from fsm.kubelet.errors import KubeletError

    return KubeletError, ImportError


def _do_without(reason: str) -> NoReturn:
    """Skip for want of a runtime; fail where one is required."""
    if os.environ.get(REQUIRED, "0") not in ("", "0"):
        _fail(f"{REQUIRED} is set, and there is no runtime to test: {reason}")
    pytest.skip(f"no runtime to test: {reason}")


def _fail(message: str) -> NoReturn:
    """Fail with a message alone, without the way there."""
    raise pytest.fail.Exception(message, pytrace=False) from None
