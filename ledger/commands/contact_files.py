"""What a launch records of its contact file beside the enrolments: headings, and rows left out.

Each command does nothing where it was done before, so that a launch can be repeated.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from ledger.domain.contact_file import ContactFile
from ledger.domain.events import FileHeadings, LeftOutRow, LeftOutRows
from ledger.identity import Identity
from ledger.lazy_property import lazy_property
from ledger.messages.contact_rows import in_batches
from ledger.messages.file_columns import FileColumns
from ledger.messages.skipped_rows import SkippedRow
from ledger.unit_of_work import Command, UnitOfWork

_ROWS_OF_EVENT = 200


@dataclass(frozen=True)
class RecordContactFile(Command[None]):
    """Record the headings of a campaign's contact file, once."""

    file_id: str
    campaign_id: str
    columns: FileColumns
    by: str

    @property
    def streams(self) -> Collection[str]:
        return [self.file_id]

    def decide(self, work: UnitOfWork) -> None:
        file = work.load(ContactFile, self.file_id)
        if not file.exists:
            headings = FileHeadings(headings=self.columns.headings)
            work.append(file.record(self.by, self.campaign_id, headings, self.columns.id_columns))


@dataclass(frozen=True, kw_only=True)
class LeftOutPart:
    """What one event records: rows of which no number can be read, or the single row of one."""

    version: int
    """The version of the event in the stream of the file."""
    rows: Sequence[SkippedRow]

    @property
    def phone(self) -> str:
        """The number of the single row; blank where no number can be read."""
        return self.rows[0].phone


def left_out_parts(rows: Sequence[SkippedRow]) -> Iterator[LeftOutPart]:
    """Yield the rows by the event that records them; the headings are at version 1."""
    version = 1
    for phone, same in groupby(rows, key=lambda row: row.phone):
        for part in in_batches(same, 1 if phone else _ROWS_OF_EVENT):
            version += 1
            yield LeftOutPart(version=version, rows=part)


@dataclass(frozen=True, kw_only=True)
class RecordLeftOutRows(Command[None]):
    """Record rows that are not texted, unless an earlier run of the launch did."""

    identity: Identity
    file_id: str
    parts: Sequence[LeftOutPart]
    by: str

    @property
    def streams(self) -> Collection[str]:
        return [self.file_id]

    @lazy_property
    def _rows(self) -> Sequence[tuple[LeftOutPart, LeftOutRows, str | None]]:
        return [
            (
                part,
                LeftOutRows(rows=tuple(map(_left_out, part.rows))),
                self.identity.contact_id(part.phone) if part.phone else None,
            )
            for part in self.parts
        ]

    def decide(self, work: UnitOfWork) -> None:
        for part, rows, contact_id in self._rows:
            file = work.load(ContactFile, self.file_id)
            if file.version < part.version:
                work.append(file.leave_out(self.by, rows, contact_id))


def _left_out(row: SkippedRow) -> LeftOutRow:
    line, cells = row.file_row
    return LeftOutRow(line=line, cells=cells, reason=row.reason)
