"""Reconciliation: asks Twilio about texts that it accepted and sent no final callback for.

Callbacks can be lost: a public address that was wrong for a day loses all of that day's. A fetched
status counts as a callback does; one with nothing new appends no event.
"""

import threading
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from itertools import chain, pairwise
from typing import TypeVar

from ledger.clock import EPOCH
from ledger.commands.fetched_records import RecordFetchedStatus
from ledger.commands.merged_texts import texts_of
from ledger.commands.reconciliation import RecordMatch, match_records
from ledger.commands.repository import sending_switch
from ledger.commands.sending_switch import RecordReconciliation
from ledger.domain.actors import SENDER
from ledger.domain.clocks import TOLERANCE
from ledger.domain.error_codes import CodeTable
from ledger.domain.provider_record import ProviderRecord
from ledger.domain.sending_switch import ReconciliationCounts
from ledger.errors import ProviderError, UnreadableRecord
from ledger.ledger import Ledger
from ledger.providers.contract import Provider
from ledger.sending.cursors import Cursors
from ledger.sending.fault_isolation import isolated
from ledger.sending.worklist import AcceptedText, TextCursor, Worklist

T = TypeVar("T")

PAGE = 100
_AT_ONCE = 8
_PAUSE_SECONDS = 1.0
_LONGEST_PAUSE_SECONDS = 60.0
_TRIES = 6

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
    ) -> ReconciliationCounts:
        """Match every text that was sent since then, and that the ledger lost, with its delivery.

        A delivery with such a text is not attempted again, and staff decide where it is not sure.
        The list of all texts has those that were sent; then each number that still waits is asked
        about, as its text may wait to be sent at the provider. The reconciliation is recorded, too.
        Raises `ProviderError`; a repeat finds what was matched before.
        """
        earliest = min(since, self._now()) - TOLERANCE
        matches: dict[str, RecordMatch] = {}
        for records in chain([self.provider.texts_since(earliest)], self._of_waiting_numbers()):
            new = [r for r in records if r.created_at >= earliest and r.sid not in matches]
            for texts in _by_number(new):
                matches |= match_records(self.ledger, self.codes, texts)
                progress(len(matches))
        counts = self._counts(Counter(matches.values()))
        self.ledger.execute(RecordReconciliation(by=SENDER, counts=counts)).result()
        return counts

    def _of_waiting_numbers(self) -> Iterator[Sequence[ProviderRecord]]:
        """The provider's records of each number that waits for a text."""
        after = ""
        while delivery_ids := self.worklist.unsent(after, PAGE):
            texts = texts_of(self.ledger.reader, delivery_ids).values()
            numbers = {text.to for text in texts if text}
            yield from self._ask_about_all(numbers, self.provider.texts_to)
            after = delivery_ids[-1]

    def _counts(self, matches: Counter[RecordMatch]) -> ReconciliationCounts:
        of_lost = matches.total() - matches[RecordMatch.KNOWN]
        lost_attempts = sending_switch(self.ledger.reader).lost_attempts
        return ReconciliationCounts(
            texts=matches.total(),
            attached=matches[RecordMatch.ATTACHED],
            unplaced=matches[RecordMatch.NONE],
            undecided=matches[RecordMatch.UNDECIDED],
            missing=max(lost_attempts - of_lost, 0),
        )

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
        records = self._ask_about_all([text.sid for text in page], self._readable_record_of)
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

    def _readable_record_of(self, sid: str) -> ProviderRecord | None:
        """The provider's record of the text; one that cannot be read counts as none."""
        try:
            return self.provider.text(sid)
        except UnreadableRecord:
            return None

    def _ask_about_all(self, subjects: Collection[str], ask: Callable[[str], T]) -> list[T]:
        with ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="reconcile") as pool:
            return list(pool.map(partial(self._ask, ask), subjects))

    def _ask(self, ask: Callable[[str], T], subject: str) -> T:
        """The provider's answer; asks again after a pause where it cannot answer."""
        tries = 0
        while True:
            try:
                return ask(subject)
            except ProviderError as error:
                tries += 1
                pause = error.retry_after_seconds or _PAUSE_SECONDS * 2.0**tries
                if tries == _TRIES or self.stop.wait(min(pause, _LONGEST_PAUSE_SECONDS)):
                    raise

    def _now(self) -> datetime:
        return self.ledger.clock.now()


def _by_number(records: Iterable[ProviderRecord]) -> Iterator[list[ProviderRecord]]:
    """The texts of this sender, those to one number together, the earliest first."""
    by_number = defaultdict[str, list[ProviderRecord]](list)
    for record in records:
        if record.is_from_us:
            by_number[record.to].append(record)
    for texts in by_number.values():
        yield sorted(texts, key=lambda record: (record.created_at, record.sid))
