"""Whom a resend by staff would reach, counted beforehand; whom it leaves out the domain says."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

import sqlalchemy as sa

from ledger.domain.resend_policy import left_out_reason
from ledger.domain.standing import STAGE_MASK, Standing
from ledger.domain.vocabulary import DeliveryStatus, LeftOutReason, Reason
from projections.tables.people import opted_out_at
from projections.tables.schema import enrolments, standings


@dataclass(frozen=True, kw_only=True)
class Selection:
    """Which contacts of a campaign a resend looks at: those that meet everything that is set."""

    status: DeliveryStatus | None = DeliveryStatus.FAILED
    reason: Reason | None = None
    code: str | None = None
    delivery_id: str | None = None
    """One contact alone."""

    def of(self, campaign_id: str) -> sa.ColumnElement[bool]:
        """The condition on the table of standings."""
        wanted = {
            standings.c.status: self.status,
            standings.c.reason: self.reason,
            standings.c.code: self.code,
            standings.c.delivery_id: self.delivery_id,
        }
        conditions = [column == value for column, value in wanted.items() if value is not None]
        return sa.and_(standings.c.campaign_id == campaign_id, *conditions)


@dataclass(frozen=True)
class ResendPlan:
    """How many contacts would be tried again, and how many are left out for which reason."""

    count: int
    left_out: Mapping[LeftOutReason, int]


@dataclass(frozen=True)
class Cause:
    """A reason and a code with which contacts failed, and how many of them."""

    reason: Reason
    code: str | None
    contacts: int


def plan_resend(
    connection: sa.Connection,
    campaign_id: str,
    selection: Selection,
    *,
    include_unreachable: bool = False,
) -> ResendPlan:
    """What a resend to these contacts of the campaign would do."""
    left: Counter[LeftOutReason] = Counter()
    count = 0
    for row in connection.execute(_counted(selection.of(campaign_id))):
        standing = Standing(rank=row.rank, reason=Reason(row.reason) if row.reason else None)
        verdict = left_out_reason(
            standing,
            is_opted_out=row.is_opted_out,
            is_forgotten=row.is_forgotten,
            include_unreachable=include_unreachable,
        )
        if verdict is None:
            count += row.contacts
        else:
            left[verdict] += row.contacts
    return ResendPlan(count, left)


def causes_of(connection: sa.Connection, campaign_id: str) -> list[Cause]:
    """With what the contacts of a campaign failed, the most frequent first."""
    contacts = sa.func.count().label("contacts")
    query = (
        sa.select(standings.c.reason, standings.c.code, contacts)
        .where(Selection().of(campaign_id), standings.c.reason.is_not(None))
        .group_by(standings.c.reason, standings.c.code)
        .order_by(contacts.desc(), standings.c.code)
    )
    found = connection.execute(query)
    return [Cause(Reason(row.reason), row.code, row.contacts) for row in found]


def _counted(is_selected: sa.ColumnElement[bool]) -> sa.Select[int, str, bool, bool, int]:
    """The contacts selected, counted by all that the rule looks at."""
    is_opted_out = opted_out_at(enrolments.c.contact_id, None).label("is_opted_out")
    is_forgotten = (enrolments.c.phone == "").label("is_forgotten")
    return (
        sa.select(
            sa.func.max(standings.c.rank).label("rank"),
            standings.c.reason,
            is_opted_out,
            is_forgotten,
            sa.func.count().label("contacts"),
        )
        .join_from(standings, enrolments, enrolments.c.delivery_id == standings.c.delivery_id)
        .where(is_selected)
        .group_by(
            standings.c.rank.bitwise_and(STAGE_MASK),
            standings.c.reason,
            is_opted_out,
            is_forgotten,
        )
    )
