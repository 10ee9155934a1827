"""The consequences of an event in the same commit: opt-out, withdrawal, held sender, pause."""

from dataclasses import replace
from typing import TypeVar

from ledger.commands.repository import (
    campaign_of_delivery,
    contact_of_delivery,
    sending_switch,
)
from ledger.commands.same_phone import other_contacts, phone_in, phone_of
from ledger.commands.shared_faults import pause_after_report
from ledger.domain.campaign import Campaign
from ledger.domain.contact import Contact
from ledger.domain.delivery import Delivery
from ledger.domain.events import (
    ContactOptedIn,
    ContactOptedOut,
    DeliveryEvent,
    OptingWords,
)
from ledger.domain.opt_out_confirmation import why_not_to_confirm
from ledger.domain.outcome_classifier import Classification
from ledger.domain.vocabulary import OptOutSource, Reason
from ledger.unit_of_work import UnitOfWork

E = TypeVar("E", ContactOptedOut, ContactOptedIn)


def append_with_consequences(
    work: UnitOfWork, delivery: Delivery, event: DeliveryEvent, classification: Classification
) -> None:
    """Append an event about an attempt, then what follows: opt-out, withdrawal, hold, pause."""
    contact = contact_of_delivery(work, delivery)
    work.append(event)
    _hold_sender(work, event.actor, classification)
    pause_after_report(work, delivery, classification)
    if getattr(event, "reason", None) is Reason.OPTED_OUT:
        _opt_out_by_provider(work, contact, delivery, event.actor)
        return
    after = work.load(Delivery, delivery.delivery_id)
    if after.standing.awaits_attempt and (reason := why_not_to_send(work, after, contact)):
        _withdraw(work, after, event.actor, reason)


def why_not_to_send(work: UnitOfWork, delivery: Delivery, contact: Contact) -> Reason | None:
    """Why this delivery may make no more attempts; None if it may (R16)."""
    if delivery.confirm_before is not None:
        reason = why_not_to_confirm(delivery, delivery.confirm_before, contact, work.now)
    else:
        reason = Reason.OPTED_OUT if contact.is_opted_out else None
    if reason is None and is_forgotten(work, delivery, contact):
        return Reason.FORGOTTEN
    return reason


def is_forgotten(work: UnitOfWork, delivery: Delivery, contact: Contact) -> bool:
    """Whether the contact was forgotten after this delivery was enrolled."""
    return contact.was_forgotten and work.person_of(delivery.delivery_id) is None


def record_opt_out(work: UnitOfWork, event: ContactOptedOut) -> int:
    """Append an opt-out for every contact of the phone, and withdraw what waits for any of them.

    Returns the number of withdrawn deliveries.
    """
    work.append(event)
    withdrawn = withdraw_waiting(work, event.contact_id, event.actor)
    phone = phone_in(event) or phone_of(work, event.contact_id)
    for contact in other_contacts(work, event.contact_id, phone):
        if contact.is_new_opt_out(event.source):
            work.append(_copied(event, contact, phone))
            withdrawn += withdraw_waiting(work, contact.contact_id, event.actor)
    return withdrawn


def record_opt_in(work: UnitOfWork, event: ContactOptedIn) -> None:
    """Append an opt-in for every contact of the phone that is opted out."""
    work.append(event)
    phone = phone_in(event) or phone_of(work, event.contact_id)
    for contact in other_contacts(work, event.contact_id, phone):
        if contact.is_opted_out:
            work.append(_copied(event, contact, phone))


def _copied(event: E, contact: Contact, phone: str | None) -> E:
    """Return the event for another contact of the phone."""
    reason = event.private.reason if event.private else None
    private = OptingWords(phone=phone or "", reason=reason) if phone or reason else None
    return replace(event, **contact.header(event.actor), private=private)


def withdraw_waiting(
    work: UnitOfWork, contact_id: str, actor: str, reason: Reason = Reason.OPTED_OUT
) -> int:
    """Withdraw what waits for an attempt, except in archived campaigns; return the number."""
    deliveries = work.load_all(Delivery, work.deliveries_of(contact_id)).values()
    waiting = [delivery for delivery in deliveries if delivery.standing.awaits_attempt]
    work.load_all(Campaign, {delivery.campaign_id for delivery in waiting})
    return sum(_withdraw(work, delivery, actor, reason) for delivery in waiting)


def _hold_sender(work: UnitOfWork, actor: str, classification: Classification) -> None:
    """Keep all texts waiting where the sender reached a cap, so that none is wasted on it."""
    code, until = classification.code, classification.sender_held_until
    if code is None or until is None or until <= work.now:
        return
    switch = sending_switch(work)
    if not switch.is_sender_held_until(until):
        work.append(switch.hold_sender(actor, code, until))


def _opt_out_by_provider(
    work: UnitOfWork, contact: Contact, delivery: Delivery, actor: str
) -> None:
    """Record the opt-out after a 21610, and withdraw all deliveries that wait."""
    after = work.load(Delivery, delivery.delivery_id)
    if after.standing.awaits_attempt:
        _withdraw(work, after, actor, Reason.OPTED_OUT)
    if not contact.is_new_opt_out(OptOutSource.PROVIDER):
        return
    person = work.person_of(delivery.delivery_id)
    phone = person.phone if person else None
    record_opt_out(work, contact.opt_out(actor, OptOutSource.PROVIDER, phone))


def _withdraw(work: UnitOfWork, delivery: Delivery, actor: str, reason: Reason) -> bool:
    """Withdraw the delivery unless its campaign is archived; return whether it was withdrawn."""
    if campaign_of_delivery(work, delivery).is_archived:
        return False
    work.append(delivery.withdraw(actor, reason))
    return True
