"""How far the collecting of prices has come: one pass over the provider's list for each day.

The passes are in the senders' own database, shared by all processes. What is lost there is read
again, and a price that is known already is not recorded again.
"""

from dataclasses import dataclass
from datetime import date, datetime

import sqlalchemy as sa

from ledger.clock import from_microseconds, to_microseconds
from ledger.store.engine import reading, writing, writing_alone
from ledger.store.upsert import insert_into

metadata = sa.MetaData()

price_passes = sa.Table(
    "price_passes",
    metadata,
    sa.Column("day", sa.Text, primary_key=True, comment="of UTC, such as 2026-11-27"),
    sa.Column("began_at", sa.BigInteger, nullable=False, comment="of the last pass"),
    sa.Column("is_open", sa.Boolean, nullable=False, comment="whether it has pages left"),
    sa.Column("next_page", sa.Text, comment="NULL: the first one"),
    sa.Column("read_at", sa.BigInteger, nullable=False, comment="of the last page; 0: none yet"),
)


@dataclass(frozen=True, kw_only=True)
class PricePass:
    """The last pass over the texts of a day."""

    day: date
    began_at: datetime
    is_open: bool
    next_page: str | None


class PricePasses:
    """Reads and writes the passes. Every method raises `StoreUnavailable`."""

    def __init__(self, engine: sa.Engine) -> None:
        """Create the table where it is missing."""
        self._engine = engine
        with writing_alone(engine) as connection:
            metadata.create_all(connection)

    def all(self) -> dict[date, PricePass]:
        """Return day → its last pass."""
        with reading(self._engine) as connection:
            rows = connection.execute(sa.select(price_passes)).all()
        return {
            date.fromisoformat(row.day): PricePass(
                day=date.fromisoformat(row.day),
                began_at=from_microseconds(row.began_at),
                is_open=row.is_open,
                next_page=row.next_page,
            )
            for row in rows
        }

    def begin(self, day: date, at: datetime, *, is_open: bool) -> PricePass:
        """Begin a pass; with `is_open` as False, note only that the day has no texts to look up."""
        values = {"began_at": to_microseconds(at), "is_open": is_open, "next_page": None}
        with writing(self._engine) as connection:
            query = insert_into(connection.dialect.name, price_passes)
            connection.execute(
                query.values(day=day.isoformat(), read_at=0, **values).on_conflict_do_update(
                    index_elements=[price_passes.c.day], set_=values
                )
            )
        return PricePass(day=day, began_at=at, is_open=is_open, next_page=None)

    def advance(self, day: date, next_page: str | None, at: datetime) -> None:
        """Note that a page was read; the pass ends where there is no next one."""
        self._set(
            day, next_page=next_page, is_open=next_page is not None, read_at=to_microseconds(at)
        )

    def restart(self, day: date) -> None:
        """Let the pass begin again with its first page."""
        self._set(day, next_page=None)

    def forget_before(self, day: date) -> None:
        """Delete the passes of days before that one."""
        with writing(self._engine) as connection:
            connection.execute(sa.delete(price_passes).where(price_passes.c.day < day.isoformat()))

    def last_read_at(self) -> datetime | None:
        """Return when a page was last read; None before the first one."""
        with reading(self._engine) as connection:
            at = connection.scalar(sa.select(sa.func.max(price_passes.c.read_at)))
        return from_microseconds(at) if at else None

    def _set(self, day: date, **values: object) -> None:
        with writing(self._engine) as connection:
            of_day = sa.update(price_passes).where(price_passes.c.day == day.isoformat())
            connection.execute(of_day.values(**values))
