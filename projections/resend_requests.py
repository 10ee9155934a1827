"""Resends that wait for approval, and those that were approved and are not finished."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from ledger.clock import from_microseconds, to_microseconds
from ledger.domain.events import (
    ResendApprovalRequested,
    ResendApproved,
    ResendFinished,
    ResendRefused,
)
from ledger.domain.offices import EVERYTHING, Scope
from ledger.recorded_event import RecordedEvent
from ledger.store.engine import reading
from ledger.store.upsert import insert_into
from projections.engine.projection import Projection
from projections.tables.offices import in_scope
from projections.tables.schema import campaigns

resend_requests = sa.Table(
    "resend_requests",
    sa.MetaData(),
    sa.Column("resend_id", sa.Text, primary_key=True),
    sa.Column("campaign_id", sa.Text, nullable=False),
    sa.Column("contact_count", sa.Integer, nullable=False),
    sa.Column("at", sa.BigInteger, nullable=False),
    sa.Column("by", sa.Text, nullable=False),
    sa.Column("office_id", sa.Text, comment="NULL: of the whole district"),
    sa.Column("approved_at", sa.BigInteger, comment="NULL: it waits"),
)


@dataclass(frozen=True)
class ResendRequestRow:
    """A resend that waits for approval."""

    resend_id: str
    campaign_id: str
    name: str
    """Of the campaign."""
    requested_at: datetime
    requested_by: str
    contact_count: int


class ResendRequestsProjection(Projection):
    """Keeps the requests that are not finished."""

    metadata = resend_requests.metadata
    topics = frozenset(
        kind.topic
        for kind in (ResendApprovalRequested, ResendApproved, ResendRefused, ResendFinished)
    )

    def apply(self, connection: sa.Connection, recorded_events: Sequence[RecordedEvent]) -> None:
        """Add a request, mark it as approved, or delete one that is over."""
        for recorded in recorded_events:
            event = recorded.event
            is_this = resend_requests.c.resend_id == recorded.stream_id
            if isinstance(event, ResendApprovalRequested):
                _keep(connection, recorded, event)
            elif isinstance(event, ResendApproved):
                at = recorded.row.recorded_at
                connection.execute(sa.update(resend_requests).where(is_this).values(approved_at=at))
            else:
                connection.execute(sa.delete(resend_requests).where(is_this))


def _keep(
    connection: sa.Connection, recorded: RecordedEvent, event: ResendApprovalRequested
) -> None:
    new = insert_into(connection.dialect.name, resend_requests).values(
        resend_id=recorded.stream_id,
        campaign_id=event.campaign_id,
        contact_count=event.contact_count,
        at=recorded.row.recorded_at,
        by=event.actor,
        office_id=event.office_id,
    )
    connection.execute(new.on_conflict_do_nothing())


class ResendRequestQueries:
    """Queries of requests to resend: those of all offices, or of those in the scope."""

    def __init__(self, engine: sa.Engine, scope: Scope = EVERYTHING) -> None:
        self._engine, self._scope = engine, scope

    def waiting(self) -> list[ResendRequestRow]:
        """Return every resend that waits, the oldest first."""
        row = resend_requests.c
        query = (
            sa.select(resend_requests, campaigns.c.name)
            .join(campaigns, campaigns.c.campaign_id == row.campaign_id)
            .where(row.approved_at.is_(None), in_scope(self._scope, row.office_id))
            .order_by(row.at, row.resend_id)
        )
        with reading(self._engine) as connection:
            rows = connection.execute(query).all()
        return [
            ResendRequestRow(
                resend_id=each.resend_id,
                campaign_id=each.campaign_id,
                name=each.name,
                requested_at=from_microseconds(each.at),
                requested_by=each.by,
                contact_count=each.contact_count,
            )
            for each in rows
        ]

    def unfinished(self, approved_before: datetime) -> list[str]:
        """Return the ids of the resends that were approved by then and are not finished."""
        row = resend_requests.c
        query = sa.select(row.resend_id).where(row.approved_at <= to_microseconds(approved_before))
        with reading(self._engine) as connection:
            return list(connection.scalars(query.order_by(row.approved_at)))
