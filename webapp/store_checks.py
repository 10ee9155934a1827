"""Whether the databases and the folder of uploads can be written, found out without writing.

Two things are known at no cost: what the system says of a file and its disk, and whether a database
said lately that it is full or read-only. A PostgreSQL server that is read-only takes no connections
of this program.
"""

import os
import shutil
import sqlite3
import tempfile
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

import sqlalchemy as sa

_BELIEVED_SECONDS = 30.0
"""How long an error of a database is believed; it may have been cured since."""
_LEAST_FREE_BYTES = 64 * 1024 * 1024
_LEAST_FREE_SHARE = 0.05
"""A disk is nearly full below both of these."""
_NO_ROOM_BYTES = 256 * 1024

_FULL, _READ_ONLY, _FAILING = "is full", "is read-only", "reports errors"
_SQLITE = {
    sqlite3.SQLITE_FULL: _FULL,
    sqlite3.SQLITE_READONLY: _READ_ONLY,
    sqlite3.SQLITE_IOERR_WRITE: _FAILING,
    sqlite3.SQLITE_IOERR_FSYNC: _FAILING,
    sqlite3.SQLITE_IOERR_DIR_FSYNC: _FAILING,
    sqlite3.SQLITE_IOERR_TRUNCATE: _FAILING,
    sqlite3.SQLITE_IOERR_SHMSIZE: _FAILING,
}
_POSTGRESQL = {"53100": _FULL, "25006": _READ_ONLY, "58030": _FAILING}
"""Codes of the databases, and what they say of the disk."""


class Place(StrEnum):
    """What must be writable."""

    LEDGER = "ledger"
    VIEWS = "views"
    ACCOUNTS = "accounts"
    SENDING = "sending"
    UPLOADS = "uploads"
    SIGNING = "signing"


_TITLES = {
    Place.LEDGER: "the ledger",
    Place.VIEWS: "the views",
    Place.ACCOUNTS: "the accounts",
    Place.SENDING: "the senders",
    Place.UPLOADS: "uploaded files",
    Place.SIGNING: "the record of what was signed",
}
_EFFECTS = {
    Place.LEDGER: "Nothing can be recorded, launched or sent; callbacks are answered 503.",
    Place.VIEWS: "Callbacks are recorded, but pages show an earlier state or none, and nothing is "
    "sent.",
    Place.ACCOUNTS: "Nobody can sign in. Callbacks are recorded, and texts are sent.",
    Place.SENDING: "Nothing is sent. Callbacks are recorded.",
    Place.UPLOADS: "Large contact files and long lists cannot be read. Everything else works.",
    Place.SIGNING: "No checkpoint can be signed. Everything else works.",
}


@dataclass(frozen=True)
class Problem:
    """Why a place cannot be written, or soon will not be."""

    place: Place
    words: str
    """Such as "The disk of the views is full. Callbacks are recorded, but pages …"."""


class StoreChecks:
    """The checks of this process's databases; may be used by many threads."""

    def __init__(
        self, engines: Mapping[Place, sa.Engine], signing_record: Path | None = None
    ) -> None:
        """`signing_record` is the file that says what was signed; None where nothing is signed."""
        self._engines, self._signing_record = engines, signing_record
        self._errors: dict[Place, tuple[float, str]] = {}
        for place, engine in engines.items():
            self._listen(place, engine)

    def problems(self) -> list[Problem]:
        """Return what the files and the last errors say; no database is asked."""
        found = ((place, self._of_place(place)) for place in Place)
        return [Problem(place, _sentences(place, words)) for place, words in found if words]

    def refusal_of(self, place: Place) -> str | None:
        """Return why nothing at all can be written there; None where something can."""
        words = self._of_place(place)
        return _sentences(place, words) if words in {_FULL, _READ_ONLY, _FAILING} else None

    def refusals(self) -> str:
        """Return which disks are full or read-only, and what follows; blank where none is."""
        return " ".join(filter(None, map(self.refusal_of, Place)))

    def _of_place(self, place: Place) -> str | None:
        state = next(filter(None, map(_state_of, self._files(place))), None)
        at, said = self._errors.get(place, (0.0, ""))
        is_believed = said and time.monotonic() - at < _BELIEVED_SECONDS
        return said if is_believed and state not in {_FULL, _READ_ONLY} else state

    def _files(self, place: Place) -> Iterator[Path]:
        if place is Place.UPLOADS:
            yield Path(tempfile.gettempdir())
        elif place is Place.SIGNING:
            if self._signing_record and not self._is_beside_ledger(self._signing_record):
                yield from (self._signing_record, self._signing_record.parent)
        elif self._engines[place].dialect.name == "sqlite":
            file = Path(self._engines[place].url.database or "").resolve()
            yield from (file, file.parent)

    def _is_beside_ledger(self, file: Path) -> bool:
        """Whether it is on the disk of a SQLite ledger, of which the ledger's problem is told."""
        return any(
            _disk_of(file.parent) == _disk_of(ledger) for ledger in self._files(Place.LEDGER)
        )

    def _listen(self, place: Place, engine: sa.Engine) -> None:
        def note(context: sa.engine.ExceptionContext) -> None:
            if words := _said_by(context.original_exception):
                concerned = Place.UPLOADS if _is_query(context.statement) else place
                self._errors[concerned] = (time.monotonic(), words)

        def forget(_connection: sa.Connection) -> None:
            self._errors.pop(place, None)  # where this commit fails, the error is noted again

        sa.event.listen(engine, "handle_error", note)
        sa.event.listen(engine, "commit", forget)


def _disk_of(path: Path) -> int | None:
    """Return the number of a disk; None for what does not exist."""
    try:
        return path.stat().st_dev
    except OSError:
        return None


def _is_query(statement: str | None) -> bool:
    """Whether a statement changes nothing, so that all it writes are temporary files."""
    return (statement or "").lstrip().upper().startswith(("SELECT", "WITH"))


def _sentences(place: Place, words: str) -> str:
    return f"The disk of {_TITLES[place]} {words}. {_EFFECTS[place]}"


def _said_by(error: BaseException) -> str | None:
    """Return what a database's error says of the disk; None where it says nothing of it."""
    code = getattr(error, "sqlite_errorcode", None)
    if code is not None:
        return _SQLITE.get(code) or _SQLITE.get(code & 0xFF)  # the low byte is the kind of error
    return _POSTGRESQL.get(getattr(error, "sqlstate", None) or "")


def _state_of(path: Path) -> str | None:
    """Return what the system says of a file or folder; None where it can be written."""
    try:
        usage = shutil.disk_usage(path)
    except OSError:  # a file that does not exist yet, or a disk that is gone
        return None
    if not os.access(path, os.W_OK):
        return _READ_ONLY
    if usage.free < _NO_ROOM_BYTES:
        return _FULL
    if usage.free < min(_LEAST_FREE_BYTES, usage.total * _LEAST_FREE_SHARE):
        return f"has only {usage.free // (1024 * 1024)} MB left"
    return None
