"""When the texts of a campaign were sent and delivered, and their SIDs, as of a seq: for reports.

Nothing is stored for it; the statement reads the typed columns of the ledger's events.
"""

from collections.abc import Collection
from datetime import datetime
from typing import NamedTuple

import sqlalchemy as sa

from ledger.clock import from_microseconds
from ledger.domain.events import AttemptAccepted
from ledger.domain.offices import EVERYTHING, Scope
from ledger.domain.standing import TOP
from ledger.store.engine import reading
from ledger.store.in_list import in_list
from projections.engine.ledger_events import events
from projections.tables.offices import sees_campaign


class TextFacts(NamedTuple):
    """What a report says of one text beside its status."""

    sent_at: datetime | None
    """When Twilio first accepted it."""
    delivered_at: datetime | None
    sid: str | None
    """That of the last attempt that has one."""


NO_FACTS = TextFacts(None, None, None)

_event = events.c
_FACTS = (
    sa.select(
        _event.delivery_id,
        sa.func.min(sa.case((_event.topic == AttemptAccepted.topic, _event.recorded_at))).label(
            "sent_at"
        ),
        sa.func.min(sa.case((_event.rank >= TOP, _event.recorded_at))).label("delivered_at"),
        sa.func.max(sa.case((_event.sid.is_not(None), _event.seq))).label("sid_seq"),
    )
    .where(
        _event.campaign_id == sa.bindparam("campaign", type_=sa.Text),
        in_list(_event.delivery_id, "deliveries"),
        _event.seq <= sa.bindparam("until", type_=sa.BigInteger),
    )
    .group_by(_event.delivery_id)
    .subquery("facts")
)
_last = events.alias("last")
_QUERY = sa.select(
    _FACTS.c.delivery_id, _FACTS.c.sent_at, _FACTS.c.delivered_at, _last.c.sid
).join_from(_FACTS, _last, _last.c.seq == _FACTS.c.sid_seq, isouter=True)


class ReportFacts:
    """Queries of times and SIDs."""

    def __init__(self, engine: sa.Engine, scope: Scope = EVERYTHING) -> None:
        self._engine, self._scope = engine, scope

    def of(
        self, campaign_id: str, delivery_ids: Collection[str], until: int
    ) -> dict[str, TextFacts]:
        """Return delivery → its facts up to that seq."""
        bounds = {"campaign": campaign_id, "deliveries": delivery_ids, "until": until}
        with reading(self._engine) as connection:
            if not sees_campaign(connection, self._scope, campaign_id):
                return {}
            rows = connection.execute(_QUERY, bounds).all()
        return {
            delivery_id: TextFacts(_time(sent_at), _time(delivered_at), sid)
            for delivery_id, sent_at, delivered_at, sid in rows
        }


def _time(microseconds: int | None) -> datetime | None:
    return None if microseconds is None else from_microseconds(microseconds)
