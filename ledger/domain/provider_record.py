"""A text in the provider's own records. Standard library only."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, kw_only=True)
class ProviderRecord:
    """One text, as the provider returns it when asked; `to` is an E.164 number."""

    sid: str
    status: str
    code: str | None
    to: str
    body: str
    created_at: datetime
    """By this machine's clock: the provider's may be ahead or behind."""
    is_from_us: bool
    """Whether it came from the number or messaging service that the ledger sends from now."""
    segments: int | None = None
    price: str | None = None
    """A decimal number, negative for a cost; None while the provider does not know it."""
    currency: str | None = None


def by_number(records: Iterable[ProviderRecord]) -> dict[str, list[ProviderRecord]]:
    """Return number → the texts to it, the earliest first."""
    texts = defaultdict[str, list[ProviderRecord]](list)
    for record in sorted(records, key=lambda record: (record.created_at, record.sid)):
        texts[record.to].append(record)
    return texts
