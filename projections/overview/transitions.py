"""The SQL of what changed in a campaign between two seqs: from which standing to which, and when.

One query serves the tables, the events that the tables do not hold yet, and the past.
"""

from functools import cache
from typing import Any

import sqlalchemy as sa

from ledger.domain.standing import EXPLAINED, GOOD, STAGE_BITS, Stage
from ledger.store.in_list import in_list
from projections.engine.ledger_events import events
from projections.tables.facts import (
    Column,
    FactScope,
    facts_until,
    is_one_of,
    stage_of_rank,
    where_stage,
)

STEPS = ((10 * 60, 1), (2 * 3600, 10), (24 * 3600, 60), (None, 3600))
"""Up to which age of a campaign steps have which length, in seconds."""

MORE = 1_000_000_000
UP_TO_SECONDS = (
    *(1, 2, 3, 4, 5, 7, 10, 15, 20, 30, 45, 60, 90, 120, 180, 300, 600, 900, 1800),
    *(3600, 2 * 3600, 4 * 3600, 12 * 3600, 24 * 3600, MORE),
)
"""The classes of times to delivery, each by its upper bound."""

_SECOND = 1_000_000
_HOUR = 3600 * _SECOND
_SEQ_BITS = 40


@cache
def transitions(*, is_archived: bool, is_whole: bool) -> sa.Select[Any]:
    """Return the query of the changes of one campaign, those that are alike counted together.

    Its parameters are those of `FactScope.of_parameters`; `after`, the seq up to which nothing is
    counted; `launched_at` and `launched_seq`; and, unless it is whole, `deliveries`: those that
    have a fact after `after`.
    """
    scope = FactScope.of_parameters(is_archived=is_archived)
    records = _records(_facts(scope, is_whole=is_whole)).subquery("records")
    column = records.c
    is_new = is_one_of(column.stage, GOOD) & (
        column.old_stage.is_(None) | ~is_one_of(column.old_stage, GOOD)
    )
    is_timed = is_new & (column.start_rank == column.turn * (1 << STAGE_BITS) + Stage.STARTED)
    seconds = (column.recorded_at - column.start_at + _SECOND - 1) // _SECOND
    kinds = [
        _step(column).label("age_seconds"),
        sa.case((is_timed, _class_of(seconds))).label("up_to_seconds"),
        sa.case((is_timed, column.start_at // _HOUR)).label("hour"),
        *(column[f"{age}{name}"] for age in ("old_", "") for name in ("stage", "reason", "code")),
    ]
    after = sa.bindparam("after", type_=sa.BigInteger)
    query = sa.select(*kinds, sa.func.count().label("contacts")).where(column.seq > after)
    return query.group_by(*kinds)


def _facts(scope: FactScope, *, is_whole: bool) -> sa.Select[Any]:
    """Each fact, with the greatest up to it and the last attempt that began by then."""
    fact, stage = events.c, stage_of_rank(events.c.rank)
    key = fact.rank * sa.literal(1 << _SEQ_BITS, sa.BigInteger) - fact.seq
    is_start = stage == int(Stage.STARTED)
    conditions = [fact.campaign_id == scope.campaign_id, *facts_until(fact, scope.until)]
    conditions.append(
        fact.delivery_id.is_not(None) if is_whole else in_list(fact.delivery_id, "deliveries")
    )
    is_counted = scope.is_up_to_archive(fact.seq)
    query = sa.select(
        fact.delivery_id,
        fact.seq,
        fact.recorded_at,
        fact.turn,
        stage.label("stage"),
        where_stage(stage, EXPLAINED, fact.reason).label("reason"),
        where_stage(stage, EXPLAINED, fact.code).label("code"),
        key.label("key"),
        _so_far(key, fact).label("greatest"),
        _so_far(sa.case((is_start, fact.rank)), fact).label("start_rank"),
        _so_far(sa.case((is_start, fact.recorded_at)), fact).label("start_at"),
    )
    return query.where(*conditions, *([] if is_counted is None else [is_counted]))


def _so_far(value: Column, fact: Any) -> Column:
    return sa.func.max(value).over(partition_by=fact.delivery_id, order_by=fact.seq)


def _records(facts: sa.Select[Any]) -> sa.Select[Any]:
    """The facts that became the standing of their delivery, each with the standing before it."""
    fact = facts.subquery("facts").c
    old = {
        name: sa.func.lag(fact[name]).over(partition_by=fact.delivery_id, order_by=fact.seq)
        for name in ("stage", "reason", "code")
    }
    return sa.select(*fact, *(value.label(f"old_{name}") for name, value in old.items())).where(
        fact.key == fact.greatest
    )


def _step(column: Any) -> Column:
    """The start of the step of time in which the fact was recorded; before the launch 0."""
    launched_at = sa.bindparam("launched_at", type_=sa.BigInteger)
    launched_seq = sa.bindparam("launched_seq", type_=sa.BigInteger)
    age = (column.recorded_at - launched_at) // _SECOND
    steps = [(age < limit, age - age % length) for limit, length in STEPS if limit]
    longest = STEPS[-1][1]
    return sa.case(
        (sa.or_(launched_seq.is_(None), column.seq <= launched_seq, age < 0), 0),
        *steps,
        else_=age - age % longest,
    )


def _class_of(seconds: Column) -> Column:
    return sa.case(*((seconds <= limit, limit) for limit in UP_TO_SECONDS[:-1]), else_=MORE)
