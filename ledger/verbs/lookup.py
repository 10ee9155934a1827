"""Campaigns, contacts and deliveries, folded from their streams; what every verb begins with."""

from collections.abc import Collection

from ledger.campaign import Campaign
from ledger.contact import Contact
from ledger.delivery import Delivery
from ledger.entry import Entry
from ledger.errors import NotFound
from ledger.events import Event
from ledger.ledger import Ledger


def campaign_of(ledger: Ledger, campaign_id: str) -> Campaign:
    """The launched campaign; raises `NotFound`."""
    campaign = Campaign.from_events(campaign_id, _events(ledger.stream(campaign_id)))
    if campaign.state is None:
        raise NotFound(
            f"There is no campaign {campaign_id}; see `campaign list` for those there are."
        )
    return campaign


def contact_of(ledger: Ledger, contact_id: str) -> Contact:
    """The contact, at version 0 where the number was never heard of."""
    return Contact.from_events(contact_id, _events(ledger.stream(contact_id)))


def contacts_of(ledger: Ledger, contact_ids: Collection[str]) -> dict[str, Contact]:
    """Contact id → contact, for all that are asked for."""
    return {
        contact_id: Contact.from_events(contact_id, _events(entries))
        for contact_id, entries in ledger.streams(contact_ids).items()
    }


def deliveries_of(ledger: Ledger, delivery_ids: Collection[str]) -> dict[str, Delivery]:
    """Delivery id → delivery, for those that exist."""
    return {
        delivery_id: delivery
        for delivery_id, entries in ledger.streams(delivery_ids).items()
        if (delivery := Delivery.from_events(_events(entries)))
    }


def delivery_of(ledger: Ledger, delivery_id: str) -> Delivery | None:
    """The delivery, or None where there is none."""
    return deliveries_of(ledger, [delivery_id]).get(delivery_id)


def surroundings_of(ledger: Ledger, delivery: Delivery) -> tuple[Campaign, Contact]:
    """The campaign and the contact of a delivery, in one reading."""
    found = ledger.streams([delivery.campaign_id, delivery.contact_id])
    return (
        Campaign.from_events(delivery.campaign_id, _events(found[delivery.campaign_id])),
        Contact.from_events(delivery.contact_id, _events(found[delivery.contact_id])),
    )


def _events(entries: Collection[Entry]) -> list[Event]:
    return [entry.event for entry in entries]
