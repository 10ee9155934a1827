"""How long to wait before the next attempt, when to give up, and which deliveries staff may resend.

Pure functions of their arguments (R7–R11, R18). Standard library only.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field

from ledger.domain.standing import Stage, Standing
from ledger.domain.vocabulary import DeliveryStatus, LeftOutReason, Reason
from ledger.errors import BadInput

LONGEST_WAIT_SECONDS = 6 * 3600
_FIRST_PUT_BACK_SECONDS = 15
_LONGEST_PUT_BACK_SECONDS = 3600
_JITTER = 0.1


@dataclass(frozen=True, kw_only=True)
class ResendPolicy:
    """When a campaign sends again by itself, and when it gives up; part of `CampaignLaunched`."""

    first_wait_seconds: int = 300
    attempt_limit: int | None = None
    """The most attempts per contact; None for no limit."""
    code_limits: Mapping[str, int] = field(default_factory=lambda: {"30003": 3})
    """Error code → the most attempts that end with it; then the delivery fails with its reason."""

    def check(self) -> None:
        """Raise `BadInput` for a wait or a limit that is out of range."""
        if not 0 <= self.first_wait_seconds <= LONGEST_WAIT_SECONDS:
            raise BadInput(
                f"The first wait is {self.first_wait_seconds} seconds; "
                f"give a number from 0 to {LONGEST_WAIT_SECONDS} (6 hours)."
            )
        if self.attempt_limit is not None and self.attempt_limit < 1:
            raise BadInput(f"The attempt limit is {self.attempt_limit}; give 1 or more, or none.")

    def is_at_limit(self, tries: int, code: str | None) -> bool:
        """Whether a soft bounce of the `tries`-th counted attempt is the last one (R11)."""
        limits = (self.attempt_limit, self.code_limits.get(code or ""))
        return any(limit is not None and tries >= limit for limit in limits)

    def wait_seconds(self, tries: int, delivery_id: str, turn: int) -> float:
        """Return the wait after a soft bounce: it doubles, up to 6 hours, and is spread."""
        wait = self.first_wait_seconds * 2.0 ** min(tries - 1, 30)
        return spread(min(wait, LONGEST_WAIT_SECONDS), delivery_id, turn)


def put_back_seconds(put_backs: int, delivery_id: str, turn: int) -> float:
    """Return the wait after the `put_backs`-th in a row: it doubles from 15 s to an hour."""
    wait = _FIRST_PUT_BACK_SECONDS * 2.0 ** min(put_backs - 1, 30)
    return spread(min(wait, _LONGEST_PUT_BACK_SECONDS), delivery_id, turn)


def spread(seconds: float, delivery_id: str, turn: int) -> float:
    """Shorten a wait by up to a tenth, always by the same for the same delivery and turn.

    Otherwise a thousand texts that bounced in one second would all be sent again in one second.
    """
    digest = hashlib.sha256(f"{delivery_id}:{turn}".encode()).digest()
    return seconds * (1 - _JITTER * int.from_bytes(digest[:4]) / 2**32)


def left_out_reason(
    standing: Standing,
    *,
    is_opted_out: bool,
    is_forgotten: bool,
    is_confirmation: bool,
    lacks_consent: bool,
    include_unreachable: bool,
) -> LeftOutReason | None:
    """Return why a resend by staff leaves this delivery out; None where it is resent (R18).

    `lacks_consent` is true only where consent is required.
    """
    if standing.status is not DeliveryStatus.FAILED:
        return _reason_not_failed(standing)
    if is_opted_out:
        return LeftOutReason.OPTED_OUT
    if is_forgotten:
        return LeftOutReason.FORGOTTEN
    if is_confirmation:
        return LeftOutReason.CONFIRMATION
    if lacks_consent:
        return LeftOutReason.NO_CONSENT
    reason = standing.reason or Reason.UNKNOWN
    if reason.is_resend_advised_against and not include_unreachable:
        return LeftOutReason(reason)
    return None


def _reason_not_failed(standing: Standing) -> LeftOutReason:
    if standing.status is DeliveryStatus.DELIVERED:
        return LeftOutReason.DELIVERED
    if standing.awaits_attempt:
        return LeftOutReason.WAITING
    if standing.stage is Stage.UNKNOWN:
        return LeftOutReason.OUTCOME_UNKNOWN
    return LeftOutReason.IN_FLIGHT
