"""What is not known of an attempt, and how it becomes known: by asking the provider, or by staff.

An unknown outcome is never sent again blindly. A callback that bears our token settles it first
(see `callbacks.py`); else the provider's records do; else the text lapses, once it can live no
longer; what those records leave open is put before staff.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from ledger.commands.attempts import SENDER
from ledger.commands.consequences import with_consequences
from ledger.commands.repository import existing_delivery, surroundings_of
from ledger.domain.delivery import Delivery
from ledger.domain.error_codes import CodeTable
from ledger.domain.events import StatusFetched
from ledger.domain.outcome_classifier import Judge
from ledger.domain.provider_record import KnownText
from ledger.domain.standing import Stage
from ledger.domain.vocabulary import Settlement
from ledger.ledger import Deciding, Decision, Ledger
from ledger.unit_of_work import Reader

_MARGIN = timedelta(seconds=60)
"""By so much longer than it must, a text is taken to live."""


@dataclass(frozen=True, kw_only=True)
class Look:
    """One look at the provider's records, for an attempt in doubt."""

    turn: int
    asked_at: datetime
    """Before it was asked: what is not there by then was not there at that time."""
    body: str | None
    """What the text says; None where its contact was forgotten, and nobody can be asked about."""
    texts: Sequence[KnownText]
    """Those that fit by number, sender and time."""
    last_call_at: datetime
    """Until then the provider may have been asked to send it."""


@dataclass(frozen=True)
class Asking:
    """The verbs of whoever finds out."""

    ledger: Ledger
    codes: CodeTable

    def doubt(self, delivery_id: str, turn: int, cause: str) -> None:
        """An attempt was started long ago and nobody recorded an answer."""

        def decide(sight: Reader) -> tuple[Decision, None]:
            delivery = existing_delivery(sight, delivery_id)
            if delivery.standing.stage is not Stage.STARTED or delivery.turn != turn:
                return Decision([]), None
            return Decision([delivery.doubt(SENDER, turn, cause)]), None

        self.ledger.decide_together(delivery_id, decide).result()

    def settle(self, delivery_id: str, look: Look) -> bool:
        """Settle an unknown outcome by the provider's own records; True when it is settled.

        It is the only text of the same words, from our sender, whose SID no event of ours bears.
        Without any, the attempt lapses if the look came after the text could still be alive. Two of
        them, or one of other words or from another sender alone, are put before staff.
        """
        return self.ledger.decide_together(
            delivery_id, lambda sight: self._decide_settle(sight, delivery_id, look)
        ).result()

    def _decide_settle(self, sight: Reader, delivery_id: str, look: Look) -> tuple[Decision, bool]:
        delivery = existing_delivery(sight, delivery_id)
        if not delivery.is_in_doubt or delivery.turn != look.turn:
            return Decision([]), True
        ours = delivery.sid_of.get(look.turn)
        free = [t for t in look.texts if t.sid == ours or not self.ledger.is_held(t.sid)]
        same = [text for text in free if text.is_from_us and text.body == look.body]
        if len(same) == 1:
            return self._fetched(sight, delivery, look.turn, same[0]), True
        near = [text for text in free if text.is_from_us or text.body == look.body]
        if near:
            return _before_staff(delivery, [text.sid for text in near]), False
        if ours is None and look.asked_at > _lapses_at(delivery, look):
            return self._lapsed(sight, delivery), True
        return Decision([]), False

    def _lapsed(self, sight: Reader, delivery: Delivery) -> Decision:
        campaign, _ = surroundings_of(sight, delivery)
        facts = delivery.facts_of(delivery.turn)
        verdict = Judge(campaign.policy, self.codes).of_lapse(facts, self.ledger.clock.now())
        event = delivery.lapse(SENDER, delivery.turn, verdict)
        return with_consequences(self.ledger, sight, delivery, event)

    def decide(self, delivery_id: str, decision: Settlement, by: str) -> None:
        """Staff's word on a text that may have been sent: send it again, or let it be.

        Raises `Refused` where its outcome is known by now, and where the campaign does not allow
        a resend or is archived.
        """

        def settle(sight: Reader) -> tuple[Decision, None]:
            delivery = existing_delivery(sight, delivery_id)
            campaign, _ = surroundings_of(sight, delivery)
            campaign.check_settlement(decision)
            facts, now = delivery.facts_of(delivery.turn), self.ledger.clock.now()
            verdict = Judge(campaign.policy, self.codes).of_settlement(decision, facts, now)
            event = delivery.settle(by, verdict, decision)
            return with_consequences(self.ledger, sight, delivery, event), None

        self.ledger.decide_together(delivery_id, settle).result()

    def fetch(self, delivery_id: str, text: KnownText) -> Deciding[bool]:
        """Record what the provider tells of an accepted text; False where it is nothing new."""

        def decide(sight: Reader) -> tuple[Decision, bool]:
            delivery = existing_delivery(sight, delivery_id)
            turn = delivery.turn_of(text.sid)
            if turn is None or not self._is_news(sight, delivery, turn, text):
                return Decision([]), False
            return self._fetched(sight, delivery, turn, text), True

        return self.ledger.decide_together(delivery_id, decide)

    def attach(self, delivery_id: str, text: KnownText) -> bool:
        """Take a text of the provider's for the one that waits here; False where none waits.

        Or where it is the one in doubt: then it is settled.
        """

        def decide(sight: Reader) -> tuple[Decision, bool]:
            delivery = existing_delivery(sight, delivery_id)
            if delivery.is_in_doubt:
                return self._fetched(sight, delivery, delivery.turn, text), True
            if not delivery.standing.awaits_attempt:
                return Decision([]), False
            return self._fetched(sight, delivery, delivery.next_turn, text), True

        return self.ledger.decide_together(delivery_id, decide).result()

    def _is_news(self, sight: Reader, delivery: Delivery, turn: int, text: KnownText) -> bool:
        """Whether it says more than is known: of the standing, or of what the text cost."""
        event = self._event(sight, delivery, turn, text)
        is_greater = event.rank is not None and event.rank > delivery.standing.rank
        return is_greater or (text.price is not None and delivery.price_of.get(turn) != text.price)

    def _fetched(self, sight: Reader, delivery: Delivery, turn: int, text: KnownText) -> Decision:
        event = self._event(sight, delivery, turn, text)
        return with_consequences(self.ledger, sight, delivery, event)

    def _event(
        self, sight: Reader, delivery: Delivery, turn: int, text: KnownText
    ) -> StatusFetched:
        campaign, _ = surroundings_of(sight, delivery)
        judge = Judge(campaign.policy, self.codes)
        facts, now = delivery.facts_of(turn), self.ledger.clock.now()
        verdict = judge.of_report(text.status, text.code, facts, now)
        if verdict.rank is None:  # a word we do not know proves that Twilio has the text
            verdict = judge.of_report("accepted", None, facts, now)
        return delivery.fetch(SENDER, turn, verdict, text)


def _before_staff(delivery: Delivery, sids: Sequence[str]) -> Decision:
    """Told once: that these texts could be the one in doubt."""
    if delivery.candidates == tuple(sids):
        return Decision([])
    cause = "Twilio's records do not tell whether this text was sent"
    return Decision([delivery.doubt(SENDER, delivery.turn, cause, sids)])


def _lapses_at(delivery: Delivery, look: Look) -> datetime:
    return look.last_call_at + timedelta(seconds=delivery.validity_seconds) + _MARGIN
