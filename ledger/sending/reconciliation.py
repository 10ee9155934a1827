"""Reconciliation: asks Twilio about texts that it accepted and sent no final callback for.

Callbacks can be lost: a public address that was wrong for a day loses all of that day's. A fetched
status counts as a callback does; one with nothing new appends no event.
"""

import math
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import chain, islice, pairwise
from math import ceil

from ledger.clock import EPOCH
from ledger.commands.fetched_records import RecordFetchedStatus
from ledger.commands.merged_texts import texts_of
from ledger.commands.reconciliation import RecordMatch, match_records
from ledger.commands.repository import sending_switch
from ledger.commands.sending_switch import RecordReconciliation
from ledger.domain.actors import SENDER
from ledger.domain.clocks import TOLERANCE
from ledger.domain.error_codes import CodeTable
from ledger.domain.provider_record import ProviderRecord, by_number
from ledger.domain.sending_switch import ReconciliationCounts
from ledger.ledger import Ledger
from ledger.providers.contract import Provider
from ledger.sending.cursors import Cursors
from ledger.sending.fault_isolation import isolated
from ledger.sending.patient_asking import PatientAsking
from ledger.sending.worklist import AcceptedText, TextCursor, Worklist

PAGE = 100
_ACCEPTED_AT_ONCE = 1000
_ANSWERS_IN_TIME_OF_A_PAGE = 10
"""A page of the provider's list has up to a thousand texts, and takes as long as these answers."""
_FEWEST_PAGES = 10
"""Of the list of all texts, these are read in any case: they show most of what the ledger lost."""
_AFTER = [timedelta(hours=hours) for hours in (1, 12, *range(24, 8 * 24 + 1, 24))]
"""How long after its acceptance a text is queried; the last of these ends the last series."""


_Records = dict[AcceptedText, ProviderRecord | None]
"""The provider's records of texts; None where it has none, or none that can be read."""


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
    patience_seconds: float = math.inf
    """How long a question is repeated while the provider cannot answer it."""

    def reconcile(
        self,
        *,
        campaign_id: str | None = None,
        older_than: timedelta = timedelta(0),
        progress: Callable[[int], None] = lambda _count: None,
    ) -> Reconciled:
        """Query every text that is not final, once; `progress` gets the number of texts so far.

        Many are looked for in the provider's list first. Raises `ProviderError` where the provider
        cannot be asked; what was recorded stays.
        """
        total = Reconciled()
        for step in self.steps(EPOCH, self._now() - older_than, campaign_id):
            total += step
            progress(total.asked)
        return total

    def steps(
        self, since: datetime, until: datetime, campaign_id: str | None = None
    ) -> Iterator[Reconciled]:
        """Do the same for the texts accepted between these times; each step asks for one page."""
        waiting = self._accepted(TextCursor(since), until, campaign_id)
        for records in chain(self._from_list(waiting), self._one_by_one(waiting)):
            yield self._record(records)

    def _accepted(
        self, after: TextCursor, until: datetime, campaign_id: str | None
    ) -> dict[str, AcceptedText]:
        """SID → the accepted texts behind that cursor, the oldest first."""
        texts = dict[str, AcceptedText]()
        while page := self.worklist.accepted_texts(after, until, _ACCEPTED_AT_ONCE, campaign_id):
            texts |= {text.sid: text for text in page}
            after = page[-1].cursor
        return texts

    def _from_list(self, waiting: dict[str, AcceptedText]) -> Iterator[_Records]:
        """The records in the list of texts sent since the oldest; takes these texts out.

        It is read as long as that can be faster than asking about each text.
        """
        most_pages = len(waiting) // _ANSWERS_IN_TIME_OF_A_PAGE
        if not most_pages:
            return
        oldest = next(iter(waiting.values())).cursor.since
        for page in islice(self._asking.pages(oldest - TOLERANCE), most_pages):
            yield {waiting.pop(record.sid): record for record in page if record.sid in waiting}
            if not waiting:
                return

    def _one_by_one(self, waiting: dict[str, AcceptedText]) -> Iterator[_Records]:
        """The records of the texts, asked for by their SIDs; takes these texts out."""
        while texts := list(islice(waiting.values(), PAGE)):
            yield self._records_of(texts)
            for text in texts:
                del waiting[text.sid]

    def recover(
        self, since: datetime, progress: Callable[[int], None] = lambda _count: None
    ) -> ReconciliationCounts:
        """Match every text that was sent since then, and that the ledger lost, with its delivery.

        A delivery with such a text is not attempted again, and staff decide where it is not sure.
        The reconciliation is recorded, too. Raises `ProviderError`; a repeat finds what was matched
        before.
        """
        earliest = min(since, self._now()) - TOLERANCE
        matches: dict[str, RecordMatch] = {}
        for records in self._of_lost_time(earliest):
            new = {
                record.sid: record
                for record in records
                if record.created_at >= earliest and record.sid not in matches
            }
            for texts in by_number(new.values()).values():
                matches |= match_records(self.ledger, self.codes, texts)
                progress(len(matches))
        counts = self._counts(Counter(matches.values()))
        self.ledger.execute(RecordReconciliation(by=SENDER, counts=counts)).result()
        return counts

    def _of_lost_time(self, earliest: datetime) -> Iterator[Sequence[ProviderRecord]]:
        """The provider's records since then of all texts to any number that waits for one.

        Those that were sent come first, so that few deliveries still wait when they are matched.
        Texts that wait to be sent are only in the list of all texts, at any place. Where that is
        long, each number that still waits is asked about instead. A text that is sent while the
        list is read may change its place; it is among those sent since then.
        """
        yield self._sent_since(earliest)
        waiting = self.worklist.count_unsent()
        most_pages = max(ceil(waiting / _ANSWERS_IN_TIME_OF_A_PAGE), _FEWEST_PAGES)
        began_at = self._now()
        listed, is_whole = self._read_list(earliest, most_pages)
        yield [*listed, *self._sent_since(began_at - TOLERANCE)]
        if not is_whole:
            yield from self._of_waiting_numbers()

    def _sent_since(self, since: datetime) -> list[ProviderRecord]:
        return list(chain.from_iterable(self._asking.pages(since)))

    def _read_list(self, earliest: datetime, most_pages: int) -> tuple[list[ProviderRecord], bool]:
        """The texts since then in the list of all, and whether it has no more pages than that."""
        records: list[ProviderRecord] = []
        for number, page in enumerate(self._asking.pages()):
            if number == most_pages:
                return records, False
            records += [record for record in page if record.created_at >= earliest]
        return records, True

    def _of_waiting_numbers(self) -> Iterator[Sequence[ProviderRecord]]:
        """The provider's records of each number that waits for a text."""
        after = ""
        while delivery_ids := self.worklist.unsent(after, PAGE):
            texts = texts_of(self.ledger.reader, delivery_ids).values()
            numbers = {text.to for text in texts if text}
            yield from self._asking.texts_to(numbers)
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
        if not self.worklist.accepted_texts(TextCursor(now - _AFTER[-1]), now - _AFTER[0], 1):
            return False  # no series has a text, so none of their cursors need be leased
        for after, until in pairwise(_AFTER):
            name = f"after {after // timedelta(hours=1)} h"
            cursor = self.cursors.lease(name)
            if cursor is None:
                continue
            page = self.worklist.accepted_texts(
                max(cursor, TextCursor(now - until)), now - after, PAGE
            )
            if page:
                self._record(self._records_of(page))
                self.cursors.advance(name, page[-1].cursor)
                return True
        return False

    def _records_of(self, texts: Sequence[AcceptedText]) -> _Records:
        records = self._asking.texts([text.sid for text in texts])
        return dict(zip(texts, records, strict=True))

    def _record(self, records: _Records) -> Reconciled:
        recording = {
            text: self.ledger.execute(
                RecordFetchedStatus(text.cursor.delivery_id, record, self.codes)
            )
            for text, record in records.items()
            if record
        }
        news = 0
        for text, is_news in recording.items():
            with isolated("The fetched status", text.cursor.delivery_id):
                news += is_news.result()
        return Reconciled(asked=len(records), news=news, unknown=len(records) - len(recording))

    @property
    def _asking(self) -> PatientAsking:
        return PatientAsking(
            provider=self.provider, stop=self.stop, patience_seconds=self.patience_seconds
        )

    def _now(self) -> datetime:
        return self.ledger.clock.now()
