"""Continuing resends that were approved and then cut off, as when the program was killed."""

import logging
import threading
from collections.abc import Collection
from contextlib import suppress

from ledger.errors import LedgerError, StoreUnavailable
from webapp.background.loops import RecurringWork, Steps
from webapp.bootstrap import Application
from webapp.resend_requests import continue_resend, cut_off

_SECONDS = 60.0

_log = logging.getLogger(__name__)


@RecurringWork
def keep_resends(app: Application, _stop: threading.Event) -> Steps:
    """Continue every approved resend that is not finished; each delivery is resent once.

    Why one cannot be continued is logged once.
    """
    logged: set[str] = set()
    while True:
        yield _SECONDS
        with suppress(StoreUnavailable):
            logged |= _continue_all(app, logged)


def _continue_all(app: Application, logged: Collection[str]) -> set[str]:
    """Continue each resend, also after one that cannot be; return why those cannot be."""
    problems = set()
    for resend_id in cut_off(app):
        try:
            continue_resend(app, resend_id)
        except StoreUnavailable:
            raise
        except LedgerError as error:
            problem = f"{resend_id}: {error}"
            problems.add(problem)
            if problem not in logged:
                _log.error("An approved resend is not finished: %s", problem)
    return problems
