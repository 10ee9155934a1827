"""Sentences about conversations: how many need a reply, and why nothing can be sent."""

from datetime import datetime

from ledger.domain.events import ContactOptedOut
from ledger.domain.vocabulary import OptOutSource
from projections.conversations.rows import MOST_COUNTED
from webapp.explain.near_times import day_in_sentence, since
from webapp.explain.numbers import number, plural

NOBODY_WAITS = "Nobody needs a reply."
_BY_TEXT = {OptOutSource.INBOUND, OptOutSource.WORDS}


def count_words(count: int) -> str:
    """Return "4", and "999+" where counting ended."""
    return f"{number(MOST_COUNTED - 1)}+" if count >= MOST_COUNTED else number(count)


def past_waiting_sentence(count: int) -> str:
    """Return "4 needed a reply.", for a moment of the past."""
    return f"{count_words(count) if count else 'Nobody'} needed a reply."


def waiting_sentence(count: int, oldest_at: datetime | None, now: datetime) -> str:
    """Return "4 need a reply, the oldest since yesterday 16:12"."""
    if not count:
        return NOBODY_WAITS
    waiting = f"{count_words(count)} {plural(count, 'needs', 'need')} a reply"
    if oldest_at is None:
        return waiting
    return f"{waiting}, {plural(count, 'since', 'the oldest since')} {since(oldest_at, now)}"


def opted_out_sentence(event: ContactOptedOut | None, at: datetime | None, now: datetime) -> str:
    """Return "This number opted out on 21 Nov by text. Nothing can be sent to it."."""
    when = f" {day_in_sentence(at, now)}" if at else ""
    if event is None:
        how = "is opted out"
    elif event.source in _BY_TEXT:
        how = f"opted out{when} by text"
    elif event.source == OptOutSource.STAFF:
        how = f"was opted out{when} by staff"
    else:
        how = f"was reported by Twilio{when} as opted out"
    return f"This number {how}. Nothing can be sent to it."
