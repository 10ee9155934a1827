"""Copies a ledger to another database while it is in use, pass by pass; decides nothing about it.

Events and checkpoints are only appended, so each pass copies those that are new. Keys, which are
also destroyed and wrapped again, and `ledger_info` are compared and brought to the same state. What
one pass brings but the events is one transaction, so that after it the copy is a whole ledger.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from ledger.errors import LedgerDamaged, StoreRejected, StoreUnavailable
from ledger.store import move_mark, sqlite
from ledger.store.engine import reading
from ledger.store.in_list import in_list
from ledger.store.schema import checkpoints, contact_keys, events, ledger_head, ledger_info
from ledger.store.store import Store

Progress = Callable[[int, int], None]

_BATCH_ROWS = 2000
_EVENTS = (
    sa.select(events)
    .where(events.c.seq > sa.bindparam("after"), events.c.seq <= sa.bindparam("until"))
    .order_by(events.c.seq)
    .limit(_BATCH_ROWS)
)
_LAST = sa.select(sa.func.max(events.c.seq))
_HEAD = sa.select(ledger_head)
_KEYS = sa.select(contact_keys).execution_options(yield_per=_BATCH_ROWS)
_KEYS_OF = sa.select(contact_keys).where(in_list(contact_keys.c.subject_id, "subjects"))
_SUBJECTS_OF = sa.select(contact_keys.c.subject_id).where(
    in_list(contact_keys.c.subject_id, "subjects")
)
_DROP_KEYS = sa.delete(contact_keys).where(in_list(contact_keys.c.subject_id, "subjects"))
_COUNTED = (contact_keys, checkpoints, ledger_info)
"""The head says how many events there are."""
_IS_NO_MARK = ledger_info.c.name != move_mark.NAME


@dataclass(frozen=True, kw_only=True)
class LedgerCopy:
    """The copy of the ledger in `source` that is in `target`, whose tables exist."""

    source: Store
    target: Store

    def copy(self, progress: Progress) -> int:
        """Make one pass, up to the head; return how many events were new.

        It continues an interrupted copy. Raises `StoreUnavailable`, and `LedgerDamaged`
        for an event that cannot be read, or that the new database cannot hold.
        """
        with reading(self.source.engine) as connection:
            head = connection.execute(_HEAD).one().seq
        first = last = self._last()
        last = self._copy_events(last, head, progress)
        with reading(self.source.engine, is_long=True, is_consistent=True) as connection:
            row = connection.execute(_HEAD).one()
            last = self._copy_events(last, row.seq, progress)
            with self.target.writing() as target:
                self._bring_keys(connection, target)
                self._bring_info(connection, target)
                self._append_checkpoints(connection, target)
                target.execute(sa.update(ledger_head), row._asdict())
        return last - first

    def continues(self) -> bool:
        """Whether the last event of the copy is that of the ledger; True for an empty copy."""
        leaf = sa.select(events.c.leaf).where(events.c.seq == (last := self._last()))
        with reading(self.source.engine) as source, reading(self.target.engine) as target:
            return not last or source.scalar(leaf) == target.scalar(leaf)

    def differing_counts(self) -> list[str]:
        """Return the tables whose number of rows differs; the row of the mark does not count."""
        with reading(self.source.engine) as source, reading(self.target.engine) as target:
            return [
                table.name
                for table in _COUNTED
                if source.scalar(_count_of(table)) != target.scalar(_count_of(table))
            ]

    def has_same_head(self) -> bool:
        """Whether both heads are the same: seq, time and Merkle frontier."""
        with reading(self.source.engine) as source, reading(self.target.engine) as target:
            return bool(source.execute(_HEAD).one() == target.execute(_HEAD).one())

    def _last(self) -> int:
        with reading(self.target.engine) as connection:
            return connection.scalar(_LAST) or 0

    def _copy_events(self, after: int, until: int, progress: Progress) -> int:
        """Copy the events of a range, a batch in a transaction of its own; return the last seq."""
        while after < until:
            rows = self._events(after, until)
            if not rows:
                return after  # the verification names what is missing
            with _naming(rows), self.target.writing() as target:
                self.target.insert(target, events, [tuple(row) for row in rows])
            after = rows[-1].seq
            progress(after, until)
        return after

    def _events(self, after: int, until: int) -> Sequence[sa.Row[Any]]:
        try:
            with reading(self.source.engine) as connection:
                return connection.execute(_EVENTS, {"after": after, "until": until}).all()
        except StoreUnavailable as error:
            if sqlite.is_broken_text(error.__cause__):
                raise _damaged(after + 1, min(after + _BATCH_ROWS, until)) from error
            raise

    def _bring_keys(self, source: sa.Connection, target: sa.Connection) -> None:
        """Add the keys that are missing, replace those that differ, and drop the others."""
        for rows in _batches(source):
            present = dict(_pairs(target.execute(_KEYS_OF, {"subjects": [s for s, _ in rows]})))
            changed = [row for row in rows if present.get(row[0]) != row[1]]
            if replaced := [subject for subject, _ in changed if subject in present]:
                target.execute(_DROP_KEYS, {"subjects": replaced})
            if changed:
                self.target.insert(target, contact_keys, changed)
        if source.scalar(_count_of(contact_keys)) == target.scalar(_count_of(contact_keys)):
            return
        dropped: list[str] = []
        for rows in _batches(target):
            subjects = {subject for subject, _ in rows}
            dropped += subjects - set(source.scalars(_SUBJECTS_OF, {"subjects": subjects}))
        target.execute(_DROP_KEYS, {"subjects": dropped})

    def _bring_info(self, source: sa.Connection, target: sa.Connection) -> None:
        rows = source.execute(sa.select(ledger_info).where(_IS_NO_MARK)).all()
        target.execute(sa.delete(ledger_info).where(_IS_NO_MARK))
        self.target.insert(target, ledger_info, [tuple(row) for row in rows])

    def _append_checkpoints(self, source: sa.Connection, target: sa.Connection) -> None:
        number = checkpoints.c.number
        last = target.scalar(sa.select(sa.func.max(number))) or 0
        new = sa.select(checkpoints).where(number > last).order_by(number)
        rows = [tuple(row) for row in source.execute(new)]
        if rows:
            self.target.insert(target, checkpoints, rows)
            _continue_numbers(target, rows[-1][0])


def _batches(connection: sa.Connection) -> Iterator[list[tuple[str, bytes]]]:
    for rows in connection.execute(_KEYS).partitions():
        yield list(_pairs(rows))


def _pairs(rows: Any) -> Iterator[tuple[str, bytes]]:
    return ((row.subject_id, row.wrapped_key) for row in rows)


def _count_of(table: sa.Table) -> sa.Select[int]:
    query = sa.select(sa.func.count()).select_from(table)
    return query.where(_IS_NO_MARK) if table is ledger_info else query


def _continue_numbers(connection: sa.Connection, number: int) -> None:
    """Let PostgreSQL number the next checkpoint after that one; SQLite does so by itself."""
    if connection.dialect.name == "postgresql":
        sequence = sa.func.pg_get_serial_sequence(checkpoints.name, checkpoints.c.number.name)
        connection.execute(sa.select(sa.func.setval(sequence, number)))


@contextmanager
def _naming(rows: Sequence[sa.Row[Any]]) -> Iterator[None]:
    """Name the events that the new database does not accept, as values of another type."""
    try:
        yield
    except StoreRejected as error:
        raise _damaged(rows[0].seq, rows[-1].seq) from error


def _damaged(first: int, last: int) -> LedgerDamaged:
    return LedgerDamaged(
        f"One of the events #{first} to #{last} holds what no event does. Nothing was moved. See "
        "what `delivery-ledger verify` says."
    )
