"""Acts on a number, whichever campaigns it is in: opting out and in, by staff or by text (R16)."""

from concurrent.futures import Future
from dataclasses import dataclass

from ledger.commands.repository import contact_of, deliveries_of, surroundings_of
from ledger.domain.contact import Contact
from ledger.domain.delivery import Delivery
from ledger.domain.events import Event, Form, InboundReceived, Parameters
from ledger.domain.vocabulary import Reason
from ledger.ledger import Decision, Ledger
from ledger.messages.opt_out_keywords import Wish, wish_of
from ledger.unit_of_work import Reader

TWILIO_STILL_BLOCKS = (
    "Twilio itself goes on blocking this number until the person texts START to you."
)
"""What to tell staff where `opt_in` gave True."""


@dataclass(frozen=True)
class Withdrawals:
    """What an opt-out or a forgetting does to the contact's deliveries, and what it leaned on."""

    events: list[Event]
    leaned_on: dict[str, int]


def opt_out(ledger: Ledger, contact_id: str, by: str, *, phone: str | None = None) -> int:
    """Staff's opt-out of a contact; gives how many deliveries it withdrew.

    `phone` is its E.164 number, which a contact without a delivery is known by. Raises `Refused`
    when the contact is opted out already.
    """

    def decide() -> tuple[Decision, int]:
        event = contact_of(ledger, contact_id).opt_out(by, "staff", phone)
        withdrawn = withdrawals(ledger, contact_id, by)
        return Decision([event, *withdrawn.events], withdrawn.leaned_on), len(withdrawn.events)

    return ledger.decide(decide)


def opt_in(ledger: Ledger, contact_id: str, by: str, *, phone: str | None = None) -> bool:
    """Staff's opt-in; True where the number had been opted out by a STOP or by Twilio.

    Twilio then goes on blocking it until the person texts START. Raises `Refused` when the contact
    is not opted out.
    """

    def decide() -> tuple[Decision, bool]:
        contact = contact_of(ledger, contact_id)
        event = contact.opt_in(by, "staff", phone)
        return Decision([event]), contact.is_blocked_by_provider

    return ledger.decide(decide)


def receive_text(
    ledger: Ledger, phone: str, sid: str, parameters: Parameters
) -> "Future[list[int]]":
    """A text came from the number; STOP opts it out and START in.

    Recorded together with all that comes meanwhile. The future raises `AlreadyRecorded` for a
    repeat of the same SID, and `StoreUnavailable`.
    """
    contact_id = ledger.identity.contact_id(phone)
    dedupe = ledger.identity.dedupe("inbound", sid)
    wish = _wish(parameters)

    def decide(sight: Reader) -> Decision:
        contact = contact_of(sight, contact_id)
        text = InboundReceived(
            **contact.place("twilio"), sid=sid, dedupe=dedupe, private=Form(parameters=parameters)
        )
        after = contact.with_event(text)
        if wish is Wish.STOP and after.is_news("inbound"):
            withdrawn = withdrawals(sight, contact_id, "twilio")
            change = after.opt_out("twilio", "inbound", phone)
            return Decision([text, change, *withdrawn.events], withdrawn.leaned_on)
        if wish is Wish.START and after.is_opted_out:
            return Decision([text, after.opt_in("twilio", "inbound", phone)])
        return Decision([text])

    return ledger.record_together(contact_id, decide)


def provider_opt_out(
    reader: Reader, contact: Contact, delivery: Delivery, actor: str
) -> Withdrawals:
    """What a 21610 about `delivery` adds: the opt-out, and the contact's other deliveries."""
    if not contact.is_news("provider"):
        return Withdrawals([], {})
    phone = delivery.person.phone if delivery.person else None
    withdrawn = withdrawals(reader, contact.contact_id, actor, besides=delivery.delivery_id)
    events = [contact.opt_out(actor, "provider", phone), *withdrawn.events]
    return Withdrawals(events, withdrawn.leaned_on)


def withdrawals(
    reader: Reader,
    contact_id: str,
    actor: str,
    *,
    reason: Reason = Reason.OPTED_OUT,
    besides: str | None = None,
) -> Withdrawals:
    """Withdraw what waits for an attempt, in every campaign that is not archived.

    Leans on all of the contact's deliveries, so that one that bounces meanwhile is seen.
    """
    delivery_ids = [d for d in reader.deliveries_of(contact_id) if d != besides]
    events: list[Event] = []
    leaned_on: dict[str, int] = {}
    for delivery in deliveries_of(reader, delivery_ids).values():
        leaned_on[delivery.delivery_id] = delivery.version
        if not delivery.standing.awaits_attempt:
            continue
        campaign, _ = surroundings_of(reader, delivery)
        if not campaign.is_archived:
            leaned_on[campaign.campaign_id] = campaign.version
            events.append(delivery.withdraw(actor, reason))
    return Withdrawals(events, leaned_on)


def _wish(parameters: Parameters) -> Wish | None:
    form = dict(parameters)
    named = form.get("OptOutType", "").strip().upper()
    return Wish(named) if named in set(Wish) else wish_of(form.get("Body", ""))
