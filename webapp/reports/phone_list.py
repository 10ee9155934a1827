"""The phone list of a campaign: whom its texts did not reach, for people who call them instead.

    Called,Name,Number,Student ID,Guardian Phone,Why
    ,Ada Lovelace,+14155550101,20114,(415) 555-0101,Unreachable number

A contact is one row, also with several rows in the file: its cells are then put together.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, ClassVar

from ledger.domain.events import FileRow
from ledger.domain.vocabulary import FollowUpPart
from ledger.lazy_property import lazy_property
from projections.campaigns.rows import ContactRow
from projections.tables.folding import fold
from webapp.bootstrap import Application
from webapp.explain.follow_ups import PART_LABELS
from webapp.explain.reasons import REASON_LABELS
from webapp.reports.columns import Cell
from webapp.reports.parts import CampaignParts
from webapp.reports.report import CampaignReport, ReportOrder, named_headings

MOST_ROWS = 2000
"""A page, a workbook or an answer of more would hold up others; a CSV has any number."""
_FIRST = ("Called", "Name", "Number")


@dataclass(frozen=True, kw_only=True)
class UnreachedContact:
    """A contact to call."""

    contact: ContactRow
    cells: Sequence[str]
    """One for each column of the file; those of several rows together."""

    @property
    def why(self) -> str:
        """Why the text did not reach the contact, in words."""
        reason = self.contact.failed_reason
        return REASON_LABELS[reason] if reason else PART_LABELS[FollowUpPart.UNCONFIRMED]


@dataclass
class PhoneList(CampaignReport):
    """Contacts that failed or whose text no carrier confirmed, by name, without forgotten ones.

    The rows are sorted in memory: they are a part of the campaign.
    """

    at: datetime = field(kw_only=True)
    """The time of the moment; see `CampaignParts`."""
    added_columns: ClassVar[Sequence[str]] = ("Why",)
    name_words: ClassVar[str] = "phone list"

    @classmethod
    def of(cls, app: Application, campaign_id: str, seq: int, at: datetime) -> "PhoneList":
        """Return the list as of a moment. Raises `NotFound` for a campaign there was not then."""
        for queries in (app.status, app.status.as_of(seq)):
            queries.campaign(campaign_id)
        return cls(app, ReportOrder(campaign_id=campaign_id, up_to=seq), at=at)

    @lazy_property
    def headings(self) -> tuple[str, ...]:
        """The box to tick, name and number, then the columns of the file, then why."""
        return (*_FIRST, *self.file_headings, *self.added_columns)

    @lazy_property
    def file_headings(self) -> tuple[str, ...]:
        """The columns of the file; each heading is another."""
        if self.has_fallback_columns:
            return ()
        return tuple(named_headings((*self._file_headings, *self.added_columns))[:-1])

    @property
    def expected_rows(self) -> int:
        """How many contacts were not reached, with those that were forgotten."""
        counts = self._parts.counts()
        return counts[FollowUpPart.FAILED] + counts[FollowUpPart.UNCONFIRMED]

    def rows(self) -> Iterator[Sequence[Cell]]:
        """Yield a row for each contact, by name."""
        self.rows_written = 0
        for each in self.unreached():
            self.rows_written += 1
            yield ("", each.contact.name, each.contact.phone, *each.cells, each.why)

    def documents(self) -> Iterator[dict[str, Any]]:
        """Yield each contact as commands and the API have it, by name."""
        for each in self.unreached():
            yield {
                "delivery_id": each.contact.delivery_id,
                "contact_id": each.contact.contact_id,
                "name": each.contact.name or None,
                "phone": each.contact.phone,
                "reason": each.contact.failed_reason,
                "why": each.why,
                "columns": dict(zip(self.file_headings, each.cells, strict=True)),
            }

    def unreached(self) -> Sequence[UnreachedContact]:
        """Return the contacts by name, and those of one name in the order of the file."""
        width = len(self.file_headings)
        listed = [
            UnreachedContact(contact=contact, cells=_cells_of(rows, width))
            for contact, rows, _facts, _costs in self._contacts()
        ]
        return sorted(listed, key=lambda each: (fold(each.contact.name), each.contact.position))

    def selected(self, contacts: Sequence[ContactRow]) -> Sequence[ContactRow]:
        """Return those that were not reached and are known."""
        return [row for row in contacts if not row.forgotten_at and self._is_unreached(row)]

    def _is_unreached(self, row: ContactRow) -> bool:
        return any(is_in_part(row) for is_in_part in self._tests)

    @lazy_property
    def _tests(self) -> Sequence[Any]:
        parts = (FollowUpPart.FAILED, FollowUpPart.UNCONFIRMED)
        return [self._parts.includes(part) for part in parts]

    @lazy_property
    def _parts(self) -> CampaignParts:
        return CampaignParts(self.app, self.order.campaign_id, self.order.up_to, self.at)


def _cells_of(rows: Sequence[FileRow], width: int) -> Sequence[str]:
    cells = [cells for _line, cells in rows]
    return [_together([each[i] for each in cells if i < len(each)]) for i in range(width)]


def _together(cells: Sequence[str]) -> str:
    """Return the cells of several rows as one, each once."""
    return ", ".join(dict.fromkeys(cell for cell in cells if cell))
