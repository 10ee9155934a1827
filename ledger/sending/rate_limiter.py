"""The pace of sending, in segments a second, which all sender processes share; and who sends what.

Both lie in a small database of the senders' own. Nothing in it is a record of anything: what was
sent is in the ledger, which lets an attempt start only once whoever holds a claim.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa

from ledger.clock import Clock, from_microseconds, to_microseconds
from ledger.store.engine import reading, writing, writing_alone
from ledger.store.in_list import in_list

HORIZON_SECONDS = 1.0
"""So far ahead slots are given away; what would begin later stays free for whoever comes."""

_LEASE = timedelta(seconds=15)
"""A claim lasts so long beyond its slot, and then may be somebody else's."""

_SECOND = 1_000_000

_LONGEST_PACING = timedelta(seconds=10)
"""Slots that are only taken by other texts begin sooner; what lies further ahead is a hold."""

metadata = sa.MetaData()

paces = sa.Table(
    "paces",
    metadata,
    sa.Column("sender", sa.Text, primary_key=True, comment="a number or a messaging service"),
    sa.Column("free_at", sa.BigInteger, nullable=False, comment="when the next slot may begin"),
)
claims = sa.Table(
    "claims",
    metadata,
    sa.Column("delivery_id", sa.Text, primary_key=True),
    sa.Column("until", sa.BigInteger, nullable=False),
)
"""Times are microseconds since 1970 UTC."""

_CLAIMED = sa.select(claims.c.delivery_id)
_CLAIMED_AMONG = _CLAIMED.where(in_list(claims.c.delivery_id, "wanted"))
_RELEASE = sa.delete(claims).where(in_list(claims.c.delivery_id, "wanted"))
_NOW = sa.bindparam("now", type_=sa.BigInteger)
_LAPSED = sa.delete(claims).where(claims.c.until < _NOW)


@dataclass(frozen=True)
class SlotRequest:
    """A delivery that may be attempted, and how many segments its text has."""

    delivery_id: str
    segments: int


@dataclass(frozen=True)
class Slot:
    """A delivery that is ours to attempt, and how long it has to wait until then."""

    delivery_id: str
    wait_seconds: float


class RateLimiter:
    """The one pace of a sending number or messaging service; None sends without a pause."""

    def __init__(
        self, engine: sa.Engine, clock: Clock, sender: str, segments_per_second: float | None
    ) -> None:
        """Make the tables where they are missing; raises `StoreUnavailable`, as everything here."""
        self._engine, self._clock = engine, clock
        self._sender, self._rate = sender, segments_per_second
        with writing_alone(engine) as connection:
            metadata.create_all(connection)
            known = sa.select(paces.c.sender).where(paces.c.sender == sender)
            if connection.execute(known).one_or_none() is None:
                connection.execute(sa.insert(paces).values(sender=sender, free_at=0))

    def claimed(self) -> list[str]:
        """The deliveries that some process is about to attempt."""
        query = _CLAIMED.where(claims.c.until >= _NOW)
        with reading(self._engine) as connection:
            return list(connection.scalars(query, {"now": self._now()}))

    def take(self, wishes: Sequence[SlotRequest]) -> list[Slot]:
        """Claim what nobody else has claimed, in order, as far as the slots reach."""
        with writing(self._engine) as connection:
            free_at = connection.scalar(self._row().with_for_update()) or 0
            now = self._now()
            connection.execute(_LAPSED, {"now": now})
            taken = set(
                connection.scalars(_CLAIMED_AMONG, {"wanted": [w.delivery_id for w in wishes]})
            )
            free = [wish for wish in wishes if wish.delivery_id not in taken]
            begins = list(slots(free_at, now, [w.segments for w in free], self._rate))
            mine = list(zip(free, begins, strict=False))
            if not mine:
                return []
            if self._rate:
                last, begin = mine[-1]
                self._move(connection, _ends(begin, last.segments, self._rate))
            lease = int(_LEASE / timedelta(microseconds=1))
            rows = [{"delivery_id": w.delivery_id, "until": begin + lease} for w, begin in mine]
            connection.execute(sa.insert(claims), rows)
        return [Slot(w.delivery_id, max(0, begin - now) / _SECOND) for w, begin in mine]

    def release(self, delivery_ids: Iterable[str]) -> None:
        """These were attempted, or will not be."""
        if wanted := list(delivery_ids):
            with writing(self._engine) as connection:
                connection.execute(_RELEASE, {"wanted": wanted})

    def hold(self, seconds: float) -> None:
        """Let no process send for so long: the provider asked for it."""
        with writing(self._engine) as connection:
            free_at = connection.scalar(self._row().with_for_update()) or 0
            until = self._now() + int(seconds * _SECOND)
            self._move(connection, max(free_at, until))

    def held_until(self) -> datetime | None:
        """Until when the provider has asked for no texts; None where that is no matter."""
        with reading(self._engine) as connection:
            free_at = from_microseconds(connection.scalar(self._row()) or 0)
        return free_at if free_at > self._clock.now() + _LONGEST_PACING else None

    def _row(self) -> sa.Select[int]:
        return sa.select(paces.c.free_at).where(paces.c.sender == self._sender)

    def _move(self, connection: sa.Connection, free_at: int) -> None:
        moved = sa.update(paces).where(paces.c.sender == self._sender)
        connection.execute(moved.values(free_at=free_at))

    def _now(self) -> int:
        return to_microseconds(self._clock.now())


def slots(free_at: int, now: int, segments: Iterable[int], rate: float | None) -> Iterator[int]:
    """When each text may begin, up to the horizon: behind the segments of those before it.

    Times are microseconds. An idle hour saves up no burst.
    """
    begins = max(free_at, now)
    for count in segments:
        if begins > now + HORIZON_SECONDS * _SECOND:
            return
        yield begins
        begins = _ends(begins, count, rate) if rate else begins


def _ends(begins: int, segments: int, rate: float) -> int:
    return begins + round(segments * _SECOND / rate)
