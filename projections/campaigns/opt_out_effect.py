"""Counts in advance what an opt-out would do to the deliveries of a contact (R16)."""

from dataclasses import dataclass

import sqlalchemy as sa

from ledger.domain.vocabulary import CampaignState, DeliveryStatus
from projections.tables.campaigns import campaigns_at
from projections.tables.schema import enrolments, standings


@dataclass(frozen=True)
class OptOutEffect:
    """The number of a contact's pending deliveries, by what an opt-out does to them."""

    withdrawn: int
    """Wait for an attempt; they fail as opted out."""
    in_flight: int
    """On their way; their outcome counts, but a bounce is not tried again."""
    frozen: int
    """In an archived campaign; they stay pending."""


def opt_out_effect(connection: sa.Connection, contact_id: str) -> OptOutEffect:
    """Return the effect on the contact's deliveries in all campaigns."""
    campaign = campaigns_at()
    is_frozen = campaign.c.state == CampaignState.ARCHIVED
    is_waiting = standings.c.due_at.is_not(None)
    query = (
        sa.select(
            sa.func.count().filter(~is_frozen & is_waiting),
            sa.func.count().filter(~is_frozen & ~is_waiting),
            sa.func.count().filter(is_frozen),
        )
        .join_from(enrolments, standings, standings.c.delivery_id == enrolments.c.delivery_id)
        .join(campaign, campaign.c.campaign_id == standings.c.campaign_id)
        .where(
            enrolments.c.contact_id == contact_id,
            standings.c.status == DeliveryStatus.PENDING,
        )
    )
    return OptOutEffect(*connection.execute(query).one())
