"""Texts that the provider was given and the ledger lost, because it lost its end.

Each is looked for among what still waits here for the same number in the same words. What is found
counts from then on as sent, so that nobody is texted twice.
"""

from enum import Enum, auto

from ledger.commands.merged_texts import texts_of
from ledger.commands.unknown_outcomes import AttachRecord
from ledger.domain.error_codes import CodeTable
from ledger.domain.provider_record import ProviderRecord
from ledger.ledger import Ledger


class Placement(Enum):
    """Where a text of the provider's belongs."""

    KNOWN = auto()
    """The ledger has it."""
    ATTACHED = auto()
    """It waited here to be sent."""
    UNPLACED = auto()
    """Nothing here is that text."""


def place(ledger: Ledger, codes: CodeTable, record: ProviderRecord) -> Placement:
    """Attach the text to the delivery it belongs to; doing it again changes nothing."""
    if ledger.reader.is_sid_recorded(record.sid):
        return Placement.KNOWN
    delivery_ids = ledger.reader.deliveries_of(ledger.identity.contact_id(record.to))
    for delivery_id, text in texts_of(ledger.reader, delivery_ids).items():
        is_same = text is not None and text.body == record.body
        if is_same and ledger.execute(AttachRecord(delivery_id, record, codes)).result():
            return Placement.ATTACHED
    return Placement.UNPLACED
