"""Finds the deliveries of texts that the provider has and that the ledger lost with its end.

A text belongs to a waiting delivery to the same number with the same words. That delivery then
counts as sent, so that nobody is texted twice.
"""

from enum import Enum, auto

from ledger.commands.merged_texts import texts_of
from ledger.commands.same_phone import deliveries_to
from ledger.commands.unknown_outcomes import AttachRecord
from ledger.domain.error_codes import CodeTable
from ledger.domain.provider_record import ProviderRecord
from ledger.ledger import Ledger


class RecordMatch(Enum):
    """Whether the ledger has a delivery for a text of the provider's."""

    KNOWN = auto()
    """The ledger knew its SID before."""
    ATTACHED = auto()
    """It was attached to a delivery that waited."""
    NONE = auto()
    """No delivery fits."""


def attach_record(ledger: Ledger, codes: CodeTable, record: ProviderRecord) -> RecordMatch:
    """Attach the text to the delivery it belongs to; a repeat changes nothing."""
    if ledger.reader.is_sid_recorded(record.sid):
        return RecordMatch.KNOWN
    delivery_ids = deliveries_to(ledger.reader, ledger.identity, record.to)
    for delivery_id, text in texts_of(ledger.reader, delivery_ids).items():
        is_same = text is not None and text.body == record.body
        if is_same and ledger.execute(AttachRecord(delivery_id, record, codes)).result():
            return RecordMatch.ATTACHED
    # another process may have attached it since the ledger was read above
    return RecordMatch.KNOWN if ledger.reader.is_sid_recorded(record.sid) else RecordMatch.NONE
