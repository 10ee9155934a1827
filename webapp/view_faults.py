"""Faults that come from rows of the views which somebody changed: what is done about them.

A text where a number belongs, or a rank that no fact has, makes a page fail. All rows are compared
with the events then, replaced where they differ, and what failed is tried once more.
"""

import logging
import threading
import time
from collections.abc import Callable, Collection, Mapping
from contextlib import suppress
from dataclasses import dataclass
from enum import Enum, auto
from typing import TypeVar

from ledger.errors import StoreUnavailable
from projections.engine.compare import Difference
from projections.engine.row_errors import is_about_rows
from webapp.bootstrap import Application
from webapp.explain.numbers import counted, plural

T = TypeVar("T")

_AT_LEAST_SECONDS = 60.0
_RESTS = 20
"""A comparison without result rests for twenty times the time that it took."""

_log = logging.getLogger(__name__)


class Remedy(Enum):
    """What was done after a fault, so that what failed may work now."""

    REBUILT = auto()
    """Rows were not what the events say, so all views were rebuilt."""
    TOLERATED = auto()
    """From now on this process reads texts that are not UTF-8 with replacement characters."""
    COMPARED = auto()
    """All rows are what the events say; another process may have rebuilt them meanwhile."""


@dataclass(frozen=True)
class _Comparison:
    """A comparison that a fault brought about; moments are of `time.monotonic`, in seconds."""

    began: float
    ended: float
    differing: Mapping[str, int]

    def answers(self, began: float) -> bool:
        """Whether it tells about a fault in what began then."""
        return self.began >= began or (bool(self.differing) and self.ended >= began)

    def is_resting(self, now: float) -> bool:
        """Whether it found nothing, and only a while ago."""
        rest = max(_AT_LEAST_SECONDS, _RESTS * (self.ended - self.began))
        return not self.differing and now - self.ended < rest


class ViewFaults:
    """Repairs the views of one ledger after faults. Threads that wait share one comparison."""

    def __init__(self, application: Application) -> None:
        self._application = application
        self._lock = threading.Lock()
        self._last: _Comparison | None = None

    def remedy(self, error: Exception, began: float) -> Remedy | None:
        """Return what was done about an error in what began at this moment of `time.monotonic`.

        None where it is a fault of this program, or its last comparison found nothing a while ago.
        Raises `StoreUnavailable` where another process compares or rebuilds the views for long.
        """
        if not is_about_rows(error):
            return None
        is_tolerated = self._application.views.tolerate(error)
        comparison = self._compared_for(began)
        if comparison and comparison.differing:
            return Remedy.REBUILT
        if is_tolerated:
            return Remedy.TOLERATED
        return Remedy.COMPARED if comparison else None

    def retried(self, read: Callable[[], T]) -> T:
        """Return what `read` returns, at the second try where rows made the first fail.

        Raises what `remedy` raises, and what `read` does.
        """
        began = time.monotonic()
        try:
            return read()
        except Exception as error:
            if self.remedy(error, began) is None:
                raise
            return read()

    def _compared_for(self, began: float) -> _Comparison | None:
        with self._lock:
            last = self._last
            if last and last.answers(began):
                return last
            if last and last.is_resting(time.monotonic()):
                return None
            began_comparing = time.monotonic()
            differing = self._differing()
            self._last = _Comparison(began_comparing, time.monotonic(), differing)
            return self._last

    def _differing(self) -> Mapping[str, int]:
        try:
            differing = compared(self._application)
        except StoreUnavailable as error:
            raise StoreUnavailable(
                "A row of the views is not what the events say. The views cannot be compared and "
                "made again now: another process does it, or their database is locked, full or "
                "gone. Try again in a moment."
            ) from error
        if differing:
            _log.error("%s", repair_words(differing))
        return differing


def compared(
    application: Application, progress: Callable[[int, int], None] | None = None
) -> Mapping[str, int]:
    """Compare the views with a rebuild, replace them where a row differs, and keep the result.

    Returns table → how many of its rows differed. Raises `StoreUnavailable`.
    """
    began_at, began = application.clock.now(), time.monotonic()
    application.views.catch_up()
    differing = application.views.repair(progress)
    with suppress(StoreUnavailable):
        application.view_repairs.keep(began_at, time.monotonic() - began, differing)
    return differing


def repair_words(differing: Mapping[str, int]) -> str:
    """Say that rows differed: "2 rows of the views (standings) were not what the events say.…"."""
    count = sum(differing.values())
    tables = ", ".join(sorted(differing))
    return (
        f"{counted(count, 'row')} of the views ({tables}) {plural(count, 'was', 'were')} not what "
        "the events say. All views were rebuilt."
    )


def difference_words(differences: Collection[Difference]) -> str:
    """Say what a comparison found: "2 rows differ from a fresh rebuild."."""
    unreadable = {each.table for each in differences if each.is_unreadable}
    count = len(differences) - len(unreadable)
    found = []
    if count:
        found.append(
            f"{counted(count, 'row')} {plural(count, 'differs', 'differ')} from a fresh rebuild."
        )
    if unreadable:
        found.append(f"What the views have of {', '.join(sorted(unreadable))} cannot be read.")
    return " ".join(found)
