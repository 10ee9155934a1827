"""A text as the provider's own records tell it. Standard library only."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, kw_only=True)
class ProviderRecord:
    """What asking the provider brings; `to` is an E.164 number."""

    sid: str
    status: str
    code: str | None
    to: str
    body: str
    created_at: datetime
    is_from_us: bool
    """Whether it came from the number or messaging service that we send from now."""
    segments: int | None = None
    price: str | None = None
    """A decimal number, below 0 for what we pay; None while it is not known."""
    currency: str | None = None
