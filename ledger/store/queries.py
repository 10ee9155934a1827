"""Queries on the events that run both under the writer's lock and outside it."""

from collections.abc import Collection
from typing import Any, TypeVar

import sqlalchemy as sa

from ledger.domain.events import DeliveryEvent
from ledger.domain.shared_faults import (
    ANSWER_TOPICS,
    FOREIGN_ANSWER_TOPIC,
    TAKEN,
    WITHOUT_CODE,
    FirstAttempts,
    FirstOutcomes,
    FirstReports,
)
from ledger.domain.standing import GOOD, STAGE_MASK, Stage, rank
from ledger.domain.vocabulary import Reason
from ledger.store.in_list import in_list
from ledger.store.schema import events

F = TypeVar("F", bound=FirstOutcomes)

_DELIVERIES = (
    sa.select(events.c.contact_id, events.c.stream_id)
    .where(
        in_list(events.c.contact_id, "contacts"),
        events.c.topic == "ContactEnrolled",
    )
    .order_by(events.c.seq)
)
_HAS_SID = (
    sa.select(events.c.seq)
    .where(events.c.sid == sa.bindparam("sid", type_=sa.Text), events.c.delivery_id.is_not(None))
    .limit(1)
)
_BY_SID = sa.select(events.c.sid, events.c.delivery_id).where(
    in_list(events.c.sid, "sids"), events.c.delivery_id.is_not(None)
)

_STAGE = events.c.rank.bitwise_and(STAGE_MASK)
_SINCE = sa.and_(
    events.c.campaign_id == sa.bindparam("campaign", type_=sa.Text),
    events.c.seq > sa.bindparam("after", type_=sa.BigInteger),
)
_TAKEN = sa.select(events.c.seq).where(_SINCE, _STAGE.in_(sorted(map(int, TAKEN)))).limit(1)
_PUT_BACK = sa.select(events.c.delivery_id, events.c.code).where(
    _SINCE,
    _STAGE.in_([int(Stage.PUT_BACK)]),
    events.c.code.is_not(None) | (events.c.reason == WITHOUT_CODE),
)
_DELIVERED = sa.select(events.c.seq).where(_SINCE, _STAGE.in_(sorted(map(int, GOOD)))).limit(1)
_start = events.alias("start")
_STARTED_SINCE = sa.exists().where(
    _start.c.campaign_id == events.c.campaign_id,
    _start.c.delivery_id == events.c.delivery_id,
    _start.c.rank == events.c.rank - int(Stage.HARD_FAILURE - Stage.STARTED),
    _start.c.seq > sa.bindparam("after", type_=sa.BigInteger),
)
_ACCOUNT_FAULTS = sa.select(events.c.delivery_id, events.c.code).where(
    _SINCE,
    _STAGE.in_([int(Stage.HARD_FAILURE)]),
    events.c.reason == Reason.ACCOUNT,
    events.c.code.is_not(None),
    _STARTED_SINCE,
)
_FIRST_OUTCOMES: dict[type[FirstOutcomes], tuple[sa.Select[Any], sa.Select[Any]]] = {
    FirstAttempts: (_TAKEN, _PUT_BACK),
    FirstReports: (_DELIVERED, _ACCOUNT_FAULTS),
}
"""The queries of a success, and of the suspects."""
_START = sa.select(events.c.seq).where(
    _SINCE,
    events.c.delivery_id == sa.bindparam("delivery", type_=sa.Text),
    events.c.rank == sa.bindparam("rank", type_=sa.BigInteger),
)
_ANY_START = (
    sa.select(events.c.seq)
    .where(
        events.c.campaign_id == sa.bindparam("campaign", type_=sa.Text),
        _STAGE.in_([int(Stage.STARTED)]),
    )
    .limit(1)
)
_NEWEST_EVENTS = 1000
"""How far back answers are looked for: enough for several, whatever callbacks come between."""
_newest = (
    sa.select(events.c.seq, events.c.topic, events.c.reason)
    .order_by(events.c.seq.desc())
    .limit(_NEWEST_EVENTS)
    .subquery("newest")
)
_LAST_ANSWERS = (
    sa.select(_newest.c.reason)
    .where(
        _newest.c.topic.in_(ANSWER_TOPICS)
        | ((_newest.c.topic == FOREIGN_ANSWER_TOPIC) & (_newest.c.reason == Reason.NOT_FROM_TWILIO))
    )
    .order_by(_newest.c.seq.desc())
    .limit(sa.bindparam("count", type_=sa.Integer))
)


def deliveries_of(connection: sa.Connection, contact_ids: Collection[str]) -> dict[str, list[str]]:
    """Return contact → the ids of all deliveries to it, in the order of enrolment."""
    deliveries: dict[str, list[str]] = {contact_id: [] for contact_id in contact_ids}
    for row in connection.execute(_DELIVERIES, {"contacts": contact_ids}):
        deliveries[row.contact_id].append(row.stream_id)
    return deliveries


def is_sid_recorded(connection: sa.Connection, sid: str) -> bool:
    """Whether an event of a delivery has this SID; events of strays do not count."""
    return connection.scalar(_HAS_SID, {"sid": sid}) is not None


def deliveries_by_sid(connection: sa.Connection, sids: Collection[str]) -> dict[str, str]:
    """Return SID → delivery, for those of the SIDs that an event of a delivery has."""
    rows = connection.execute(_BY_SID, {"sids": sids})
    return {row.sid: row.delivery_id for row in rows}


def first_outcomes(connection: sa.Connection, kind: type[F], campaign_id: str, after: int) -> F:
    """Return what became of a campaign's texts after that seq, by its attempts or by reports.

    One success is enough to know: then the suspects are not read.
    """
    success, suspects = _FIRST_OUTCOMES[kind]
    bounds = {"campaign": campaign_id, "after": after}
    if connection.scalar(success, bounds) is not None:
        return kind(has_success=True)
    rows = connection.execute(suspects, bounds)
    return kind(suspects=frozenset((row.delivery_id, row.code) for row in rows))


def is_started_after(connection: sa.Connection, event: DeliveryEvent, after: int) -> bool:
    """Whether the attempt that an event is about started after that seq."""
    parameters = {
        "campaign": event.campaign_id,
        "delivery": event.delivery_id,
        "rank": rank(event.turn, Stage.STARTED),
        "after": after,
    }
    return connection.scalar(_START, parameters) is not None


def has_attempts(connection: sa.Connection, campaign_id: str) -> bool:
    """Whether any attempt of the campaign has started."""
    return connection.scalar(_ANY_START, {"campaign": campaign_id}) is not None


def last_answers(connection: sa.Connection, count: int) -> list[Reason | None]:
    """Return the reasons of the last answers to any attempts, the newest first."""
    reasons = connection.scalars(_LAST_ANSWERS, {"count": count})
    return [None if reason is None else Reason(reason) for reason in reasons]
