"""The rows of a contact file during a launch, kept on the disk where there are many."""

import sqlite3
import tempfile
import weakref
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Protocol, Self, TypeVar

import msgspec

from ledger.domain.events import FileRow
from ledger.domain.phone_spellings import spellings
from ledger.messages.consent_columns import WrittenConsent

_IN_MEMORY = 8 * 1024 * 1024
"""Bytes that are kept in memory before the disk is used."""
_ROWS_PER_BATCH = 500

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class ContactFileRow:
    """A contact that can be texted; `line` is where its row starts, `phone` is E.164."""

    line: int
    phone: str
    name: str
    fields: Mapping[str, str]
    zone: str = ""
    """The contact's time zone from the file, or else those of the number; blank: the school's."""
    consent: WrittenConsent | None = None
    """The consent in the file, where it has one."""
    cells: tuple[str, ...] = ()
    """The row as it stood in the file; none where the contacts come from elsewhere."""
    repeats: tuple[FileRow, ...] = ()
    """The later rows with the same number."""

    @property
    def file_rows(self) -> tuple[FileRow, ...]:
        """All rows of the file with this number, the texted one first."""
        return ((self.line, self.cells), *self.repeats) if self.cells else ()


class Rows(Protocol):
    """Contacts that can be counted, and iterated more than once."""

    def __len__(self) -> int: ...

    def __iter__(self) -> Iterator[ContactFileRow]: ...


class RowsOnDisk:
    """Rows in an unnamed temporary file, which is deleted with the last reference to this."""

    def __init__(self, rows: Iterable[ContactFileRow]) -> None:
        """Write all the rows, in their order."""
        self._file = tempfile.SpooledTemporaryFile(_IN_MEMORY)  # noqa: SIM115 - see finalize
        weakref.finalize(self, self._file.close)
        self._count = 0
        self._sizes: list[int] = []
        for batch in in_batches(rows, _ROWS_PER_BATCH):
            self._sizes.append(self._file.write(msgspec.msgpack.encode(batch)))
            self._count += len(batch)

    def __len__(self) -> int:
        return self._count

    def __iter__(self) -> Iterator[ContactFileRow]:
        start = 0
        for size in self._sizes:
            self._file.seek(start)
            yield from _decoder.decode(self._file.read(size))
            start += size


_decoder = msgspec.msgpack.Decoder(list[ContactFileRow])


class FirstLines:
    """Phone → the first line that has its number, in either spelling.

    SQLite in memory needs a fifth of what a dict needs.
    """

    def __init__(self) -> None:
        self._database = sqlite3.connect(":memory:", isolation_level=None)
        self._database.execute("CREATE TABLE first (number INTEGER PRIMARY KEY, line INTEGER)")
        self._database.execute("BEGIN")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._database.close()

    def of(self, phone: str) -> int | None:
        """Return the first line that has this E.164 number; None where no line has."""
        query = "SELECT line FROM first WHERE number = ?"
        row = self._database.execute(query, (_key(phone),)).fetchone()
        return row[0] if row else None

    def add(self, phone: str, line: int) -> bool:
        """Add a number, and return whether it is new: the line of an earlier one stays."""
        query = "INSERT OR IGNORE INTO first VALUES (?, ?)"
        return self._database.execute(query, (_key(phone), line)).rowcount == 1


def _key(phone: str) -> int:
    return int(spellings(phone)[0])


def in_batches(items: Iterable[T], size: int) -> Iterator[list[T]]:
    """Yield the items in lists of that size; the last may be shorter."""
    iterator = iter(items)
    while batch := list(islice(iterator, size)):
        yield batch
