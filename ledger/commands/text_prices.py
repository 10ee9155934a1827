"""Recording what texts cost, as the provider's list says it."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from ledger.domain.actors import SENDER
from ledger.domain.events import PricedTexts, TextPricesRecorded
from ledger.domain.text_prices import TextPrice
from ledger.unit_of_work import Command, UnitOfWork


@dataclass(frozen=True, kw_only=True)
class RecordTextPrices(Command[bool]):
    """Record the prices of texts of one campaign; returns whether they were new.

    The stream has the name of its contents, so that two processes that read the same page record it
    once, and no command has to read the prices that were recorded before.
    """

    stream_id: str
    """See `Identity.prices_id`."""
    campaign_id: str
    prices: Mapping[str, TextPrice]
    """SID → price."""

    @property
    def streams(self) -> Collection[str]:
        return [self.stream_id]

    def decide(self, work: UnitOfWork) -> bool:
        if work.has_events(self.stream_id):
            return False
        event = TextPricesRecorded(
            originator_id=self.stream_id,
            originator_version=1,
            actor=SENDER,
            campaign_id=self.campaign_id,
            prices=_grouped(self.prices),
        )
        work.append(event)
        return True


def _grouped(prices: Mapping[str, TextPrice]) -> tuple[PricedTexts, ...]:
    """Return the texts of each price together: most texts of a campaign have the same one."""
    sids: dict[TextPrice, list[str]] = defaultdict(list)
    for sid, price in sorted(prices.items()):
        sids[price].append(sid)
    return tuple(
        PricedTexts(
            segments=price.segments,
            cost_millionths=price.cost_millionths,
            currency=price.currency,
            sids=tuple(of_price),
        )
        for price, of_price in sids.items()
    )
