"""A moment of the past that somebody asks for: an event's number, or a time in ISO 8601."""

from dataclasses import dataclass
from datetime import UTC, datetime

from ledger.errors import BadInput
from ledger.reader import LedgerReader
from webapp.whole_numbers import whole_number


@dataclass(frozen=True)
class Past:
    """Right after that event; `at` is when it was recorded, None before the first."""

    seq: int
    at: datetime | None


def past_of(reader: LedgerReader, words: str) -> Past:
    """The moment that the words name; a time without a zone is UTC. Raises `BadInput`."""
    seq = _seq_of(reader, words.strip().removeprefix("#"))
    head = reader.head()
    if seq > head:
        raise BadInput(f"The ledger ends at #{head}; there is no #{seq} yet.")
    return Past(seq, reader.event(seq).recorded_at if seq else None)


def _seq_of(reader: LedgerReader, words: str) -> int:
    if words.isdecimal():
        return whole_number(words)
    try:
        moment = datetime.fromisoformat(words)
        aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        return reader.seq_at(aware.astimezone(UTC))
    except (ValueError, OverflowError) as error:
        raise BadInput(
            f"{words!r} is no moment: give the number of an event, or a time as in "
            "2026-11-21T10:31 (UTC)."
        ) from error
