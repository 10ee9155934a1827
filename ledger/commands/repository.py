"""Campaigns, contacts and deliveries, folded from their streams; what every verb begins with."""

from collections.abc import Collection
from dataclasses import replace

from ledger.domain.campaign import Campaign
from ledger.domain.contact import Contact
from ledger.domain.delivery import Delivery
from ledger.errors import NotFound, Refused
from ledger.unit_of_work import Reader


def campaign_of(reader: Reader, campaign_id: str) -> Campaign:
    """The launched campaign; raises `NotFound`."""
    campaign = Campaign.from_events(campaign_id, reader.events_of([campaign_id])[campaign_id])
    if campaign.state is None:
        raise NotFound(
            f"There is no campaign {campaign_id}; see `campaign list` for those there are."
        )
    return campaign


def campaigns_of(reader: Reader, campaign_ids: Collection[str]) -> dict[str, Campaign]:
    """Campaign id → campaign, launched or not, for all that are asked for."""
    return {
        campaign_id: Campaign.from_events(campaign_id, events)
        for campaign_id, events in reader.events_of(campaign_ids).items()
    }


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


def existing_delivery(reader: Reader, delivery_id: str) -> Delivery:
    """The delivery; raises `Refused` where there is none."""
    delivery = delivery_of(reader, delivery_id)
    if delivery is None:
        raise Refused(f"There is no delivery {delivery_id}.")
    return delivery


def with_person(reader: Reader, delivery: Delivery) -> Delivery:
    """The same with what is sealed of it, for one that was read without; `reader` unseals."""
    unsealed = delivery_of(reader, delivery.delivery_id)
    return replace(delivery, person=unsealed.person) if unsealed else delivery


def surroundings_of(reader: Reader, delivery: Delivery) -> tuple[Campaign, Contact]:
    """The campaign and the contact of a delivery, in one reading."""
    found = reader.events_of([delivery.campaign_id, delivery.contact_id])
    return (
        Campaign.from_events(delivery.campaign_id, found[delivery.campaign_id]),
        Contact.from_events(delivery.contact_id, found[delivery.contact_id]),
    )
