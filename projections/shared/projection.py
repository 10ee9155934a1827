"""Keeps the shared tables: takes what must be decoded, and puts the standings beside it in SQL."""

from collections import defaultdict
from collections.abc import Mapping, Sequence

import sqlalchemy as sa

from ledger.entry import Entry
from ledger.vocabulary import DeliveryStatus
from projections.projection import Stretch, upsert
from projections.shared.campaigns import CAMPAIGN_TOPICS, campaigns_at, take_campaign
from projections.shared.people import PEOPLE_TOPICS, runs, take_contact, take_enrolments
from projections.shared.standings import Cut, standings_at
from projections.shared.tables import campaigns, events, metadata, standings


class SharedProjection:
    """Campaigns with their counts, enrolments with their standing, contacts with their wish."""

    metadata = metadata
    topics = CAMPAIGN_TOPICS | PEOPLE_TOPICS

    def take(self, connection: sa.Connection, entries: Sequence[Entry]) -> None:
        """Let these entries, the next of its topics, change the tables."""
        for is_enrolment, found in runs(entries):
            if is_enrolment:
                take_enrolments(connection, found)
                continue
            for entry in found:
                take = take_campaign if entry.topic in CAMPAIGN_TOPICS else take_contact
                take(connection, entry)

    def derive(self, connection: sa.Connection, stretch: Stretch) -> None:
        """Put the standings of the deliveries touched in place of the old ones."""
        if stretch.is_whole:
            for cut in _cuts(connection, stretch.until):
                query = standings_at(cut)
                connection.execute(
                    sa.insert(standings).from_select(standings.columns.keys(), query)
                )
                _count(connection, cut.campaign_id, _statuses(connection, cut.campaign_id))
            return
        touched = _touched(connection, stretch)
        for cut in _cuts(connection, stretch.until, list(touched)):
            deliveries = touched[cut.campaign_id]
            before = _statuses(connection, cut.campaign_id, deliveries)
            upsert(connection, standings, standings_at(cut, deliveries))
            after = _statuses(connection, cut.campaign_id, deliveries)
            _count(
                connection,
                cut.campaign_id,
                {status: after[status] - before[status] for status in DeliveryStatus},
            )


def _touched(connection: sa.Connection, stretch: Stretch) -> Mapping[str, list[str]]:
    """Campaign → its deliveries of which the stretch says something."""
    found: dict[str, list[str]] = defaultdict(list)
    query = sa.select(events.c.campaign_id, events.c.delivery_id).distinct()
    for campaign_id, delivery_id in connection.execute(
        query.where(stretch.holds(events.c.seq), events.c.rank.is_not(None))
    ):
        found[campaign_id].append(delivery_id)
    return found


def _cuts(connection: sa.Connection, until: int, among: Sequence[str] | None = None) -> list[Cut]:
    """One cut for each campaign, launched or not, at the seq or at its archive."""
    launched = campaigns_at()
    query = sa.select(campaigns.c.campaign_id, launched.c.archived_seq).outerjoin(
        launched, launched.c.campaign_id == campaigns.c.campaign_id
    )
    if among is not None:
        query = query.where(campaigns.c.campaign_id.in_(among))
    return [
        Cut(campaign_id=row.campaign_id, until=until, archived_seq=row.archived_seq)
        for row in connection.execute(query)
    ]


def _statuses(
    connection: sa.Connection, campaign_id: str, deliveries: Sequence[str] | None = None
) -> Mapping[str, int]:
    """Status → how many of the campaign's deliveries, or of these of them, have it."""
    is_counted = (
        standings.c.campaign_id == campaign_id
        if deliveries is None
        else standings.c.delivery_id.in_(deliveries)
    )
    query = sa.select(standings.c.status, sa.func.count().label("number")).where(is_counted)
    found = {row.status: row.number for row in connection.execute(query.group_by("status"))}
    return {status: found.get(status, 0) for status in DeliveryStatus}


def _count(connection: sa.Connection, campaign_id: str, more: Mapping[str, int]) -> None:
    """Move the campaign's counts by so many."""
    changed = {campaigns.c[status]: campaigns.c[status] + number for status, number in more.items()}
    if any(more.values()):
        connection.execute(
            sa.update(campaigns).where(campaigns.c.campaign_id == campaign_id).values(changed)
        )
