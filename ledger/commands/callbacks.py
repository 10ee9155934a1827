"""Twilio's word on an attempt: recorded once, in whatever order, however late or often."""

from concurrent.futures import Future
from dataclasses import dataclass

from ledger.commands.consequences import with_consequences
from ledger.commands.repository import contact_of, delivery_of, surroundings_of
from ledger.domain.campaign import Campaign
from ledger.domain.delivery import Delivery
from ledger.domain.error_codes import CodeTable
from ledger.domain.events import CallbackReceived, Form, Parameters, StrayCallbackReceived
from ledger.domain.outcome_classifier import Judge, Verdict
from ledger.errors import BadInput
from ledger.ledger import Decision, Ledger
from ledger.unit_of_work import Reader


@dataclass(frozen=True)
class Address:
    """What the callback address of an attempt says."""

    delivery_id: str
    turn: int
    token: str


@dataclass(frozen=True)
class Callbacks:
    """Takes in the callbacks whose signature was found genuine."""

    ledger: Ledger
    codes: CodeTable

    def receive(self, address: Address, parameters: Parameters) -> "Future[list[int]]":
        """Record one callback, together with all that comes meanwhile.

        Raises `BadInput` at once, without MessageSid or MessageStatus. The future gives the seqs
        once they are durable; it raises `AlreadyRecorded` for a repeat, and `StoreUnavailable`.
        One that is none of ours is recorded as a stray.
        """
        form = dict(parameters)
        if not form.get("MessageSid") or not form.get("MessageStatus"):
            raise BadInput("A status callback needs MessageSid and MessageStatus.")
        is_ours = self.ledger.identity.is_callback_token(
            address.token, address.delivery_id, address.turn
        )
        if not is_ours:
            stray_id = self.ledger.identity.stray_id(form["MessageSid"])
            return self.ledger.record_together(
                stray_id, lambda sight: self._stray(sight, address, parameters, "wrong token")
            )
        return self.ledger.record_together(
            address.delivery_id, lambda sight: self._decide(sight, address, parameters)
        )

    def _decide(self, sight: Reader, address: Address, parameters: Parameters) -> Decision:
        delivery = delivery_of(sight, address.delivery_id)
        if delivery is None:
            return self._stray(sight, address, parameters, "no such delivery")
        campaign, _ = surroundings_of(sight, delivery)
        event = self._event(delivery, campaign, address.turn, parameters)
        return with_consequences(self.ledger, sight, delivery, event)

    def _event(
        self, delivery: Delivery, campaign: Campaign, turn: int, parameters: Parameters
    ) -> CallbackReceived:
        form = dict(parameters)
        status = form["MessageStatus"].strip().lower()
        code = form.get("ErrorCode", "").strip().lstrip("0") or None
        verdict: Verdict = Judge(campaign.policy, self.codes).of_report(
            status, code, delivery.facts_of(turn), self.ledger.clock.now()
        )
        return delivery.receive(
            turn,
            verdict,
            sid=form["MessageSid"],
            status=status,
            dedupe=self.ledger.identity.dedupe(
                "callback", f"{delivery.delivery_id}/{turn}", parameters
            ),
            form=Form(parameters=parameters),
        )

    def _stray(
        self, sight: Reader, address: Address, parameters: Parameters, cause: str
    ) -> Decision:
        form = dict(parameters)
        identity = self.ledger.identity
        stream_id = identity.stray_id(form["MessageSid"])
        place = f"{address.delivery_id}/{address.turn}/{address.token}"
        contact_id = identity.contact_id(form["To"]) if form.get("To") else None
        is_forgotten = self._is_forgotten(sight, contact_id)
        stray = StrayCallbackReceived(
            originator_id=stream_id,
            originator_version=len(sight.events_of([stream_id])[stream_id]) + 1,
            actor="twilio",
            cause=cause,
            sid=form["MessageSid"],
            status=form["MessageStatus"],
            dedupe=identity.dedupe("stray", place, parameters),
            contact_id=contact_id,
            private=None if is_forgotten else Form(parameters=parameters),
        )
        return Decision([stray])

    def _is_forgotten(self, sight: Reader, contact_id: str | None) -> bool:
        """Whether a stray about this contact is to keep its open fields only."""
        if contact_id is None or not contact_of(sight, contact_id).was_forgotten:
            return False
        return not self.ledger.with_key([contact_id])
