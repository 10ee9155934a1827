"""Counts in advance whom a resend by staff would reach; the domain decides whom it leaves out."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from ledger.domain.resend_policy import left_out_reason
from ledger.domain.standing import STAGE_MASK, Standing
from ledger.domain.vocabulary import DeliveryStatus, LeftOutReason, Reason
from projections.tables.contacts import forgotten_at, last_consent_change, opted_out_at
from projections.tables.schema import consent_changes, contacts, enrolments, standings


@dataclass(frozen=True, kw_only=True)
class Selection:
    """Which contacts of a campaign are selected for a resend: those that meet all conditions."""

    status: DeliveryStatus | None = DeliveryStatus.FAILED
    reason: Reason | None = None
    code: str | None = None
    delivery_id: str | None = None
    """A single contact."""
    delivery_ids: Sequence[str] = ()
    """Those that somebody ticked; none: all that meet the other conditions."""

    def of(self, campaign_id: str) -> sa.ColumnElement[bool]:
        """Return the condition on the table of standings."""
        values = {
            standings.c.status: self.status,
            standings.c.reason: self.reason,
            standings.c.code: self.code,
            standings.c.delivery_id: self.delivery_id,
        }
        conditions = [column == value for column, value in values.items() if value is not None]
        if self.delivery_ids:
            conditions.append(standings.c.delivery_id.in_(self.delivery_ids))
        return sa.and_(standings.c.campaign_id == campaign_id, *conditions)


@dataclass(frozen=True)
class ResendPlan:
    """The number of contacts that would be tried again, and of those left out, by reason."""

    count: int
    left_out: Mapping[LeftOutReason, int]

    def __add__(self, other: "ResendPlan") -> "ResendPlan":
        left_out = Counter(self.left_out) + Counter(other.left_out)
        return ResendPlan(self.count + other.count, left_out)


@dataclass(frozen=True)
class Cause:
    """A reason and a code with which contacts failed, and their number."""

    reason: Reason
    code: str | None
    contacts: int


def plan_resend(
    connection: sa.Connection,
    campaign_id: str,
    selection: Selection,
    *,
    include_unreachable: bool = False,
    requires_consent: bool = False,
) -> ResendPlan:
    """Return what a resend to the selected contacts of the campaign would do."""
    left_out_counts: Counter[LeftOutReason] = Counter()
    count = 0
    for row in connection.execute(_counted(selection.of(campaign_id))):
        standing = Standing(rank=row.rank, reason=Reason(row.reason) if row.reason else None)
        reason = left_out_reason(
            standing,
            is_opted_out=row.is_opted_out,
            is_forgotten=row.is_forgotten,
            is_confirmation=row.is_confirmation,
            lacks_consent=requires_consent and not row.has_consent,
            include_unreachable=include_unreachable,
        )
        if reason is None:
            count += row.contacts
        else:
            left_out_counts[reason] += row.contacts
    return ResendPlan(count, left_out_counts)


def causes_of(connection: sa.Connection, campaign_id: str) -> list[Cause]:
    """Return the causes with which contacts of the campaign failed, the most frequent first."""
    number = sa.func.count().label("contacts")
    query = (
        sa.select(standings.c.reason, standings.c.code, number)
        .where(Selection().of(campaign_id), standings.c.reason.is_not(None))
        .group_by(standings.c.reason, standings.c.code)
        .order_by(number.desc(), standings.c.code)
    )
    rows = connection.execute(query)
    return [Cause(Reason(row.reason), row.code, row.contacts) for row in rows]


def _counted(
    is_selected: sa.ColumnElement[bool],
) -> sa.Select[int, str, bool, bool, bool, bool, int]:
    """Return the query that counts the selected contacts by all that the rule depends on."""
    has_consent = sa.func.coalesce(consent_changes.c.is_given, sa.false()).label("has_consent")
    is_opted_out = opted_out_at(enrolments.c.contact_id, None).label("is_opted_out")
    is_forgotten = forgotten_at(enrolments.c.seq).is_not(None).label("is_forgotten")
    is_confirmation = enrolments.c.confirm_before.is_not(None).label("is_confirmation")
    return (
        sa.select(
            sa.func.max(standings.c.rank).label("rank"),
            standings.c.reason,
            is_opted_out,
            is_forgotten,
            is_confirmation,
            has_consent,
            sa.func.count().label("contacts"),
        )
        .join_from(standings, enrolments, enrolments.c.delivery_id == standings.c.delivery_id)
        .outerjoin(contacts, contacts.c.contact_id == enrolments.c.contact_id)
        .outerjoin(
            consent_changes,
            consent_changes.c.seq == last_consent_change(None),
        )
        .where(is_selected)
        .group_by(
            standings.c.rank.bitwise_and(STAGE_MASK),
            standings.c.reason,
            is_opted_out,
            is_forgotten,
            is_confirmation,
            has_consent,
        )
    )
