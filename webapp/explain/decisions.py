"""What follows from a decision of staff on a text that may have been sent."""

from collections.abc import Mapping
from types import MappingProxyType

from ledger.domain.vocabulary import Settlement

DECISION_SENTENCES: Mapping[Settlement, str] = MappingProxyType(
    {
        Settlement.RESEND: "The text is sent again.",
        Settlement.LET_BE: "Nothing more is sent: it counts as failed, unless a report says more.",
    }
)
