"""A ledger that is opened and kept running by a thread of its own, and opened again if it fails.

Opening blocks where the ledger's database does not answer, so nothing else may wait for it.
"""

import logging
import threading
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import ExitStack

from ledger.errors import LedgerError, StoreUnavailable
from webapp.ledgers.named_ledger import NamedLedger
from webapp.ledgers.names import set_ledger_name
from webapp.retries import SETTLED_SECONDS, Retries
from webapp.serving.hosts import NotServedError
from webapp.serving.site import Site

Run = Callable[[NamedLedger, ExitStack, threading.Event], Site | None]
"""Opens a ledger and starts what runs for it until the event is set; the stack ends all of it.

Returns its site, where it has pages or takes callbacks.
"""

_LONGEST_OUTAGE_DELAY = 10.0
"""In seconds: callbacks wait for a database that is back, which costs little to ask."""
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
        self._retries = Retries()

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
        while not self._is_over.is_set():
            try:
                self._run_once()
            except StoreUnavailable as error:
                self._note(str(error))
                self._wait(_UNAVAILABLE, min(self._retries.delay_seconds, _LONGEST_OUTAGE_DELAY))
            except LedgerError as error:
                self._note(str(error))
                self._wait(_REFUSED, self._retries.delay_seconds)
            except Exception as error:  # noqa: BLE001 - no fault of one ledger ends the others
                self._note("An error of the program follows.", error)
                self._wait(_REFUSED, self._retries.delay_seconds)
        self._fail(_REFUSED)

    def _note(self, problem: str, error: Exception | None = None) -> None:
        if self._retries.failed(problem):
            _log.error("The ledger does not run. %s", problem, exc_info=error)

    def _wait(self, words: str, seconds: float) -> None:
        self._fail(words)
        self._is_over.wait(seconds)

    def _run_once(self) -> None:
        with self._mutex:
            stop = self._stop = threading.Event()
            if self._is_over.is_set():
                return
        with ExitStack() as running:
            site = self._run(self.ledger, running, stop)
            with self._mutex:
                self._opening.set_result(site)
            if not stop.wait(SETTLED_SECONDS) and self._retries.worked():
                _log.warning("The ledger runs again.")
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
