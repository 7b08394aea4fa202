"""Bits of a word put side by side: what a node of the forest sees of a state.

x86 does it in one instruction (`pext`, BMI2; Intel 64 and IA-32 Architectures Software Developer's Manual,
volume 2B). Elsewhere runs of bits are moved one after the other, which is the same number.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic


def moved(word: Any, mask: Any) -> Any:
    """The bits of a word that a mask picks, run by run."""
    number, filled, left = np.int64(0), np.int64(0), np.uint64(mask)
    while left:
        shift = np.int64(0)
        while not left >> np.uint64(shift) & np.uint64(1):
            shift += 1
        width = np.int64(0)
        while shift + width < 64 and left >> np.uint64(shift + width) & np.uint64(1):
            width += 1
        run = np.uint64(word) >> np.uint64(shift)
        if shift + width == 64:
            left = np.uint64(0)
        else:
            left = left >> np.uint64(shift + width) << np.uint64(shift + width)
            run = run & ((np.uint64(1) << np.uint64(width)) - np.uint64(1))
        number |= np.int64(run << np.uint64(filled))
        filled += width
    return number


@intrinsic
def picked(typingctx: Any, word: Any, mask: Any) -> Any:  # noqa: ARG001 - numba's signature
    """The bits of a word that a mask picks, side by side, the lowest one first."""

    def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        features = context.codegen().magic_tuple()[2]
        if "+bmi2" not in features.split(","):
            return context.compile_internal(builder, moved, signature, args)
        bits = ir.IntType(64)
        function = cgutils.get_or_insert_function(
            builder.module, ir.FunctionType(bits, [bits, bits]), "llvm.x86.bmi.pext.64"
        )
        return builder.call(function, args)

    return types.int64(types.int64, types.int64), codegen
