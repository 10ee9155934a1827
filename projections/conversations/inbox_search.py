"""What staff search for among conversations: parts of names and numbers, and words that were said.

Every word must be in the name, the number, a text from the person or a reply to them.
"""

import re

import sqlalchemy as sa

from ledger.domain.offices import Scope
from projections.conversations.tables import inbound_texts
from projections.tables.facts import Until
from projections.tables.folding import spellings_of
from projections.tables.offices import in_scope, is_of_seen_campaign, is_seen_text
from projections.tables.schema import campaigns, contacts, enrolments

_MAX_CHARACTERS = 200
_NUMERIC = re.compile(r"[\d+()./-]+")
_FEWEST_DIGITS = 3
"""Fewer may be a part of many numbers, and say little."""


def inbox_search(
    contact_id: sa.ColumnElement[str], text: str, offices: Scope, until: Until
) -> list[sa.ColumnElement[bool]]:
    """Return the conditions of a search; none for a blank text."""
    words = text.split() if len(text) <= _MAX_CHARACTERS else []
    if text.strip() and not words:
        return [sa.false()]
    return [contact_id.in_(_with(word, offices, until)) for word in words]


def is_number_searched(text: str) -> bool:
    """Return whether a search looks for a number or a part of one."""
    return any(_digits_of(word) for word in text.split())


def _with(word: str, offices: Scope, until: Until) -> sa.CompoundSelect[str]:
    """The contacts with the word in a name, number or text that is seen."""
    text, reply = inbound_texts.c, campaigns.alias("replies")
    named = [
        enrolments.c.folded_name.contains(each, autoescape=True)
        for each in spellings_of(word)
        if each
    ]
    digits = _digits_of(word)
    numbered = [enrolments.c.phone.contains(digits)] if digits else []
    enrolled = sa.select(enrolments.c.contact_id).where(
        sa.or_(*named, *numbered, sa.false()),
        is_of_seen_campaign(offices, enrolments.c.campaign_id),
    )
    wrote = sa.select(text.contact_id).where(
        text.body.icontains(word, autoescape=True),
        is_seen_text(offices, text.contact_id, text.seq),
    )
    answered = (
        sa.select(enrolments.c.contact_id)
        .join(reply, reply.c.campaign_id == enrolments.c.campaign_id)
        .where(reply.c.is_listed.is_(sa.false()), in_scope(offices, reply.c.office_id))
        .where(enrolments.c.fields.icontains(word, autoescape=True))
    )
    known = sa.select(contacts.c.contact_id).where(
        contacts.c.phone.contains(digits) if digits else sa.false()
    )
    if until is not None:
        enrolled = enrolled.where(enrolments.c.seq <= until)
        answered = answered.where(enrolments.c.seq <= until)
        wrote = wrote.where(text.seq <= until)
    return sa.union(enrolled, wrote, answered, known)


def _digits_of(word: str) -> str:
    """Return the digits of a word that looks like a number; they may begin with a trunk's zeros."""
    digits = re.sub(r"\D", "", word)
    is_number = _NUMERIC.fullmatch(word) and len(digits) >= _FEWEST_DIGITS
    return (digits.lstrip("0") or digits) if is_number else ""
