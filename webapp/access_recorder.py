"""Records who signed in, and who saw or took which data, without keeping anybody waiting.

A page is shown whether its access can be recorded or not: where the ledger takes no events, the
access is in the program's log, and `/health` counts it.
"""

import logging
import threading
from concurrent.futures import Future
from functools import partial
from typing import TYPE_CHECKING

from ledger.clock import Clock
from ledger.commands.access import AccessRecord, Export, RecordAccess
from ledger.domain.events import AccessEvent
from ledger.domain.permalink import Permalink
from ledger.domain.vocabulary import SignInMeans, ViewPlace
from ledger.ledger import Ledger

if TYPE_CHECKING:  # hashing of passwords, which is beside it, is slow to import
    from webapp.accounts.failed_sign_ins import FailedSignIns

_MOST_REMEMBERED = 10_000
"""How many recorded occasions this process remembers, so that it does not submit them again.

A repeat of a forgotten one is noticed by `RecordAccess` and changes nothing.
"""

_log = logging.getLogger(__name__)


class AccessRecorder:
    """Executes the commands of the record of access; may be used by many threads."""

    def __init__(self, ledger: Ledger, clock: Clock) -> None:
        self._ledger, self._clock = ledger, clock
        self._commands = AccessRecord(ledger.identity)
        self._changed = threading.Condition()
        self._remembered: set[str] = set()
        self._waiting: set[Future[None]] = set()
        self._unrecorded = 0

    @property
    def unrecorded(self) -> int:
        """How many accesses this process could not record."""
        return self._unrecorded

    def sign_in(self, by: str, means: SignInMeans) -> None:
        """Record that somebody signed in, unless they did by these means in this hour."""
        self._record(self._commands.sign_in(by, means, self._clock.now()))

    def view(self, by: str, contact_id: str | None, place: ViewPlace) -> None:
        """Record that somebody looked at words of a person, unless they did in this hour."""
        self._record(self._commands.view(by, contact_id, place, self._clock.now()))

    def preview(self, by: str, contact_id: str, campaign_id: str) -> None:
        """Record that somebody looked at a contact's message, unless they did in this hour."""
        self._record(self._commands.preview(by, contact_id, campaign_id, self._clock.now()))

    def export(self, by: str, export: Export) -> None:
        """Record that somebody took data out as a file."""
        self._record(self._commands.export(by, export, self._clock.now()))

    def api_read(self, by: str, export: Export) -> None:
        """Record that a program read these data through the API, unless it did in this hour."""
        self._record(self._commands.api_read(by, export, self._clock.now()))

    def permalink_read(self, permalink: Permalink) -> None:
        """Record that somebody opened a permalink, unless somebody did in this hour."""
        self._record(self._commands.permalink_read(permalink, self._clock.now()))

    def wait(self) -> None:
        """Wait until what was recorded so far is durable, or could not be recorded."""
        with self._changed:
            self._changed.wait_for(lambda: not self._waiting)

    def record_failed_sign_ins(self, failed_sign_ins: "FailedSignIns") -> None:
        """Record the failed sign-ins that are due, and remove their counts.

        Raises what `Ledger.execute` raises; the counts that are left are recorded next time.
        """
        for failed in failed_sign_ins.due():
            command = self._commands.failed_sign_ins(
                failed.user_id, failed.minute, failed.count, failed.last_minute
            )
            self._ledger.execute(command).result()
            failed_sign_ins.remove(failed)

    def _record(self, command: RecordAccess) -> None:
        occasion = command.event.originator_id
        with self._changed:
            if occasion in self._remembered:
                return
            if len(self._remembered) >= _MOST_REMEMBERED:
                self._remembered.clear()
            self._remembered.add(occasion)
            future = self._ledger.execute(command)
            self._waiting.add(future)
        future.add_done_callback(partial(self._done, command.event))

    def _done(self, event: AccessEvent, future: "Future[None]") -> None:
        error = future.exception()
        with self._changed:
            self._waiting.discard(future)
            if error:
                self._remembered.discard(event.originator_id)
                self._unrecorded += 1
            self._changed.notify_all()
        if error:
            contact_id = getattr(event, "contact_id", None)
            words = (event.topic, event.actor, contact_id, error)
            _log.warning("Not in the record of access: %s by %s, contact %s: %s", *words)
