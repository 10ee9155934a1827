"""What a text costs, as whole numbers: Twilio writes a price such as "-0.00790", in "USD".

Standard library only.
"""

from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal, InvalidOperation

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
    return price_in(record.price, record.segments, record.currency)


def price_in(price: str | None, segments: int | None, currency: str | None) -> TextPrice | None:
    """Return the price of a text as the provider writes it; None for none.

    A cost is negative there. What is smaller than a millionth is rounded, and a price that no text
    can have is none.
    """
    try:
        amount = Decimal(price or "")
    except InvalidOperation:
        return None
    if not amount.is_finite() or abs(amount) >= MILLION:
        return None
    millionths = (-amount * MILLION).quantize(Decimal(1), rounding=ROUND_HALF_EVEN)
    return TextPrice(segments, int(millionths), currency or "")
