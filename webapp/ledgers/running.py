"""A ledger that is opened and kept running by a thread of its own, and opened again if it fails.

Opening blocks where the ledger's database does not answer, so nothing else may wait for it.
"""

import logging
import threading
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import ExitStack

from ledger.errors import LedgerError, StoreUnavailable
from webapp.ledgers.directory import NamedLedger
from webapp.ledgers.names import set_ledger_name
from webapp.serving.hosts import NotServedError
from webapp.serving.site import Site

Run = Callable[[NamedLedger, ExitStack, threading.Event], Site | None]
"""Opens a ledger and starts what runs for it until the event is set; the stack ends all of it.

Returns its site, where it has pages or takes callbacks.
"""

_AFTER_OUTAGE_SECONDS = 1.0
_AFTER_ERROR_SECONDS = 30.0
"""The cure may be a file that is put back, or a right that is granted."""
_UNAVAILABLE = "The database of this address cannot be used now. Try again soon."
_REFUSED = "This address is not served now: the log of the server says why."

_log = logging.getLogger(__name__)


class RunningLedger:
    """Opens a ledger when it is first asked for, and runs it until `stop`."""

    def __init__(self, ledger: NamedLedger, run: Run) -> None:
        self.ledger = ledger
        self._run = run
        self._mutex = threading.Lock()
        self._thread: threading.Thread | None = None
        self._is_over = threading.Event()
        self._stop = threading.Event()
        """Of what runs since the ledger was last opened."""
        self._opening = _new_opening()

    @property
    def is_begun(self) -> bool:
        """Whether it was opened, or is being opened."""
        return self._thread is not None

    def open(self) -> "Future[Site | None]":
        """Begin to open the ledger, unless it is open; return the future of its site.

        The future's error is a `NotServedError`; each try has a future of its own.
        """
        with self._mutex:
            if self._thread is None and not self._is_over.is_set():
                name = f"ledger {self.ledger.name}"
                self._thread = threading.Thread(target=self._keep_running, name=name, daemon=True)
                self._thread.start()
            return self._opening

    def stop(self) -> None:
        """Let everything that runs for the ledger end, without waiting for it."""
        with self._mutex:
            self._is_over.set()
            self._stop.set()

    def join(self, seconds: float) -> None:
        """Wait until all has ended, at most this number of seconds."""
        if self._thread is not None:
            self._thread.join(seconds)

    def _keep_running(self) -> None:
        set_ledger_name(self.ledger.name)
        logged = ""
        while not self._is_over.is_set():
            try:
                self._run_once()
                continue
            except LedgerError as error:
                if str(error) != logged:
                    _log.error("The ledger does not run. %s", error)
                logged = str(error)
                is_outage = isinstance(error, StoreUnavailable)
            except Exception:  # noqa: BLE001 - no fault of one ledger ends the others
                _log.exception("The ledger does not run because of an error.")
                is_outage = False
            self._fail(_UNAVAILABLE if is_outage else _REFUSED)
            self._is_over.wait(_AFTER_OUTAGE_SECONDS if is_outage else _AFTER_ERROR_SECONDS)
        self._fail(_REFUSED)

    def _run_once(self) -> None:
        with self._mutex:
            stop = self._stop = threading.Event()
            if self._is_over.is_set():
                return
        with ExitStack() as running:
            site = self._run(self.ledger, running, stop)
            with self._mutex:
                self._opening.set_result(site)
            stop.wait()
            self._fail(_REFUSED)

    def _fail(self, words: str) -> None:
        """Let requests that wait for the ledger know that it was not opened, or runs no more."""
        with self._mutex:
            if not self._opening.done():
                self._opening.set_exception(NotServedError(words))
            self._opening = _new_opening()


def refused() -> "Future[Site | None]":
    """Return the future of a site that cannot be opened because of its settings."""
    future = _new_opening()
    future.set_exception(NotServedError(_REFUSED))
    return future


def _new_opening() -> "Future[Site | None]":
    opening: Future[Site | None] = Future()
    opening.set_running_or_notify_cancel()  # a request that waits no longer must not cancel it
    return opening
