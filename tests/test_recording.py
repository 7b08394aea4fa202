"""Recordings are read whole or not at all, and what is wrong with one is said with its place."""

import gzip
import json
import os
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fsm.errors import LogError
from fsm.recording import Line, read_lines

OBJECTS = [{"call": "create", "attempt": 0}, {"call": "start", "reason": "gör"}, {}]
PLAIN = "".join(json.dumps(one, ensure_ascii=False) + "\n" for one in OBJECTS).encode()
LINES = tuple(Line(number, data) for number, data in enumerate(OBJECTS, 1))


def message(path: Path) -> str:
    """What is said of a file, without its folder."""
    with pytest.raises(LogError) as error:
        read_lines(path)
    text = str(error.value)
    assert text.startswith(str(path))
    assert "\n" not in text
    return text.removeprefix(f"{path.parent}{os.sep}")


def of_bytes(folder: Path, raw: bytes) -> str:
    path = folder / "log"
    path.write_bytes(raw)
    return message(path)


@pytest.mark.parametrize(
    "raw",
    [
        PLAIN,
        PLAIN.rstrip(b"\n"),
        PLAIN.replace(b"\n", b"\r\n"),
        b"\xef\xbb\xbf" + PLAIN,
        gzip.compress(PLAIN, mtime=0),
        gzip.compress(PLAIN[:20], mtime=0) + gzip.compress(PLAIN[20:], mtime=0),
    ],
    ids=["plain", "no last newline", "from Windows", "byte-order mark", "gzipped", "two gzips in a row"],
)
def test_a_recording_is_read_line_by_line_however_it_is_stored(tmp_path: Path, raw: bytes) -> None:
    path = tmp_path / "log"
    path.write_bytes(raw)
    assert read_lines(path) == read_lines(str(path)) == LINES


def test_blank_lines_are_passed_over_and_counted(tmp_path: Path) -> None:
    path = tmp_path / "log"
    path.write_text('\n{"a": 1}\n\n  \n{"b": 2}\n\n')
    assert read_lines(path) == (Line(2, {"a": 1}), Line(5, {"b": 2}))


def test_a_recording_that_is_cut_off_in_a_line_is_refused_at_that_line(tmp_path: Path) -> None:
    assert of_bytes(tmp_path, PLAIN[: PLAIN.index(b"start") + 2]) == (
        "log:2: the last line is cut off in the middle (Unterminated string starting at column 10): the "
        "recording is not whole; record it again, or remove that line to judge the rest"
    )


def test_a_recording_that_is_cut_off_in_a_character_is_refused_at_that_line(tmp_path: Path) -> None:
    cut = PLAIN.index("ö".encode()) + 1
    assert of_bytes(tmp_path, PLAIN[:cut]).startswith(
        "log:2: the last line is cut off in the middle of a character: the recording is not whole"
    )


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ("hello", "log:2: not JSON (Expecting value at column 1): a recording has one JSON object a line"),
        ('{"a": 1', "log:2: not JSON (Expecting ',' delimiter at column 8): a recording has one"),
        ('{"a": 1} {"b": 2}', "log:2: not JSON (Extra data at column 10): a recording has one"),
        ("[" * 100_000, "log:2: JSON that is nested too deeply: no recording is"),
        ("1" * 5_000, "log:2: not JSON (Exceeds the limit"),
        ("[]", "log:2: an array, where a recording has one JSON object a line"),
        ('"a"', "log:2: a string, where a recording has one JSON object a line"),
        ("null", "log:2: null, where a recording has one JSON object a line"),
        ("true", "log:2: a boolean, where a recording has one JSON object a line"),
        ("1", "log:2: a number, where a recording has one JSON object a line"),
        ("1.5", "log:2: a number, where a recording has one JSON object a line"),
    ],
    ids=lambda value: value[:20],
)
def test_a_line_that_is_no_object_is_refused_with_what_it_is(tmp_path: Path, row: str, said: str) -> None:
    assert of_bytes(tmp_path, f"{{}}\n{row}\n{{}}\n".encode()).startswith(said)


def test_a_text_of_another_kind_is_not_taken_for_a_recording_that_was_cut_off(tmp_path: Path) -> None:
    assert of_bytes(tmp_path, b"Dear reader") == (
        "log:1: not JSON (Expecting value at column 1): a recording has one JSON object a line"
    )


def test_what_is_no_text_is_refused_with_the_byte(tmp_path: Path) -> None:
    said = "not text (byte 3 of the line is no UTF-8): a recording is JSON lines"
    assert of_bytes(tmp_path, b'{}\n{"\xff": 1}\n') == f"log:2: {said}"
    assert of_bytes(tmp_path, b'{"\xff": 1}\n') == f"log:1: {said}"
    assert "not text (byte 1 of the line" in of_bytes(tmp_path, '{"a": 1}\n'.encode("utf-16"))


@pytest.mark.parametrize("raw", [b"", b"\n\n", b" \r\n", gzip.compress(b"", mtime=0)])
def test_an_empty_recording_is_refused(tmp_path: Path, raw: bytes) -> None:
    assert of_bytes(tmp_path, raw) == "log: empty: there is nothing to judge in it"


def test_a_directory_is_refused_with_what_to_name_instead(tmp_path: Path) -> None:
    assert message(tmp_path / "").endswith(": a directory: name the recordings in it")


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    assert message(tmp_path / "log") == "log: there is no such file"


def test_a_path_through_a_file_is_refused_with_the_systems_reason(tmp_path: Path) -> None:
    (tmp_path / "log").write_bytes(PLAIN)
    with pytest.raises(LogError, match=r"cannot be read \(Not a directory\)"):
        read_lines(tmp_path / "log" / "inner")


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may read everything")
def test_a_file_that_may_not_be_read_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "log"
    path.write_bytes(PLAIN)
    path.chmod(0)
    assert message(path) == "log: its permissions do not let it be read"


@pytest.mark.parametrize("end", [2, 5, 10, 30, -8, -1])
def test_a_gzip_that_ends_early_is_refused_and_not_judged_in_part(tmp_path: Path, end: int) -> None:
    said = of_bytes(tmp_path, gzip.compress(PLAIN * 20)[:end])
    assert said.startswith("log: a damaged gzip file (")
    assert said.endswith("): copy it again, or unpack what can be saved with zcat")


def test_bytes_after_a_gzip_are_refused(tmp_path: Path) -> None:
    assert "Not a gzipped file" in of_bytes(tmp_path, gzip.compress(PLAIN, mtime=0) + b"more")


def outcome(raw: bytes) -> tuple[Line, ...] | str:
    """The lines of a file, or what is said of it."""
    with TemporaryDirectory() as folder:
        path = Path(folder, "log")
        path.write_bytes(raw)
        try:
            return read_lines(path)
        except LogError as error:
            text = str(error)
    assert text.startswith(f"{path}:")
    return text


@given(st.data())
def test_a_damaged_gzip_is_refused_or_holds_what_it_held(data: st.DataObject) -> None:
    raw = bytearray(gzip.compress(PLAIN * 3, mtime=0))
    place = data.draw(st.integers(0, len(raw) - 1))
    raw[place] ^= 1 << data.draw(st.integers(0, 7))
    found = outcome(bytes(raw))
    assert isinstance(found, str) or [line.data for line in found] == OBJECTS * 3


@given(st.integers(0, len(PLAIN)))
def test_a_recording_that_is_cut_off_is_refused_unless_the_cut_is_between_lines(end: int) -> None:
    found = outcome(PLAIN[:end])
    if isinstance(found, str):
        assert "cut off" in found or ": empty: " in found
    else:
        assert found == LINES[: len(found)]
        assert PLAIN[:end].endswith((b"}", b"}\n"))


@given(st.binary(max_size=200) | st.binary(max_size=200).map(lambda raw: b"\x1f\x8b" + raw))
def test_no_bytes_make_anything_but_objects_or_a_refusal_with_a_place(raw: bytes) -> None:
    found = outcome(raw)
    assert isinstance(found, str) or all(isinstance(line.data, dict) for line in found)
