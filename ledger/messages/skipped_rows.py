"""The rows of a contact file that are not texted, as staff read them."""

from dataclasses import dataclass, field

import msgspec

from ledger.domain.events import FileRow
from ledger.errors import BadInput

_NAMED_ROWS = 10


@dataclass(frozen=True, slots=True)
class SkippedRow:
    """A row that is not texted: a bad one, or one with the number of an earlier row."""

    line: int
    reason: str
    is_duplicate: bool = False
    name: str = ""
    value: str = ""
    """The number as the file has it."""
    is_joined: bool = False
    """Whether it is another contact than the earlier one, who gets one text together with it."""
    first_line: int | None = field(default=None, compare=False)
    """Of a duplicate: the line of the earlier row."""
    phone: str = field(default="", compare=False, repr=False)
    """The number in E.164, where it could be read."""
    packed_cells: bytes = field(default=b"[]", compare=False, repr=False)
    """Its cells as they were, as JSON: a quarter of the memory that they take as texts."""

    @property
    def file_row(self) -> FileRow:
        """The row as it stood in the file."""
        return self.line, msgspec.json.decode(self.packed_cells, type=tuple[str, ...])

    def __str__(self) -> str:
        """Return the row in words: `line 7: Ada Okafor, “415-555”: the number is too short`."""
        value = f"\u201c{self.value}\u201d" if self.value else ""
        contact = ", ".join(filter(None, (self.name, value)))
        return f"line {self.line}: {contact}: {self.reason}".replace(": : ", ": ")


class BadRows(BadInput):
    """Rows cannot be texted; correct the file, or read it again without them."""

    def __init__(self, sentence: str, rows: tuple[SkippedRow, ...]) -> None:
        named = [str(row) for row in rows[:_NAMED_ROWS]]
        if len(rows) > _NAMED_ROWS:
            named.append(f"and {len(rows) - _NAMED_ROWS:,} more")
        super().__init__("\n".join((f"{sentence}:", *named)))
        self.sentence = f"{sentence}."
        self.rows = rows
        self.named = tuple(named)
