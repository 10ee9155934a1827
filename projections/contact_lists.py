"""Contact lists that staff keep: their names, versions and counts, as of any event."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from ledger.clock import from_microseconds
from ledger.domain.events import (
    CampaignCreated,
    ContactListDeleted,
    ContactListMade,
    ContactListRenamed,
    ContactListVersionRecorded,
)
from ledger.domain.names import name_key
from ledger.domain.offices import EVERYTHING, Scope
from ledger.errors import BadInput, NotFound
from ledger.recorded_event import RecordedEvent
from ledger.store.engine import reading
from projections.engine.projection import Projection
from projections.tables.offices import in_scope

_metadata = sa.MetaData()

lists = sa.Table(
    "contact_lists",
    _metadata,
    sa.Column("list_id", sa.Text, primary_key=True),
    sa.Column("office_id", sa.Text, comment="NULL: everybody sees it"),
    sa.Column("used_at", sa.BigInteger, nullable=False, comment="its last upload or launch"),
    sa.Column("deleted_seq", sa.BigInteger, comment="NULL: it is kept"),
)
names = sa.Table(
    "contact_list_names",
    _metadata,
    sa.Column("seq", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("list_id", sa.Text, nullable=False, index=True),
    sa.Column("name", sa.Text, nullable=False, comment="blank once the list was deleted"),
)
versions = sa.Table(
    "contact_list_versions",
    _metadata,
    sa.Column("seq", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("list_id", sa.Text, nullable=False, index=True),
    sa.Column("number", sa.Integer, nullable=False),
    sa.Column("contacts", sa.Integer, nullable=False),
    sa.Column("rows", sa.Integer, nullable=False),
    sa.Column("left_out", sa.Integer, nullable=False),
    sa.Column("file_name", sa.Text, nullable=False),
    sa.Column("at", sa.BigInteger, nullable=False),
    sa.Column("by", sa.Text, nullable=False),
)


@dataclass(frozen=True, kw_only=True)
class ListVersionRow:
    """One version of a list. The contacts are those of the upload: some may be forgotten since."""

    number: int
    contacts: int
    rows: int
    left_out: int
    file_name: str
    at: datetime
    by: str


@dataclass(frozen=True, kw_only=True)
class ContactListRow:
    """A list with its versions, the newest first."""

    list_id: str
    name: str
    office_id: str | None
    used_at: datetime
    """When it was last uploaded, or a campaign last went to it; always as of now."""
    versions: Sequence[ListVersionRow]

    @property
    def newest(self) -> ListVersionRow:
        """The version that was uploaded last."""
        return self.versions[0]


class ContactListsProjection(Projection):
    """Keeps the names and the versions of every list."""

    metadata = _metadata
    topics = frozenset(
        {
            *(ContactListMade.topic, ContactListVersionRecorded.topic),
            *(ContactListRenamed.topic, ContactListDeleted.topic),
            CampaignCreated.topic,
        }
    )

    def apply(self, connection: sa.Connection, recorded_events: Sequence[RecordedEvent]) -> None:
        """Add names and versions; a deleted list keeps no name."""
        for recorded in recorded_events:
            match recorded.event:
                case CampaignCreated(contact_list=contact_list):
                    if contact_list:
                        _use(connection, contact_list.list_id, recorded)
                case ContactListDeleted():
                    _delete(connection, recorded)
                case ContactListVersionRecorded() as event:
                    _use(connection, event.list_id, recorded)
                    connection.execute(sa.insert(versions).values(_version(event, recorded)))
                case ContactListMade() | ContactListRenamed() as event:
                    if isinstance(event, ContactListMade):
                        _make(connection, event, recorded)
                    name = event.private.name if event.private else ""
                    row = {"seq": recorded.seq, "list_id": event.list_id, "name": name}
                    connection.execute(sa.insert(names).values(row))


def _make(connection: sa.Connection, event: ContactListMade, recorded: RecordedEvent) -> None:
    row = {
        "list_id": event.list_id,
        "office_id": event.office_id,
        "used_at": recorded.row.recorded_at,
    }
    connection.execute(sa.insert(lists).values(row))


def _use(connection: sa.Connection, list_id: str, recorded: RecordedEvent) -> None:
    used = sa.update(lists).where(lists.c.list_id == list_id)
    connection.execute(used.values(used_at=recorded.row.recorded_at))


def _delete(connection: sa.Connection, recorded: RecordedEvent) -> None:
    list_id = recorded.stream_id
    deleted = sa.update(lists).where(lists.c.list_id == list_id)
    connection.execute(deleted.values(deleted_seq=recorded.seq))
    connection.execute(sa.update(names).where(names.c.list_id == list_id).values(name=""))
    connection.execute(
        sa.update(versions).where(versions.c.list_id == list_id).values(file_name="")
    )


def _version(event: ContactListVersionRecorded, recorded: RecordedEvent) -> dict[str, Any]:
    return {
        "seq": recorded.seq,
        "list_id": event.list_id,
        "number": event.number,
        "contacts": event.contacts,
        "rows": event.rows,
        "left_out": event.left_out,
        "file_name": event.private.file_name if event.private else "",
        "at": recorded.row.recorded_at,
        "by": event.actor,
    }


class ContactListQueries:
    """Queries of the lists that the scope sees: its own, and those without an office."""

    def __init__(
        self, engine: sa.Engine, scope: Scope = EVERYTHING, until: int | None = None
    ) -> None:
        self._engine, self._scope, self._until = engine, scope, until

    def as_of(self, seq: int) -> "ContactListQueries":
        """Return the same queries as of right after a seq."""
        return ContactListQueries(self._engine, self._scope, seq)

    def all(self) -> list[ContactListRow]:
        """Return the lists that are kept, by name."""
        rows = self._rows(self._is_kept())
        return sorted(rows, key=lambda row: (row.name.casefold(), row.list_id))

    def get(self, list_id: str) -> ContactListRow:
        """Return a list that is kept; raises `NotFound`."""
        for row in self._rows(self._is_kept() & (lists.c.list_id == list_id)):
            return row
        raise NotFound(f"There is no contact list {list_id} here.")

    def named(self, words: str) -> ContactListRow:
        """Return the list with this id or name; raises `NotFound`, and `BadInput` for several."""
        rows = [row for row in self.all() if words in (row.list_id, row.name)]
        if not rows:
            key = name_key(words)
            rows = [row for row in self.all() if name_key(row.name) == key]
        if not rows:
            raise NotFound(f"There is no contact list “{words}”; `list show` has those there are.")
        if len(rows) > 1:
            ids = ", ".join(row.list_id for row in rows)
            raise BadInput(f"Several contact lists are called “{words}”. Give an id: {ids}.")
        return rows[0]

    def _is_kept(self) -> sa.ColumnElement[bool]:
        is_kept = lists.c.deleted_seq.is_(None)
        return is_kept if self._until is None else is_kept | (lists.c.deleted_seq > self._until)

    def _rows(self, which: sa.ColumnElement[bool]) -> list[ContactListRow]:
        is_seen = lists.c.office_id.is_(None) | in_scope(self._scope, lists.c.office_id)
        with reading(self._engine) as connection:
            kept = connection.execute(sa.select(lists).where(which, is_seen)).all()
            return [row for each in kept if (row := self._row(connection, each)) is not None]

    def _row(self, connection: sa.Connection, row: Any) -> ContactListRow | None:
        """Return the list with its versions; None for one that was not made by then."""
        found = connection.execute(self._of_list(versions, row.list_id)).mappings().all()
        name = connection.execute(self._of_list(names, row.list_id)).first()
        if not found or name is None:
            return None
        return ContactListRow(
            list_id=row.list_id,
            name=name.name,
            office_id=row.office_id,
            used_at=from_microseconds(row.used_at),
            versions=[_version_row(each) for each in found],
        )

    def _of_list(self, table: sa.Table, list_id: str) -> sa.Select[Any]:
        query = sa.select(table).where(table.c.list_id == list_id)
        query = query if self._until is None else query.where(table.c.seq <= self._until)
        return query.order_by(table.c.seq.desc())


def _version_row(row: Any) -> ListVersionRow:
    fields = {name: row[name] for name in row if name not in {"seq", "list_id", "at"}}
    return ListVersionRow(**fields, at=from_microseconds(row["at"]))
