"""Keeps the shared tables: takes what must be decoded, and puts the standings beside it in SQL."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

import sqlalchemy as sa

from ledger.domain.vocabulary import DeliveryStatus
from ledger.recorded_event import RecordedEvent
from ledger.store.in_list import in_list
from projections.engine.projection import EventRange, Insert, is_in_range, overwriting
from projections.tables.campaigns import CAMPAIGN_TOPICS, campaigns_at, take_campaign
from projections.tables.people import PEOPLE_TOPICS, runs, take_contact, take_enrolments
from projections.tables.schema import campaigns, events, metadata, standings
from projections.tables.standings import Cut, standings_at

_launched = campaigns_at()
_ARCHIVES = sa.select(campaigns.c.campaign_id, _launched.c.archived_seq).outerjoin(
    _launched, _launched.c.campaign_id == campaigns.c.campaign_id
)
_ARCHIVES_AMONG = _ARCHIVES.where(in_list(campaigns.c.campaign_id, "campaigns"))
_TOUCHED = (
    sa.select(events.c.campaign_id, events.c.delivery_id)
    .where(is_in_range(events.c.seq), events.c.rank.is_not(None))
    .distinct()
)
_is_pending = standings.c.status == DeliveryStatus.PENDING
_COUNTED = {
    **{status.value: standings.c.status == status for status in DeliveryStatus},
    "in_flight": _is_pending & standings.c.due_at.is_(None),
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


class SharedProjection:
    """Campaigns with their counts, enrolments with their standing, contacts with their wish."""

    metadata = metadata
    topics = CAMPAIGN_TOPICS | PEOPLE_TOPICS

    def take(self, connection: sa.Connection, entries: Sequence[RecordedEvent]) -> None:
        """Let these entries, the next of its topics, change the tables."""
        for is_enrolment, found in runs(entries):
            if is_enrolment:
                take_enrolments(connection, found)
                continue
            for entry in found:
                take = take_campaign if entry.topic in CAMPAIGN_TOPICS else take_contact
                take(connection, entry)

    def derive(self, connection: sa.Connection, stretch: EventRange) -> None:
        """Put the standings of the deliveries touched in place of the old ones."""
        if stretch.is_whole:
            for row in connection.execute(_ARCHIVES).all():
                _fill(connection, row.campaign_id, stretch.until, row.archived_seq)
            return
        touched = _touched(connection, stretch)
        for row in connection.execute(_ARCHIVES_AMONG, {"campaigns": touched}).all():
            which = {"deliveries": touched[row.campaign_id]}
            before = connection.execute(_COUNTS_OF, which).mappings().one()
            is_archived = row.archived_seq is not None
            move = _moving(connection.dialect.name, is_archived=is_archived)
            cut = {"campaign": row.campaign_id, "until": stretch.until}
            cut |= {"archived": row.archived_seq} if is_archived else {}
            connection.execute(move, cut | which)
            after = connection.execute(_COUNTS_OF, which).mappings().one()
            more = {name: after[name] - before[name] for name in _COUNTED}
            _count(connection, row.campaign_id, more)


def _fill(
    connection: sa.Connection, campaign_id: str, until: int, archived_seq: int | None
) -> None:
    """All standings of a campaign that has none yet."""
    cut = Cut(campaign_id=campaign_id, until=until, archived_seq=archived_seq)
    rows = standings_at(cut)
    connection.execute(sa.insert(standings).from_select(standings.columns.keys(), rows))
    of_campaign = _COUNTS.where(standings.c.campaign_id == campaign_id)
    _count(connection, campaign_id, connection.execute(of_campaign).mappings().one())


def _touched(connection: sa.Connection, stretch: EventRange) -> Mapping[str, list[str]]:
    """Campaign → its deliveries of which the stretch says something."""
    found: dict[str, list[str]] = defaultdict(list)
    for campaign_id, delivery_id in connection.execute(_TOUCHED, stretch.bounds):
        found[campaign_id].append(delivery_id)
    return found


@cache
def _moving(dialect: str, *, is_archived: bool) -> Insert:
    """Writes the standings of some deliveries of one campaign over the old ones."""
    cut = Cut(
        campaign_id=sa.bindparam("campaign", type_=sa.Text),
        until=sa.bindparam("until", type_=sa.BigInteger),
        archived_seq=sa.bindparam("archived", type_=sa.BigInteger) if is_archived else None,
    )
    moved = standings_at(cut, in_list(events.c.delivery_id, "deliveries"))
    return overwriting(dialect, standings, moved)


def _count(connection: sa.Connection, campaign_id: str, more: Mapping[Any, int]) -> None:
    """Move the campaign's counts by so many; `more` is column → number."""
    if any(more.values()):
        changes = {f"more_{name}": number for name, number in more.items()}
        connection.execute(_COUNT, {"counted": campaign_id, **changes})
