"""The SQL of a contact's row: standing, enrolment, campaign and opt-out, now or at a past seq."""

from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from typing import Any

import sqlalchemy as sa

from ledger.domain.vocabulary import CampaignState, DeliveryStatus, Reason
from ledger.store.in_list import in_list
from projections.campaigns.contact_search import contact_search
from projections.engine.ledger_events import events
from projections.engine.parking import parked
from projections.tables.campaigns import campaigns_at
from projections.tables.contacts import forgotten_at, last_consent_change, opted_out_at
from projections.tables.facts import UNTIL, FactScope, Until
from projections.tables.schema import consent_changes, contacts, enrolments, standings
from projections.tables.standings import standings_at

Condition = sa.ColumnElement[bool]


class ContactOrder(StrEnum):
    """The order of contacts, each by a number that no other contact of the campaign has."""

    POSITION = "position"
    """As in the contact file."""
    LAST_SEQ = "last_seq"
    """By their last fact, the oldest first: what changes while pages are read comes later."""


@dataclass(frozen=True, kw_only=True)
class ContactFilter:
    """Which contacts of a campaign; with `before`, they are read backwards."""

    campaign_id: str
    status: DeliveryStatus | None = None
    reason: Reason | None = None
    code: str | None = None
    changed_since: int | None = None
    """Only those with a fact after this seq."""
    search: str = ""
    """Words of which each is part of the name or number, or a SID."""
    order: ContactOrder = ContactOrder.POSITION
    after: int = 0
    """Only those after this number, which is one of `order`."""
    before: int | None = None
    limit: int | None = None

    @property
    def needs_standing(self) -> bool:
        """Whether more than the enrolments selects or orders them."""
        values = (self.status, self.reason, self.code, self.changed_since)
        return any(value is not None for value in values) or self.order is ContactOrder.LAST_SEQ

    def conditions_on(self, standing: sa.FromClause) -> list[Condition]:
        """Return the conditions on what the contacts are now, or were at that moment."""
        values = {"status": self.status, "reason": self.reason, "code": self.code}
        conditions = [
            standing.c[name] == value for name, value in values.items() if value is not None
        ]
        if self.changed_since is not None:
            conditions.append(standing.c.last_seq > self.changed_since)
        return conditions

    def page_of(self, query: sa.Select[Any], table: sa.FromClause) -> sa.Select[Any]:
        """Restrict the query by campaign, place and limit, with the columns of this table."""
        place = table.c[self.order]
        is_on_page = place > self.after if self.before is None else place < self.before
        order = place if self.before is None else place.desc()
        query = query.where(table.c.campaign_id == self.campaign_id, is_on_page)
        return query.order_by(order).limit(self.limit)


def contacts_now(contact_filter: ContactFilter) -> sa.Select[Any]:
    """Return the query of the filtered contacts, from the table of standings."""
    query = contact_rows(standings, None).where(*contact_search(contact_filter.search, None))
    if not contact_filter.needs_standing:
        return contact_filter.page_of(query, enrolments)
    query = query.where(*contact_filter.conditions_on(standings))
    return contact_filter.page_of(query, standings)


def contacts_at(contact_filter: ContactFilter, *, is_archived: bool) -> sa.Select[Any]:
    """Return the query of the filtered contacts as of a past seq.

    Its parameters are those of `FactScope.of_parameters`.
    """
    rows, standing = _rows_at(is_archived=is_archived)
    query = rows.where(*contact_search(contact_filter.search, UNTIL))
    query = query.where(*contact_filter.conditions_on(standing))
    return contact_filter.page_of(query, standing)


def enrolled_at(contact_filter: ContactFilter) -> sa.Select[str, int]:
    """Return the query of the filtered deliveries and their positions, as of a past seq.

    Their status does not matter.
    """
    search = contact_search(contact_filter.search, UNTIL)
    query = sa.select(enrolments.c.delivery_id, enrolments.c.position).where(*search)
    return contact_filter.page_of(query, enrolments)


@cache
def rows_of_deliveries() -> sa.Select[Any]:
    """Return the query of the rows of the parameter `deliveries`, in no order."""
    return contact_rows(standings, None).where(in_list(standings.c.delivery_id, "deliveries"))


@cache
def rows_of_deliveries_at(*, is_archived: bool) -> sa.Select[Any]:
    """Return the same for deliveries of one campaign as of a past seq.

    It has the parameters of `FactScope.of_parameters` too.
    """
    scope = FactScope.of_parameters(is_archived=is_archived)
    standing = standings_at(scope, in_list(events.c.delivery_id, "deliveries"))
    return contact_rows(standing.subquery("standing"), UNTIL)


@cache
def _rows_at(*, is_archived: bool) -> tuple[sa.Select[Any], sa.Subquery]:
    """The rows of a whole campaign as of a past seq, and the subquery of their standings."""
    scope = FactScope.of_parameters(is_archived=is_archived)
    standing = standings_at(scope).subquery("standing")
    return contact_rows(standing, UNTIL), standing


def contact_rows(standing: sa.FromClause, until: Until) -> sa.Select[Any]:
    """Return the query of all that a row of the Contacts tab shows, for launched campaigns."""
    campaign = campaigns_at(until)
    is_parked = sa.exists().where(parked.c.delivery_id == enrolments.c.delivery_id)
    return (
        sa.select(
            standing,
            enrolments.c.contact_id,
            enrolments.c.phone,
            enrolments.c.name,
            enrolments.c.fields,
            enrolments.c.confirm_before,
            campaign.c.state,
            campaign.c.starts_at,
            campaign.c.send_before,
            campaign.c.send_window,
            campaign.c.is_urgent,
            campaign.c.held_until,
            campaign.c.name.label("campaign_name"),
            opted_out_at(enrolments.c.contact_id, until).label("is_opted_out"),
            consent_changes.c.is_given.label("has_consent"),
            consent_changes.c.source.label("consent_source"),
            consent_changes.c.given_at.label("consent_given_at"),
            _needs_decision(standing, campaign).label("needs_decision"),
            forgotten_at(enrolments.c.seq).label("forgotten_at"),
            (is_parked if until is None else is_parked.where(parked.c.seq <= until)).label(
                "has_unread_events"
            ),
        )
        .join_from(standing, enrolments, enrolments.c.delivery_id == standing.c.delivery_id)
        .join(campaign, campaign.c.campaign_id == enrolments.c.campaign_id)
        .outerjoin(contacts, contacts.c.contact_id == enrolments.c.contact_id)
        .outerjoin(
            consent_changes,
            consent_changes.c.seq == last_consent_change(until),
        )
    )


def _needs_decision(standing: sa.FromClause, campaign: sa.FromClause) -> Condition:
    """Whether staff must decide; never after an archive."""
    is_asked = standing.c.undecided_since.is_not(None)
    return is_asked & (campaign.c.state != CampaignState.ARCHIVED)
