"""How long to wait before the next attempt, when to give up, and whom staff may resend to.

Standard library only; every answer follows from its arguments (R7–R11, R18).
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
    """When a campaign tries again by itself, and when it stops; part of `CampaignLaunched`."""

    first_wait_seconds: int = 300
    attempt_limit: int | None = None
    """No contact is tried more often than this; None tries for ever."""
    code_limits: Mapping[str, int] = field(default_factory=lambda: {"30003": 3})
    """Limits of single error codes; a limit reached fails with that code's reason."""

    def check(self) -> None:
        """Raise `BadInput` for a wait or a limit that makes no sense."""
        if not 0 <= self.first_wait_seconds <= LONGEST_WAIT_SECONDS:
            raise BadInput(
                f"The first wait is {self.first_wait_seconds} seconds; "
                f"give a number from 0 to {LONGEST_WAIT_SECONDS} (6 hours)."
            )
        if self.attempt_limit is not None and self.attempt_limit < 1:
            raise BadInput(f"The attempt limit is {self.attempt_limit}; give 1 or more, or none.")

    def is_at_limit(self, tries: int, code: str | None) -> bool:
        """Whether the soft bounce of the `tries`-th counted attempt is the last one (R11)."""
        limits = (self.attempt_limit, self.code_limits.get(code or ""))
        return any(limit is not None and tries >= limit for limit in limits)

    def wait_seconds(self, tries: int, delivery_id: str, turn: int) -> float:
        """The wait after a soft bounce: doubling, at most 6 hours, spread by up to a tenth."""
        wait = self.first_wait_seconds * 2.0 ** min(tries - 1, 30)
        return spread(min(wait, LONGEST_WAIT_SECONDS), delivery_id, turn)


def put_back_seconds(put_backs: int, delivery_id: str, turn: int) -> float:
    """The wait after the `put_backs`-th put back in a row: doubling from 15 s to an hour."""
    wait = _FIRST_PUT_BACK_SECONDS * 2.0 ** min(put_backs - 1, 30)
    return spread(min(wait, _LONGEST_PUT_BACK_SECONDS), delivery_id, turn)


def spread(seconds: float, delivery_id: str, turn: int) -> float:
    """The wait made up to a tenth shorter, the same for the same delivery and turn.

    A thousand texts bounced in one second would else all be tried again in one second.
    """
    digest = hashlib.sha256(f"{delivery_id}:{turn}".encode()).digest()
    return seconds * (1 - _JITTER * int.from_bytes(digest[:4]) / 2**32)


def left_out_reason(
    standing: Standing, *, is_opted_out: bool, is_forgotten: bool, include_unreachable: bool
) -> LeftOutReason | None:
    """Why a resend by staff leaves this delivery out, or None where it may go ahead (R18)."""
    if standing.status is not DeliveryStatus.FAILED:
        return _left_alone(standing)
    if is_opted_out:
        return LeftOutReason.OPTED_OUT
    if is_forgotten:
        return LeftOutReason.FORGOTTEN
    reason = standing.reason or Reason.UNKNOWN
    if reason.is_resend_advised_against and not include_unreachable:
        return LeftOutReason(reason)
    return None


def _left_alone(standing: Standing) -> LeftOutReason:
    """Why nothing is to be done about what has not failed."""
    if standing.status is DeliveryStatus.DELIVERED:
        return LeftOutReason.DELIVERED
    if standing.awaits_attempt:
        return LeftOutReason.WAITING
    return (
        LeftOutReason.OUTCOME_UNKNOWN
        if standing.stage is Stage.UNKNOWN
        else LeftOutReason.IN_FLIGHT
    )
