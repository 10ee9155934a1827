"""The SQL of texts that may have been sent and wait for a decision of staff."""

from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa

from ledger.domain.vocabulary import CampaignState, Reason
from projections.campaigns.contact_query import contact_rows
from projections.engine.ledger_events import events
from projections.tables.campaigns import campaigns_at
from projections.tables.schema import standings
from projections.tables.standings import FactScope, standings_at


def undecided(campaign_id: str | None = None) -> sa.Select[Any]:
    """Return the query of the contacts about which staff must decide whether to send again."""
    query = _undecided_rows(standings, None)
    if campaign_id is not None:
        query = query.where(standings.c.campaign_id == campaign_id)
    return query


def undecided_at(
    connection: sa.Connection, until: int, campaign_id: str | None
) -> Iterator[sa.Select[Any]]:
    """Yield for each campaign the query of the contacts that waited right after a seq."""
    question = (
        sa.select(events.c.campaign_id, events.c.delivery_id)
        .distinct()
        .where(events.c.reason == Reason.MAY_HAVE_BEEN_SENT, events.c.seq <= until)
    )
    if campaign_id is not None:
        question = question.where(events.c.campaign_id == campaign_id)
    asked = question.subquery("asked")
    campaign = campaigns_at(until)
    query = (
        sa.select(asked, campaign.c.archived_seq)
        .join_from(asked, campaign, campaign.c.campaign_id == asked.c.campaign_id)
        .order_by(asked.c.campaign_id)
    )
    deliveries: dict[tuple[str, int | None], list[str]] = {}
    for row in connection.execute(query):
        deliveries.setdefault((row.campaign_id, row.archived_seq), []).append(row.delivery_id)
    for (of_campaign, archived_seq), ids in deliveries.items():
        scope = FactScope(campaign_id=of_campaign, until=until, archived_seq=archived_seq)
        standing = standings_at(scope, events.c.delivery_id.in_(ids)).subquery("standing")
        yield _undecided_rows(standing, until)


def undecided_count(campaign_id: str) -> sa.Select[int]:
    """Return the query of the number of such contacts in one campaign."""
    campaign = campaigns_at()
    return (
        sa.select(sa.func.count())
        .join_from(standings, campaign, campaign.c.campaign_id == standings.c.campaign_id)
        .where(
            standings.c.campaign_id == campaign_id,
            standings.c.undecided_since.is_not(None),
            standings.c.position > 0,  # always true; a range makes SQLite prefer the small index
            campaign.c.state != CampaignState.ARCHIVED,
        )
    )


def _undecided_rows(standing: sa.FromClause, until: int | None) -> sa.Select[Any]:
    rows = contact_rows(standing, until)
    query = rows.where(
        standing.c.undecided_since.is_not(None),
        rows.selected_columns.state != CampaignState.ARCHIVED,
    )
    return query.order_by(standing.c.campaign_id, standing.c.position)
