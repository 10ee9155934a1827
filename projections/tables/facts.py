"""Facts about deliveries in SQL: which events count as one, up to which seq, and their stages.

The meaning of a rank comes from `ledger/domain/standing.py`; `standings.py` makes rows of facts.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from ledger.domain.standing import GOOD, STAGE_MASK, TOP, Stage, rank, status_of
from ledger.domain.vocabulary import Reason
from projections.engine.parking import has_invalid_columns

Column = sa.ColumnElement[Any]

Until = int | Column | None
"""The last seq of a past moment, or a parameter for it; None: the present."""

UNTIL: Column = sa.bindparam("until", type_=sa.BigInteger)
"""That parameter, of statements that are built once and run for any moment."""


@dataclass(frozen=True, kw_only=True)
class FactScope:
    """The facts of one campaign up to a seq.

    Facts after the campaign's archive count only for `late_rank` and `last_seq` (R14, R15).

    Attributes:
        campaign_id: A value, or the parameter of a statement that is built once; so are the others.
        until: The last seq.
        archived_seq: The seq of the archive; None where the campaign is not archived.
    """

    campaign_id: "str | Column"
    until: "int | Column"
    archived_seq: "int | Column | None" = None

    @classmethod
    def of_parameters(cls, *, is_archived: bool) -> "FactScope":
        """Return the scope of a statement that is built once; `scope_parameters` are its values."""
        return cls(
            campaign_id=sa.bindparam("campaign", type_=sa.Text),
            until=UNTIL,
            archived_seq=sa.bindparam("archived", type_=sa.BigInteger) if is_archived else None,
        )

    def is_up_to_archive(self, seq: Column) -> Column | None:
        """The condition that a fact with this seq counts; None where every fact does."""
        return None if self.archived_seq is None else seq <= self.archived_seq


def scope_parameters(campaign: sa.RowMapping, until: int) -> dict[str, Any]:
    """Return the values of the parameters of `FactScope.of_parameters`.

    `campaign` is a row of `campaigns_at`.
    """
    parameters = {"campaign": campaign["campaign_id"], "until": until}
    return parameters | ({"archived": campaign["archived_seq"]} if is_archived(campaign) else {})


def deliveries_of_campaigns(
    deliveries: sa.FromClause, campaign: sa.FromClause
) -> sa.Select[tuple[Any, ...]]:
    """Return the query of the rows that `scopes_of_deliveries` takes.

    `deliveries` has the columns `delivery_id` and `campaign_id`; those of campaigns that are not in
    `campaign`, which is one of `campaigns_at`, are left out.
    """
    return sa.select(
        deliveries.c.delivery_id, campaign.c.campaign_id, campaign.c.archived_seq
    ).join_from(deliveries, campaign, campaign.c.campaign_id == deliveries.c.campaign_id)


def scopes_of_deliveries(
    rows: Iterable[sa.RowMapping], until: int
) -> list[tuple[bool, dict[str, Any]]]:
    """Return for each campaign whether it is archived, and the values of the parameters.

    They are those of `FactScope.of_parameters`, and `deliveries` with the ids of its deliveries.
    The rows are those of `deliveries_of_campaigns`.
    """
    scopes: dict[str, tuple[bool, dict[str, Any]]] = {}
    for row in rows:
        if row["campaign_id"] not in scopes:
            parameters = scope_parameters(row, until) | {"deliveries": []}
            scopes[row["campaign_id"]] = is_archived(row), parameters
        scopes[row["campaign_id"]][1]["deliveries"].append(row["delivery_id"])
    return list(scopes.values())


def is_archived(campaign: sa.RowMapping) -> bool:
    """Whether the campaign in a row of `campaigns_at` is archived."""
    return campaign["archived_seq"] is not None


def has_impossible_columns(fact: sa.FromClause) -> Column:
    """Whether an event's typed columns hold a rank or a reason that no fact has."""
    of_turn = [stage for stage in Stage if stage not in GOOD]
    weight = fact.c.rank
    is_ranked = weight.in_([int(TOP + stage) for stage in GOOD]) | (
        weight.between(rank(1, Stage.ENROLLED), TOP - 1) & is_one_of(stage_of_rank(weight), of_turn)
    )
    return (weight.is_not(None) & ~is_ranked) | fact.c.reason.not_in(list(Reason))


def is_rank(weight: Column) -> sa.ColumnElement[bool]:
    """Whether the value reads as a rank: no NULL, and none that would fail a query of the past.

    Simpler than `has_impossible_columns`, so that an index alone answers it.
    """
    first, last = rank(1, Stage.ENROLLED), TOP + max(GOOD)
    return weight.between(first, last) & (stage_of_rank(weight) <= int(max(Stage)))


def facts_until(fact: Any, until: int | Column) -> list[Column]:
    """The conditions that an event is a fact and was recorded by then; `fact` has its columns."""
    return [is_rank(fact.rank), fact.seq <= until, ~has_invalid_columns(fact.seq)]


def stage_of_rank(weight: Column) -> Column:
    """The stage in a rank."""
    return weight.bitwise_and(STAGE_MASK)


def status_of_stage(stage: Column) -> Column:
    """The delivery status of a stage."""
    statuses = {each: status_of(rank(1, each)).value for each in Stage}
    return sa.case(by_number(statuses), value=stage)


def where_stage(stage: Column, stages: Collection[Stage], value: Column) -> Column:
    """The value in these stages, and NULL in all others."""
    return sa.case((is_one_of(stage, stages), value))


def is_one_of(stage: Column, stages: Collection[Stage]) -> sa.ColumnElement[bool]:
    """Whether the stage is one of these."""
    return stage.in_(sorted(map(int, stages)))


def by_number(of_stages: Mapping[Stage, Any]) -> dict[int, Any]:
    """The mapping with plain integers as keys, which every driver accepts."""
    return {int(stage): value for stage, value in of_stages.items()}
