"""The words: marks that change nothing."""

import pytest

from fsm import (
    action,
    always,
    each,
    eventually,
    finitely,
    leads_to,
    limit,
    one_of,
    recoverable,
    recurs,
    require,
    sometimes,
    spec,
    temporal,
    var,
    weak,
)
from fsm.errors import SpecError
from fsm.language import MARK, ActionMark, Each, OneOf, PropertyMark
from fsm.model import Kind
from tests.strategies import Color


def nothing(self) -> None:
    """Stands for a body."""


@pytest.mark.parametrize(
    ("word", "mark"),
    [
        (action, ActionMark(None, False, "", "")),
        (action(), ActionMark(None, False, "", "")),
        (action(Color.RED, fault=True), ActionMark((Color.RED,), True, "", "")),
        (action(sender="a", receiver="b"), ActionMark(None, False, "a", "b")),
        (always, PropertyMark(Kind.ALWAYS)),
        (always(finding="why"), PropertyMark(Kind.ALWAYS, "why")),
        (always(on="go"), PropertyMark(Kind.ALWAYS, "", ("go",))),
        (always(on=["go", "stop"]), PropertyMark(Kind.ALWAYS, "", ("go", "stop"))),
        (sometimes, PropertyMark(Kind.SOMETIMES)),
        (recoverable, PropertyMark(Kind.RECOVERABLE)),
        (recoverable(finding="why"), PropertyMark(Kind.RECOVERABLE, "why")),
        (eventually, PropertyMark(Kind.EVENTUALLY)),
        (eventually(fair=weak("go")), PropertyMark(Kind.EVENTUALLY, fair=(weak("go"),))),
        (leads_to(fair=[weak("go"), finitely()]), PropertyMark(Kind.LEADS_TO, fair=(weak("go"), finitely()))),
        (recurs(finding="why"), PropertyMark(Kind.RECURS, "why")),
        (temporal(waiver="why"), PropertyMark(Kind.TEMPORAL, waiver="why")),
    ],
)
def test_a_word_marks_the_function_and_returns_it(word, mark) -> None:
    def body(self) -> None:
        """A body."""

    assert word(body) is body
    assert getattr(body, MARK) == mark


@pytest.mark.parametrize("thing", [int, staticmethod(nothing), property(nothing), classmethod(nothing)])
@pytest.mark.parametrize(
    "word", [action, always, sometimes, recoverable, eventually, leads_to, recurs, temporal]
)
def test_only_a_plain_method_carries_a_mark(word, thing) -> None:
    with pytest.raises(SpecError, match="only a plain method can carry it") as caught:
        word(thing)
    assert caught.value.mistakes[0].where.file == __file__


def test_a_spec_is_the_class_that_was_written() -> None:
    class Plain:
        on: bool = False

        @action
        def flip(self) -> None:
            self.on = not self.on

    assert spec(Plain) is Plain
    it = Plain()
    it.flip()
    assert it.on


def test_a_map_remembers_whether_its_members_are_interchangeable() -> None:
    assert each(Color, False) == Each(Color, False, symmetric=False)
    assert each(Color, False, symmetric=True) == Each(Color, False, symmetric=True)
    with pytest.raises(TypeError):
        each(Color, False, True)


def test_several_initial_values_are_only_remembered() -> None:
    assert var(range(2), one_of(0, 1)).initial == OneOf((0, 1))


@pytest.mark.parametrize("word", [require, limit])
def test_outside_of_a_body_the_guards_mean_nothing(word) -> None:
    with pytest.raises(SpecError, match=f"`{word.__name__}` means something only inside an action"):
        word(True)
