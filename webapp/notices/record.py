"""The record of notices that were sent, so that each is sent once, by one of all processes."""

import json
from collections.abc import Collection, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import sqlalchemy as sa

from ledger.clock import Clock, from_microseconds, to_microseconds
from ledger.errors import StoreUnavailable
from ledger.store.engine import reading, writing
from ledger.store.upsert import insert_into
from webapp.notices.notice import Notice, NoticeKind
from webapp.notices.tables import metadata, notice_mails, notice_marks, notices
from webapp.unwritten_counts import TablesAtFirstUse
from webapp.webhooks.log import add_notice
from webapp.webhooks.tables import metadata as webhook_metadata

GATHERED = timedelta(minutes=2)
"""How long a mail waits for further notices."""
APART = timedelta(minutes=15)
"""At least so long is between two mails to one person."""
KEPT = timedelta(days=400)
GIVEN_UP_AFTER = timedelta(days=3)
"""A mail that could not be sent for so long is not sent any more."""
_CLAIM = timedelta(minutes=5)
"""After a crash in the middle of sending, the mail is sent again after this time."""
_WAITS = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 15, 60))
_LONGEST_WAIT = 2 * _WAITS[-1]
_WAITS_TO_BE_SENT = notice_mails.c.sent_at.is_(None)


@dataclass(frozen=True)
class Mail:
    """The notices that go to one person in one mail, the oldest first."""

    account_id: str
    notices: Sequence[Notice]
    tries: int


class NoticeRecord:
    """Reads and writes the record. Every method raises `StoreUnavailable`."""

    def __init__(self, engine: sa.Engine, clock: Clock) -> None:
        self._engine, self._clock = engine, clock
        self._tables = TablesAtFirstUse(engine, metadata)
        self._webhooks = TablesAtFirstUse(engine, webhook_metadata)
        with suppress(StoreUnavailable):  # tried again when they are used
            self._ensure()

    def raise_once(
        self, notice: Notice, *, to_accounts: Collection[str], to_endpoints: Collection[str]
    ) -> bool:
        """Let a notice be sent to these, unless it was raised before; return whether it is new."""
        self._ensure()
        if self._is_raised(notice.key):  # mostly so: no lock is taken for what still is the case
            return False
        dialect = self._engine.dialect.name
        row = {column.name: getattr(notice, column.name) for column in notices.c}
        row |= {"kind": notice.kind.value, "at": to_microseconds(notice.at)}
        with writing(self._engine) as connection:
            new = insert_into(dialect, notices).values(row).on_conflict_do_nothing()
            if connection.scalar(new.returning(notices.c.key)) is None:
                return False
            ready = to_microseconds(self._clock.now() + GATHERED)
            mail = {"key": notice.key, "sent_at": None, "tries": 0, "next_try_at": ready}
            for account_id in to_accounts:
                row = {"account_id": account_id, **mail}
                connection.execute(sa.insert(notice_mails).values(row))
            add_notice(connection, to_endpoints, notice.message)
        return True

    def claim_mail(self) -> Mail | None:
        """Return the mail of one person that is due, which no other process sends then."""
        self._ensure()
        if not self.has_due_mail():  # mostly so: no lock is taken
            return None
        is_due, due = self._due()
        with writing(self._engine) as connection:
            account_id = connection.scalar(due)
            if account_id is None:
                return None
            theirs = _WAITS_TO_BE_SENT & (notice_mails.c.account_id == account_id)
            claimed = to_microseconds(self._clock.now() + _CLAIM)
            update = sa.update(notice_mails).where(theirs, is_due)
            if connection.execute(update.values(next_try_at=claimed)).rowcount == 0:
                return None  # another process was first
            connection.execute(sa.update(notice_mails).where(theirs).values(next_try_at=claimed))
            query = sa.select(notices, notice_mails.c.tries).join_from(
                notices, notice_mails, notices.c.key == notice_mails.c.key
            )
            rows = connection.execute(query.where(theirs).order_by(notices.c.at)).all()
        return Mail(account_id, [_notice(row) for row in rows], max(row.tries for row in rows))

    def has_due_mail(self) -> bool:
        """Whether a mail is due."""
        self._ensure()
        with reading(self._engine) as connection:
            return connection.scalar(self._due()[1]) is not None

    def _due(self) -> tuple[sa.ColumnElement[bool], sa.Select[Any]]:
        """Return the condition on what is due, and the query of the person whose mail is first.

        A time that is further ahead than anything waits is due: the clock was set back.
        """
        now, columns = self._clock.now(), notice_mails.c
        is_ahead = columns.next_try_at.between(
            to_microseconds(now) + 1, to_microseconds(now + _LONGEST_WAIT)
        )
        is_due = _WAITS_TO_BE_SENT & ~is_ahead
        recent = sa.select(columns.account_id).where(
            columns.sent_at.between(to_microseconds(now - APART) + 1, to_microseconds(now))
        )
        due = sa.select(columns.account_id).where(is_due, columns.account_id.not_in(recent))
        return is_due, due.order_by(columns.next_try_at).limit(1)

    def sent(self, mail: Mail) -> None:
        """Record that a mail was taken by the mail server."""
        self._write(mail, sent_at=to_microseconds(self._clock.now()))

    def put_back(self, mail: Mail) -> None:
        """Let a mail be tried again later; give it up after days."""
        now = self._clock.now()
        if now - mail.notices[0].at > GIVEN_UP_AFTER:
            self.sent(mail)
            return
        wait = _WAITS[min(mail.tries, len(_WAITS) - 1)]
        self._write(mail, tries=mail.tries + 1, next_try_at=to_microseconds(now + wait))

    def mark(self, name: str) -> Any:
        """Return what was looked at already; None where nothing was."""
        self._ensure()
        query = sa.select(notice_marks.c.value).where(notice_marks.c.name == name)
        with reading(self._engine) as connection:
            value = connection.scalar(query)
        return None if value is None else json.loads(value)

    def set_mark(self, name: str, value: Any) -> None:
        """Keep what was looked at; what is older than a year is forgotten."""
        self._ensure()
        encoded = json.dumps(value)
        new = insert_into(self._engine.dialect.name, notice_marks).values(name=name, value=encoded)
        oldest = to_microseconds(self._clock.now() - KEPT)
        old = sa.select(notices.c.key).where(notices.c.at < oldest)
        with writing(self._engine) as connection:
            connection.execute(
                new.on_conflict_do_update(index_elements=["name"], set_={"value": encoded})
            )
            connection.execute(sa.delete(notice_mails).where(notice_mails.c.key.in_(old)))
            connection.execute(sa.delete(notices).where(notices.c.at < oldest))

    def forget_marks(self) -> None:
        """Delete the marks, so that the next search begins without them."""
        self._ensure()
        with reading(self._engine) as connection:
            has_marks = connection.scalar(sa.select(notice_marks.c.name).limit(1)) is not None
        if has_marks:
            with writing(self._engine) as connection:
                connection.execute(sa.delete(notice_marks))

    def _is_raised(self, key: str) -> bool:
        query = sa.select(notices.c.key).where(notices.c.key == key)
        with reading(self._engine) as connection:
            return connection.scalar(query) is not None

    def _ensure(self) -> None:
        self._tables.ensure()
        self._webhooks.ensure()

    def _write(self, mail: Mail, **values: object) -> None:
        keys = [each.key for each in mail.notices]
        theirs = (notice_mails.c.account_id == mail.account_id) & notice_mails.c.key.in_(keys)
        with writing(self._engine) as connection:
            connection.execute(sa.update(notice_mails).where(theirs).values(**values))


def _notice(row: Any) -> Notice:
    return Notice(
        kind=NoticeKind(row.kind),
        key=row.key,
        at=from_microseconds(row.at),
        title=row.title,
        sentence=row.sentence,
        path=row.path,
        detail=row.detail,
    )
