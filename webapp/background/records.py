"""Small things that are written every few seconds: counts, numbers of the process, access."""

import contextlib
import threading

from ledger.errors import LedgerError, StoreUnavailable
from webapp.background.loops import RecurringWork, Steps
from webapp.bootstrap import Application
from webapp.metrics.own_numbers import end_numbers, keep_numbers

_COUNTS_SECONDS = 5.0


@RecurringWork
def keep_callback_problems(app: Application, _stop: threading.Event) -> Steps:
    """Write the counts of refused and repeated requests, for the last time when it ends."""
    try:
        while True:
            yield _COUNTS_SECONDS
            _write_counts(app)
    finally:
        _write_counts(app)


@RecurringWork
def keep_process_numbers(app: Application, _stop: threading.Event) -> Steps:
    """Write the numbers of this process for the others, and remove them when it ends."""
    try:
        while True:
            keep_numbers(app)
            yield _COUNTS_SECONDS
    finally:
        end_numbers(app)


def _write_counts(app: Application) -> None:
    with contextlib.suppress(StoreUnavailable):
        app.callback_problems.flush()
        app.repeated_callbacks.flush()


@RecurringWork
def keep_access_record(app: Application, _stop: threading.Event) -> Steps:
    """Record failed sign-ins once their minute is over; complete changes of accounts; sweep them.

    Where the ledger takes no events, their counts are kept for later.
    """
    while True:
        yield _COUNTS_SECONDS
        with contextlib.suppress(LedgerError):
            app.access_recorder.record_failed_sign_ins(app.accounts.failed_sign_ins)
        with contextlib.suppress(StoreUnavailable):
            app.people.complete()
            app.accounts.sweep()
