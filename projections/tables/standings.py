"""The one SQL of a delivery's standing: its greatest fact, over the typed columns of the events.

Catching up asks it for the deliveries touched, a rebuild for all of a campaign, a page of the past
cut at its seq. What a rank means comes from `ledger/domain/standing.py`; `Standing` there is the
check.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from ledger.clock import from_microseconds
from ledger.domain.standing import (
    ATTEMPTS,
    AWAITING_ATTEMPT,
    BAD,
    EXPLAINED,
    GOOD,
    OUTCOME_UNKNOWN,
    STAGE_BITS,
    STAGE_MASK,
    TOP,
    Stage,
    Standing,
    rank,
    status_of,
)
from ledger.domain.vocabulary import DeliveryStatus, Reason
from projections.tables.schema import enrolments, events, parked

_SEQ_BITS = 40
_SEQS = sa.literal(1 << _SEQ_BITS, sa.BigInteger)
_BAD_BITS = 20
"""Attempts are counted in the low bits of one sum, bad facts above them."""

_CARRIED = frozenset({Stage.ACCEPTED})

_LOOKED_AT = EXPLAINED | AWAITING_ATTEMPT | _CARRIED
"""Only of these is there more to know than the key tells."""

Column = sa.ColumnElement[Any]


@dataclass(frozen=True, kw_only=True)
class Cut:
    """The facts of one campaign that are looked at: those up to a seq.

    Those behind its archive count for nothing but `late_rank` and `last_seq` (R14, R15).
    """

    campaign_id: "str | Column"
    """This, and what follows: a value, or the parameter of a statement that is made once."""
    until: "int | Column"
    archived_seq: "int | Column | None" = None

    def counts(self, seq: Column) -> Column | None:
        """The condition on a fact's seq; None where every fact counts."""
        return None if self.archived_seq is None else seq <= self.archived_seq


def standings_at(cut: Cut, wanted: sa.ColumnElement[bool] | None = None) -> sa.Select[Any]:
    """A row for each delivery of the campaign, with the table's columns.

    `wanted` is a condition on `events.delivery_id`.
    """
    greatest = _greatest(cut, wanted).subquery("greatest")
    weight = _rank(greatest.c.key).label("rank")
    ranked = sa.select(greatest, weight, _stage(weight).label("stage")).subquery("ranked")
    fact = events.alias("fact")
    of, stage = ranked.c, ranked.c.stage
    reason = _where(stage, EXPLAINED, fact.c.reason)
    query = (
        sa.select(
            of.delivery_id,
            enrolments.c.campaign_id,
            enrolments.c.position,
            enrolments.c.zone,
            _status(stage).label("status"),
            of.rank,
            _where(stage, EXPLAINED, fact.c.code).label("code"),
            reason.label("reason"),
            _where(stage, EXPLAINED, fact.c.next_at).label("next_at"),
            of.tally.bitwise_and((1 << _BAD_BITS) - 1).label("attempts"),
            _is_conflict(cut, ranked).label("is_conflict"),
            of.late_rank,
            _where(
                stage, AWAITING_ATTEMPT, sa.func.coalesce(fact.c.next_at, fact.c.recorded_at)
            ).label("due_at"),
            _doubt_since(cut, ranked).label("doubt_since"),
            _undecided_since(cut, ranked).label("undecided_since"),
            _where(stage, _CARRIED, fact.c.recorded_at).label("carried_since"),
            of.last_seq,
            _where(stage, BAD | GOOD, _unless_opted_out(reason, of.last_seq)).label("outcome_seq"),
        )
        .join_from(ranked, enrolments, enrolments.c.delivery_id == of.delivery_id)
        .outerjoin(fact, fact.c.seq == _where(stage, _LOOKED_AT, of.rank * _SEQS - of.key))
    )
    return query.where(of.key.is_not(None))


def statuses_at(cut: Cut) -> sa.Select[Any, int]:
    """Status and number of deliveries: the counts alone, without looking at any fact again."""
    greatest = _greatest(cut, None).subquery("greatest")
    status = _status(_stage(_rank(greatest.c.key))).label("status")
    query = sa.select(status, sa.func.count().label("number"))
    return query.where(greatest.c.key.is_not(None)).group_by(status)


def standing_of(row: Any) -> Standing:
    """The standing that a row holds; which turns were good and bad it does not."""
    return Standing(
        rank=row["rank"],
        code=row["code"],
        reason=Reason(row["reason"]) if row["reason"] else None,
        next_at=from_microseconds(row["next_at"]) if row["next_at"] is not None else None,
        attempts=row["attempts"],
    )


def status_after_archive(row: Any) -> DeliveryStatus | None:
    """What the status would be without the archive, where it differs (R15)."""
    late = status_of(row["late_rank"])
    return late if late is not status_of(row["rank"]) else None


def is_impossible(fact: sa.FromClause) -> Column:
    """Whether an event's typed columns say what no fact can say."""
    of_turn = [stage for stage in Stage if stage not in GOOD]
    weight = fact.c.rank
    is_ranked = weight.in_([int(TOP + stage) for stage in GOOD]) | (
        weight.between(rank(1, Stage.ENROLLED), TOP - 1) & _is_one_of(_stage(weight), of_turn)
    )
    return (weight.is_not(None) & ~is_ranked) | fact.c.reason.not_in(list(Reason))


def is_unread(seq: Column) -> sa.ColumnElement[bool]:
    """Whether the event was parked, and its typed columns cannot be believed either."""
    return seq.in_(sa.select(parked.c.seq).where(~parked.c.is_fact))


def _greatest(cut: Cut, wanted: sa.ColumnElement[bool] | None) -> sa.Select[Any]:
    """Per delivery: of equal ranks the first recorded is the greatest, so its key is too."""
    fact, is_counted = events.c, cut.counts(events.c.seq)
    key = sa.func.max(fact.rank * _SEQS - fact.seq)
    tally = sa.func.sum(
        sa.case(
            _numbers({**ATTEMPTS, **dict.fromkeys(BAD, 1 << _BAD_BITS)}),
            value=_stage(fact.rank),
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
        fact.campaign_id == cut.campaign_id,
        fact.delivery_id.is_not(None) if wanted is None else wanted,
        *_facts_until(fact, cut.until),
    )
    return query.group_by(fact.delivery_id)


def _facts_until(fact: Any, until: int | Column) -> list[Column]:
    return [fact.rank.is_not(None), fact.seq <= until, ~is_unread(fact.seq)]


def _rank(key: Column) -> Column:
    return key.bitwise_rshift(sa.literal(_SEQ_BITS, sa.Integer)) + 1


def _stage(weight: Column) -> Column:
    return weight.bitwise_and(STAGE_MASK)


def _status(stage: Column) -> Column:
    statuses = {each: status_of(rank(1, each)).value for each in Stage}
    return sa.case(_numbers(statuses), value=stage)


def _where(stage: Column, stages: Collection[Stage], value: Column) -> Column:
    return sa.case((_is_one_of(stage, stages), value))


def _is_one_of(stage: Column, stages: Collection[Stage]) -> sa.ColumnElement[bool]:
    return stage.in_(sorted(map(int, stages)))


def _numbers(of_stages: Mapping[Stage, Any]) -> dict[int, Any]:
    """Plain numbers, which every driver takes."""
    return {int(stage): value for stage, value in of_stages.items()}


def _unless_opted_out(reason: Column, value: Column) -> Column:
    """An opt-out is the person's wish, and tells nothing of what is amiss."""
    return sa.case((reason.is_distinct_from(Reason.OPTED_OUT), value))


def _is_conflict(cut: Cut, ranked: sa.FromClause) -> Column:
    """Good and bad facts of one turn; looked at closely only where a delivery has both."""
    good, bad = events.alias("good"), events.alias("bad")
    conditions = [
        condition
        for fact in (good, bad)
        for condition in (
            fact.c.campaign_id == cut.campaign_id,
            fact.c.delivery_id == ranked.c.delivery_id,
            *_facts_until(fact.c, cut.until),
            cut.counts(fact.c.seq),
        )
        if condition is not None
    ]
    both = sa.exists().where(
        *conditions,
        good.c.rank >= TOP,
        bad.c.rank < TOP,
        _is_one_of(_stage(bad.c.rank), BAD),
        good.c.turn == bad.c.turn,
    )
    has_both = (ranked.c.rank >= TOP) & (ranked.c.tally >= 1 << _BAD_BITS)
    return sa.case((has_both, both), else_=sa.false())  # SQLite's AND would look either way


def _doubt_since(cut: Cut, ranked: sa.FromClause) -> Column:
    """When the attempt in doubt began; what is frozen is settled all the same."""
    fact, late_rank = events.alias("began"), ranked.c.late_rank
    first_rank = late_rank.bitwise_rshift(STAGE_BITS) * (1 << STAGE_BITS) + int(
        min(OUTCOME_UNKNOWN)
    )
    began = _first_recorded(cut, ranked, fact, fact.c.rank.between(first_rank, late_rank))
    return _where(_stage(late_rank), OUTCOME_UNKNOWN, began)


def _undecided_since(cut: Cut, ranked: sa.FromClause) -> Column:
    """When staff were asked to decide about the attempt in doubt; NULL where nobody asked."""
    fact, late_rank = events.alias("asked"), ranked.c.late_rank
    is_question = (fact.c.rank == late_rank) & (fact.c.reason == Reason.MAY_HAVE_BEEN_SENT)
    asked = _first_recorded(cut, ranked, fact, is_question)
    return _where(_stage(late_rank), {Stage.UNKNOWN}, asked)


def _first_recorded(
    cut: Cut, ranked: sa.FromClause, fact: sa.FromClause, is_wanted: sa.ColumnElement[bool]
) -> Column:
    """When the first such fact of the delivery was recorded."""
    query = sa.select(sa.func.min(fact.c.recorded_at)).where(
        fact.c.campaign_id == cut.campaign_id,
        fact.c.delivery_id == ranked.c.delivery_id,
        is_wanted,
        *_facts_until(fact.c, cut.until),
    )
    return query.scalar_subquery()
