"""Drafts that are neither launched nor discarded, for the list of campaigns."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from ledger.clock import from_microseconds
from ledger.domain.events import CampaignDrafted, DraftClosed
from ledger.recorded_event import RecordedEvent
from ledger.store.engine import reading
from ledger.store.upsert import insert_into
from projections.engine.projection import Projection

metadata = sa.MetaData()

drafts = sa.Table(
    "drafts",
    metadata,
    sa.Column("draft_id", sa.Text, primary_key=True),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("saved_at", sa.BigInteger, nullable=False),
    sa.Column("saved_by", sa.Text, nullable=False),
)


@dataclass(frozen=True)
class DraftRow:
    """A draft as it was last saved."""

    draft_id: str
    name: str
    saved_at: datetime
    saved_by: str


class DraftsProjection(Projection):
    """Keeps the last saved state of every open draft."""

    metadata = metadata
    topics = frozenset({CampaignDrafted.topic, DraftClosed.topic})

    def apply(self, connection: sa.Connection, recorded_events: Sequence[RecordedEvent]) -> None:
        """Save, replace or delete drafts."""
        for recorded in recorded_events:
            event = recorded.event
            if isinstance(event, CampaignDrafted):
                columns = {
                    "name": event.private.name if event.private else "",
                    "saved_at": recorded.row.recorded_at,
                    "saved_by": event.actor,
                }
                query = insert_into(connection.dialect.name, drafts)
                query = query.values(draft_id=event.originator_id, **columns)
                keys = [drafts.c.draft_id]
                connection.execute(query.on_conflict_do_update(index_elements=keys, set_=columns))
            else:
                is_closed = drafts.c.draft_id == event.originator_id
                connection.execute(sa.delete(drafts).where(is_closed))


class DraftQueries:
    """Queries of open drafts."""

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine

    def all(self) -> list[DraftRow]:
        """Return every open draft, the newest first."""
        query = sa.select(drafts).order_by(drafts.c.saved_at.desc(), drafts.c.draft_id)
        with reading(self._engine) as connection:
            return [
                DraftRow(row.draft_id, row.name, from_microseconds(row.saved_at), row.saved_by)
                for row in connection.execute(query)
            ]
