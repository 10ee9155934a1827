"""What an opt-out would do to the deliveries of a number, counted beforehand (R16)."""

from dataclasses import dataclass

import sqlalchemy as sa

from ledger.vocabulary import CampaignState, DeliveryStatus
from projections.status.tables import campaigns, deliveries


@dataclass(frozen=True)
class OptOutEffect:
    """The pending deliveries of one number."""

    withdrawn: int
    """They wait for an attempt, and fail as opted out."""
    in_flight: int
    """Their text is on its way; what comes of it counts, but a bounce is not tried again."""
    frozen: int
    """Their campaign is archived; they stay pending."""


def opt_out_effect(connection: sa.Connection, contact_id: str) -> OptOutEffect:
    """The effect on this contact's deliveries in all campaigns."""
    is_frozen = campaigns.c.state == CampaignState.ARCHIVED
    is_waiting = deliveries.c.due_at.is_not(None)
    query = (
        sa.select(
            sa.func.count().filter(~is_frozen & is_waiting),
            sa.func.count().filter(~is_frozen & ~is_waiting),
            sa.func.count().filter(is_frozen),
        )
        .join_from(deliveries, campaigns, campaigns.c.campaign_id == deliveries.c.campaign_id)
        .where(
            deliveries.c.contact_id == contact_id,
            deliveries.c.status == DeliveryStatus.PENDING,
            campaigns.c.state.is_not(None),
        )
    )
    return OptOutEffect(*connection.execute(query).one())
