"""What each process of the ledger says of itself, every few seconds, for the others.

The rows are in the senders' small database, which may be lost. So whichever process is asked can
answer for all, also for a sender, which listens nowhere.
"""

import os
import secrets
import socket
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import msgspec
import sqlalchemy as sa

from ledger.clock import Clock, from_microseconds, to_microseconds
from ledger.store.distribution import Distribution
from ledger.store.engine import reading, writing, writing_alone
from ledger.store.upsert import insert_into
from webapp.metrics.roles import Role

SEEN_WITHIN = timedelta(minutes=1)
"""A process that runs has written its numbers in this time."""
_REMEMBERED = timedelta(hours=1)
"""How long a process that stopped writing is shown as missing."""

metadata = sa.MetaData()

process_numbers = sa.Table(
    "process_numbers",
    metadata,
    sa.Column("process_id", sa.Text, primary_key=True),
    sa.Column("host", sa.Text, nullable=False),
    sa.Column("number", sa.BigInteger, nullable=False, comment="of the process on that machine"),
    sa.Column("roles", sa.Text, nullable=False, comment="pages callbacks"),
    sa.Column("started_at", sa.BigInteger, nullable=False),
    sa.Column("seen_at", sa.BigInteger, nullable=False, comment="microseconds since 1970 UTC"),
    sa.Column("numbers", sa.Text, nullable=False, comment="JSON of `Numbers`"),
)


@dataclass(frozen=True, kw_only=True)
class Numbers:
    """What a process has counted since its start. Every field has a default, as versions differ."""

    callbacks: dict[str, int] = field(default_factory=dict)
    """"recorded", "repeated", "refused" and "unavailable"."""
    sign_ins: dict[str, int] = field(default_factory=dict)
    """"failed", "waited" and "busy"."""
    answers: dict[str, int] = field(default_factory=dict)
    """Twilio's answers to texts, by kind."""
    is_breaker_open: bool = False
    sending_problems: dict[str, str] = field(default_factory=dict)
    """Why a `SendingPart` does not run; without those that run."""
    commit_sizes: Distribution = field(default_factory=lambda: Distribution(()))
    commit_waits: Distribution = field(default_factory=lambda: Distribution(()))
    unrecorded_accesses: int = 0


@dataclass(frozen=True, kw_only=True)
class Process:
    """A process of this ledger, on any machine."""

    host: str
    number: int
    roles: Collection[Role]
    started_at: datetime
    seen_at: datetime
    numbers: Numbers

    @property
    def name(self) -> str:
        """Such as "web1:4242"."""
        return f"{self.host}:{self.number}"

    def is_running(self, now: datetime) -> bool:
        """Whether it has said so lately."""
        return now - self.seen_at < SEEN_WITHIN


class Processes:
    """Writes the row of this process, and reads those of all."""

    def __init__(self, engine: sa.Engine, clock: Clock) -> None:
        """Create the table where it is missing. Every method raises `StoreUnavailable`."""
        self._engine, self._clock = engine, clock
        self._id = secrets.token_hex(8)
        self._started_at = clock.now()
        with writing_alone(engine) as connection:
            metadata.create_all(connection)

    def this(self, roles: Collection[Role], numbers: Numbers) -> Process:
        """Return this process with its numbers of this moment."""
        return Process(
            host=socket.gethostname(),
            number=os.getpid(),
            roles=[role for role in Role if role in roles],
            started_at=self._started_at,
            seen_at=self._clock.now(),
            numbers=numbers,
        )

    def write(self, process: Process) -> None:
        """Write the row of this process, and remove those of processes that are long gone."""
        values = {
            "host": process.host,
            "number": process.number,
            "roles": " ".join(process.roles),
            "started_at": to_microseconds(process.started_at),
            "seen_at": to_microseconds(process.seen_at),
            "numbers": msgspec.json.encode(process.numbers).decode(),
        }
        row = process_numbers.c
        new = insert_into(self._engine.dialect.name, process_numbers)
        upsert = new.values(process_id=self._id, **values).on_conflict_do_update(
            index_elements=[row.process_id], set_=values
        )
        gone = row.seen_at < to_microseconds(process.seen_at - _REMEMBERED)
        with writing(self._engine) as connection:
            connection.execute(upsert)
            connection.execute(sa.delete(process_numbers).where(gone))

    def remove(self) -> None:
        """Remove the row of this process, which ends in good order."""
        of_this = process_numbers.c.process_id == self._id
        with writing(self._engine) as connection:
            connection.execute(sa.delete(process_numbers).where(of_this))

    def others(self) -> list[Process]:
        """Return the other processes that wrote within the last hour, the oldest first."""
        row = process_numbers.c
        since = to_microseconds(self._clock.now() - _REMEMBERED)
        query = sa.select(process_numbers).where(row.process_id != self._id, row.seen_at >= since)
        with reading(self._engine) as connection:
            rows = connection.execute(query.order_by(row.started_at, row.process_id)).all()
        return [_process(row) for row in rows]


def _process(row: "sa.Row[tuple[object, ...]]") -> Process:
    return Process(
        host=row.host,
        number=row.number,
        roles=[role for role in Role if role in row.roles.split()],
        started_at=from_microseconds(row.started_at),
        seen_at=from_microseconds(row.seen_at),
        numbers=_numbers(row.numbers),
    )


def _numbers(text: str) -> Numbers:
    """Return what a process wrote; nothing where a later version writes something else."""
    try:
        return msgspec.json.decode(text, type=Numbers)
    except msgspec.MsgspecError:
        return Numbers()
