"""What the audit trail shows of each event: on its page, on the command line, in a CSV."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ledger.domain.events import (
    AccountEvent,
    CampaignCreated,
    CampaignLaunched,
    ContactEnrolled,
)
from ledger.recorded_event import RecordedEvent
from projections.names import Person
from webapp.audit.names import REPLIES, AuditNames
from webapp.documents import iso
from webapp.explain.event_problems import EventProblem, problem_of
from webapp.explain.event_summaries import summary_of, type_label
from webapp.explain.people import name_without_number
from webapp.explain.people_accounts import SOMEBODY, account_change
from webapp.explain.shown_summaries import shown_summary


@dataclass(frozen=True, kw_only=True)
class Row:
    """One event; of an altered one only the seq is shown."""

    seq: int
    summary: str
    at: datetime | None = None
    topic: str | None = None
    type: str | None = None
    """The topic in words."""
    who: str | None = None
    campaign_id: str | None = None
    campaign: str | None = None
    """The campaign's name; None where it has none to show."""
    has_campaign_page: bool = False
    delivery_id: str | None = None
    contact_id: str | None = None
    person: str | None = None
    """The name of the person whom the event concerns; of a nameless one the end of the number."""
    sid: str | None = None
    code: str | None = None
    problem: EventProblem | None = None


@dataclass(frozen=True, kw_only=True)
class Group:
    """The newest event of a delivery on a page, and its others there; or any single event."""

    row: Row
    earlier: Sequence[Row] = ()


class AuditRows:
    """Makes rows of events, with the names that are known now, or were as of a seq."""

    def __init__(self, names: AuditNames) -> None:
        self._names = names

    def of(self, events: Sequence[RecordedEvent]) -> list[Row]:
        """Return the row of each event; the names of all are looked up together."""
        people = self._names.people(event.contact_id for event in events)
        unlaunched = self._names.unlaunched(event.campaign_id for event in events)
        return [self._row(event, people, unlaunched) for event in events]

    def _row(
        self,
        recorded: RecordedEvent,
        people: Mapping[str, Person],
        unlaunched: Mapping[str, str],
    ) -> Row:
        problem = problem_of(recorded)
        if problem is EventProblem.ALTERED:
            return Row(seq=recorded.seq, summary=shown_summary(recorded), problem=problem)
        columns = recorded.columns
        person = people.get(recorded.contact_id or "")
        is_reply = recorded.campaign_id in self._names.replies_ids
        campaign_id = recorded.campaign_id or ""
        known = self._names.campaigns.get(campaign_id)
        name = name_without_number(person) if person else None
        return Row(
            seq=recorded.seq,
            at=recorded.recorded_at,
            topic=recorded.topic,
            type=type_label(recorded.topic),
            who=self._names.actors.get(columns["actor"], columns["actor"]),
            summary=shown_summary(recorded) if problem else self._summary(recorded, name),
            problem=problem,
            campaign_id=recorded.campaign_id,
            campaign=REPLIES if is_reply else known or unlaunched.get(campaign_id),
            has_campaign_page=known is not None,
            delivery_id=recorded.delivery_id,
            contact_id=recorded.contact_id,
            person=name,
            sid=columns["sid"],
            code=columns["code"],
        )

    def _summary(self, recorded: RecordedEvent, person: str | None) -> str:
        if recorded.campaign_id in self._names.replies_ids:
            return reply_summary(recorded, person)
        event = recorded.event
        if isinstance(event, AccountEvent):
            return account_change(event, self._names.actors.get(event.account_id, SOMEBODY))
        return shown_summary(recorded)


def reply_summary(recorded: RecordedEvent, person: str | None) -> str:
    """Return what happened with a reply of staff; `person` is its receiver's name."""
    match recorded.event:
        case ContactEnrolled(confirm_before=None):
            return f"Reply to {person}" if person else "Reply of staff"
        case CampaignCreated() | CampaignLaunched():
            return "Replies of staff began"
        case event:
            return summary_of(event)


def grouped(rows: Sequence[Row]) -> list[Group]:
    """Return a group for each delivery, at the place of its newest event of those rows."""
    groups: dict[str, list[Row]] = {}
    for row in rows:
        groups.setdefault(row.delivery_id or f"#{row.seq}", []).append(row)
    return [Group(row=newest, earlier=earlier) for newest, *earlier in groups.values()]


CSV_FIELDS = (
    *("seq", "recorded_at", "type", "what_happened", "actor", "person", "contact_id"),
    *("campaign", "campaign_id", "delivery_id", "sid", "error_code"),
)
"""The columns of a CSV, in their order."""


def csv_document(row: Row) -> dict[str, Any]:
    """Return a row as the CSV has it."""
    values = (
        *(row.seq, iso(row.at), row.type, row.summary, row.who, row.person, row.contact_id),
        *(row.campaign, row.campaign_id, row.delivery_id, row.sid, row.code),
    )
    return dict(zip(CSV_FIELDS, values, strict=True))
