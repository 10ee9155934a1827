"""Fills the tables of costs from two kinds of events: prices of a page of texts, and of one text.

Prices are recorded slowly, long after the texts, so that no launch and no callback waits for this.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from ledger.domain.events import StatusFetched, TextPricesRecorded
from ledger.domain.text_prices import TextPrice, price_in
from ledger.recorded_event import RecordedEvent
from projections.costs.statements import deliveries_of, last_prices
from projections.costs.tables import cost_changes, metadata, text_costs
from projections.engine.projection import Projection, insert_many


@dataclass(frozen=True, kw_only=True)
class _Fact:
    delivery_id: str
    sid: str
    price: TextPrice


class CostsProjection(Projection):
    """Keeps every price of each text, and what each event added to its campaign."""

    metadata = metadata
    topics = frozenset({TextPricesRecorded.topic, StatusFetched.topic})

    def apply(self, connection: sa.Connection, recorded_events: Sequence[RecordedEvent]) -> None:
        """Add the prices that are new; one that says the same as before changes nothing."""
        for recorded in recorded_events:
            facts = list(_facts(connection, recorded))
            if facts and recorded.campaign_id:
                _add(connection, recorded.campaign_id, recorded.seq, facts)


def _facts(connection: sa.Connection, recorded: RecordedEvent) -> Iterator[_Fact]:
    match recorded.event:
        case StatusFetched() as fetched:
            if price := price_in(fetched.price, fetched.segments, fetched.currency):
                yield _Fact(delivery_id=fetched.delivery_id, sid=fetched.sid, price=price)
        case TextPricesRecorded() as event:
            sids = [sid for texts in event.prices for sid in texts.sids]
            deliveries = deliveries_of(connection, event.campaign_id, sids, recorded.seq)
            for texts in event.prices:
                of_each = TextPrice(texts.segments, texts.cost_millionths, texts.currency)
                for sid in texts.sids:
                    if sid in deliveries:
                        yield _Fact(delivery_id=deliveries[sid], sid=sid, price=of_each)


def _add(connection: sa.Connection, campaign_id: str, seq: int, facts: Iterable[_Fact]) -> None:
    by_sid = {fact.sid: fact for fact in facts}
    before = last_prices(connection, {fact.delivery_id for fact in by_sid.values()})
    new = [fact for sid, fact in by_sid.items() if before.get(sid) != fact.price]
    if not new:
        return
    insert_many(
        connection,
        text_costs,
        [
            {
                "delivery_id": fact.delivery_id,
                "sid": fact.sid,
                "seq": seq,
                "segments": fact.price.segments,
                "cost_millionths": fact.price.cost_millionths,
                "currency": fact.price.currency,
            }
            for fact in new
        ],
    )
    changes = _changes(new, before)
    rows = [
        {"campaign_id": campaign_id, "seq": seq, "currency": currency, **numbers}
        for currency, numbers in sorted(changes.items())
    ]
    insert_many(connection, cost_changes, rows)


_NUMBERS = ("texts", "segments", "cost_millionths")


def _changes(new: Iterable[_Fact], before: Mapping[str, TextPrice]) -> dict[str, dict[str, int]]:
    """Currency → what is added; the price that a text had before is taken out."""
    changes: dict[str, Counter[str]] = defaultdict(Counter)
    for fact in new:
        _count(changes[fact.price.currency], fact.price, 1)
        if old := before.get(fact.sid):
            _count(changes[old.currency], old, -1)
    return {
        currency: {name: numbers[name] for name in _NUMBERS}
        for currency, numbers in changes.items()
    }


def _count(numbers: Counter[str], price: TextPrice, sign: int) -> None:
    numbers["texts"] += sign
    numbers["segments"] += sign * (price.segments or 0)
    numbers["cost_millionths"] += sign * price.cost_millionths
