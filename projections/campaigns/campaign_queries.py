"""Queries of campaigns for pages and commands, now or as of a past seq."""

from collections.abc import Mapping
from functools import cache
from typing import Any

import sqlalchemy as sa

from ledger.domain.vocabulary import CampaignState, DeliveryStatus
from ledger.errors import NotFound
from ledger.store.engine import reading
from projections.campaigns.changes import event_count
from projections.campaigns.contact_queries import ContactQueries
from projections.campaigns.row_conversion import as_dicts, campaign_row
from projections.campaigns.rows import CampaignPlace, CampaignRow
from projections.campaigns.unconfirmed import accounted_for
from projections.engine.parking import parked
from projections.tables.campaigns import campaigns_at
from projections.tables.facts import FactScope, is_archived, scope_parameters
from projections.tables.offices import in_scope
from projections.tables.standings import statuses_at


class CampaignQueries(ContactQueries):
    """Queries of campaigns, and those of their contacts."""

    def campaigns(
        self,
        *,
        state: CampaignState | None = None,
        office_id: str | None = None,
        after: CampaignPlace | None = None,
        limit: int | None = None,
    ) -> list[CampaignRow]:
        """Return every launched campaign, the newest first.

        Or those of a state, of an office, after a place.
        """
        column = campaigns_at(self._moment).c
        conditions: list[sa.ColumnElement[bool]] = [column.is_listed]
        if state is not None:
            conditions.append(column.state == state)
        if office_id is not None:
            conditions.append(column.office_id == office_id)
        if after is not None:
            is_same_time = column.launched_at == after.launched_at
            is_later_id = column.campaign_id > after.campaign_id
            conditions.append(
                (column.launched_at < after.launched_at) | (is_same_time & is_later_id)
            )
        with reading(self._engine) as connection:
            return self._campaigns(connection, sa.and_(*conditions), limit)

    def campaign(self, campaign_id: str) -> CampaignRow:
        """Return a launched campaign; raises `NotFound`."""
        with reading(self._engine) as connection:
            is_campaign = campaigns_at(self._moment).c.campaign_id == campaign_id
            campaigns = self._campaigns(connection, is_campaign)
        if not campaigns:
            when = "" if self._until is None else f" at #{self._until}"
            raise NotFound(f"There is no campaign {campaign_id}{when}.")
        return campaigns[0]

    def follow_ups(self, campaign_id: str) -> list[CampaignRow]:
        """Return the launched campaigns that follow a campaign, the newest first."""
        with reading(self._engine) as connection:
            is_follow_up = campaigns_at(self._moment).c.followed_id == campaign_id
            return self._campaigns(connection, is_follow_up)

    def of_list(self, list_id: str) -> list[CampaignRow]:
        """Return the launched campaigns that went to a contact list, the newest first."""
        with reading(self._engine) as connection:
            is_of_list = campaigns_at(self._moment).c.list_id == list_id
            return self._campaigns(connection, is_of_list)

    def unread_events(self, campaign_id: str) -> int:
        """Return how many events of the campaign this program cannot read."""
        query = sa.select(sa.func.count()).where(parked.c.campaign_id == campaign_id)
        query = query if self._until is None else query.where(parked.c.seq <= self._until)
        with reading(self._engine) as connection:
            return connection.scalar(query) or 0

    def event_count(self, campaign_id: str, after: int, until: int) -> int:
        """Return how many events the campaign has after a seq, up to another."""
        with reading(self._engine) as connection:
            return connection.scalar(event_count(campaign_id, after, until)) or 0

    def _campaigns(
        self,
        connection: sa.Connection,
        is_selected: sa.ColumnElement[bool],
        limit: int | None = None,
    ) -> list[CampaignRow]:
        campaign = campaigns_at(self._moment)
        is_seen = in_scope(self._scope, campaign.c.office_id)
        query = sa.select(campaign).where(is_selected, is_seen)
        query = query.order_by(campaign.c.launched_at.desc(), campaign.c.campaign_id).limit(limit)
        rows = as_dicts(connection.execute(query, self._bounds))
        return [
            campaign_row(
                row, self._counts(connection, row), accounted_for(connection, row, self._until)
            )
            for row in rows
        ]

    def _counts(self, connection: sa.Connection, campaign: Any) -> Mapping[str, int]:
        if self._until is None:
            return {status: campaign[status] for status in DeliveryStatus}
        query = _statuses_at(is_archived=is_archived(campaign))
        rows = connection.execute(query, scope_parameters(campaign, self._until))
        counted = {row.status: row.number for row in rows}
        return {status: counted.get(status, 0) for status in DeliveryStatus}


@cache
def _statuses_at(*, is_archived: bool) -> sa.Select[Any, int]:
    return statuses_at(FactScope.of_parameters(is_archived=is_archived))
