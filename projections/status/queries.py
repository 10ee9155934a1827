"""What pages and commands ask of the status projection."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa

from ledger.clock import from_microseconds
from ledger.codes import CodeTable
from ledger.errors import NotFound
from ledger.standing import Standing
from ledger.store.engine import reading
from ledger.vocabulary import CampaignState, DeliveryStatus, Reason
from projections import standings
from projections.status import wording
from projections.status.opt_out_effect import OptOutEffect, opt_out_effect
from projections.status.resend_plan import ResendPlan, plan_resend
from projections.status.rows import CampaignRow, ContactRow, Counts, Page
from projections.status.tables import campaigns, contacts, deliveries


class StatusQueries:
    """Reads the status tables; `codes` gives the sentences."""

    def __init__(self, engine: sa.Engine, codes: CodeTable) -> None:
        self._engine = engine
        self._codes = codes

    # Campaigns.

    def campaigns(self) -> list[CampaignRow]:
        """Every launched campaign, the newest first."""
        query = (
            sa.select(campaigns)
            .where(campaigns.c.state.is_not(None))
            .order_by(campaigns.c.launched_at.desc(), campaigns.c.campaign_id)
        )
        with reading(self._engine) as connection:
            return [self._campaign(row) for row in connection.execute(query).mappings()]

    def campaign(self, campaign_id: str) -> CampaignRow:
        """One launched campaign; raises `NotFound`."""
        query = sa.select(campaigns).where(
            campaigns.c.campaign_id == campaign_id, campaigns.c.state.is_not(None)
        )
        with reading(self._engine) as connection:
            row = connection.execute(query).mappings().one_or_none()
        if row is None:
            raise NotFound(f"There is no campaign {campaign_id}.")
        return self._campaign(row)

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
        query = self._in_campaign(campaign_id, status, search)
        query = query.where(deliveries.c.position > after).order_by(deliveries.c.position)
        return self._contacts(query.limit(limit))

    def page(
        self,
        campaign_id: str,
        *,
        status: DeliveryStatus | None = None,
        search: str = "",
        after: int = 0,
        before: int | None = None,
        size: int = 50,
    ) -> Page:
        """A stretch of contacts behind `after`, or the last ones before `before`."""
        query = self._in_campaign(campaign_id, status, search)
        position = deliveries.c.position
        if before is not None:
            found = self._contacts(
                query.where(position < before).order_by(position.desc()).limit(size + 1)
            )
            rows, has_previous, has_next = found[:size][::-1], len(found) > size, True
        else:
            found = self._contacts(query.where(position > after).order_by(position).limit(size + 1))
            rows, has_previous, has_next = found[:size], after > 0, len(found) > size
        return Page(
            rows=rows,
            previous_before=rows[0].position if rows and has_previous else None,
            next_after=rows[-1].position if rows and has_next else None,
        )

    def failed_ids(self, campaign_id: str) -> list[str]:
        """The deliveries that failed, in the order of the file: what a resend looks at."""
        query = (
            sa.select(deliveries.c.delivery_id)
            .where(
                deliveries.c.campaign_id == campaign_id,
                deliveries.c.status == DeliveryStatus.FAILED,
            )
            .order_by(deliveries.c.position)
        )
        with reading(self._engine) as connection:
            return list(connection.scalars(query))

    def resend_plan(
        self,
        campaign_id: str,
        *,
        delivery_id: str | None = None,
        include_unreachable: bool = False,
    ) -> ResendPlan:
        """What a resend of all that failed, or of one delivery, would do."""
        with reading(self._engine) as connection:
            return plan_resend(
                connection,
                campaign_id,
                delivery_id=delivery_id,
                include_unreachable=include_unreachable,
            )

    def contact(self, delivery_id: str) -> ContactRow:
        """One contact of one campaign; raises `NotFound`."""
        found = self._contacts(_everything().where(deliveries.c.delivery_id == delivery_id))
        if not found:
            raise NotFound(f"There is no delivery {delivery_id}.")
        return found[0]

    def deliveries_to(self, contact_id: str) -> list[ContactRow]:
        """The contact in each of its campaigns, the newest campaign first."""
        query = _everything().where(deliveries.c.contact_id == contact_id)
        return self._contacts(query.order_by(campaigns.c.launched_at.desc()))

    def opt_out_effect(self, contact_id: str) -> OptOutEffect:
        """What an opt-out of this number would do to its pending deliveries."""
        with reading(self._engine) as connection:
            return opt_out_effect(connection, contact_id)

    def in_flight(self, campaign_id: str) -> int:
        """How many texts are at Twilio or on their way to it."""
        query = sa.select(sa.func.count()).where(
            deliveries.c.campaign_id == campaign_id,
            deliveries.c.status == DeliveryStatus.PENDING,
            deliveries.c.due_at.is_(None),
        )
        with reading(self._engine) as connection:
            return connection.scalar(query) or 0

    def _in_campaign(
        self, campaign_id: str, status: DeliveryStatus | None, search: str
    ) -> sa.Select[Any]:
        query = _everything().where(deliveries.c.campaign_id == campaign_id)
        if status:
            query = query.where(deliveries.c.status == status)
        words = search.strip()
        if words:
            digits = "".join(c for c in words if c.isdigit())
            tests = [
                deliveries.c.name.icontains(words, autoescape=True),
                deliveries.c.sid == words,
            ]
            if digits:
                tests.append(deliveries.c.phone.contains(digits))
            query = query.where(sa.or_(*tests))
        return query

    def _contacts(self, query: sa.Select[Any]) -> list[ContactRow]:
        with reading(self._engine) as connection:
            return [self._contact(row) for row in connection.execute(query).mappings()]

    def _contact(self, row: Any) -> ContactRow:
        standing = standings.standing_of(row)
        state = CampaignState(row["state"])
        return ContactRow(
            delivery_id=row["delivery_id"],
            campaign_id=row["campaign_id"],
            campaign_name=row["campaign_name"],
            campaign_state=state,
            contact_id=row["contact_id"],
            position=row["position"],
            phone=row["phone"],
            name=row["name"],
            forgotten_at=_forgotten_at(row),
            status=standing.status,
            detail=wording.detail_of(standing, self._codes, state),
            failed_reason=wording.reason_of(standing),
            error_code=standing.code,
            attempts=standing.attempts,
            next_attempt_at=_next_attempt_at(standing, state, is_out=row["is_opted_out"]),
            message_status=standing.message_status,
            is_conflict=standing.is_conflict,
            after_archive=standings.status_after_archive(row),
            is_opted_out=row["is_opted_out"],
            sid=row["sid"],
        )

    def _campaign(self, row: Any) -> CampaignRow:
        counts = {status: row[status] for status in DeliveryStatus}
        return CampaignRow(
            campaign_id=row["campaign_id"],
            name=row["name"],
            message=row["message"],
            state=CampaignState(row["state"]),
            counts=Counts(sum(counts.values()), **counts),
            launched_at=from_microseconds(row["launched_at"]),
            launched_by=row["launched_by"],
            pause_reason=self._pause_reason(row["pause_reason"], row["pause_code"]),
        )

    def _pause_reason(self, reason: str | None, code: str | None) -> str | None:
        if reason is None:
            return None
        entry = self._codes.find(code)
        sentence = entry.sentence if entry else Reason(reason).sentence
        return f"{Reason(reason).label}: {sentence}" + (f" (code {code})" if code else "")


def _everything() -> sa.Select[Any]:
    return (
        sa.select(
            deliveries,
            campaigns.c.state,
            campaigns.c.name.label("campaign_name"),
            contacts.c.is_opted_out,
            contacts.c.forgotten_at,
        )
        .join(campaigns, campaigns.c.campaign_id == deliveries.c.campaign_id)
        .join(contacts, contacts.c.contact_id == deliveries.c.contact_id)
        .where(campaigns.c.state.is_not(None))
    )


def _forgotten_at(row: Any) -> datetime | None:
    """When the person of this row was forgotten, where the row has no number since."""
    at = row["forgotten_at"]
    return from_microseconds(at) if at is not None and not row["phone"] else None


def _next_attempt_at(standing: Standing, state: CampaignState, *, is_out: bool) -> datetime | None:
    if state is not CampaignState.SENDING or is_out or not standing.awaits_attempt:
        return None
    return standing.next_at
