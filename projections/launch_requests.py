"""Launches that wait for approval: the list, and what an approver sees."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from ledger.domain.events import LaunchApproved, LaunchRefused, LaunchRequested, LaunchVoided
from ledger.domain.offices import EVERYTHING, Scope
from ledger.domain.vocabulary import DeliveryStatus, Reason
from ledger.recorded_event import RecordedEvent
from ledger.store.engine import reading
from projections.engine.projection import Projection
from projections.tables.prepared import drop, keep, prepared, prepared_table
from projections.tables.schema import campaign_zones, enrolments, standings

launch_requests = prepared_table(
    "launch_requests",
    "campaign_id",
    sa.Column("contact_count", sa.Integer, nullable=False),
)


@dataclass(frozen=True)
class RequestRow:
    """A launch that waits for approval."""

    campaign_id: str
    name: str
    requested_at: datetime
    requested_by: str
    contact_count: int
    office_id: str | None = None


@dataclass(frozen=True)
class RequestedContact:
    """One contact of a requested launch; name and number are blank once it was forgotten."""

    position: int
    name: str
    phone: str
    fields: Mapping[str, str] | None


class LaunchRequestsProjection(Projection):
    """Keeps the requests that wait."""

    metadata = launch_requests.metadata
    topics = frozenset(
        kind.topic for kind in (LaunchRequested, LaunchApproved, LaunchRefused, LaunchVoided)
    )

    def apply(self, connection: sa.Connection, recorded_events: Sequence[RecordedEvent]) -> None:
        """Add a request, or delete one that is over."""
        for recorded in recorded_events:
            event = recorded.event
            if isinstance(event, LaunchRequested):
                keep(
                    connection,
                    launch_requests,
                    recorded,
                    office_id=event.office_id,
                    contact_count=event.contact_count,
                )
            else:
                drop(connection, launch_requests, recorded)


class LaunchRequestQueries:
    """Queries of launches that wait for approval, and of their contacts.

    They are those of all offices, or of those in the scope.
    """

    def __init__(self, engine: sa.Engine, scope: Scope = EVERYTHING) -> None:
        self._engine, self._scope = engine, scope

    def waiting(self) -> list[RequestRow]:
        """Return every launch that waits, the oldest first."""
        rows = prepared(self._engine, launch_requests, self._scope, launch_requests.c.at)
        return [
            RequestRow(
                campaign_id=row["campaign_id"],
                name=row["name"],
                requested_at=row["at"],
                requested_by=row["by"],
                contact_count=row["contact_count"],
                office_id=row["office_id"],
            )
            for row in rows
        ]

    def left_out(self, campaign_id: str) -> dict[Reason, int]:
        """Return why contacts would not be texted, with the number of each, as it is now."""
        query = (
            sa.select(standings.c.reason, sa.func.count().label("number"))
            .where(
                standings.c.campaign_id == campaign_id,
                standings.c.status == DeliveryStatus.FAILED,
                standings.c.reason.is_not(None),
            )
            .group_by(standings.c.reason)
            .order_by(standings.c.reason)
        )
        with reading(self._engine) as connection:
            return {Reason(row.reason): row.number for row in connection.execute(query)}

    def zones(self, campaign_id: str) -> list[str]:
        """Return the time zones of the contacts."""
        query = sa.select(campaign_zones.c.zone).where(campaign_zones.c.campaign_id == campaign_id)
        with reading(self._engine) as connection:
            return list(connection.scalars(query))

    def contact_at(self, campaign_id: str, position: int) -> RequestedContact | None:
        """Return the contact at a position of the file; None where there is none."""
        columns = enrolments.c
        query = sa.select(columns.position, columns.name, columns.phone, columns.fields).where(
            columns.campaign_id == campaign_id, columns.position == position
        )
        with reading(self._engine) as connection:
            row = connection.execute(query).one_or_none()
        if row is None:
            return None
        fields = None if row.fields is None else json.loads(row.fields)
        return RequestedContact(row.position, row.name, row.phone, fields)
