"""`fsm replay`: recordings in a spec's own words, what is printed, and what becomes of damaged input."""

from __future__ import annotations

import gzip
import json
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fsm.cli import run
from fsm.errors import LogError
from fsm.judgement import printable
from fsm.replaying import Judge
from fsm.targets import find
from fsm.verdict import Outcome
from tests.workspace import LAMP, Workspace, workspace_in

ROOT = Path(__file__).parent.parent
SPEC = str(ROOT / "specs" / "kubelet" / "container_creation.py")
RECORDING = ROOT / "tests" / "recordings" / "s01-ok-then-delete.cri.jsonl.gz"

RECORDS = '''\
from dataclasses import dataclass
from typing import Literal

from fsm import action, spec, var


@dataclass(frozen=True)
class Slot:
    name: Literal["a", "b"] = "a"
    tries: Literal[0, 1, 2] = 0


@spec
class Box:
    open: bool = True
    slot: Slot = Slot()
    seen: frozenset[bool] = frozenset()
    tries: Literal[0, 1] | None = None

    @action
    def put(self, name: Literal["a", "b"], tries: Literal[0, 1, 2]) -> None:
        """Put something in."""
        self.slot = Slot(name, tries)

    @action
    def see(self, it: bool) -> None:
        """See something."""
        self.seen = self.seen | {it}
'''


@dataclass
class Done:
    """What a call of the command line did."""

    code: int
    out: str
    err: str


class Shell(Workspace):
    """A workspace with a command line."""

    capture: pytest.CaptureFixture[str]

    def __call__(self, *arguments: object) -> Done:
        code = run([str(one) for one in arguments])
        return Done(code, *self.capture.readouterr())

    def log(self, *rows: Any, name: str = "a.jsonl") -> Path:
        """Write a recording."""
        self.write(name, "".join(f"{json.dumps(row)}\n" for row in rows))
        return Path(name)

    def lamp(self, *rows: Any) -> Done:
        """Replay a recording of a lamp."""
        self.write("lamp.py", LAMP)
        return self("replay", "lamp.py::Lamp", self.log(*rows).name)


@pytest.fixture
def shell(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Iterator[Shell]:
    with workspace_in(tmp_path):
        made = Shell(tmp_path)
        made.capture = capsys
        yield made


# in the spec's own words


def test_a_recording_in_the_specs_words_conforms(shell):
    done = shell.lamp(
        {"note": "a lamp in the street"},
        {"action": "go", "state": {"light": "GREEN"}},
        {"action": "stop", "arguments": {"slowly": True}, "state": {"light": "RED", "broken": False}},
        {"action": ["smash", "go"], "text": "something happened"},
        {"state": {"light": "DARK"}},
    )
    assert (done.code, done.err) == (0, "")
    assert done.out == "a.jsonl\n  conforming        Lamp: 1 × go, 1 × stop, 1 × smash or go\n1 conforming\n"


def test_the_first_line_that_nothing_explains_is_named_with_what_was_specified(shell):
    done = shell.lamp({"action": "go"}, {"action": "stop", "state": {"light": "DARK"}}, {"action": "go"})
    assert done.code == 1
    assert done.out.splitlines()[1:] == [
        "  not conforming    Lamp: 1 × go",
        "                    line 2: stop, then light=DARK",
        "                             specified  observed",
        "                      light  RED        DARK",
        "1 not conforming",
    ]


def test_where_the_action_was_impossible_the_possible_ones_are_named(shell):
    done = shell.lamp({"action": "stop"})
    assert done.code == 1
    assert "line 1: stop" in done.out
    assert "specified there: go, smash" in done.out


def test_a_recording_that_only_looks_is_too_thin_to_tell(shell):
    done = shell.lamp({"state": {"light": "RED"}})
    assert done.code == 3
    assert "too thin to tell  Lamp: no action was observed, the state was only looked at" in done.out


def test_notes_alone_are_too_thin_to_tell(shell):
    done = shell.lamp({"note": "nothing"})
    assert done.code == 3
    assert "the whole recording: nothing in it is about this spec" in done.out


def test_a_recording_may_begin_anywhere_and_hide_actions(shell):
    rows = [{"action": "stop"}, {"action": "stop"}]
    assert shell.lamp(*rows).code == 1
    assert shell.lamp({"start": {"light": "GREEN"}}, *rows).code == 1
    assert shell.lamp({"start": {"light": "GREEN"}, "hidden": ["go"]}, *rows).code == 0
    assert shell.lamp({"hidden": "go"}, *rows).code == 0


def test_several_subjects_are_judged_alone(shell):
    done = shell.lamp(
        {"subject": "one", "action": "go"},
        {"subject": "two", "action": "go"},
        {"subject": "one", "action": "stop"},
        {"subject": "two", "action": "go"},
        {"subject": "three", "state": {"light": "RED"}},
    )
    assert done.code == 1
    assert [
        row.split(":")[0].split() for row in done.out.splitlines() if row.startswith("  ") and row[2] != " "
    ] == [
        ["conforming", "one"],
        ["not", "conforming", "two"],
        ["too", "thin", "to", "tell", "three"],
    ]
    assert done.out.endswith("1 conforming, 1 not conforming, 1 too thin to tell\n")


def test_values_are_given_as_json_or_as_they_are_shown(shell):
    shell.write("box.py", RECORDS)
    log = shell.log(
        {
            "action": "put",
            "arguments": {"name": "b", "tries": 2},
            "state": {"slot.name": "b", "slot.tries": 2},
        },
        {
            "action": "put",
            "arguments": {"name": "'a'", "tries": "1"},
            "state": {"slot": "Slot(name='a', tries=1)"},
        },
        {"action": "see", "arguments": {"it": "True"}, "state": {"seen": "{True}", "tries": None}},
        {"action": "see", "arguments": {"it": False}, "state": {"seen": "{False, True}"}},
    )
    done = shell("replay", "box.py", log)
    assert (done.code, done.err) == (0, "")
    assert shell("replay", "box.py", shell.log({"action": "see", "state": {"tries": 1}})).code == 1


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ({"actoin": "go"}, "there is no key `actoin`: did you mean `action`?"),
        ({"level": "info", "msg": "hello"}, "there is no key `level`"),
        ({}, "an empty object: give an `action`, a `state` or a `note`"),
        ({"action": "got"}, "Lamp has no action `got`: did you mean `go`?"),
        ({"action": 3}, "`action` is the name of an action, or a list of such names"),
        ({"action": "stop", "arguments": {"slow": True}}, "no argument `slow`: did you mean `slowly`?"),
        ({"action": "stop", "arguments": {"slowly": 1}}, "the argument `slowly` cannot be 1"),
        ({"action": "go", "arguments": []}, "`arguments` must be an object, not []"),
        ({"action": "go", "state": {"lihgt": "RED"}}, "Lamp has no variable `lihgt`: did you mean `light`?"),
        ({"action": "go", "state": {"light": "REED"}}, "`light` cannot be 'REED': did you mean `RED`?"),
        ({"arguments": {"slowly": True}}, "neither an `action` nor a `state`"),
        ({"text": "hm"}, "neither an `action` nor a `state`"),
        ({"subject": 1, "action": "go"}, "`subject` must be a text, not 1"),
        ({"start": {"light": "GREEN"}}, "come before anything else of their subject"),
        ({"hidden": ["blow"], "subject": "x"}, "Lamp has no action `blow`"),
    ],
)  # fmt: skip
def test_a_line_that_makes_no_sense_is_named_with_what_it_may_be(shell, row, message):
    done = shell.lamp({"action": "go"}, row)
    assert (done.code, done.out) == (2, "1 mistake\n")
    assert done.err.startswith("fsm: a.jsonl:2: ")
    assert message in done.err
    assert done.err.count("\n") == 1


WORDS = st.sampled_from(
    [
        "action",
        "arguments",
        "state",
        "subject",
        "text",
        "start",
        "hidden",
        "note",
        "go",
        "light",
        "n",
        "call",
        "svc",
    ]
)

JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-2, 4) | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(WORDS, inner, max_size=3),
    max_leaves=5,
)


@given(st.lists(st.dictionaries(WORDS, JSON | WORDS, max_size=4), min_size=1, max_size=4), st.booleans())
def test_whatever_json_a_file_holds_the_answer_is_a_verdict_or_one_clear_error(
    tmp_path_factory, rows, kubelet
):
    with workspace_in(tmp_path_factory.mktemp("any")):
        Path("lamp.py").write_text(LAMP)
        Path("any.jsonl").write_text("".join(f"{json.dumps(row)}\n" for row in rows))
        (target,) = find([SPEC if kubelet else "lamp.py::Lamp"]).targets
        try:
            found = Judge(target).recording("any.jsonl")
        except LogError as error:
            told = str(error)
        else:
            told = "any.jsonl:"
            assert found
            assert not kubelet or {one.outcome for one in found} == {Outcome.UNKNOWN}
        assert told.startswith("any.jsonl:")


# the mapping beside a spec


def test_the_mapping_beside_a_spec_says_what_its_recordings_mean(shell):
    shell.write("lamp.py", LAMP)
    shell.write(
        "lamp_recording.py",
        "from fsm import Observation, Subject\n"
        "def subjects(lines):\n"
        "    return [Subject('it', [Observation((line.data['did'],), line=line.number) for line in lines],\n"
        "                    notes=('seen from afar',))]\n",
    )
    done = shell("replay", "lamp.py::Lamp", shell.log({"did": "go"}, {"did": "stop"}))
    assert (done.code, done.err) == (0, "")
    assert (
        done.out == "a.jsonl\n  conforming        it: 1 × go, 1 × stop\nnote: seen from afar\n1 conforming\n"
    )
    wrong = shell("replay", "lamp.py::Lamp", shell.log({"did": "went"}))
    assert (wrong.code, wrong.out) == (2, "")
    assert "`went` was observed, but it is no action of Lamp" in wrong.err


def test_a_mapping_without_its_function_is_a_mistake(shell):
    shell.write("lamp.py", LAMP)
    shell.write("lamp_recording.py", "x = 1\n")
    done = shell("replay", "lamp.py::Lamp", shell.log({"action": "go"}))
    assert done.code == 2
    assert "lamp_recording.py has no function `subjects`" in done.err


def test_a_mapping_is_not_used_for_another_spec_of_its_file(shell):
    shell.write(
        "lamp.py",
        LAMP
        + "\n\n@spec\nclass Other:\n    on: bool = False\n\n"
        + "    @action\n    def go(self) -> None:\n        self.on = True\n",
    )
    shell.write(
        "lamp_recording.py",
        "from fsm import Subject\nfrom lamp import Lamp\n"
        "def subjects(lines):\n    return [Subject('it', spec=Lamp)]\n",
    )
    done = shell("replay", "lamp.py::Other", shell.log({"a": 1}))
    assert done.code == 2
    assert "says nothing of `Other`: it is about Lamp" in done.err


def test_a_mapping_is_no_spec_to_check(shell):
    shell.write("specs/lamp.py", LAMP)
    shell.write("specs/lamp_recording.py", "from fsm import Subject\nraise SystemExit('run for nothing')\n")
    shell.write("specs/own_recording.py", LAMP.replace("three = many(Lamp, 3)\n", ""))
    names = [target.name for target in find(["specs"]).targets]
    assert names == ["Lamp", "three", "Lamp"]


# the command


def test_verdicts_come_as_json_too(shell):
    shell.write("lamp.py", LAMP)
    good, bad = (
        shell.log({"action": "go"}),
        shell.log({"action": "go", "state": {"light": "RED"}}, name="b.jsonl"),
    )
    done = shell("replay", "lamp.py::Lamp", good, bad, "none.jsonl", "--format", "json")
    data = json.loads(done.out)
    assert (done.code, data["exit_code"], data["schema"]) == (2, 2, 1)
    assert [one["verdict"] for one in data["judgements"]] == ["conforming", "not conforming"]
    assert data["judgements"][1]["refusal"] == {
        "line": 1,
        "observed": "go, then light=RED",
        "label": "go, then light=RED",
        "expected": ["go", "smash"],
        "differences": [{"path": "light", "specified": ["GREEN"], "observed": "RED"}],
    }
    assert data["mistakes"] == ["none.jsonl: there is no such file"]


def test_the_worst_verdict_of_all_recordings_is_the_exit_code(shell):
    shell.write("lamp.py", LAMP)
    logs = {
        0: shell.log({"action": "go"}, name="0.jsonl"),
        1: shell.log({"action": "stop"}, name="1.jsonl"),
        3: shell.log({"state": {"light": "RED"}}, name="3.jsonl"),
        2: shell.log({"oops": 1}, name="2.jsonl"),
    }

    def code(*which: int) -> int:
        return shell("replay", "lamp.py::Lamp", *(logs[one] for one in which)).code

    assert [code(0), code(0, 3), code(0, 3, 1), code(0, 3, 1, 2), code(2, 0)] == [0, 3, 1, 2, 2]


def test_the_results_go_to_a_file_whole(shell):
    shell.write("lamp.py", LAMP)
    done = shell("replay", "lamp.py::Lamp", shell.log({"action": "go"}), "-o", "out.txt")
    assert (done.code, done.out) == (0, "")
    assert Path("out.txt").read_text().endswith("1 conforming\n")


def test_quiet_shows_only_what_does_not_conform_and_verbose_what_was_explained(shell):
    shell.write("lamp.py", LAMP)
    good, bad = shell.log({"action": "go"}), shell.log({"action": "stop"}, name="b.jsonl")
    quiet = shell("replay", "-q", "lamp.py::Lamp", good, bad)
    assert "a.jsonl" not in quiet.out
    assert "b.jsonl\n  not conforming" in quiet.out
    assert "line 1: go" in shell("replay", "-v", "lamp.py::Lamp", good).out


def test_a_recording_of_a_real_kubelet_is_replayed(shell):
    done = shell("replay", SPEC, RECORDING)
    assert (done.code, done.err) == (0, "")
    assert "conforming        container main of pod default/ok-node1" in done.out
    assert "1 × create, 1 × pre_start" in done.out
    assert "note: the spec describes kubelet v1.18" in done.out


def test_text_from_a_recording_cannot_move_the_cursor(shell):
    done = shell.lamp({"subject": "evil\x1b[2J\ud800\n", "action": "go"})
    assert done.code == 0
    assert "\x1b" not in done.out
    assert "evil\\x1b[2J\\ud800\\n" in done.out
    assert printable("x" * 600) == "x" * 500 + "…"


# damaged input


def damaged(kind: str, folder: Path) -> Path:
    """A recording with some damage."""
    path, text = folder / "log", gzip.decompress(RECORDING.read_bytes())
    lines = text.splitlines(keepends=True)
    match kind:
        case "cut off in a line":
            path.write_bytes(b"".join(lines[:40])[:-30])
        case "cut off in a line of a gzip":
            path.write_bytes(gzip.compress(b"".join(lines[:40])[:-30]))
        case "gzip cut off":
            path.write_bytes(RECORDING.read_bytes()[:3000])
        case "gzip damaged":
            raw = bytearray(RECORDING.read_bytes())
            raw[2000:2040] = bytes(40)
            path.write_bytes(raw)
        case "not JSON":
            path.write_bytes(lines[0] + b"I1123 14:49:07.123456 file.go:12] hello\n" + lines[1])
        case "a text of one line":
            path.write_text("hello")
        case "an array":
            path.write_text("[1, 2]\n")
        case "too deep":
            path.write_text("[" * 100_000 + "\n{}\n")
        case "not text":
            path.write_bytes(b"\x00\xff\xfe" * 20)
        case "empty":
            path.write_bytes(b"")
        case "empty gzip":
            path.write_bytes(gzip.compress(b""))
        case "blank lines":
            path.write_bytes(b"\n \n\n")
        case "a folder":
            path.mkdir()
        case "foreign JSON":
            path.write_text('{"level": "info", "msg": "hello"}\n{"level": "warn", "msg": "again"}\n')
        case "foreign calls":
            path.write_text('{"n": 1, "call": "GET", "code": "200", "svc": "http"}\n')
        case "no times":
            path.write_text(
                '{"n": 1, "call": "ListContainers", "code": "OK", "svc": "runtime.v1.RuntimeService"}\n'
            )
        case "attempt is a text":
            config = '{"metadata": {"name": "main", "attempt": "1"}, "labels": {'
            labels = ", ".join(
                f'"io.kubernetes.{one}": "x"'
                for one in ("pod.namespace", "pod.name", "pod.uid", "container.name")
            )
            path.write_text(f'{{{CREATE}, "req": {{"config": {config}{labels}}}}}}}}}\n')
        case "no labels":
            path.write_text(f'{{{CREATE}, "req": {{"config": {{"metadata": {{"name": "main"}}}}}}}}\n')
        case "containers of texts":
            path.write_text(f'{{{LIST}, "resp": {{"containers": ["a"]}}}}\n')
    return path


CREATE = (
    '"n": 1, "t": 1.5, "ms": 2, "svc": "runtime.v1.RuntimeService", "call": "CreateContainer", "code": "OK"'
)
LIST = CREATE.replace("CreateContainer", "ListContainers")


@pytest.mark.parametrize(
    ("kind", "message"),
    [
        ("cut off in a line", "log:40: the last line is cut off in the middle"),
        ("cut off in a line of a gzip", "log:40: the last line is cut off in the middle"),
        ("gzip cut off", "log: a damaged gzip file"),
        ("gzip damaged", "log: a damaged gzip file"),
        ("not JSON", "log:2: not JSON"),
        ("a text of one line", "log:1: not JSON"),
        ("an array", "log:1: "),
        ("too deep", "log:1: "),
        ("not text", "log"),
        ("empty", "log: empty: there is nothing to judge in it"),
        ("empty gzip", "log: empty"),
        ("blank lines", "log: empty"),
        ("a folder", "log: a directory: name the recordings in it"),
        ("missing", "log: there is no such file"),
        ("foreign JSON", "log:1: no recording of CRI calls: no line has `n`, `svc`, `call` and `code`"),
        ("foreign calls", "log:1: no CRI call"),
        ("no times", "log:1: `t` is None, where a recorded CRI call has a number"),
        (
            "attempt is a text",
            "log:1: `config.metadata.attempt` is '1', where a recording has a whole number",
        ),
        ("no labels", "log:1: CreateContainer without the labels of a kubelet"),
        ("containers of texts", "log:1: `resp` lists 'a', where it lists containers"),
    ],
)
def test_damaged_input_is_named_with_its_place(shell, tmp_path, kind, message):
    path = damaged(kind, tmp_path)
    done = shell("replay", SPEC, path.name, "-o", "out.txt")
    assert done.code == 2
    assert done.err.startswith("fsm: " + message)
    assert done.err.count("\n") == 1
    assert "Traceback" not in done.err
    assert Path("out.txt").read_text() == "1 mistake\n"
    verbose = shell("replay", SPEC, path.name, "-v")
    assert "Traceback" in verbose.err
    assert "LogError" in verbose.err


def test_a_file_that_may_not_be_read_is_named(shell, tmp_path, monkeypatch):
    read = Path.read_bytes

    def refuse(self: Path) -> bytes:
        if self.name == "log":
            raise PermissionError(13, "Permission denied")
        return read(self)

    shutil.copy(RECORDING, tmp_path / "log")
    monkeypatch.setattr(Path, "read_bytes", refuse)
    done = shell("replay", SPEC, "log")
    assert (done.code, done.err) == (2, "fsm: log: its permissions do not let it be read\n")


def test_one_damaged_recording_does_not_keep_the_others_from_being_judged(shell, tmp_path):
    done = shell("replay", SPEC, damaged("empty", tmp_path).name, RECORDING)
    assert done.code == 2
    assert done.out.endswith("1 conforming, 1 mistake\n")
