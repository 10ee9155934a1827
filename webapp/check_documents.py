"""The public JSON shape of a check: what a campaign would send and cost, and its file's faults."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from ledger.messages.cost_estimate import ContactText, Estimate, Price
from ledger.messages.country_names import country_name
from ledger.messages.skipped_rows import SkippedRow
from ledger.messages.wording_sizes import WordingSize
from webapp.explain.characters import character_name
from webapp.explain.contact_files import file_notes
from webapp.explain.line_types import LookedUp

if TYPE_CHECKING:  # it imports the library of phone numbers, which is slow
    from ledger.messages.contact_file import ParsedContacts


def check_document(
    parsed: "ParsedContacts",
    estimate: Estimate,
    texts: Sequence[ContactText],
    price: Price | None,
    *,
    without_consent: int | None,
) -> dict[str, Any]:
    """Return what a campaign would send and cost, as `campaign check --json` prints it."""
    return {
        "contacts": estimate.contacts,
        "segments": estimate.segments,
        "cost": price.of(estimate.segments) if price else None,
        "costly_characters": estimate.unusual,
        "segments_without_them": estimate.segments_without,
        "texts": [
            {
                "line": text.line,
                "encoding": text.segments.encoding,
                "segments": text.segments.count,
                "cost": price.of(text.segments.count) if price else None,
            }
            for text in texts
        ],
        "without_consent": without_consent,
        **_file_document(parsed),
    }


def wordings_document(sizes: Sequence[WordingSize], price: Price | None) -> dict[str, Any]:
    """Return how many contacts get each wording, and what its texts take and cost.

    The value is null for the message itself. Without further wordings the list is empty.
    """
    return {
        "wordings": [
            {
                "value": size.value or None,
                "contacts": size.contacts,
                "segments": size.segments,
                "cost": price.of(size.segments) if price else None,
                "says_how_to_opt_out": size.says_how_to_opt_out,
            }
            for size in sizes
        ]
    }


def abroad_document(abroad: Mapping[str, int]) -> dict[str, Any]:
    """Return how many contacts have numbers of other countries, for `campaign check --json`."""
    return {
        "numbers_abroad": [
            {"country": country, "name": country_name(country), "contacts": contacts}
            for country, contacts in abroad.items()
        ]
    }


def line_types_document(looked_up: LookedUp | None) -> dict[str, Any]:
    """Return what a look-up of line types brought; nothing without one."""
    if looked_up is None:
        return {}
    counts = {"asked": looked_up.asked, "failed": looked_up.failed}
    return {"line_types": counts | {"landlines": looked_up.landlines, "cost": looked_up.cost}}


def _file_document(parsed: "ParsedContacts") -> dict[str, Any]:
    report = parsed.report
    return {
        "phone_column": report.phone_column,
        "sheet": report.sheet or None,
        "encoding": report.encoding or None,
        "blank_fields": report.blank_fields,
        "dropped_characters": [
            {"field": field, "character": character_name(character), "contacts": contacts}
            for (field, character), contacts in report.dropped.items()
        ],
        "spreadsheet_errors": [
            {"field": field, "value": error, "contacts": contacts}
            for (field, error), contacts in report.errors.items()
        ],
        "damaged_values": [asdict(cell) for cell in report.broken],
        "shared_numbers": report.shared_numbers,
        "differing_fields": report.differing_fields,
        "skipped": [skipped_document(row) for row in parsed.skipped],
        "notes": file_notes(report),
    }


def skipped_document(row: SkippedRow) -> dict[str, Any]:
    """Return a row of a contact file that is not texted; `value` is the number as it has it."""
    return {"line": row.line, "reason": row.reason, "name": row.name, "value": row.value}
