"""Reconciliation: asks Twilio about texts that it accepted and sent no final callback for.

Callbacks can be lost: a public address that was wrong for a day loses all of that day's. A fetched
status counts as a callback does; one with nothing new appends no event.
"""

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from itertools import pairwise

from ledger.clock import EPOCH
from ledger.commands.reconciliation import RecordMatch, attach_record
from ledger.commands.sending_switch import RecordReconciliation
from ledger.commands.unknown_outcomes import RecordFetchedStatus
from ledger.domain.actors import SENDER
from ledger.domain.error_codes import CodeTable
from ledger.domain.provider_record import ProviderRecord
from ledger.errors import ProviderError, UnreadableRecord
from ledger.ledger import Ledger
from ledger.providers.contract import Provider
from ledger.sending.cursors import Cursors
from ledger.sending.fault_isolation import isolated
from ledger.sending.worklist import AcceptedText, TextCursor, Worklist

PAGE = 100
_AT_ONCE = 8
_PAUSE_SECONDS = 1.0
_LONGEST_PAUSE_SECONDS = 60.0
_TRIES = 6
_CLOCK_SKEW = timedelta(minutes=10)

_AFTER = [timedelta(hours=hours) for hours in (1, 12, *range(24, 8 * 24 + 1, 24))]
"""How long after its acceptance a text is queried; the last of these ends the last series."""


@dataclass(frozen=True)
class Reconciled:
    """What querying the provider brought."""

    asked: int = 0
    news: int = 0
    """How many brought something new."""
    unknown: int = 0
    """How many the provider has no record of, or none any more."""

    def __add__(self, other: "Reconciled") -> "Reconciled":
        return Reconciled(
            self.asked + other.asked, self.news + other.news, self.unknown + other.unknown
        )


@dataclass(frozen=True, kw_only=True)
class Recovered:
    """What reading the provider's records brought, after the ledger was cut short."""

    texts: int
    attached: int
    """How many were texts of deliveries that waited here for an attempt."""
    unplaced: int
    """How many belong to no delivery of this ledger."""


@dataclass(kw_only=True)
class Reconciler:
    """Queries the provider about accepted texts, the oldest first, page by page."""

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
        progress: Callable[[int], None] = lambda _count: None,
    ) -> Reconciled:
        """Query every text that is not final, once; `progress` gets the number of texts so far.

        Raises `ProviderError` where the provider cannot be asked; what was recorded stays.
        """
        total, after = Reconciled(), TextCursor(EPOCH)
        until = self._now() - older_than
        while page := self.worklist.accepted_texts(after, until, PAGE, campaign_id):
            total += self._query(page)
            after = page[-1].cursor
            progress(total.asked)
        return total

    def recover(
        self, since: datetime, progress: Callable[[int], None] = lambda _count: None
    ) -> Recovered:
        """Attach every text that was sent since then, and that the ledger lost, to its delivery.

        A delivery with such a text is not attempted again. The reconciliation itself is recorded,
        too. Raises `ProviderError`; a repeat finds what was attached before.
        """
        texts = attached = unplaced = 0
        for text in self.provider.texts_since(since - _CLOCK_SKEW):
            if text.is_from_us:
                match attach_record(self.ledger, self.codes, text):
                    case RecordMatch.ATTACHED:
                        attached += 1
                    case RecordMatch.NONE:
                        unplaced += 1
                texts += 1
                progress(texts)
        recovered = Recovered(texts=texts, attached=attached, unplaced=unplaced)
        self.ledger.execute(RecordReconciliation(by=SENDER, **asdict(recovered))).result()
        return recovered

    def reconcile_next_page(self) -> bool:
        """Query one page of texts that are due by their age; return False if there were none.

        A text is due after an hour, 12 hours, a day, and then daily for a week. A text that has
        reached the next age is left to that series, so a long pause queries nothing twice.
        """
        now = self._now()
        for after, until in pairwise(_AFTER):
            name = f"after {after // timedelta(hours=1)} h"
            cursor = self.cursors.lease(name)
            if cursor is None:
                continue
            page = self.worklist.accepted_texts(
                max(cursor, TextCursor(now - until)), now - after, PAGE
            )
            if page:
                self._query(page)
                self.cursors.advance(name, page[-1].cursor)
                return True
        return False

    def _query(self, page: Sequence[AcceptedText]) -> Reconciled:
        with ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="reconcile") as pool:
            records = list(pool.map(self._record_of, page))
        recording = {
            text: self.ledger.execute(
                RecordFetchedStatus(text.cursor.delivery_id, record, self.codes)
            )
            for text, record in zip(page, records, strict=True)
            if record
        }
        news = 0
        for text, is_news in recording.items():
            with isolated("The fetched status", text.cursor.delivery_id):
                news += is_news.result()
        return Reconciled(asked=len(page), news=news, unknown=len(page) - len(recording))

    def _record_of(self, text: AcceptedText) -> ProviderRecord | None:
        """The provider's record of the text; tries again after a pause where it cannot answer.

        A record that cannot be read counts as none.
        """
        tries = 0
        while True:
            try:
                return self.provider.text(text.sid)
            except UnreadableRecord:
                return None
            except ProviderError as error:
                tries += 1
                pause = error.retry_after_seconds or _PAUSE_SECONDS * 2.0**tries
                if tries == _TRIES or self.stop.wait(min(pause, _LONGEST_PAUSE_SECONDS)):
                    raise

    def _now(self) -> datetime:
        return self.ledger.clock.now()
