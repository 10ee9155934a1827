"""What the sender has to do, computed from the standings."""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime
from heapq import merge
from itertools import islice, zip_longest
from typing import Any

import sqlalchemy as sa

from ledger.clock import from_microseconds, to_microseconds
from ledger.domain.events import Failures
from ledger.domain.standing import BAD, Stage, stage_of, turn_of
from ledger.domain.vocabulary import CampaignState
from ledger.sending.worklist import AcceptedText, Failing, TextCursor, UnsettledAttempt
from ledger.store.engine import reading
from ledger.store.in_list import in_list
from projections.engine.ledger_events import events
from projections.tables.campaigns import campaigns_at, held_until_of, timing_of
from projections.tables.schema import campaign_acts, campaign_zones, standings

_MAX_ATTEMPTS = 1000

_campaign_table = campaigns_at()
_campaign = _campaign_table.c
_SENDING = (
    sa.select(_campaign_table)
    .where(_campaign.state == CampaignState.SENDING)
    .order_by(_campaign.launched_seq)
)
_ZONES = sa.select(campaign_zones.c.zone).where(
    campaign_zones.c.campaign_id == sa.bindparam("campaign")
)
_DUE = (
    sa.select(standings.c.due_at, standings.c.position, standings.c.delivery_id)
    .where(
        standings.c.campaign_id == sa.bindparam("campaign"),
        standings.c.zone == sa.bindparam("zone"),
        standings.c.due_at <= sa.bindparam("now", type_=sa.BigInteger),
        ~in_list(standings.c.delivery_id, "excluded_ids"),
    )
    .order_by(standings.c.due_at, standings.c.position)
    .limit(sa.bindparam("limit", type_=sa.Integer))
)

SID_OF_STANDING = (
    sa.select(events.c.sid)
    .where(
        events.c.campaign_id == standings.c.campaign_id,
        events.c.delivery_id == standings.c.delivery_id,
        events.c.rank == standings.c.rank,
        events.c.sid.is_not(None),
    )
    .order_by(events.c.seq)
    .limit(1)
    .scalar_subquery()
)
"""The SID of the text that a standing of an accepted attempt is about."""
_ACCEPTED = (
    sa.select(standings.c.delivery_id, standings.c.accepted_since, SID_OF_STANDING.label("sid"))
    .join(_campaign_table, _campaign.campaign_id == standings.c.campaign_id)
    .where(
        standings.c.accepted_since.is_not(None),
        sa.tuple_(standings.c.accepted_since, standings.c.delivery_id)
        > sa.tuple_(sa.bindparam("since", type_=sa.BigInteger), sa.bindparam("delivery_id")),
        standings.c.accepted_since <= sa.bindparam("until", type_=sa.BigInteger),
        _campaign.state != CampaignState.ARCHIVED,
    )
    .order_by(standings.c.accepted_since, standings.c.delivery_id)
    .limit(sa.bindparam("limit", type_=sa.Integer))
)

_UNSENT = (
    sa.select(standings.c.delivery_id)
    .join(_campaign_table, _campaign.campaign_id == standings.c.campaign_id)
    .where(
        standings.c.due_at.is_not(None) | standings.c.unsettled_since.is_not(None),
        _campaign.state != CampaignState.ARCHIVED,
    )
)

_OUTCOMES = (
    sa.select(standings.c.rank, standings.c.code)
    .where(
        standings.c.campaign_id == sa.bindparam("campaign"),
        standings.c.outcome_seq > sa.bindparam("act_seq", type_=sa.BigInteger),
        standings.c.code.is_(None) | ~in_list(standings.c.code, "ignored_codes"),
    )
    .order_by(standings.c.outcome_seq.desc())
    .limit(sa.bindparam("of_last", type_=sa.Integer))
)


_FIRST_DUE = (
    sa.select(standings.c.due_at)
    .where(
        standings.c.campaign_id == campaign_zones.c.campaign_id,
        standings.c.zone == campaign_zones.c.zone,
        standings.c.due_at.is_not(None),
    )
    .order_by(standings.c.due_at)
    .limit(1)
    .scalar_subquery()
)
_FIRST_DUES = (
    sa.select(
        _campaign_table, campaign_zones.c.zone, _FIRST_DUE.label("due_at"), campaign_acts.c.at
    )
    .join(campaign_zones, campaign_zones.c.campaign_id == _campaign.campaign_id)
    .join(campaign_acts, campaign_acts.c.seq == _campaign.act_seq)
    .where(_campaign.state == CampaignState.SENDING)
)
"""Of each sending campaign and zone: the first text that is due, and the campaign's last act."""


class WorklistQueries:
    """Queries of due deliveries, unsettled attempts, and campaigns that must change their state."""

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine

    def due(self, now: datetime, limit: int, excluded_ids: Collection[str] = ()) -> list[str]:
        """Deliveries that may be attempted by then, of each sending campaign in turn.

        Those of urgent campaigns come first. Of a campaign the longest due comes first; those of
        `excluded_ids` are left out.
        """
        parameters = {"now": to_microseconds(now), "excluded_ids": excluded_ids}
        due: list[str] = []
        with reading(self._engine) as connection:
            campaigns = connection.execute(_SENDING).mappings().all()
            for is_urgent in (True, False):
                parameters["limit"] = limit - len(due)
                queues = [
                    _due_of(connection, campaign, now, parameters)
                    for campaign in campaigns
                    if campaign["is_urgent"] is is_urgent
                    and len(due) < limit
                    and not _is_held(campaign, now)
                ]
                due += islice(_by_turns(queues), limit - len(due))
        return due

    def unsettled_attempts(self) -> list[UnsettledAttempt]:
        """The attempts without an outcome, oldest first."""
        columns = standings.c
        query = (
            sa.select(columns.delivery_id, columns.unsettled_since, columns.late_rank)
            .where(columns.unsettled_since.is_not(None))
            .order_by(columns.unsettled_since)
            .limit(_MAX_ATTEMPTS)
        )
        with reading(self._engine) as connection:
            return [
                UnsettledAttempt(
                    delivery_id=row.delivery_id,
                    turn=turn_of(row.late_rank),
                    started_at=from_microseconds(row.unsettled_since),
                    is_recorded_unknown=stage_of(row.late_rank) is Stage.UNKNOWN,
                )
                for row in connection.execute(query)
            ]

    def unsent(self, after: str, limit: int) -> list[str]:
        """The deliveries that wait for an attempt, or have no outcome, in the order of their ids.

        Those of archived campaigns are left out.
        """
        delivery_id = standings.c.delivery_id
        query = _UNSENT.where(delivery_id > after).order_by(delivery_id).limit(limit)
        with reading(self._engine) as connection:
            return list(connection.scalars(query))

    def count_unsent(self) -> int:
        """How many these are."""
        query = sa.select(sa.func.count()).select_from(_UNSENT.subquery())
        with reading(self._engine) as connection:
            return connection.execute(query).scalar_one()

    def accepted_texts(
        self, after: TextCursor, until: datetime, limit: int, campaign_id: str | None = None
    ) -> list[AcceptedText]:
        """The texts that the provider has since then, the oldest first; archived ones left out."""
        query = _ACCEPTED
        if campaign_id is not None:
            query = query.where(standings.c.campaign_id == campaign_id)
        bounds = {
            "since": to_microseconds(after.since),
            "delivery_id": after.delivery_id,
            "until": to_microseconds(until),
            "limit": limit,
        }
        with reading(self._engine) as connection:
            return [
                AcceptedText(
                    TextCursor(from_microseconds(row.accepted_since), row.delivery_id), row.sid
                )
                for row in connection.execute(query, bounds)
            ]

    def overdue(self, now: datetime) -> list[str]:
        """Return the campaigns that may still send although their last moment for it has passed."""
        is_open = _campaign.state.in_([CampaignState.SENDING, CampaignState.PAUSED])
        query = sa.select(_campaign.campaign_id).where(
            _campaign.send_before <= to_microseconds(now), is_open
        )
        with reading(self._engine) as connection:
            return list(connection.scalars(query))

    def failing(
        self, of_last: int, share: float, ignored_codes: Collection[str] = ()
    ) -> list[Failing]:
        """Return the sending campaigns whose last outcomes are failures to that share or more."""
        bounds = {"of_last": of_last, "ignored_codes": ignored_codes}
        with reading(self._engine) as connection:
            failing = [
                _failures_of(connection, campaign, bounds)
                for campaign in connection.execute(_SENDING).mappings().all()
                if campaign["is_listed"]
            ]
        return [each for each in failing if each and each.failures.count >= share * of_last]

    def begun_before(self, moment: datetime) -> list[str]:
        """Return the campaigns that started before a moment and are not archived."""
        started_at = sa.func.coalesce(_campaign.starts_at, _campaign.launched_at)
        query = sa.select(_campaign.campaign_id).where(
            started_at < to_microseconds(moment),
            _campaign.state != CampaignState.ARCHIVED,
            _campaign.is_listed,
        )
        with reading(self._engine) as connection:
            return list(connection.scalars(query))


def _is_held(campaign: Any, now: datetime) -> bool:
    """Whether the undo window of its launch keeps a campaign waiting."""
    held_until = held_until_of(campaign)
    return held_until is not None and now < held_until


def _by_turns(queues: Sequence[Sequence[str]]) -> Iterator[str]:
    """Yield the first of each queue, then the second of each, and so on."""
    return (delivery_id for row in zip_longest(*queues) for delivery_id in row if delivery_id)


def _due_of(
    connection: sa.Connection, campaign: Any, now: datetime, parameters: dict[str, Any]
) -> list[str]:
    """Due deliveries of a campaign, in the time zones where it may text at this hour."""
    schedule = timing_of(campaign)
    parameters = {**parameters, "campaign": campaign["campaign_id"]}
    queues = [
        connection.execute(_DUE, {**parameters, "zone": zone}).all()
        for zone in connection.scalars(_ZONES, {"campaign": campaign["campaign_id"]}).all()
        if schedule.open_until(now, zone)
    ]
    return [row.delivery_id for row in islice(merge(*queues), parameters["limit"])]


def oldest_due(connection: sa.Connection, now: datetime) -> datetime | None:
    """Return since when the text that has waited longest could have been sent.

    Its hours count, and the last act on its campaign; None where nothing is due.
    """
    waiting = []
    for row in connection.execute(_FIRST_DUES).mappings():
        schedule = timing_of(row)
        is_due = row["due_at"] is not None and row["due_at"] <= to_microseconds(now)
        if is_due and not _is_held(row, now) and schedule.open_until(now, row["zone"]):
            began_at = from_microseconds(max(row["due_at"], row["at"], row["held_until"] or 0))
            waiting.append(schedule.opens_at(began_at, row["zone"]))
    return min(waiting, default=None)


def _failures_of(
    connection: sa.Connection, campaign: Any, bounds: Mapping[str, Any]
) -> Failing | None:
    """The failures among the last outcomes; None while there are fewer outcomes than that."""
    of_campaign = {"campaign": campaign["campaign_id"], "act_seq": campaign["act_seq"]}
    outcomes = connection.execute(_OUTCOMES, {**bounds, **of_campaign}).all()
    of_last = bounds["of_last"]
    if len(outcomes) < of_last:
        return None
    codes = [row.code for row in outcomes if stage_of(row.rank) in BAD]
    failures = Failures(
        count=len(codes), of_last=of_last, codes=dict(Counter(filter(None, codes)).most_common())
    )
    return Failing(campaign["campaign_id"], campaign["act_seq"], failures)
