"""One attempt's life: started and durable before the provider is asked, then what came of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from ledger.campaign import Campaign
from ledger.codes import CodeTable
from ledger.contact import Contact
from ledger.delivery import Delivery
from ledger.errors import Refused
from ledger.events import DeliveryEvent, Event
from ledger.ledger import Decision, Ledger
from ledger.message import Template
from ledger.providers.contract import Accepted, Answer, InDoubt, KnownText, NotReached, Refusal
from ledger.standing import Stage
from ledger.verbs.callbacks import late_withdrawal, why_not_to_send
from ledger.verbs.contacts import provider_opt_out
from ledger.verbs.lookup import delivery_of, surroundings_of
from ledger.verdict import Judge, is_account_fault, of_not_reached
from ledger.vocabulary import Outcome, Reason

SENDER = "sender"


@dataclass(frozen=True, kw_only=True)
class StartedAttempt:
    """An attempt that is in the ledger, and what to ask of the provider."""

    delivery_id: str
    turn: int
    to: str
    body: str


@dataclass(frozen=True)
class Attempts:
    """The sender's verbs."""

    ledger: Ledger
    codes: CodeTable

    def start(self, delivery_id: str) -> StartedAttempt | None:
        """Begin the next attempt; None where none is wanted any more.

        Nothing starts after close, archive or opt-out: the decision leans on all three streams.
        """
        return self.ledger.decide(lambda: self._decide_start(delivery_id))

    def _decide_start(self, delivery_id: str) -> tuple[Decision, StartedAttempt | None]:
        delivery = delivery_of(self.ledger, delivery_id)
        if delivery is None or not delivery.standing.awaits_attempt:
            return Decision([]), None
        campaign, contact = surroundings_of(self.ledger, delivery)
        leaned_on = {campaign.campaign_id: campaign.version, contact.contact_id: contact.version}
        reason = why_not_to_send(delivery, contact)
        if reason and not campaign.is_archived:
            return Decision([delivery.withdraw(SENDER, reason)], leaned_on), None
        if not campaign.is_sending or delivery.person is None or campaign.text is None:
            return Decision([]), None
        event = delivery.start(SENDER)
        body = Template.parse(campaign.text.message).merge(delivery.person.fields)
        started = StartedAttempt(
            delivery_id=delivery_id, turn=event.turn, to=delivery.person.phone, body=body
        )
        return Decision([event], leaned_on), started

    def answer(self, delivery_id: str, turn: int, answer: Answer) -> None:
        """Record what the provider answered, with all that follows from it."""
        self.ledger.record(lambda: self._decide_answer(delivery_id, turn, answer))

    def _decide_answer(self, delivery_id: str, turn: int, answer: Answer) -> Decision:
        delivery = self._existing(delivery_id)
        match answer:
            case Accepted(sid=sid, status=status):
                return Decision([delivery.accept(SENDER, turn, sid=sid, status=status)])
            case InDoubt(cause=cause):
                return Decision([delivery.doubt(SENDER, turn, cause)])
            case NotReached(cause=cause):
                return self._decide_not_reached(delivery, turn, cause)
            case Refusal():
                return self._decide_refusal(delivery, turn, answer)

    def _decide_not_reached(self, delivery: Delivery, turn: int, cause: str) -> Decision:
        campaign, contact = surroundings_of(self.ledger, delivery)
        verdict = of_not_reached(delivery.facts_of(turn), self.ledger.clock.now())
        event = delivery.refuse(SENDER, turn, verdict, http_status=None, message=cause)
        return self._with_withdrawal(event, delivery, campaign, contact)

    def _decide_refusal(self, delivery: Delivery, turn: int, refusal: Refusal) -> Decision:
        campaign, contact = surroundings_of(self.ledger, delivery)
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
        if verdict.reason is Reason.OPTED_OUT:
            withdrawn = provider_opt_out(self.ledger, contact, delivery, SENDER)
            return Decision([event, *withdrawn.events], withdrawn.leaned_on)
        decision = self._with_withdrawal(event, delivery, campaign, contact)
        if campaign.is_sending and is_account_fault(refusal.http_status, refusal.code, self.codes):
            pause = campaign.pause(SENDER, reason=Reason.ACCOUNT, code=refusal.code)
            return Decision([*decision.events, pause], decision.leaned_on)
        return decision

    def doubt(self, delivery_id: str, turn: int, cause: str) -> None:
        """An attempt was started long ago and nobody recorded an answer."""

        def decide() -> Decision:
            delivery = self._existing(delivery_id)
            if delivery.standing.stage is not Stage.STARTED or delivery.turn != turn:
                return Decision([])
            return Decision([delivery.doubt(SENDER, turn, cause)])

        self.ledger.record(decide)

    def text_of(self, delivery_id: str) -> tuple[str, str] | None:
        """Number and body of a delivery; None where its contact was forgotten."""
        delivery = self._existing(delivery_id)
        campaign, _ = surroundings_of(self.ledger, delivery)
        if delivery.person is None or campaign.text is None:
            return None
        body = Template.parse(campaign.text.message).merge(delivery.person.fields)
        return delivery.person.phone, body

    def settle(self, delivery_id: str, known: Sequence[KnownText], lapses_at: datetime) -> bool:
        """Settle an unknown outcome by the provider's own records; True when it is settled.

        `known` are the texts that could be this attempt's by number, body and time. It is the only
        one whose SID no event of ours bears; without any, the attempt lapses once `lapses_at` has
        passed; two candidates settle nothing.
        """
        return self.ledger.decide(lambda: self._decide_settle(delivery_id, known, lapses_at))

    def _decide_settle(
        self, delivery_id: str, known: Sequence[KnownText], lapses_at: datetime
    ) -> tuple[Decision, bool]:
        delivery = self._existing(delivery_id)
        if not delivery.is_in_doubt:
            return Decision([]), True
        campaign, contact = surroundings_of(self.ledger, delivery)
        judge = Judge(campaign.policy, self.codes)
        facts, now = delivery.facts_of(delivery.turn), self.ledger.clock.now()
        ours = delivery.sid_of.get(delivery.turn)
        candidates = [k for k in known if k.sid == ours or not self.ledger.is_held(k.sid)]
        event: DeliveryEvent
        if len(candidates) == 1:
            (text,) = candidates
            verdict = judge.of_report(text.status, text.code, facts, now)
            if verdict.rank is None:  # a word we do not know proves that Twilio has the text
                verdict = judge.of_report("accepted", None, facts, now)
            event = delivery.fetch(SENDER, delivery.turn, verdict, sid=text.sid, status=text.status)
        elif not candidates and ours is None and now > lapses_at:
            event = delivery.lapse(SENDER, delivery.turn, judge.of_lapse(facts, now))
        else:
            return Decision([]), False
        return self._with_withdrawal(event, delivery, campaign, contact), True

    def _with_withdrawal(
        self, event: DeliveryEvent, delivery: Delivery, campaign: Campaign, contact: Contact
    ) -> Decision:
        extra: list[Event]
        extra, leaned_on = late_withdrawal(delivery.after(event), campaign, contact, SENDER)
        return Decision([event, *extra], leaned_on)

    def _existing(self, delivery_id: str) -> Delivery:
        delivery = delivery_of(self.ledger, delivery_id)
        if delivery is None:
            raise Refused(f"There is no delivery {delivery_id}.")
        return delivery
