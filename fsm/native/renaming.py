"""Symmetry for the kernel: successors are brought into their canonical form where they lie."""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

from fsm.native.compiling import compiled
from fsm.packing import WORD
from fsm.symmetry import Symmetry


class Renamer:
    """Brings rows into canonical form; see `fsm.symmetry`.

    Args:
        symmetry: which members are interchangeable.
    """

    def __init__(self, symmetry: Symmetry) -> None:
        self._blocks = np.array([divmod(shift, WORD) for shift in symmetry.shifts], np.int64)
        self._mask = int(np.uint64(symmetry.block).astype(np.int64))
        pointers, names = [], list[int]()
        for one in symmetry.pointers:
            pointers.append((*divmod(one.shift, WORD), one.mask, len(names)))
            names += one.numbers
        self._pointers = np.array(pointers, np.int64).reshape(-1, 4)
        self._names = np.array(names, np.int64)
        self._members = symmetry.size
        self.least = symmetry.least  #: see `Symmetry`

    def rename(self, rows: Any, start: int, end: int, goes: Any) -> None:
        """Bring some rows into their canonical form; of those that change the mark becomes `UNKNOWN`."""
        room = np.empty(self._members, np.int64), np.empty(self._members, np.int64)
        rename(rows, start, end, goes, self._blocks, self._mask, self._pointers, self._names, *room)


@compiled
def rename(
    out: Any,
    start: int,
    end: int,
    goes: Any,
    blocks: Any,
    mask: int,
    pointers: Any,
    names: Any,
    signatures: Any,
    order: Any,
) -> None:
    """Bring successors into their canonical form; see `fsm.symmetry`.

    Args:
        out, start, end: the successors.
        goes: the marks of the steps that lead there; 0, which is `diamonds.UNKNOWN`, where one changes.
        blocks: for each member the word and the shift of its block.
        mask: of a block.
        pointers: rows of: word, shift, mask, the place in `names` where its numbers begin.
        names: for each pointer the number that means each member.
        signatures, order: room, a place for each member.
    """
    members = blocks.shape[0]
    for row in range(start, end):
        if (
            out.ndim == 1
            and pointers.shape[0] == 0
            and _sorted_by_two_passes(out, row, goes, blocks, mask, signatures)
        ):
            continue
        for member in range(members):
            if out.ndim == 1:
                signature = out[row] >> blocks[member, 1] & mask
            else:
                signature = out[row, blocks[member, 0]] >> blocks[member, 1] & mask
            for pointer in range(pointers.shape[0]):
                if out.ndim == 1:
                    value = out[row] >> pointers[pointer, 1] & pointers[pointer, 2]
                else:
                    value = out[row, pointers[pointer, 0]] >> pointers[pointer, 1] & pointers[pointer, 2]
                name = names[pointers[pointer, 3] + member]
                signature = signature << 1 | np.int64(value == name)
            at = member
            while at > 0 and np.uint64(signatures[at - 1]) < np.uint64(signature):
                signatures[at] = signatures[at - 1]
                order[at] = order[at - 1]
                at -= 1
            signatures[at] = signature
            order[at] = member
        goes[row] *= not _permute(out, row, blocks, mask, pointers, names, signatures, order)


@njit
def _permute(
    out: Any, row: int, blocks: Any, mask: int, pointers: Any, names: Any, signatures: Any, order: Any
) -> bool:
    """Put the members of a state into an order: `order[n]` comes to place n; whether that is another one."""
    members, count = blocks.shape[0], pointers.shape[0]
    sorted_already = True
    for member in range(members):
        sorted_already &= order[member] == member
    if sorted_already:
        return False
    for member in range(members):
        block = (signatures[member] >> count) & mask
        if out.ndim == 1:
            out[row] = out[row] & ~(mask << blocks[member, 1]) | block << blocks[member, 1]
        else:
            word = blocks[member, 0]
            out[row, word] = out[row, word] & ~(mask << blocks[member, 1]) | block << blocks[member, 1]
    for pointer in range(count):
        shift, begin = pointers[pointer, 1], pointers[pointer, 3]
        word = 0 if out.ndim == 1 else pointers[pointer, 0]
        old = out[row] if out.ndim == 1 else out[row, word]
        value = new = old >> shift & pointers[pointer, 2]
        for member in range(members):
            if value == names[begin + order[member]]:
                new = names[begin + member]
        old = old & ~(pointers[pointer, 2] << shift) | new << shift
        if out.ndim == 1:
            out[row] = old
        else:
            out[row, word] = old
    return True


@njit
def _sorted_by_two_passes(out: Any, row: int, goes: Any, blocks: Any, mask: int, room: Any) -> bool:
    """Sort the blocks of a state of one word of which at most one is out of order, without a jump.

    One pass takes a block that is too small to its place, one back a block that is too large: where a step
    of one member led away from a canonical state, that is all there is to do.
    """
    members, state = blocks.shape[0], out[row]
    carried = state >> blocks[0, 1] & mask
    for member in range(1, members):
        other = state >> blocks[member, 1] & mask
        room[member - 1] = max(carried, other)
        carried = min(carried, other)
    ordered = True
    for member in range(members - 2, -1, -1):
        other = room[member]
        room[member + 1] = min(carried, other)
        carried = max(carried, other)
    room[0] = carried
    rest = state
    after = np.int64(0)
    for member in range(members):
        rest &= ~(mask << blocks[member, 1])
        after |= room[member] << blocks[member, 1]
        ordered &= member == 0 or room[member - 1] >= room[member]
    if ordered:
        after |= rest
        goes[row] *= after == state
        out[row] = after
    return ordered
