"""The SQL of texts that may have been sent and wait for a decision of staff."""

from collections.abc import Iterator
from functools import cache
from typing import Any

import sqlalchemy as sa

from ledger.domain.vocabulary import CampaignState, Reason
from projections.campaigns.contact_query import contact_rows, rows_of_deliveries_at
from projections.engine.ledger_events import events
from projections.tables.campaigns import campaigns_at
from projections.tables.facts import UNTIL, deliveries_of_campaigns, scopes_of_deliveries
from projections.tables.schema import standings


def undecided(campaign_id: str | None = None) -> sa.Select[Any]:
    """Return the query of the contacts about which staff must decide whether to send again."""
    query = _of_undecided(contact_rows(standings, None))
    if campaign_id is not None:
        query = query.where(standings.c.campaign_id == campaign_id)
    return query


def undecided_at(
    connection: sa.Connection, until: int, campaign_id: str | None
) -> Iterator[tuple[sa.Select[Any], dict[str, Any]]]:
    """Yield for each campaign the query of the contacts that waited right after a seq.

    Each comes with the values of its parameters.
    """
    question = (
        sa.select(events.c.campaign_id, events.c.delivery_id)
        .distinct()
        .where(events.c.reason == Reason.MAY_HAVE_BEEN_SENT, events.c.seq <= UNTIL)
    )
    if campaign_id is not None:
        question = question.where(events.c.campaign_id == campaign_id)
    asked = question.subquery("asked")
    query = deliveries_of_campaigns(asked, campaigns_at(UNTIL)).order_by(asked.c.campaign_id)
    rows = connection.execute(query, {"until": until}).mappings().all()
    for is_archived, parameters in scopes_of_deliveries(rows, until):
        yield _undecided_rows_at(is_archived=is_archived), parameters


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


@cache
def _undecided_rows_at(*, is_archived: bool) -> sa.Select[Any]:
    return _of_undecided(rows_of_deliveries_at(is_archived=is_archived))


def _of_undecided(rows: sa.Select[Any]) -> sa.Select[Any]:
    column = rows.selected_columns
    query = rows.where(column.undecided_since.is_not(None), column.state != CampaignState.ARCHIVED)
    return query.order_by(column.campaign_id, column.position)
