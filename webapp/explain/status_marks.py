"""The nine status marks: what each is called, how it is drawn, which of the rules it stands for.

Only the drawings and words; which mark a contact or a message has is decided in
ledger/domain/standing.py, and the HTML around a mark is written in templates/macros/marks.html.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from flask import Flask


@dataclass(frozen=True)
class Mark:
    """One status, told three times: by its shape, its word and its colour.

    The glyph is the inside of a 16 x 16 SVG. Its classes are those of static/ledger.css: fill
    (an area in the mark's colour), inner (a stroke upon it), dot, line and solid.
    """

    key: str
    word: str
    rule: str
    glyph: str


_DRAWN = (
    Mark(
        "delivered",
        "Delivered",
        "R6",
        '<circle class="mark-fill" cx="8" cy="8" r="7.25"/>'
        '<path class="mark-inner" d="m4.6 8.3 2.3 2.3 4.5-5"/>',
    ),
    Mark(
        "pending",
        "Pending",
        "R7",
        '<circle class="mark-fill" cx="8" cy="8" r="6.9"/>'
        '<path class="mark-inner" d="M8 4.2V8l2.6 1.9"/>',
    ),
    Mark(
        "failed",
        "Failed",
        "R17",
        '<path class="mark-line" d="M2.4 15.2V.9"/>'
        '<path class="mark-fill" d="M3 1.2h11.2l-2.3 4.3 2.3 4.3H3Z"/>'
        '<path class="mark-inner" d="M7.2 3v3"/>'
        '<circle class="mark-dot" cx="7.2" cy="8" r=".85"/>',
    ),
    Mark("sent", "Sent", "R3", '<path class="mark-line" d="m1.8 8.6 4 4 8.4-9.2"/>'),
    Mark(
        "waiting",
        "Pending",
        "R4",
        '<path class="mark-line" d="M13.6 8A5.6 5.6 0 1 1 11.4 3.5"/>'
        '<path class="mark-solid" d="M10.2.9 14.4 4l-4.8 2.2Z"/>',
    ),
    Mark(
        "undelivered",
        "Undelivered",
        "R5",
        '<circle class="mark-fill" cx="8" cy="8" r="7.25"/>'
        '<path class="mark-inner" d="m5.2 5.2 5.6 5.6m0-5.6-5.6 5.6"/>',
    ),
    Mark(
        "opted_out",
        "Opted out",
        "R16",
        '<circle class="mark-line" cx="8" cy="8" r="6.4"/>'
        '<path class="mark-line" d="m3.6 3.6 8.8 8.8"/>',
    ),
    Mark(
        "archived",
        "Archived",
        "R14",
        '<rect class="mark-line" x="1.6" y="2" width="12.8" height="3.4" rx=".6"/>'
        '<path class="mark-line" d="M2.8 5.6V14h10.4V5.6M6 8.6h4"/>',
    ),
    Mark(
        "complete",
        "Complete",
        "R13",
        '<path class="mark-line" d="m1 8.6 3.2 3.2L11 4"/>'
        '<path class="mark-line" d="m7.4 11.4.6.6L15 4"/>',
    ),
)

MARKS: Mapping[str, Mark] = MappingProxyType({mark.key: mark for mark in _DRAWN})
"""Every mark by its key, in the order of the glossary."""

MESSAGE_MARKS: Mapping[str, str] = MappingProxyType(
    {"pending": "waiting", "sent": "sent", "undelivered": "undelivered"},
)
"""The key of the mark of each message status (R3-R5); a delivery status is its own key."""


def add_marks(app: Flask) -> None:
    """Make the marks known to the templates, where macros/marks.html draws them."""
    app.jinja_env.globals.update(MARKS=MARKS, MESSAGE_MARKS=MESSAGE_MARKS)
