"""How many requests a token may make in a minute, counted by all processes together.

    RateLimit-Policy: "default";q=600;w=60
    RateLimit: "default";r=599;t=42

as draft-ietf-httpapi-ratelimit-headers has it.
"""

from dataclasses import dataclass
from datetime import timedelta

import sqlalchemy as sa

from ledger.clock import Clock, to_microseconds
from ledger.store.engine import writing
from ledger.store.upsert import insert_into
from webapp.unwritten_counts import TablesAtFirstUse

MOST_REQUESTS = 600
WINDOW = timedelta(minutes=1)

metadata = sa.MetaData()

api_requests = sa.Table(
    "api_request_counts",
    metadata,
    sa.Column("token_id", sa.Text, primary_key=True),
    sa.Column("minute", sa.BigInteger, nullable=False, comment="microseconds since 1970 UTC"),
    sa.Column("requests", sa.BigInteger, nullable=False),
)


@dataclass(frozen=True)
class Allowance:
    """What is left to a token in the present minute."""

    remaining: int
    """Negative where the request was one too many."""
    seconds: int
    """Until the minute is over."""

    @property
    def headers(self) -> dict[str, str]:
        """The headers of every answer."""
        return {
            "RateLimit-Policy": f'"default";q={MOST_REQUESTS};w={WINDOW // timedelta(seconds=1)}',
            "RateLimit": f'"default";r={max(self.remaining, 0)};t={self.seconds}',
        }


class RequestCounts:
    """The counts of all tokens; raises `StoreUnavailable`."""

    def __init__(self, engine: sa.Engine, clock: Clock) -> None:
        self._engine, self._clock = engine, clock
        self._tables = TablesAtFirstUse(engine, metadata)

    def add(self, token_id: str) -> Allowance:
        """Count a request, and return what is left."""
        now = self._clock.now()
        minute = now.replace(second=0, microsecond=0)
        column, at = api_requests.c, to_microseconds(minute)
        new = insert_into(self._engine.dialect.name, api_requests)
        upsert = new.values(token_id=token_id, minute=at, requests=1).on_conflict_do_update(
            index_elements=["token_id"],
            set_={
                "requests": sa.case((column.minute == at, column.requests + 1), else_=1),
                "minute": at,
            },
        )
        self._tables.ensure()
        with writing(self._engine) as connection:
            count = connection.execute(upsert.returning(column.requests)).scalar_one()
        return Allowance(MOST_REQUESTS - count, -((now - minute - WINDOW) // timedelta(seconds=1)))
