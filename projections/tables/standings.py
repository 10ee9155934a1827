"""The only SQL of a delivery's standing: its greatest fact, from the typed columns of the events.

Catching up executes it for some deliveries, a rebuild for a whole campaign, and a page of the past
up to a seq. The meaning of a rank comes from `ledger/domain/standing.py`; tests compare the rows
with the fold `Standing` there.
"""

from typing import Any

import sqlalchemy as sa

from ledger.domain.events import DeliveryAccountedFor
from ledger.domain.standing import (
    ATTEMPTS,
    AWAITING_ATTEMPT,
    BAD,
    EXPLAINED,
    GOOD,
    OUTCOME_UNKNOWN,
    STAGE_BITS,
    TOP,
    Stage,
    Standing,
    status_of,
)
from ledger.domain.vocabulary import DeliveryStatus, Reason
from ledger.recorded_event import fact_fields
from projections.engine.ledger_events import events
from projections.engine.parking import is_time
from projections.tables.facts import (
    Column,
    FactScope,
    by_number,
    facts_until,
    is_one_of,
    stage_of_rank,
    status_of_stage,
    where_stage,
)
from projections.tables.schema import enrolments

_SEQ_BITS = 40
_SEQS = sa.literal(1 << _SEQ_BITS, sa.BigInteger)
_BAD_BITS = 20
"""Attempts are counted in the low bits of one sum, bad facts above them."""

_ACCEPTED = frozenset({Stage.ACCEPTED})

_DETAILED = EXPLAINED | AWAITING_ATTEMPT | _ACCEPTED
"""Only in these stages is there more to read than the key holds."""


def standings_at(
    scope: FactScope, is_selected: sa.ColumnElement[bool] | None = None
) -> sa.Select[Any]:
    """Return a row for each delivery in the scope, with the columns of the table `standings`.

    `is_selected` is a condition on `events.delivery_id`.
    """
    greatest = _greatest(scope, is_selected).subquery("greatest")
    weight = _rank(greatest.c.key).label("rank")
    ranked = sa.select(greatest, weight, stage_of_rank(weight).label("stage")).subquery("ranked")
    fact = events.alias("fact")
    stage = ranked.c.stage
    reason = where_stage(stage, EXPLAINED, fact.c.reason)
    query = (
        sa.select(
            ranked.c.delivery_id,
            enrolments.c.campaign_id,
            enrolments.c.position,
            enrolments.c.zone,
            status_of_stage(stage).label("status"),
            ranked.c.rank,
            where_stage(stage, EXPLAINED, fact.c.code).label("code"),
            reason.label("reason"),
            where_stage(stage, EXPLAINED, _possible(fact.c.next_at)).label("next_at"),
            ranked.c.tally.bitwise_and((1 << _BAD_BITS) - 1).label("attempts"),
            _is_conflict(scope, ranked).label("is_conflict"),
            ranked.c.late_rank,
            where_stage(
                stage, AWAITING_ATTEMPT, sa.func.coalesce(fact.c.next_at, fact.c.recorded_at)
            ).label("due_at"),
            _unsettled_since(scope, ranked).label("unsettled_since"),
            _undecided_since(scope, ranked).label("undecided_since"),
            where_stage(stage, _ACCEPTED, fact.c.recorded_at).label("accepted_since"),
            _is_accounted_for(scope, ranked).label("is_accounted_for"),
            ranked.c.last_seq,
            where_stage(stage, BAD | GOOD, _unless_opted_out(reason, ranked.c.last_seq)).label(
                "outcome_seq"
            ),
        )
        .join_from(ranked, enrolments, enrolments.c.delivery_id == ranked.c.delivery_id)
        .outerjoin(
            fact, fact.c.seq == where_stage(stage, _DETAILED, ranked.c.rank * _SEQS - ranked.c.key)
        )
    )
    return query.where(ranked.c.key.is_not(None))


def statuses_at(scope: FactScope) -> sa.Select[Any, int]:
    """Return the number of deliveries by status, without reading any fact a second time."""
    greatest = _greatest(scope, None).subquery("greatest")
    status = status_of_stage(stage_of_rank(_rank(greatest.c.key))).label("status")
    query = sa.select(status, sa.func.count().label("number"))
    return query.where(greatest.c.key.is_not(None)).group_by(status)


_REASONS = frozenset(Reason)


def standing_of(row: Any) -> Standing:
    """Return the standing of a row, which does not hold the good and the bad turns.

    A reason that there is not, as only an altered event has, reads as unknown.
    """
    is_reason = row["reason"] is None or row["reason"] in _REASONS
    columns = row if is_reason else {**row, "reason": Reason.UNKNOWN}
    return Standing(**fact_fields(columns), attempts=row["attempts"])


def status_after_archive(row: Any) -> DeliveryStatus | None:
    """Return the status that the delivery would have without the archive, if another (R15)."""
    late = status_of(row["late_rank"])
    return late if late is not status_of(row["rank"]) else None


def _greatest(scope: FactScope, is_selected: sa.ColumnElement[bool] | None) -> sa.Select[Any]:
    """The greatest fact of each delivery; the key makes the first of equal ranks the greatest."""
    fact, is_counted = events.c, scope.is_up_to_archive(events.c.seq)
    key = sa.func.max(fact.rank * _SEQS - fact.seq)
    tally = sa.func.sum(
        sa.case(
            by_number({**ATTEMPTS, **dict.fromkeys(BAD, 1 << _BAD_BITS)}),
            value=stage_of_rank(fact.rank),
            else_=0,
        )
    )
    late_rank = sa.func.max(fact.rank)
    query = sa.select(
        fact.delivery_id,
        (key if is_counted is None else key.filter(is_counted)).label("key"),
        (tally if is_counted is None else tally.filter(is_counted)).label("tally"),
        late_rank.label("late_rank"),
        sa.func.max(fact.seq).label("last_seq"),
    ).where(
        fact.campaign_id == scope.campaign_id,
        fact.delivery_id.is_not(None) if is_selected is None else is_selected,
        *facts_until(fact, scope.until),
    )
    return query.group_by(fact.delivery_id)


def _possible(time: Column) -> Column:
    """The time, or NULL where somebody altered it after the views had read the event."""
    return sa.case((is_time(time), time))


def _rank(key: Column) -> Column:
    return key.bitwise_rshift(sa.literal(_SEQ_BITS, sa.Integer)) + 1


def _unless_opted_out(reason: Column, value: Column) -> Column:
    """An opt-out is the person's choice, not a sign of trouble with sending."""
    return sa.case((reason.is_distinct_from(Reason.OPTED_OUT), value))


def _is_conflict(scope: FactScope, ranked: sa.FromClause) -> Column:
    """Whether one turn has good and bad facts; computed only where the delivery has both."""
    good, bad = events.alias("good"), events.alias("bad")
    conditions = [
        condition
        for fact in (good, bad)
        for condition in (
            fact.c.campaign_id == scope.campaign_id,
            fact.c.delivery_id == ranked.c.delivery_id,
            *facts_until(fact.c, scope.until),
            scope.is_up_to_archive(fact.c.seq),
        )
        if condition is not None
    ]
    both = sa.exists().where(
        *conditions,
        good.c.rank >= TOP,
        bad.c.rank < TOP,
        is_one_of(stage_of_rank(bad.c.rank), BAD),
        good.c.turn == bad.c.turn,
    )
    has_both = (ranked.c.rank >= TOP) & (ranked.c.tally >= 1 << _BAD_BITS)
    return sa.case((has_both, both), else_=sa.false())  # SQLite's AND would evaluate both sides


def _is_accounted_for(scope: FactScope, ranked: sa.FromClause) -> Column:
    """Whether staff expect no report on the text that the standing is about."""
    fact = events.alias("accounted")
    conditions = [
        fact.c.campaign_id == scope.campaign_id,
        fact.c.delivery_id == ranked.c.delivery_id,
        fact.c.rank == ranked.c.rank,
        fact.c.topic == DeliveryAccountedFor.topic,
        *facts_until(fact.c, scope.until),
    ]
    is_counted = scope.is_up_to_archive(fact.c.seq)
    is_there = sa.exists().where(*conditions, *([] if is_counted is None else [is_counted]))
    return sa.case((is_one_of(ranked.c.stage, _ACCEPTED), is_there), else_=sa.false())


def _unsettled_since(scope: FactScope, ranked: sa.FromClause) -> Column:
    """When the attempt without outcome began; after an archive it is still reconciled."""
    fact, late_rank = events.alias("began"), ranked.c.late_rank
    first_rank = late_rank.bitwise_rshift(STAGE_BITS) * (1 << STAGE_BITS) + int(
        min(OUTCOME_UNKNOWN)
    )
    began = _first_recorded(scope, ranked, fact, fact.c.rank.between(first_rank, late_rank))
    return where_stage(stage_of_rank(late_rank), OUTCOME_UNKNOWN, began)


def _undecided_since(scope: FactScope, ranked: sa.FromClause) -> Column:
    """When staff were asked to decide about an unknown outcome; NULL where they were not."""
    fact, late_rank = events.alias("asked"), ranked.c.late_rank
    is_question = (fact.c.rank == late_rank) & (fact.c.reason == Reason.MAY_HAVE_BEEN_SENT)
    asked = _first_recorded(scope, ranked, fact, is_question)
    return where_stage(stage_of_rank(late_rank), {Stage.UNKNOWN}, asked)


def _first_recorded(
    scope: FactScope,
    ranked: sa.FromClause,
    fact: sa.FromClause,
    is_selected: sa.ColumnElement[bool],
) -> Column:
    """When the first fact of the delivery that meets the condition was recorded."""
    query = sa.select(sa.func.min(fact.c.recorded_at)).where(
        fact.c.campaign_id == scope.campaign_id,
        fact.c.delivery_id == ranked.c.delivery_id,
        is_selected,
        *facts_until(fact.c, scope.until),
    )
    return query.scalar_subquery()
