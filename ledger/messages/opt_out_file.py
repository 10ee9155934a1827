"""A file of opt-outs, as the program exports it or as another system does.

    phone,source,means,opted_out_at
    +14155550101,staff,letter,2026-11-24T09:00:00+00:00

Only the column of numbers is needed. It is recognised as in a contact file.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import dropwhile
from typing import IO

from ledger.domain.vocabulary import OptOutMeans, OptOutSource
from ledger.errors import BadInput
from ledger.messages import phone_numbers as phone
from ledger.messages.contact_cells import clean
from ledger.messages.contact_file import open_tables
from ledger.messages.contact_header import Header, find_header
from ledger.messages.contact_table import Record
from ledger.messages.skipped_rows import BadRows, SkippedRow
from ledger.messages.written_times import WrittenTimes

SOURCE_COLUMNS = ("source", "opt_out_source")
MEANS_COLUMNS = ("means", "opt_out_means")
TIME_COLUMNS = (
    *("opted_out_at", "received_at", "opt_out_at", "opt_out_time", "opt_out_date"),
    *("time", "date"),
)
_ID_COLUMN = "contact_id"
_LONGEST_VALUE = 40


@dataclass(frozen=True, slots=True)
class OptOutRow:
    """An opt-out of a file: `phone` is E.164, `line` is where its row starts."""

    line: int
    phone: str
    source: OptOutSource
    means: OptOutMeans | None
    """Only of an opt-out that staff made."""
    received_at: datetime | None


@dataclass(kw_only=True)
class OptOutFile:
    """A whole file of opt-outs; rows are in the order of its lines."""

    phone_column: str
    """The heading of the column of numbers."""
    rows: list[OptOutRow] = field(default_factory=list)
    skipped: list[SkippedRow] = field(default_factory=list)
    unknown_sources: Counter[str] = field(default_factory=Counter)
    """Words in the column of the source that this program does not know → the number of rows."""
    forgotten: int = 0
    """Rows of contacts whose number was destroyed before the export: they have only an id."""


def read_opt_outs(
    file: IO[bytes],
    *,
    times: WrittenTimes,
    skip_invalid: bool,
    phone_column: str | None = None,
    means: OptOutMeans | None = None,
) -> OptOutFile:
    """Read a file of opt-outs that can be read twice.

    `means` is how the people asked, where a row does not say it. Raises BadInput where the file
    cannot be read, has no opt-out, or has bad rows and `skip_invalid` is false; PhoneColumnUnclear
    where staff must choose the column of numbers.
    """
    with open_tables(file) as tables:
        table, header = find_header(tables, times.region, phone_column)
        opt_outs = OptOutFile(phone_column=header.phone_heading)
        reader = _RowReader(header=header, times=times, means=means, opt_outs=opt_outs)
        reader.read(dropwhile(lambda record: record[0] <= header.line, table.records()))
    _check_usable(opt_outs, skip_invalid=skip_invalid)
    return opt_outs


def _check_usable(opt_outs: OptOutFile, *, skip_invalid: bool) -> None:
    bad = tuple(opt_outs.skipped)
    if not opt_outs.rows and not bad and not opt_outs.forgotten:
        raise BadInput("The file has a header and no opt-outs below it.")
    if bad and not opt_outs.rows:
        raise BadRows("No row of the file can be read", bad)
    if bad and not skip_invalid:
        count = "1 row" if len(bad) == 1 else f"{len(bad):,} rows"
        raise BadRows(
            f"{count} of the file cannot be read, so that no opt-out is recorded. Correct the "
            "file, or have bad rows skipped",
            bad,
        )


@dataclass(kw_only=True)
class _RowReader:
    """Adds the rows below the header to the opt-outs."""

    header: Header
    times: WrittenTimes
    means: OptOutMeans | None
    opt_outs: OptOutFile

    def read(self, records: Iterable[Record]) -> None:
        for line, cells in records:
            written = self._cell(cells, self.header.phone)
            if not written.strip() and self._first(cells, (_ID_COLUMN,)):
                self.opt_outs.forgotten += 1
                continue
            try:
                self.opt_outs.rows.append(self._row(line, cells, written))
            except BadInput as error:
                value = clean(written).text[:_LONGEST_VALUE]
                self.opt_outs.skipped.append(SkippedRow(line, str(error), value=value))

    def _row(self, line: int, cells: Sequence[str], written: str) -> OptOutRow:
        width = len(self.header.headings)
        if any(cell.strip() for cell in cells[width:]):
            raise BadInput(f"{len(cells)} cells, but the header has {width}")
        number = phone.normalize(written, self.times.region)
        received_at = self.times.read(self._first(cells, TIME_COLUMNS))
        source, means = self._source(cells)
        return OptOutRow(line, number, source, means, received_at)

    def _source(self, cells: Sequence[str]) -> tuple[OptOutSource, OptOutMeans | None]:
        """Return who opted the number out, and how the person asked, where staff did it.

        An opt-out is never left out because its source is unknown: it was another way to ask.
        """
        source, means = self._first(cells, SOURCE_COLUMNS), self._first(cells, MEANS_COLUMNS)
        if (known := _SOURCES.get(_key(source))) and known is not OptOutSource.STAFF:
            return known, None
        words = means or ("" if known else source)
        if not words:
            return OptOutSource.STAFF, None if known else self.means
        if _key(words) not in _MEANS:
            self.opt_outs.unknown_sources[words[:_LONGEST_VALUE]] += 1
        return OptOutSource.STAFF, _MEANS.get(_key(words), OptOutMeans.OTHER)

    def _first(self, cells: Sequence[str], names: Iterable[str]) -> str:
        """Return the first filled cell of these columns; blank where there is none."""
        return next(filter(None, self._texts(cells, names)), "")

    def _texts(self, cells: Sequence[str], names: Iterable[str]) -> Iterator[str]:
        for name in names:
            if (index := self.header.columns.get(name)) is not None:
                yield clean(self._cell(cells, index)).text

    def _cell(self, cells: Sequence[str], index: int) -> str:
        return cells[index] if index < len(cells) else ""


def _key(words: str) -> str:
    return re.sub(r"[\s_-]+", "-", words.strip().casefold())


_SOURCES: Mapping[str, OptOutSource] = {source.value: source for source in OptOutSource}
_MEANS: Mapping[str, OptOutMeans] = {means.value: means for means in OptOutMeans}
