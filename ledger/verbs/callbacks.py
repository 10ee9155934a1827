"""Twilio's word on an attempt: recorded once, in whatever order, however late or often."""

from dataclasses import dataclass

from ledger.campaign import Campaign
from ledger.codes import CodeTable
from ledger.contact import Contact
from ledger.delivery import Delivery
from ledger.errors import BadInput, NotFound
from ledger.events import CallbackReceived, Event, Form, Parameters, StrayCallbackReceived
from ledger.ledger import Decision, Ledger
from ledger.verbs.contacts import provider_opt_out
from ledger.verbs.lookup import contact_of, delivery_of, surroundings_of
from ledger.verdict import Judge, Verdict
from ledger.vocabulary import Reason


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

    def receive(self, address: Address, parameters: Parameters) -> None:
        """Record one callback, durably.

        Raises `BadInput` without MessageSid or MessageStatus, `AlreadyRecorded` for a repeat and
        `StoreUnavailable`. One that is none of ours is recorded as a stray.
        """
        form = dict(parameters)
        if not form.get("MessageSid") or not form.get("MessageStatus"):
            raise BadInput("A status callback needs MessageSid and MessageStatus.")
        if not self.ledger.identity.is_callback_token(
            address.token, address.delivery_id, address.turn
        ):
            self._record_stray(address, parameters, "wrong token")
            return
        try:
            self.ledger.record(lambda: self._decide(address, parameters))
        except NotFound:
            self._record_stray(address, parameters, "no such delivery")

    def _decide(self, address: Address, parameters: Parameters) -> Decision:
        delivery = delivery_of(self.ledger, address.delivery_id)
        if delivery is None:
            raise NotFound(f"There is no delivery {address.delivery_id}.")
        campaign, contact = surroundings_of(self.ledger, delivery)
        event = self._event(delivery, campaign, address.turn, parameters)
        extra, leaned_on = self._consequences(delivery.after(event), campaign, contact, event)
        return Decision([event, *extra], leaned_on)

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

    def _consequences(
        self, delivery: Delivery, campaign: Campaign, contact: Contact, event: CallbackReceived
    ) -> tuple[list[Event], dict[str, int]]:
        if event.reason is Reason.OPTED_OUT:
            withdrawn = provider_opt_out(self.ledger, contact, delivery, "twilio")
            return withdrawn.events, withdrawn.leaned_on
        return late_withdrawal(delivery, campaign, contact, "twilio")

    def _record_stray(self, address: Address, parameters: Parameters, cause: str) -> None:
        form = dict(parameters)
        identity = self.ledger.identity
        stream_id = identity.stray_id(form["MessageSid"])
        place = f"{address.delivery_id}/{address.turn}/{address.token}"

        contact_id = identity.contact_id(form["To"]) if form.get("To") else None

        def decide() -> Decision:
            stray = StrayCallbackReceived(
                originator_id=stream_id,
                originator_version=len(self.ledger.stream(stream_id)) + 1,
                actor="twilio",
                cause=cause,
                sid=form["MessageSid"],
                status=form["MessageStatus"],
                dedupe=identity.dedupe("stray", place, parameters),
                contact_id=contact_id,
                private=None if self._is_forgotten(contact_id) else Form(parameters=parameters),
            )
            return Decision([stray])

        self.ledger.record(decide)

    def _is_forgotten(self, contact_id: str | None) -> bool:
        """Whether a stray about this contact is to keep its open fields only."""
        if contact_id is None or not contact_of(self.ledger, contact_id).was_forgotten:
            return False
        return not self.ledger.with_key([contact_id])


def why_not_to_send(delivery: Delivery, contact: Contact) -> Reason | None:
    """Why nothing more may go to this contact by this delivery; None where it may (R16)."""
    if contact.is_opted_out:
        return Reason.OPTED_OUT
    if contact.was_forgotten and delivery.person is None:
        return Reason.FORGOTTEN
    return None


def late_withdrawal(
    delivery: Delivery, campaign: Campaign, contact: Contact, actor: str
) -> tuple[list[Event], dict[str, int]]:
    """What in-flight news adds: what would wait for a contact not to be texted is withdrawn (R16).

    Leans on the contact and the campaign where the delivery would wait for an attempt.
    """
    if not delivery.standing.awaits_attempt:
        return [], {}
    leaned_on = {contact.contact_id: contact.version, campaign.campaign_id: campaign.version}
    reason = why_not_to_send(delivery, contact)
    if reason and not campaign.is_archived:
        return [delivery.withdraw(actor, reason)], leaned_on
    return [], leaned_on
