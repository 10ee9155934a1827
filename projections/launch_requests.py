"""Launches that wait for approval: the list, and what an approver sees."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from ledger.clock import from_microseconds
from ledger.domain.events import LaunchApproved, LaunchRefused, LaunchRequested, LaunchVoided
from ledger.domain.vocabulary import DeliveryStatus, Reason
from ledger.recorded_event import RecordedEvent
from ledger.store.engine import reading
from projections.engine.projection import Projection
from projections.tables.schema import campaign_zones, enrolments, standings

metadata = sa.MetaData()

launch_requests = sa.Table(
    "launch_requests",
    metadata,
    sa.Column("campaign_id", sa.Text, primary_key=True),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("requested_at", sa.BigInteger, nullable=False),
    sa.Column("requested_by", sa.Text, nullable=False),
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


@dataclass(frozen=True)
class RequestedContact:
    """One contact of a requested launch; name and number are blank once it was forgotten."""

    position: int
    name: str
    phone: str
    fields: Mapping[str, str] | None


class LaunchRequestsProjection(Projection):
    """Keeps the requests that wait."""

    metadata = metadata
    topics = frozenset(
        kind.topic for kind in (LaunchRequested, LaunchApproved, LaunchRefused, LaunchVoided)
    )

    def apply(self, connection: sa.Connection, recorded_events: Sequence[RecordedEvent]) -> None:
        """Add a request, or delete one that is over."""
        for recorded in recorded_events:
            event = recorded.event
            if isinstance(event, LaunchRequested):
                connection.execute(
                    sa.insert(launch_requests).values(
                        campaign_id=event.campaign_id,
                        name=event.private.name if event.private else "",
                        requested_at=recorded.row.recorded_at,
                        requested_by=event.actor,
                        contact_count=event.contact_count,
                    )
                )
            else:
                is_over = launch_requests.c.campaign_id == recorded.campaign_id
                connection.execute(sa.delete(launch_requests).where(is_over))


class LaunchRequestQueries:
    """Queries of launches that wait for approval, and of their contacts."""

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine

    def waiting(self) -> list[RequestRow]:
        """Return every launch that waits, the oldest first."""
        columns = launch_requests.c
        query = sa.select(launch_requests).order_by(columns.requested_at, columns.campaign_id)
        with reading(self._engine) as connection:
            return [
                RequestRow(
                    campaign_id=row.campaign_id,
                    name=row.name,
                    requested_at=from_microseconds(row.requested_at),
                    requested_by=row.requested_by,
                    contact_count=row.contact_count,
                )
                for row in connection.execute(query)
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
