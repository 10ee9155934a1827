"""Queries on the events that run both under the writer's lock and outside it."""

from collections.abc import Collection

import sqlalchemy as sa

from ledger.store.in_list import in_list
from ledger.store.schema import events

_DELIVERIES = (
    sa.select(events.c.stream_id)
    .where(
        events.c.contact_id == sa.bindparam("contact", type_=sa.Text),
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


def deliveries_of(connection: sa.Connection, contact_id: str) -> list[str]:
    """Return the ids of all deliveries to this contact, in the order of enrolment."""
    return list(connection.scalars(_DELIVERIES, {"contact": contact_id}))


def is_sid_recorded(connection: sa.Connection, sid: str) -> bool:
    """Whether an event of a delivery has this SID; events of strays do not count."""
    return connection.scalar(_HAS_SID, {"sid": sid}) is not None


def deliveries_by_sid(connection: sa.Connection, sids: Collection[str]) -> dict[str, str]:
    """Return SID → delivery, for those of the SIDs that an event of a delivery has."""
    rows = connection.execute(_BY_SID, {"sids": sids})
    return {row.sid: row.delivery_id for row in rows}
