"""The pytest plugin for real container runtimes: where one is, and what is skipped where there is none.

pytest loads this module in every run of anybody who has `fsm` installed, so nothing else is imported until
a test asks for a runtime.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    """`--cri-endpoint`, with its ini twin `cri_endpoint`."""
    group = parser.getgroup("fsm-cri", "tests of a container runtime (fsm)")
    told = "the socket of a CRI runtime to test, such as unix:///run/containerd/containerd.sock"
    group.addoption("--cri-endpoint", metavar="ENDPOINT", help=told)
    parser.addini("cri_endpoint", told)


@pytest.fixture(scope="session")
def cri_endpoint(pytestconfig: pytest.Config) -> str:
    """Where the runtime under test listens; skips where there is none."""
    endpoint = pytestconfig.getoption("--cri-endpoint") or pytestconfig.getini("cri_endpoint")
    if not endpoint:
        pytest.skip("no runtime to test: give --cri-endpoint unix:///…")
    return str(endpoint)


@pytest.fixture(scope="session")
def cri_runtime(cri_endpoint: str) -> Iterator[Any]:
    """The runtime under test: a `fsm.kubelet.cri.client.CriRuntime`, ready."""
    from fsm.kubelet.cri.client import connect

    with connect(cri_endpoint) as runtime:
        yield runtime
