"""Which conversations need a reply and who looks after them, now or at a past seq; keeping that.

A text needs a reply until the first of these events: a reply of its office, an opt-out, a
forgetting, or that staff of its office are done with the conversation.
"""

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

import sqlalchemy as sa

from ledger.domain.events import (
    ContactEnrolled,
    ContactForgotten,
    ContactOptedOut,
    ConversationAssigned,
    ConversationDone,
    InboundReceived,
)
from ledger.domain.offices import Scope
from ledger.recorded_event import RecordedEvent
from projections.conversations.tables import (
    assignments,
    inbound_texts,
    waiting_conversations,
)
from projections.engine.projection import EventRange, is_in_range
from projections.tables.contacts import opted_out_at
from projections.tables.facts import Until
from projections.tables.offices import is_seen_text, office_of_text
from projections.tables.schema import campaigns

ANSWERING_TOPICS = frozenset(
    kind.topic for kind in (ContactEnrolled, ContactOptedOut, ContactForgotten, ConversationDone)
)
"""What ends the waiting of a text; enrolments only where they are replies."""

_text = inbound_texts.c
_office = office_of_text(_text.contact_id, _text.seq)
_has_no_reply = _text.answered_seq.is_(None)
_IN_RANGE = is_in_range(_text.seq) | is_in_range(_text.answered_seq)
_CHANGED = sa.select(_text.contact_id).where(_IN_RANGE)
_LEAVING = sa.delete(waiting_conversations).where(waiting_conversations.c.contact_id.in_(_CHANGED))
_UNLISTED = sa.select(campaigns.c.campaign_id, campaigns.c.office_id).where(
    campaigns.c.is_listed.is_(sa.false())
)


def waiting_at(until: Until, offices: Scope) -> sa.FromClause:
    """Return the rows of `waiting_conversations` right after a seq; without a seq, as they are.

    With a scope of some offices, return only texts that answer a text of these offices.
    """
    if until is None and offices.is_everything:
        return waiting_conversations
    is_seen = is_seen_text(offices, _text.contact_id, _text.seq)
    if until is None:
        return _waiting(_has_no_reply, is_seen).subquery("waiting")
    had_none = _has_no_reply | (_text.answered_seq > until)
    return _waiting(_text.seq <= until, had_none, is_seen).subquery("waiting")


def assignee_of(
    contact_id: sa.ColumnElement[str], until: Until, offices: Scope
) -> sa.ScalarSelect[Any]:
    """The user who looked after the contact's conversation right after a seq, or does now."""
    of_contact = assignments.c.contact_id == contact_id
    query = sa.select(assignments.c.assignee).where(of_contact, _in_force(until, offices))
    return query.order_by(assignments.c.seq.desc()).limit(1).scalar_subquery()


def assigned_to(user: sa.ColumnElement[str], until: Until, offices: Scope) -> sa.Select[str]:
    """The contacts whose conversation this user looked after right after a seq, or does now."""
    mine, later = assignments.alias("mine"), assignments.alias("later")
    is_later = (later.c.contact_id == mine.c.contact_id) & (later.c.seq > mine.c.seq)
    return (
        sa.select(mine.c.contact_id)
        .distinct()
        .where(
            mine.c.assignee == user,
            _in_force(until, offices, mine),
            ~sa.exists().where(is_later, _in_force(until, offices, later)),
        )
    )


def _in_force(
    until: Until, offices: Scope, assignment: sa.FromClause = assignments
) -> sa.ColumnElement[bool]:
    """Whether an assignment counted for the offices right after a seq, or does now.

    That an office has nobody counts for that office alone.
    """
    seq, ended_seq = assignment.c.seq, assignment.c.ended_seq
    is_seen = assignment.c.assignee.is_not(None)
    if offices.office_ids is not None:
        is_seen = assignment.c.office_id.in_(["", *sorted(offices.office_ids)])
    if until is None:
        return ended_seq.is_(None) & is_seen
    return (seq <= until) & (ended_seq.is_(None) | (ended_seq > until)) & is_seen


def receive(connection: sa.Connection, recorded: RecordedEvent, event: InboundReceived) -> None:
    """Add a text from a person; nobody can answer it while the number is opted out."""
    is_opted_out = sa.select(opted_out_at(sa.literal(event.contact_id), recorded.seq))
    needs_reply = event.is_reply_due and not connection.scalar(is_opted_out)
    form = dict(event.private.parameters) if event.private else {}
    connection.execute(
        sa.insert(inbound_texts).values(
            seq=recorded.seq,
            contact_id=event.contact_id,
            body=form.get("Body", ""),
            answered_seq=None if needs_reply else recorded.seq,
        )
    )


def answer(
    connection: sa.Connection, recorded: RecordedEvent, *of_offices: sa.ColumnElement[bool]
) -> None:
    """Mark the texts of the contact, or those that meet the condition, as needing no reply."""
    of_contact = inbound_texts.c.contact_id == recorded.contact_id
    answering = sa.update(inbound_texts).where(of_contact, _has_no_reply, *of_offices)
    connection.execute(answering.values(answered_seq=recorded.seq))


def assign(
    connection: sa.Connection,
    recorded: RecordedEvent,
    assignee: str | None,
    office_ids: Sequence[str] = (),
) -> None:
    """End the assignments of the contact's conversation for these offices, and begin others.

    Without offices it is for all of them.
    """
    assignment = assignments.c
    ended = (assignment.contact_id == recorded.contact_id) & assignment.ended_seq.is_(None)
    if office_ids:
        ended &= assignment.office_id.in_(office_ids)
    connection.execute(sa.update(assignments).where(ended).values(ended_seq=recorded.seq))
    if assignee is not None or office_ids:
        row = {"seq": recorded.seq, "contact_id": recorded.contact_id, "assignee": assignee}
        rows = [{**row, "office_id": each, "ended_seq": None} for each in office_ids or [""]]
        connection.execute(sa.insert(assignments), rows)


def apply_waiting(connection: sa.Connection, recorded_events: Sequence[RecordedEvent]) -> None:
    """Change texts and assignments by these events."""
    replies = _replies(connection, recorded_events)
    for recorded in recorded_events:
        if recorded.topic == ContactEnrolled.topic:
            if recorded.campaign_id in replies:
                of_office = sa.literal(replies[recorded.campaign_id], sa.Text)
                answer(connection, recorded, _office.is_not_distinct_from(of_office))
            continue
        match recorded.event:
            case InboundReceived() as event:
                receive(connection, recorded, event)
            case ConversationAssigned(assignee=assignee, office_ids=office_ids):
                assign(connection, recorded, assignee, office_ids)
            case ConversationDone(office_ids=office_ids) if office_ids:
                answer(connection, recorded, _office.in_(office_ids))
            case event:
                answer(connection, recorded)
                if isinstance(event, ContactForgotten):
                    assign(connection, recorded, None)


def derive_waiting(connection: sa.Connection, event_range: EventRange) -> None:
    """Keep `waiting_conversations` for the conversations that the range concerns."""
    if connection.scalar(sa.select(_CHANGED.exists()), event_range.bounds):
        connection.execute(_LEAVING, event_range.bounds)
        connection.execute(_entering(), event_range.bounds)


@cache
def _entering() -> sa.Insert:
    rows = _waiting(_text.contact_id.in_(_CHANGED), _has_no_reply)
    return sa.insert(waiting_conversations).from_select(waiting_conversations.columns.keys(), rows)


def _waiting(*where: sa.ColumnElement[bool]) -> sa.Select[Any]:
    since_seq, text_seq = sa.func.min(_text.seq), sa.func.max(_text.seq)
    query = sa.select(_text.contact_id, since_seq.label("since_seq"), text_seq.label("text_seq"))
    return query.where(*where).group_by(_text.contact_id)


def _replies(
    connection: sa.Connection, recorded_events: Sequence[RecordedEvent]
) -> Mapping[str | None, str | None]:
    """Campaign of replies → its office, among those of the enrolments: of launches it is none."""
    enrolled = {e.campaign_id for e in recorded_events if e.topic == ContactEnrolled.topic}
    if not enrolled:
        return {}
    unlisted = _UNLISTED.where(campaigns.c.campaign_id.in_(sorted(map(str, enrolled))))
    return {row.campaign_id: row.office_id for row in connection.execute(unlisted)}
