"""What a resend by staff would do, counted beforehand; whom it leaves out is the domain's rule."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

import sqlalchemy as sa

from ledger.resend import left_out
from ledger.standing import Standing
from ledger.vocabulary import DeliveryStatus, Reason
from projections.status.tables import contacts, deliveries


@dataclass(frozen=True)
class ResendPlan:
    """How many failed contacts would be tried again, and how many left out for which reason."""

    count: int
    left_out: Mapping[Reason, int]


def plan_resend(
    connection: sa.Connection,
    campaign_id: str,
    *,
    delivery_id: str | None = None,
    include_unreachable: bool = False,
) -> ResendPlan:
    """The plan for all failed contacts of a campaign, or for one of them."""
    left: Counter[Reason] = Counter()
    count = 0
    for row in connection.execute(_failed(campaign_id, delivery_id)):
        standing = Standing(rank=row.rank, reason=Reason(row.reason) if row.reason else None)
        verdict = left_out(
            standing,
            is_opted_out=row.is_opted_out,
            is_forgotten=row.is_forgotten,
            include_unreachable=include_unreachable,
        )
        if isinstance(verdict, Reason):
            left[verdict] += row.contacts
        elif verdict is None:
            count += row.contacts
    return ResendPlan(count, left)


def _failed(
    campaign_id: str, delivery_id: str | None
) -> sa.Select[tuple[int, str, bool, bool, int]]:
    """The failed contacts, counted by all that the rule looks at."""
    is_forgotten = deliveries.c.phone == ""
    query = (
        sa.select(
            sa.func.max(deliveries.c.rank).label("rank"),
            deliveries.c.reason,
            contacts.c.is_opted_out,
            is_forgotten.label("is_forgotten"),
            sa.func.count().label("contacts"),
        )
        .join(contacts, contacts.c.contact_id == deliveries.c.contact_id)
        .where(
            deliveries.c.campaign_id == campaign_id,
            deliveries.c.status == DeliveryStatus.FAILED,
        )
        .group_by(deliveries.c.reason, contacts.c.is_opted_out, is_forgotten)
    )
    return query.where(deliveries.c.delivery_id == delivery_id) if delivery_id else query
