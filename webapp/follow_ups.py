"""Follow-ups: a campaign to a part of the contacts of an earlier one, with the rows of its file.

The contacts are not copied. The draft names the part and the moment, and the rows are read again
from the events of the earlier campaign, so nobody who was forgotten since is among them.
"""

import re
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import IO, Any, ClassVar

from ledger.commands.drafts import DraftOrder
from ledger.domain.events import FollowUp
from ledger.domain.schedule import Schedule
from ledger.domain.vocabulary import FollowUpPart
from ledger.errors import Refused
from ledger.lazy_property import lazy_property
from projections.campaigns.rows import ContactRow
from projections.costs.queries import Cost
from projections.report_facts import TextFacts
from webapp.bootstrap import Application
from webapp.explain.follow_ups import left_out_sentence
from webapp.reports.columns import Cell
from webapp.reports.files import ReportForm, text_parts
from webapp.reports.parts import CampaignParts
from webapp.reports.report import CampaignReport, ReportOrder

NUMBER_COLUMN = "Number texted"
"""The column of a follow-up's file that is texted: the number of the earlier text."""
_IN_MEMORY_BYTES = 1024 * 1024
_LONGEST_STEM = 180
_FOLLOW_UP = re.compile(r": follow-up(?: ([0-9]{1,3}))?$")
"""How the name of a follow-up ends; a follow-up of one has the next number."""


class LeftOut(StrEnum):
    """Why a contact of the part is not in a follow-up."""

    OPTED_OUT = "opted_out"
    FORGOTTEN = "forgotten"


@dataclass
class FollowUpContacts(CampaignReport):
    """The rows of a part of a campaign: the columns of its file, then the number."""

    follow_up: FollowUp = field(kw_only=True)
    left_out: Counter[LeftOut] = field(default_factory=Counter, init=False)
    """How many contacts of the part are not in the rows that were read so far."""
    added_columns: ClassVar[Sequence[str]] = (NUMBER_COLUMN,)

    @classmethod
    def of(cls, app: Application, follow_up: FollowUp) -> "FollowUpContacts":
        """Return the contacts of a follow-up. Raises `NotFound` for a campaign there is not."""
        order = ReportOrder(
            campaign_id=follow_up.campaign_id, up_to=follow_up.seq, part=follow_up.part
        )
        return cls(app, order, follow_up=follow_up)

    def added_cells(
        self, contact: ContactRow, _facts: TextFacts, _costs: Sequence[Cost]
    ) -> Sequence[Cell]:
        """Return the number."""
        return (contact.phone,)

    def selected(self, contacts: Sequence[ContactRow]) -> Sequence[ContactRow]:
        """Return those in the part who may still be texted."""
        in_part = [row for row in contacts if self._is_in_part(row)]
        ids = [row.contact_id for row in in_part]
        opted_out = {entry.contact_id for entry in self.app.opt_outs.of_contacts(ids)}
        kept = []
        for row in in_part:
            if row.forgotten_at:
                self.left_out[LeftOut.FORGOTTEN] += 1
            elif row.contact_id in opted_out:
                self.left_out[LeftOut.OPTED_OUT] += 1
            else:
                kept.append(row)
        return kept

    @property
    def phone_heading(self) -> str:
        """The heading of the column that is texted."""
        return self.headings[-1]

    @property
    def left_out_sentence(self) -> str:
        """Who of the part is not in the rows that were read; blank where everybody is."""
        return left_out_sentence(
            opted_out=self.left_out[LeftOut.OPTED_OUT], forgotten=self.left_out[LeftOut.FORGOTTEN]
        )

    @contextmanager
    def opened(self) -> Iterator[IO[bytes]]:
        """Open the rows as a contact file; a long one is on disk.

        Raises `Refused` where nobody is left in the part.
        """
        self.left_out.clear()
        with tempfile.SpooledTemporaryFile(_IN_MEMORY_BYTES) as file:
            for part in text_parts(self, ReportForm.CSV):
                file.write(part.encode())
            if not self.rows_written:
                raise Refused(
                    "Nobody is left in this part of the campaign whom a follow-up may text. "
                    "Choose another part."
                )
            file.seek(0)
            yield file

    @lazy_property
    def _is_in_part(self) -> Any:
        return CampaignParts.of(self.app, self.follow_up).includes(self.follow_up.part)


def follow_up_order(
    app: Application, campaign_id: str, part: FollowUpPart, seq: int, at: datetime
) -> DraftOrder:
    """Return the draft of a follow-up to a part of a campaign; its message is to be written.

    Raises `NotFound`.
    """
    campaign = app.status.as_of(seq).campaign(campaign_id)
    return DraftOrder(
        name=_name_of_next(campaign.name),
        message="",
        timing=Schedule(window=app.settings.window),
        office_id=campaign.office_id,
        follow_up=FollowUp(campaign_id=campaign_id, part=part, seq=seq, at=at),
    )


def _name_of_next(name: str) -> str:
    """Return what a follow-up is called: "Fair: follow-up", and then "Fair: follow-up 2"."""
    earlier = _FOLLOW_UP.search(name)
    stem = _FOLLOW_UP.sub("", name)[:_LONGEST_STEM]
    number = f" {int(earlier[1] or 1) + 1}" if earlier else ""
    return f"{stem}: follow-up{number}"
