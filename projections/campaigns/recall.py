"""The contacts and texts that a recall of a campaign can still affect."""

from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from ledger.clock import from_microseconds, to_microseconds
from ledger.domain.vocabulary import DeliveryStatus
from ledger.sending.worklist import AcceptedText, TextCursor
from projections.campaigns.worklist import SID_OF_STANDING
from projections.tables.schema import standings

_columns = standings.c
_is_pending = _columns.status == DeliveryStatus.PENDING
_has_text = _columns.accepted_since.is_not(None)
_is_waiting = _is_pending & _columns.due_at.is_not(None)

_NUMBERS = sa.select(
    sa.func.count().filter(_columns.status == DeliveryStatus.DELIVERED).label("delivered"),
    sa.func.count().filter(_columns.status == DeliveryStatus.FAILED).label("failed"),
    sa.func.count().filter(_is_waiting).label("waiting"),
    sa.func.count().filter(_is_pending & _has_text).label("with_provider"),
    sa.func.count().filter(_is_pending & ~_has_text & ~_is_waiting).label("under_way"),
).where(_columns.campaign_id == sa.bindparam("campaign"))

_CANCELABLE = (
    sa.select(_columns.delivery_id, _columns.accepted_since, SID_OF_STANDING.label("sid"))
    .where(_columns.campaign_id == sa.bindparam("campaign"), _has_text)
    .order_by(_columns.accepted_since.desc(), _columns.delivery_id.desc())
    .limit(sa.bindparam("limit", type_=sa.Integer))
)
_CANCELABLE_BEFORE = _CANCELABLE.where(
    sa.tuple_(_columns.accepted_since, _columns.delivery_id)
    < sa.tuple_(sa.bindparam("since", type_=sa.BigInteger), sa.bindparam("delivery_id"))
)


@dataclass(frozen=True, kw_only=True)
class RecallNumbers:
    """The contacts of a campaign by what a recall can do about them."""

    delivered: int
    failed: int
    waiting: int
    """Those that wait for an attempt: they are not texted any more."""
    with_provider: int
    """Those whose text the provider has taken, and has not reported as delivered or failed."""
    under_way: int
    """Those whose attempt has begun, and has no answer yet."""


def recall_numbers(connection: sa.Connection, campaign_id: str) -> RecallNumbers:
    """Return the numbers of a campaign as it is now."""
    row = connection.execute(_NUMBERS, {"campaign": campaign_id}).mappings().one()
    return RecallNumbers(**row)


def cancelable(
    connection: sa.Connection, campaign_id: str, before: TextCursor | None, limit: int
) -> Sequence[AcceptedText]:
    """Return the texts that the provider may not have sent yet, the newest first."""
    bounds = {"campaign": campaign_id, "limit": limit}
    query = _CANCELABLE
    if before is not None:
        query = _CANCELABLE_BEFORE
        bounds |= {"since": to_microseconds(before.since), "delivery_id": before.delivery_id}
    return [
        AcceptedText(TextCursor(from_microseconds(row.accepted_since), row.delivery_id), row.sid)
        for row in connection.execute(query, bounds)
    ]
