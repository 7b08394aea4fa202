"""The record: whole lines only, whatever happens to its writer or its disk."""

import json
import resource
from contextlib import contextmanager
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fsm.kubelet.cri.proxy.journal import Journal, JournalError
from tests.kubelet.cri.proxy_bench import short_folder

LINES = [{"n": 7, "svc": "x"}, {"note": "message", "of": 12, "message": "é" * 30}, {"n": 9, "svc": "x" * 50}]


def read(path):
    return [json.loads(line) for line in path.read_bytes().splitlines()]


@contextmanager
def opened(path):
    journal = Journal(path)
    try:
        yield journal
    finally:
        journal.close()


def test_what_is_there_is_kept_and_the_numbers_go_on(tmp_path):
    path = tmp_path / "calls.jsonl"
    for at, line in enumerate(LINES):
        with opened(path) as journal:
            assert journal.last == [0, 7, 12][at]
            journal.write(line)
    assert read(path) == LINES


@given(st.integers(1), st.data())
def test_a_torn_end_is_mended_and_no_whole_line_is_lost(seed, data):
    whole = b"".join(json.dumps(line).encode() + b"\n" for line in LINES)
    length = data.draw(st.integers(0, len(whole)))
    with short_folder() as folder:
        path = folder / "calls.jsonl"
        path.write_bytes(whole[:length])
        with opened(path) as journal:
            journal.write({"n": 100})
        found = read(path)
        kept = [line for line in found if line in LINES]
        ended = whole[:length].count(b"\n")
        assert kept[:ended] == LINES[:ended]
        assert found[-1] == {"n": 100}
        torn = whole[:length].rpartition(b"\n")[2]
        if torn and len(kept) == ended:
            assert found[-2]["torn"].encode() == torn
        else:
            assert all("torn" not in line for line in found)


@pytest.mark.parametrize("content", [b"root:x:0:0\n", b"\x1f\x8b\x08\x00", b"[]", b"\n{}\n", b"words"])
def test_a_file_that_is_no_record_is_refused_and_left_alone(tmp_path, content):
    path = tmp_path / "other"
    path.write_bytes(content)
    with pytest.raises(JournalError, match="no record of calls"):
        Journal(path)
    assert path.read_bytes() == content


def test_only_one_writes_a_record(tmp_path):
    path = tmp_path / "calls.jsonl"
    with opened(path), pytest.raises(JournalError, match="being written by another proxy"):
        Journal(path)
    with opened(path):
        pass


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("", "Is a directory: name a file in it"),
        ("no/such/folder/calls.jsonl", "No such file"),
        ("file/calls.jsonl", "Not a directory"),
        ("x" * 300, "File name too long"),
    ],
)
def test_a_record_that_cannot_be_opened_is_refused(tmp_path, path, said):
    (tmp_path / "file").touch()
    with pytest.raises(JournalError, match=said):
        Journal(tmp_path / path)


def test_a_device_is_written_as_it_is():
    with opened("/dev/null") as journal:
        journal.write({"n": 1})


@contextmanager
def room(path, size):
    """A disk that is full once the file has so many bytes."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_a_line_for_which_there_is_no_room_leaves_nothing_behind(tmp_path):
    path = tmp_path / "calls.jsonl"
    with opened(path) as journal:
        journal.write(LINES[0])
        size = path.stat().st_size
        with room(path, size + 10), pytest.raises(JournalError, match="cannot be written: File too large"):
            journal.write(LINES[1])
        assert path.stat().st_size == size
        journal.write(LINES[2])
    assert read(path) == [LINES[0], LINES[2]]


def test_what_is_kept_is_written_before_anything_later(tmp_path):
    path = tmp_path / "calls.jsonl"
    with opened(path) as journal:
        journal.insist()
        with room(path, 0):
            with pytest.raises(JournalError):
                journal.write(LINES[0])
            journal.keep(LINES[0])
            for _ in range(3):
                with pytest.raises(JournalError):
                    journal.insist()
            with pytest.raises(JournalError):
                journal.write(LINES[1])
        journal.insist()
        journal.write(LINES[2])
    first, note, last = read(path)
    assert (first, last) == (LINES[0], LINES[2])
    assert note == {"note": "calls were refused while nothing could be recorded", "refused": 3}


def test_what_could_never_be_written_is_handed_over_at_the_end():
    journal = Journal("/dev/full")
    with pytest.raises(JournalError, match="No space left on device"):
        journal.write(LINES[0])
    journal.keep(LINES[0])
    assert [json.loads(line) for line in journal.close()] == [LINES[0]]


def test_the_descriptor_is_closed_whatever_happens(tmp_path):
    before = len([*Path("/dev/fd").iterdir()])
    path = tmp_path / "calls.jsonl"
    path.write_text("no record\n")
    for _ in range(3):
        with pytest.raises(JournalError):
            Journal(path)
    assert len([*Path("/dev/fd").iterdir()]) == before
