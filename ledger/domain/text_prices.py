"""What a text costs, as whole numbers: Twilio writes a price such as "-0.00790", in "USD".

Standard library only.
"""

from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal

from ledger.domain.provider_record import ProviderRecord

MILLION = 1_000_000


@dataclass(frozen=True)
class TextPrice:
    """The segments and the cost of one text; 7,900 millionths of USD are 0.0079 USD."""

    segments: int | None
    cost_millionths: int
    """Negative for a credit."""
    currency: str
    """Blank where the provider names none."""


def price_of(record: ProviderRecord) -> TextPrice | None:
    """Return the price in a record; None while the provider does not know it."""
    if record.price is None:
        return None
    return TextPrice(record.segments, cost_of(record.price), record.currency or "")


def cost_of(price: str) -> int:
    """Return the cost, in millionths, of a price as the provider writes it: negative for a cost.

    What is smaller than a millionth is rounded.
    """
    millionths = (-Decimal(price) * MILLION).quantize(Decimal(1), rounding=ROUND_HALF_EVEN)
    return int(millionths)
