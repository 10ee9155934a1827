"""The outcome classifier: what a response or a report of the provider means for one attempt.

It decides once, when the report comes. The result is written into the event, so that a later change
of the code table or of a policy never rewrites history. Standard library only.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from ledger.domain.error_codes import CodeTable, ErrorCode
from ledger.domain.resend_policy import ResendPolicy, put_back_seconds
from ledger.domain.standing import Stage, rank
from ledger.domain.vocabulary import Outcome, Reason, Settlement
from ledger.domain.waits import GROWING

_ON_ITS_WAY = frozenset(
    {"accepted", "scheduled", "queued", "sending", "sent", "partially_delivered"}
)
_ARRIVED = {"delivered": Stage.DELIVERED, "read": Stage.READ}
_FAILED = frozenset({"failed", "undelivered"})
LOCKED_OUT = frozenset({401, 403})
"""The HTTP statuses that refuse every request alike, whether Twilio or a gateway answers."""
_LONGEST_RETRY_AFTER_SECONDS = 24 * 3600.0


@dataclass(frozen=True, kw_only=True)
class AttemptContext:
    """One attempt, with what its waits and limits are calculated from."""

    delivery_id: str
    turn: int
    tries: int
    """Attempts since enrolment or the last resend, with this one and without those not counted."""
    uncounted: int = 0
    """Attempts since then that met a cap of the school after they were accepted."""
    put_backs: int = 0
    """Put backs in a row before this attempt."""
    zone: str = ""
    """The contact's time zone; blank is UTC."""


@dataclass(frozen=True, kw_only=True)
class Classification:
    """The outcome of an attempt; `rank` is None for an unknown status, which changes nothing."""

    outcome: Outcome
    rank: int | None
    code: str | None = None
    reason: Reason | None = None
    next_at: datetime | None = None
    is_counted: bool = True
    """Whether the attempt counts towards a limit."""
    sender_held_until: datetime | None = None
    """Until when all texts of the sender wait; None where only this one does."""


@dataclass(frozen=True)
class OutcomeClassifier:
    """Classifies by one campaign's policy and the table of error codes."""

    policy: ResendPolicy
    codes: CodeTable

    def classify_report(
        self,
        status: str,
        code: str | None,
        attempt: AttemptContext,
        now: datetime,
        *,
        sent_at: datetime | None = None,
    ) -> Classification:
        """Classify the status and error code of a callback or of the provider's records.

        `sent_at` is the time of the text, where the report may come much later.
        """
        turn = attempt.turn
        if progress := classify_progress(status, turn):
            return progress
        if status == "canceled":
            return _hard(turn, Reason.CANCELED, None)
        if status in _FAILED:
            return self._classify_failure(code, attempt, now, sent_at)
        return Classification(outcome=Outcome.NONE, rank=None)

    def _classify_failure(
        self,
        code: str | None,
        attempt: AttemptContext,
        now: datetime,
        sent_at: datetime | None = None,
    ) -> Classification:
        if not code:
            return Classification(
                outcome=Outcome.HARD_FAILURE,
                rank=rank(attempt.turn, Stage.FAILED_WITHOUT_CODE),
                reason=Reason.UNKNOWN,
            )
        row = self.codes.find(code)
        if row and row.is_soft_bounce:
            return self._bounce(row, attempt, now, sent_at or now)
        return _hard(attempt.turn, row.reason if row else Reason.UNKNOWN, code)

    def classify_refusal(
        self,
        http_status: int,
        code: str | None,
        attempt: AttemptContext,
        now: datetime,
        *,
        retry_after_seconds: float | None = None,
        is_from_provider: bool = True,
        may_be_ours: bool = False,
    ) -> Classification:
        """Classify a request that the provider refused, so that it has no such text (R19).

        `may_be_ours` is for an error that can be either's fault, while no attempt of the campaign
        has shown whose it is.
        """
        row = self.codes.find(code)
        if http_status == 429:
            return _put_back_by_code(
                attempt, code, row, now, retry_after_seconds=retry_after_seconds
            )
        if not is_from_provider:
            return _put_back(attempt, Reason.NOT_FROM_TWILIO, None, now)
        if is_account_fault(http_status, code, self.codes):
            return _put_back(attempt, Reason.ACCOUNT, code, now)
        if row and row.is_outcome_unknown:
            return Classification(outcome=Outcome.UNKNOWN, rank=rank(attempt.turn, Stage.UNKNOWN))
        if row and (may_be_ours or not row.is_counted):
            return _put_back_by_code(attempt, code, row, now)
        if may_be_ours:
            return _put_back(attempt, Reason.UNKNOWN, code, now)
        if code is None:
            return _hard(attempt.turn, Reason.UNKNOWN, None)
        return self._classify_failure(code, attempt, now)

    def classify_settlement(
        self, decision: Settlement, attempt: AttemptContext, now: datetime
    ) -> Classification:
        """Classify what staff decided about an unknown outcome.

        A later report outweighs the decision to let it be.
        """
        is_resend = decision is Settlement.RESEND
        stage = Stage.SOFT_BOUNCE if is_resend else Stage.FAILED_WITHOUT_CODE
        return Classification(
            outcome=Outcome.SOFT_BOUNCE if is_resend else Outcome.HARD_FAILURE,
            rank=rank(attempt.turn, stage),
            reason=Reason.MAY_HAVE_BEEN_SENT,
            next_at=now if is_resend else None,
        )

    def classify_lapse(self, attempt: AttemptContext, now: datetime) -> Classification:
        """Classify an unknown outcome that left no trace: a soft bounce without a code."""
        if self.policy.is_at_limit(attempt.tries, None):
            return _hard(attempt.turn, Reason.CARRIER_OR_SERVICE, None)
        return Classification(
            outcome=Outcome.SOFT_BOUNCE,
            rank=rank(attempt.turn, Stage.SOFT_BOUNCE),
            reason=Reason.CARRIER_OR_SERVICE,
            next_at=self._grown(attempt, now),
        )

    def _bounce(
        self, row: ErrorCode, attempt: AttemptContext, now: datetime, sent_at: datetime
    ) -> Classification:
        if row.is_counted and self.policy.is_at_limit(attempt.tries, row.code):
            return _hard(attempt.turn, row.reason, row.code)
        ends_at = (row.wait or GROWING).ends_at(sent_at, attempt.zone)
        return Classification(
            outcome=Outcome.SOFT_BOUNCE,
            rank=rank(attempt.turn, Stage.SOFT_BOUNCE),
            code=row.code,
            reason=row.reason,
            next_at=max(ends_at, now) if ends_at else self._grown(attempt, now),
            is_counted=row.is_counted,
            sender_held_until=ends_at if row.holds_sender else None,
        )

    def _grown(self, attempt: AttemptContext, now: datetime) -> datetime:
        bounces = attempt.tries + attempt.uncounted
        wait = self.policy.wait_seconds(bounces, attempt.delivery_id, attempt.turn)
        return now + timedelta(seconds=wait)


def classify_progress(status: str, turn: int) -> Classification | None:
    """Classify a report that the text of a turn is on its way or has arrived.

    It depends on nothing else. Returns None for every other status.
    """
    if status in _ON_ITS_WAY:
        return Classification(outcome=Outcome.ACCEPTED, rank=rank(turn, Stage.ACCEPTED))
    if status in _ARRIVED:
        return Classification(outcome=Outcome.DELIVERED, rank=rank(turn, _ARRIVED[status]))
    return None


def classify_not_reached(attempt: AttemptContext, now: datetime) -> Classification:
    """Classify an attempt whose request never reached the provider: put back."""
    return _put_back(attempt, Reason.CARRIER_OR_SERVICE, None, now)


def is_account_fault(http_status: int, code: str | None, codes: CodeTable) -> bool:
    """Whether a refusal concerns the school's Twilio account and pauses the campaign (R19)."""
    row = codes.find(code)
    return row.is_account_fault if row else http_status in LOCKED_OUT


def _hard(turn: int, reason: Reason, code: str | None) -> Classification:
    return Classification(
        outcome=Outcome.HARD_FAILURE,
        rank=rank(turn, Stage.HARD_FAILURE),
        code=code,
        reason=reason,
    )


def _put_back_by_code(
    attempt: AttemptContext,
    code: str | None,
    row: ErrorCode | None,
    now: datetime,
    *,
    retry_after_seconds: float | None = None,
) -> Classification:
    """Put back until the cause of the code has passed, or as long as the provider says."""
    put_back = _put_back(attempt, row.reason if row else Reason.CARRIER_OR_SERVICE, code, now)
    ends_at = row.wait.ends_at(now, attempt.zone) if row and row.wait else None
    ends = [ends_at] if ends_at else []
    if retry_after_seconds is not None:
        seconds = min(max(retry_after_seconds, 0.0), _LONGEST_RETRY_AFTER_SECONDS)
        ends.append(now + timedelta(seconds=seconds))
    return replace(
        put_back,
        next_at=max(ends, default=put_back.next_at),
        sender_held_until=ends_at if row and row.holds_sender else None,
    )


def _put_back(
    attempt: AttemptContext, reason: Reason, code: str | None, now: datetime
) -> Classification:
    wait = put_back_seconds(attempt.put_backs + 1, attempt.delivery_id, attempt.turn)
    return Classification(
        outcome=Outcome.PUT_BACK,
        rank=rank(attempt.turn, Stage.PUT_BACK),
        code=code,
        reason=reason,
        next_at=now + timedelta(seconds=wait),
    )
