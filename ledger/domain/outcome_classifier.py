"""The outcome classifier: what a response or a report of the provider means for one attempt.

It decides once, when the report comes. The result is written into the event, so that a later change
of the code table or of a policy never rewrites history. Standard library only.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from ledger.domain.error_codes import CodeTable
from ledger.domain.resend_policy import ResendPolicy, put_back_seconds
from ledger.domain.standing import Stage, rank
from ledger.domain.vocabulary import Outcome, Reason, Settlement

_ON_ITS_WAY = frozenset(
    {"accepted", "scheduled", "queued", "sending", "sent", "partially_delivered"}
)
_ARRIVED = {"delivered": Stage.DELIVERED, "read": Stage.READ}
_FAILED = frozenset({"failed", "undelivered"})
_LONGEST_RETRY_AFTER_SECONDS = 24 * 3600.0


@dataclass(frozen=True, kw_only=True)
class AttemptContext:
    """One attempt, with what its waits and limits are calculated from."""

    delivery_id: str
    turn: int
    tries: int
    """Attempts since enrolment or the last resend, with this one and without those put back."""
    put_backs: int = 0
    """Put backs in a row before this attempt."""


@dataclass(frozen=True, kw_only=True)
class Classification:
    """The outcome of an attempt; `rank` is None for an unknown status, which changes nothing."""

    outcome: Outcome
    rank: int | None
    code: str | None = None
    reason: Reason | None = None
    next_at: datetime | None = None


@dataclass(frozen=True)
class OutcomeClassifier:
    """Classifies by one campaign's policy and the table of error codes."""

    policy: ResendPolicy
    codes: CodeTable

    def classify_report(
        self, status: str, code: str | None, attempt: AttemptContext, now: datetime
    ) -> Classification:
        """Classify the status and error code of a callback or of the provider's records."""
        turn = attempt.turn
        if status in _ON_ITS_WAY:
            return Classification(outcome=Outcome.ACCEPTED, rank=rank(turn, Stage.ACCEPTED))
        if status in _ARRIVED:
            return Classification(outcome=Outcome.DELIVERED, rank=rank(turn, _ARRIVED[status]))
        if status == "canceled":
            return _hard(turn, Reason.CANCELED, None)
        if status in _FAILED:
            return self._classify_failure(code, attempt, now)
        return Classification(outcome=Outcome.NONE, rank=None)

    def _classify_failure(
        self, code: str | None, attempt: AttemptContext, now: datetime
    ) -> Classification:
        if not code:
            return Classification(
                outcome=Outcome.HARD_FAILURE,
                rank=rank(attempt.turn, Stage.FAILED_WITHOUT_CODE),
                reason=Reason.UNKNOWN,
            )
        row = self.codes.find(code)
        reason = row.reason if row else Reason.UNKNOWN
        if row and row.is_soft_bounce:
            return self._soft(attempt, reason, code, now)
        return _hard(attempt.turn, reason, code)

    def classify_refusal(
        self,
        http_status: int,
        code: str | None,
        attempt: AttemptContext,
        now: datetime,
        retry_after_seconds: float | None = None,
    ) -> Classification:
        """Classify a request that the provider refused, so that it has no such text (R19)."""
        row = self.codes.find(code)
        if http_status == 429:
            reason = row.reason if row else Reason.CARRIER_OR_SERVICE
            return _put_back(attempt, reason, code, now, retry_after_seconds)
        if is_account_fault(http_status, code, self.codes):
            return _put_back(attempt, Reason.ACCOUNT, code, now)
        if row and row.is_outcome_unknown:
            return Classification(outcome=Outcome.UNKNOWN, rank=rank(attempt.turn, Stage.UNKNOWN))
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
        return self._soft(attempt, Reason.CARRIER_OR_SERVICE, None, now)

    def _soft(
        self, attempt: AttemptContext, reason: Reason, code: str | None, now: datetime
    ) -> Classification:
        if self.policy.is_at_limit(attempt.tries, code):
            return _hard(attempt.turn, reason, code)
        wait = self.policy.wait_seconds(attempt.tries, attempt.delivery_id, attempt.turn)
        return Classification(
            outcome=Outcome.SOFT_BOUNCE,
            rank=rank(attempt.turn, Stage.SOFT_BOUNCE),
            code=code,
            reason=reason,
            next_at=now + timedelta(seconds=wait),
        )


def classify_not_reached(attempt: AttemptContext, now: datetime) -> Classification:
    """Classify an attempt whose request never reached the provider: put back."""
    return _put_back(attempt, Reason.CARRIER_OR_SERVICE, None, now)


def is_account_fault(http_status: int, code: str | None, codes: CodeTable) -> bool:
    """Whether a refusal concerns the school's Twilio account and pauses the campaign (R19)."""
    row = codes.find(code)
    return row.is_account_fault if row else http_status in {401, 403}


def _hard(turn: int, reason: Reason, code: str | None) -> Classification:
    return Classification(
        outcome=Outcome.HARD_FAILURE,
        rank=rank(turn, Stage.HARD_FAILURE),
        code=code,
        reason=reason,
    )


def _put_back(
    attempt: AttemptContext,
    reason: Reason,
    code: str | None,
    now: datetime,
    retry_after_seconds: float | None = None,
) -> Classification:
    wait = put_back_seconds(attempt.put_backs + 1, attempt.delivery_id, attempt.turn)
    if retry_after_seconds is not None:
        wait = min(max(retry_after_seconds, 0.0), _LONGEST_RETRY_AFTER_SECONDS)
    return Classification(
        outcome=Outcome.PUT_BACK,
        rank=rank(attempt.turn, Stage.PUT_BACK),
        code=code,
        reason=reason,
        next_at=now + timedelta(seconds=wait),
    )
