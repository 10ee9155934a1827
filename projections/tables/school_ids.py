"""The school's own ids of contacts, from the columns of contact files that are known to have them.

id_columns    {"student": [0], "household": [1]}
school_ids    {"student": ["S-20114", "S-20377"], "household": ["H-12"]}
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import msgspec
import sqlalchemy as sa

from ledger.domain.events import ContactFileRecorded, FileRow
from ledger.domain.vocabulary import IdKind
from ledger.recorded_event import RecordedEvent
from ledger.store.in_list import in_list
from ledger.store.upsert import insert_into
from projections.tables.schema import contact_files

IdColumns = Mapping[IdKind, tuple[int, ...]]

_LONGEST = 100
"""A longer cell is a remark, and no id."""


@dataclass(frozen=True)
class SchoolIds:
    """The ids of the school that a contact file has for a person."""

    students: Sequence[str] = ()
    households: Sequence[str] = ()

    @classmethod
    def of_json(cls, text: str | None) -> "SchoolIds":
        """Return the ids of the column `school_ids`."""
        ids = _decode(text) if text else {}
        return cls(ids.get(IdKind.STUDENT, ()), ids.get(IdKind.HOUSEHOLD, ()))

    @property
    def all(self) -> list[tuple[IdKind, str]]:
        """Every id with its kind."""
        return [
            *((IdKind.STUDENT, each) for each in self.students),
            *((IdKind.HOUSEHOLD, each) for each in self.households),
        ]


def apply_contact_file(connection: sa.Connection, recorded: RecordedEvent) -> None:
    """Store which columns of a campaign's contact file have ids."""
    event = recorded.event
    if isinstance(event, ContactFileRecorded) and event.id_columns:
        columns = msgspec.json.encode(event.id_columns).decode()
        row = insert_into(connection.dialect.name, contact_files).values(
            campaign_id=event.campaign_id, id_columns=columns
        )
        connection.execute(row.on_conflict_do_nothing())


def id_columns_of(connection: sa.Connection, campaign_ids: Collection[str]) -> dict[str, IdColumns]:
    """Return campaign → the columns of its contact file with ids; none for files without."""
    rows = connection.execute(_id_columns(), {"campaigns": sorted(campaign_ids)})
    return {row.campaign_id: _decode_columns(row.id_columns) for row in rows}


@cache
def _id_columns() -> sa.Select[Any]:
    return sa.select(contact_files).where(in_list(contact_files.c.campaign_id, "campaigns"))


def school_ids_in(rows: Sequence[FileRow], columns: IdColumns | None) -> str | None:
    """Return the ids in the rows of one contact, each once, as JSON; None where there are none."""
    if not columns:
        return None
    ids = {kind: _ids(rows, indexes) for kind, indexes in columns.items()}
    found = {kind: each for kind, each in ids.items() if each}
    return msgspec.json.encode(found).decode() if found else None


def _ids(rows: Sequence[FileRow], columns: Sequence[int]) -> list[str]:
    cells = (cells[column] for _, cells in rows for column in columns if column < len(cells))
    ids = (" ".join(cell.split()) for cell in cells)
    return list(dict.fromkeys(each for each in ids if 0 < len(each) <= _LONGEST))


_decode = msgspec.json.Decoder(dict[IdKind, tuple[str, ...]]).decode
_decode_columns = msgspec.json.Decoder(dict[IdKind, tuple[int, ...]]).decode
