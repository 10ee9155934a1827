"""The status as it is now: what pages show, and what must be known before an act."""

from datetime import datetime

import sqlalchemy as sa

from ledger.clock import to_microseconds
from ledger.store.engine import reading
from projections.campaigns.campaign_queries import CampaignQueries
from projections.campaigns.contact_query import undecided, undecided_count
from projections.campaigns.opt_out_effect import OptOutEffect, opt_out_effect
from projections.campaigns.resend_plan import Cause, ResendPlan, Selection, causes_of, plan_resend
from projections.campaigns.rows import ContactRow
from projections.tables.schema import campaigns, standings


class CurrentCampaignQueries(CampaignQueries):
    """All reads, of today; the past cannot be acted in."""

    def as_of(self, seq: int) -> CampaignQueries:
        """The same reads as of right after that seq."""
        return CampaignQueries(self._engine, self._clock, self._conditions_at, until=seq)

    def selected(self, campaign_id: str, selection: Selection) -> list[str]:
        """The deliveries of that selection, in the order of the file: what a resend looks at."""
        query = sa.select(standings.c.delivery_id).where(selection.of(campaign_id))
        with reading(self._engine) as connection:
            return list(connection.scalars(query.order_by(standings.c.position)))

    def resend_plan(
        self, campaign_id: str, selection: Selection, *, include_unreachable: bool = False
    ) -> ResendPlan:
        """What a resend to them would do."""
        with reading(self._engine) as connection:
            return plan_resend(
                connection, campaign_id, selection, include_unreachable=include_unreachable
            )

    def causes(self, campaign_id: str) -> list[Cause]:
        """With what the contacts of a campaign failed, the most frequent first."""
        with reading(self._engine) as connection:
            return causes_of(connection, campaign_id)

    def opt_out_effect(self, contact_id: str) -> OptOutEffect:
        """What an opt-out of this number would do to its pending deliveries."""
        with reading(self._engine) as connection:
            return opt_out_effect(connection, contact_id)

    def undecided(self, campaign_id: str | None = None) -> list[ContactRow]:
        """The contacts that wait for a word of staff, of one campaign or of all."""
        query = undecided()
        if campaign_id is not None:
            query = query.where(standings.c.campaign_id == campaign_id)
        with reading(self._engine) as connection:
            return self._rows(connection, query)

    def undecided_count(self, campaign_id: str) -> int:
        """How many contacts of the campaign wait for a word of staff."""
        with reading(self._engine) as connection:
            return connection.scalar(undecided_count(campaign_id)) or 0

    def carried(self, campaign_id: str | None, until: datetime) -> int:
        """How many texts Twilio has had since then at the latest, and nobody knows more of."""
        query = sa.select(sa.func.count()).where(
            standings.c.carried_since <= to_microseconds(until)
        )
        if campaign_id is not None:
            query = query.where(standings.c.campaign_id == campaign_id)
        with reading(self._engine) as connection:
            return connection.scalar(query) or 0

    def in_flight(self, campaign_id: str) -> int:
        """How many texts are at Twilio or on their way to it."""
        query = sa.select(campaigns.c.in_flight).where(campaigns.c.campaign_id == campaign_id)
        with reading(self._engine) as connection:
            return connection.scalar(query) or 0
