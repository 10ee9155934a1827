"""How many contacts get each wording of a message, and what its texts take."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from ledger.messages.contact_rows import ContactFileRow
from ledger.messages.message_variants import MessageTemplate, VariantTemplate
from ledger.messages.opt_out_instructions import says_how_to_opt_out
from ledger.messages.segments import count_segments
from ledger.messages.template import Template


@dataclass(frozen=True, kw_only=True)
class WordingSize:
    """One wording, with the contacts who get it."""

    value: str
    """The value of the column; blank for the message itself, which all others get."""
    contacts: int
    segments: int
    """Of all texts in it, with one attempt for each contact."""
    says_how_to_opt_out: bool


def wording_sizes(
    template: MessageTemplate, written: Mapping[str, str], rows: Iterable[ContactFileRow]
) -> list[WordingSize]:
    """Return the size of each wording, the message itself first; none where it is the only one.

    `written` has the wordings as staff wrote them, as `written_wordings` returns them.
    """
    if isinstance(template, Template):
        return []
    contacts, segments = Counter[str](), Counter[str]()
    for row in rows:
        value = template.value_for(row.fields)
        contacts[value] += 1
        segments[value] += count_segments(template.merge(row.fields)).count
    return [
        WordingSize(
            value=value,
            contacts=contacts[value],
            segments=segments[value],
            says_how_to_opt_out=says_how_to_opt_out(text),
        )
        for value, text in written.items()
    ]


def wording_of(template: MessageTemplate, fields: Mapping[str, str]) -> str:
    """Return the value whose wording a contact gets; blank for the message itself."""
    return template.value_for(fields) if isinstance(template, VariantTemplate) else ""
