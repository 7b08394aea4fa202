"""Identifiers that every language takes: unique, plain, and none of anybody's own words."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from fsm.export.variables import Sort, Variable

PROMELA = """
    active assert atomic bit bool break byte chan d_step do else empty enabled end eval false fi
    full get_priority goto hidden if in init inline int len local ltl mtype nempty never nfull
    notrace np_ od of pc_value pid printf printm priority proctype provided run select set_priority
    short show skip timeout trace true typedef unless unsigned xr xs c_code c_decl c_expr c_state
    c_track always eventually until release weakuntil stronguntil next implies equivalent not linux
    unix auto case char const continue default double enum extern float for long register return
    signed sizeof static struct switch union void volatile while main now
"""
SMV = """
    MODULE DEFINE MDEFINE CONSTANTS VAR IVAR FROZENVAR INIT TRANS INVAR SPEC CTLSPEC LTLSPEC PSLSPEC
    COMPUTE NAME INVARSPEC FAIRNESS JUSTICE COMPASSION ISA ASSIGN CONSTRAINT SIMPWFF CTLWFF LTLWFF
    PSLWFF COMPWFF IN MIN MAX MIRROR PRED PREDICATES process array of boolean integer real clock
    word word1 bool signed unsigned extend resize sizeof uwconst swconst EX AX EF AF EG AG E F O G H
    X Y Z A U S V T W BU EBF ABF EBG ABG case esac mod next init union in xor xnor self TRUE FALSE
    count abs max min typeof
"""
TLA = """
    ASSUME ASSUMPTION AXIOM CASE CHOOSE CONSTANT CONSTANTS DOMAIN ELSE ENABLED EXCEPT EXTENDS IF IN
    INSTANCE LAMBDA LET LOCAL MODULE OTHER SUBSET THEN THEOREM UNCHANGED UNION VARIABLE VARIABLES
    WITH BY DEF PROOF BOOLEAN STRING Int Nat
"""
OURS = """
    Init Next Spec vars TypeOK NeverStuck Final InitRuns NextRuns SpecRuns Take Stop all dead_end
    may_stop never_stuck final check swap last stopped tick begun settled broken is_fair turn_of
    starts watch going remember keeps promise START RUNS took event stay none something_can_happen
    is_never_stuck
"""


class Names:
    """Gives names, each once."""

    def __init__(self) -> None:
        self._reserved = frozenset((PROMELA + SMV + TLA + OURS).split())
        self._taken: set[str] = set()

    def take(self, text: str, also: Sequence[str] = ()) -> str:
        """The identifier for a text; a number is added where it is taken.

        Args:
            text: what it is to look like.
            also: prefixes with which it is to be free, too.
        """
        plain = plain_name(text)
        made, number = plain, 2
        while not all(self.is_free(prefix + made) for prefix in ("", *also)):
            made, number = f"{plain}_{number}", number + 1
        self._taken.update(prefix + made for prefix in ("", *also))
        return made

    def is_free(self, name: str) -> bool:
        """Whether nobody has that name."""
        return name not in self._taken and name not in self._reserved and not name.startswith(("WF_", "SF_"))


def plain_name(text: str) -> str:
    """A text as an identifier, perhaps not a unique one.

    >>> plain_name("slots[0].state"), plain_name("take(who=LEFT)"), plain_name("7 up")
    ('slots_0_state', 'take_who_LEFT', 'n7_up')
    """
    ascii_only = "".join(one if one.isascii() else f"u{ord(one):x}" for one in text.replace("-", "minus_"))
    plain = re.sub(r"\W+", "_", ascii_only).strip("_")
    if plain.startswith(("WF_", "SF_")) or not plain[:1].isalpha():
        plain = f"n{plain}"
    return plain


@dataclass(frozen=True)
class Family:
    """Names that belong together, such as those of an enum.

    Args:
        name: the identifier of them all.
        members: for a value's text its identifier.
    """

    name: str
    members: Mapping[str, str]


def families_of(variables: Sequence[Variable], names: Names) -> dict[str, Family]:
    """The names of values.

    Args:
        variables: all of them; those with the values of one enum share its names.
        names: what is taken.

    Returns:
        By a variable's `kinship`. Where two enums have a name in common, all names of the second one begin
        with the enum's own.
    """
    families: dict[str, dict[str, None]] = {}
    for variable in variables:
        if variable.sort is Sort.NAME:
            told = (str(variable.literal(number)) for number in range(len(variable.values)))
            families.setdefault(kinship(variable), {}).update(dict.fromkeys(told))
    found = {}
    for family, texts in families.items():
        own = names.take(family)
        plain = list(map(plain_name, texts))
        alone = all(map(names.is_free, plain)) and len(set(plain)) == len(plain)
        members = {text: names.take(text if alone else f"{family} {text}") for text in texts}
        found[family] = Family(own, members)
    return found


def kinship(variable: Variable) -> str:
    """What tells the names of a variable's values from those of others: the enum, or the variable."""
    return variable.family or variable.path


def joined(words: Iterable[str]) -> str:
    """Words as one name's text."""
    return " ".join(words)
