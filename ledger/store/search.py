"""The search of the audit trail over the events table.

The indexes of topics and of actors leave out what every text adds; a search for that reads the
events in the order of seq, of which many match.
"""

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

import msgspec
import sqlalchemy as sa

from ledger.domain.events import (
    ACCESS_TOPICS,
    EVENT_TYPES,
    CallbackReceived,
    CampaignArchived,
    DeliveryEvent,
    ResendRequested,
    StrayCallbackReceived,
)
from ledger.domain.standing import STAGE_MASK, Stage
from ledger.store.contains import contains
from ledger.store.schema import FREQUENT_TOPICS, IS_BY_PERSON, IS_RARE, PROGRAM_ACTORS, events


class Kind(StrEnum):
    """Events that auditors look for."""

    LATE = "late"
    """Callbacks after a fact of greater rank, or after the archive; they changed no status."""
    STRAY = "stray"
    """Callbacks that belong to no delivery of this ledger, or had a wrong token."""
    ACCESS = "access"
    """The record of access: who signed in, and who saw or took which data."""


@dataclass(frozen=True, kw_only=True)
class Search:
    """Conditions on recorded events; those that are not set do not narrow the search."""

    campaign_id: str | None = None
    delivery_id: str | None = None
    contact_ids: tuple[str, ...] = ()
    """One person's ids: a ledger of earlier versions may have several."""
    topics: tuple[str, ...] = ()
    actor: str | None = None
    sid: str | None = None
    code: str | None = None
    kind: Kind | None = None
    request_id: str | None = None
    """Of the request in which a person did it."""
    leaves_out_routine: bool = False
    """Whether enrolments, starts, acceptances and reports on the way are left out."""
    leaves_out_access: bool = False
    """Whether the record of access is left out."""
    hidden_topics: frozenset[str] = frozenset()
    """Topics that are left out, whatever else is asked for."""
    campaign_ids: frozenset[str] | None = None
    """Events of other campaigns are left out; None: those of no campaign."""
    after: int | None = None
    """Only events with a greater seq."""
    before: int | None = None
    """Only events with a smaller seq."""
    newest_first: bool = False

    def newest(self) -> "Search":
        """Return the same search with the newest event first."""
        return replace(self, newest_first=True)

    def ending_before(self, seq: int) -> "Search":
        """Return the search without the events from a seq on."""
        return replace(self, before=seq if self.before is None else min(self.before, seq))

    def beginning_after(self, seq: int) -> "Search":
        """Return the search without the events up to a seq."""
        return replace(self, after=max(self.after or 0, seq))

    def statement(self, limit: int | None = None) -> sa.Select[Any]:
        """Return the SQL of the search: all columns of the matching rows, in its order."""
        order = events.c.seq.desc() if self.newest_first else events.c.seq
        conditions = self._conditions()
        if limit is not None and self.campaign_id is not None:
            # A campaign's seqs are sorted without the rest of their rows.
            seqs = sa.select(events.c.seq).where(*conditions).order_by(order).limit(limit)
            conditions = [events.c.seq.in_(seqs)]
        return sa.select(events).where(*conditions).order_by(order).limit(limit)

    def _conditions(self) -> list[sa.ColumnElement[bool]]:
        topics = self._all_topics()
        narrow = {
            events.c.stream_id: self.delivery_id,  # a delivery is a stream, and streams are indexed
            events.c.sid: self.sid,
            events.c.code: self.code,
            events.c.campaign_id: self.campaign_id,
        }
        conditions = [column == value for column, value in narrow.items() if value is not None]
        if self.contact_ids:
            conditions.append(events.c.contact_id.in_(self.contact_ids))
        if self.campaign_id is not None and topics and not set(topics) & _DELIVERY_TOPICS:
            conditions.append(events.c.delivery_id.is_(None))
        if not conditions:
            conditions = self._index_conditions(topics)
        if topics:
            conditions.append(events.c.topic.in_(topics))
        if self.actor:
            conditions.append(events.c.actor == self.actor)
        return [*conditions, *self._rest()]

    def _index_conditions(self, topics: tuple[str, ...]) -> list[sa.ColumnElement[bool]]:
        """Return the condition of the partial index that answers the search, if one does."""
        if topics and not set(topics) & set(FREQUENT_TOPICS):
            return [sa.literal_column(IS_RARE)]
        if self.request_id is not None or (self.actor and self.actor not in PROGRAM_ACTORS):
            return [sa.literal_column(IS_BY_PERSON)]
        return []

    def _all_topics(self) -> tuple[str, ...]:
        if self.kind is None:
            return self.topics
        of_kind = _TOPICS_OF[self.kind]
        topics = [topic for topic in of_kind if not self.topics or topic in self.topics]
        return tuple(topics) or (_NO_TOPIC,)

    def _rest(self) -> list[sa.ColumnElement[bool]]:
        conditions: list[sa.ColumnElement[bool]] = []
        if self.request_id is not None:
            member = msgspec.json.encode({"request_id": self.request_id})[1:-1]
            conditions.append(contains(events.c.state, member))
        if self.kind is Kind.LATE:
            conditions.append(_IS_LATE)
        if self.leaves_out_routine:
            conditions.append(_IS_NOTABLE)
        if self.leaves_out_access:
            conditions.append(events.c.topic.not_in(sorted(ACCESS_TOPICS)))
        if self.hidden_topics:
            conditions.append(events.c.topic.not_in(sorted(self.hidden_topics)))
        if self.campaign_ids is not None:
            is_of_them = events.c.campaign_id.in_(sorted(self.campaign_ids))
            conditions.append(events.c.campaign_id.is_(None) | is_of_them)
        if self.after is not None:
            conditions.append(events.c.seq > self.after)
        if self.before is not None:
            conditions.append(events.c.seq < self.before)
        return conditions


_DELIVERY_TOPICS = {each.topic for each in EVENT_TYPES if issubclass(each, DeliveryEvent)}
_NO_TOPIC = ""
_TOPICS_OF = {
    Kind.LATE: (CallbackReceived.topic,),
    Kind.STRAY: (StrayCallbackReceived.topic,),
    Kind.ACCESS: tuple(sorted(ACCESS_TOPICS)),
}
_ROUTINE = sorted(int(stage) for stage in (Stage.ENROLLED, Stage.STARTED, Stage.ACCEPTED))
_STAGE = events.c.rank.bitwise_and(STAGE_MASK)
_IS_NOTABLE = sa.or_(
    events.c.rank.is_(None),
    _STAGE.not_in(_ROUTINE),
    events.c.topic == ResendRequested.topic,
)

_earlier = events.alias("earlier")
_archive = events.alias("archive")
_IS_LATE = sa.or_(
    sa.exists().where(
        _earlier.c.campaign_id == events.c.campaign_id,
        _earlier.c.delivery_id == events.c.delivery_id,
        _earlier.c.rank > events.c.rank,
        _earlier.c.seq < events.c.seq,
    ),
    sa.exists().where(
        _archive.c.stream_id == events.c.campaign_id,
        _archive.c.topic == CampaignArchived.topic,
        _archive.c.seq < events.c.seq,
    ),
)
