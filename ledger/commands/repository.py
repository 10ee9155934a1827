"""Loads aggregates that must exist, from a unit of work or from the reader."""

from collections.abc import Collection
from typing import Protocol, TypeVar

from ledger.domain.aggregate import Aggregate
from ledger.domain.campaign import Campaign
from ledger.domain.contact import Contact
from ledger.domain.contact_list import ContactList
from ledger.domain.delivery import Delivery
from ledger.domain.draft import Draft
from ledger.domain.sending_switch import STREAM, SendingSwitch
from ledger.errors import NotFound, Refused

A = TypeVar("A", bound=Aggregate)


class Source(Protocol):
    """A source of aggregates: a unit of work, or the reader."""

    def load(self, kind: type[A], stream_id: str) -> A:
        """Return the aggregate of a stream; without events its `exists` is False."""

    def load_all(self, kind: type[A], stream_ids: Collection[str]) -> dict[str, A]:
        """Return stream id → aggregate."""


def campaign_of(source: Source, campaign_id: str) -> Campaign:
    """The launched campaign; raises `NotFound`."""
    campaign = source.load(Campaign, campaign_id)
    if campaign.state is None:
        raise NotFound(
            f"There is no campaign {campaign_id}; `delivery-ledger campaign list` shows those that "
            "there are."
        )
    return campaign


def delivery_of(source: Source, delivery_id: str) -> Delivery:
    """The delivery; raises `Refused` if there is none."""
    delivery = source.load(Delivery, delivery_id)
    if not delivery.exists:
        raise Refused(f"There is no delivery {delivery_id}.")
    return delivery


def draft_of(source: Source, draft_id: str) -> Draft:
    """The draft; raises `NotFound`."""
    draft = source.load(Draft, draft_id)
    if not draft.exists:
        raise NotFound(f"There is no draft {draft_id}; see `draft list` for those there are.")
    return draft


def contact_list_of(source: Source, list_id: str) -> ContactList:
    """The contact list; raises `NotFound`, also for one that was deleted."""
    contact_list = source.load(ContactList, list_id)
    if not contact_list.exists or contact_list.is_deleted:
        raise NotFound(f"There is no contact list {list_id}; see `list show` for those there are.")
    return contact_list


def sending_switch(source: Source) -> SendingSwitch:
    """The switch that allows or stops all sending."""
    return source.load(SendingSwitch, STREAM)


def campaign_of_delivery(source: Source, delivery: Delivery) -> Campaign:
    """The campaign that a delivery belongs to."""
    return source.load(Campaign, delivery.campaign_id)


def contact_of_delivery(source: Source, delivery: Delivery) -> Contact:
    """The contact that a delivery is for."""
    return source.load(Contact, delivery.contact_id)
