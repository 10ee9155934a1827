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
from webapp.reports.report import CampaignReport, ReportOrder

_FIRST = ("Called", "Name", "Number")


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
        """Return the list as of a moment. Raises `NotFound` for a campaign there is not."""
        return cls(app, ReportOrder(campaign_id=campaign_id, up_to=seq), at=at)

    @lazy_property
    def headings(self) -> tuple[str, ...]:
        """The box to tick, name and number, then the columns of the file, then why."""
        own = () if self.has_fallback_columns else super().headings[:-1]
        return (*_FIRST, *own, *self.added_columns)

    @property
    def expected_rows(self) -> int:
        """How many contacts were not reached, with those that were forgotten."""
        counts = self._parts.counts()
        return counts[FollowUpPart.FAILED] + counts[FollowUpPart.UNCONFIRMED]

    def rows(self) -> Iterator[Sequence[Cell]]:
        """Yield a row for each contact, by name."""
        self.rows_written = 0
        width = len(self.headings) - len(_FIRST) - 1
        listed = sorted(
            (fold(contact.name), contact.position, self._row(contact, rows, width))
            for contact, rows, _facts, _costs in self._contacts()
        )
        for _name, _position, cells in listed:
            self.rows_written += 1
            yield cells

    def selected(self, contacts: Sequence[ContactRow]) -> Sequence[ContactRow]:
        """Return those that were not reached and are known."""
        return [row for row in contacts if not row.forgotten_at and self._is_unreached(row)]

    def _is_unreached(self, row: ContactRow) -> bool:
        return any(is_in_part(row) for is_in_part in self._tests)

    def _row(self, contact: ContactRow, rows: Sequence[FileRow], width: int) -> tuple[str, ...]:
        cells = [cells for _line, cells in rows]
        own = [_together([each[i] for each in cells if i < len(each)]) for i in range(width)]
        reason = contact.failed_reason
        why = REASON_LABELS[reason] if reason else PART_LABELS[FollowUpPart.UNCONFIRMED]
        return ("", contact.name, contact.phone, *own, why)

    @lazy_property
    def _tests(self) -> Sequence[Any]:
        parts = (FollowUpPart.FAILED, FollowUpPart.UNCONFIRMED)
        return [self._parts.includes(part) for part in parts]

    @lazy_property
    def _parts(self) -> CampaignParts:
        return CampaignParts(self.app, self.order.campaign_id, self.order.up_to, self.at)


def _together(cells: Sequence[str]) -> str:
    """Return the cells of several rows as one, each once."""
    return ", ".join(dict.fromkeys(cell for cell in cells if cell))
