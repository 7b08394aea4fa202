"""Bits put side by side: by the machine's own instruction, and without it, the same numbers."""

from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

pytest.importorskip("numba")

import numpy as np
from numba import njit

from fsm.native.extraction import moved, picked

WORDS = st.integers(0, (1 << 64) - 1)


@njit
def pick(word: int, mask: int) -> int:
    return picked(word, mask)


def signed(word: int) -> np.int64:
    return np.uint64(word).astype(np.int64)


def expected(word: int, mask: int) -> int:
    """One bit after the other."""
    bits = [word >> at & 1 for at in range(64) if mask >> at & 1]
    return sum(bit << at for at, bit in enumerate(bits))


@given(WORDS, WORDS)
@example((1 << 64) - 1, 0)
@example((1 << 64) - 1, (1 << 64) - 1)
@example((1 << 63) | 5, 1 << 63)
@example(0x0123456789ABCDEF, 0xF0F0F0F0F0F0F0F0)
@pytest.mark.parametrize("how", [pick, njit(moved)])
def test_the_bits_that_a_mask_picks_lie_side_by_side(how: Any, word: int, mask: int) -> None:
    assert int(how(signed(word), signed(mask))) & (1 << 64) - 1 == expected(word, mask)


def test_a_machine_without_the_instruction_moves_the_bits(monkeypatch: pytest.MonkeyPatch) -> None:
    """As on ARM: the features of the target decide, when something is compiled."""
    from numba.core.codegen import JITCPUCodegen

    real = JITCPUCodegen.magic_tuple

    def without(self: JITCPUCodegen) -> tuple[str, str, str]:
        triple, name, features = real(self)
        return triple, name, features.replace("+bmi2", "-bmi2")

    monkeypatch.setattr(JITCPUCodegen, "magic_tuple", without)

    @njit
    def pick_again(word: int, mask: int) -> int:
        return picked(word, mask)

    assert int(pick_again(signed(0x0123456789ABCDEF), signed(0xF0F0F0F0))) == 0x8ACE
    assert not any("pext" in code for code in pick_again.inspect_asm().values())
