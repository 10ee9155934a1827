"""What pages ask of the overview of a campaign, now or as of a past seq."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

import sqlalchemy as sa

from ledger.clock import from_microseconds
from ledger.domain.offices import EVERYTHING, Scope
from ledger.domain.standing import Stage
from ledger.domain.vocabulary import CampaignState, DeliveryStatus, Reason
from ledger.lazy_property import lazy_property
from ledger.store.engine import reading
from projections.engine.following import seq_of
from projections.engine.position import position_of
from projections.engine.projection import EventRange
from projections.overview.projection import OverviewProjection, tallies, tally_of
from projections.overview.tables import delivery_times, standing_counts, status_changes
from projections.overview.tally import (
    CHANGES,
    ChangeKey,
    StandingKey,
    Tally,
    TimeKey,
    status_of_stage,
)
from projections.tables.campaigns import campaigns_at
from projections.tables.facts import UNTIL, FactScope, is_archived, scope_parameters
from projections.tables.offices import is_of_seen_campaign, sees_campaign
from projections.tables.schema import campaign_acts, campaign_zones, standings
from projections.tables.standings import standings_at

_FOLLOWER = OverviewProjection()


@dataclass(frozen=True)
class StandingCount:
    """How many contacts have a standing with this stage, reason and code."""

    stage: Stage
    reason: Reason | None
    code: str | None
    contacts: int

    @property
    def status(self) -> DeliveryStatus:
        """The delivery status of these contacts."""
        return status_of_stage(self.stage)


@dataclass(frozen=True)
class Change:
    """By how much the numbers of a campaign changed in a step of time that begins at this age."""

    age_seconds: int
    started: int = 0
    delivered: int = 0
    failed: int = 0
    resent: int = 0


@dataclass(frozen=True)
class OverviewRow:
    """The numbers of one campaign at a moment."""

    standings: Sequence[StandingCount]
    """The most frequent first."""
    changes: Sequence[Change]
    """In the order of time."""
    times: dict[int, int]
    """Upper bound of a class of times to delivery, in seconds → number of texts."""

    @lazy_property
    def by_stage(self) -> Counter[Stage]:
        """Stage → number of contacts."""
        counts: Counter[Stage] = Counter()
        for each in self.standings:
            counts[each.stage] += each.contacts
        return counts

    @lazy_property
    def last_change(self) -> int | None:
        """The age of the campaign, in seconds, at the last change of a status; None before one."""
        ages = [each.age_seconds for each in self.changes if each.delivered or each.failed]
        return max(ages, default=None)


@dataclass(frozen=True)
class CampaignAct:
    """What staff or the sender did with a campaign, and the state in which that left it."""

    state: CampaignState
    at: datetime
    actor: str
    reason: Reason | None
    """Why it was done by itself; None where staff did it."""
    stated_reason: str | None = None
    """Why, in the words of staff; None where they gave no reason."""


class OverviewQueries:
    """Reads the tables of the overview and adds the newest events; the past is read from events.

    With a scope, campaigns of other offices are as campaigns that do not exist.
    """

    def __init__(
        self, engine: sa.Engine, until: int | None = None, scope: Scope = EVERYTHING
    ) -> None:
        self._engine = engine
        self._until = until
        self._scope = scope

    def as_of(self, seq: int) -> "OverviewQueries":
        """Return the same queries as of right after a seq."""
        return OverviewQueries(self._engine, seq, self._scope)

    def campaign(self, campaign_id: str) -> OverviewRow:
        """Return the numbers of a listed campaign; all zero where there is no such campaign."""
        with reading(self._engine, is_consistent=True) as connection:
            if not sees_campaign(connection, self._scope, campaign_id):
                return _row(Tally())
            if self._until is None:
                return _row(_current(connection, campaign_id))
            row = _campaign_at(connection, campaign_id, self._until)
            whole = EventRange(0, self._until)
            return _row(tally_of(connection, row, whole) if row else Tally())

    def acts(self, campaign_id: str) -> list[CampaignAct]:
        """Return what was done with a campaign since its launch, the oldest first."""
        act = campaign_acts.c
        of_campaign = act.campaign_id == campaign_id
        query = (
            sa.select(campaign_acts)
            .where(of_campaign, is_of_seen_campaign(self._scope, act.campaign_id))
            .order_by(act.seq)
        )
        query = query if self._until is None else query.where(act.seq <= self._until)
        with reading(self._engine) as connection:
            return [
                CampaignAct(
                    CampaignState(row.state),
                    from_microseconds(row.at),
                    row.actor,
                    Reason(row.reason) if row.reason else None,
                    row.stated_reason,
                )
                for row in connection.execute(query)
            ]

    def first_due(self, campaign_id: str) -> list[str]:
        """Return for each time zone the delivery that is due first."""
        with reading(self._engine) as connection:
            if not sees_campaign(connection, self._scope, campaign_id):
                return []
            if self._until is None:
                return list(connection.scalars(_FIRST_DUE, {"campaign": campaign_id}))
            row = _campaign_at(connection, campaign_id, self._until)
            if row is None:
                return []
            query = _first_due_at(is_archived=is_archived(row))
            return list(connection.scalars(query, scope_parameters(row, self._until)))


_ZONE = campaign_zones.alias("zone")
_first = (
    sa.select(
        sa.select(standings.c.delivery_id)
        .where(
            standings.c.campaign_id == _ZONE.c.campaign_id,
            standings.c.zone == _ZONE.c.zone,
            standings.c.due_at.is_not(None),
        )
        .order_by(standings.c.due_at)
        .limit(1)
        .scalar_subquery()
        .label("delivery_id")
    )
    .where(_ZONE.c.campaign_id == sa.bindparam("campaign"))
    .subquery("first")
)
_FIRST_DUE = sa.select(_first.c.delivery_id).where(_first.c.delivery_id.is_not(None))


@cache
def _first_due_at(*, is_archived: bool) -> sa.Select[Any]:
    standing = standings_at(FactScope.of_parameters(is_archived=is_archived)).subquery("standing")
    place = sa.func.row_number().over(
        partition_by=standing.c.zone, order_by=(standing.c.due_at, standing.c.position)
    )
    placed = sa.select(standing.c.delivery_id, place.label("place"))
    first = placed.where(standing.c.due_at.is_not(None)).subquery("placed")
    return sa.select(first.c.delivery_id).where(first.c.place == 1)


def _campaign_at(connection: sa.Connection, campaign_id: str, until: int) -> sa.RowMapping | None:
    campaign = campaigns_at(UNTIL)
    query = sa.select(campaign).where(campaign.c.campaign_id == campaign_id)
    return connection.execute(query, {"until": until}).mappings().one_or_none()


def _current(connection: sa.Connection, campaign_id: str) -> Tally:
    tally = _stored(connection, campaign_id)
    newest = EventRange(seq_of(connection, _FOLLOWER), position_of(connection).seq)
    if newest.until > newest.after:
        for _campaign_id, more in tallies(connection, newest, campaign_id):
            tally.standings.update(more.standings)
            tally.changes.update(more.changes)
            tally.times.update(more.times)
    return tally


def _stored(connection: sa.Connection, campaign_id: str) -> Tally:
    tally = Tally()
    for row in _rows(connection, standing_counts, campaign_id):
        tally.standings[StandingKey(row.stage, row.reason, row.code)] = row.contacts
    for row in _rows(connection, status_changes, campaign_id):
        for name in CHANGES:
            tally.changes[ChangeKey(row.age_seconds, name)] = getattr(row, name)
    for row in _rows(connection, delivery_times, campaign_id):
        tally.times[TimeKey(row.hour, row.up_to_seconds)] = row.contacts
    return tally


def _rows(connection: sa.Connection, table: sa.Table, campaign_id: str) -> Sequence[Any]:
    query = sa.select(table).where(table.c.campaign_id == campaign_id)
    return connection.execute(query).all()


def _row(tally: Tally) -> OverviewRow:
    standings = [
        StandingCount(Stage(stage), Reason(reason) if reason else None, code or None, contacts)
        for (stage, reason, code), contacts in sorted(tally.standings.items())
        if contacts
    ]
    steps: dict[int, dict[str, int]] = {}
    for (age, name), number in tally.changes.items():
        steps.setdefault(age, {})[name] = number
    times: Counter[int] = Counter()
    for (_hour, up_to), contacts in tally.times.items():
        times[up_to] += contacts
    return OverviewRow(
        standings=sorted(standings, key=lambda each: -each.contacts),
        changes=[
            Change(age, **numbers)
            for age, numbers in sorted(steps.items())
            if any(numbers.values())
        ],
        times=dict(sorted(times.items())),
    )
