"""Downloads of the audit trail: the events of a search up to a seq, as CSV, NDJSON or a workbook.

The same search up to the same seq is the same file, and has the same SHA-256, until somebody is
forgotten or renamed in between: all files hold what can still be read, with the names of today.
`workbook.py` writes the workbook.
"""

import csv
import hashlib
import io
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from ledger.commands.access import Export
from ledger.domain.vocabulary import ExportKind
from ledger.reader import LedgerReader
from ledger.recorded_event import RecordedEvent
from ledger.store.search import Search
from webapp.audit.names import AuditNames
from webapp.audit.query import AuditQuery
from webapp.audit.rows import CSV_FIELDS, AuditRows, Row, csv_document
from webapp.documents import event_document, harmless
from webapp.explain.numbers import counted, number
from webapp.pages.sizes import EXPORT_ROWS


class Format(StrEnum):
    """The format of a download; its value ends the file's name."""

    CSV = "csv"
    NDJSON = "ndjson"
    XLSX = "xlsx"


STREAMED = (Format.CSV, Format.NDJSON)
"""What is sent while it is made; a workbook is whole only at its end."""

MEDIA_TYPES = {
    Format.CSV: "text/csv",
    Format.NDJSON: "application/x-ndjson",
    Format.XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


@dataclass(frozen=True)
class Part:
    """A part of a file: some of its events, and their text."""

    events: Sequence[RecordedEvent]
    text: str


@dataclass(frozen=True, kw_only=True)
class Summary:
    """What a whole download holds."""

    events: int
    first: int | None
    last: int | None
    sha256: str
    """In hex, over the bytes of the file in UTF-8."""

    @property
    def words(self) -> str:
        """Count and ends in words: 3 events, #12 to #41."""
        if self.first is None or self.last is None:
            return "no events"
        return f"{counted(self.events, 'event')}, #{number(self.first)} to #{number(self.last)}"


class Tally:
    """Counts and hashes a file while its parts are written."""

    def __init__(self) -> None:
        self._digest = hashlib.sha256()
        self._count = 0
        self._first: int | None = None
        self._last: int | None = None

    def add(self, part: Part) -> None:
        """Add the next part of the file."""
        self._digest.update(part.text.encode())
        self._count += len(part.events)
        if part.events:
            self._first = self._first or part.events[0].seq
            self._last = part.events[-1].seq

    @property
    def count(self) -> int:
        """How many events were added."""
        return self._count

    @property
    def last(self) -> int | None:
        """The seq of the last of them."""
        return self._last

    def summary(self) -> Summary:
        """Return what the parts hold together."""
        return Summary(
            events=self._count,
            first=self._first,
            last=self._last,
            sha256=self._digest.hexdigest(),
        )


def export_of(query: AuditQuery, reader: LedgerReader, form: str, until: int) -> Export:
    """Return what the record of access says of a download."""
    first = next(iter(reader.first_events([query.delivery])), None) if query.delivery else None
    return Export(
        kind=ExportKind.EVENTS,
        form=form,
        campaign_id=query.campaign or (first.campaign_id if first else None),
        contact_id=next(iter(query.contact), first.contact_id if first else None),
        until=until,
    )


class AuditExport:
    """The events of a search up to a seq, in the order of seq, in one format."""

    def __init__(self, reader: LedgerReader, names: AuditNames, search: Search, until: int) -> None:
        before = until + 1 if search.before is None else min(search.before, until + 1)
        self._search = replace(search, before=before, newest_first=False)
        self._reader = reader
        self._names = names
        self._until = until

    def file_name(self, form: Format) -> str:
        """Return the name of the file: which events it holds, and up to where was searched."""
        ends = self.ends()
        found = "-".join(map(str, ends)) if ends else "none"
        return f"audit-{found}-as-of-{self._until}.{form}"

    def parts(self, form: Format) -> Iterator[Part]:
        """Yield a file that is streamed in parts, because the whole may not fit into memory."""
        if form is Format.CSV:
            yield Part([], _csv_text(lambda writer: writer.writeheader()))
        rows = AuditRows(self._names)
        for events in self.batches():
            yield Part(
                events,
                _csv_rows(rows.of(events)) if form is Format.CSV else _ndjson(events, self._names),
            )

    def summary(self, form: Format) -> Summary:
        """Return count, ends and SHA-256 of the file, in one pass over its events."""
        tally = Tally()
        for part in self.parts(form):
            tally.add(part)
        return tally.summary()

    def batches(self) -> Iterator[Sequence[RecordedEvent]]:
        """Yield the events, with one batch of them in memory."""
        search = self._search
        while events := self._reader.search(search, EXPORT_ROWS):
            yield events
            search = replace(search, after=events[-1].seq)

    def row_batches(self) -> Iterator[Sequence[Row]]:
        """Yield the rows of the events, with one batch of them in memory."""
        rows = AuditRows(self._names)
        for events in self.batches():
            yield rows.of(events)

    def ends(self) -> tuple[int, int] | None:
        """Return the seqs of the first and the last event; None where there is none."""
        first, last = self._end(self._search), self._end(self._search.newest())
        return None if first is None or last is None else (first, last)

    def _end(self, search: Search) -> int | None:
        return next((recorded.seq for recorded in self._reader.search(search, limit=1)), None)


def _ndjson(events: Sequence[RecordedEvent], names: AuditNames) -> str:
    documents = (event_document(recorded, names.actors) for recorded in events)
    return "".join(f"{json.dumps(document, ensure_ascii=False)}\n" for document in documents)


def _csv_rows(rows: Sequence[Row]) -> str:
    documents = [harmless(csv_document(row)) for row in rows]
    return _csv_text(lambda writer: writer.writerows(documents))


def _csv_text(write: Callable[["csv.DictWriter[str]"], object]) -> str:
    text = io.StringIO()
    write(csv.DictWriter(text, CSV_FIELDS, lineterminator="\r\n"))
    return text.getvalue()
