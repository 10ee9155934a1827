"""What a resend by staff would do, counted beforehand; whom it leaves out is the domain's rule."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

import sqlalchemy as sa

from ledger.resend import left_out
from ledger.standing import Standing
from ledger.vocabulary import DeliveryStatus, Reason
from projections.shared.people import opted_out_at
from projections.shared.tables import enrolments, standings


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


def _failed(campaign_id: str, delivery_id: str | None) -> sa.Select[int, str, bool, bool, int]:
    """The failed contacts, counted by all that the rule looks at."""
    is_opted_out = opted_out_at(enrolments.c.contact_id, None).label("is_opted_out")
    is_forgotten = (enrolments.c.phone == "").label("is_forgotten")
    query = (
        sa.select(
            sa.func.max(standings.c.rank).label("rank"),
            standings.c.reason,
            is_opted_out,
            is_forgotten,
            sa.func.count().label("contacts"),
        )
        .join_from(standings, enrolments, enrolments.c.delivery_id == standings.c.delivery_id)
        .where(
            standings.c.campaign_id == campaign_id,
            standings.c.status == DeliveryStatus.FAILED,
        )
        .group_by(standings.c.reason, is_opted_out, is_forgotten)
    )
    return query.where(standings.c.delivery_id == delivery_id) if delivery_id else query
