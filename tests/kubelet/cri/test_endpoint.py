"""Addresses of runtimes: what is one, and what is said of what is none."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fsm.kubelet import KubeletError
from fsm.kubelet.cri.endpoint import LONGEST, EndpointError, socket_of, target_of


@pytest.mark.parametrize(
    "endpoint", ["unix:///run/c/c.sock", "unix:/run/c/c.sock", "/run/c/c.sock", "unix:////run/c/c.sock"]
)
def test_the_ways_to_write_a_socket_mean_the_same(endpoint: str) -> None:
    assert socket_of(endpoint) == Path("/run/c/c.sock")


@pytest.mark.parametrize(
    "path", ["/tmp/a:b.sock", "/tmp/a b.sock", "/tmp/ä.sock", "/tmp/50%.sock", "/t/?a#b"]
)
def test_a_path_may_have_any_character(path: str) -> None:
    assert socket_of(path) == socket_of(f"unix://{path}") == Path(path)


@pytest.mark.parametrize(
    ("endpoint", "told"),
    [
        ("", "is empty: write unix:///run/containerd/containerd.sock"),
        ("  ", "is empty"),
        ("tcp://127.0.0.1:2376", "asked on a unix socket, not over 'tcp'"),
        ("http://localhost/v1", "not over 'http'"),
        ("npipe:////./pipe/containerd", "not over 'npipe'"),
        ("vsock://2:1024", "not over 'vsock'"),
        ("localhost:2376", "not over 'localhost'"),
        ("UNIX:///run/c.sock", "not over 'UNIX'"),
        ("unix:@containerd", "a runtime's socket is a file"),
        ("unix:///run/c\0.sock", "a runtime's socket is a file"),
        ("unix://run/c.sock", "write unix:///run/c.sock"),
        ("unix://", "write unix:///run/containerd/containerd.sock"),
        ("unix:///", "is a directory's name"),
        ("unix:///run/containerd/", "is a directory's name"),
        ("unix:", "is relative"),
        ("unix:run/c.sock", "is relative"),
        ("c.sock", "is relative"),
        ("./c.sock", "is relative"),
        ("../run/c.sock", "is relative"),
        ("~/c.sock", "is relative"),
    ],
)
def test_what_is_no_address_is_told_so(endpoint: str, told: str) -> None:
    with pytest.raises(EndpointError) as caught:
        socket_of(endpoint)
    assert told in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_relative_path_is_told_with_the_whole_one(monkeypatch, tmp_path) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(EndpointError, match=f"such as unix://{tmp_path}/c.sock$"):
        socket_of("c.sock")


def test_a_path_may_have_as_many_bytes_as_a_socket_takes() -> None:
    assert socket_of("/" + "a" * (LONGEST - 1))
    with pytest.raises(EndpointError, match="has 108 bytes, and 107 is the most"):
        socket_of("/" + "a" * LONGEST)
    with pytest.raises(EndpointError, match="has 109 bytes"):
        socket_of("unix:///" + "ä" * 54)


def test_an_endpoint_that_is_none_is_an_error_of_the_port() -> None:
    assert issubclass(EndpointError, KubeletError)


@given(st.text())
def test_every_text_is_an_address_or_told_to_be_none(text: str) -> None:
    try:
        path = socket_of(text)
    except EndpointError:
        return
    assert path.is_absolute()
    assert socket_of(f"unix://{path}") == path


def test_the_characters_that_a_uri_has_for_itself_are_written_otherwise() -> None:
    assert target_of(Path("/run/a?b#c d%20.sock")) == "unix:/run/a%3Fb%23c%20d%2520.sock"
