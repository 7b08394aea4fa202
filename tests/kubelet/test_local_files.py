"""The node's own disk, and what it says when something is wrong there."""

import re

import pytest

from fsm import kubelet as k

FILES = k.LocalFiles()


def test_a_path_that_is_there_passes(tmp_path):
    FILES.stat(str(tmp_path))


@pytest.mark.parametrize(
    ("path", "error", "text"),
    [
        ("none", FileNotFoundError, "no such file or directory"),
        ("file/none", NotADirectoryError, "not a directory"),
        ("x" * 300, OSError, "file name too long"),
    ],
)
def test_an_error_has_the_text_that_go_gives_it(tmp_path, path, error, text):
    (tmp_path / "file").write_text("")
    where = f"{tmp_path}/{path}"
    for call, act in (("stat", FILES.stat), ("open", FILES.list_directory)):
        with pytest.raises(error, match=f"^{re.escape(f'{call} {where}: {text}')}$"):
            act(where)


def test_a_directory_is_listed_with_what_is_a_directory(tmp_path):
    (tmp_path / "0.log").write_text("")
    (tmp_path / "old").mkdir()
    (tmp_path / "link").symlink_to("old")
    found = {one.name: one.is_directory for one in FILES.list_directory(str(tmp_path))}
    assert found == {"0.log": False, "old": True, "link": False}


def test_a_link_is_made_with_the_directory_that_it_is_in(tmp_path):
    link = tmp_path / "containers" / "a.log"
    FILES.symlink("/var/log/a", str(link))
    assert str(link.readlink()) == "/var/log/a"
    with pytest.raises(FileExistsError, match=f"^symlink /b {re.escape(str(link))}: file exists$"):
        FILES.symlink("/b", str(link))
    assert str(link.readlink()) == "/var/log/a"


def test_a_directory_is_made_with_its_parents_and_may_be_there(tmp_path):
    for _ in range(2):
        FILES.make_directory(f"{tmp_path}/a/b/c")
    assert (tmp_path / "a/b/c").is_dir()
    (tmp_path / "file").write_text("")
    with pytest.raises(FileExistsError, match=r"mkdir .*/file: file exists"):
        FILES.make_directory(f"{tmp_path}/file")


@pytest.mark.parametrize("make", [k.LocalFiles, k.MemoryFiles])
def test_restarts_are_counted_from_logs_on_either_disk(make, tmp_path):
    files = make()
    logs = f"{tmp_path}/logs"
    assert k.calc_restart_count_by_log_dir(files, logs, k.CountRule.LOGS_STRICT).number == 0
    for name in ("0.log", "1.log", "7.log.20260101-000000.gz", "x9.log"):
        if make is k.MemoryFiles:
            files.write(f"{logs}/{name}")
        else:
            files.make_directory(logs)
            (tmp_path / "logs" / name).write_text("")
    assert k.calc_restart_count_by_log_dir(files, logs, k.CountRule.LOGS_STRICT).number == 8
    assert k.calc_restart_count_by_log_dir(files, logs, k.CountRule.LOGS_LOOSE).number == 10
