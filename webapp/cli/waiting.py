"""Waits at the start of a long-running command until the databases can be used."""

import logging
import math
import time
from collections.abc import Callable
from typing import TypeVar

from ledger.errors import StoreUnavailable
from ledger.store.engine import is_temporary

MOST_SECONDS = 600.0
"""Then the command ends, so that its service manager notices."""
_RETRY_SECONDS = 3.0
_LOG_SECONDS = 60.0

T = TypeVar("T")
_log = logging.getLogger(__name__)


def when_available(open_databases: Callable[[], T]) -> T:
    """Return what the function returns, once it can use the databases.

    It is called again and again meanwhile, and a line of the log says why once a minute. Raises
    what it raises where that does not pass by itself, such as `BadSetting` and `WrongKey`, and
    `StoreUnavailable` after `MOST_SECONDS`.
    """
    began_at, logged_at = time.monotonic(), -math.inf
    while True:
        try:
            return open_databases()
        except StoreUnavailable as error:
            now = time.monotonic()
            if not is_temporary(error) or now - began_at >= MOST_SECONDS:
                raise
            if now - logged_at >= _LOG_SECONDS:
                _log.warning("The start waits for the database, ten minutes at most. %s", error)
                logged_at = now
        time.sleep(_RETRY_SECONDS)
