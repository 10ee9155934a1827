"""Fills the shared tables: campaigns and contacts from decoded events, standings in SQL."""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import Any

import sqlalchemy as sa

from ledger.domain.events import ContactEnrolled, ContactFileRecorded
from ledger.domain.vocabulary import DeliveryStatus
from ledger.recorded_event import RecordedEvent
from ledger.store.in_list import in_list
from ledger.store.upsert import Insert
from projections.engine.ledger_events import events
from projections.engine.projection import EventRange, Projection, is_in_range, overwriting
from projections.tables.campaigns import CAMPAIGN_TOPICS, apply_campaign_event, campaigns_at
from projections.tables.contacts import (
    CONTACT_TOPICS,
    apply_contact_event,
    apply_enrolments,
    enrol_undecodable,
    runs,
)
from projections.tables.facts import (
    FactScope,
    has_impossible_columns,
    is_archived,
    scope_parameters,
)
from projections.tables.schema import campaigns, metadata, standings
from projections.tables.school_ids import apply_contact_file
from projections.tables.standings import standings_at

_launched = campaigns_at()
_ARCHIVES = sa.select(campaigns.c.campaign_id, _launched.c.archived_seq).outerjoin(
    _launched, _launched.c.campaign_id == campaigns.c.campaign_id
)
_ARCHIVES_OF = _ARCHIVES.where(in_list(campaigns.c.campaign_id, "campaigns"))
_TOUCHED = (
    sa.select(events.c.campaign_id, events.c.delivery_id)
    .where(is_in_range(events.c.seq), events.c.rank.is_not(None))
    .distinct()
)
_is_pending = standings.c.status == DeliveryStatus.PENDING
_COUNTED = {
    **{status.value: standings.c.status == status for status in DeliveryStatus},
    "in_flight": _is_pending & standings.c.due_at.is_(None),
    "accounted_for": standings.c.is_accounted_for,
}
"""Column of `campaigns` → which standings it counts."""

_COUNTS = sa.select(
    *(sa.func.count().filter(is_counted).label(name) for name, is_counted in _COUNTED.items())
)
_COUNTS_OF = _COUNTS.where(in_list(standings.c.delivery_id, "deliveries"))
_COUNT = (
    sa.update(campaigns)
    .where(campaigns.c.campaign_id == sa.bindparam("counted"))
    .values({name: campaigns.c[name] + sa.bindparam(f"more_{name}") for name in _COUNTED})
)


class SharedProjection(Projection):
    """Campaigns and their counts, enrolments and their standings, contacts and their opt-outs."""

    metadata = metadata
    topics = CAMPAIGN_TOPICS | CONTACT_TOPICS | {ContactFileRecorded.topic}

    def has_impossible_columns(self, event: sa.FromClause) -> sa.ColumnElement[bool]:
        """Whether rank or reason are values that no fact about a delivery has."""
        return has_impossible_columns(event)

    def apply(self, connection: sa.Connection, recorded_events: Sequence[RecordedEvent]) -> None:
        """Add campaigns, their acts, enrolments, contacts and opt-out changes."""
        for is_enrolment, run in runs(recorded_events):
            if is_enrolment:
                apply_enrolments(connection, run)
                continue
            for recorded in run:
                _applying(recorded.topic)(connection, recorded)

    def apply_undecodable(self, connection: sa.Connection, recorded: RecordedEvent) -> None:
        """Enrol a contact whose enrolment cannot be decoded, so that its delivery is counted."""
        if recorded.topic == ContactEnrolled.topic:
            enrol_undecodable(connection, recorded)

    def derive(self, connection: sa.Connection, event_range: EventRange) -> None:
        """Replace the standings of the deliveries that the range has facts about."""
        if event_range.is_whole:
            for row in connection.execute(_ARCHIVES).mappings().all():
                _insert_standings(connection, row, event_range.until)
            return
        touched = _touched(connection, event_range)
        for row in connection.execute(_ARCHIVES_OF, {"campaigns": touched}).mappings().all():
            which = {"deliveries": touched[row["campaign_id"]]}
            before = connection.execute(_COUNTS_OF, which).mappings().one()
            replace = _replacing(connection.dialect.name, is_archived=is_archived(row))
            connection.execute(replace, scope_parameters(row, event_range.until) | which)
            after = connection.execute(_COUNTS_OF, which).mappings().one()
            more = {name: after[name] - before[name] for name in _COUNTED}
            _count(connection, row["campaign_id"], more)


def _applying(topic: str) -> Callable[[sa.Connection, RecordedEvent], None]:
    if topic in CAMPAIGN_TOPICS:
        return apply_campaign_event
    return apply_contact_file if topic == ContactFileRecorded.topic else apply_contact_event


def _insert_standings(connection: sa.Connection, campaign: sa.RowMapping, until: int) -> None:
    """Insert all standings of a campaign that has none yet."""
    insert = _inserting(is_archived=is_archived(campaign))
    connection.execute(insert, scope_parameters(campaign, until))
    campaign_id = campaign["campaign_id"]
    of_campaign = _COUNTS.where(standings.c.campaign_id == campaign_id)
    _count(connection, campaign_id, connection.execute(of_campaign).mappings().one())


def _touched(connection: sa.Connection, event_range: EventRange) -> Mapping[str, list[str]]:
    """Campaign → its deliveries that the range has facts about."""
    touched: dict[str, list[str]] = defaultdict(list)
    for campaign_id, delivery_id in connection.execute(_TOUCHED, event_range.bounds):
        touched[campaign_id].append(delivery_id)
    return touched


@cache
def _replacing(dialect: str, *, is_archived: bool) -> Insert:
    """Return the statement that replaces the standings of some deliveries of one campaign."""
    scope = FactScope.of_parameters(is_archived=is_archived)
    computed = standings_at(scope, in_list(events.c.delivery_id, "deliveries"))
    return overwriting(dialect, standings, computed)


@cache
def _inserting(*, is_archived: bool) -> sa.Insert:
    """Return the statement that inserts all standings of one campaign."""
    rows = standings_at(FactScope.of_parameters(is_archived=is_archived))
    return sa.insert(standings).from_select(standings.columns.keys(), rows)


def _count(connection: sa.Connection, campaign_id: str, more: Mapping[Any, int]) -> None:
    """Add to the campaign's counts; `more` is column → number."""
    if any(more.values()):
        changes = {f"more_{name}": number for name, number in more.items()}
        connection.execute(_COUNT, {"counted": campaign_id, **changes})
