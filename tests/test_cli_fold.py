"""`fsm draw --fold`: what it writes, what it refuses, and how fresh it is."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.test_cli import Shell
from tests.workspace import GOOD, LAMP, RAISES, WRONG, workspace_in

COUNTERS = '''\
from fsm import action, each, many, require, spec, var
from typing import Annotated


@spec(final={9}, folds=("is_high", "low"))
class Counter:
    """Two digits."""

    high: int = var(range(10), 0)
    low: int = var(range(10), 0)

    @action
    def up(self) -> None:
        require(self.high + self.low < 18)
        self.high, self.low = (self.high + (self.low == 9)), (self.low + 1) % 10

    def is_high(self) -> bool:
        return self.high > 4


@spec
class Wheel:
    at: int = var(range(200), 0)

    @action
    def turn(self) -> None:
        self.at = (self.at + 1) % 200


four = many(Counter, 2)
same = many(Counter, 2, symmetric=True)
'''


@pytest.fixture
def shell(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Iterator[Shell]:
    with workspace_in(tmp_path):
        made = Shell(tmp_path)
        made.capture = capsys
        made.write("counters.py", COUNTERS)
        yield made


def files(shell: Shell) -> set[str]:
    return {file.name for file in shell.folder.glob("diagrams/*")}


def test_a_fold_is_written_in_every_format_and_nothing_else_is(shell: Shell) -> None:
    done = shell("draw", "counters.py::Counter", "--fold", "low")
    assert (done.code, done.err) == (0, "")
    assert files(shell) == {f"counter.by_low.{ending}" for ending in ("dot", "svg", "mmd", "puml", "md")}
    assert done.out.endswith("5 of 5 files written, the others were fresh: see diagrams\n")


def test_each_fold_has_files_of_its_own_and_the_same_one_twice_is_one(shell: Shell) -> None:
    done = shell(
        "draw",
        "counters.py::Counter",
        "--fold",
        "low",
        "--fold",
        " low",
        "--fold",
        "is_high, low",
        "--format",
        "md",
    )
    assert done.code == 0
    assert files(shell) == {"counter.by_low.md", "counter.by_is_high_low.md"}


def test_what_was_drawn_is_fresh_until_the_spec_changes(shell: Shell) -> None:
    fold = ("draw", "counters.py::Counter", "--fold", "is_high", "--format", "dot", "--format", "md")
    assert shell(*fold, "--check").code == 1
    assert shell(*fold).code == 0
    assert shell(*fold, "--check").out == "2 files in diagrams are fresh\n"
    page = shell.folder / "diagrams" / "counter.by_is_high.md"
    page.write_text(page.read_text().replace("100 transitions", "99 transitions").replace("99 t", "98 t"))
    stale = shell(*fold, "--check")
    assert (stale.code, stale.err) == (1, "fsm: diagrams/counter.by_is_high.md is stale: run `fsm draw`\n")


def test_folds_that_a_spec_asks_for_are_drawn_with_it_and_kept_fresh(shell: Shell) -> None:
    assert shell("draw", "counters.py::Counter", "--format", "dot").code == 0
    assert files(shell) == {"counter.dot", "counter.by_is_high.dot", "counter.by_low.dot"}
    (shell.folder / "diagrams" / "counter.by_low.dot").write_text("")
    done = shell("draw", "counters.py::Counter", "--format", "dot", "--check")
    assert (done.code, done.err) == (1, "fsm: diagrams/counter.by_low.dot is stale: run `fsm draw`\n")


def test_folds_that_a_spec_asks_for_belong_to_it(shell: Shell) -> None:
    shell.write("specs/counters.py", COUNTERS[: COUNTERS.index("@spec\nclass Wheel")])
    assert shell("draw").code == 0
    done = shell("draw", "--check")
    assert (done.code, done.err) == (0, "")


def test_loops_may_be_left_out(shell: Shell) -> None:
    fold = ("draw", "counters.py::Counter", "--fold", "is_high", "--format", "mmd")
    shell(*fold, "--no-loops")
    text = (shell.folder / "diagrams" / "counter.by_is_high.mmd").read_text()
    assert "transitions that stay in their node are left out" in text
    shell(*fold)
    assert "left out" not in (shell.folder / "diagrams" / "counter.by_is_high.mmd").read_text()


def test_what_is_not_all_explored_is_drawn_as_far_as_it_was_and_says_so(shell: Shell) -> None:
    done = shell("draw", "counters.py::Counter", "--fold", "high", "--format", "md", "--max-states", "25")
    assert done.code == 0
    text = (shell.folder / "diagrams" / "counter.by_high.md").read_text()
    assert "not all were explored: max_states=25" in text


def test_members_that_are_interchangeable_are_told_apart_if_that_is_asked(shell: Shell) -> None:
    done = shell("draw", "counters.py::same", "--fold", "low[0]", "--format", "md")
    assert (done.code, done.err) == (0, "")
    (page,) = shell.folder.glob("diagrams/*.md")
    assert "up to renaming" not in page.read_text()
    assert "10,000 states" in page.read_text()


def test_pages_name_the_command_that_makes_them(shell: Shell) -> None:
    shell("draw", "counters.py::four", "--fold", "low[0]", "--format", "md")
    (page,) = shell.folder.glob("diagrams/*.md")
    assert "`fsm draw counters.py::four --fold 'low[0]'`" in page.read_text()


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["counters.py::Counter", "--fold", ""], "an empty fold"),
        (["counters.py::Counter", "--fold", " "], "an empty fold"),
        (["counters.py::Counter", "--fold", "low,"], "nothing between two commas"),
        (["counters.py::Counter", "--fold", "lo"], "did you mean `low`?"),
        (["counters.py::Counter", "--fold", "low[0]"], "`low` has no keys"),
        (["counters.py::Counter", "--fold", "low.x"], "`low` has no fields"),
        (["counters.py::Counter", "--fold", "low < 3"], "cannot be read"),
        (["counters.py::Counter", "--fold", "up"], "`up` is an action"),
        (["counters.py::Counter", "--fold", "low,low"], "names `low` twice"),
        (["counters.py::Counter", "--fold", "high,low"], "gives 100 nodes, and a picture holds 60"),
        (
            ["counters.py::Wheel", "--fold", "at"],
            "gives 200 nodes, and a picture holds 60: no single variable",
        ),
        (["counters.py::Wheel"], "gives 200 nodes, and a picture holds 60: no single variable"),
        (["counters.py::four", "--fold", "high,low"], "gives 10,000 nodes"),
        (["counters.py::four", "--fold", "is_high"], "method of one copy"),
        (["counters.py::four", "--fold", "low[9]"], "has no key `9`"),
        (["nothing.py", "--fold", "low"], "there is no such file"),
        (["counters.py", "--fold", "zzz"], "no variable and no predicate `zzz`"),
    ],
)
def test_what_cannot_be_folded_ends_in_one_clear_message_and_nothing_written(
    shell: Shell, arguments: list[str], told: str
) -> None:
    done = shell("draw", *arguments)
    assert done.code == 2
    assert told in done.err
    assert "Traceback" not in done.err
    assert all(line.startswith("fsm: ") for line in done.err.splitlines())
    assert done.out in ("", "0 of 0 files written, the others were fresh: see diagrams\n")
    assert not files(shell)


def test_every_mistake_in_folds_is_told_at_once(shell: Shell) -> None:
    done = shell("draw", "counters.py::Counter", "--fold", "lo", "--fold", "hig", "--fold", "low")
    assert done.code == 2
    assert [line.rpartition(": ")[2] for line in done.err.splitlines()] == [
        "did you mean `low`?", "did you mean `high`?",
    ]  # fmt: skip


def test_a_fold_that_is_too_large_says_which_variables_give_fewer_nodes(shell: Shell) -> None:
    done = shell("draw", "counters.py::Counter", "--fold", "high,low")
    assert done.err == (
        "fsm: folding Counter by `high, low` gives 100 nodes, and a picture holds 60: "
        "of single variables these give fewer: `high` (10), `low` (10)\n"
    )


@pytest.mark.parametrize(("text", "told"), [(WRONG, "size"), (RAISES, "raises IndexError")])
def test_a_wrong_spec_is_told_as_ever(shell: Shell, text: str, told: str) -> None:
    shell.write("wrong.py", text)
    done = shell("draw", "wrong.py", "--fold", "on")
    assert done.code == 2
    assert told in done.err
    assert not files(shell)


def test_several_specs_are_folded_alike(shell: Shell) -> None:
    shell.write("lamp.py", LAMP)
    shell.write("switch.py", GOOD.replace("class Switch", "class Light").replace("on:", "broken:", 1)
                .replace("self.on", "self.broken"))  # fmt: skip
    done = shell("draw", "lamp.py::Lamp", "switch.py::Light", "--fold", "broken", "--format", "mmd")
    assert done.code == 0
    assert files(shell) == {"lamp.by_broken.mmd", "light.by_broken.mmd"}
