"""The contact file of a campaign: how much of it is recorded, and whether its key is destroyed."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ledger.domain.aggregate import Aggregate
from ledger.domain.events import (
    ContactFileDestroyed,
    ContactFileRecorded,
    Event,
    FileHeadings,
    LeftOutRows,
    RowsLeftOut,
)
from ledger.domain.vocabulary import IdKind


@dataclass(frozen=True, kw_only=True)
class ContactFile(Aggregate):
    """The contact file at one version of its stream."""

    campaign_id: str = ""
    is_destroyed: bool = False
    """Whether the retention rule destroyed the rows left out."""

    def _changes(self, event: Event) -> Mapping[str, Any]:
        match event:
            case ContactFileRecorded():
                return {"campaign_id": event.campaign_id}
            case RowsLeftOut():
                return {}
            case ContactFileDestroyed():
                return {"is_destroyed": True}
            case _:
                raise self.not_found("a contact file")

    def record(
        self,
        actor: str,
        campaign_id: str,
        headings: FileHeadings,
        id_columns: Mapping[IdKind, tuple[int, ...]],
    ) -> ContactFileRecorded:
        """Record the headings, and which columns have ids of the school."""
        return ContactFileRecorded(
            **self.header(actor), campaign_id=campaign_id, private=headings, id_columns=id_columns
        )

    def leave_out(
        self, actor: str, rows: LeftOutRows, contact_id: str | None = None
    ) -> RowsLeftOut:
        """Record rows that are not texted; `contact_id` is that of the number of a single row."""
        return RowsLeftOut(
            **self.header(actor),
            campaign_id=self.campaign_id,
            count=len(rows.rows),
            private=rows,
            contact_id=contact_id,
        )

    def destroy(self, actor: str, rule: int) -> ContactFileDestroyed:
        """Record that the retention rule destroys the rows left out."""
        return ContactFileDestroyed(**self.header(actor), campaign_id=self.campaign_id, rule=rule)
