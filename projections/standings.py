"""How a view keeps a delivery's standing in its rows; the rule itself is the ledger's.

Several projections keep one, each in its own table, folded by the same few lines.
"""

from typing import Any

import sqlalchemy as sa

from ledger.clock import from_microseconds, to_microseconds
from ledger.standing import Fact, Standing, status_of
from ledger.vocabulary import DeliveryStatus, Reason


def standing_columns() -> list[sa.Column[Any]]:
    """The columns of a standing, for a projection's table."""
    return [
        sa.Column("rank", sa.Integer, nullable=False),
        sa.Column("code", sa.Text),
        sa.Column("reason", sa.Text),
        sa.Column("next_at", sa.BigInteger),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("good_turns", sa.Text, nullable=False),
        sa.Column("bad_turns", sa.Text, nullable=False),
        sa.Column("late_rank", sa.Integer, nullable=False),
    ]


def first(fact: Fact) -> dict[str, Any]:
    """The columns after a delivery's first fact."""
    return {"late_rank": fact.rank, **_columns(Standing.of(fact))}


def fold(row: dict[str, Any], fact: Fact, *, is_frozen: bool) -> None:
    """Put one more fact into the row; after archive it moves only `late_rank` (R14, R15)."""
    row["late_rank"] = max(row["late_rank"], fact.rank)
    if not is_frozen:
        row.update(_columns(standing_of(row).with_fact(fact)))


def standing_of(row: Any) -> Standing:
    """The standing that a row holds."""
    return Standing(
        rank=row["rank"],
        code=row["code"],
        reason=Reason(row["reason"]) if row["reason"] else None,
        next_at=from_microseconds(row["next_at"]) if row["next_at"] is not None else None,
        attempts=row["attempts"],
        good_turns=_turns(row["good_turns"]),
        bad_turns=_turns(row["bad_turns"]),
    )


def status_after_archive(row: Any) -> DeliveryStatus | None:
    """What the status would be without the archive, where it differs (R15)."""
    late = status_of(row["late_rank"])
    return late if late is not status_of(row["rank"]) else None


def _columns(standing: Standing) -> dict[str, Any]:
    return {
        "rank": standing.rank,
        "code": standing.code,
        "reason": standing.reason,
        "next_at": to_microseconds(standing.next_at) if standing.next_at else None,
        "attempts": standing.attempts,
        "good_turns": ",".join(map(str, sorted(standing.good_turns))),
        "bad_turns": ",".join(map(str, sorted(standing.bad_turns))),
    }


def _turns(text: str) -> frozenset[int]:
    return frozenset(map(int, text.split(","))) if text else frozenset()
