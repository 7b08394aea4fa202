"""Names in an export: plain, unique, and in nobody's way."""

from enum import Enum

import pytest

from fsm.export.names import Names, families_of, plain_name
from fsm.export.variables import Variable

Place = Enum("Place", "HOME AWAY")
Side = Enum("Side", "HOME GUEST")


@pytest.mark.parametrize(
    ("text", "name"),
    [("at[LEFT]", "at_LEFT"), ("größe", "gruf6udfe"), ("n[-1]", "n_minus_1"), ("WF_x", "nWF_x"), ("1", "n1")],
)  # fmt: skip
def test_a_text_becomes_an_identifier(text: str, name: str) -> None:
    assert plain_name(text) == name


def test_what_is_taken_or_reserved_gets_a_number() -> None:
    names = Names()
    assert [names.take(text) for text in ("x", "x", "do", "U")] == ["x", "x_2", "do_2", "U_2"]


def test_a_name_is_free_with_its_prefixes_too() -> None:
    names = Names()
    names.take("can_go")
    assert names.take("go", also=("can_",)) == "go_2"


def test_the_names_of_the_second_enum_that_shares_one_begin_with_its_own() -> None:
    variables = [Variable("at", tuple(Place)), Variable("side", (None, *Side)), Variable("was", tuple(Place))]
    families = families_of(variables, Names())
    assert dict(families["Place"].members) == {"HOME": "HOME", "AWAY": "AWAY"}
    assert list(families["Side"].members.values()) == ["Side_None", "Side_HOME", "Side_GUEST"]
    assert len(families) == 2
