"""What a launch would send, for the page that shows it before."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from ledger.commands.launch_order import LaunchOrder
from ledger.messages.contact_file import ParsedContacts
from ledger.messages.cost_estimate import ContactText, Estimate, estimate
from ledger.messages.template import Template
from webapp.look_ups import PlannedLookUp

_MERGED_SAMPLES = 3


@dataclass(frozen=True)
class CheckedOrder:
    """An order that can be launched, and what staff should check before the launch."""

    order: LaunchOrder
    parsed: ParsedContacts
    template: Template
    look_up: PlannedLookUp | None = None
    """The look-up that comes before the launch; None where staff want none."""

    def texts(self) -> Iterator[ContactText]:
        """Yield the text of every contact, in the order of the file."""
        for row in self.parsed.rows:
            yield ContactText(row.line, row.phone, row.name, self.template.merge(row.fields))

    def samples(self) -> Sequence[ContactText]:
        """Return the texts of the first contacts."""
        return list(islice(self.texts(), _MERGED_SAMPLES))

    def estimate(self) -> Estimate:
        """Return segments and costs."""
        return estimate(self.texts())
