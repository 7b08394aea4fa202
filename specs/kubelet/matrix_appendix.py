"""What stands behind the promises on the page of the matrix: how far they go, and why they may be believed.

Everything else that is judged, the faults, the premises, who would notice a fault in the worlds, the sizes,
and what is assumed; as the page itself, it is read from the specs and the results.
"""

import ast
import io
import tokenize
from collections.abc import Iterator, Mapping

from fsm.declaration import model_of
from fsm.model import Kind, Property
from fsm.remarks import standing
from fsm.render import table
from fsm.render.extract import words
from fsm.verdict import Outcome

from .matrix import Cell, Result, asks, cells
from .matrix_sources import modules_of, text_of
from .matrix_violations import promises, span
from .mutations import MOST, TRIALS, WHY, Mutation
from .worlds import Question

BOUNDS = """\
## Bounds and faults

In the worlds of one pod with one container (`pod_worker.py`, `node.py`) the runtime lists at most three
instances of it at once, at most one create goes on that nobody waits for, and attempts are followed up to
the world's `MOST`. A step beyond these bounds is not taken: what is violated is violated; what holds, holds
within them. Times are not modelled but as order: any step may take any time.
"""

ASSUMED = """\
## What is assumed

What the worlds take for granted, as their sources mark it: *inferred* is what no source says outright,
*measured* what was observed of a real runtime.
"""


def appendix(results: Mapping[str, Result], planted: Mapping[str, Mutation]) -> Iterator[str]:
    """The last sections of the page, in Markdown.

    Args:
        results: what is known, by the cells' names.
        planted: what became of planted faults, by the mutants' names.
    """
    yield from _others(results)
    yield BOUNDS
    yield from _bounds()
    yield from _faults()
    yield from _premises(results)
    yield from _planted(planted)
    yield from _sizes(results)
    yield ASSUMED
    yield from _assumed()


def property_of(question: Question, promise: str) -> Property:
    """The property that a promise is, as the first of the question's worlds has it."""
    return next(
        one
        for cell in cells()
        if cell.question is question
        for one in model_of(cell.world).properties
        if one.name == question.promises[promise]
    )


def _others(results: Mapping[str, Result]) -> Iterator[str]:
    """What is judged beside the promises, where it is not as expected."""
    yield "## What else is judged\n"
    rows = []
    for cell in cells():
        if cell.name in results:
            named = set(cell.question.promises.values())
            rows += [
                (cell.name, one.name, standing(one), one.reason)
                for one in results[cell.name].report.properties
                if one.name not in named and one.expected is not True
            ]
    if rows:
        yield table.write(["world", "property", "verdict", "why"], rows)
    else:
        yield "All as expected: no world can get stuck, and each example that one promises is there.\n"


def _bounds() -> Iterator[str]:
    """The highest attempt that is followed, by question, where its worlds have such a bound."""
    most: dict[tuple[str, int], dict[str, None]] = {}
    for cell in cells():
        if hasattr(cell.world, "MOST"):
            where = most.setdefault((cell.question.name, cell.world.MOST), {})
            where.update(dict.fromkeys(place.runtime for place in cell.places))
    rows = [(name, str(bound), ", ".join(where)) for (name, bound), where in most.items()]
    yield table.write(["question", "highest attempt", "on"], rows)


def _faults() -> Iterator[str]:
    """Every kind of fault, and the questions in whose worlds it happens."""
    asked: dict[tuple[str, str], dict[str, None]] = {}
    for cell in cells():
        for action in model_of(cell.world).actions:
            if action.fault:
                where = asked.setdefault((action.name, action.doc.splitlines()[0]), {})
                where[cell.question.name] = None
    rows = [(words(name), doc, ", ".join(where)) for (name, doc), where in asked.items()]
    yield table.write(["fault", "what it is", "in"], rows)


def _premises(results: Mapping[str, Result]) -> Iterator[str]:
    """How it is known that no promise holds for want of examples."""
    yield "## Nothing holds for want of examples\n"
    yield (
        "A promise about certain steps needs one of these; one about runs needs a run that it asks something "
        "of; any other needs an example (`sometimes`) whose text begins with its name, such as `I4: …`. "
        "Where it is violated it is not vacuous anyway.\n"
    )
    rows = [(promise, *premise(promise, question, results)) for promise, question in promises().items()]
    yield table.write(["promise", "its premise", "worlds in which it holds without one"], rows)
    idle: dict[tuple[str, str, str], int] = {}
    for cell in cells():
        for name in results[cell.name].report.never_enabled if cell.name in results else ():
            key = (cell.question.name, words(name), ", ".join(sorted({one.policy for one in cell.places})))
            idle[key] = idle.get(key, 0) + 1
    yield "Actions that no state of a world allows:\n" if idle else "Every action of each world happens.\n"
    if idle:
        yield table.write(["question", "action", "policy", "worlds"], [(*key, n) for key, n in idle.items()])


def premise(promise: str, question: Question, results: Mapping[str, Result]) -> tuple[str, str]:
    """What a promise presupposes, and the worlds in which it holds and nothing shows that it occurs."""
    name = question.promises[promise]
    asked = property_of(question, promise)
    there = [
        cell
        for cell in cells()
        if cell.question is question and cell.name in results and asks(results[cell.name], name)
    ]
    bare = [cell for cell in there if not _is_shown(promise, name, cell, results[cell.name])]
    holding = sum(results[cell.name].report[name].outcome is Outcome.HOLDS for cell in there)
    if asked.on is not None:
        what = f"one of its steps is taken: {', '.join(sorted(asked.on))}"
    elif asked.kind is Kind.STEP:
        what = "a step is taken"
    elif asked.kind.over_runs:
        what = "a run asks it"
    else:
        what = "an example"
    return what, f"{len(bare)} of {holding}" if bare else "none"


def _is_shown(promise: str, name: str, cell: Cell, result: Result) -> bool:
    model, report = model_of(cell.world), result.report
    found = report[name]
    if found.outcome is not Outcome.HOLDS:
        return True
    asked = next(one for one in model.properties if one.name == name)
    if asked.on is not None:
        return any(action.enabled for action in report.actions if action.name in asked.on)
    if asked.kind is Kind.STEP:
        return report.transitions > 0
    if asked.kind.over_runs:
        return not found.vacuous
    return any(
        one.kind is Kind.SOMETIMES
        and promise in one.doc.partition(":")[0].replace(",", " ").split()
        and report[one.name].outcome is Outcome.HOLDS
        for one in model.properties
    )


def _planted(planted: Mapping[str, Mutation]) -> Iterator[str]:
    """Who notices faults, and the faults that nobody notices."""
    yield "## Who would notice a fault in the worlds\n"
    if not planted:
        yield "Not tried yet: `python -m specs.kubelet mutations`.\n"
        return
    left = [one for one in planted.values() if not one.is_noticed]
    yield (
        f"{len(planted)} faults were planted in the worlds of the pod's worker, one at a time: a guard, an "
        f"effect or a whole action was dropped. {len(planted) - len(left)} of them are noticed: a verdict "
        "changes, or the number of faults or steps that a violation or an example takes; or the world is "
        f"refused, or an action cannot happen any more. {len(left)} are noticed by nothing. Tried were "
        f"{len(TRIALS)} small worlds that follow attempts up to {MOST}, until one of them noticed.\n"
    )
    first: dict[str, int] = {}
    for one in planted.values():
        for text in one.noticed:
            first[who(text)] = first.get(who(text), 0) + 1
    by_number = sorted(first.items(), key=lambda pair: -pair[1])
    yield table.write(["who notices", "faults"], by_number)
    yield "### What nothing notices\n"
    yield table.write(
        ["module", "where", "dropped", "what it changes", "why"],
        [
            (
                *one.name.split(": ", 2),
                "numbers of states" if one.visible else "nothing",
                WHY.get(one.name, ""),
            )
            for one in left
        ],
    )


def who(text: str) -> str:
    """Who noticed a fault, from what was said of it.

    >>> who("at_most_one_runs: holds → 1 fault, 3 steps"), who("create can never happen")
    ('at most one runs', 'an action can never happen')
    """
    if text.endswith(" can never happen"):
        return "an action can never happen"
    if text.startswith(("refused: ", "the world grows")):
        return text.partition(":")[0] if text.startswith("the world") else "the world is refused"
    return words(text.partition(":")[0])


def _sizes(results: Mapping[str, Result]) -> Iterator[str]:
    """A row for each distinct world."""
    rows = []
    for cell in cells():
        if cell.name in results:
            report = results[cell.name].report
            versions, runtimes, policies = map(set, zip(*cell.places, strict=True))
            where = (cell.question.name, span(versions), _one_or_any(runtimes), _one_or_any(policies))
            sizes = (report.states, report.transitions, report.depth, report.faults)
            rows.append((*where, *(f"{size:,}" for size in sizes), f"{report.seconds:.1f}"))
    yield "## Sizes\n"
    yield "*Faults* are the most that a state needs.\n"
    yield "<details><summary>Each distinct world</summary>\n"
    headers = [
        "question",
        "versions",
        "runtime",
        "policy",
        "states",
        "transitions",
        "depth",
        "faults",
        "seconds",
    ]
    yield table.write(headers, rows)
    yield "</details>\n"


def _one_or_any(names: set[str]) -> str:
    return next(iter(names)) if len(names) == 1 else "any"


def _assumed() -> Iterator[str]:
    """The remarks in the worlds' sources that say what is inferred or was measured."""
    names = sorted({name for cell in cells() for name in modules_of(cell.world)} | {"runtimes", "versions"})
    rows = [(f"{name}.py", *remark) for name in names for remark in remarks(text_of(name))]
    yield table.write(["where", "what is written", "remark"], rows)


def remarks(text: str) -> Iterator[tuple[str, str]]:
    """Code, and what is said of it to be inferred or measured, in comments and docstrings.

    >>> list(remarks("late = True  # inferred: nobody says so\\n"))
    [('late = True', 'inferred: nobody says so')]
    """
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        said = token.string.lstrip("# ")
        if token.type == tokenize.COMMENT and _is_remark(said):
            yield token.line[: token.start[1]].strip().removesuffix(","), said
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            told = " ".join((ast.get_docstring(node) or "").split())
            yield from ((node.name, f"{one.rstrip('.')}.") for one in told.split(". ") if _is_remark(one))


def _is_remark(text: str) -> bool:
    return "inferred" in text.lower() or "measured" in text.lower()
