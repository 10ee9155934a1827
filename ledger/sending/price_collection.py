"""Collects what texts cost from the provider's list, page by page and slowly.

The provider knows a price some time after a text was sent, and no callback has it. So the texts of
a day are listed while there are new ones, and again when the day is over by hours, a day and a
week, since a price may come late or be corrected. A price that is known already is not recorded.
"""

import time
from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from datetime import time as time_of_day

from ledger.commands.text_prices import RecordTextPrices
from ledger.domain.events import AttemptAccepted
from ledger.domain.provider_record import ProviderRecord
from ledger.domain.text_prices import TextPrice, price_of
from ledger.errors import ProviderError
from ledger.ledger import Ledger
from ledger.providers.contract import Provider
from ledger.sending.cursors import Cursors
from ledger.sending.price_passes import PricePass, PricePasses
from ledger.sending.price_settings import PriceSettings
from ledger.sending.worklist import SentText, Worklist

_CURSOR = "prices"
"""The lease by which one process at a time collects."""
_AFTER_END = (timedelta(hours=2), timedelta(days=1), timedelta(days=7))
"""How long after its end a day is listed again, whatever was found before."""
_DAYS = 10
"""How many days back are looked at; every one of `_AFTER_END` has passed by then."""
_LONGEST_QUEUE = timedelta(hours=10)
"""How long the provider may keep a text before it sends it, on the next day perhaps."""
_PRICE_AFTER = timedelta(hours=1)
"""For how long after its acceptance a text of today is looked for in each pass."""
_LOOK_SECONDS = 15.0
"""How often it is looked whether a pass is due."""
_SECONDS_WHILE_SENDING = 50.0
"""The pause between two pages while texts wait to be sent, or the provider could not be asked.

It is shorter than the lease, so that the same process continues.
"""
_MOST_FAILURES = 3
"""After as many on one page, the pass begins again: its address may not be valid any more."""


@dataclass(kw_only=True)
class PriceCollection:
    """Collects the prices of the last days; several processes may, and one at a time does."""

    ledger: Ledger
    provider: Provider
    passes: PricePasses
    cursors: Cursors
    worklist: Worklist
    texts_of: Callable[[Collection[str]], Mapping[str, SentText]]
    """SIDs → those that the ledger has, up to its head."""
    blocked_until: Callable[[], datetime | None]
    """Until when the provider asked for no requests; None: it did not."""
    settings: PriceSettings
    monotonic: Callable[[], float] = time.monotonic
    """The seconds by which the pauses are measured."""
    _ask_at: float = field(default=0.0, init=False)
    """Monotonic seconds."""
    _failures: int = field(default=0, init=False)

    def read_next_page(self) -> bool:
        """Read one page, if one is due; return whether it was read. Raises `StoreUnavailable`."""
        if self.monotonic() < self._ask_at:
            return False
        self._ask_at = self.monotonic() + _LOOK_SECONDS
        if not self._is_anything_due() or self.blocked_until():
            return False
        if self.cursors.lease(_CURSOR) is None:
            return False
        current = self._open_pass()
        if current is None:
            return False
        try:
            self._read(current)
        except ProviderError as error:
            self._note_failure(current, error)
            return False
        self._failures = 0
        self._ask_at = self.monotonic() + self._pause_seconds()
        return True

    def _pause_seconds(self) -> float:
        pause = 60 / self.settings.pages_per_minute
        is_sending = bool(self.worklist.due(self._now(), 1))
        return max(pause, _SECONDS_WHILE_SENDING) if is_sending else pause

    def _note_failure(self, current: PricePass, error: ProviderError) -> None:
        pause = max(error.retry_after_seconds or 0.0, _SECONDS_WHILE_SENDING)
        self._ask_at = self.monotonic() + pause
        self._failures += 1
        if current.next_page and self._failures >= _MOST_FAILURES:
            self.passes.restart(current.day)
            self._failures = 0

    # Which pass.

    def _is_anything_due(self) -> bool:
        """Whether a pass has begun or is due. It only reads, because that is rarely so."""
        passes, now = self.passes.all(), self._now()
        return any(each.is_open for each in passes.values()) or any(
            self._is_due(day, passes.get(day), now) for day in _days_until(now)
        )

    def _open_pass(self) -> PricePass | None:
        """The pass that has begun, or the next one that is due; None without any."""
        passes = self.passes.all()
        for each in passes.values():
            if each.is_open:
                return each
        now = self._now()
        self.passes.forget_before(now.date() - timedelta(days=2 * _DAYS))
        for day in _days_until(now):
            last = passes.get(day)
            if self._is_due(day, last, now):
                began = self.passes.begin(day, now, is_open=self._has_texts(day, last, now))
                if began.is_open:
                    return began
        return None

    def _is_due(self, day: date, last: PricePass | None, now: datetime) -> bool:
        if last is None:
            return True
        end = _start_of(day + timedelta(days=1))
        if now < end + _AFTER_END[0]:
            return now >= last.began_at + self.settings.every
        return last.began_at < max(end + after for after in _AFTER_END if end + after <= now)

    def _has_texts(self, day: date, last: PricePass | None, now: datetime) -> bool:
        """Whether texts were accepted whose price a pass over this day can bring."""
        start, end = _start_of(day), _start_of(day + timedelta(days=1))
        since = start - _LONGEST_QUEUE
        if last is not None and now < end + _AFTER_END[0]:
            since = max(since, last.began_at - _PRICE_AFTER)
        reader = self.ledger.reader
        until = reader.seq_before(end)
        return bool(
            reader.events(
                reader.seq_before(since), limit=1, until=until, topics=(AttemptAccepted.topic,)
            )
        )

    # One page.

    def _read(self, current: PricePass) -> None:
        """Read a page and record its prices; a kill before the last line reads it once more."""
        page = self.provider.sent_on(current.day, current.next_page)
        for command in self._commands(page.records):
            self.ledger.execute(command).result()
        self.passes.advance(current.day, page.next_page, self._now())

    def _commands(self, records: Sequence[ProviderRecord]) -> Iterator[RecordTextPrices]:
        prices = {record.sid: price for record in records if (price := price_of(record))}
        by_campaign: dict[str, dict[str, TextPrice]] = defaultdict(dict)
        texts = self.texts_of(prices)
        for sid, text in texts.items():
            if text.price != prices[sid]:
                by_campaign[text.campaign_id][sid] = prices[sid]
        for campaign_id, new in by_campaign.items():
            yield RecordTextPrices(
                stream_id=self._stream_id(campaign_id, new, texts),
                campaign_id=campaign_id,
                prices=new,
            )

    def _stream_id(
        self, campaign_id: str, new: Mapping[str, TextPrice], texts: Mapping[str, SentText]
    ) -> str:
        """Return an id that the same prices have again, unless others were recorded meanwhile."""
        seqs = {sid: texts[sid].price_seq for sid in new}
        words = [
            f"{sid} {price.segments} {price.cost_millionths} {price.currency} {seqs[sid]}"
            for sid, price in sorted(new.items())
        ]
        return self.ledger.identity.prices_id(campaign_id, words)

    def _now(self) -> datetime:
        return self.ledger.clock.now()


def _days_until(now: datetime) -> list[date]:
    """The days that are looked at, the present one first."""
    return [now.date() - timedelta(days=age) for age in range(_DAYS)]


def _start_of(day: date) -> datetime:
    return datetime.combine(day, time_of_day(), tzinfo=UTC)
