"""The verify mark of every page: whether what is shown is what was recorded, and since when."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from webapp.explain.numbers import counted, number
from webapp.explain.times import age_text
from webapp.verifications import FRESH_FOR, VerificationState


class Tone(StrEnum):
    """How good the news is; also the ending of the CSS class."""

    GOOD = "good"
    WAIT = "wait"
    BAD = "bad"


@dataclass(frozen=True, kw_only=True)
class VerifyMark:
    """The mark: "Verified up to #41, 2 min ago"."""

    tone: Tone
    words: str
    at: datetime | None = None
    """When the verification began."""
    fresh_minutes: int = 0
    """For how many whole minutes it stays good, while the page is open."""
    first_seq: int | None = None
    """The first event that is wrong."""


def verify_mark(state: VerificationState, head: int, now: datetime) -> VerifyMark:
    """Return the mark; it is good only while nothing speaks against it."""
    last, checkpoint_size = state.last, state.checkpoint_size
    if last is None:
        return VerifyMark(tone=Tone.WAIT, words="Not verified yet")
    age, at = now - last.began_at, last.began_at
    when = age_text(age.total_seconds())
    if last.fault_count:
        faults = counted(last.fault_count, "fault")
        words = f"Verification found {faults} {when}: {last.first_fault}."
        return VerifyMark(tone=Tone.BAD, words=words, at=at, first_seq=last.first_seq)
    verified = f"Verified up to #{number(last.size)}, {when}"
    if last.size < checkpoint_size:
        words = f"{verified}; the newest checkpoint is at #{number(checkpoint_size)}"
        return VerifyMark(tone=Tone.WAIT, words=words, at=at)
    if last.size > head:
        words = f"{verified}; now the ledger ends at #{number(head)}"
        return VerifyMark(tone=Tone.BAD, words=words, at=at)
    if not timedelta(0) <= age < FRESH_FOR:
        return VerifyMark(tone=Tone.WAIT, words=verified, at=at)
    fresh_minutes = int((FRESH_FOR - age).total_seconds()) // 60
    return VerifyMark(tone=Tone.GOOD, words=verified, at=at, fresh_minutes=min(fresh_minutes, 4))
