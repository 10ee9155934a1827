"""The memory of a program of several processes, where what they share counts once.

It is Linux's proportional set size (PSS), added up over a process and all that it started, and
looked at four times a second: a shorter peak is missed. The processes that check the ledger beside
the server are counted apart: no client can make them larger.
"""

import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

_PAUSE_SECONDS = 0.25
_CHECKING = {"verify", "rebuild", "make-workbooks"}
"""The commands that a server runs in processes of their own, with low priority."""


@dataclass
class Peaks:
    """The most that each kind of process had together, in megabytes."""

    serving: float = 0.0
    """What faces the network: the process of the port, and that of the pages."""
    checking: float = 0.0


@contextmanager
def peaks_of_tree(pid: int) -> Iterator[Peaks]:
    """Yield the peaks of a process and of all that it starts, up to the end of the block."""
    peaks, is_over = Peaks(), threading.Event()

    def look() -> None:
        while not is_over.wait(_PAUSE_SECONDS):
            sizes = Counter[bool]()
            for each in _tree(pid):
                sizes[_is_checking(each)] += _kilobytes(each)
            peaks.serving = max(peaks.serving, sizes[False] / 1000)
            peaks.checking = max(peaks.checking, sizes[True] / 1000)

    thread = threading.Thread(target=look)
    thread.start()
    try:
        yield peaks
    finally:
        is_over.set()
        thread.join()


def _tree(pid: int) -> Iterator[int]:
    yield pid
    with suppress(OSError):  # it has ended
        for task in Path(f"/proc/{pid}/task").iterdir():
            for child in (task / "children").read_text().split():
                yield from _tree(int(child))


def _is_checking(pid: int) -> bool:
    with suppress(OSError):
        return not _CHECKING.isdisjoint(Path(f"/proc/{pid}/cmdline").read_text().split("\0"))
    return False


def _kilobytes(pid: int) -> int:
    """Return the proportional set size; 0 of a process that has ended."""
    with suppress(OSError):
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1])
    return 0
