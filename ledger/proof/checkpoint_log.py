"""Makes and signs checkpoints when they are due, and stores all of them in the ledger."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from ledger.clock import Clock, from_microseconds, to_microseconds
from ledger.domain.events import CampaignArchived
from ledger.errors import LedgerDamaged, Refused
from ledger.proof.checkpoint import Checkpoint, origin_of
from ledger.proof.signed_note import NamedKey, sign
from ledger.proof.signing_keys import KeyFile, SigningKeys
from ledger.proof.standings_digest import FACT_COLUMNS, Standings, digest_of
from ledger.proof.table_scan import parts, scanning
from ledger.store.engine import reading
from ledger.store.merkle import Frontier
from ledger.store.schema import checkpoints, events, ledger_head
from ledger.store.store import Store


@dataclass(frozen=True, kw_only=True)
class CheckpointInterval:
    """When a checkpoint is due: that many events or minutes after the last one."""

    events: int
    minutes: float


@dataclass(frozen=True)
class KeptCheckpoint:
    """A checkpoint as the ledger stores it."""

    size: int
    made_at: datetime
    frontier: Frontier
    note: str


_ALL = sa.select(checkpoints).order_by(checkpoints.c.number)
_NONE_YET = KeptCheckpoint(0, from_microseconds(0), Frontier(), "")


class Checkpoints:
    """The checkpoints of one ledger. One thread makes them; any thread may read them."""

    def __init__(
        self,
        store: Store,
        clock: Clock,
        ledger_id: str,
        key_file: KeyFile,
        interval: CheckpointInterval,
    ) -> None:
        self._store = store
        self._clock = clock
        self._origin = origin_of(ledger_id)
        self._key_file = key_file
        self._interval = interval
        self._searched = 0
        self._digests = _Digests()

    # Reading.

    def kept(self, *, until: int) -> list[KeptCheckpoint]:
        """Every checkpoint of at most that size, the oldest first."""
        return self._select(_ALL.where(checkpoints.c.size <= until))

    def latest(self) -> KeptCheckpoint | None:
        """The newest checkpoint; None before the first."""
        newest_first = _ALL.order_by(None).order_by(checkpoints.c.number.desc())
        newest = self._select(newest_first.limit(1))
        return newest[0] if newest else None

    def keys(self) -> list[NamedKey]:
        """The public keys of all checkpoints, the present one first; none without a key file."""
        keys = self._key_file.read()
        return keys.named(self._origin) if keys else []

    # Making.

    def make_if_due(self) -> KeptCheckpoint | None:
        """Make a checkpoint if the interval is over, or a campaign was archived."""
        return self.make() if self._is_due() else None

    def make(self) -> KeptCheckpoint:
        """Make a checkpoint of the present ledger; return the newest one if nothing was added.

        Raises `BadSetting` for a key that cannot be used, `LedgerDamaged` if the ledger does not
        continue the last checkpoint, `Refused` while it is empty, and `StoreUnavailable`.
        """
        latest = self.latest()
        if latest and latest.size == self._head():
            return latest
        return self._sign([self._key_file.read_or_make()])

    def rotate_key(self) -> KeptCheckpoint:
        """Make a checkpoint signed by the present key and by a new one, which then replaces it.

        Raises what `make` raises.
        """
        present = self._key_file.read_or_make()
        following = present.rotated()
        made = self._sign([present, following])
        self._key_file.replace(following)
        return made

    def _is_due(self) -> bool:
        latest = self.latest() or _NONE_YET
        head = self._head()
        age = self._clock.now() - latest.made_at
        return head > latest.size and (
            head - latest.size >= self._interval.events
            or age >= timedelta(minutes=self._interval.minutes)
            or self._was_archived(after=latest.size, until=head)
        )

    def _was_archived(self, *, after: int, until: int) -> bool:
        """Whether a campaign was archived in that range; events are searched only once."""
        start, self._searched = max(after, self._searched), until
        query = sa.select(events.c.seq).where(
            events.c.seq > start,
            events.c.seq <= until,
            events.c.topic == CampaignArchived.topic,
        )
        with reading(self._store.engine) as connection:
            return connection.execute(query.limit(1)).first() is not None

    def _sign(self, keys: Sequence[SigningKeys]) -> KeptCheckpoint:
        latest = self.latest() or _NONE_YET
        if self._head() == 0:
            raise Refused("The ledger is empty; there is nothing to make a checkpoint of.")
        with scanning(self._store.engine) as connection:
            frontier = _grown(connection, latest.frontier)
            digests = self._digests.at(connection, frontier.size)
        checkpoint = Checkpoint(
            origin=self._origin,
            size=frontier.size,
            root=frontier.root(),
            standings=digest_of(digests.values()),
        )
        note = sign(str(checkpoint), self._origin, [key.signing for key in keys])
        made = KeptCheckpoint(frontier.size, self._clock.now(), frontier, note)
        self._keep(made)
        return made

    def _keep(self, made: KeptCheckpoint) -> None:
        values = {
            "size": made.size,
            "made_at": to_microseconds(made.made_at),
            "frontier": made.frontier.to_bytes(),
            "note": made.note,
        }
        with self._store.writing() as connection:
            connection.execute(sa.insert(checkpoints).values(values))

    def _head(self) -> int:
        with reading(self._store.engine) as connection:
            head: int = connection.scalar(sa.select(ledger_head.c.seq)) or 0
        return head

    def _select(self, query: sa.Select[Any]) -> list[KeptCheckpoint]:
        with reading(self._store.engine) as connection:
            return [_kept(row) for row in connection.execute(query)]


def _kept(row: sa.Row[Any]) -> KeptCheckpoint:
    frontier = Frontier.from_bytes(row.size, row.frontier)
    return KeptCheckpoint(row.size, from_microseconds(row.made_at), frontier, row.note)


_PART = 4096


class _Digests:
    """The campaigns' digests at a growing size; only campaigns with new events are folded."""

    def __init__(self) -> None:
        self._size = 0
        self._digests: dict[str, bytes] = {}

    def at(self, connection: sa.Connection, size: int) -> dict[str, bytes]:
        """Return campaign id → digest, in the order of ids."""
        changed = (
            sa.select(events.c.campaign_id)
            .distinct()
            .where(events.c.seq > self._size, events.c.seq <= size)
            .where(events.c.delivery_id.is_not(None))
        )
        for campaign in connection.scalars(changed).all():
            self._digests |= _folded(connection, campaign, size)
        self._size = size
        return dict(sorted(self._digests.items()))


def _folded(connection: sa.Connection, campaign: str, size: int) -> dict[str, bytes]:
    """Return campaign id → digest of that campaign at that size."""
    columns = [events.c[name] for name in FACT_COLUMNS]
    query = sa.select(*columns).where(events.c.campaign_id == campaign, events.c.seq <= size)
    query = query.order_by(events.c.seq).execution_options(yield_per=_PART)
    standings = Standings()
    standings.take(connection.execute(query))
    return standings.digests()


def _grown(connection: sa.Connection, before: Frontier) -> Frontier:
    """The frontier at the head, computed from that of the last checkpoint."""
    head = connection.execute(sa.select(ledger_head)).one()
    grown = before
    for rows in parts(connection, head.seq, after=before.size, columns=["leaf"]):
        grown = grown.extended(leaf for (leaf,) in rows)
    if (grown.size, grown.to_bytes()) != (head.seq, head.frontier):
        raise LedgerDamaged(
            "The ledger is not what its last checkpoint said, grown further; no checkpoint is "
            "made of it. See what `delivery-ledger verify` says."
        )
    return grown
