"""Which contacts a retention rule concerns: when the last campaign of each ended.

Nothing is stored for it; the statements read the shared tables and the typed columns of events.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from ledger.clock import from_microseconds, to_microseconds
from ledger.domain.events import (
    ConsentRecorded,
    ContactFileDestroyed,
    ContactListed,
    ContactOptedIn,
    ContactOptedOut,
    InboundReceived,
    LegalHoldPlaced,
    LegalHoldReleased,
    LineTypeLookedUp,
    NumberMarkedFixed,
    PossibleOptOutDismissed,
    RowsLeftOut,
)
from ledger.domain.vocabulary import CampaignState, DeliveryStatus
from ledger.store.engine import reading
from ledger.store.in_list import elements
from ledger.store.schema import IS_RARE
from projections.engine.ledger_events import events
from projections.tables.schema import campaign_acts, campaigns, contacts, enrolments, standings

_OPEN = 1 << 62
"""In place of the time at which a campaign ended, while it is open."""
_DIGITS = 20
_ABOUT_CONTACT = tuple(
    kind.topic
    for kind in (
        *(ContactOptedOut, ContactOptedIn, InboundReceived, PossibleOptOutDismissed),
        NumberMarkedFixed,
        *(ConsentRecorded, LineTypeLookedUp, LegalHoldPlaced, LegalHoldReleased),
    )
)
"""The events about a person that are in no campaign; each of them delays a forgetting."""


@dataclass(frozen=True)
class DueContact:
    """A contact whose last campaign has ended."""

    contact_id: str
    ended_at: datetime
    """The end of the last campaign, or of what was recorded about the person later."""


class RetentionQueries:
    """Queries of ended campaigns and of the contacts who are in no other."""

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine

    def due(
        self, before: datetime, *, limit: int, after: DueContact | None = None
    ) -> list[DueContact]:
        """Return contacts with personal data whose last campaign ended before that time.

        The one that ended first comes first; `after` continues behind a contact of a page before.
        """
        with reading(self._engine) as connection:
            due = _due(_ends(connection), before).subquery("due")
            query = sa.select(due).order_by(due.c.ended_at, due.c.contact_id).limit(limit)
            if after is not None:
                at = to_microseconds(after.ended_at)
                is_later = (due.c.ended_at == at) & (due.c.contact_id > after.contact_id)
                query = query.where((due.c.ended_at > at) | is_later)
            return [
                DueContact(row.contact_id, from_microseconds(row.ended_at))
                for row in connection.execute(query)
            ]

    def count(self, before: datetime) -> int:
        """Return how many contacts `due` would return without a limit."""
        with reading(self._engine) as connection:
            due = _due(_ends(connection), before).subquery("due")
            return connection.scalar(sa.select(sa.func.count()).select_from(due)) or 0

    def due_files(self, before: datetime, *, limit: int) -> list[str]:
        """Return the ids of contact files with rows left out, whose campaign ended before that.

        A launch that never ended counts from the time of its rows.
        """
        with reading(self._engine) as connection:
            rows = (
                _left_out(_ends(connection)).where(events.c.contact_id.is_(None)).subquery("rows")
            )
            is_destroyed = sa.exists().where(
                sa.literal_column(IS_RARE),
                events.c.topic == ContactFileDestroyed.topic,
                events.c.stream_id == rows.c.stream_id,
            )
            query = (
                sa.select(rows.c.stream_id)
                .where(rows.c.ended_at < to_microseconds(before), ~is_destroyed)
                .distinct()
                .limit(limit)
            )
            return list(connection.scalars(query))


def _ends(connection: sa.Connection) -> sa.Subquery:
    """Return campaign → when it ended, as a table of the statement."""
    ended = [f"{at:0{_DIGITS}}{campaign_id}" for campaign_id, at in _ended(connection).items()]
    value = elements("ends").subquery("ended").c.value
    query = sa.select(
        sa.func.substr(value, _DIGITS + 1).label("campaign_id"),
        sa.cast(sa.func.substr(value, 1, _DIGITS), sa.BigInteger).label("ended_at"),
    )
    return query.params(ends=ended).subquery("ends")


def _ended(connection: sa.Connection) -> dict[str, int]:
    """Return each listed campaign that has ended → when, in microseconds.

    Where it was closed or archived, that counts.
    """
    rows = [*connection.execute(_COMPLETE), *connection.execute(_BY_ACT)]
    return {row.campaign_id: row.ended_at for row in rows}


_BY_ACT = (
    sa.select(campaign_acts.c.campaign_id, sa.func.min(campaign_acts.c.at).label("ended_at"))
    .where(campaign_acts.c.state.in_((CampaignState.CLOSED, CampaignState.ARCHIVED)))
    .group_by(campaign_acts.c.campaign_id)
)
"""Campaigns that were closed or archived, and when first."""

_last_fact = (
    sa.select(sa.func.max(standings.c.last_seq))
    .where(standings.c.campaign_id == campaigns.c.campaign_id)
    .scalar_subquery()
)
_COMPLETE = (
    sa.select(campaigns.c.campaign_id, events.c.recorded_at.label("ended_at"))
    .join_from(campaigns, events, events.c.seq == _last_fact)
    .where(campaigns.c.is_listed, campaigns.c.pending == campaigns.c.accounted_for)
)
"""Campaigns that are complete, and when the last fact about one of their contacts was recorded."""


def _due(ends: sa.Subquery, before: datetime) -> sa.Select[Any]:
    """Return the contacts whose last end is before that time, and who have personal data."""
    kinds = (
        *(_of_campaigns(ends), _of_replies(), _of_contacts()),
        *(_of_rows_left_out(ends), _of_lists()),
    )
    moments = sa.union_all(*kinds).subquery("moments")
    last = sa.func.max(moments.c.ended_at)
    return (
        sa.select(moments.c.contact_id, last.label("ended_at"))
        .where(~_is_forgotten(moments.c.contact_id))
        .group_by(moments.c.contact_id)
        .having(last < to_microseconds(before))
    )


def _of_campaigns(ends: sa.Subquery) -> sa.Select[Any]:
    """Return a row for each contact of a listed campaign; one that is open has not ended."""
    ended_at = sa.func.coalesce(ends.c.ended_at, sa.literal(_OPEN, sa.BigInteger))
    return (
        sa.select(enrolments.c.contact_id, ended_at.label("ended_at"))
        .join_from(enrolments, campaigns, campaigns.c.campaign_id == enrolments.c.campaign_id)
        .join(ends, ends.c.campaign_id == enrolments.c.campaign_id, isouter=True)
        .where(campaigns.c.is_listed)
    )


def _of_replies() -> sa.Select[Any]:
    """Return a row for each reply of staff, whose campaign never ends: the last fact about it."""
    is_pending = standings.c.status == DeliveryStatus.PENDING
    ended_at = sa.case((is_pending, sa.literal(_OPEN, sa.BigInteger)), else_=events.c.recorded_at)
    return (
        sa.select(enrolments.c.contact_id, ended_at.label("ended_at"))
        .join_from(enrolments, campaigns, campaigns.c.campaign_id == enrolments.c.campaign_id)
        .join(standings, standings.c.delivery_id == enrolments.c.delivery_id)
        .join(events, events.c.seq == standings.c.last_seq)
        .where(~campaigns.c.is_listed)
    )


def _of_contacts() -> sa.Select[Any]:
    """Return a row for what was recorded about a person; the partial index of topics finds it."""
    return sa.select(events.c.stream_id, events.c.recorded_at).where(
        sa.literal_column(IS_RARE), events.c.topic.in_(_ABOUT_CONTACT)
    )


def _of_lists() -> sa.Select[Any]:
    """Return a row for each upload of a contact list that has the contact."""
    return sa.select(events.c.contact_id, events.c.recorded_at).where(
        sa.literal_column(IS_RARE), events.c.topic == ContactListed.topic
    )


def _of_rows_left_out(ends: sa.Subquery) -> sa.Select[Any]:
    """Return a row for each row of a contact file that was left out and has a readable number."""
    rows = _left_out(ends).where(events.c.contact_id.is_not(None))
    return rows.with_only_columns(events.c.contact_id, *list(rows.selected_columns)[1:])


def _left_out(ends: sa.Subquery) -> sa.Select[Any]:
    """Return the file of each event of rows left out, and when its campaign ended."""
    is_open = sa.exists().where(campaigns.c.campaign_id == events.c.campaign_id)
    without_end = sa.case((is_open, sa.literal(_OPEN, sa.BigInteger)), else_=events.c.recorded_at)
    return (
        sa.select(
            events.c.stream_id, sa.func.coalesce(ends.c.ended_at, without_end).label("ended_at")
        )
        .join_from(events, ends, ends.c.campaign_id == events.c.campaign_id, isouter=True)
        .where(sa.literal_column(IS_RARE), events.c.topic == RowsLeftOut.topic)
    )


def _is_forgotten(contact_id: sa.ColumnElement[str]) -> sa.ColumnElement[bool]:
    """Whether nothing of the contact was stored since it was last forgotten."""
    enrolled = sa.select(sa.func.max(enrolments.c.seq)).where(enrolments.c.contact_id == contact_id)
    own = sa.select(sa.func.max(events.c.seq)).where(
        events.c.contact_id == contact_id,
        events.c.topic.in_((RowsLeftOut.topic, ContactListed.topic)),
    )
    seqs = (sa.func.coalesce(query.scalar_subquery(), 0) for query in (enrolled, own))
    enrolled_seq, own_seq = seqs
    last = sa.case((enrolled_seq > own_seq, enrolled_seq), else_=own_seq)
    return sa.exists().where(contacts.c.contact_id == contact_id, contacts.c.forgotten_seq > last)
