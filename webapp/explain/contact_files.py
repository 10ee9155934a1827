"""What staff should know about a contact file before a launch, in sentences."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from ledger.domain.events import FileNotes
from ledger.messages.contact_names import is_name_field
from ledger.messages.contact_report import ContactFileReport
from ledger.messages.merge_fields import braced
from ledger.messages.skipped_rows import SkippedRow
from webapp.explain.characters import character_name
from webapp.explain.countries import abroad_sentence
from webapp.explain.numbers import counted, number, plural
from webapp.explain.wordings import wording_notes

if TYPE_CHECKING:  # it reads phone numbers, which takes a short command long to import
    from ledger.messages.contact_file import ParsedContacts

_MOST_LEFT_OUT = 50
_USUAL_ENCODINGS = ("", "UTF-8", "UTF-16")


def file_notes(report: ContactFileReport) -> list[str]:
    """Return the sentences, the column that is texted first."""
    return [_phone_column(report), *contact_notes(report)]


def contact_notes(report: ContactFileReport) -> list[str]:
    """Return the sentences about contacts that came without a file."""
    return [
        *_reading(report),
        *wording_notes(report),
        *_values(report),
        *_shared_numbers(report),
    ]


def notes_for_approver(parsed: "ParsedContacts") -> FileNotes:
    """Return what an approver reads about a contact file, without names and numbers."""
    report = without_values(parsed.report)
    notes = file_notes(report)
    if abroad := report.numbers_abroad:
        notes.append(abroad_sentence(abroad, report.home))
    return FileNotes(notes=tuple(notes), left_out=tuple(_lines_left_out(parsed.skipped)))


def without_values(report: ContactFileReport) -> ContactFileReport:
    """Return the report without values of single contacts, which may be names."""
    return replace(report, broken=[], other_values=Counter())


def _lines_left_out(rows: Sequence[SkippedRow]) -> Iterator[str]:
    for row in rows[:_MOST_LEFT_OUT]:
        yield f"Line {row.line}: {row.reason}"
    if len(rows) > _MOST_LEFT_OUT:
        yield f"and {number(len(rows) - _MOST_LEFT_OUT)} more"


def _phone_column(report: ContactFileReport) -> str:
    sheet = f" of the sheet “{report.sheet}”" if report.sheet else ""
    return f"Texts go to the column “{report.phone_column}”{sheet}."


def _reading(report: ContactFileReport) -> Iterator[str]:
    if others := report.other_sheets:
        named = ", ".join(f"“{sheet}”" for sheet in others)
        yield (
            f"The {plural(len(others), 'sheet')} {named} {plural(len(others), 'has', 'have')} "
            f"phone numbers too, and {plural(len(others), 'is', 'are')} not read. To text them, "
            "put all contacts on one sheet, or launch each sheet from a file of its own."
        )
    if report.encoding not in _USUAL_ENCODINGS:
        yield (
            f"The file is not in UTF-8; it was read as {report.encoding}. Check that letters with "
            "accents are right."
        )
    if report.broken_count:
        yield (
            f"The letters of {counted(report.broken_count, 'value')} are damaged{_broken(report)}. "
            "Correct them, or export the file again as UTF-8."
        )


def _broken(report: ContactFileReport) -> str:
    """Return the first cells with damaged letters: ": line 3, “JosÃ©”; and 4 more"."""
    if not report.broken:
        return ""
    cells = "; ".join(f"line {cell.line}, “{cell.text}”" for cell in report.broken)
    more_count = report.broken_count - len(report.broken)
    more = f"; and {number(more_count)} more" if more_count else ""
    return f": {cells}{more}"


def _values(report: ContactFileReport) -> Iterator[str]:
    for written in report.single_braced:
        yield (
            f"The message is sent with {written} in it: no column has that name. A field is the "
            "name of a column in two braces, such as {{first_name}}."
        )
    for field, contacts in report.blank_fields.items():
        yield (
            f"{braced(field)} is blank for {counted(contacts, 'contact')}. To send a word in its "
            f"place, write {braced(f'{field}|{_default(field)}')}."
        )
    for (field, error), contacts in report.errors.items():
        yield f"{field} is {error} for {counted(contacts, 'contact')}; it counts as blank."
    for (field, character), contacts in report.dropped.items():
        yield (
            f"{field} has an invisible character for {counted(contacts, 'contact')}: "
            f"{character_name(character)}. It is left out."
        )


def _default(field: str) -> str:
    """Return what staff may write for a blank: a greeting fits a name, and no room or amount."""
    return "there" if is_name_field(field) else "unknown"


def _shared_numbers(report: ContactFileReport) -> Iterator[str]:
    count = report.shared_numbers
    if count:
        yield (
            f"{counted(count, 'number')} {plural(count, 'belongs', 'belong')} to more than one "
            f"contact; {plural(count, 'it', 'each')} gets one text for all of them."
        )
    for field, numbers in report.differing_fields.items():
        yield (
            f"{braced(field)} differs between the rows of {counted(numbers, 'number')}; the text "
            "has the value of the first row."
        )
