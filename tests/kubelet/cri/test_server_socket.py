"""Where a served runtime can listen, and what it says where it cannot."""

from __future__ import annotations

import os
import socket
import stat
from pathlib import Path

import pytest

from fsm.kubelet.cri.client import CriRuntime
from fsm.kubelet.cri.endpoint import EndpointError
from fsm.kubelet.cri.server import serve
from tests.kubelet.cri.served import memory, socket_folder


@pytest.fixture
def folder():
    with socket_folder() as folder:
        yield folder


def served(path):
    runtime = memory()
    return serve(runtime, runtime.images, f"unix://{path}")


def test_a_socket_that_nobody_serves_is_replaced(folder) -> None:
    path = folder / "r.sock"
    with socket.socket(socket.AF_UNIX) as stale:
        stale.bind(str(path))
    with served(path) as server, CriRuntime(server.endpoint) as client:
        assert client.version().runtime_name == "fsm-memory"
    assert list(folder.iterdir()) == []


def test_a_socket_that_somebody_serves_is_left_alone(folder) -> None:
    path = folder / "r.sock"
    with served(path) as first, CriRuntime(first.endpoint) as client:
        with pytest.raises(EndpointError, match=r"is taken: somebody serves it; end that server"):
            served(path)
        assert client.list_containers() == ()


def test_a_socket_that_is_too_busy_to_answer_is_left_alone(folder) -> None:
    path = folder / "r.sock"
    with socket.socket(socket.AF_UNIX) as busy:
        busy.bind(str(path))
        busy.listen(0)
        with socket.socket(socket.AF_UNIX) as waiting:
            waiting.connect(str(path))
            with pytest.raises(EndpointError, match="somebody serves it"):
                served(path)
    assert stat.S_ISSOCK(path.stat().st_mode)


def test_a_socket_that_somebody_else_has_put_there_meanwhile_is_not_removed(folder) -> None:
    path = folder / "r.sock"
    with served(path):
        path.unlink()
        path.write_text("mine")
    assert path.read_text() == "mine"


def test_a_socket_that_is_gone_already_is_no_trouble(folder) -> None:
    path = folder / "r.sock"
    with served(path):
        path.unlink()
    assert list(folder.iterdir()) == []


@pytest.mark.parametrize("name", ["a b.sock", "50%.sock", "q?.sock", "ü.sock", "#.sock"])
def test_any_name_of_a_file_will_do(folder, name) -> None:
    with served(folder / name) as server, CriRuntime(server.endpoint) as client:
        assert client.list_images()
        assert [one.name for one in folder.iterdir()] == [name]


def test_the_longest_path_can_be_listened_at_and_one_more_byte_cannot(folder) -> None:
    longest = folder / ("x" * (106 - len(os.fsencode(folder)) - 1))
    with served(longest) as server, CriRuntime(server.endpoint) as client:
        assert client.list_containers() == ()
    with pytest.raises(EndpointError, match="its path has 107 bytes, and 106 is the most"):
        served(folder / f"{longest.name}x")


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda folder: folder / "absent" / "r.sock", "there is no directory"),
        (lambda folder: folder, "is there, and is no socket"),
        (lambda folder: _file(folder / "file"), "is there, and is no socket"),
        (lambda folder: _file(folder / "file") / "r.sock", "there is no directory"),
        (lambda folder: _link(folder / "link"), "is there, and is no socket"),
        (lambda folder: Path("/proc/r.sock"), "cannot be listened at: no such file or directory"),
        (lambda folder: _file(folder / "r.sock~").with_name("r.sock"), "address already in use"),
    ],
    ids=[
        "no directory",
        "a directory",
        "a file",
        "below a file",
        "a link to nowhere",
        "not a disk",
        "beside",
    ],
)
def test_a_place_that_cannot_be_is_told_before_anything_is_made(folder, make, said) -> None:
    place = make(folder)
    before = sorted(folder.iterdir())
    with pytest.raises(EndpointError, match=said):
        served(place)
    assert sorted(folder.iterdir()) == before


@pytest.mark.parametrize(
    "endpoint",
    ["", "tcp://127.0.0.1:9", "r.sock", "unix://r.sock", "unix:///tmp/", "unix:@x", "unix:///a\0b"],
)
def test_what_is_no_unix_socket_s_address_is_refused(endpoint) -> None:
    runtime = memory()
    with pytest.raises(EndpointError, match=r"(write|such as) unix:///"):
        serve(runtime, runtime.images, endpoint)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_directory_that_is_not_writable_is_told(folder) -> None:
    folder.chmod(0o500)
    try:
        with pytest.raises(EndpointError, match="permission denied"):
            served(folder / "r.sock")
    finally:
        folder.chmod(0o700)


def _file(path):
    path.write_text("")
    return path


def _link(path):
    path.symlink_to("nowhere")
    return path
