"""Contacts on their way into a campaign: kept on the disk while there are many of them."""

import sqlite3
import tempfile
import weakref
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Protocol, Self, TypeVar

import msgspec

_IN_MEMORY = 8 * 1024 * 1024
"""Bytes that a spool keeps off the disk."""
_TOGETHER = 500

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class ContactFileRow:
    """A contact that can be texted; `line` is where its row starts, `phone` is E.164."""

    line: int
    phone: str
    name: str
    fields: Mapping[str, str]
    zone: str = ""
    """The contact's time zone, where the file or the number tells it."""


class Rows(Protocol):
    """Contacts that are counted, and can be walked through more than once."""

    def __len__(self) -> int: ...

    def __iter__(self) -> Iterator[ContactFileRow]: ...


class RowsOnDisk:
    """Rows in a temporary file without a name, which goes with the last reference to this."""

    def __init__(self, rows: Iterable[ContactFileRow]) -> None:
        """Take all of them, in their order."""
        self._file = tempfile.SpooledTemporaryFile(_IN_MEMORY)  # noqa: SIM115 - see finalize
        weakref.finalize(self, self._file.close)
        self._count = 0
        self._sizes: list[int] = []
        for part in in_batches(rows, _TOGETHER):
            self._sizes.append(self._file.write(msgspec.msgpack.encode(part)))
            self._count += len(part)

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
    """Number → the line that had it first; in SQLite's memory, a fifth of a dict."""

    def __init__(self) -> None:
        self._database = sqlite3.connect(":memory:", isolation_level=None)
        self._database.execute("CREATE TABLE first (number INTEGER PRIMARY KEY, line INTEGER)")
        self._database.execute("BEGIN")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._database.close()

    def of(self, phone: str) -> int | None:
        """The line that had this E.164 number first; None where none had."""
        query = "SELECT line FROM first WHERE number = ?"
        found = self._database.execute(query, (int(phone),)).fetchone()
        return found[0] if found else None

    def add(self, phone: str, line: int) -> None:
        """Remember a number that was not there."""
        self._database.execute("INSERT INTO first VALUES (?, ?)", (int(phone), line))


def in_batches(items: Iterable[T], size: int) -> Iterator[list[T]]:
    """The items in lists of that size; the last may be shorter."""
    walk = iter(items)
    while part := list(islice(walk, size)):
        yield part
