"""What other processes do with low priority: verification, comparison of the views, workbooks."""

import contextlib
import logging
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from functools import partial

from ledger.errors import LedgerError, StoreUnavailable
from webapp.background.loops import RecurringWork, Steps
from webapp.bootstrap import Application
from webapp.processes import errors_of_command

_VERIFICATION_SECONDS = 5.0
_AFTER_VERIFICATION_SECONDS = 30.0
_WORKBOOK_SECONDS = 1.0
_AFTER_ERROR_SECONDS = 30.0

_PAUSES = 4.0
"""Where there are many ledgers: the pause after a verification, as a multiple of its time."""
_TURN_CHECK_SECONDS = 2.0

_server_locks: defaultdict[str, threading.Lock] = defaultdict(threading.Lock)
"""Database server → the lock of its ledgers: one is verified at a time, with a pause after it."""

RunCommand = Callable[[Application, Sequence[str], threading.Event], str]

_log = logging.getLogger(__name__)


def _errors_of(app: Application, command: Sequence[str], stop: threading.Event) -> str:
    """Run a command on the ledger of this server; return what it wrote to standard error."""
    return errors_of_command([*app.settings.ledger_options, *command], stop)


def lock_of_server(app: Application) -> threading.Lock:
    """Return the lock that the ledgers of a database server, or of this machine, share."""
    databases = app.settings.databases
    return _server_locks["this machine" if databases.is_one_machine else databases.server]


def _errors_in_turn(app: Application, command: Sequence[str], stop: threading.Event) -> str:
    """Do as `_errors_of`, for one ledger of a database server at a time, with a pause after each.

    Without the pauses, the verification of fifty ledgers would keep two cores busy.
    """
    lock = lock_of_server(app)
    while not lock.acquire(timeout=_TURN_CHECK_SECONDS):
        if stop.is_set():
            return ""
    try:
        began = time.monotonic()
        errors = _errors_of(app, command, stop)
        stop.wait(_PAUSES * (time.monotonic() - began))
        return errors
    finally:
        lock.release()


def _verify(app: Application, stop: threading.Event, run: RunCommand | None = None) -> Steps:
    """Verify the ledger every few minutes, and compare the views with it every ten.

    Other processes do it with low priority. They store the results for the pages of all servers.
    What they write to standard error is logged once.
    """
    logged, pause = "", _VERIFICATION_SECONDS
    while True:
        yield pause
        pause = _VERIFICATION_SECONDS
        with contextlib.suppress(StoreUnavailable):
            command = _verification_due(app)
            if command:
                errors, pause = (run or _errors_of)(app, command, stop), _AFTER_VERIFICATION_SECONDS
                if errors and errors != logged:
                    _log.error("%s", errors)
                logged = errors or logged


def _verification_due(app: Application) -> list[str]:
    """The command that is due; empty if none is."""
    now, state = app.clock.now(), app.verifications.state()
    if state.is_due(now):
        return ["verify"]
    is_right = state.last is not None and state.last.fault_count == 0
    return ["rebuild", "--repair"] if is_right and app.view_repairs.is_due(now) else []


keep_verified = RecurringWork(_verify)
verify_in_turn = RecurringWork(partial(_verify, run=_errors_in_turn))


@RecurringWork
def remove_workbooks(app: Application, _stop: threading.Event) -> Steps:
    """Remove workbooks that expired or hold a forgotten name.

    It works while one is made too, and removes what is written for one that nobody wants any
    more; then the process that makes it ends that job. `keep_workbooks` logs what fails.
    """
    while True:
        yield _WORKBOOK_SECONDS
        with contextlib.suppress(LedgerError):
            app.workbooks.tidy()


@RecurringWork
def keep_workbooks(app: Application, stop: threading.Event) -> Steps:
    """Let workbooks be made that pages asked for.

    Another process makes them with low priority, one after the other. One that is being made when
    `stop` is set is interrupted.
    """
    logged, pause = "", _WORKBOOK_SECONDS
    try:
        while True:
            yield pause
            pause = _WORKBOOK_SECONDS
            try:
                is_needed = app.workbooks.tidy()
                errors = _errors_of(app, ["make-workbooks"], stop) if is_needed else ""
            except LedgerError as error:
                errors = str(error)
            if errors:
                pause = _AFTER_ERROR_SECONDS
                if errors != logged:
                    _log.error("%s", errors)
            logged = errors or logged
    finally:
        with contextlib.suppress(LedgerError):
            app.workbooks.tidy()
