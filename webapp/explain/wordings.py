"""Sentences about the wordings of a message, and about who gets which."""

from collections import Counter
from collections.abc import Iterator, Mapping

from ledger.messages.contact_report import ContactFileReport
from ledger.messages.opt_out_instructions import says_how_to_opt_out
from ledger.messages.wording_sizes import WordingSize
from webapp.explain.numbers import counted, number, plural

THE_MESSAGE = "the message itself"
_NAMED_VALUES = 5


def wording_name(value: str) -> str:
    """Return what a wording is called, by the value of its column; blank is the message itself."""
    return f"the wording for “{value}”" if value else THE_MESSAGE


def wording_notes(report: ContactFileReport) -> Iterator[str]:
    """Yield how many contacts get each wording, and a warning about values without one."""
    column = report.wording_column
    for value, contacts in report.wordings.items():
        if value and contacts:
            yield f"{_gets(contacts)} the wording for “{value}”."
        elif value:
            yield (
                f"No contact has “{value}” in the column {column}, so nobody gets that wording. "
                "Check how the file writes it."
            )
    if contacts := report.wordings[""]:
        yield (
            f"{_gets(contacts)} the message itself, as no wording is for "
            f"{plural(contacts, 'its', 'their')} value of {column}{_values(report.other_values)}."
        )


def no_opt_out_sentence(wordings: Mapping[str, str]) -> str:
    """Return which wordings do not say how to opt out; blank where all do."""
    silent = [value for value, text in wordings.items() if not says_how_to_opt_out(text)]
    if not silent:
        return ""
    if silent == [""]:
        return "The message does not say how to opt out."
    named = [wording_name(value) for value in silent]
    listed = ", ".join(named[:-1]) + (" and " if named[:-1] else "") + named[-1]
    do_not = plural(len(silent), "does not", "do not")
    return f"{listed[0].upper()}{listed[1:]} {do_not} say how to opt out."


def wording_line(size: WordingSize, cost: str) -> str:
    """Return the line of one wording in a check: `es: 12 contacts, 24 segments, about …`."""
    parts = [counted(size.contacts, "contact"), counted(size.segments, "segment")]
    parts += [f"about {cost}"] if cost else []
    return f"{size.value or 'all others'}: {', '.join(parts)}"


def _gets(contacts: int) -> str:
    return f"{counted(contacts, 'contact')} {plural(contacts, 'gets', 'get')}"


def _values(values: Counter[str]) -> str:
    """Return the commonest values: ": “en” (300), “fr” (2), blank (4) and 3 other values"."""
    if not values:
        return ""
    named = [
        f"{f'“{value}”' if value else 'blank'} ({number(contacts)})"
        for value, contacts in values.most_common(_NAMED_VALUES)
    ]
    more = len(values) - len(named)
    rest = f" and {counted(more, 'other value')}" if more else ""
    return f": {', '.join(named)}{rest}"
