"""`python -m specs.kubelet runtimes`, as a user runs it: nothing is written where something is wrong."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from specs.kubelet import cri_container_command as command
from specs.kubelet.__main__ import main
from specs.kubelet.cri_container_matrix import Judgement, Outcome
from specs.kubelet.cri_container_page import page
from specs.kubelet.cri_container_runs import FILE, Column, Reached, load, save


@pytest.fixture
def kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of what is kept, with a page to be written beside it."""
    file = tmp_path / "runtimes.json"
    file.write_bytes(FILE.read_bytes())
    monkeypatch.setattr(command, "FILE", file)
    monkeypatch.setattr(command, "PAGE", tmp_path / "RUNTIMES.md")
    return file


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (("--cri-endpoint", "nonsense"), "'nonsense' is relative"),
        (("--cri-endpoint", "tcp://localhost:1"), "unix"),
        (
            ("--private", "/no/such/containerd"),
            "no containerd can be started: no program /no/such/containerd",
        ),
        (("--page", "--private"), "--page asks nobody"),
        (("--page", "--cri-endpoint", "unix:///s"), "--page asks nobody"),
    ],
)
def test_what_cannot_be_asked_is_one_message_and_nothing_is_written(kept, capsys, options, says) -> None:
    before = kept.read_bytes()
    assert main(("runtimes", *options)) == 2
    assert says in capsys.readouterr().err
    assert kept.read_bytes() == before
    assert not command.PAGE.exists()


@pytest.mark.parametrize("text", ["", "{", "[]", '{"a": {}}', '{"a": 1}'])
def test_a_file_that_is_no_file_of_columns_is_one_message(kept, capsys, text) -> None:
    kept.write_text(text)
    assert main(("runtimes", "--page")) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith(f"{kept}: ")


@pytest.mark.parametrize("options", [("--nonsense",), ("--page", "more"), ("--cri-endpoint",)])
def test_an_option_that_is_none_is_a_wrong_usage(capsys, options) -> None:
    with pytest.raises(SystemExit) as ended:
        main(("runtimes", *options))
    assert ended.value.code == 2
    assert "usage: python -m specs.kubelet" in capsys.readouterr().err


def test_the_page_is_written_from_what_is_kept_without_asking_anybody(kept, monkeypatch) -> None:
    monkeypatch.setattr(command, "ask", None)
    assert main(("runtimes", "--page")) == 0
    assert command.PAGE.read_text("utf-8") == page(load(kept))


def test_a_violation_is_told_and_exits_with_1(kept, capsys) -> None:
    columns = load(kept)
    wrong = Outcome("OK", "", "RUNNING, READY", Judgement.VIOLATION.value, "it was to be refused")
    save({**columns, "mine": Column("mine", {"exited-StartContainer": wrong})}, kept)
    assert main(("runtimes", "--page")) == 1
    assert "violation: mine: exited-StartContainer: it was to be refused" in capsys.readouterr().err
    assert "**VIOLATION**: it was to be refused" in command.PAGE.read_text("utf-8")


def test_who_is_asked_again_has_its_column_replaced_and_all_others_left(kept, monkeypatch) -> None:
    @contextmanager
    def served() -> Iterator[Reached]:
        yield replace(command.embedded(), title="embedded, over gRPC")

    before = load(kept)
    monkeypatch.setattr(command, "embedded_over_grpc", served)
    monkeypatch.setattr(command, "ask", lambda reached: Column(reached.title, seconds=1.5))
    assert main(("runtimes",)) == 0
    after = load(kept)
    assert list(after) == list(before)
    assert [title for title in after if after[title] != before[title]] == ["embedded", "embedded, over gRPC"]


def test_what_was_asked_before_an_interruption_is_kept(kept, monkeypatch, capsys) -> None:
    def ask(reached: Reached) -> Column:
        if reached.title != "embedded":
            raise KeyboardInterrupt
        return Column(reached.title)

    monkeypatch.setattr(command, "ask", ask)
    assert main(("runtimes",)) == 130
    assert load(kept)["embedded"] == Column("embedded")
    assert "what was finished is kept" in capsys.readouterr().err
