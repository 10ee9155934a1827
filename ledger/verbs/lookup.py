"""Campaigns, contacts and deliveries, folded from their streams; what every verb begins with."""

from collections.abc import Collection

from ledger.campaign import Campaign
from ledger.contact import Contact
from ledger.delivery import Delivery
from ledger.errors import NotFound
from ledger.sight import Reader


def campaign_of(reader: Reader, campaign_id: str) -> Campaign:
    """The launched campaign; raises `NotFound`."""
    campaign = Campaign.from_events(campaign_id, reader.events_of([campaign_id])[campaign_id])
    if campaign.state is None:
        raise NotFound(
            f"There is no campaign {campaign_id}; see `campaign list` for those there are."
        )
    return campaign


def contact_of(reader: Reader, contact_id: str) -> Contact:
    """The contact, at version 0 where the number was never heard of."""
    return contacts_of(reader, [contact_id])[contact_id]


def contacts_of(reader: Reader, contact_ids: Collection[str]) -> dict[str, Contact]:
    """Contact id → contact, for all that are asked for."""
    return {
        contact_id: Contact.from_events(contact_id, events)
        for contact_id, events in reader.events_of(contact_ids).items()
    }


def deliveries_of(reader: Reader, delivery_ids: Collection[str]) -> dict[str, Delivery]:
    """Delivery id → delivery, for those that exist."""
    return {
        delivery_id: delivery
        for delivery_id, events in reader.events_of(delivery_ids).items()
        if (delivery := Delivery.from_events(events))
    }


def delivery_of(reader: Reader, delivery_id: str) -> Delivery | None:
    """The delivery, or None where there is none."""
    return deliveries_of(reader, [delivery_id]).get(delivery_id)


def surroundings_of(reader: Reader, delivery: Delivery) -> tuple[Campaign, Contact]:
    """The campaign and the contact of a delivery, in one reading."""
    found = reader.events_of([delivery.campaign_id, delivery.contact_id])
    return (
        Campaign.from_events(delivery.campaign_id, found[delivery.campaign_id]),
        Contact.from_events(delivery.contact_id, found[delivery.contact_id]),
    )
