"""Drafts that are neither launched nor discarded, for the list of campaigns."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from ledger.domain.events import CampaignDrafted, DraftClosed
from ledger.domain.offices import EVERYTHING, Scope
from ledger.recorded_event import RecordedEvent
from projections.engine.projection import Projection
from projections.tables.prepared import drop, keep, prepared, prepared_table

drafts = prepared_table("drafts", "draft_id")


@dataclass(frozen=True)
class DraftRow:
    """A draft as it was last saved."""

    draft_id: str
    name: str
    saved_at: datetime
    saved_by: str
    office_id: str | None = None


class DraftsProjection(Projection):
    """Keeps the last saved state of every open draft."""

    metadata = drafts.metadata
    topics = frozenset({CampaignDrafted.topic, DraftClosed.topic})

    def apply(self, connection: sa.Connection, recorded_events: Sequence[RecordedEvent]) -> None:
        """Save, replace or delete drafts."""
        for recorded in recorded_events:
            event = recorded.event
            if isinstance(event, CampaignDrafted):
                keep(connection, drafts, recorded, office_id=event.office_id)
            else:
                drop(connection, drafts, recorded)


class DraftQueries:
    """Queries of open drafts: of all offices, or of those in the scope."""

    def __init__(self, engine: sa.Engine, scope: Scope = EVERYTHING) -> None:
        self._engine, self._scope = engine, scope

    def all(self) -> list[DraftRow]:
        """Return every open draft, the newest first."""
        rows = prepared(self._engine, drafts, self._scope, drafts.c.at.desc())
        return [
            DraftRow(row["draft_id"], row["name"], row["at"], row["by"], row["office_id"])
            for row in rows
        ]
