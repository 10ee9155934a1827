"""Reads the rows of a contact file, below its header, into contacts and rows to skip.

What a phone number is, `phone_numbers.py` decides, what a message is, `template.py`.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace

import msgspec

from ledger.domain.time_zones import is_time_zone, meant_zone
from ledger.errors import BadInput
from ledger.messages import phone_numbers as phone
from ledger.messages.consent_columns import CONSENT_COLUMNS, consent_in
from ledger.messages.contact_cells import clean, unguarded
from ledger.messages.contact_header import Header
from ledger.messages.contact_names import NAME_COLUMNS, NameColumns
from ledger.messages.contact_report import ContactFileReport, FieldCell
from ledger.messages.contact_rows import ContactFileRow, FirstLines
from ledger.messages.contact_table import Record
from ledger.messages.countries import country_of
from ledger.messages.merge_fields import field_name
from ledger.messages.message_variants import MessageTemplate, VariantTemplate
from ledger.messages.number_zones import zone_of
from ledger.messages.shared_numbers import LaterRow
from ledger.messages.skipped_rows import SkippedRow
from ledger.messages.written_times import WrittenTimes

ZONE_COLUMNS = ("time_zone", "timezone")

_LONGEST_VALUE = 40


def _zone(values: Mapping[str, str]) -> str:
    """Return the time zone in the row; blank without one."""
    named = next((values[name] for name in ZONE_COLUMNS if values.get(name)), "")
    if named and not is_time_zone(named):
        cure = meant_zone(named) or "one such as America/Chicago"
        raise BadInput(f"{named[:_LONGEST_VALUE]} is no time zone; write {cure}")
    return named


@dataclass(kw_only=True)
class RowReader:
    """Reads rows in order; a row is a duplicate only of an earlier one that can be texted."""

    header: Header
    template: MessageTemplate
    region: str
    first_lines: FirstLines
    report: ContactFileReport
    times: WrittenTimes = field(default_factory=WrittenTimes)
    numbers: Mapping[int, str] = field(default_factory=dict)
    """Line → the number that staff wrote in place of the one in the file."""
    skipped: list[SkippedRow] = field(default_factory=list)
    later: dict[int, list[LaterRow]] = field(default_factory=lambda: defaultdict(list))
    """By the line of the first row with the number."""
    width: int = 0
    """The cells of the longest row that is skipped."""

    def __post_init__(self) -> None:
        columns = self.header.columns
        self._columns = list(columns.items())
        read = {*self.template.fields, *NAME_COLUMNS, *ZONE_COLUMNS, *CONSENT_COLUMNS}
        self._has_consent = not columns.keys().isdisjoint(CONSENT_COLUMNS)
        self._read_columns = [
            (name, index)
            for name, index in columns.items()
            if name in read and index != self.header.phone
        ]
        self._names = NameColumns.among(columns)
        if isinstance(self.template, VariantTemplate):
            self.report.begin_wordings(self.template.column, self.template.variants)
        self._number_field = field_name(self.header.phone_heading)

    def usable(self, records: Iterable[Record]) -> Iterator[ContactFileRow]:
        """Yield the rows that can be texted; add the others to `skipped`."""
        for line, written in records:
            cells, number = list(map(unguarded, written)), ""
            try:
                number = self._number(line, cells)
                row = self._read(line, cells, number)
            except BadInput as error:
                row = self._skipped(line, cells, str(error), number)
            if isinstance(row, SkippedRow):
                self.skipped.append(row)
            else:
                yield row

    def _read(self, line: int, cells: list[str], number: str) -> ContactFileRow | SkippedRow:
        values, odd = self._values(cells, number)
        name = self._names.name(values)
        if (first := self.first_lines.of(number)) is not None:
            merged = {field: values.get(field, "") for field in self.template.fields}
            self.later[first].append(LaterRow(line, name, merged))
            reason = f"same number as line {first}"
            skipped = self._skipped(line, cells, reason, number)
            return replace(skipped, is_duplicate=True, first_line=first)
        self.template.merge(values)
        zone = _zone(values) or zone_of(number, self.region)
        consent = consent_in(values, self.times) if self._has_consent else None
        self.first_lines.add(number, line)
        self.report.countries[country_of(number, self.region)] += 1
        wording = self.template.for_contact(values)
        blank = [field for field in wording.fields_without_default if not values[field]]
        if isinstance(self.template, VariantTemplate):
            self.report.add_wording(self.template.value_for(values), values[self.template.column])
        if odd or blank:
            self.report.add_row(line, odd, blank)
        as_written = tuple(cells[: len(self.header.headings)])
        return ContactFileRow(line, number, name, values, zone, consent, as_written)

    def _number(self, line: int, cells: list[str]) -> str:
        width = len(self.header.headings)
        if any(cell.strip() for cell in cells[width:]):
            raise BadInput(f"{len(cells)} cells, but the header has {width}")
        written = self.numbers.get(line) or self._written_number(cells)
        return phone.normalize(written, self.region)

    def _written_number(self, cells: list[str]) -> str:
        return cells[self.header.phone] if self.header.phone < len(cells) else ""

    def _values(self, cells: list[str], number: str) -> tuple[dict[str, str], list[FieldCell]]:
        """Return merge field → value for one row, and the cells that staff should know about.

        Cells that are missing at its end are blank.
        """
        if (missing := len(self.header.headings) - len(cells)) > 0:
            cells += [""] * missing
        values = {name: cells[index] for name, index in self._columns}
        odd: list[FieldCell] = []
        for name, index in self._read_columns:
            cell = clean(cells[index])
            values[name] = cell.text
            if cell.is_odd:
                odd.append((name, cell))
        if self._number_field:
            values[self._number_field] = number
        values.setdefault("phone", number)
        return values, odd

    def _skipped(self, line: int, cells: list[str], reason: str, number: str) -> SkippedRow:
        names = {
            name: clean(cells[index]).text
            for name, index in self._read_columns
            if name in NAME_COLUMNS and index < len(cells)
        }
        written = "".join(filter(str.isprintable, self._written_number(cells).strip()))
        if len(written) > _LONGEST_VALUE:
            written = f"{written[:_LONGEST_VALUE]}\u2026"
        self.width = max(self.width, len(cells))
        return SkippedRow(
            line,
            reason,
            name=self._names.name(names),
            value=written,
            phone=number,
            packed_cells=msgspec.json.encode(cells),
        )
