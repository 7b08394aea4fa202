"""Files in memory: there, not there, in the way, and out of reach."""

import pytest

from fsm import kubelet as k


def test_a_file_makes_its_directories():
    files = k.MemoryFiles()
    files.write("/var/log/pods/p/app/0.log")
    files.stat("/var/log")
    assert files.list_directory("/var/log/pods/p/app") == [("0.log", False)]
    assert files.list_directory("/var/log/pods/p") == [("app", True)]


def test_a_link_is_made_once_and_is_listed():
    files = k.MemoryFiles()
    files.make_directory("/links")
    files.symlink("/a", "/links/a")
    with pytest.raises(FileExistsError, match="file exists"):
        files.symlink("/b", "/links/a")
    assert files.links == {"/links/a": "/a"}
    assert files.list_directory("/links") == [("a", False)]
    files.stat("/links/a")


def test_what_is_out_of_reach_is_an_error_of_its_own():
    files = k.MemoryFiles(forbidden={"/f"}, unreadable={"/u"}, read_only={"/r"})
    files.make_directory("/u")
    with pytest.raises(PermissionError):
        files.stat("/f")
    with pytest.raises(FileNotFoundError):
        files.stat("/g")
    with pytest.raises(FileNotFoundError):
        files.list_directory("/g")
    with pytest.raises(PermissionError):
        files.list_directory("/u")
    with pytest.raises(OSError, match="read-only"):
        files.symlink("/a", "/r/a")


def test_what_is_removed_takes_with_it_what_is_in_it():
    files = k.MemoryFiles()
    files.write("/a/b/c")
    files.write("/ab")
    files.symlink("/ab", "/a/link")
    files.remove("/a")
    files.remove("/never")
    assert (files.files, files.directories, files.links) == ({"/ab"}, set(), {})
