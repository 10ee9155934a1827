"""The snapshot of the views: a copy of all tables as they were at a checkpoint of the ledger.

Views that were lost are filled from it, and from the events after it. It is used only where it is
proven; it may be deleted at any time, and is deleted when personal data is forgotten.
"""

import hashlib
import logging
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Protocol

import msgspec
import sqlalchemy as sa

from ledger.lazy_property import lazy_property
from ledger.store.engine import reading, writing
from projections.engine import position
from projections.engine.applier import EventSource
from projections.engine.compare import Difference, compare, stored_rows
from projections.engine.position import position_of
from projections.engine.row_errors import cause_of, is_about_rows
from projections.engine.snapshot_record import (
    SnapshotRecord,
    is_of_present_epoch,
    present_epoch,
    snapshot_metadata,
    snapshot_record,
)
from projections.engine.view_store import ViewStore

_encode = msgspec.msgpack.Encoder().encode
_log = logging.getLogger(__name__)


UNREADABLE = Difference("snapshot", None, None)
"""There is a snapshot, and it cannot be read."""
UNPROVEN = Difference(f"snapshot.{snapshot_record.name}", {"code": "not what the rows give"}, None)
"""Its rows are right, and the code that is to prove them is not theirs."""


class SnapshotProof(Protocol):
    """What the snapshot is proven by."""

    def newest_size(self) -> int:
        """Return the size of the newest checkpoint; 0 before the first."""

    def code_of(self, digest: bytes) -> bytes:
        """Return the code that only this program makes for a snapshot with this digest."""

    def statuses_fault(self, connection: sa.Connection, size: int) -> str | None:
        """Say why the rows are not proven by the checkpoint of that size; None where they are."""


class Snapshots:
    """Makes, proves, loads, compares and deletes the snapshot of one ledger's views.

    Attributes:
        refusals: How many snapshots were not what was made, since the start of the process.
    """

    def __init__(
        self,
        view_store: ViewStore,
        source: EventSource,
        new_proof: Callable[[], SnapshotProof],
        views: Sequence[sa.MetaData],
    ) -> None:
        """`views` are all tables of the views but that of the position."""
        self.refusals = 0
        self._view_store = view_store
        self._source = source
        self._new_proof = new_proof
        self._views = [table for metadata in views for table in metadata.sorted_tables]
        self._metadata = [position.metadata, *views]

    @lazy_property
    def _proof(self) -> SnapshotProof:
        return self._new_proof()

    def exists(self) -> bool:
        """Whether there is a snapshot, of whatever kind."""
        with self._view_store.snapshot() as engine:
            return engine is not None

    def size(self) -> int:
        """Return how many events the snapshot saves reading; 0 without one that may be used."""
        record = self._usable()
        return record.seq if record else 0

    # Loading.

    def load(self, rebuilt: sa.Engine) -> bool:
        """Fill the empty database of a rebuild from the snapshot, and prove the copy.

        False where there is none, or none of this ledger, generation and key epoch. One that is not
        what was made is deleted, and False is returned; the database must be emptied then.
        """
        try:
            record = self._read()
            if record is None:
                return False
            self._view_store.load_snapshot(self._metadata)
            with reading(rebuilt, is_long=True) as connection:
                fault = self._fault(connection, record)
        except Exception as error:
            if not self._is_unreadable(error):
                raise
            fault = "its database is damaged"
        if fault:
            self.refusals += 1
            _log.error("The snapshot of the views is not used, and was deleted: %s.", fault)
            self._view_store.discard_snapshot()
        return not fault

    def _fault(self, connection: sa.Connection, record: SnapshotRecord) -> str | None:
        if self._code(connection, record.key_epoch) != record.code:
            return "its rows are not those that were recorded"
        return self._proof.statuses_fault(connection, position_of(connection).seq)

    def _code(self, connection: sa.Connection, key_epoch: int) -> bytes:
        digest = hashlib.sha256(_encode(key_epoch))
        for table in (position.position_table, *self._views):
            digest.update(_encode(str(table.name)))
            for part in connection.execute(stored_rows(table)).partitions():
                digest.update(_encode([tuple(row) for row in part]))
        return self._proof.code_of(digest.digest())

    def is_unreadable(self) -> bool:
        """Whether there is a snapshot that cannot be read."""
        try:
            self._read()
        except Exception as error:
            if not self._is_unreadable(error):
                raise
            return True
        return False

    def _usable(self) -> SnapshotRecord | None:
        """Do as `_read`; None for a snapshot that cannot be read, too."""
        try:
            return self._read()
        except Exception as error:
            if not self._is_unreadable(error):
                raise
            return None

    def _is_unreadable(self, error: Exception) -> bool:
        return self._view_store.is_damaged(cause_of(error)) or is_about_rows(error)

    def _read(self) -> SnapshotRecord | None:
        """Return the record of the snapshot, if that is of this ledger, generation and epoch."""
        with self._view_store.snapshot() as engine:
            if engine is None:
                return None
            with reading(engine) as connection:
                if not position.is_valid(connection, self._source.ledger_id):
                    return None
                row = connection.execute(sa.select(snapshot_record)).one()
                if row.key_epoch != present_epoch(connection):
                    return None
                return SnapshotRecord(position_of(connection).seq, row.key_epoch, row.code)

    # Making and comparing.

    def stop(self, until: int, *, is_kept: bool) -> int:
        """Return the seq at which a rebuild up to `until` should call `differences`; 0 for never.

        Where `is_kept`, that is the size of the newest checkpoint, else the seq of the snapshot, or
        `until` for one that cannot be read.
        """
        if is_kept:
            seq = self._proof.newest_size()
        else:
            seq = until if self.is_unreadable() else self.size()
        return seq if seq <= until else 0

    def differences(
        self, rebuilt: sa.Engine, key_epoch: int, *, is_kept: bool
    ) -> Iterator[Difference]:
        """Yield every row in which the snapshot differs from a rebuild up to the same seq.

        Where `is_kept`, the rebuild is made the snapshot, if there was none of this seq, or if it
        cannot be read or a row differs. `key_epoch` is that of the source before the rebuild began.
        """
        with reading(rebuilt) as connection:
            seq = position_of(connection).seq
        is_right = not self.is_unreadable() and self.size() == seq
        if is_right:
            for difference in self._compare(rebuilt):
                is_right = False
                yield replace(difference, table=f"snapshot.{difference.table}")
                if difference.is_unreadable:
                    break
        elif self.is_unreadable():
            yield UNREADABLE
            if is_kept:
                self._view_store.discard_snapshot()
        if is_right and not is_kept and not self._is_proven():
            yield UNPROVEN
        if is_kept and not is_right:
            self._keep(rebuilt, key_epoch)

    def _compare(self, rebuilt: sa.Engine) -> Iterator[Difference]:
        with self._view_store.snapshot() as engine:
            if engine is None:
                return
            with reading(engine, is_long=True) as kept, reading(rebuilt, is_long=True) as events:
                for table in self._views:
                    yield from compare(table, kept, events)

    def _is_proven(self) -> bool:
        """Whether the snapshot has the code that was recorded with it."""
        record = self._read()
        with self._view_store.snapshot() as engine:
            if record is None or engine is None:
                return True  # it was deleted meanwhile
            with reading(engine, is_long=True) as connection:
                return self._code(connection, record.key_epoch) == record.code

    def _keep(self, rebuilt: sa.Engine, key_epoch: int) -> None:
        try:
            with writing(rebuilt, is_long=True) as connection:
                fault = self._seal(connection, key_epoch)
        except Exception as error:
            if not self._is_unreadable(error):
                raise
            fault = "an event, or a row that comes of it, cannot be read"
        if fault:
            _log.error("No snapshot of the views is made: %s.", fault)
            return
        self._view_store.keep_snapshot([*self._metadata, snapshot_metadata])
        self.discard_old()  # somebody may have been forgotten since the rebuild began

    def _seal(self, connection: sa.Connection, key_epoch: int) -> str | None:
        """Store the record of these rows; or say why they are not proven."""
        fault = self._proof.statuses_fault(connection, position_of(connection).seq)
        if fault:
            return fault
        snapshot_metadata.create_all(connection)
        code = self._code(connection, key_epoch)
        connection.execute(sa.insert(snapshot_record).values(key_epoch=key_epoch, code=code))
        return None

    def discard_old(self) -> None:
        """Delete the snapshot if a key was destroyed since, or if it cannot be read.

        Raises `StoreUnavailable`.
        """
        with self._view_store.snapshot() as engine:
            is_old = engine is not None and not is_of_present_epoch(engine)
        if is_old:
            self._view_store.discard_snapshot()
