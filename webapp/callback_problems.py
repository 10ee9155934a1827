"""Counts requests of Twilio that were refused or came to a wrong address, for staff to see.

The counts of all processes are in the senders' small database, one row for each day and problem. A
server writes them at intervals (see background.py), so that a flood of requests fills nothing.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

import sqlalchemy as sa

from ledger.clock import from_microseconds, to_microseconds
from webapp.unwritten_counts import StoredCounts

SHOWN_FOR = timedelta(hours=24)
"""How long after its last request a problem is shown."""
_KEPT_FOR = timedelta(days=30)
_LONGEST_PATH = 200

metadata = sa.MetaData()

problems = sa.Table(
    "callback_problems",
    metadata,
    sa.Column("day", sa.Text, primary_key=True, comment="2026-11-23, UTC"),
    sa.Column("problem", sa.Text, primary_key=True),
    sa.Column("requests", sa.BigInteger, nullable=False),
    sa.Column("last_at", sa.BigInteger, nullable=False, comment="microseconds since 1970 UTC"),
    sa.Column("last_path", sa.Text, nullable=False, comment="of a signed request; else empty"),
)


class Problem(StrEnum):
    """Why requests of Twilio, or requests that look like Twilio's, had no effect."""

    WRONG_ADDRESS = "wrong_address"
    """Signed by Twilio; this program has no such address, or uses it for other requests."""
    WRONG_SIGNATURE = "wrong_signature"
    """Refused: they name this account, but the signature does not fit; or cannot be read."""
    UNUSABLE = "unusable"
    """Refused: signed by Twilio, but neither a text nor a report on one."""


@dataclass(frozen=True, kw_only=True)
class ProblemCount:
    """The requests with one problem."""

    problem: Problem
    count: int
    last_at: datetime
    last_path: str = ""
    """The path of the last one; only what Twilio signed is kept."""

    def __add__(self, other: "ProblemCount") -> "ProblemCount":
        newer = other if other.last_at >= self.last_at else self
        return ProblemCount(
            problem=self.problem,
            count=self.count + other.count,
            last_at=newer.last_at,
            last_path=newer.last_path,
        )


class CallbackProblems(StoredCounts[tuple[str, Problem], ProblemCount]):
    """The problems of each day."""

    table, summed = problems, "requests"

    def add(self, problem: Problem, path: str = "") -> None:
        """Count one request; waits for nothing. `path` may be given of a signed request only."""
        one = ProblemCount(
            problem=problem, count=1, last_at=self._clock.now(), last_path=path[:_LONGEST_PATH]
        )
        self._unwritten.add((_day_of(one.last_at), problem), one)

    def recent(self) -> list[ProblemCount]:
        """Return the problems of the last 24 hours, with the counts since the day before."""
        since = self._clock.now() - SHOWN_FOR
        query = sa.select(problems).where(problems.c.last_at >= to_microseconds(since))
        written = [_count_of(row) for row in self._written(query)]
        unwritten = [c for c in self._unwritten.counts().values() if c.last_at >= since]
        totals: dict[Problem, ProblemCount] = {}
        for count in (*written, *unwritten):
            before = totals.get(count.problem)
            totals[count.problem] = before + count if before else count
        return [totals[problem] for problem in Problem if problem in totals]

    def _row(self, key: tuple[str, Problem], count: ProblemCount) -> dict[str, object]:
        day, problem = key
        return {
            "day": day,
            "problem": problem.value,
            "requests": count.count,
            "last_at": to_microseconds(count.last_at),
            "last_path": count.last_path,
        }

    def _outdated(self) -> sa.ColumnElement[bool]:
        return problems.c.day < _day_of(self._clock.now() - _KEPT_FOR)


def _day_of(moment: datetime) -> str:
    return moment.date().isoformat()


def _count_of(row: Any) -> ProblemCount:
    return ProblemCount(
        problem=Problem(row.problem),
        count=row.requests,
        last_at=from_microseconds(row.last_at),
        last_path=row.last_path,
    )
