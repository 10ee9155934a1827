"""The SQL of conversations that is built once and run with parameters."""

from functools import cache, lru_cache
from typing import Any

import sqlalchemy as sa

from ledger.domain.offices import Scope
from ledger.store.in_list import in_list
from projections.conversations.listed import listed, listed_of, was_correspondent
from projections.conversations.messages import sent
from projections.conversations.tables import correspondents
from projections.conversations.waiting import assignee_of, waiting_at
from projections.engine.ledger_events import events
from projections.tables.campaigns import campaigns_at
from projections.tables.contacts import forgotten_at_of, name_of, opted_out_at, phone_of
from projections.tables.facts import UNTIL, FactScope, Until, deliveries_of_campaigns
from projections.tables.offices import is_seen_contact
from projections.tables.schema import enrolments
from projections.tables.standings import standings_at


@lru_cache(maxsize=100)
def panel(
    *, is_of_campaign: bool, is_past: bool, is_continued: bool, scope: Scope
) -> sa.Select[Any]:
    """A page of the selection panel, the latest message first."""
    until = UNTIL if is_past else None
    campaign_id = sa.bindparam("campaign", type_=sa.Text)
    listing = listed_of(campaign_id, until) if is_of_campaign else listed(until)
    rows = listing.subquery("listed")
    last_seq, contact_id = rows.c.last_seq, rows.c.contact_id
    query = sa.select(rows, *person(contact_id, until, scope))
    if not scope.is_everything:
        query = query.where(is_seen_contact(scope, contact_id))
    if is_continued:
        position = sa.tuple_(
            sa.bindparam("before_seq", type_=sa.BigInteger),
            sa.bindparam("before_contact", type_=sa.Text),
        )
        query = query.where(sa.tuple_(last_seq, contact_id) < position)
    query = query.order_by(last_seq.desc(), contact_id.desc())
    return query.limit(sa.bindparam("count", type_=sa.Integer))


@lru_cache(maxsize=100)
def correspondent(*, is_past: bool, scope: Scope) -> sa.Select[Any]:
    """The contact of the parameter `contact`, if there are messages, and any that is seen."""
    until = UNTIL if is_past else None
    contact_id = sa.bindparam("contact", type_=sa.Text)
    waiting = waiting_at(until, scope).alias("waiting")
    columns = [
        opted_out_at(contact_id, until).label("is_opted_out"),
        assignee_of(contact_id, until, scope).label("assignee"),
        sa.exists().where(waiting.c.contact_id == contact_id).label("needs_reply"),
    ]
    return sa.select(*person(contact_id, until, scope), *columns).where(
        sa.exists().where(correspondents.c.contact_id == contact_id)
        if until is None
        else was_correspondent(contact_id, until),
        is_seen_contact(scope, contact_id),
    )


@cache
def sent_now() -> sa.Select[Any]:
    """The texts of the parameter `deliveries`."""
    return sent(in_list(enrolments.c.delivery_id, "deliveries"))


@cache
def sent_at(*, is_archived: bool) -> sa.Select[Any]:
    """The texts of deliveries of one campaign, with the parameters of `scopes_of_deliveries`."""
    scope = FactScope.of_parameters(is_archived=is_archived)
    standing = standings_at(scope, in_list(events.c.delivery_id, "deliveries"))
    return sent(standing=standing.subquery("standing"), until=UNTIL)


@cache
def campaigns_of_deliveries_at() -> sa.Select[Any]:
    """The campaign of each of the parameter `deliveries` that was launched by the seq `until`."""
    query = deliveries_of_campaigns(enrolments, campaigns_at(UNTIL))
    return query.where(in_list(enrolments.c.delivery_id, "deliveries"))


def person(contact_id: sa.ColumnElement[str], until: Until, scope: Scope) -> list[sa.Label[Any]]:
    """Number and name, and when the contact was last forgotten."""
    return [
        phone_of(contact_id, until).label("phone"),
        name_of(contact_id, until, scope).label("name"),
        forgotten_at_of(contact_id).label("forgotten_at"),
    ]
