"""The README is run: its files are written, its Python executed, its commands called, its output compared."""

import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text("utf-8")
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
SECONDS = re.compile(r"\(\d+\.\d+ s\)|in \d+\.\d+s")


@dataclass(frozen=True)
class Block:
    """A fenced block: its language and its text."""

    language: str
    text: str

    @property
    def file(self) -> str:
        """The file that a Python block is, if its first line says so."""
        first = self.text.splitlines()[0]
        return first[2:] if re.fullmatch(r"# \w+\.py", first) else ""


BLOCKS = [Block(*found) for found in BLOCK.findall(README)]


def blocks(language):
    return [block for block in BLOCKS if block.language == language]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A folder with the README's files and the project's specs and recordings."""
    made = tmp_path_factory.mktemp("readme")
    for block in blocks("python"):
        if block.file:
            (made / block.file).write_text(block.text)
    for name in ("specs", "tests"):
        (made / name).symlink_to(ROOT / name)
    return made


def call(folder, command):
    program, *arguments = command.split()
    module = {"fsm": "fsm", "pytest": "pytest"}[program]
    extra = ["-p", "no:cacheprovider", "--rootdir=."] if module == "pytest" else []
    done = subprocess.run(
        [sys.executable, "-m", module, *extra, *arguments],
        cwd=folder,
        capture_output=True,
        text=True,
        env={"PATH": str(Path(sys.executable).parent), "PYTHONPATH": str(folder), "NO_COLOR": "1"},
        check=False,
    )
    assert "Traceback" not in done.stderr, done.stderr
    return SECONDS.sub("(0.00 s)", done.stdout)


def test_every_block_has_a_language_that_is_run():
    assert {block.language for block in BLOCKS} == {"sh", "python", "console"}


@pytest.mark.parametrize("number", range(len(blocks("python"))))
def test_every_python_block_runs(folder, number):
    block = blocks("python")[number]
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", block.text],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("number", range(len(blocks("console"))))
def test_every_command_prints_what_the_readme_shows(folder, number):
    first, _, shown = blocks("console")[number].text.partition("\n")
    printed = call(folder, first.removeprefix("$ "))
    for part in SECONDS.sub("(0.00 s)", shown).split("...\n"):
        assert part in printed


def test_the_make_targets_of_the_readme_exist():
    for line in blocks("sh")[0].text.splitlines():
        target = line.split()[1]
        subprocess.run(["make", "--dry-run", target], cwd=ROOT, check=True, capture_output=True)


def test_every_link_of_the_readme_leads_somewhere():
    for link in re.findall(r"\]\((?!https?:)([^)#]+)\)", README):
        assert (ROOT / link).exists(), link
