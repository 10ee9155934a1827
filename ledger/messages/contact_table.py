"""The rows of a contact file as text, of a text file or of a workbook, with their lines.

    (2, ["(415) 555-0101", "Ada", "5"])

`contact_header.py` decides what the columns mean.
"""

from collections.abc import Callable, Generator
from contextlib import closing
from dataclasses import dataclass
from itertools import islice

from ledger.errors import BadInput

Record = tuple[int, list[str]]
"""The line on which a row starts, or its number in the sheet; and its cells, not all blank."""
Records = Generator[Record, None, None]


@dataclass(frozen=True)
class Table:
    """One way to read a file: one sheet of a workbook, or a text file with one delimiter."""

    records: Callable[[], Records]
    """Reads all rows from the beginning. Raises BadInput at a row that cannot be read."""
    sheet: str = ""
    """The name of the sheet; blank where it is the only one, and for a text file."""

    def head(self, count: int) -> "TableHead":
        """Return the first rows, at most `count`, up to one that cannot be read."""
        records: list[Record] = []
        with closing(self.records()) as reading:
            try:
                records.extend(islice(reading, count))
            except BadInput as error:
                return TableHead(records, error)
        return TableHead(records)


@dataclass(frozen=True)
class TableHead:
    """The first rows of a table; `error` is why they end early."""

    records: list[Record]
    error: BadInput | None = None

    @property
    def likely_header(self) -> list[str]:
        """The first row with nearly as many filled cells as any; a title has fewer."""
        filled = [sum(map(bool, map(str.strip, cells))) for _line, cells in self.records]
        most = max(filled, default=0)
        rows = zip(filled, self.records, strict=True)
        return next((cells for count, (_line, cells) in rows if 3 * count >= 2 * most), [])


@dataclass(frozen=True)
class ContactTables:
    """All the ways to read a file: a workbook has its sheets in their order."""

    tables: tuple[Table, ...]
    encoding: str
    """UTF-8, UTF-16 or Windows-1252; blank for a workbook."""

    @property
    def is_workbook(self) -> bool:
        """Whether the tables are the sheets of a workbook."""
        return not self.encoding
