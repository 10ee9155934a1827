"""Reconciling: what Twilio took and never reported on is asked about, ever more rarely.

Callbacks can be lost: a public address that was wrong for a day loses all of that day's. What
asking brings counts as a callback does; an answer with nothing new appends nothing.
"""

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from itertools import pairwise

from ledger.clock import EPOCH
from ledger.commands.reconciliation import Placement, place
from ledger.commands.sending_switch import RecordReconciliation
from ledger.commands.unknown_outcomes import RecordFetchedStatus
from ledger.domain.actors import SENDER
from ledger.domain.error_codes import CodeTable
from ledger.domain.provider_record import ProviderRecord
from ledger.errors import ProviderError
from ledger.ledger import Ledger
from ledger.providers.contract import Provider
from ledger.sending.cursors import Cursors
from ledger.sending.worklist import AcceptedText, TextCursor, Worklist

PAGE = 100
_AT_ONCE = 8
_PAUSE_SECONDS = 1.0
_LONGEST_PAUSE_SECONDS = 60.0
_TRIES = 6
_CLOCK_SKEW = timedelta(minutes=10)

_AFTER = [timedelta(hours=hours) for hours in (1, 12, *range(24, 8 * 24 + 1, 24))]
"""So long after it was taken a text is asked about; the last of these ends the last round."""


@dataclass(frozen=True)
class Reconciled:
    """What came of asking."""

    asked: int = 0
    news: int = 0
    """Of so many there was something new."""
    unknown: int = 0
    """So many the provider has no record of, or none any more."""

    def __add__(self, other: "Reconciled") -> "Reconciled":
        return Reconciled(
            self.asked + other.asked, self.news + other.news, self.unknown + other.unknown
        )


@dataclass(frozen=True, kw_only=True)
class Recovered:
    """What going through the provider's records brought, after the ledger was cut short."""

    texts: int
    attached: int
    """So many were found to be texts that waited here to be sent."""
    unplaced: int
    """So many belong to nothing in this ledger."""


@dataclass(kw_only=True)
class Reconciler:
    """Asks about texts that the provider has, the longest taken first, page by page."""

    ledger: Ledger
    codes: CodeTable
    provider: Provider
    worklist: Worklist
    cursors: Cursors
    stop: threading.Event = field(default_factory=threading.Event)

    def reconcile(
        self,
        *,
        campaign_id: str | None = None,
        older_than: timedelta = timedelta(0),
        progress: Callable[[int], None] = lambda _asked: None,
    ) -> Reconciled:
        """Ask about everything that is not final, once; `progress` hears how many were asked.

        Raises `ProviderError` where the provider cannot be asked; what was learnt stays.
        """
        found, after = Reconciled(), TextCursor(EPOCH)
        until = self._now() - older_than
        while page := self.worklist.accepted_texts(after, until, PAGE, campaign_id):
            found += self._ask(page)
            after = page[-1].cursor
            progress(found.asked)
        return found

    def recover(
        self, since: datetime, progress: Callable[[int], None] = lambda _asked: None
    ) -> Recovered:
        """Find every text that the provider was given since then, and that the ledger lost.

        Texts that still wait here are not sent again: the provider's own is theirs. Records that it
        was done. Raises `ProviderError`; done again, it goes on where it was.
        """
        texts = attached = unplaced = 0
        for text in self.provider.texts_since(since - _CLOCK_SKEW):
            if text.is_from_us:
                match place(self.ledger, self.codes, text):
                    case Placement.ATTACHED:
                        attached += 1
                    case Placement.UNPLACED:
                        unplaced += 1
                texts += 1
                progress(texts)
        found = Recovered(texts=texts, attached=attached, unplaced=unplaced)
        self.ledger.execute(RecordReconciliation(by=SENDER, **asdict(found))).result()
        return found

    def reconcile_next_page(self) -> bool:
        """Ask about one page of what is due by its age; False where nothing was.

        After an hour, 12 hours, a day, and then daily for a week. A text that has reached the next
        of these is left to that round, so a long absence asks about nothing twice.
        """
        now = self._now()
        for after, until in pairwise(_AFTER):
            name = f"after {after // timedelta(hours=1)} h"
            asked = self.cursors.lease(name)
            if asked is None:
                continue
            page = self.worklist.accepted_texts(
                max(asked, TextCursor(now - until)), now - after, PAGE
            )
            if page:
                self._ask(page)
                self.cursors.advance(name, page[-1].cursor)
                return True
        return False

    def _ask(self, page: Sequence[AcceptedText]) -> Reconciled:
        with ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="reconcile") as pool:
            known = list(pool.map(self._text, page))
        told = [(text.cursor.delivery_id, of) for text, of in zip(page, known, strict=True) if of]
        fetching = [
            self.ledger.execute(RecordFetchedStatus(delivery_id, of, self.codes))
            for delivery_id, of in told
        ]
        news = sum(each.result() for each in fetching)
        return Reconciled(asked=len(page), news=news, unknown=len(page) - len(told))

    def _text(self, carried: AcceptedText) -> ProviderRecord | None:
        """What the provider tells of one text; waits where it asks for patience."""
        tries = 0
        while True:
            try:
                return self.provider.text(carried.sid)
            except ProviderError as error:
                tries += 1
                pause = error.retry_after_seconds or _PAUSE_SECONDS * 2.0**tries
                if tries == _TRIES or self.stop.wait(min(pause, _LONGEST_PAUSE_SECONDS)):
                    raise

    def _now(self) -> datetime:
        return self.ledger.clock.now()
