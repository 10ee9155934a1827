"""Continuing resends that were approved and then cut off, as when the program was killed."""

import logging
import threading

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
    logged = ""
    while True:
        yield _SECONDS
        try:
            for resend_id in cut_off(app):
                continue_resend(app, resend_id)
        except StoreUnavailable:
            continue
        except LedgerError as error:
            if str(error) != logged:
                _log.error("An approved resend is not finished: %s", error)
            logged = str(error)
