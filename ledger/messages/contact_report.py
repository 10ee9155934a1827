"""What staff should know about a contact file before they launch it."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from ledger.messages.contact_cells import CleanCell

_NAMED_CELLS = 10

FieldCell = tuple[str, CleanCell]
"""The merge field of a column, and a cleaned cell of it."""


@dataclass(frozen=True, slots=True)
class BrokenCell:
    """A cell whose letters were damaged before the file was uploaded: "Jos\u00c3\u00a9"."""

    line: int
    field: str
    text: str


@dataclass(kw_only=True)
class ContactFileReport:
    """How the file was read, and what in it a recipient would notice; of rows that are texted."""

    phone_column: str
    """The heading of the column that is texted."""
    phone_index: int = 0
    """The index of that column."""
    columns: tuple[str, ...]
    """All headings, each once."""
    home: str
    """The school's country, of two letters."""
    sheet: str
    """The sheet that was read, of a workbook with several; otherwise blank."""
    other_sheets: tuple[str, ...] = ()
    """The sheets that have phone numbers too, and were not read."""
    encoding: str
    """UTF-8, UTF-16 or Windows-1252; blank for a workbook."""
    single_braced: tuple[str, ...] = ()
    """What stands in one brace in the message, and is no column: it is sent as it is written."""
    countries: Counter[str] = field(default_factory=Counter)
    """Country -> the number of contacts with its numbers."""
    blank_fields: Counter[str] = field(default_factory=Counter)
    """Merge field without a default -> the number of contacts for whom it is blank."""
    dropped: Counter[tuple[str, str]] = field(default_factory=Counter)
    """Merge field and invisible character -> the number of contacts whose value had it."""
    errors: Counter[tuple[str, str]] = field(default_factory=Counter)
    """Merge field and `#N/A`, `NULL` or the like -> the number of contacts who have it."""
    broken: list[BrokenCell] = field(default_factory=list)
    """The first cells with damaged letters."""
    broken_count: int = 0
    shared_numbers: int = 0
    """The numbers of several contacts."""
    differing_fields: Counter[str] = field(default_factory=Counter)
    """Merge field -> how many numbers have several values for it, of which the first is sent."""

    wording_column: str = ""
    """The merge field of the column that says who gets which wording; blank with one wording."""
    wordings: Counter[str] = field(default_factory=Counter)
    """Value of that column -> the number of contacts who get its wording; blank: the message."""
    other_values: Counter[str] = field(default_factory=Counter)
    """A value of that column that has no wording -> the number of contacts who have it."""

    @property
    def numbers_abroad(self) -> Mapping[str, int]:
        """Country -> the number of contacts with its numbers, the most first, without `home`."""
        counts = self.countries.most_common()
        return {country: count for country, count in counts if country != self.home}

    def begin_wordings(self, column: str, values: Iterable[str]) -> None:
        """Say that there are several wordings, by the values of a column."""
        self.wording_column = column
        self.wordings.update(dict.fromkeys(("", *values), 0))

    def add_wording(self, wording: str, value: str) -> None:
        """Add a row that is texted: the value whose wording it gets, and that of its column."""
        self.wordings[wording] += 1
        if not wording:
            self.other_values[value.strip()] += 1

    def add_row(self, line: int, cells: Iterable[FieldCell], blank: Iterable[str]) -> None:
        """Add a row that is texted: the cells that were cleaned, and the fields that are blank."""
        self.blank_fields.update(blank)
        for name, cell in cells:
            self.dropped.update((name, character) for character in cell.dropped)
            if cell.error:
                self.errors[name, cell.error] += 1
            if cell.is_broken:
                self.broken_count += 1
                if len(self.broken) < _NAMED_CELLS:
                    self.broken.append(BrokenCell(line, name, cell.text))
