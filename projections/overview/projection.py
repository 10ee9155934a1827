"""Fills the tables of the overview.

It follows behind the other projections, so that no launch and no callback waits for it; a page adds
the events that it has not read yet.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from typing import Any

import sqlalchemy as sa

from ledger.domain.events import CampaignClosed, LaunchRefused, LaunchVoided
from ledger.recorded_event import RecordedEvent
from ledger.store.in_list import in_list
from ledger.store.upsert import Insert, insert_into
from projections.engine.following import FollowingProjection
from projections.engine.ledger_events import events
from projections.engine.projection import EventRange, is_in_range
from projections.overview.codes_met import store_codes_met
from projections.overview.tables import (
    codes_met,
    delivery_times,
    metadata,
    standing_counts,
    status_changes,
)
from projections.overview.tally import CHANGES, Tally
from projections.overview.transitions import transitions
from projections.tables.campaigns import campaigns_at
from projections.tables.facts import is_archived, scope_parameters
from projections.tables.schema import campaigns

_TOUCHED = (
    sa.select(events.c.campaign_id, events.c.delivery_id)
    .where(is_in_range(events.c.seq), events.c.rank.is_not(None))
    .distinct()
)
_TOUCHED_OF = _TOUCHED.where(events.c.campaign_id == sa.bindparam("campaign"))
_TABLES = (standing_counts, status_changes, delivery_times, codes_met)


class OverviewProjection(FollowingProjection):
    """Counts standings, their changes in time, and times to delivery of each listed campaign.

    It also has when each campaign last met each code.
    """

    name = "overview"
    metadata = metadata
    topics = frozenset({CampaignClosed.topic, LaunchRefused.topic, LaunchVoided.topic})
    is_whole_in_sql = True

    def apply(self, connection: sa.Connection, recorded_events: Sequence[RecordedEvent]) -> None:
        """Delete what was counted for a launch that was abandoned: its campaign is gone."""
        for recorded in recorded_events:
            campaign_id = recorded.campaign_id
            is_gone = sa.select(campaigns.c.campaign_id).where(
                campaigns.c.campaign_id == campaign_id
            )
            if connection.scalar(is_gone) is None:
                for table in _TABLES:
                    connection.execute(sa.delete(table).where(table.c.campaign_id == campaign_id))

    def follow(self, connection: sa.Connection, event_range: EventRange) -> None:
        """Add what the events of the range change to the numbers of their campaigns."""
        for campaign_id, tally in tallies(connection, event_range):
            _store(connection, campaign_id, tally)
        store_codes_met(connection, event_range)


def tallies(
    connection: sa.Connection, event_range: EventRange, campaign_id: str | None = None
) -> Iterator[tuple[str, Tally]]:
    """Yield what the range adds to the numbers of each listed campaign, or of this one."""
    if event_range.is_whole:
        of_one = [] if campaign_id is None else [_campaign.campaign_id == campaign_id]
        rows = connection.execute(_CAMPAIGNS.where(*of_one)).mappings().all()
        for row in rows:
            yield row["campaign_id"], tally_of(connection, row, event_range)
        return
    touched: dict[str, list[str]] = defaultdict(list)
    query = _TOUCHED if campaign_id is None else _TOUCHED_OF
    parameters = event_range.bounds | ({} if campaign_id is None else {"campaign": campaign_id})
    for touched_id, delivery_id in connection.execute(query, parameters):
        touched[touched_id].append(delivery_id)
    for row in connection.execute(_CAMPAIGNS_OF, {"campaigns": touched}).mappings().all():
        deliveries = touched[row["campaign_id"]]
        yield row["campaign_id"], tally_of(connection, row, event_range, deliveries)


def tally_of(
    connection: sa.Connection,
    campaign: sa.RowMapping,
    event_range: EventRange,
    deliveries: Sequence[str] | None = None,
) -> Tally:
    """Return what the range adds to a campaign's numbers; `deliveries`: those with facts in it.

    `campaign` is a row of `campaigns_at`.
    """
    parameters = scope_parameters(campaign, event_range.until) | {
        "after": event_range.after,
        "launched_at": campaign["launched_at"],
        "launched_seq": campaign["launched_seq"],
    }
    if deliveries is not None:
        parameters["deliveries"] = deliveries
    query = transitions(is_archived=is_archived(campaign), is_whole=deliveries is None)
    return Tally().add(connection.execute(query, parameters))


_launched = campaigns_at()
_campaign = campaigns.c
_CAMPAIGNS = (
    sa.select(
        *(_campaign.campaign_id, _launched.c.archived_seq),
        *(_launched.c.launched_at, _launched.c.launched_seq),
    )
    .outerjoin(_launched, _launched.c.campaign_id == _campaign.campaign_id)
    .where(_campaign.is_listed)
)
_CAMPAIGNS_OF = _CAMPAIGNS.where(in_list(_campaign.campaign_id, "campaigns"))


# Storing.


def _store(connection: sa.Connection, campaign_id: str, tally: Tally) -> None:
    """Add the tally to the rows, and delete rows that count nothing any more."""
    of_campaign = {"campaign_id": campaign_id}
    _add(
        connection,
        standing_counts,
        (
            {**of_campaign, **key._asdict(), "contacts": contacts}
            for key, contacts in tally.standings.items()
            if contacts
        ),
    )
    _add(
        connection,
        delivery_times,
        (
            {**of_campaign, **key._asdict(), "contacts": contacts}
            for key, contacts in tally.times.items()
        ),
    )
    _add(connection, status_changes, ({**of_campaign, **row} for row in _steps(tally)))
    connection.execute(_DELETE_EMPTY, of_campaign)


def _steps(tally: Tally) -> Iterable[Mapping[str, int]]:
    steps: dict[int, dict[str, int]] = {}
    for (age, name), number in tally.changes.items():
        empty = {"age_seconds": age, **dict.fromkeys(CHANGES, 0)}
        steps.setdefault(age, empty)[name] = number
    return (step for step in steps.values() if any(step[name] for name in CHANGES))


def _add(connection: sa.Connection, table: sa.Table, rows: Iterable[Mapping[str, Any]]) -> None:
    values = list(rows)
    if values:
        connection.execute(_adding(connection.dialect.name, table), values)


@cache
def _adding(dialect: str, table: sa.Table) -> Insert:
    """Return the statement that adds to a row, or makes it."""
    query = insert_into(dialect, table)
    keys = set(table.primary_key.columns.keys())
    added = {
        column.name: column + query.excluded[column.name]
        for column in table.columns
        if column.name not in keys
    }
    return query.on_conflict_do_update(index_elements=list(table.primary_key), set_=added)


_DELETE_EMPTY = sa.delete(standing_counts).where(
    standing_counts.c.campaign_id == sa.bindparam("campaign_id"), standing_counts.c.contacts == 0
)
