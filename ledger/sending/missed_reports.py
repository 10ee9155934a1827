"""Asks the provider about texts whose callbacks the store may have missed while it was away.

Twilio posts a callback again for fifteen seconds, and never after that. A failover takes longer. So
after it, texts that were accepted since shortly before, and are not final, are asked about at once.
Without that they would wait for the reconciliation an hour later. The same is done after a ledger
was moved to another database, by the first process that sends from there.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from ledger.clock import Clock
from ledger.sending.cursors import Cursors
from ledger.sending.reconciliation import Reconciled, Reconciler
from ledger.sending.worklist import TextCursor

_SHORT = timedelta(seconds=5)
"""What is missed in this time is posted again."""
_BEFORE = timedelta(minutes=10)
"""How long before the store went away the texts were accepted: most reports come within minutes."""
_SAME_OUTAGE = timedelta(seconds=15)
"""Processes notice the end of one outage at different times."""
_CURSOR = "after the store was away"
"""Its time is that of the last end of an outage whose texts were asked about."""
AWAY_FOR_MOVE = "away since it was moved"
"""Its time is when the ledger was closed for its last move: no process remembers that outage."""


@dataclass(frozen=True)
class _Outage:
    began_at: datetime
    ended_at: datetime


@dataclass(kw_only=True)
class MissedReports:
    """Notices outages of the store, and asks about the texts of each, page by page.

    Every process may do so; one at a time does. `clock` is that of the ledger.
    """

    reconciler: Reconciler
    cursors: Cursors
    clock: Clock
    _available_at: datetime = field(init=False)
    """When the store was last seen to work."""
    _is_away: bool = field(default=False, init=False)
    _outage: _Outage | None = field(default=None, init=False)
    """The outage whose texts are to be asked about."""
    _steps: Iterator[Reconciled] | None = field(default=None, init=False)
    _has_looked_for_move: bool = field(default=False, init=False)

    def __post_init__(self) -> None:
        self._available_at = self.clock.now()

    def note_unavailable(self) -> None:
        """Note that the store cannot be used now."""
        self._is_away = True

    def note_available(self) -> None:
        """Note that the store works; if it was away for long, there are texts to ask about.

        Raises `StoreUnavailable`.
        """
        if not self._has_looked_for_move:
            self._look_for_move()
        now, since = self.clock.now(), self._available_at
        if self._is_away and now - since >= _SHORT:
            began_at = min(since, self._outage.began_at) if self._outage else since
            self._outage, self._steps = _Outage(began_at, now), None
        self._available_at, self._is_away = now, False

    def _look_for_move(self) -> None:
        closed_at = self.cursors.time_of(AWAY_FOR_MOVE)
        if closed_at > self.cursors.time_of(_CURSOR):
            self._outage = _Outage(closed_at, self.clock.now())
        self._has_looked_for_move = True

    def ask(self) -> None:
        """Ask about one page of texts, if there are any to ask about.

        Raises `StoreUnavailable` and `ProviderError`; a repeat begins with the first page again.
        """
        if self._outage is None:
            return
        cursor = self.cursors.lease(_CURSOR)
        if cursor is None:  # another process asks now; it may end before it is done
            return
        is_asked = cursor.since >= self._outage.ended_at - _SAME_OUTAGE
        if is_asked or not self._ask_next_page(self._outage):
            self._outage = self._steps = None

    def _ask_next_page(self, outage: _Outage) -> bool:
        """Return whether there was a page."""
        steps = self._steps or self.reconciler.steps(outage.began_at - _BEFORE, outage.ended_at)
        self._steps = None  # after an error it could not go on
        if next(steps, None) is None:
            self.cursors.advance(_CURSOR, TextCursor(outage.ended_at))
            return False
        self._steps = steps
        return True
