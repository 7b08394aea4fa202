"""Hashes of states, and a word to the memory beforehand: what the other inner loops share."""

from __future__ import annotations

from typing import Any

import numpy as np
from llvmlite import ir
from numba import njit, types
from numba.core import cgutils
from numba.extending import intrinsic

_HASH = np.int64(-7046029254386353131)  # 2⁶⁴ over the golden ratio
_MIX = np.int64(-4658895280553007687)


@intrinsic
def prefetch(typingctx: Any, array: Any, index: Any) -> Any:  # noqa: ARG001 - numba's signature
    """Ask for the cache line of an element of a flat array."""

    def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        made = context.make_array(signature.args[0])(context, builder, args[0])
        pointer = builder.bitcast(builder.gep(made.data, [args[1]]), cgutils.voidptr_t)
        word = ir.IntType(32)
        kind = ir.FunctionType(ir.VoidType(), [cgutils.voidptr_t, word, word, word])
        function = cgutils.get_or_insert_function(builder.module, kind, "llvm.prefetch.p0")
        builder.call(function, [pointer, word(0), word(3), word(1)])
        return context.get_dummy_value()

    return types.void(array, index), codegen


@njit
def mixed(word: Any) -> Any:
    """A number whose bits all depend on all bits of a word."""
    h = word ^ np.int64(np.uint64(word) >> np.uint64(32))
    h = h * _HASH
    h = h ^ np.int64(np.uint64(h) >> np.uint64(29))
    h = h * _MIX
    return h ^ np.int64(np.uint64(h) >> np.uint64(32))


@intrinsic
def ones(typingctx: Any, word: Any) -> Any:  # noqa: ARG001 - numba's signature
    """How many bits of a word are set."""

    def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:  # noqa: ARG001 - as above
        return builder.ctpop(args[0])

    return types.int64(types.int64), codegen
