"""When texts last met each code of Twilio: the rows that are stored, and what newer events add."""

from functools import cache
from typing import Any

import sqlalchemy as sa

from ledger.domain.offices import Scope
from ledger.store.upsert import Insert
from projections.engine.ledger_events import events
from projections.engine.projection import EventRange, is_in_range, overwriting
from projections.overview.tables import codes_met
from projections.tables.offices import is_of_seen_campaign
from projections.tables.schema import campaigns

_event = events.c
_LAST_MET = (
    sa.select(_event.campaign_id, _event.code, sa.func.max(_event.recorded_at).label("last_at"))
    .join(campaigns, campaigns.c.campaign_id == _event.campaign_id)
    .where(
        is_in_range(_event.seq),
        _event.code.is_not(None),
        _event.rank.is_not(None),
        campaigns.c.is_listed,
    )
    .group_by(_event.campaign_id, _event.code)
)
"""Of the facts in a range. Times never decrease, so that a later range has the later time."""


def store_codes_met(connection: sa.Connection, event_range: EventRange) -> None:
    """Store when the facts of the range met their codes."""
    connection.execute(_storing(connection.dialect.name), event_range.bounds)


@cache
def _storing(dialect: str) -> Insert:
    return overwriting(dialect, codes_met, _LAST_MET)


def stored_last_met(connection: sa.Connection, scope: Scope) -> dict[str, int]:
    """Return code → when a text last met it, in microseconds, as it is stored."""
    return _last_by_code(connection, codes_met, {}, scope)


def last_met_in(connection: sa.Connection, event_range: EventRange, scope: Scope) -> dict[str, int]:
    """Return the same for the facts of a range."""
    return _last_by_code(connection, _LAST_MET.subquery("met"), event_range.bounds, scope)


def _last_by_code(
    connection: sa.Connection, table: sa.FromClause, bounds: dict[str, int], scope: Scope
) -> dict[str, int]:
    column = table.c
    query: sa.Select[Any] = sa.select(column.code, sa.func.max(column.last_at))
    query = query.where(is_of_seen_campaign(scope, column.campaign_id)).group_by(column.code)
    return {code: int(last_at) for code, last_at in connection.execute(query, bounds)}
