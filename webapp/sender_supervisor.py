"""Runs the sender of a ledger, and its maintenance, and starts each again after a failure.

A failure is logged once and shown at /health; callbacks and pages go on. After a delay the part is
made again.
"""

import contextvars
import logging
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from typing import Protocol

from ledger.commands.abandoned_launches import sweep_abandoned
from ledger.errors import LedgerError
from ledger.sending.sender import Sender
from webapp import retries
from webapp.bootstrap import Application
from webapp.explain.sending import PROGRAM_ERROR, WITHOUT_PART
from webapp.metrics.roles import SendingPart
from webapp.retries import Retries

_log = logging.getLogger(__name__)


class Runnable(Protocol):
    """A sender, or the maintenance beside it."""

    def run(self) -> None:
        """Work until it is stopped."""


class Supervisor:
    """Runs one part of the sending of a ledger until `stop` is set, and again where it fails."""

    def __init__(
        self,
        app: Application,
        part: SendingPart,
        make: Callable[[], Runnable],
        stop: threading.Event,
    ) -> None:
        self._problems = app.sending_problems
        self._part, self._make, self._stop = part, make, stop
        self._retries = Retries()
        self._made: Runnable | None = None

    def prepare(self) -> None:
        """Make the part now; for a program that must not start without it. Raises what that does.

        `run` begins with this one.
        """
        self._made = self._make()

    def run(self) -> None:
        """Run until `stop` is set; nothing is raised."""
        while not self._stop.is_set():
            try:
                self._run_once()
            except LedgerError as error:
                self._note(str(error))
            except Exception as error:  # noqa: BLE001 - no fault of sending ends the callbacks
                self._note(PROGRAM_ERROR, error)
            self._stop.wait(self._retries.delay_seconds if self._retries.problem else 0)

    def _run_once(self) -> None:
        runnable, self._made = self._made or self._make(), None
        with self._settling() if self._retries.problem else nullcontext():
            runnable.run()

    @contextmanager
    def _settling(self) -> Iterator[None]:
        """Note that it works again once it has run for a while within the block."""
        context = contextvars.copy_context()  # its log line names the same ledger
        timer = threading.Timer(retries.SETTLED_SECONDS, context.run, [self._note_recovery])
        timer.start()
        try:
            yield
        finally:
            timer.cancel()
            timer.join()

    def _note_recovery(self) -> None:
        self._problems.pop(self._part, None)
        if self._retries.worked():
            _log.warning("The %s runs again.", self._part)

    def _note(self, problem: str, error: Exception | None = None) -> None:
        self._problems[self._part] = problem
        if self._retries.failed(problem):
            _log.error("%s %s", WITHOUT_PART[self._part], problem, exc_info=error)


def supervisors(app: Application, stop: threading.Event) -> Sequence[Supervisor]:
    """Return the supervisors of the sender and of the maintenance; each runs in its own thread."""
    return [
        Supervisor(app, SendingPart.SENDER, lambda: _sender(app, stop), stop),
        Supervisor(app, SendingPart.MAINTENANCE, lambda: app.sending.maintenance(stop), stop),
    ]


def _sender(app: Application, stop: threading.Event) -> Sender:
    sender = app.sending.sender(stop)
    sweep_abandoned(app.ledger)
    return sender
