"""Faults that come from rows of the views which somebody changed: what is done about them.

A text where a number belongs, or a rank that no fact has, makes a page fail. All rows are compared
with the events then, replaced where they differ, and what failed is tried once more.
"""

import logging
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import TypeVar

from ledger.errors import StoreUnavailable
from projections.engine.row_errors import is_about_rows
from webapp.bootstrap import Application
from webapp.explain.numbers import counted, plural

T = TypeVar("T")

_log = logging.getLogger(__name__)


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


def is_cured(application: Application, error: Exception) -> bool:
    """Return whether what raised the error may work now.

    Rows of the views differed from the events and were replaced, or a row or an event has a broken
    text, which is tolerated from now on. Any other error is a fault of this program.
    """
    if not is_about_rows(error):
        return False
    is_tolerated = application.views.tolerate(error)
    return _is_replaced(application) or is_tolerated


def _is_replaced(application: Application) -> bool:
    """Whether rows differed; nothing is compared soon after a comparison without result."""
    try:
        last = application.view_repairs.last()
        if last and not last.is_due_after_fault(application.clock.now()):
            return False
        differing = compared(application)
    except StoreUnavailable:
        return False
    if differing:
        _log.error("%s", repair_words(differing))
    return bool(differing)


def retried(application: Application, read: Callable[[], T]) -> T:
    """Return what `read` returns, at the second try where rows of the views made the first fail."""
    try:
        return read()
    except Exception as error:
        if not is_cured(application, error):
            raise
        return read()
