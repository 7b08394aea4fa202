"""Mounts: found below a directory, and ended."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from fsm.kubelet.cri.mounts import mounts_below, overlay_works, root_of, unmount

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="mounts as Linux does")


@pytest.fixture
def mount(tmp_path: Path) -> Iterator[Callable[[str], Path]]:
    """Mounts a file system in a folder of this name; skips where that may not be done."""
    made: list[Path] = []

    def mounted(name: str) -> Path:
        point = tmp_path / name
        point.mkdir(parents=True)
        words = ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(point)]
        if subprocess.run(words, capture_output=True, check=False).returncode:
            pytest.skip("nothing may be mounted here")
        made.append(point)
        return point

    yield mounted
    for point in reversed(made):
        if point.is_mount():
            unmount(point)


def test_mounts_are_found_below_a_directory_the_innermost_first(
    mount: Callable[[str], Path], tmp_path: Path
) -> None:
    outer = mount("a/outer")
    inner, beside = mount("a/outer/inner"), mount("ab")
    assert mounts_below(tmp_path / "a") == [inner, outer]
    assert set(mounts_below(tmp_path)) == {inner, outer, beside}
    assert mounts_below(outer) == [inner]


@pytest.mark.parametrize("name", ["a blank", "a\ttab", "a\\backslash", "a\\040trap", "umlaut ä", "line\nend"])
def test_a_mount_is_found_whatever_its_name(mount: Callable[[str], Path], tmp_path: Path, name: str) -> None:
    point = mount(name)
    assert mounts_below(tmp_path) == [point]
    unmount(point)
    assert mounts_below(tmp_path) == []


def test_a_mount_that_is_in_use_ends_all_the_same(mount: Callable[[str], Path], tmp_path: Path) -> None:
    point = mount("used")
    with (point / "file").open("w"):
        unmount(point)
        assert mounts_below(tmp_path) == []


def test_what_is_no_mount_cannot_be_ended(tmp_path: Path) -> None:
    with pytest.raises(OSError, match=str(tmp_path)):
        unmount(tmp_path)
    assert mounts_below(tmp_path / "nowhere") == []


def test_an_overlay_is_tried_and_nothing_is_left_of_the_trial(tmp_path: Path) -> None:
    assert overlay_works(tmp_path) in (True, False)
    assert list(tmp_path.iterdir()) == []
    assert mounts_below(tmp_path) == []


def test_no_overlay_is_tried_in_a_directory_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="nowhere"):
        overlay_works(tmp_path / "nowhere")


def test_the_root_of_a_process_is_known_and_that_of_none_is_not() -> None:
    assert root_of(os.getpid()).startswith("/")
    assert root_of(2**22 + 1) == ""
