"""Texts that were sent and that no carrier confirmed; on some of them staff expect no report."""

from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

import sqlalchemy as sa

from ledger.clock import to_microseconds
from ledger.domain.events import DeliveryAccountedFor
from ledger.domain.offices import EVERYTHING, Scope
from ledger.domain.standing import turn_of
from ledger.store.engine import reading
from ledger.store.in_list import in_subquery
from ledger.store.schema import IS_RARE
from projections.engine.ledger_events import events
from projections.tables.campaigns import campaigns_at
from projections.tables.facts import UNTIL, FactScope, is_archived, scope_parameters
from projections.tables.offices import sees_campaign
from projections.tables.schema import standings
from projections.tables.standings import standings_at


@dataclass(frozen=True)
class UnconfirmedText:
    """A delivery whose text no carrier confirmed, and the turn of that text."""

    delivery_id: str
    turn: int


class UnconfirmedQueries:
    """Queries of such texts in one campaign, now or as of a past seq."""

    def __init__(
        self, engine: sa.Engine, until: int | None = None, scope: Scope = EVERYTHING
    ) -> None:
        self._engine = engine
        self._until = until
        self._scope = scope

    def as_of(self, seq: int) -> "UnconfirmedQueries":
        """Return the same queries as of right after a seq."""
        return UnconfirmedQueries(self._engine, seq, self._scope)

    def count(self, campaign_id: str, before: datetime) -> int:
        """Return how many texts were accepted by then, and are neither final nor accounted for."""
        with reading(self._engine) as connection:
            standing, parameters = self._standing(connection, campaign_id)
            if standing is None:
                return 0
            query = _unconfirmed(standing, campaign_id, before).with_only_columns(sa.func.count())
            return connection.scalar(query.order_by(None), parameters) or 0

    def texts(self, campaign_id: str, before: datetime, limit: int) -> list[UnconfirmedText]:
        """Return these texts, in the order of the contact file."""
        with reading(self._engine) as connection:
            standing, parameters = self._standing(connection, campaign_id)
            if standing is None:
                return []
            query = _unconfirmed(standing, campaign_id, before).limit(limit)
            rows = connection.execute(query, parameters)
            return [UnconfirmedText(row.delivery_id, turn_of(row.rank)) for row in rows]

    def _standing(
        self, connection: sa.Connection, campaign_id: str
    ) -> tuple[sa.FromClause | None, dict[str, Any]]:
        if not sees_campaign(connection, self._scope, campaign_id):
            return None, {}
        if self._until is None:
            return standings, {}
        campaign = campaigns_at(UNTIL)
        query = sa.select(campaign).where(campaign.c.campaign_id == campaign_id)
        row = connection.execute(query, {"until": self._until}).mappings().one_or_none()
        if row is None:
            return None, {}
        standing = _standings_at(is_archived=is_archived(row))
        return standing, scope_parameters(row, self._until)


def accounted_for(connection: sa.Connection, campaign: Any, until: int | None) -> int:
    """Return for how many pending contacts of a campaign staff expect no report any more.

    `campaign` is a row of `campaigns_at`.
    """
    if until is None:
        number: int = campaign["accounted_for"]
        return number
    query = _accounted_for_at(is_archived=is_archived(campaign))
    return connection.scalar(query, scope_parameters(campaign, until)) or 0


@cache
def _accounted_for_at(*, is_archived: bool) -> sa.Select[Any]:
    scope = FactScope.of_parameters(is_archived=is_archived)
    accounted = sa.select(events.c.delivery_id).where(
        sa.literal_column(IS_RARE),
        events.c.topic == DeliveryAccountedFor.topic,
        events.c.campaign_id == scope.campaign_id,
        events.c.seq <= scope.until,
    )
    standing = standings_at(scope, in_subquery(events.c.delivery_id, accounted))
    counted = standing.subquery("standing")
    return sa.select(sa.func.count()).where(counted.c.is_accounted_for)


@cache
def _standings_at(*, is_archived: bool) -> sa.Subquery:
    return standings_at(FactScope.of_parameters(is_archived=is_archived)).subquery("standing")


def _unconfirmed(standing: sa.FromClause, campaign_id: str, before: datetime) -> sa.Select[Any]:
    column = standing.c
    return (
        sa.select(column.delivery_id, column.rank)
        .where(
            column.campaign_id == campaign_id,
            column.accepted_since <= to_microseconds(before),
            ~column.is_accounted_for,
        )
        .order_by(column.position)
    )
