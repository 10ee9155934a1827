"""The memory of a program of several processes, where what they share counts once.

It is Linux's proportional set size (PSS), added up over a process and all that it started, and
looked at four times a second: a shorter peak is missed.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

_PAUSE_SECONDS = 0.25


@contextmanager
def peak_of_tree(pid: int) -> Iterator[list[float]]:
    """Yield a list; when the block has ended it has the most that all processes had together.

    In megabytes.
    """
    peak, is_over = [0.0], threading.Event()

    def look() -> None:
        while not is_over.wait(_PAUSE_SECONDS):
            peak[0] = max(peak[0], sum(map(_pss, _tree(pid))))

    thread = threading.Thread(target=look)
    thread.start()
    try:
        yield peak
    finally:
        is_over.set()
        thread.join()


def _tree(pid: int) -> Iterator[int]:
    yield pid
    with suppress(OSError):  # it has ended
        for task in Path(f"/proc/{pid}/task").iterdir():
            for child in (task / "children").read_text().split():
                yield from _tree(int(child))


def _pss(pid: int) -> float:
    """Return the proportional set size; 0 of a process that has ended."""
    with suppress(OSError):
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) / 1000
    return 0.0
