"""Contacts who have one number, such as two children of a parent: one text, which names them all.

Ada,4155550101,Oak     -> one text to +14155550101: "Ada & Ben", and the contact's name is
Ben,4155550101,Elm        "Ada, Ben"; any other field has the value of the first row, Oak
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from ledger.errors import BadInput
from ledger.messages.contact_names import distinct, is_name_field, joined
from ledger.messages.contact_rows import ContactFileRow, Rows
from ledger.messages.message_variants import MessageTemplate
from ledger.messages.skipped_rows import SkippedRow

_MOST_NAMES = 5
"""A number of more contacts is hardly a family's, and a text with all their names is long."""


@dataclass(frozen=True, slots=True)
class LaterRow:
    """A row with the number of an earlier one: its name, and the fields that the message merges."""

    line: int
    name: str
    fields: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class _Shared:
    """What replaces the name and the fields of the first row."""

    name: str
    fields: Mapping[str, str]


@dataclass
class SharedNumbers:
    """The numbers that several contacts of a file have."""

    shared: dict[int, _Shared] = field(default_factory=dict)
    """By the line of the first contact."""
    lines: set[int] = field(default_factory=set)
    """The lines of the later rows of these numbers."""
    differing_fields: Counter[str] = field(default_factory=Counter)
    """Merge field → how many numbers have several values for it, of which the first is sent."""

    @classmethod
    def among(
        cls, rows: Rows, later: Mapping[int, Sequence[LaterRow]], template: MessageTemplate
    ) -> "SharedNumbers":
        """Compare the first rows with the later ones, which are by the line of the first."""
        numbers = cls()
        for row in rows if later else ():
            if others := later.get(row.line):
                numbers._add(row, others, template)
        return numbers

    def _add(
        self, first: ContactFileRow, others: Sequence[LaterRow], template: MessageTemplate
    ) -> None:
        values = {
            name: distinct([first.fields.get(name, ""), *(each.fields[name] for each in others)])
            for name in template.fields
        }
        several = {name for name in values if len(values[name]) > 1}
        names = distinct([first.name, *(each.name for each in others)])
        merged = {name for name in several if is_name_field(name)}
        if len(names) > 1 or merged:
            fields = {name: joined(values[name]) for name in merged}
            if not _fits(first, fields, template) or len(names) > _MOST_NAMES:
                fields = {}
            self.shared[first.line] = _Shared(_listed(names), fields)
            self.lines |= {each.line for each in others}
            several -= set(fields)
        self.differing_fields.update(several)


class RowsWithRepeats:
    """The rows of a file, each first one with the later rows that have its number."""

    def __init__(self, rows: Rows, skipped: Sequence[SkippedRow]) -> None:
        self._rows = rows
        self._later: dict[int, list[SkippedRow]] = {}
        for row in skipped:
            if row.first_line is not None:
                self._later.setdefault(row.first_line, []).append(row)

    def __len__(self) -> int:
        return len(self._rows)

    def __iter__(self) -> Iterator[ContactFileRow]:
        for row in self._rows:
            later = self._later.get(row.line)
            yield replace(row, repeats=tuple(r.file_row for r in later)) if later else row


class JoinedRows:
    """The rows of a file, each first one with the names of all contacts who have its number."""

    def __init__(self, rows: Rows, numbers: SharedNumbers) -> None:
        self._rows = rows
        self._shared = numbers.shared

    def __len__(self) -> int:
        return len(self._rows)

    def __iter__(self) -> Iterator[ContactFileRow]:
        for row in self._rows:
            if shared := self._shared.get(row.line):
                yield replace(row, name=shared.name, fields={**row.fields, **shared.fields})
            else:
                yield row


def _fits(row: ContactFileRow, fields: Mapping[str, str], template: MessageTemplate) -> bool:
    try:
        template.merge({**row.fields, **fields})
    except BadInput:
        return False
    return True


def _listed(names: Sequence[str]) -> str:
    more = len(names) - _MOST_NAMES
    return ", ".join(names[:_MOST_NAMES]) + (f" and {more:,} more" if more > 0 else "")
