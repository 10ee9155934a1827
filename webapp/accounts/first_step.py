"""The note that somebody's password was right, until the second step of signing in.

    second step of usr_5f2c0e9a:3:1764234000000000

It is kept in the signed cookie of the session, and is no session: nobody is signed in by it. It is
void after ten minutes, and once all access of the account was ended.
"""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta

from ledger.clock import from_microseconds, to_microseconds

_KEPT_FOR = timedelta(minutes=10)
_NOTE = re.compile(r"second step of (\w+):(\d+):(\d+)")


@dataclass(frozen=True)
class FirstStep:
    """Whose password was right, and in which epoch of the account."""

    user_id: str
    epoch: int


def note_of(step: FirstStep, now: datetime) -> str:
    """Return the note of a first step that succeeds now."""
    return f"second step of {step.user_id}:{step.epoch}:{to_microseconds(now)}"


def owner_of_note(note: str, now: datetime) -> FirstStep | None:
    """Return what a note says; None for what is too old, or no note."""
    match = _NOTE.fullmatch(note)
    if match is None or now - from_microseconds(int(match[3])) > _KEPT_FOR:
        return None
    return FirstStep(match[1], int(match[2]))
