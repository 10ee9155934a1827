"""What pages and commands ask of campaigns and contacts, now or as of a past seq."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from ledger.clock import Clock, from_microseconds
from ledger.domain.holds import AttemptContext, SendingConditions, next_attempt
from ledger.domain.vocabulary import CampaignState, DeliveryStatus, Reason
from ledger.errors import NotFound
from ledger.store.engine import reading
from projections.campaigns.contact_query import Wanted, contact_rows, contacts_at, contacts_now
from projections.campaigns.rows import CampaignRow, ContactRow, Counts, Page, StateCause
from projections.tables.campaigns import campaigns_at, failures_of, timing_of
from projections.tables.schema import enrolments, events, parked, standings
from projections.tables.standings import (
    Cut,
    standing_of,
    standings_at,
    status_after_archive,
    statuses_at,
)

ConditionsAt = Callable[[int | None], SendingConditions]
"""What holds back all deliveries at once: right after that seq, or now for None."""


class CampaignViews:
    """Reads the shared tables; `conditions_at` gives what the tables do not hold.

    With `until` it answers as of that seq, from the query that the tables themselves are made by.
    """

    def __init__(
        self,
        engine: sa.Engine,
        clock: Clock,
        conditions_at: ConditionsAt,
        until: int | None = None,
    ) -> None:
        self._engine = engine
        self._clock = clock
        self._conditions_at = conditions_at
        self._until = until

    # Campaigns.

    def campaigns(self) -> list[CampaignRow]:
        """Every launched campaign, the newest first."""
        with reading(self._engine) as connection:
            return self._campaigns(connection, campaigns_at(self._until).c.is_listed)

    def campaign(self, campaign_id: str) -> CampaignRow:
        """One launched campaign; raises `NotFound`."""
        with reading(self._engine) as connection:
            is_it = campaigns_at(self._until).c.campaign_id == campaign_id
            found = self._campaigns(connection, is_it)
        if not found:
            when = "" if self._until is None else f" at #{self._until}"
            raise NotFound(f"There is no campaign {campaign_id}{when}.")
        return found[0]

    def unread_events(self, campaign_id: str) -> int:
        """How many events of the campaign this program cannot read."""
        query = sa.select(sa.func.count()).where(parked.c.campaign_id == campaign_id)
        query = query if self._until is None else query.where(parked.c.seq <= self._until)
        with reading(self._engine) as connection:
            return connection.scalar(query) or 0

    # Contacts of a campaign.

    def contacts(
        self,
        campaign_id: str,
        *,
        status: DeliveryStatus | None = None,
        search: str = "",
        after: int = 0,
        limit: int | None = None,
    ) -> list[ContactRow]:
        """Contacts behind position `after`, in the order of the file.

        `search` looks at name, number and SID.
        """
        return self._contacts(
            Wanted(campaign_id=campaign_id, status=status, search=search, after=after, limit=limit)
        )

    def page(
        self,
        campaign_id: str,
        *,
        status: DeliveryStatus | None = None,
        search: str = "",
        after: int = 0,
        before: int | None = None,
        size: int,
    ) -> Page:
        """A stretch of contacts behind `after`, or the last ones before `before`."""
        found = self._contacts(
            Wanted(
                campaign_id=campaign_id,
                status=status,
                search=search,
                after=after,
                before=before,
                limit=size + 1,
            )
        )
        is_more = len(found) > size
        rows = found[:size] if before is None else found[:size][::-1]
        has_previous, has_next = (after > 0, is_more) if before is None else (is_more, True)
        return Page(
            rows=rows,
            previous_before=rows[0].position if rows and has_previous else None,
            next_after=rows[-1].position if rows and has_next else None,
        )

    def contact(self, delivery_id: str) -> ContactRow:
        """One contact of one campaign; raises `NotFound`."""
        found = self._deliveries(enrolments.c.delivery_id == delivery_id)
        if not found:
            when = "" if self._until is None else f" at #{self._until}"
            raise NotFound(f"There is no delivery {delivery_id}{when}.")
        return found[0]

    def deliveries_to(self, contact_id: str) -> list[ContactRow]:
        """The contact in each of its campaigns, the newest campaign first."""
        return self._deliveries(enrolments.c.contact_id == contact_id)

    # How they are read.

    def _campaigns(
        self, connection: sa.Connection, is_wanted: sa.ColumnElement[bool]
    ) -> list[CampaignRow]:
        campaign = campaigns_at(self._until)
        query = sa.select(campaign).where(is_wanted)
        query = query.order_by(campaign.c.launched_at.desc(), campaign.c.campaign_id)
        found = connection.execute(query).mappings().all()
        return [_campaign(row, self._counts(connection, row)) for row in found]

    def _counts(self, connection: sa.Connection, campaign: Any) -> Mapping[str, int]:
        if self._until is None:
            return {status: campaign[status] for status in DeliveryStatus}
        query = statuses_at(_cut(campaign, self._until))
        counted = {row.status: row.number for row in connection.execute(query)}
        return {status: counted.get(status, 0) for status in DeliveryStatus}

    def _contacts(self, wanted: Wanted) -> list[ContactRow]:
        with reading(self._engine) as connection:
            if self._until is None:
                return self._rows(connection, contacts_now(wanted))
            campaign = campaigns_at(self._until)
            query = sa.select(campaign).where(campaign.c.campaign_id == wanted.campaign_id)
            found = connection.execute(query).mappings().one_or_none()
            if found is None:
                return []
            return self._rows(connection, contacts_at(wanted, self._until, found["archived_seq"]))

    def _deliveries(self, where: sa.ColumnElement[bool]) -> list[ContactRow]:
        """Some deliveries of launched campaigns, that of the newest first."""
        campaign, until = campaigns_at(self._until), self._until
        query = (
            sa.select(enrolments.c.delivery_id, campaign)
            .join(campaign, campaign.c.campaign_id == enrolments.c.campaign_id)
            .where(where)
            .order_by(campaign.c.launched_seq.desc())
        )
        with reading(self._engine) as connection:
            rows: list[Any] = []
            for found in connection.execute(query).mappings().all():
                delivery_id = found["delivery_id"]
                standing: sa.FromClause = standings
                if until is not None:
                    wanted = events.c.delivery_id == delivery_id
                    standing = standings_at(_cut(found, until), wanted).subquery("standing")
                is_it = standing.c.delivery_id == delivery_id
                rows += connection.execute(contact_rows(standing, until).where(is_it)).mappings()
            return self._contact_rows(connection, rows)

    def _rows(self, connection: sa.Connection, query: sa.Select[Any]) -> list[ContactRow]:
        return self._contact_rows(connection, connection.execute(query).mappings().all())

    def _contact_rows(self, connection: sa.Connection, rows: Sequence[Any]) -> list[ContactRow]:
        """The rows as contacts, with what holds them back at the moment that is looked at."""
        if not rows:
            return []
        now, sending = self._now(connection), self._conditions_at(self._until)
        return [_contact(row, now, sending) for row in rows]

    def _now(self, connection: sa.Connection) -> datetime:
        """The moment that is looked at: that of the last event read, for the past."""
        if self._until is None:
            return self._clock.now()
        query = sa.select(events.c.recorded_at).where(events.c.seq <= self._until)
        moment = connection.scalar(query.order_by(events.c.seq.desc()).limit(1))
        return from_microseconds(moment or 0)


def _cut(campaign: Any, until: int) -> Cut:
    return Cut(
        campaign_id=campaign["campaign_id"], until=until, archived_seq=campaign["archived_seq"]
    )


def _campaign(row: Any, counts: Mapping[str, int]) -> CampaignRow:
    return CampaignRow(
        campaign_id=row["campaign_id"],
        name=row["name"],
        message=row["message"],
        state=CampaignState(row["state"]),
        counts=Counts(sum(counts.values()), **counts),
        launched_at=from_microseconds(row["launched_at"]),
        launched_by=row["launched_by"],
        state_cause=_state_cause(row),
        timing=timing_of(row),
    )


def _state_cause(row: Any) -> StateCause | None:
    if row["act_reason"] is None:
        return None
    failures = row["act_failures"]
    return StateCause(
        Reason(row["act_reason"]), row["act_code"], failures_of(failures) if failures else None
    )


def _contact(row: Any, now: datetime, sending: SendingConditions) -> ContactRow:
    standing = standing_of(row)
    context = AttemptContext(
        state=CampaignState(row["state"]),
        timing=timing_of(row),
        zone=row["zone"],
        is_opted_out=row["is_opted_out"],
        sending=sending,
    )
    forgotten_at = row["forgotten_at"]
    return ContactRow(
        delivery_id=row["delivery_id"],
        campaign_id=row["campaign_id"],
        campaign_name=row["campaign_name"],
        campaign_state=context.state,
        contact_id=row["contact_id"],
        position=row["position"],
        phone=row["phone"],
        name=row["name"],
        status=standing.status,
        stage=standing.stage,
        failed_reason=standing.failed_reason,
        error_code=standing.code,
        attempts=standing.attempts,
        next_attempt=next_attempt(standing, context, now),
        message_status=standing.message_status,
        is_conflict=row["is_conflict"],
        after_archive=status_after_archive(row),
        is_opted_out=row["is_opted_out"],
        forgotten_at=None if forgotten_at is None else from_microseconds(forgotten_at),
        needs_decision=row["needs_decision"],
        has_unread_events=row["has_unread_events"],
    )
