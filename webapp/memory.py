"""Keeps the memory of a long-running process small: malloc's, and that of Python's garbage."""

import ctypes
import gc
import os
import threading
import urllib.parse
from collections.abc import Callable
from pathlib import Path
from typing import Any

_M_ARENA_MAX = -8
"""The number of this option in glibc's malloc.h."""
_ARENAS = 2

_GARBAGE_THRESHOLDS = (5000, 10, 10)
"""New objects before a collection, and collections of a generation before one of the next."""

_TRIM_SECONDS = 0.5
_TRIM_BYTES = 4 * 1024 * 1024
"""Growth of the process after which freed memory is returned."""


def limit_memory_of_threads() -> None:
    """Let the threads of this process share two arenas of memory, instead of 8 for each core.

    What a thread has freed is then used by the others. Only glibc has such arenas.
    """
    mallopt = _of_libc("mallopt")
    if mallopt is not None:
        mallopt(_M_ARENA_MAX, _ARENAS)


def limit_garbage_collection() -> None:
    """Keep the garbage collector away from the objects of the program itself, over 100,000.

    Otherwise it takes a tenth of the time of a receiver or a rebuild, and delays some callbacks by
    50 ms. The last collection lets it forget them: the oldest garbage is collected once there is a
    quarter more.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(*_GARBAGE_THRESHOLDS)
    gc.collect()


def return_freed_memory(stop: threading.Event) -> None:
    """Return to the system what was freed and malloc keeps, until `stop` is set.

    It keeps the pages between those that are in use, which many requests at once leave behind. A
    look takes some microseconds, and returning them about a millisecond. Only glibc can do it. The
    standard library keeps the last 128 addresses that it parsed, and they may be long.
    """
    trim = _of_libc("malloc_trim")
    if trim is None:
        return
    kept = _resident_bytes()
    while not stop.wait(_TRIM_SECONDS):
        kept = min(kept, _resident_bytes())
        if _resident_bytes() > kept + _TRIM_BYTES:
            urllib.parse.clear_cache()  # type: ignore[attr-defined] # missing in typeshed
            trim(0)
            kept = _resident_bytes()


def _of_libc(name: str) -> Callable[..., Any] | None:
    return getattr(ctypes.CDLL(None), name, None)


def _resident_bytes() -> int:
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGESIZE")
