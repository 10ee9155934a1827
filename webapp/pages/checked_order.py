"""What a launch would send, for the page that shows it before."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice

from ledger.commands.launch_order import LaunchOrder
from ledger.messages.contact_file import ParsedContacts
from ledger.messages.cost_estimate import ContactText, Estimate, estimate
from ledger.messages.message_variants import MessageTemplate, written_wordings
from ledger.messages.wording_sizes import WordingSize, wording_of, wording_sizes
from webapp.look_ups import PlannedLookUp

_MERGED_SAMPLES = 3


@dataclass(frozen=True)
class ShownContact:
    """One contact of the file, as the phone on the page of the check shows it."""

    number: int
    """From 1, in the order of the file."""
    text: ContactText
    wording: str
    """The value whose wording it gets; blank for the message itself."""


@dataclass(frozen=True)
class CheckedOrder:
    """An order that can be launched, and what staff should check before the launch."""

    order: LaunchOrder
    parsed: ParsedContacts
    template: MessageTemplate
    look_up: PlannedLookUp | None = None
    """The look-up that comes before the launch; None where staff want none."""

    def texts(self) -> Iterator[ContactText]:
        """Yield the text of every contact, in the order of the file."""
        for row in self.parsed.rows:
            yield ContactText(row.line, row.phone, row.name, self.template.merge(row.fields))

    def samples(self) -> Sequence[ContactText]:
        """Return the texts of the first contacts."""
        return list(islice(self.texts(), _MERGED_SAMPLES))

    @property
    def wordings(self) -> Mapping[str, str]:
        """Every wording as staff wrote it, by the value of the column; blank: the message."""
        return written_wordings(self.order.message, self.order.variants)

    def wording_sizes(self) -> Sequence[WordingSize]:
        """Return what each wording takes; none where there is one only."""
        return wording_sizes(self.template, self.wordings, self.parsed.rows)

    def contact_at(self, number: int) -> ShownContact:
        """Return the contact with this number, from 1, with its text in its wording."""
        number = min(max(number, 1), len(self.parsed.rows))
        row = next(islice(iter(self.parsed.rows), number - 1, None))
        text = ContactText(row.line, row.phone, row.name, self.template.merge(row.fields))
        return ShownContact(number, text, wording_of(self.template, row.fields))

    def estimate(self) -> Estimate:
        """Return segments and costs."""
        return estimate(self.texts())
