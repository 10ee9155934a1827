"""What a server does in background threads: views, counts, checkpoints, verification, workbooks."""

import contextlib
import logging
import threading
from collections.abc import Sequence

from ledger.errors import LedgerError, StoreUnavailable
from ledger.store.engine import store_errors
from ledger.store.store import ChangeListener
from webapp.bootstrap import Application
from webapp.explain.commands import naming_ledger
from webapp.metrics.own_numbers import end_numbers, keep_numbers
from webapp.processes import errors_of_command

_STOP_CHECK_SECONDS = 0.2
"""How often a waiting thread checks whether the program ends."""
_PAUSE_SECONDS = 1.0
"""The wait before an unavailable store is used again."""
_CHECKPOINT_SECONDS = 5.0
_REFUSED_SECONDS = 60.0
_COUNTS_SECONDS = 5.0
_VERIFICATION_SECONDS = 5.0
_AFTER_VERIFICATION_SECONDS = 30.0
_WORKBOOK_SECONDS = 1.0
_AFTER_ERROR_SECONDS = 30.0

_log = logging.getLogger(__name__)


def keep_views(app: Application, stop: threading.Event) -> None:
    """Read the views on after every append, and scrub the logs, until `stop` is set."""
    with contextlib.closing(app.ledger.reader.change_listener()) as change_listener:
        while not stop.is_set():
            try:
                _wait(change_listener)
                app.views.catch_up(budget_seconds=1.0)
                app.scrubber.scrub()
            except StoreUnavailable:
                stop.wait(_PAUSE_SECONDS)


def _wait(change_listener: ChangeListener) -> None:
    with store_errors():
        change_listener.wait(_STOP_CHECK_SECONDS)


def keep_callback_problems(app: Application, stop: threading.Event) -> None:
    """Write this process's numbers, and the counts of refused and repeated requests.

    It does so at intervals, until `stop` is set.
    """
    is_over = False
    while not is_over:
        keep_numbers(app)
        is_over = stop.wait(_COUNTS_SECONDS)
        with contextlib.suppress(StoreUnavailable):
            app.callback_problems.flush()
            app.repeated_callbacks.flush()
    end_numbers(app)


def keep_sender_numbers(app: Application, stop: threading.Event) -> None:
    """Write the numbers of a process that only sends at intervals, until `stop` is set."""
    keep_numbers(app)
    while not stop.wait(_COUNTS_SECONDS):
        keep_numbers(app)
    end_numbers(app)


def keep_access_record(app: Application, stop: threading.Event) -> None:
    """Record failed sign-ins once their minute is over; complete changes of accounts; sweep them.

    It ends when `stop` is set.
    Where the ledger takes no events, their counts are kept for later.
    """
    while not stop.wait(_COUNTS_SECONDS):
        with contextlib.suppress(LedgerError):
            app.access_recorder.record_failed_sign_ins(app.accounts.failed_sign_ins)
        with contextlib.suppress(StoreUnavailable):
            app.people.complete()
            app.accounts.sweep()


def keep_checkpoints(app: Application, stop: threading.Event) -> None:
    """Make a checkpoint whenever one is due, until `stop` is set.

    Why no checkpoint is made, or a witness does not cosign it, is logged once. It is tried again
    every minute, as the cure may be a file that is put back.
    """
    if app.settings.signing_key is None:
        _log.warning("LEDGER_SIGNING_KEY is not set: no checkpoint is made.")
        return
    logged, pause, name = "", _CHECKPOINT_SECONDS, app.settings.ledger_name
    while not stop.wait(pause):
        try:
            app.checkpoints.make_if_due()
            problems = "; ".join(app.checkpoints.witness_problems)
            if problems and problems != logged:
                _log.warning("Not cosigned: %s", naming_ledger(problems, name))
            logged, pause = problems, _CHECKPOINT_SECONDS
        except StoreUnavailable:
            pause = _CHECKPOINT_SECONDS
        except LedgerError as error:
            if str(error) != logged:
                _log.error("No checkpoint is made: %s", naming_ledger(str(error), name))
            logged, pause = str(error), _REFUSED_SECONDS


def keep_verified(app: Application, stop: threading.Event) -> None:
    """Verify the ledger every few minutes, and compare the views with it every ten.

    Other processes do it with low priority, until `stop` is set. They keep what they found for the
    pages of all servers; what they complain of is logged once.
    """
    logged, pause = "", _VERIFICATION_SECONDS
    while not stop.wait(pause):
        pause = _VERIFICATION_SECONDS
        with contextlib.suppress(StoreUnavailable):
            command = _verification_due(app)
            if command:
                errors, pause = _errors_of(app, command, stop), _AFTER_VERIFICATION_SECONDS
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


def remove_workbooks(app: Application, stop: threading.Event) -> None:
    """Remove workbooks that expired or hold a forgotten name, until `stop` is set.

    It works while one is made too, and removes what is written for one that is not wanted any
    more; then the process that makes it ends that job. `keep_workbooks` logs what fails.
    """
    while not stop.wait(_WORKBOOK_SECONDS):
        with contextlib.suppress(LedgerError):
            app.workbooks.tidy()


def keep_workbooks(app: Application, stop: threading.Event) -> None:
    """Let workbooks be made that pages asked for, until `stop` is set.

    Another process makes them with low priority, one after the other. One that is being made when
    `stop` is set is interrupted.
    """
    logged, pause = "", _WORKBOOK_SECONDS
    while not stop.wait(pause):
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
    with contextlib.suppress(LedgerError):
        app.workbooks.tidy()


def _errors_of(app: Application, command: Sequence[str], stop: threading.Event) -> str:
    """Run a command on the ledger of this server; return what it wrote to standard error."""
    return errors_of_command([*app.settings.ledger_options, *command], stop)
