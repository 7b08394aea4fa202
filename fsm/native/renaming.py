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
        self._shifts = np.ascontiguousarray(self._blocks[:, 1])
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
        if rows.ndim == 1 and not len(self._pointers):
            sort_blocks(rows, start, end, goes, self._shifts, self._mask)
            return
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


@compiled
def sort_blocks(out: Any, start: int, end: int, goes: Any, shifts: Any, mask: int) -> None:
    """As `rename`, for states of one word that nothing but blocks tells the members of apart.

    Most are in order already, which is seen without a jump for each block. In the others each block goes to
    the place that it has by how many are greater.

    Args:
        out, start, end, goes, mask: see `rename`.
        shifts: for each member the shift of its block.
    """
    members = np.uint64(len(shifts))
    rest = np.int64(-1)
    for shift in shifts:
        rest &= ~(mask << shift)
    for row in range(start, end):
        state = out[row]
        before, ordered = state >> shifts[0] & mask, True
        for member in range(np.uint64(1), members):
            block = state >> shifts[member] & mask
            ordered &= before >= block
            before = block
        if ordered:
            continue
        after = state & rest
        for member in range(members):
            block, place = state >> shifts[member] & mask, np.int64(0)
            for other in range(member):
                place += (state >> shifts[other] & mask) >= block
            for other in range(member + np.uint64(1), members):
                place += (state >> shifts[other] & mask) > block
            after |= block << shifts[np.uint64(place)]
        out[row] = after
        goes[row] = 0
