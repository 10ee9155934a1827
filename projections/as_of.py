"""A campaign as it stood at a past seq: the same projections, fed with the ledger cut there."""

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import sqlalchemy as sa

from ledger.entry import Entry
from projections.projection import Projection
from projections.views import Views, scratch_engine


@dataclass(frozen=True)
class Extract:
    """Some entries of a ledger, in the order of seq, read like a ledger of their own."""

    ledger_id: str
    found: Sequence[Entry]

    def head(self) -> int:
        """The greatest seq among them."""
        return self.found[-1].seq if self.found else 0

    def entries(self, after: int = 0, limit: int = 1000, until: int | None = None) -> list[Entry]:
        """Those behind that seq, in order."""
        start = bisect_right(self.found, after, key=lambda entry: entry.seq)
        return [e for e in self.found[start : start + limit] if until is None or e.seq <= until]


@contextmanager
def views_of(extract: Extract, projections: Sequence[Projection]) -> Iterator[sa.Engine]:
    """Views over the extract alone, thrown away at the end of the block."""
    with scratch_engine() as engine:
        Views(engine, extract, projections).catch_up()
        yield engine
