"""One attempt's life: started and durable before the provider is asked, then what came of it."""

import logging
from collections.abc import Collection
from dataclasses import dataclass

from ledger.commands.consequences import why_not_to_send, with_consequences
from ledger.commands.repository import (
    campaigns_of,
    delivery_of,
    existing_delivery,
    surroundings_of,
    with_person,
)
from ledger.commands.sending_switch import permission_of
from ledger.domain.campaign import Campaign
from ledger.domain.delivery import Delivery
from ledger.domain.error_codes import CodeTable
from ledger.domain.events import AttemptStarted, ContactEnrolled
from ledger.domain.outcome_classifier import Judge, is_account_fault, of_not_reached
from ledger.domain.vocabulary import Outcome, Reason
from ledger.errors import LedgerError, StoreUnavailable
from ledger.ledger import Deciding, Decision, Ledger
from ledger.messages.template import Template
from ledger.providers.contract import Accepted, Answer, InDoubt, NotReached, Refusal
from ledger.recorded_event import Entry
from ledger.unit_of_work import Reader

SENDER = "sender"

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Text:
    """What a delivery says to whom: an E.164 number, and the message in the contact's words."""

    to: str
    body: str


@dataclass(frozen=True)
class Attempts:
    """The sender's verbs."""

    ledger: Ledger
    codes: CodeTable

    def texts_of(self, delivery_ids: Collection[str]) -> dict[str, Text | None]:
        """Delivery → its text; None where its contact was forgotten.

        One that cannot be read is left out, and told of in the program's log: it never stops the
        rest.
        """
        first = self.ledger.first_entries(delivery_ids)
        campaigns = campaigns_of(self.ledger, {e.campaign_id for e in first if e.campaign_id})
        texts: dict[str, Text | None] = {}
        for entry in first:
            try:
                texts[str(entry.delivery_id)] = _text(entry, campaigns[str(entry.campaign_id)])
            except StoreUnavailable:
                raise
            except LedgerError as error:
                _log.error("The text of %s cannot be read: %s", entry.delivery_id, error)
        return texts

    def are_allowed(self) -> bool:
        """Whether anything may be sent at all."""
        return not permission_of(self.ledger).is_off

    def start(
        self, delivery_id: str, text: Text | None, validity_seconds: int
    ) -> Deciding[AttemptStarted | None]:
        """Begin the attempt of this text; None where none is wanted, or not at this hour.

        Decided under the writer's lock: nothing starts after close, archive or opt-out, not even by
        a race. `validity_seconds` is how long the provider may hold the text; less, where the
        campaign's hours end sooner.
        """

        def decide(sight: Reader) -> tuple[Decision, AttemptStarted | None]:
            delivery = delivery_of(sight, delivery_id)
            if delivery is None or not delivery.standing.awaits_attempt:
                return Decision([]), None
            campaign, contact = surroundings_of(sight, delivery)
            if contact.was_forgotten:
                delivery = with_person(self.ledger, delivery)
            reason = why_not_to_send(delivery, contact)
            if reason and not campaign.is_archived:
                return Decision([delivery.withdraw(SENDER, reason)]), None
            if not campaign.is_sending or text is None:
                return Decision([]), None
            if permission_of(sight).is_off:
                return Decision([]), None
            now = self.ledger.clock.now()
            until = campaign.timing.open_until(now, delivery.zone)
            if until is None:
                return Decision([]), None
            seconds_left = int((until - now).total_seconds())
            event = delivery.start(SENDER, min(validity_seconds, seconds_left))
            return Decision([event]), event

        return self.ledger.decide_together(delivery_id, decide)

    def answer(self, delivery_id: str, turn: int, answer: Answer) -> None:
        """Record what the provider answered, with all that follows from it."""
        self.ledger.decide_together(
            delivery_id,
            lambda sight: (
                self._decide_answer(sight, existing_delivery(sight, delivery_id), turn, answer),
                None,
            ),
        ).result()

    def _decide_answer(
        self, sight: Reader, delivery: Delivery, turn: int, answer: Answer
    ) -> Decision:
        match answer:
            case Accepted(sid=sid, status=status):
                return Decision([delivery.accept(SENDER, turn, sid=sid, status=status)])
            case InDoubt(cause=cause):
                return Decision([delivery.doubt(SENDER, turn, cause)])
            case NotReached(cause=cause):
                verdict = of_not_reached(delivery.facts_of(turn), self.ledger.clock.now())
                event = delivery.refuse(SENDER, turn, verdict, http_status=None, message=cause)
                return with_consequences(self.ledger, sight, delivery, event)
            case Refusal():
                return self._decide_refusal(sight, delivery, turn, answer)

    def _decide_refusal(
        self, sight: Reader, delivery: Delivery, turn: int, refusal: Refusal
    ) -> Decision:
        campaign, _ = surroundings_of(sight, delivery)
        verdict = Judge(campaign.policy, self.codes).of_refusal(
            refusal.http_status,
            refusal.code,
            delivery.facts_of(turn),
            self.ledger.clock.now(),
            refusal.retry_after_seconds,
        )
        if verdict.outcome is Outcome.UNKNOWN:
            return Decision([delivery.doubt(SENDER, turn, f"code {refusal.code}")])
        event = delivery.refuse(
            SENDER, turn, verdict, http_status=refusal.http_status, message=refusal.message
        )
        decision = with_consequences(self.ledger, sight, delivery, event)
        if campaign.is_sending and is_account_fault(refusal.http_status, refusal.code, self.codes):
            pause = campaign.pause(SENDER, reason=Reason.ACCOUNT, code=refusal.code)
            return Decision([*decision.events, pause], decision.leaned_on)
        return decision


def _text(entry: Entry, campaign: Campaign) -> Text | None:
    event = entry.event
    if campaign.text is None:
        raise LedgerError("the text of its campaign is gone")
    if not isinstance(event, ContactEnrolled) or event.private is None:
        return None
    template = Template.parse(campaign.text.message)
    return Text(to=event.private.phone, body=template.merge(event.private.fields))
