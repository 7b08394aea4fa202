"""Compiled once and kept: what the disk has to do with the kernel, and how little harm it can do.

Theory. numba keeps compiled code beside the source, or in the user's cache directory, or in NUMBA_CACHE_DIR,
one index and some data files for each function. It trusts them; here nothing is trusted. What is kept is
sealed with a hash of the code and of the sources that it was made from, and whatever is not what it should be
(cut short, overwritten, left over from another source, written by two processes at once) is thrown away and
compiled anew. Where nothing can be kept the code is compiled in memory, and `remarks` says what to do.

A seal covers every module of this package with something compiled in it, since these may call each other.
Of the rest of `fsm` nothing is used by what is compiled, constants included.
"""

from __future__ import annotations

import pickle
import re
from collections.abc import Callable
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any, TypeVar, cast

import numba
from numba import njit
from numba.core.caching import CompileResultCacheImpl, FunctionCache, NullCache
from numba.core.runtime.nrt import rtsys
from numba.core.serialize import dumps

import fsm.native as native

Function = TypeVar("Function", bound=Callable[..., Any])

SECONDS = 6  #: that it takes to compile what most specs need, more or less
#: numba's versions that were seen to run kept code without being ready to compile; others are made ready
KNOWN = tuple(f"0.{minor}." for minor in range(61, 69))
COMPILED = re.compile(r"^@(compiled|njit|intrinsic)\b", re.MULTILINE)

_told = False  #: whether anybody was told that this process compiles
_homeless = ""  #: why something that was compiled is not kept; empty if all of it is


class _Running:
    """A target as one takes it who only runs code: to make it ready to compile takes a tenth of a second.

    numba would bring in the libraries of all functions that may be called, and code that was kept has what it
    calls. It does so when something has to be compiled.

    Args:
        target: numba's.
    """

    def __init__(self, target: Any) -> None:
        self.target = target

    def refresh(self) -> None:
        """Make ready what code needs to run, which is the memory it asks for."""
        rtsys.initialize(self.target)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.target, name)


class _Sealed(CompileResultCacheImpl):
    """Compiled code as it is kept: with a seal."""

    def reduce(self, result: Any) -> tuple[bytes, bytes]:
        code: bytes = dumps(CompileResultCacheImpl.reduce(self, result))
        return _seal(code), code

    def rebuild(self, context: Any, kept: tuple[bytes, bytes]) -> Any:
        seal, code = kept
        if seal != _seal(code):
            raise ValueError("this is not what was kept")
        target = context.target if isinstance(context, _Running) else context
        return CompileResultCacheImpl.rebuild(self, target, pickle.loads(code))


class _Files(FunctionCache):
    """The files of one function."""

    _impl_class = _Sealed


class _Keeper:
    """Where numba looks for the code of a function before it compiles, and leaves it afterwards.

    Args:
        function: what is compiled.
    """

    def __init__(self, function: Callable[..., Any]) -> None:
        self._files: Any = NullCache()
        self._hindrance = ""
        try:
            self._files = cast(Any, _Files)(function)
        except (RuntimeError, OSError):  # no directory that can be written
            self._hindrance = "there is no place to keep it"

    def load_overload(self, signature: Any, context: Any) -> Any:
        """The code for some types of arguments, or `None`."""
        try:
            target = _Running(context) if numba.__version__.startswith(KNOWN) else context
            found = self._files.load_overload(signature, target)
            if found is not None and tuple(found.signature.args) != tuple(signature):
                raise ValueError("this is the code for other types")
        except Exception:  # whatever damaged files lead to
            found = None
            self._throw_away()
        if found is None:
            _tell("" if self._hindrance else ", once")
        return found

    def save_overload(self, signature: Any, result: Any) -> None:
        """Keep the code for some types of arguments."""
        global _homeless
        try:
            self._files.save_overload(signature, result)
        except Exception as error:  # a full disk, or something in the way that cannot be removed
            self._hindrance = f"it cannot be kept ({error})"
        _homeless = _homeless or self._hindrance

    def _throw_away(self) -> None:
        try:
            self._files.flush()
        except OSError as error:
            self._hindrance = f"what was kept is damaged and cannot be removed ({error})"

    def __getattr__(self, name: str) -> Any:
        return getattr(self._files, name)


def compiled(function: Function) -> Function:
    """Have a function compiled when it is called first; it then does not hold the interpreter lock."""
    dispatcher: Any = njit(nogil=True)(function)
    dispatcher._cache = _Keeper(function)
    return cast(Function, dispatcher)


def remarks() -> list[str]:
    """What a reader should know who waits for the compiler in every process; nothing if nobody does."""
    if not _homeless:
        return []
    told = f"the native engine was compiled for this process alone, since {_homeless}; "
    return [told + "set NUMBA_CACHE_DIR to a directory that can be written, and it is compiled once"]


def _seal(code: bytes) -> bytes:
    return sha256(_sources() + code).digest()


@cache
def _sources() -> bytes:
    """All that code is made from."""
    texts = [file.read_text("utf-8") for file in sorted(Path(__file__).parent.glob("*.py"))]
    found = [text for text in texts if COMPILED.search(text)]
    return sha256("".join([numba.__version__, *found]).encode()).digest()


def _tell(often: str) -> None:
    """Say that it takes a while now; once in a process."""
    global _told
    if not _told and native.on_compile is not None:
        native.on_compile(f"compiling the native engine{often} (about {SECONDS} s)")
    _told = True
