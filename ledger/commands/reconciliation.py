"""Texts that the provider was given and the ledger lost, because it was cut short.

Each is looked for among what still waits here to the same number in the same words. What is found
counts from then on as sent, so that nobody is texted twice.
"""

from dataclasses import dataclass
from enum import Enum, auto

from ledger.commands.attempts import Attempts
from ledger.commands.unknown_outcomes import Asking
from ledger.domain.provider_record import KnownText
from ledger.ledger import Ledger


class Found(Enum):
    """Where a text of the provider's belongs."""

    KNOWN = auto()
    """The ledger has it."""
    ATTACHED = auto()
    """It waited here to be sent."""
    UNPLACED = auto()
    """Nothing here is that text."""


@dataclass(frozen=True)
class LostTexts:
    """Finds them their place."""

    ledger: Ledger
    asking: Asking
    attempts: Attempts

    def find(self, text: KnownText) -> Found:
        """Put the text where it belongs; doing it again changes nothing."""
        if self.ledger.is_held(text.sid):
            return Found.KNOWN
        delivery_ids = self.ledger.deliveries_of(self.ledger.identity.contact_id(text.to))
        for delivery_id, ours in self.attempts.texts_of(delivery_ids).items():
            if ours and ours.body == text.body and self.asking.attach(delivery_id, text):
                return Found.ATTACHED
        return Found.UNPLACED
