"""The rate limit in segments a second, which all sender processes share, and their claims.

Both are stored in a small database of the senders' own, which can be lost without harm: what was
sent is in the ledger, which lets an attempt start only once, with or without a claim.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa

from ledger.clock import Clock, from_microseconds, to_microseconds
from ledger.store.engine import reading, writing, writing_alone
from ledger.store.in_list import in_list

AHEAD_SECONDS = 1.0
"""How far ahead slots are given; later ones stay free for other senders."""

_LEASE = timedelta(seconds=15)
"""How long after its slot a claim ends, so that another sender can take the text."""

_SECOND = 1_000_000
"""In microseconds."""

_LONGEST_QUEUE = timedelta(seconds=10)
"""Taken slots alone reach no further ahead; a later free slot means that sending is blocked."""

metadata = sa.MetaData()

rate_limits = sa.Table(
    "rate_limits",
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
_CLAIMED_OF = _CLAIMED.where(in_list(claims.c.delivery_id, "delivery_ids"))
_RELEASE = sa.delete(claims).where(in_list(claims.c.delivery_id, "delivery_ids"))
_NOW = sa.bindparam("now", type_=sa.BigInteger)
_LAPSED = sa.delete(claims).where(claims.c.until < _NOW)


@dataclass(frozen=True)
class SlotRequest:
    """A delivery that may be attempted, and how many segments its text has."""

    delivery_id: str
    segments: int


@dataclass(frozen=True)
class Slot:
    """A delivery that this process has claimed, and how long to wait before its attempt."""

    delivery_id: str
    wait_seconds: float


class RateLimiter:
    """The rate limit of one sending number or messaging service; a rate of None is no limit."""

    def __init__(
        self, engine: sa.Engine, clock: Clock, sender: str, segments_per_second: float | None
    ) -> None:
        """Create the tables where they are missing. Every method raises `StoreUnavailable`."""
        self._engine, self._clock = engine, clock
        self._sender, self._rate = sender, segments_per_second
        with writing_alone(engine) as connection:
            metadata.create_all(connection)
            row = sa.select(rate_limits.c.sender).where(rate_limits.c.sender == sender)
            if connection.execute(row).one_or_none() is None:
                connection.execute(sa.insert(rate_limits).values(sender=sender, free_at=0))

    def claimed_ids(self) -> list[str]:
        """The ids of the deliveries that some process is about to attempt."""
        query = _CLAIMED.where(claims.c.until >= _NOW)
        with reading(self._engine) as connection:
            return list(connection.scalars(query, {"now": self._now()}))

    def claim_slots(self, requests: Sequence[SlotRequest]) -> list[Slot]:
        """Claim the unclaimed deliveries in order, as many as there are slots."""
        with writing(self._engine) as connection:
            free_at = connection.scalar(self._row().with_for_update()) or 0
            now = self._now()
            connection.execute(_LAPSED, {"now": now})
            delivery_ids = [request.delivery_id for request in requests]
            claimed = set(connection.scalars(_CLAIMED_OF, {"delivery_ids": delivery_ids}))
            free = [request for request in requests if request.delivery_id not in claimed]
            begins = slots(free_at, now, [request.segments for request in free], self._rate)
            given = list(zip(free, begins, strict=False))
            if not given:
                return []
            if self._rate:
                last, begin = given[-1]
                self._set_free_at(connection, _ends(begin, last.segments, self._rate))
            lease = int(_LEASE / timedelta(microseconds=1))
            rows = [
                {"delivery_id": request.delivery_id, "until": begin + lease}
                for request, begin in given
            ]
            connection.execute(sa.insert(claims), rows)
        return [
            Slot(request.delivery_id, max(0, begin - now) / _SECOND) for request, begin in given
        ]

    def release(self, delivery_ids: Iterable[str]) -> None:
        """Give up the claims on these deliveries."""
        if released := list(delivery_ids):
            with writing(self._engine) as connection:
                connection.execute(_RELEASE, {"delivery_ids": released})

    def block_for(self, seconds: float) -> None:
        """Give no slot to any process for that time, because the provider asked for it."""
        with writing(self._engine) as connection:
            free_at = connection.scalar(self._row().with_for_update()) or 0
            until = self._now() + int(seconds * _SECOND)
            self._set_free_at(connection, max(free_at, until))

    def seconds_until_slot(self) -> float:
        """How long no process gets a slot, by the rate or because the provider asked for it."""
        with reading(self._engine) as connection:
            free_at = connection.scalar(self._row()) or 0
        return max(0.0, (free_at - self._now()) / _SECOND - AHEAD_SECONDS)

    def blocked_until(self) -> datetime | None:
        """Until when the provider has asked for no texts; None while slots are given."""
        with reading(self._engine) as connection:
            free_at = from_microseconds(connection.scalar(self._row()) or 0)
        return free_at if free_at > self._clock.now() + _LONGEST_QUEUE else None

    def _row(self) -> sa.Select[int]:
        return sa.select(rate_limits.c.free_at).where(rate_limits.c.sender == self._sender)

    def _set_free_at(self, connection: sa.Connection, free_at: int) -> None:
        update = sa.update(rate_limits).where(rate_limits.c.sender == self._sender)
        connection.execute(update.values(free_at=free_at))

    def _now(self) -> int:
        return to_microseconds(self._clock.now())


def slots(free_at: int, now: int, segments: Iterable[int], rate: float | None) -> Iterator[int]:
    """The slot of each text, behind the segments of the texts before it, `AHEAD_SECONDS` at most.

    Times are microseconds. Time without sending allows no burst afterwards.
    """
    begins = max(free_at, now)
    for count in segments:
        if begins > now + AHEAD_SECONDS * _SECOND:
            return
        yield begins
        begins = _ends(begins, count, rate) if rate else begins


def _ends(begins: int, segments: int, rate: float) -> int:
    return begins + round(segments * _SECOND / rate)
