"""Known runtimes as specs: what each does of all that `CriContainer` allows, and what it does beyond.

A profile (`cri_container_known`) fixes the answers where the CRI leaves a choice; `tolerant` leaves all of
them open and lets some known divergences pass.

    cd specs/kubelet; fsm diff "cri_container_profiles.py::profile('containerd 1.6')" cri_container.py
"""

from dataclasses import replace
from functools import cache
from types import MappingProxyType

from fsm import spec

from .cri_container import CriContainer
from .cri_container_divergences import (
    DIVERGENCES,
    Divergence,
)
from .cri_container_known import PROFILES, Profile
from .cri_container_rules import (
    RULES,
    Rules,
)


def variant(name: str, rules: Rules, doc: str) -> type[CriContainer]:
    """`CriContainer` with other rules."""

    class Variant(CriContainer):
        RULES = rules

    words = "".join(part[:1].upper() + part[1:] for part in name.replace("-", " ").split())
    Variant.__name__ = Variant.__qualname__ = words.replace(".", "_")
    Variant.__doc__ = doc
    return spec(Variant)


def runtime(name: str) -> Profile:
    """The profile of that name.

    Raises:
        ValueError: if there is none.
    """
    for one in PROFILES:
        if one.name == name:
            return one
    known = ", ".join(one.name for one in PROFILES)
    raise ValueError(f"{name!r} is no runtime that is known: {known}")


@cache
def profile(name: str) -> type[CriContainer]:
    """The spec of one runtime.

    Args:
        name: such as "containerd 1.6", "CRI-O from 1.31".

    Raises:
        ValueError: for a runtime that is not known.

    >>> profile("CRI-O from 1.31").__name__
    'CRIOFrom1_31'
    """
    known = runtime(name)
    return variant(name, known.rules, f"A container and its sandbox in {name}.")


@cache
def tolerant(divergences: tuple[Divergence, ...] = DIVERGENCES) -> type[CriContainer]:
    """`CriContainer` with some divergences let pass.

    Args:
        divergences: which.
    """
    rules = dict(RULES)
    for one in divergences:
        for case, answers in one.answers.items():
            known = rules[case]
            rules[case] = replace(known, answers=tuple(dict.fromkeys((*known.answers, *answers))))
    names = "_".join(one.name for one in divergences)
    doc = (
        f"A container and its sandbox in any runtime that keeps the CRI's text but for {names or 'nothing'}."
    )
    return variant(f"CriContainer_{names}" if names else "CriContainer_strict", MappingProxyType(rules), doc)
