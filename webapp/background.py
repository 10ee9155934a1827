"""What a server does in background threads: views, counts, checkpoints, verification, workbooks."""

import contextlib
import itertools
import logging
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Generator, Sequence
from functools import partial

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

_RESTS = 4.0
"""Where there are many ledgers: how much longer than a verification the rest after it is."""
_TURN_CHECK_SECONDS = 2.0

_turns: defaultdict[str, threading.Lock] = defaultdict(threading.Lock)
"""Database server → the turn of the one of its many ledgers that is verified, or rests after it."""

Steps = Generator[float, None, None]
"""Pauses in seconds; something is done after each of them."""
RunCommand = Callable[[Application, Sequence[str], threading.Event], str]

_log = logging.getLogger(__name__)


class Kept:
    """Something that is done again and again for one ledger.

    Attributes:
        steps: Does it once for each pause in seconds that it yields, and ends tidily when closed.
    """

    def __init__(self, steps: Callable[[Application, threading.Event], Steps]) -> None:
        self.steps = steps
        self.__doc__ = steps.__doc__

    def __call__(self, app: Application, stop: threading.Event) -> None:
        """Do it in this thread until `stop` is set."""
        keep_together([self], app, stop)


def keep_together(
    works: Sequence[Kept], app: Application, stop: threading.Event, *, rarer: float = 1.0
) -> None:
    """Do several things in this thread, in turn, until `stop` is set.

    `rarer` is by how much all pauses are longer than alone.
    """
    running = [work.steps(app, stop) for work in works]
    pauses = {each: pause for each in running for pause in itertools.islice(each, 1)}
    while pauses:
        first = min(pauses, key=lambda each: pauses[each])
        waited = pauses.pop(first)
        if stop.wait(waited * rarer):
            break
        pauses = {each: pause - waited for each, pause in pauses.items()}
        for pause in itertools.islice(first, 1):
            pauses[first] = pause
    for each in running:
        each.close()


@Kept
def keep_views(app: Application, _stop: threading.Event) -> Steps:
    """Read the views on after every append, and scrub the logs.

    Where they are far behind, as after damage, they are filled from their snapshot.
    """
    with contextlib.closing(app.ledger.reader.change_listener()) as change_listener:
        pause = 0.0
        while True:
            yield pause
            pause = 0.0
            try:
                _wait(change_listener)
                _read_views_on(app)
            except StoreUnavailable:
                pause = _PAUSE_SECONDS


@Kept
def look_after_views(app: Application, _stop: threading.Event) -> Steps:
    """Do the same at intervals, without a connection of its own to listen on."""
    while True:
        yield _PAUSE_SECONDS
        with contextlib.suppress(StoreUnavailable):
            _read_views_on(app)


def _read_views_on(app: Application) -> None:
    if app.views.catch_up(budget_seconds=1.0):
        app.views.restore()
    app.scrubber.scrub()


def _wait(change_listener: ChangeListener) -> None:
    with store_errors():
        change_listener.wait(_STOP_CHECK_SECONDS)


@Kept
def keep_callback_problems(app: Application, _stop: threading.Event) -> Steps:
    """Write the counts of refused and repeated requests, for the last time when it ends."""
    try:
        while True:
            yield _COUNTS_SECONDS
            _write_counts(app)
    finally:
        _write_counts(app)


@Kept
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


@Kept
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


@Kept
def keep_checkpoints(app: Application, _stop: threading.Event) -> Steps:
    """Make a checkpoint whenever one is due.

    Why no checkpoint is made, or a witness does not cosign it, is logged once. It is tried again
    every minute, as the cure may be a file that is put back.
    """
    logged, pause = "", _CHECKPOINT_SECONDS
    if app.settings.signing_key is None:
        _log.warning("LEDGER_SIGNING_KEY is not set: no checkpoint is made.")
    name = app.settings.ledger_name
    while app.settings.signing_key is not None:
        yield pause
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


def _verify(app: Application, stop: threading.Event, run: RunCommand | None = None) -> Steps:
    """Verify the ledger every few minutes, and compare the views with it every ten.

    Other processes do it with low priority. They keep what they found for the pages of all servers;
    what they complain of is logged once.
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


@Kept
def remove_workbooks(app: Application, _stop: threading.Event) -> Steps:
    """Remove workbooks that expired or hold a forgotten name.

    It works while one is made too, and removes what is written for one that is not wanted any
    more; then the process that makes it ends that job. `keep_workbooks` logs what fails.
    """
    while True:
        yield _WORKBOOK_SECONDS
        with contextlib.suppress(LedgerError):
            app.workbooks.tidy()


@Kept
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


def _errors_of(app: Application, command: Sequence[str], stop: threading.Event) -> str:
    """Run a command on the ledger of this server; return what it wrote to standard error."""
    return errors_of_command([*app.settings.ledger_options, *command], stop)


def _errors_in_turn(app: Application, command: Sequence[str], stop: threading.Event) -> str:
    """Do the same for one ledger of a database server after the other, with rests.

    Else fifty ledgers would keep two cores busy with nothing but their verification.
    """
    turn = _turns[app.settings.databases.server]
    while not turn.acquire(timeout=_TURN_CHECK_SECONDS):
        if stop.is_set():
            return ""
    try:
        began = time.monotonic()
        errors = _errors_of(app, command, stop)
        stop.wait(_RESTS * (time.monotonic() - began))
        return errors
    finally:
        turn.release()


keep_verified = Kept(_verify)
verify_in_turn = Kept(partial(_verify, run=_errors_in_turn))

BACKGROUND_WORK = (
    keep_process_numbers,
    keep_views,
    keep_checkpoints,
    keep_access_record,
    keep_verified,
    keep_workbooks,
    remove_workbooks,
)
"""What the process of the pages does for its ledger beside them, each in a thread of its own."""

WORK_OF_MANY = (
    (keep_process_numbers, keep_access_record, remove_workbooks),
    (look_after_views, keep_checkpoints),
    (verify_in_turn,),
    (keep_workbooks,),
)
"""The same for each of many ledgers: together in few threads, and not as often.

What may take long has another thread than the numbers of the process: a process whose numbers are
old is taken for one that has ended.
"""
RARER = 5.0
"""How much longer the pauses are there."""
