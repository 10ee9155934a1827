"""The search of the audit trail over the events table."""

from dataclasses import dataclass

import sqlalchemy as sa

from ledger.store.schema import events


@dataclass(frozen=True, kw_only=True)
class Search:
    """Conditions on recorded events; those that are not set do not narrow the search."""

    campaign_id: str | None = None
    delivery_id: str | None = None
    contact_id: str | None = None
    topics: tuple[str, ...] = ()
    actor: str | None = None
    after: int | None = None
    """Only events with a greater seq."""
    before: int | None = None
    """Only events with a smaller seq."""
    newest_first: bool = False

    def conditions(self) -> list[sa.ColumnElement[bool]]:
        """Return the conditions as SQL."""
        equal = {
            events.c.campaign_id: self.campaign_id,
            events.c.stream_id: self.delivery_id,  # a delivery is a stream, and streams are indexed
            events.c.contact_id: self.contact_id,
            events.c.actor: self.actor,
        }
        conditions = [column == value for column, value in equal.items() if value is not None]
        if self.topics:
            conditions.append(events.c.topic.in_(self.topics))
        if self.after is not None:
            conditions.append(events.c.seq > self.after)
        if self.before is not None:
            conditions.append(events.c.seq < self.before)
        return conditions
