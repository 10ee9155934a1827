"""What one pass over the due texts did, and why it may have left some of them."""

from dataclasses import dataclass
from enum import Enum, auto


class LeftCause(Enum):
    """Why a pass ended before every due text was attempted."""

    RATE_LIMIT = auto()
    """Twilio asked all senders to wait for longer than a pass waits."""
    SENDER_CAP = auto()
    """The sender reached a cap, which holds all texts."""
    NO_ANSWERS = auto()
    """Several requests in a row had no readable answer, so that more texts could be in doubt."""
    STOPPED = auto()
    """The program was asked to end."""


@dataclass(frozen=True, kw_only=True)
class SendingPass:
    """What one pass over the due texts did."""

    attempts: int
    left: int = 0
    """How many texts were due and were not attempted."""
    cause: LeftCause | None = None
    """Why texts were left."""
