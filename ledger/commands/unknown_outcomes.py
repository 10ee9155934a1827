"""Settling attempts of unknown outcome: by the provider's records, or by staff.

A text of unknown outcome is never sent again blindly. A callback with the attempt's token settles
it (see `callbacks.py`), or the provider's records do; without either, the attempt lapses when the
text's validity period is over. Where the records are ambiguous, staff decide. It never lapses while
the records have a text to that number that no event of the ledger has, and that it could be.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from ledger.commands.consequences import append_with_consequences
from ledger.commands.delivery_command import DeliveryCommand
from ledger.commands.fetched_records import append_fetched
from ledger.commands.merged_texts import Text
from ledger.commands.repository import campaign_of_delivery, delivery_of
from ledger.domain.actors import SENDER
from ledger.domain.clocks import TOLERANCE
from ledger.domain.delivery import Delivery
from ledger.domain.error_codes import CodeTable
from ledger.domain.outcome_classifier import OutcomeClassifier
from ledger.domain.provider_record import ProviderRecord
from ledger.domain.standing import Stage
from ledger.domain.vocabulary import Settlement
from ledger.errors import Refused
from ledger.messages.same_words import is_same_text
from ledger.unit_of_work import Command, UnitOfWork

_MARGIN = timedelta(seconds=60)
"""How long after its validity period a text may still be sent."""


@dataclass(frozen=True, kw_only=True)
class RecordsLookup:
    """What the provider's records say about an attempt of unknown outcome."""

    turn: int
    asked_at: datetime
    """The time before the provider was asked; texts that it does not list did not exist then."""
    body: str | None
    """The words of the text; None if its contact was forgotten, so that it cannot be looked up."""
    records: Sequence[ProviderRecord]
    """The records that fit by number and time."""
    doubtful: Sequence[ProviderRecord] = ()
    """Other records of that number that the text could be, where a clock was set in between."""
    last_call_at: datetime
    """The latest time at which the provider may have been asked to send it."""


def could_be(record: ProviderRecord, text: Text, enrolled_at: datetime) -> bool:
    """Whether the record could be the text of a delivery that was enrolled then.

    It has the same words, whenever it was made; or it was made after the enrolment, and Twilio may
    have changed its words.
    """
    is_possible = is_later(record, enrolled_at) or is_same_text(record.body, text.body)
    return record.is_from_us and is_possible


def could_be_lost(record: ProviderRecord, text: Text, enrolled_at: datetime) -> bool:
    """Whether the record could be of such a delivery's attempt that the ledger lost with its end.

    The sender may have been changed since. So a text of another sender counts as well, but only one
    with the same words that was made after the enrolment.
    """
    is_same_and_later = is_same_text(record.body, text.body) and is_later(record, enrolled_at)
    return is_same_and_later or could_be(record, text, enrolled_at)


def is_later(record: ProviderRecord, enrolled_at: datetime) -> bool:
    """Whether the record was made after a delivery's enrolment, as far as clocks can tell."""
    return record.created_at >= enrolled_at - TOLERANCE


@dataclass(frozen=True)
class MarkOutcomeUnknown(DeliveryCommand[None]):
    """Record that an attempt has had no answer for too long, unless it has one by now."""

    turn: int
    cause: str

    def decide(self, work: UnitOfWork) -> None:
        delivery = delivery_of(work, self.delivery_id)
        if delivery.standing.stage is Stage.STARTED and delivery.turn == self.turn:
            work.append(delivery.mark_unknown(SENDER, self.turn, self.cause))


@dataclass(frozen=True)
class SettleByRecords(DeliveryCommand[bool]):
    """Settle an unknown outcome by the provider's records; returns whether it is settled.

    A single record with the same words, from this sender and with a SID that no event has, settles
    it. Without any, the attempt lapses if the lookup came after the text's validity period. Two
    such records, or one with other words or from another sender, are left to staff. So is, instead
    of a lapse, any text of this sender that the attempt could have sent.
    """

    lookup: RecordsLookup
    codes: CodeTable

    def decide(self, work: UnitOfWork) -> bool:
        delivery, lookup = delivery_of(work, self.delivery_id), self.lookup
        if not delivery.is_outcome_unknown or delivery.turn != lookup.turn:
            return True
        unrecorded = self._unrecorded(work, delivery, lookup.records)
        same = [record for record in unrecorded if record.is_from_us and self._is_same(record)]
        if len(same) == 1:
            append_fetched(work, delivery, lookup.turn, same[0], codes=self.codes)
            return True
        near = [record for record in unrecorded if record.is_from_us or self._is_same(record)]
        if not near and self._is_overdue(delivery):
            near = self._unrecorded(work, delivery, lookup.doubtful)
            if not near and not self._is_before_staff(work, delivery):
                self._lapse(work, delivery)
                return True
        if near:
            _leave_to_staff(work, delivery, [record.sid for record in near])
        return False

    def _unrecorded(
        self, work: UnitOfWork, delivery: Delivery, records: Sequence[ProviderRecord]
    ) -> list[ProviderRecord]:
        sid = delivery.sid_by_turn.get(self.lookup.turn)
        return [
            record
            for record in records
            if record.sid == sid or not work.is_sid_recorded(record.sid)
        ]

    def _is_same(self, record: ProviderRecord) -> bool:
        return self.lookup.body is not None and is_same_text(record.body, self.lookup.body)

    def _is_overdue(self, delivery: Delivery) -> bool:
        is_reported = self.lookup.turn in delivery.sid_by_turn
        return not is_reported and self.lookup.asked_at > self._lapses_at(delivery)

    def _is_before_staff(self, work: UnitOfWork, delivery: Delivery) -> bool:
        return any(not work.is_sid_recorded(sid) for sid in delivery.candidates)

    def _lapses_at(self, delivery: Delivery) -> datetime:
        return self.lookup.last_call_at + timedelta(seconds=delivery.validity_seconds) + _MARGIN

    def _lapse(self, work: UnitOfWork, delivery: Delivery) -> None:
        classifier = _classifier(work, delivery, self.codes)
        outcome = classifier.classify_lapse(delivery.context_of(delivery.turn), work.now)
        event = delivery.lapse(SENDER, delivery.turn, outcome)
        append_with_consequences(work, delivery, event, outcome)


@dataclass(frozen=True)
class SettleByStaff(Command[None]):
    """Record staff's decision on a text that may have been sent: send it again, or do not.

    Refused if its outcome is known by now, if the campaign is archived or allows no resend, and for
    sending the confirmation of an opt-out again. With a `request` it is done once.
    """

    delivery_id: str
    decision: Settlement
    by: str
    codes: CodeTable
    request: str | None = None

    @property
    def streams(self) -> Collection[str]:
        return [self.delivery_id]

    def decide(self, work: UnitOfWork) -> None:
        delivery = delivery_of(work, self.delivery_id)
        if self.request in delivery.requests:
            return
        campaign_of_delivery(work, delivery).check_settlement(self.decision)
        if self.decision is Settlement.RESEND and delivery.confirm_before is not None:
            raise Refused("The confirmation of an opt-out is never sent again; let it be.")
        outcome = _classifier(work, delivery, self.codes).classify_settlement(
            self.decision, delivery.context_of(delivery.turn), work.now
        )
        event = delivery.settle(self.by, outcome, self.decision, self.request)
        append_with_consequences(work, delivery, event, outcome)


@dataclass(frozen=True)
class LeaveToStaff(DeliveryCommand[bool]):
    """Put a delivery before staff, as texts of the provider could be its own.

    Returns whether staff are to decide: it must wait for an attempt, or have an unknown outcome.
    """

    sids: Sequence[str]

    def decide(self, work: UnitOfWork) -> bool:
        delivery = delivery_of(work, self.delivery_id)
        if delivery.is_outcome_unknown:
            known = [sid for sid in delivery.candidates if not work.is_sid_recorded(sid)]
            _leave_to_staff(work, delivery, [*known, *(s for s in self.sids if s not in known)])
        elif delivery.standing.awaits_attempt:
            _leave_to_staff(work, delivery, self.sids, turn=delivery.next_turn)
        else:
            return False
        return True


def _leave_to_staff(
    work: UnitOfWork, delivery: Delivery, sids: Sequence[str], turn: int | None = None
) -> None:
    """Record once which of the provider's texts could be the text of this turn.

    `turn` is the next one, where the ledger lost the attempt; else it is the open one.
    """
    if turn is not None:
        cause = "the ledger lost its end, and Twilio has a text that could be this one"
        work.append(delivery.mark_unknown(SENDER, turn, cause, sids))
    elif delivery.candidates != tuple(sids):
        cause = "Twilio's records do not tell whether this text was sent"
        work.append(delivery.mark_unknown(SENDER, delivery.turn, cause, sids))


def _classifier(work: UnitOfWork, delivery: Delivery, codes: CodeTable) -> OutcomeClassifier:
    return OutcomeClassifier(campaign_of_delivery(work, delivery).policy, codes)
