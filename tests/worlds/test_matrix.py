"""The matrix of the kubelet: what shares a cell, that results and page are fresh, a slice of it run again."""

import ast
import json
import subprocess
import sys
from dataclasses import replace
from functools import cache
from itertools import groupby
from pathlib import Path
from textwrap import dedent

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fsm import check
from specs.kubelet import __main__ as command
from specs.kubelet import matrix, matrix_page, mutations
from specs.kubelet.matrix import Cell, Place, Result, Wanted, asks, cells
from specs.kubelet.matrix_appendix import premise, remarks
from specs.kubelet.matrix_sources import bare, digest_of, modules_of, text_of
from specs.kubelet.matrix_violations import NAMES, explanation, promises, span, unexplained, violations
from specs.kubelet.mutants import MODULES, Mutant, mutants, mutants_of, package_with
from specs.kubelet.mutations import TRIALS, WHY, tried, world_of
from specs.kubelet.node import Policy
from specs.kubelet.runtimes import RUNTIMES
from specs.kubelet.versions import VERSIONS
from specs.kubelet.worlds import QUESTIONS, part

ROOT = Path(__file__).parents[2]
SHORT = 2.0  # seconds: what is run again here on further runtimes
ANEW = "run `make matrix`"
WITHOUT_EXAMPLE: set[str] = set()  # no `sometimes` begins with their name

# What cannot happen, by question and policy ("" for any): under Never what has exited is not started again,
# and what is not started again is neither replaced nor collected.
CANNOT = {
    ("reboots", "Never"): {"collect", "collect_exited", "back_off"},
    ("init order", ""): {"create_answers_with_the_holder"},
    ("init order", "Never"): {"purge_fails", "collect"},
    ("init starts", ""): {"create_is_refused"},
    ("init starts", "Never"): {
        "collect",
        "create_answers_with_the_holder",
        "purge_fails",
        "start_is_refused",
    },
    ("init counts", "Never"): {"kill", "purge_fails", "collect", "create_answers_with_the_holder"},
}

FOUND = cache(lambda: violations(kept()))


@cache
def every() -> dict[str, Result]:
    return matrix.load(matrix.FILE)


@cache
def kept() -> dict[str, Result]:
    return matrix.fresh(every())


def small_cells() -> list[str]:
    """The smallest cell of each question, and the smallest on each other runtime if it takes no time."""
    known: set[str] = set()
    chosen: dict[tuple[str, str], Result] = {}
    for one in sorted(every().values(), key=lambda one: one.data["states"]):
        question, runtime = one.cell.partition(":")[0], one.places[0].runtime
        if (question, runtime) not in chosen and (question not in known or one.data["seconds"] <= SHORT):
            chosen[question, runtime] = one
            known.add(question)
    return [one.cell for one in chosen.values()]


def tiny() -> list[Cell]:
    return [cell for cell in cells() if cell.question.name == "reboots" and cell.places[0].policy == "Never"][
        :2
    ]


# what a cell is


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda question: question.name)
def test_versions_share_a_cell_exactly_if_the_world_can_read_no_difference(question):
    by_place = {place: cell for cell in cells() if cell.question is question for place in cell.places}
    for runtime in RUNTIMES:
        for policy in Policy:
            there = [one for one in VERSIONS if Place(one.name, runtime.name, policy.value) in by_place]
            for one in there:
                for other in there:
                    places = (Place(v.name, runtime.name, policy.value) for v in (one, other))
                    first, second = (by_place[place].world for place in places)
                    if part(one, question.reads) == part(other, question.reads):
                        assert first is second


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda question: question.name)
def test_a_place_has_one_cell_or_the_question_does_not_arise_there(question):
    places = [place for cell in cells() if cell.question is question for place in cell.places]
    assert len(places) == len(set(places))
    for runtime in RUNTIMES:
        for policy in Policy:
            for version in VERSIONS:
                if Place(version.name, runtime.name, policy.value) not in places:
                    assert question.spec(version, runtime, policy) is None


def test_cells_have_names_of_their_own():
    assert len({cell.name for cell in cells()}) == len(cells())


def test_a_choice_of_cells_is_all_that_it_names():
    chosen = Wanted(questions=("logs",), versions=("1.22",), runtimes=("containerd",), policies=("Always",))
    assert [cell.name for cell in cells() if chosen.takes(cell)] == ["logs: 1.21.6, containerd, Always"]
    assert all(Wanted().takes(cell) for cell in cells())


# the results


def test_every_cell_has_a_fresh_result():
    assert [cell.name for cell in matrix.stale(kept())] == [], ANEW


def test_no_result_is_left_of_cells_that_are_gone():
    assert set(every()) <= {cell.name for cell in cells()}, ANEW


def test_nothing_was_cut_short():
    assert [one.cell for one in kept().values() if not one.report.exhaustive] == []


def test_no_action_is_never_enabled_where_it_could_be():
    wrong = {}
    for name, actions in matrix.unreached(kept().values()).items():
        question, policy = name.partition(":")[0], kept()[name].places[0].policy
        never = set(actions) - CANNOT.get((question, ""), set()) - CANNOT.get((question, policy), set())
        if never:
            wrong[name] = never
    assert wrong == {}


def test_only_known_promises_hold_everywhere_without_an_example():
    bare = set()
    for promise, question in promises().items():
        there = [one for one in kept().values() if one.cell.startswith(f"{question.name}:")]
        if there and premise(promise, question, kept())[1] == f"{len(there)} of {len(there)}":
            bare.add(promise)
    assert bare <= WITHOUT_EXAMPLE


def test_every_violation_is_explained():
    pytest.importorskip("specs.kubelet.findings")
    assert [f"{one.name}: {one.result.trace}" for one in unexplained(FOUND())] == []


def test_each_violation_is_shown_once():
    keys = [
        (one.promise, one.label, tuple(step.action for step in one.result.trace.steps), one.result.trace.loop)
        for one in FOUND()
    ]
    assert len(keys) == len(set(keys))
    assert len({one.name for one in FOUND()}) == len(keys)


def test_every_violated_place_is_under_exactly_one_violation():
    shown = [(one.promise, place) for one in FOUND() for place in one.places]
    violated = [
        (promise, place)
        for cell in cells()
        if cell.name in kept()
        for promise, name in cell.question.promises.items()
        if asks(kept()[cell.name], name) and kept()[cell.name].report[name].outcome.value == "violated"
        for place in cell.places
    ]
    assert sorted(shown) == sorted(violated)


def test_the_page_and_its_pictures_are_fresh():
    pages = matrix_page.pages(kept(), mutations.load(mutations.FILE))
    assert [str(page.file) for page in pages if page.is_stale] == [], ANEW
    assert matrix_page.strays(pages) == []


def test_every_link_on_the_page_leads_to_a_heading():
    text = matrix_page.FILE.read_text("utf-8")
    anchors = {line.removeprefix("### ").lower() for line in text.splitlines() if line.startswith("### ")}
    wanted = {part.partition(")")[0] for part in text.split("](#")[1:]}
    assert wanted
    assert wanted <= anchors


@pytest.mark.parametrize("name", small_cells())
def test_a_small_cell_comes_out_as_it_is_kept(name):
    again = matrix.explore(next(cell for cell in cells() if cell.name == name), timeout=None)
    known = every()[name]
    assert replace(again.report, seconds=0.0) == replace(known.report, seconds=0.0)


def test_every_question_has_a_small_cell():
    assert {name.partition(":")[0] for name in small_cells()} == {question.name for question in QUESTIONS}


# keeping results


def test_results_come_back_as_they_were_kept(tmp_path):
    file = tmp_path / "matrix.json"
    some = dict(list(kept().items())[:20])
    matrix.save(some, file)
    back = matrix.load(file)
    assert list(back) == list(some)
    for name, one in some.items():
        assert (back[name].places, back[name].digest) == (one.places, one.digest)
        assert back[name].report == one.report
    assert [one.name for one in tmp_path.iterdir()] == ["matrix.json"]


def test_no_file_is_no_results(tmp_path):
    assert matrix.load(tmp_path / "matrix.json") == {}


@pytest.mark.parametrize(
    "text", ["", "{", "[]", "1", "null", "{}", '{"schema": 1}', '{"schema": 2, "cells": {}, "traces": {}}']
)
def test_a_file_of_something_else_is_refused_in_one_line(tmp_path, text):
    file = tmp_path / "matrix.json"
    file.write_text(text)
    with pytest.raises(ValueError, match=r"matrix\.json is no matrix") as error:
        matrix.load(file)
    assert "\n" not in str(error.value)
    assert file.read_text() == text


def test_each_result_is_kept_as_soon_as_it_is_there():
    done = []
    with pytest.raises(KeyboardInterrupt):
        matrix.run(tiny(), {}, lambda result: [done.append(result), interrupt()], processes=1)
    assert len(done) == 1
    assert done[0].cell in {cell.name for cell in tiny()}


def interrupt() -> None:
    raise KeyboardInterrupt


def test_a_cell_that_meets_a_bound_is_unknown_and_never_holds():
    cell = next(cell for cell in cells() if cell.question.name == "instances")
    report = matrix.explore(cell, timeout=0.0).report
    assert not report.exhaustive
    assert {matrix.short(report, name) for name in cell.question.promises.values()} <= {"unknown", "–"}


# what results rest on


def test_comments_docstrings_and_blank_lines_make_nothing_stale():
    text = '"""Tells."""\n\n\ndef f(x):\n    """Adds 1."""\n    # why\n    return x + 1  # how\n'
    assert bare(text) == "...\ndef f(x):\n    ...\n    return x + 1"


@pytest.mark.parametrize("name", ["node", "pod_worker", "pod_sync", "log_directory", "runtimes", "worlds"])
def test_the_bare_text_of_a_module_is_a_program_that_does_the_same(name):
    def told(text: str) -> str:
        tree = ast.parse(text)
        for node in ast.walk(tree):
            if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
                node.value.value = ...
        return ast.dump(tree)

    assert told(bare(text_of(name))) == told(text_of(name))
    assert "#" not in bare("x = 1  # one\n")


def test_a_value_put_into_a_world_is_part_of_its_digest():
    worlds = [cell.world for cell in cells() if cell.question.name == "reboots"]
    assert len({digest_of(world) for world in worlds}) == len(worlds)
    assert digest_of(worlds[0]) != digest_of(type("Other", (worlds[0],), {"__module__": __name__, "MOST": 0}))


def test_a_world_rests_on_the_modules_that_it_is_made_of_and_on_no_list():
    world = next(cell.world for cell in cells() if cell.question.name == "logs")
    assert {"node", "pod_worker", "pod_logs", "log_directory"} <= modules_of(world)
    assert modules_of(world).isdisjoint({"worlds", "versions", "runtimes", "pod_events"})


# words


@given(st.sets(st.sampled_from(NAMES), min_size=1))
def test_a_span_names_each_run_of_versions_once_by_its_first(names):
    rows = sorted(NAMES.index(name) for name in names)
    runs = [list(run) for _, run in groupby(enumerate(rows), lambda one: one[1] - one[0])]
    firsts = [part.split("–")[0].split(" ")[0] for part in span(names).split(", ")]
    assert firsts == [NAMES[run[0][1]] for run in runs]


def test_remarks_are_found_in_comments_and_docstrings():
    text = (
        'class A:\n    """Is. Measured twice."""\n    x = 1  # inferred: so it seems\n    y = 2  # just so\n'
    )
    assert list(remarks(text)) == [("x = 1", "inferred: so it seems"), ("A", "Measured twice.")]


def test_without_findings_a_violation_is_unexplained(monkeypatch):
    monkeypatch.setattr("specs.kubelet.matrix_violations.find_spec", lambda name: None)
    one = FOUND()[0]
    place = one.cell.places[0]
    assert explanation(one.cell.question, one.promise, place, one.result) is None


# planted faults


def test_mutants_have_names_of_their_own():
    names = [one.name for one in mutants()]
    assert len(names) == len(set(names))


@pytest.mark.parametrize("module", MODULES)
def test_a_mutant_changes_one_statement_and_no_line_moves(module):
    text = text_of(module)
    for one in mutants_of(module, text):
        planted = one.planted(text)
        assert planted.count("\n") == text.count("\n")
        pairs = zip(text.split("\n"), planted.split("\n"), strict=True)
        changed = [number for number, (before, after) in enumerate(pairs) if before != after]
        assert changed
        assert changed[-1] - changed[0] == len(changed) - 1 <= one.last[0] - one.first[0]
        assert ast.dump(ast.parse(planted)) != ast.dump(ast.parse(text))


def test_guards_effects_and_actions_are_found_and_bounds_and_promises_are_not():
    text = dedent(
        """\
        class W:
            @action
            def go(self):
                "Goes."
                require(self.a)
                limit(self.b)
                x = 1
                if x:
                    x += 1
                    self.move(x)
                self.a = x

            @always
            def fine(self):
                "Is."
                self.look()
                return True
        """
    )
    assert [(one.kind, one.text) for one in mutants_of("w", text)] == [
        ("action", "go"), ("guard", "require(self.a)"), ("effect", "x += 1"), ("effect", "self.move(x)"),
        ("effect", "self.a = x"),
    ]  # fmt: skip


def test_a_copy_without_a_fault_says_the_same(tmp_path):
    trial = TRIALS[0]
    with package_with(None, tmp_path) as worlds:
        copied = check(world_of(worlds, trial), engine="native")
    plain = mutations.plain(trial)
    assert copied.states == plain.states
    assert list(mutations.differences(plain, copied)) == []
    assert [name for name in sys.modules if name.startswith("mutant_")] == []


def named(text: str) -> Mutant:
    return next(one for one in mutants() if text in one.name)


def test_a_reboot_that_forgets_to_wipe_is_noticed():
    assert tried(named("Node.lose_everything: effect self.instances")).is_noticed


def test_a_world_that_leaves_its_domains_is_noticed_without_a_path():
    noticed = tried(named("Node.remove: effect self.behind -= 1")).noticed
    assert noticed
    assert not any("/" in text.partition(" [read:")[0] for text in noticed if text.startswith("refused"))


def test_every_mutant_was_tried():
    results = mutations.load(mutations.FILE)
    assert [one.name for one in mutants() if one.name not in results] == [], ANEW


def test_reasons_are_given_only_for_what_nothing_notices():
    results = mutations.load(mutations.FILE)
    assert set(WHY) <= {one.name for one in mutants()}
    assert [name for name in WHY if name in results and results[name].is_noticed] == []


@pytest.mark.parametrize("text", ["", "{", "nonsense"])
def test_mutations_that_are_no_json_are_refused(tmp_path, text):
    file = tmp_path / "mutations.json"
    file.write_text(text)
    with pytest.raises(ValueError, match="holds no mutations"):
        mutations.load(file)


@pytest.mark.parametrize("data", [[], {}, {"schema": 1}, {"schema": 1, "digest": "old", "mutations": []}])
def test_stale_mutations_are_none(tmp_path, data):
    file = tmp_path / "mutations.json"
    file.write_text(json.dumps(data))
    assert mutations.load(file) == {}


# the command


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    whole = [sys.executable, "-m", "specs.kubelet", *arguments]
    return subprocess.run(whole, cwd=ROOT, capture_output=True, text=True, check=False)


def test_the_command_says_that_all_is_fresh():
    done = run("matrix", "--check")
    assert (done.returncode, done.stdout) == (0, ""), done.stderr
    assert done.stderr.endswith("everything is fresh\n")


def test_what_is_stale_is_told_with_what_to_do(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(matrix, "FILE", tmp_path / "matrix.json")
    monkeypatch.setattr(matrix_page, "FILE", tmp_path / "README.md")
    monkeypatch.setattr(matrix_page, "PICTURES", tmp_path / "pictures")
    assert command.main(["matrix", "--check", "--question", "logs", "--version", "1.22"]) == 1
    told = capsys.readouterr().err
    assert "logs: 1.21.6, containerd, Always: no result, or a stale one" in told
    assert told.endswith("run `make matrix`\n")
    assert list(tmp_path.iterdir()) == []


def test_a_slice_is_checked_kept_and_written_and_then_fresh(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(matrix, "FILE", tmp_path / "matrix.json")
    monkeypatch.setattr(matrix_page, "FILE", tmp_path / "README.md")
    monkeypatch.setattr(matrix_page, "PICTURES", tmp_path / "pictures")
    (tmp_path / "pictures").mkdir()
    (tmp_path / "pictures" / "B1-9.svg").write_text("of a violation that is gone")
    slice_ = ["matrix", "--question", "reboots", "--runtime", "containerd", "--policy", "Never"]
    assert command.main([*slice_, "--processes", "1"]) == 0
    assert "[4/4]" in capsys.readouterr().err
    assert len(matrix.load(matrix.FILE)) == 4
    assert "were not explored yet" in matrix_page.FILE.read_text("utf-8")
    assert sorted(one.name for one in (tmp_path / "pictures").iterdir()) == ["B1-1.mmd", "B1-1.svg"]
    assert command.main([*slice_, "--processes", "1"]) == 0
    assert "4 of 4 cells were fresh, 0 were checked" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ([], "required: command"),
        (["matrices"], "invalid choice: 'matrices'"),
        (["matrix", "--question", "all"], "invalid choice: 'all'"),
        (["matrix", "--version", "1.23"], "invalid choice: '1.23'"),
        (["matrix", "--version", "1.16"], "invalid choice: '1.16'"),
        (["matrix", "--runtime", "docker"], "invalid choice: 'docker'"),
        (["matrix", "--policy", "always"], "invalid choice: 'always'"),
        (["matrix", "--processes", "0"], "invalid choice: 0"),
        (["matrix", "--processes", "two"], "invalid int value: 'two'"),
        (["matrix", "extra"], "unrecognized arguments: extra"),
        (["mutations", "--check"], "unrecognized arguments: --check"),
    ],
    ids=" ".join,
)
def test_wrong_usage_is_told_in_a_line_and_runs_nothing(arguments, says, capsys):
    with pytest.raises(SystemExit) as stopped:
        command.main(arguments)
    assert stopped.value.code == 2
    assert says in capsys.readouterr().err


def test_a_question_that_does_not_arise_there_is_told(capsys):
    assert command.main(["matrix", "--question", "logs", "--version", "1.17"]) == 2
    assert capsys.readouterr().err == "no cell is meant by that: the question does not arise there\n"


def test_a_broken_file_is_told_without_a_traceback(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(matrix, "FILE", tmp_path / "matrix.json")
    matrix.FILE.write_text("{")
    assert command.main(["matrix"]) == 2
    assert "is no matrix" in capsys.readouterr().err
    assert matrix.FILE.read_text() == "{"
