"""A delivery: the effort to get one campaign's message to one contact.

A turn has at most one attempt, and at most one attempt is in flight. Standard library only.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypedDict

from ledger.domain.actors import TWILIO
from ledger.domain.aggregate import Aggregate, with_request
from ledger.domain.events import (
    AttemptAccepted,
    AttemptLapsed,
    AttemptOutcomeUnknown,
    AttemptRefused,
    AttemptSettled,
    AttemptStarted,
    CallbackReceived,
    ContactEnrolled,
    DeliveryAccountedFor,
    DeliveryEvent,
    DeliveryWithdrawn,
    Event,
    Form,
    Header,
    ProviderMessage,
    ResendRequested,
    StatusFetched,
)
from ledger.domain.outcome_classifier import AttemptContext, Classification
from ledger.domain.provider_record import ProviderRecord
from ledger.domain.standing import (
    NOTHING_KNOWN,
    OUTCOME_UNKNOWN,
    Fact,
    Stage,
    Standing,
    rank,
    stage_of,
)
from ledger.domain.vocabulary import Outcome, Reason, Settlement
from ledger.errors import Refused


@dataclass(frozen=True, kw_only=True)
class Delivery(Aggregate):
    """One delivery at one version of its stream."""

    campaign_id: str = ""
    contact_id: str = ""
    standing: Standing = NOTHING_KNOWN
    zone: str = ""
    """The contact's time zone, or those in which it can be, as `ContactEnrolled` has them."""
    confirm_before: datetime | None = None
    """Until when this confirmation of an opt-out may be sent; None for every other text."""
    turn: int = 1
    """The open turn: the greatest of all facts."""
    attempt: int = 0
    """The number of the last attempt; 0 before the first."""
    tries: int = 0
    """Attempts since enrolment or the last resend, without those not counted."""
    uncounted_turns: frozenset[int] = frozenset()
    """The turns since then whose attempt met a cap of the school after it was accepted."""
    counted_from: int = 1
    """The turn that enrolment or the last resend opened."""
    put_backs: int = 0
    """Put backs in a row, up to the last attempt."""
    tries_by_turn: Mapping[int, int] = field(default_factory=dict)
    """Turn → `tries` of its attempt, from which limits and waits are calculated."""
    validity_seconds: int = 0
    """How long the provider may hold the text of the last attempt."""
    candidates: tuple[str, ...] = ()
    """SIDs of texts that the last attempt may have sent, between which staff decide."""
    sid_by_turn: Mapping[int, str] = field(default_factory=dict)
    """Turn → the SID of its text."""
    answered_turns: frozenset[int] = frozenset()
    """The turns for which the provider's answer to the attempt is recorded."""
    price_by_turn: Mapping[int, str] = field(default_factory=dict)
    """Turn → the price of its text, as the provider wrote it."""
    accounted_turns: frozenset[int] = frozenset()
    """The turns on whose text staff expect no report any more."""
    requests: frozenset[str] = frozenset()
    """The requests by which staff asked for a resend, or decided about an unknown outcome."""

    @property
    def delivery_id(self) -> str:
        """The delivery whose stream this is."""
        return self.stream_id

    def _changes(self, event: Event) -> Mapping[str, Any]:
        if not isinstance(event, DeliveryEvent):
            raise self.not_found("a delivery")
        if isinstance(event, ContactEnrolled):
            return _enrolled(event)
        if isinstance(event, AttemptSettled):
            return {"requests": with_request(self.requests, event.request)}
        return {"turn": max(self.turn, event.turn), **self._counts(event)}

    def _changes_together(self, events: Sequence[Event]) -> Mapping[str, Any]:
        own = [event for event in events if isinstance(event, DeliveryEvent)]
        facts = [fact for event in own if (fact := fact_of(event))]
        accounted = {event.turn for event in own if isinstance(event, DeliveryAccountedFor)}
        return {
            "standing": self.standing.with_facts(facts) if facts else self.standing,
            "accounted_turns": self.accounted_turns | accounted,
        }

    def _counts(self, event: DeliveryEvent) -> Mapping[str, Any]:
        match event:
            case AttemptStarted(turn=turn, attempt=attempt, tries=tries):
                return {
                    "attempt": attempt,
                    "tries": tries,
                    "tries_by_turn": {**self.tries_by_turn, turn: tries},
                    "validity_seconds": event.validity_seconds,
                    "candidates": (),
                }
            case AttemptRefused():
                put_back = int(stage_of(event.rank or 0) is Stage.PUT_BACK)
                return {
                    "tries": self.tries - put_back,
                    "put_backs": self.put_backs + put_back,
                    "answered_turns": self.answered_turns | {event.turn},
                }
            case AttemptOutcomeUnknown(candidates=candidates):
                return {"candidates": candidates}
            case AttemptAccepted(turn=turn, sid=sid):
                return {
                    "put_backs": 0,
                    "sid_by_turn": {**self.sid_by_turn, turn: sid},
                    "answered_turns": self.answered_turns | {turn},
                }
            case StatusFetched(turn=turn, sid=sid, price=price):
                new_price = {} if price is None else {turn: price}
                return {
                    "put_backs": 0,
                    "sid_by_turn": {turn: sid, **self.sid_by_turn},
                    "price_by_turn": {**self.price_by_turn, **new_price},
                    **self._without_attempt(event),
                }
            case CallbackReceived(turn=turn, sid=sid):
                sid_by_turn = {turn: sid, **self.sid_by_turn}
                return {"put_backs": 0, "sid_by_turn": sid_by_turn, **self._without_attempt(event)}
            case ResendRequested(turn=turn, request=request):
                return {
                    "tries": 0,
                    "put_backs": 0,
                    "uncounted_turns": frozenset(),
                    "counted_from": turn,
                    "requests": self.requests | {request},
                }
            case _:
                return {}

    def _without_attempt(self, report: CallbackReceived | StatusFetched) -> Mapping[str, Any]:
        """Take an attempt that is not counted off `tries`, once, and off those of later turns."""
        turn = report.turn
        is_in_count = turn >= self.counted_from and turn in self.tries_by_turn
        if report.is_counted or not is_in_count or turn in self.uncounted_turns:
            return {}
        return {
            "tries": self.tries - 1,
            "tries_by_turn": {
                other: tries - int(other > turn) for other, tries in self.tries_by_turn.items()
            },
            "uncounted_turns": self.uncounted_turns | {turn},
        }

    @property
    def is_outcome_unknown(self) -> bool:
        """Whether an attempt was started and the provider has not yet reported on it."""
        return self.standing.stage in OUTCOME_UNKNOWN

    @property
    def next_turn(self) -> int:
        """The turn that the next attempt has."""
        return self.turn if self.standing.stage is Stage.ENROLLED else self.turn + 1

    def turn_of(self, sid: str) -> int | None:
        """Return the turn whose text has this SID; None where no turn has."""
        return next((turn for turn, other in self.sid_by_turn.items() if other == sid), None)

    def context_of(self, turn: int) -> AttemptContext:
        """Return what the outcome classifier must know about the attempt of that turn."""
        return AttemptContext(
            delivery_id=self.delivery_id,
            turn=turn,
            tries=self.tries_by_turn.get(turn, max(self.tries, 1)),
            uncounted=len(self.uncounted_turns - {turn}),
            put_backs=self.put_backs,
            zone=self.zone,
        )

    # Each of these returns the next event of the stream, or raises `Refused`.

    def start(self, actor: str, validity_seconds: int) -> AttemptStarted:
        """Begin the next attempt. Raises `Refused` unless the delivery awaits one."""
        if not self.standing.awaits_attempt:
            raise Refused(f"No attempt is due: the delivery is {self.standing.stage.name.lower()}.")
        turn = self.next_turn
        return AttemptStarted(
            **self._fact(actor, turn, rank(turn, Stage.STARTED)),
            attempt=self.attempt + 1,
            tries=self.tries + 1,
            validity_seconds=validity_seconds,
        )

    def accept(self, actor: str, turn: int, *, sid: str, status: str) -> AttemptAccepted:
        """Record that the provider took the text of this turn."""
        return AttemptAccepted(
            **self._fact(actor, turn, rank(turn, Stage.ACCEPTED)), sid=sid, status=status
        )

    def refuse(
        self,
        actor: str,
        turn: int,
        classification: Classification,
        *,
        http_status: int | None,
        message: str,
    ) -> AttemptRefused:
        """Record that the provider did not take the text, or was never asked."""
        return AttemptRefused(
            **self._fact(actor, turn, classification.rank),
            outcome=classification.outcome,
            reason=classification.reason or Reason.UNKNOWN,
            code=classification.code,
            next_at=classification.next_at,
            http_status=http_status,
            private=ProviderMessage(message=message) if message else None,
        )

    def mark_unknown(
        self,
        actor: str,
        turn: int,
        cause: str,
        candidates: Sequence[str] = (),
        *,
        is_from_provider: bool = True,
    ) -> AttemptOutcomeUnknown:
        """Record that the provider may have taken the text; staff decide between candidates."""
        reason = None if is_from_provider else Reason.NOT_FROM_TWILIO
        return AttemptOutcomeUnknown(
            **self._fact(actor, turn, rank(turn, Stage.UNKNOWN)),
            cause=cause,
            candidates=tuple(candidates),
            reason=Reason.MAY_HAVE_BEEN_SENT if candidates else reason,
        )

    def lapse(self, actor: str, turn: int, classification: Classification) -> AttemptLapsed:
        """Record that the text left no trace for longer than its validity period."""
        return AttemptLapsed(
            **self._fact(actor, turn, classification.rank),
            outcome=classification.outcome,
            reason=classification.reason or Reason.UNKNOWN,
            next_at=classification.next_at,
        )

    def settle(
        self,
        actor: str,
        classification: Classification,
        decision: Settlement,
        request: str | None = None,
    ) -> AttemptSettled:
        """Record what staff decided about an unknown outcome. Raises `Refused` for a known one."""
        if not self.is_outcome_unknown:
            raise Refused("What became of this text is known by now; look at it again.")
        return AttemptSettled(
            **self._fact(actor, self.turn, classification.rank),
            decision=decision,
            outcome=classification.outcome,
            reason=classification.reason or Reason.UNKNOWN,
            next_at=classification.next_at,
            request=request,
        )

    def receive(
        self,
        turn: int,
        classification: Classification,
        *,
        sid: str,
        status: str,
        dedupe: str,
        form: Form,
    ) -> CallbackReceived:
        """Record a callback for the attempt of this turn."""
        header = self._fact(TWILIO, turn, classification.rank)
        report = self._report(turn, classification, sid=sid, status=status)
        return CallbackReceived(**header, **report, dedupe=dedupe, private=form)

    def fetch(
        self, actor: str, turn: int, classification: Classification, text: ProviderRecord
    ) -> StatusFetched:
        """Record that the provider has a text of this turn in its records."""
        header = self._fact(actor, turn, classification.rank)
        report = self._report(turn, classification, sid=text.sid, status=text.status)
        return StatusFetched(
            **header, **report, segments=text.segments, price=text.price, currency=text.currency
        )

    def withdraw(self, actor: str, reason: Reason) -> DeliveryWithdrawn:
        """Withdraw the delivery: the contact opted out, or was forgotten, while it waited."""
        return DeliveryWithdrawn(
            **self._fact(actor, self.turn, rank(self.turn, Stage.WITHDRAWN)), reason=reason
        )

    def account_for(self, actor: str) -> DeliveryAccountedFor:
        """Record that staff expect no report on the text that was sent last.

        Raises `Refused` where the text is not sent, or its outcome is known.
        """
        if self.standing.stage is not Stage.ACCEPTED:
            raise Refused("This text is not one that was sent and never confirmed; look again.")
        turn = self.standing.turn
        return DeliveryAccountedFor(**self._fact(actor, turn, rank(turn, Stage.ACCEPTED)))

    def resend(self, actor: str, request: str) -> ResendRequested:
        """Open the next turn, as staff ask for another attempt."""
        turn = self.turn + 1
        header = self._fact(actor, turn, rank(turn, Stage.ENROLLED))
        return ResendRequested(**header, request=request)

    def _report(
        self, turn: int, classification: Classification, *, sid: str, status: str
    ) -> "_ReportFields":
        return {
            "sid": sid,
            "status": status,
            "code": classification.code,
            "outcome": classification.outcome,
            "reason": classification.reason,
            "next_at": classification.next_at,
            "is_other_sid": self.sid_by_turn.get(turn, sid) != sid,
            "is_counted": classification.is_counted,
        }

    def _fact(self, actor: str, turn: int, rank: int | None) -> "_DeliveryHeader":
        return {
            **self.header(actor),
            "campaign_id": self.campaign_id,
            "contact_id": self.contact_id,
            "turn": turn,
            "rank": rank,
        }


def _enrolled(event: ContactEnrolled) -> Mapping[str, Any]:
    names = ("campaign_id", "contact_id", "turn", "zone", "confirm_before")
    return {name: getattr(event, name) for name in names}


class _ReportFields(TypedDict):
    sid: str
    status: str
    code: str | None
    outcome: Outcome
    reason: Reason | None
    next_at: datetime | None
    is_other_sid: bool
    is_counted: bool


class _DeliveryHeader(Header):
    campaign_id: str
    contact_id: str
    turn: int
    rank: int | None


def fact_of(event: DeliveryEvent) -> Fact | None:
    """Return what the event says about the standing; None where it changes no status."""
    if event.rank is None:
        return None
    return Fact(
        turn=event.turn,
        rank=event.rank,
        code=getattr(event, "code", None),
        reason=getattr(event, "reason", None),
        next_at=getattr(event, "next_at", None),
    )
