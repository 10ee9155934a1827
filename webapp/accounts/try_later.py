"""What a page says to a person who must wait before signing in, or before setting a password."""

from collections import Counter
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from ledger.errors import LedgerError
from webapp.explain.numbers import counted

if TYPE_CHECKING:
    from flask import Flask


TRY_LATER_COUNTS = "try-later-counts"
"""The extension of a Flask app that has the counts."""


def try_later_counts(app: "Flask") -> Counter[str]:
    """Count by "waited" (too many were wrong) and "busy" (too many at once), in this process."""
    counts: Counter[str] = app.extensions.setdefault(TRY_LATER_COUNTS, Counter())
    return counts


class TryLater(LedgerError):  # noqa: N818 - reads as the outcome it is
    """Nothing was checked or changed; the same may succeed after `retry_after_seconds`."""

    def __init__(self, message: str, retry_after_seconds: int) -> None:
        super().__init__(message)
        self.retry_after_seconds = retry_after_seconds


class HashingBusy(TryLater):
    """Too many passwords are waiting to be checked or set."""

    def __init__(self) -> None:
        super().__init__(
            "Too many people are signing in at this moment. Nothing was checked or changed; "
            "try again in a few seconds.",
            retry_after_seconds=5,
        )


class TooManyFailures(TryLater):
    """Passwords, or codes, were wrong too often lately, with this name or from this address."""

    def __init__(self, now: datetime, until: datetime, what: str = "passwords") -> None:
        seconds = max(-((now - until) // timedelta(seconds=1)), 1)
        minutes = -(-seconds // 60)
        when = counted(minutes, "minute")
        super().__init__(
            f"Too many {what} were wrong. Try again in {when}. If you cannot wait, ask your "
            "administrator for a sign-in link: it works at once.",
            retry_after_seconds=seconds,
        )
