"""Reads a moment of the past: the number of an event, or a time in ISO 8601."""

from dataclasses import dataclass
from datetime import UTC, datetime

from ledger.errors import BadInput
from ledger.reader import LedgerReader
from webapp.whole_numbers import whole_number


@dataclass(frozen=True)
class Past:
    """The moment right after an event; `at` is when it was recorded, None before the first."""

    seq: int
    at: datetime | None


def past_of(reader: LedgerReader, text: str) -> Past:
    """Return the moment that a text such as "#48210" names; a time without a zone is UTC.

    Raises `BadInput` for any other text, and for an event that is not recorded yet.
    """
    seq = _seq_of(reader, text.strip().removeprefix("#"))
    head = reader.head()
    if seq > head:
        raise BadInput(f"The ledger ends at #{head}; there is no #{seq} yet.")
    return Past(seq, reader.event(seq).recorded_at if seq else None)


def _seq_of(reader: LedgerReader, text: str) -> int:
    if text.isdecimal():
        return whole_number(text)
    try:
        moment = datetime.fromisoformat(text)
        aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        return reader.seq_at(aware.astimezone(UTC))
    except (ValueError, OverflowError) as error:
        raise BadInput(
            f"{text!r} is not a moment. Give the number of an event, or a time such as "
            "2026-11-21T10:31 (UTC)."
        ) from error
