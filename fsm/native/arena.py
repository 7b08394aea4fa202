"""Arrays that grow where they lie.

Theory. Address space costs nothing, memory only where it is touched. An arena reserves addresses for all
that could ever come and lets the system put memory behind them page by page; so nothing is ever copied to
grow, and at no time are an old and a new array there at once.
"""

from __future__ import annotations

import mmap
import sys
from typing import Any

import numpy as np

HUGE = 1 << 21  #: bytes of a large page
_NO_RESERVE = 0x4000 if sys.platform == "linux" else 0


class Arena:
    """Zeroes of one type, as many as asked for, without memory until they are touched.

    Args:
        shape: the rows, and the numbers in each if they are several.
        dtype: of numpy.

    Raises:
        MemoryError: if there are not so many addresses.
    """

    def __init__(self, shape: tuple[int, ...], dtype: Any) -> None:
        size = int(np.prod(shape)) * np.dtype(dtype).itemsize
        flags = mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS | _NO_RESERVE
        try:
            self._map = mmap.mmap(-1, size + HUGE, flags=flags)
        except (OSError, ValueError, OverflowError) as error:
            raise MemoryError(f"{size:,} bytes of address space are not to be had") from error
        address = np.frombuffer(self._map, np.uint8).ctypes.data
        self._first = -address % HUGE  #: so that large pages and our own counting begin at the same byte
        rows = np.frombuffer(self._map, dtype, int(np.prod(shape)), self._first)
        self.rows: Any = rows.reshape(shape)

    def advise(self, begin: int, end: int) -> None:
        """Ask for large pages from one byte to another: from the page of the first one on, in whole pages."""
        begin, end = begin // HUGE * HUGE, end // HUGE * HUGE
        advice = getattr(mmap, "MADV_HUGEPAGE", None)
        if advice is not None and end > begin:
            try:
                self._map.madvise(advice, self._first + begin, end - begin)
            except OSError:  # a system without them
                return

    def forget(self, begin: int, end: int) -> None:
        """Let the memory of all pages between two bytes go: what lies on them is zeroes again.

        Args:
            begin: where a page begins.
            end: on the last page.
        """
        end = -(-end // mmap.PAGESIZE) * mmap.PAGESIZE
        advice = getattr(mmap, "MADV_DONTNEED", None)
        if advice is not None and end > begin and sys.platform == "linux":
            self._map.madvise(advice, self._first + begin, end - begin)
