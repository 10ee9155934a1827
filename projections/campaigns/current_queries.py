"""Queries of campaigns as they are now: what staff and commands must know before an act."""

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa

from ledger.clock import to_microseconds
from ledger.domain.vocabulary import CampaignState
from ledger.sending.worklist import AcceptedText, TextCursor
from ledger.store.engine import reading
from projections.campaigns.campaign_queries import CampaignQueries
from projections.campaigns.opt_out_effect import OptOutEffect, opt_out_effect
from projections.campaigns.recall import RecallNumbers, cancelable, recall_numbers
from projections.campaigns.resend_plan import Cause, ResendPlan, Selection, causes_of, plan_resend
from projections.campaigns.rows import CampaignRow
from projections.campaigns.undecided import undecided_count
from projections.tables.campaigns import campaigns_at
from projections.tables.schema import campaigns, standings


class CurrentCampaignQueries(CampaignQueries):
    """All queries of campaigns, now; for the past there are no acts to prepare."""

    def as_of(self, seq: int) -> CampaignQueries:
        """Return the same queries as of right after a seq."""
        return CampaignQueries(
            self._engine, self._time_at, self._conditions_at, until=seq, scope=self._scope
        )

    def selected(self, campaign_id: str, selection: Selection) -> list[str]:
        """Return the ids of the selected deliveries, in the order of the contact file."""
        query = sa.select(standings.c.delivery_id).where(selection.of(campaign_id))
        with reading(self._engine) as connection:
            return list(connection.scalars(query.order_by(standings.c.position)))

    def resend_plan(
        self,
        campaign_id: str,
        selection: Selection,
        *,
        include_unreachable: bool = False,
        requires_consent: bool = False,
    ) -> ResendPlan:
        """Return what a resend to the selected contacts would do."""
        with reading(self._engine) as connection:
            return plan_resend(
                connection,
                campaign_id,
                selection,
                include_unreachable=include_unreachable,
                requires_consent=requires_consent,
            )

    def causes(self, campaign_id: str) -> list[Cause]:
        """Return the causes with which contacts of the campaign failed, the most frequent first."""
        with reading(self._engine) as connection:
            return causes_of(connection, campaign_id)

    def in_undo_window(self, now: datetime) -> list[CampaignRow]:
        """Return the campaigns whose launch can be stopped before a text goes out."""
        at = to_microseconds(now)
        held = sa.select(campaigns.c.campaign_id).where(campaigns.c.held_until > at)
        with reading(self._engine) as connection:
            held_ids = connection.scalars(held).all()
            if not held_ids:
                return []
            campaign = campaigns_at(self._moment).c
            is_open = (campaign.held_until > at) & (campaign.state == CampaignState.SENDING)
            return self._campaigns(connection, campaign.campaign_id.in_(held_ids) & is_open)

    def opt_out_effect(self, contact_id: str) -> OptOutEffect:
        """Return what an opt-out of the contact would do to its pending deliveries."""
        with reading(self._engine) as connection:
            return opt_out_effect(connection, contact_id)

    def undecided_count(self, campaign_id: str) -> int:
        """Return how many contacts of the campaign wait for a decision by staff."""
        with reading(self._engine) as connection:
            return connection.scalar(undecided_count(campaign_id)) or 0

    def carried(self, campaign_id: str | None, until: datetime) -> int:
        """Return how many texts Twilio accepted by then and has not reported on since."""
        query = sa.select(sa.func.count()).where(
            standings.c.accepted_since <= to_microseconds(until)
        )
        if campaign_id is not None:
            query = query.where(standings.c.campaign_id == campaign_id)
        with reading(self._engine) as connection:
            return connection.scalar(query) or 0

    def recall_numbers(self, campaign_id: str) -> RecallNumbers:
        """Return the contacts of a campaign by what a recall can do about them."""
        with reading(self._engine) as connection:
            return recall_numbers(connection, campaign_id)

    def cancelable(
        self, campaign_id: str, before: TextCursor | None, limit: int
    ) -> Sequence[AcceptedText]:
        """Return the texts that Twilio may not have sent yet, the newest first."""
        with reading(self._engine) as connection:
            return cancelable(connection, campaign_id, before, limit)

    def in_flight(self, campaign_id: str) -> int:
        """Return how many texts are with Twilio or on their way to it."""
        query = sa.select(campaigns.c.in_flight).where(campaigns.c.campaign_id == campaign_id)
        with reading(self._engine) as connection:
            return connection.scalar(query) or 0
