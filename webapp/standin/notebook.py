"""The stand-in's storage: texts, callbacks still to be posted, numbers that replied STOP.

One SQLite file, or memory. Status changes are not written, because a text's statuses are planned
when it is created. A callback is removed when accepted or given up; a restart posts the rest.
"""

import json
import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from threading import Condition
from zlib import crc32

from webapp.standin.message import Message, Moment

_SCHEMA = """
PRAGMA journal_mode = WAL;
PRAGMA synchronous = NORMAL;
CREATE TABLE IF NOT EXISTS messages (
    place INTEGER PRIMARY KEY AUTOINCREMENT, sid TEXT UNIQUE, recipient TEXT, sender TEXT,
    sent_at REAL, document TEXT);
CREATE INDEX IF NOT EXISTS messages_recipient ON messages (recipient);
CREATE INDEX IF NOT EXISTS messages_sent_at ON messages (sent_at);
CREATE TABLE IF NOT EXISTS pending (
    id TEXT PRIMARY KEY, due REAL, sid TEXT, url TEXT, params TEXT, token TEXT);
CREATE INDEX IF NOT EXISTS pending_sid ON pending (sid);
CREATE TABLE IF NOT EXISTS creates (recipient TEXT PRIMARY KEY, times INTEGER);
CREATE TABLE IF NOT EXISTS opted_out (recipient TEXT PRIMARY KEY);
"""


@dataclass(frozen=True, kw_only=True)
class Callback:
    """One request to post: where, when (seconds since 1970), what; the token is a UUID."""

    id: str
    due: float
    sid: str
    url: str
    params: Mapping[str, str]
    token: str
    tries: int = 0


class Notebook:
    """Stores texts and callbacks; safe to use from many threads."""

    def __init__(self, path: Path | None) -> None:
        if path is not None:
            path.parent.mkdir(parents=True, exist_ok=True)
        self._changed = Condition()
        self._is_closed = False
        self._sqlite = sqlite3.connect(path or ":memory:", check_same_thread=False)
        self._sqlite.executescript(_SCHEMA)
        self._sqlite.create_function("shuffled", 2, _shuffled, deterministic=True)

    def close(self) -> None:
        """Close the file; later writes are ignored."""
        with self._changed:
            self._is_closed = True
            self._sqlite.close()
            self._changed.notify_all()

    def count_create(self, recipient: str) -> int:
        """Count a create request to a number; return the count, from 1."""
        sql = (
            "INSERT INTO creates VALUES (?, 1) ON CONFLICT (recipient) "
            "DO UPDATE SET times = times + 1 RETURNING times"
        )
        with self._changed, self._sqlite:
            return int(self._sqlite.execute(sql, [recipient]).fetchone()[0])

    def add(self, message: Message | None, callbacks: Sequence[Callback]) -> None:
        """Store a text, unless it is inbound, together with its callbacks."""
        with self._changed, self._sqlite:
            if message is not None:
                sql = (
                    "INSERT INTO messages (sid, recipient, sender, sent_at, document) "
                    "VALUES (?, ?, ?, ?, ?)"
                )
                self._sqlite.execute(sql, [message.sid, *_columns(message)])
            rows = [
                (call.id, call.due, call.sid, call.url, json.dumps(dict(call.params)), call.token)
                for call in callbacks
            ]
            self._sqlite.executemany("INSERT INTO pending VALUES (?, ?, ?, ?, ?, ?)", rows)

    def cancel(self, message: Message) -> None:
        """Replace a text by its canceled version, and remove its callbacks."""
        sql = (
            "UPDATE messages SET recipient = ?, sender = ?, sent_at = ?, document = ? WHERE sid = ?"
        )
        with self._changed, self._sqlite:
            self._sqlite.execute(sql, [*_columns(message), message.sid])
            self._sqlite.execute("DELETE FROM pending WHERE sid = ?", [message.sid])
            self._changed.notify_all()

    def message(self, sid: str) -> Message | None:
        """Return the text with this SID, if any."""
        messages = self.messages("WHERE sid = ?", [sid])
        return messages[0] if messages else None

    def messages(self, clause: str = "", values: Sequence[object] = ()) -> list[Message]:
        """Return texts in the order of their creation, or as a clause of SQL selects them.

        The clause may order by `shuffled(seed, place)`.
        """
        sql = f"SELECT document FROM messages {clause or 'ORDER BY place'}"  # noqa: S608 - clauses of this package
        with self._changed:
            rows = self._sqlite.execute(sql, values).fetchall()
        return [_read_message(row[0]) for row in rows]

    def count(self, table: str) -> int:
        """Return the number of rows of `messages` or `pending`."""
        with self._changed:
            return int(self._sqlite.execute(f"SELECT count(*) FROM {table}").fetchone()[0])  # noqa: S608 - one of two words

    def pending(self) -> list[Callback]:
        """Return the callbacks still to be posted, the earliest first."""
        with self._changed:
            rows = self._sqlite.execute("SELECT * FROM pending ORDER BY due, rowid").fetchall()
        return [_read_callback(row) for row in rows]

    def is_pending(self, callback: Callback) -> bool:
        """Return whether a callback is still to be posted; False once canceled or closed."""
        with self._changed:
            if self._is_closed:
                return False
            sql = "SELECT 1 FROM pending WHERE id = ?"
            return self._sqlite.execute(sql, [callback.id]).fetchone() is not None

    def remove(self, callback: Callback) -> None:
        """Remove a callback that was accepted or given up."""
        with self._changed:
            if self._is_closed:
                return
            with self._sqlite:
                self._sqlite.execute("DELETE FROM pending WHERE id = ?", [callback.id])
            self._changed.notify_all()

    def wait_until_posted(self, timeout_seconds: float) -> bool:
        """Wait until no callback is left to post; return False after the timeout."""
        sql = "SELECT 1 FROM pending LIMIT 1"
        with self._changed:
            return self._changed.wait_for(
                lambda: self._is_closed or self._sqlite.execute(sql).fetchone() is None,
                timeout_seconds,
            )

    def opt_out(self, recipient: str) -> None:
        """Record that a number replied STOP."""
        with self._changed, self._sqlite:
            self._sqlite.execute("INSERT OR IGNORE INTO opted_out VALUES (?)", [recipient])

    def opt_in(self, recipient: str) -> None:
        """Record that a number replied START."""
        with self._changed, self._sqlite:
            self._sqlite.execute("DELETE FROM opted_out WHERE recipient = ?", [recipient])

    def is_opted_out(self, recipient: str) -> bool:
        """Return whether a number replied STOP, and not START since."""
        sql = "SELECT 1 FROM opted_out WHERE recipient = ?"
        with self._changed:
            return self._sqlite.execute(sql, [recipient]).fetchone() is not None


def _shuffled(seed: int, place: int) -> int:
    """Return a unique number that sorts texts in the order of a seed."""
    return crc32(f"{seed}/{place}".encode()) << 31 | place


def _columns(message: Message) -> list[object]:
    return [message.to, message.sender, message.sent_at(), json.dumps(asdict(message))]


def _read_message(document: str) -> Message:
    fields = json.loads(document)
    moments = tuple(Moment(**moment) for moment in fields.pop("moments"))
    return Message(**fields, moments=moments)


def _read_callback(row: tuple[str, float, str, str, str, str]) -> Callback:
    key, due, sid, url, params, token = row
    return Callback(id=key, due=due, sid=sid, url=url, params=json.loads(params), token=token)
