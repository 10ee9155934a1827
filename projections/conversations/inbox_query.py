"""The SQL of conversations as staff work through them: those that need a reply first."""

from functools import lru_cache
from typing import Any

import sqlalchemy as sa

from ledger.domain.offices import Scope
from projections.conversations.inbox_search import inbox_search
from projections.conversations.listed import listed, listed_of
from projections.conversations.rows import MOST_COUNTED, InboxFilter, InboxScope
from projections.conversations.statements import person
from projections.conversations.waiting import assigned_to, assignee_of, waiting_at
from projections.tables.campaigns import campaigns_at
from projections.tables.facts import UNTIL, Until
from projections.tables.offices import in_scope, is_seen_contact
from projections.tables.schema import enrolments

Condition = sa.ColumnElement[bool]
Id = sa.ColumnElement[str]

_CAMPAIGN = sa.bindparam("campaign", type_=sa.Text)
_USER = sa.bindparam("user", type_=sa.Text)
_BEFORE_SEQ = sa.bindparam("before_seq", type_=sa.BigInteger)
_BEFORE_CONTACT = sa.bindparam("before_contact", type_=sa.Text)
_COUNT = sa.bindparam("count", type_=sa.Integer)


def waiting_page(
    scope: InboxScope, offices: Scope, *, is_past: bool, is_continued: bool
) -> sa.Select[Any]:
    """Conversations that need a reply, the one with the latest text first."""
    until = UNTIL if is_past else None
    waiting = waiting_at(until, offices).alias("waiting")
    contact_id, text_seq = waiting.c.contact_id, waiting.c.text_seq
    query = sa.select(
        contact_id,
        text_seq.label("last_seq"),
        _delivery_id(contact_id, scope, offices, until).label("sent_id"),
        *_columns(contact_id, offices, until),
    ).where(
        *_of_campaign(contact_id, scope, until), *_conditions(contact_id, scope, offices, until)
    )
    if is_continued:
        query = query.where(text_seq < _BEFORE_SEQ)
    return query.order_by(text_seq.desc()).limit(_COUNT)


def other_page(
    scope: InboxScope, offices: Scope, *, is_past: bool, is_continued: bool
) -> sa.Select[Any]:
    """Conversations that need no reply, the one with the latest message first."""
    until = UNTIL if is_past else None
    rows = (listed_of(_CAMPAIGN, until) if scope.campaign_id else listed(until)).subquery("listed")
    waiting = waiting_at(until, offices).alias("waiting")
    contact_id, last_seq = rows.c.contact_id, rows.c.last_seq
    query = sa.select(
        rows,
        _delivery_id(contact_id, scope, offices, until).label("sent_id"),
        *_columns(contact_id, offices, until),
    ).where(
        ~sa.exists().where(waiting.c.contact_id == contact_id),
        *_conditions(contact_id, scope, offices, until),
    )
    if is_continued:
        query = query.where(
            sa.tuple_(last_seq, contact_id) < sa.tuple_(_BEFORE_SEQ, _BEFORE_CONTACT)
        )
    # A few chosen rows are sorted; without the sum, SQLite would look through all conversations.
    is_chosen = scope.chosen is InboxFilter.MINE or scope.search
    first = (last_seq + 0).desc() if is_chosen else last_seq.desc()
    return query.order_by(first, contact_id.desc()).limit(_COUNT)


@lru_cache(maxsize=100)
def counts(offices: Scope, *, is_of_campaign: bool, is_past: bool) -> sa.Select[Any]:
    """How many need a reply and since which text, and how many are the user's."""
    until = UNTIL if is_past else None
    scope = InboxScope(campaign_id="the parameter" if is_of_campaign else None)
    waiting = waiting_at(until, offices).alias("waiting")
    of_campaign = _of_campaign(waiting.c.contact_id, scope, until)
    mine = assigned_to(_USER, until, offices).subquery("mine")
    return sa.select(
        _number_of(sa.select(waiting.c.contact_id).where(*of_campaign)).label("needs_reply"),
        sa.select(waiting.c.since_seq)
        .where(*of_campaign)
        .order_by(waiting.c.since_seq)
        .limit(1)
        .scalar_subquery()
        .label("waiting_since_seq"),
        _number_of(
            sa.select(mine.c.contact_id).where(
                is_seen_contact(offices, mine.c.contact_id),
                *_of_campaign(mine.c.contact_id, scope, until),
            )
        ).label("mine"),
    )


def _number_of(query: sa.Select[Any]) -> sa.ScalarSelect[int]:
    some = query.limit(MOST_COUNTED).subquery()
    return sa.select(sa.func.count()).select_from(some).scalar_subquery()


@lru_cache(maxsize=100)
def waiting_count(offices: Scope) -> sa.Select[Any]:
    """How many need a reply now."""
    waiting = waiting_at(None, offices)
    return sa.select(_number_of(sa.select(waiting.c.contact_id)))


def _columns(contact_id: Id, offices: Scope, until: Until) -> list[sa.Label[Any]]:
    return [
        *person(contact_id, until, offices),
        assignee_of(contact_id, until, offices).label("assignee"),
    ]


def _conditions(contact_id: Id, scope: InboxScope, offices: Scope, until: Until) -> list[Condition]:
    is_mine = scope.chosen is InboxFilter.MINE
    chosen = [contact_id.in_(assigned_to(_USER, until, offices))] if is_mine else []
    seen = [] if offices.is_everything else [is_seen_contact(offices, contact_id)]
    return [*chosen, *seen, *inbox_search(contact_id, scope.search, offices, until)]


def _of_campaign(contact_id: Id, scope: InboxScope, until: Until) -> list[Condition]:
    if scope.campaign_id is None:
        return []
    campaign = campaigns_at(until)
    enrolled = (
        sa.exists()
        .where(enrolments.c.contact_id == contact_id)
        .where(enrolments.c.campaign_id == _CAMPAIGN)
        .where(campaign.c.campaign_id == enrolments.c.campaign_id)
    )
    return [enrolled]


def _delivery_id(
    contact_id: Id, scope: InboxScope, offices: Scope, until: Until
) -> sa.ScalarSelect[str]:
    """The latest text to the contact of a launched campaign that is seen, or of the campaign."""
    campaign = campaigns_at(until)
    query = (
        sa.select(enrolments.c.delivery_id)
        .join(campaign, campaign.c.campaign_id == enrolments.c.campaign_id)
        .where(enrolments.c.contact_id == contact_id, in_scope(offices, campaign.c.office_id))
        .order_by(enrolments.c.seq.desc())
        .limit(1)
    )
    if scope.campaign_id:
        query = query.where(enrolments.c.campaign_id == _CAMPAIGN)
    if until is not None:
        query = query.where(enrolments.c.seq <= until)
    return query.scalar_subquery()
