"""Queries of the numbers that cannot be reached: rows, counts, and the share of each upload."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache
from typing import Any

import sqlalchemy as sa

from ledger.clock import from_microseconds, to_microseconds
from ledger.domain.offices import EVERYTHING, Scope
from ledger.store.engine import reading
from projections.numbers_to_fix.faults import NumberFault, fault_of
from projections.numbers_to_fix.tables import SpanEnd, unreachable_proofs, unreachable_spans
from projections.tables.campaigns import campaigns_at
from projections.tables.contacts import name_of, phone_of, school_ids_of
from projections.tables.offices import in_scope, is_of_seen_campaign
from projections.tables.schema import enrolments
from projections.tables.school_ids import SchoolIds

_CLEARED = (SpanEnd.DELIVERED, SpanEnd.REPLY, SpanEnd.FIXED)


@dataclass(frozen=True)
class NumberFilter:
    """Which of the numbers to fix; `before` continues after the row with this `since_seq`."""

    fault: NumberFault | None = None
    campaign_id: str | None = None
    before: int | None = None
    after: int | None = None


@dataclass(frozen=True, kw_only=True)
class NumberToFix:
    """A number that cannot be reached."""

    contact_id: str
    phone: str
    name: str
    school_ids: SchoolIds
    """As in the latest contact file that has any."""
    fault: NumberFault
    reason: str
    """A `Reason`, by the last proof; so are the code and the delivery."""
    code: str | None
    delivery_id: str
    since_seq: int
    """The first failure."""
    since_at: datetime
    proven_seq: int
    """The last one."""
    proven_at: datetime
    proofs: int
    campaigns: int
    """How many campaigns it was hit in."""


@dataclass(frozen=True)
class NumberPage:
    """A page of the numbers to fix, with the values from which to continue."""

    rows: Sequence[NumberToFix]
    previous_after: int | None
    next_before: int | None


@dataclass(frozen=True)
class NumberCounts:
    """How many numbers are to be fixed."""

    of_fault: Mapping[NumberFault, int]
    new: int
    """Since a time; so are those that were fixed."""
    fixed: int
    numbers: int
    """All numbers that were ever in a contact file, reachable or not."""

    @property
    def total(self) -> int:
        """How many numbers are to be fixed."""
        return sum(self.of_fault.values())


@dataclass(frozen=True)
class Upload:
    """How many numbers of one contact file can be reached."""

    campaign_id: str
    name: str
    launched_at: datetime
    contacts: int
    unreachable: int


class NumbersToFixQueries:
    """Finds the numbers to fix, the newest first; with `until` as of right after that seq.

    With a scope it knows the failures in campaigns of its offices, and nothing of others.
    """

    def __init__(
        self, engine: sa.Engine, until: int | None = None, scope: Scope = EVERYTHING
    ) -> None:
        self._engine = engine
        self._until = until
        self._scope = scope

    def as_of(self, seq: int) -> "NumbersToFixQueries":
        """Return the same queries as of right after a seq."""
        return NumbersToFixQueries(self._engine, until=seq, scope=self._scope)

    def count(self) -> int:
        """Return how many numbers are to be fixed."""
        query = sa.select(sa.func.count()).select_from(unreachable_spans)
        query = query.where(_is_open(self._until), _is_seen(self._scope))
        with reading(self._engine) as connection:
            return connection.scalar(query) or 0

    def counts(self, since: datetime) -> NumberCounts:
        """Return the counts; those of new and fixed ones are since a time."""
        span, at = unreachable_spans.c, to_microseconds(since)
        fault = _listed(self._until, self._scope).subquery("listed").c.fault
        by_fault = sa.select(fault, sa.func.count()).group_by(fault)
        is_seen = _is_seen(self._scope)
        new = sa.select(sa.func.count()).where(_is_open(self._until), span.since_at >= at, is_seen)
        fixed = sa.select(sa.func.count()).where(
            *(span.ended_at >= at, span.ended_by.in_(_CLEARED), is_seen),
            *_until(span.ended_seq, self._until),
        )
        contact_ids = sa.select(enrolments.c.contact_id).where(
            *_until(enrolments.c.seq, self._until),
            is_of_seen_campaign(self._scope, enrolments.c.campaign_id),
        )
        people = contact_ids.distinct().subquery("people")
        with reading(self._engine) as connection:
            found = {row[0]: row[1] for row in connection.execute(by_fault)}
            return NumberCounts(
                {each: found.get(each, 0) for each in NumberFault},
                new=connection.scalar(new) or 0,
                fixed=connection.scalar(fixed) or 0,
                numbers=connection.scalar(sa.select(sa.func.count()).select_from(people)) or 0,
            )

    def page(self, which: NumberFilter, size: int) -> NumberPage:
        """Return the numbers right before or after a row; without either, the newest."""
        rows = self._rows(which, size + 1)
        is_more = len(rows) > size
        rows = rows[:size] if which.after is None else rows[:size][::-1]
        has_previous = which.before is not None if which.after is None else is_more
        has_next = is_more if which.after is None else True
        return NumberPage(
            rows,
            previous_after=rows[0].since_seq if rows and has_previous else None,
            next_before=rows[-1].since_seq if rows and has_next else None,
        )

    def all(self, which: NumberFilter, batch_size: int) -> Iterator[NumberToFix]:
        """Yield every number, the newest first, with one batch of them in memory."""
        while rows := self._rows(which, batch_size):
            yield from rows
            which = replace(which, before=rows[-1].since_seq)

    def of_contact(self, contact_id: str) -> NumberToFix | None:
        """Return the number of a contact; None where it is not to be fixed."""
        with reading(self._engine) as connection:
            of_contact = unreachable_spans.c.contact_id == contact_id
            rows = (
                connection.execute(_rows(self._until, self._scope).where(of_contact))
                .mappings()
                .all()
            )
        return _number(rows[0]) if rows else None

    def uploads(self, limit: int) -> list[Upload]:
        """Return the campaigns with a number to fix, the newest first."""
        campaign = campaigns_at(self._until)
        hit = (
            sa.select(enrolments.c.campaign_id, sa.func.count().label("unreachable"))
            .join_from(
                unreachable_spans,
                enrolments,
                enrolments.c.contact_id == unreachable_spans.c.contact_id,
            )
            .where(_is_open(self._until), _is_seen(self._scope))
            .group_by(enrolments.c.campaign_id)
            .subquery("hit")
        )
        contacts = campaign.c.delivered + campaign.c.pending + campaign.c.failed
        columns = (campaign.c.campaign_id, campaign.c.name, campaign.c.launched_at)
        query = (
            sa.select(*columns, contacts.label("contacts"), hit.c.unreachable)
            .join(hit, hit.c.campaign_id == campaign.c.campaign_id)
            .where(campaign.c.is_listed, in_scope(self._scope, campaign.c.office_id))
            .order_by(campaign.c.launched_seq.desc())
            .limit(limit)
        )
        with reading(self._engine) as connection:
            return [
                Upload(
                    row.campaign_id,
                    row.name,
                    from_microseconds(row.launched_at),
                    row.contacts,
                    row.unreachable,
                )
                for row in connection.execute(query)
            ]

    def _rows(self, which: NumberFilter, limit: int) -> list[NumberToFix]:
        query = _rows(self._until, self._scope).where(*_conditions(which))
        since = unreachable_spans.c.since_seq
        query = query.order_by(since if which.after is not None else since.desc()).limit(limit)
        with reading(self._engine) as connection:
            return [_number(row) for row in connection.execute(query).mappings()]


def _conditions(which: NumberFilter) -> Iterator[sa.ColumnElement[bool]]:
    span = unreachable_spans.c
    if which.fault is not None:
        yield fault_of(unreachable_proofs.c) == which.fault
    if which.campaign_id is not None:
        yield sa.exists().where(
            enrolments.c.contact_id == span.contact_id,
            enrolments.c.campaign_id == which.campaign_id,
        )
    if which.before is not None:
        yield span.since_seq < which.before
    if which.after is not None:
        yield span.since_seq > which.after


def _until(seq: sa.ColumnElement[int], until: int | None) -> list[sa.ColumnElement[bool]]:
    return [] if until is None else [seq <= until]


def _is_open(until: int | None) -> sa.ColumnElement[bool]:
    """Whether a number was to be fixed right after a seq; without a seq, whether it is now."""
    span = unreachable_spans.c
    if until is None:
        return span.ended_seq.is_(None)
    return (span.since_seq <= until) & (span.ended_seq.is_(None) | (span.ended_seq > until))


def _is_seen(scope: Scope) -> sa.ColumnElement[bool]:
    """Whether a text of a campaign that is seen proved that the number cannot be reached."""
    if scope.is_everything:
        return sa.true()
    proof = unreachable_proofs.alias("seen_proof")
    return sa.exists().where(
        proof.c.since_seq == unreachable_spans.c.since_seq,
        is_of_seen_campaign(scope, proof.c.campaign_id),
    )


def _since_at(scope: Scope) -> sa.ColumnElement[int]:
    """When the first text failed that is seen."""
    if scope.is_everything:
        return unreachable_spans.c.since_at
    proof = unreachable_proofs.alias("first_seen_proof")
    first = sa.select(sa.func.min(proof.c.at)).where(
        proof.c.since_seq == unreachable_spans.c.since_seq,
        is_of_seen_campaign(scope, proof.c.campaign_id),
    )
    return first.scalar_subquery()


@lru_cache(maxsize=100)
def _listed(until: int | None, scope: Scope) -> sa.Select[Any]:
    """Return the query of the open spans, each with its last proof that is seen."""
    span, proof, newer = unreachable_spans, unreachable_proofs, unreachable_proofs.alias("newer")
    last = sa.select(sa.func.max(newer.c.seq)).where(
        newer.c.since_seq == span.c.since_seq,
        is_of_seen_campaign(scope, newer.c.campaign_id),
        *_until(newer.c.seq, until),
    )
    columns = (span.c.since_seq, span.c.contact_id, _since_at(scope).label("since_at"))
    return (
        sa.select(*columns, fault_of(proof.c).label("fault"))
        .join_from(span, proof, proof.c.seq == last.scalar_subquery())
        .where(_is_open(until))
    )


@lru_cache(maxsize=100)
def _rows(until: int | None, scope: Scope) -> sa.Select[Any]:
    """Return the query of all that a row shows."""
    span, proof, every = unreachable_spans.c, unreachable_proofs.c, unreachable_proofs.alias("each")
    of_span = (
        every.c.since_seq == span.since_seq,
        is_of_seen_campaign(scope, every.c.campaign_id),
        *_until(every.c.seq, until),
    )
    proofs = sa.select(sa.func.count()).where(*of_span)
    campaigns = sa.select(sa.func.count(every.c.campaign_id.distinct())).where(*of_span)
    return _listed(until, scope).add_columns(
        proof.reason,
        proof.code,
        proof.delivery_id,
        proof.seq.label("proven_seq"),
        proof.at.label("proven_at"),
        proofs.scalar_subquery().label("proofs"),
        campaigns.scalar_subquery().label("campaigns"),
        phone_of(span.contact_id, until).label("phone"),
        name_of(span.contact_id, until, scope).label("name"),
        school_ids_of(span.contact_id, until, scope).label("school_ids"),
    )


def _number(row: sa.RowMapping) -> NumberToFix:
    times = {name: from_microseconds(row[name]) for name in ("since_at", "proven_at")}
    read = {
        "fault": NumberFault(row["fault"]),
        "school_ids": SchoolIds.of_json(row["school_ids"]),
    }
    return NumberToFix(**dict(row) | times | read)
