"""The events of a contact file's stream: its headings, the rows left out, and their destruction.

The rows of the contacts that are enrolled are in their enrolments (see `Person.rows`).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from ledger.domain.events.base import Event
from ledger.domain.vocabulary import IdKind


@dataclass(frozen=True, kw_only=True)
class FileHeadings:
    """The headings of all columns, in their order; one that a file leaves blank is blank."""

    headings: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class LeftOutRow:
    """A row that is not texted: its line, its cells as they were, and why."""

    line: int
    cells: tuple[str, ...]
    reason: str


@dataclass(frozen=True, kw_only=True)
class LeftOutRows:
    """Some rows that are not texted, in the order of the file."""

    rows: tuple[LeftOutRow, ...]


@dataclass(frozen=True, kw_only=True)
class ContactFileEvent(Event):
    """An event about the contact file of a campaign."""

    campaign_id: str


@dataclass(frozen=True, kw_only=True)
class ContactFileRecorded(ContactFileEvent):
    """A launch began to enrol the contacts of a file; it comes before the first enrolment."""

    private: FileHeadings | None
    id_columns: Mapping[IdKind, tuple[int, ...]] = field(default_factory=dict)
    """Kind of id → the columns that have it, as indexes of headings and of the cells of rows."""


@dataclass(frozen=True, kw_only=True)
class RowsLeftOut(ContactFileEvent):
    """Rows of the file are not texted.

    They are sealed under the file's own key. A row whose number could be read is alone in its
    event, which has the contact of that number and is sealed under its key: it is forgotten with
    the contact.
    """

    count: int
    private: LeftOutRows | None
    contact_id: str | None = None

    @property
    def subject_id(self) -> str:
        """The contact of the number, or the file."""
        return self.contact_id or self.originator_id


@dataclass(frozen=True, kw_only=True)
class ContactFileDestroyed(ContactFileEvent):
    """The retention rule destroyed the file's key, and with it the rows that were left out."""

    rule: int
    """The number of the rule."""
