"""When a text that was sent counts as one that no carrier will confirm. Standard library only."""

from datetime import datetime, timedelta

UNCONFIRMED_AFTER = timedelta(hours=72)
"""Twilio holds a text for ten hours at most, and carriers try to deliver it for three days."""


def unconfirmed_before(now: datetime) -> datetime:
    """Return the time before which such a text was accepted."""
    return now - UNCONFIRMED_AFTER
