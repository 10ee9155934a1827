"""The event of what texts cost; the provider says it some time after a text was sent."""

from dataclasses import dataclass

from ledger.domain.events.base import Event


@dataclass(frozen=True, kw_only=True)
class PricedTexts:
    """Texts of one price: how many segments each has, and what each costs.

    7,900 millionths of USD are 0.0079 USD. A negative cost is a credit.
    """

    segments: int | None
    cost_millionths: int
    currency: str
    """As the provider writes it, such as USD; blank where it names none."""
    sids: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class TextPricesRecorded(Event):
    """The provider's list said what texts of this campaign cost; up to a page of them at once.

    Where a text has several prices, the one that was recorded last counts. The event is in a stream
    of its own, so that nothing that reads the campaign has to read prices.
    """

    campaign_id: str
    prices: tuple[PricedTexts, ...]
