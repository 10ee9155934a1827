"""The nine status marks: the key, the word, the rule and the drawing of each.

The standing decides which mark a contact or a message has; templates/macros/marks.html writes the
HTML around a mark.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from ledger.domain.vocabulary import CampaignState, DeliveryStatus, MessageStatus, Reason
from webapp.explain.reasons import REASON_LABELS
from webapp.explain.statuses import STATE_LABELS, STATUS_LABELS


@dataclass(frozen=True)
class StatusMark:
    """One status, shown in three ways: by its shape, its word and its colour.

    The glyph is the inside of a 16 x 16 SVG. Its classes are those of static/ledger.css: fill
    (an area in the mark's colour), inner (a stroke on it), dot, line and solid.
    """

    key: str
    word: str
    rule: str
    glyph: str


_MARKS = (
    StatusMark(
        "delivered",
        STATUS_LABELS[DeliveryStatus.DELIVERED],
        "R6",
        '<circle class="mark-fill" cx="8" cy="8" r="7.25"/>'
        '<path class="mark-inner" d="m4.6 8.3 2.3 2.3 4.5-5"/>',
    ),
    StatusMark(
        "pending",
        STATUS_LABELS[DeliveryStatus.PENDING],
        "R7",
        '<circle class="mark-fill" cx="8" cy="8" r="6.9"/>'
        '<path class="mark-inner" d="M8 4.2V8l2.6 1.9"/>',
    ),
    StatusMark(
        "failed",
        STATUS_LABELS[DeliveryStatus.FAILED],
        "R17",
        '<path class="mark-line" d="M2.4 15.2V.9"/>'
        '<path class="mark-fill" d="M3 1.2h11.2l-2.3 4.3 2.3 4.3H3Z"/>'
        '<path class="mark-inner" d="M7.2 3v3"/>'
        '<circle class="mark-dot" cx="7.2" cy="8" r=".85"/>',
    ),
    StatusMark(
        "sent",
        STATUS_LABELS[MessageStatus.SENT],
        "R3",
        '<path class="mark-line" d="m1.8 8.6 4 4 8.4-9.2"/>',
    ),
    StatusMark(
        "waiting",
        STATUS_LABELS[DeliveryStatus.PENDING],
        "R4",
        '<path class="mark-line" d="M13.6 8A5.6 5.6 0 1 1 11.4 3.5"/>'
        '<path class="mark-solid" d="M10.2.9 14.4 4l-4.8 2.2Z"/>',
    ),
    StatusMark(
        "undelivered",
        STATUS_LABELS[MessageStatus.UNDELIVERED],
        "R5",
        '<circle class="mark-fill" cx="8" cy="8" r="7.25"/>'
        '<path class="mark-inner" d="m5.2 5.2 5.6 5.6m0-5.6-5.6 5.6"/>',
    ),
    StatusMark(
        "opted_out",
        REASON_LABELS[Reason.OPTED_OUT],
        "R16",
        '<circle class="mark-line" cx="8" cy="8" r="6.4"/>'
        '<path class="mark-line" d="m3.6 3.6 8.8 8.8"/>',
    ),
    StatusMark(
        "archived",
        STATE_LABELS[CampaignState.ARCHIVED],
        "R14",
        '<rect class="mark-line" x="1.6" y="2" width="12.8" height="3.4" rx=".6"/>'
        '<path class="mark-line" d="M2.8 5.6V14h10.4V5.6M6 8.6h4"/>',
    ),
    StatusMark(
        "complete",
        "Complete",
        "R13",
        '<path class="mark-line" d="m1 8.6 3.2 3.2L11 4"/>'
        '<path class="mark-line" d="m7.4 11.4.6.6L15 4"/>',
    ),
)

MARKS: Mapping[str, StatusMark] = MappingProxyType({mark.key: mark for mark in _MARKS})
"""Every mark by its key, in the order of the glossary."""

MESSAGE_MARKS: Mapping[str, str] = MappingProxyType(
    {"pending": "waiting", "sent": "sent", "undelivered": "undelivered"},
)
"""The key of the mark of each message status (R3-R5); a delivery status is its own key."""
