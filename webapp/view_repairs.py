"""When the views were last compared with the events, and last repaired, for /health.

What all processes did last is one row in the senders' small database.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa

from ledger.clock import from_microseconds, to_microseconds
from webapp.last_row import id_column, read_row, write_row

_EVERY = timedelta(minutes=10)
_RESTS = 20
"""The next comparison begins no sooner than twenty times the time that the last one took."""

last_comparison = sa.Table(
    "last_view_comparison",
    sa.MetaData(),
    id_column(),
    sa.Column("began_at", sa.BigInteger, nullable=False, comment="microseconds since 1970 UTC"),
    sa.Column("seconds", sa.Float, nullable=False),
    sa.Column("repaired_at", sa.BigInteger, comment="when rows last differed"),
    sa.Column("repaired_rows", sa.BigInteger, nullable=False, default=0),
    sa.Column(
        "repaired_tables", sa.Text, nullable=False, default="", comment="standings, campaigns"
    ),
)


@dataclass(frozen=True, kw_only=True)
class ViewComparison:
    """The last comparison of all rows of the views with a rebuild, and the last repair."""

    began_at: datetime
    seconds: float
    repaired_at: datetime | None = None
    """When rows last differed, so that the views were rebuilt; None for never."""
    repaired_rows: int = 0
    repaired_tables: str = ""

    def is_due_again(self, now: datetime) -> bool:
        """Whether the views should be compared again."""
        rest = max(_EVERY, timedelta(seconds=_RESTS * self.seconds))
        return not timedelta(0) <= now - self.began_at < rest


class ViewRepairs:
    """Keeps the last comparison, and the last repair."""

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine

    def last(self) -> ViewComparison | None:
        """Return the last comparison; None where there was none. Raises `StoreUnavailable`."""
        row = read_row(self._engine, last_comparison)
        if row is None:
            return None
        repaired_at = row["repaired_at"]
        return ViewComparison(
            began_at=from_microseconds(row["began_at"]),
            seconds=row["seconds"],
            repaired_at=None if repaired_at is None else from_microseconds(repaired_at),
            repaired_rows=row["repaired_rows"],
            repaired_tables=row["repaired_tables"],
        )

    def is_due(self, now: datetime) -> bool:
        """Whether the views should be compared now. Raises `StoreUnavailable`."""
        last = self.last()
        return last is None or last.is_due_again(now)

    def keep(self, began_at: datetime, seconds: float, differing: Mapping[str, int]) -> None:
        """Keep a comparison; `differing` is table → rows. Raises `StoreUnavailable`."""
        values: dict[str, object] = {
            "began_at": to_microseconds(began_at),
            "seconds": seconds,
        }
        if differing:
            values |= {
                "repaired_at": to_microseconds(began_at),
                "repaired_rows": sum(differing.values()),
                "repaired_tables": ", ".join(sorted(differing)),
            }
        write_row(self._engine, last_comparison, values)
