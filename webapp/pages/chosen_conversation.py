"""The conversation in the right panel: the person, the messages, and what happened in each attempt.

The marks follow rules R2-R5; the stream of a delivery says what happened in each attempt.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from flask import request

from ledger.commands.same_phone import known_contact_ids
from ledger.domain.events import ContactEnrolled
from ledger.domain.standing import GOOD, Standing, stage_of
from ledger.domain.vocabulary import MessageStatus, ViewPlace
from ledger.errors import NotFound
from ledger.recorded_event import RecordedEvent
from projections.campaigns.rows import ContactRow
from projections.conversations.rows import MessageRow, Thread
from webapp.current import application
from webapp.explain.event_problems import problem_of, shown_time
from webapp.explain.shown_summaries import shown_summary
from webapp.pages.access import record_view
from webapp.pages.common import conversations, events_until, possible_opt_outs, status, until_seq
from webapp.pages.sizes import PAGE_ROWS
from webapp.whole_numbers import optional_number


@dataclass(frozen=True, kw_only=True)
class MessageEvent:
    """One event of a delivery in a sentence, with the message status by this event alone.

    Of an altered event neither time nor status is known.
    """

    seq: int
    at: datetime | None
    sentence: str
    status: MessageStatus | None
    is_sound: bool
    """Whether it can be shown as a fact."""
    is_delivery: bool = False
    """Whether it says that the text is on the handset."""


@dataclass(frozen=True, kw_only=True)
class Happened:
    """What is shown with messages: their deliveries, their attempts, and what waits for staff."""

    deliveries: Mapping[str, ContactRow]
    """Delivery id → the contact in that campaign."""
    attempt_events: Mapping[str, Sequence[MessageEvent]]
    """Delivery id → its events after the enrolment."""
    possible_opt_outs: Collection[int]
    """Seqs of the person's texts that may ask for an opt-out and wait for a decision."""

    def delivered_at(self, message_id: str) -> datetime | None:
        """Return when the text reached the handset; None if it did not, as far as is known."""
        events = self.attempt_events.get(message_id, ())
        return next((event.at for event in events if event.is_delivery), None)


@dataclass(frozen=True, kw_only=True)
class Chosen(Happened):
    """The conversation that was chosen."""

    contact_id: str
    phone: str
    name: str
    forgotten_at: datetime | None
    is_opted_out: bool
    needs_reply: bool
    assignee: str | None
    """The id of the user who looks after it; None: nobody."""
    thread: Thread
    first_events: Mapping[int, RecordedEvent]
    """Seq of a message → its enrolment, or the text that came in."""
    delivery_id: str | None
    """The delivery for links to the contact page: of this campaign, or the newest one."""

    @property
    def campaign_count(self) -> int:
        """In how many campaigns the person is."""
        return len({row.campaign_id for row in self.deliveries.values()})


def chosen_conversation(contact_id: str, campaign_id: str | None) -> Chosen:
    """Return the conversation at the moment that the page shows; raises `NotFound`.

    With a campaign, links lead to the contact in that campaign.
    """
    person, seq = conversations().correspondent(contact_id), until_seq()
    if person is None:
        when = "" if seq is None else f" at #{seq}"
        raise NotFound(f"There is no conversation {contact_id}{when}.")
    record_view(contact_id, ViewPlace.CONVERSATION)
    same_phone = _same_phone(contact_id, person.phone)
    thread = conversations().thread(
        contact_id,
        same_phone=same_phone,
        before=optional_number(request.args.get("earlier")),
        size=PAGE_ROWS,
    )
    deliveries = {
        row.delivery_id: row
        for one_contact in (contact_id, *same_phone)
        for row in status().deliveries_to(one_contact)
    }
    here = [d for d, row in deliveries.items() if row.campaign_id == campaign_id]
    reader = application().ledger.reader
    return Chosen(
        contact_id=contact_id,
        phone=person.phone,
        name=person.name,
        forgotten_at=person.forgotten_at,
        is_opted_out=person.is_opted_out,
        needs_reply=person.needs_reply,
        assignee=person.assignee,
        thread=thread,
        first_events=reader.events_by_seq([row.seq for row in thread.rows]),
        deliveries=deliveries,
        delivery_id=next(iter([*here, *deliveries]), None),
        attempt_events=attempt_events(thread.rows),
        possible_opt_outs={text.seq for text in possible_opt_outs().of_contacts([contact_id])},
    )


def attempt_events(rows: Sequence[MessageRow]) -> dict[str, list[MessageEvent]]:
    """Return delivery id → what happened to each text that went out, at the moment of the page."""
    seq, reader = until_seq(), application().ledger.reader
    streams = reader.streams([row.message_id for row in rows if not row.is_inbound])
    return {
        delivery_id: _message_events(events_until(events, seq))
        for delivery_id, events in streams.items()
    }


def _same_phone(contact_id: str, phone: str) -> list[str]:
    """Return the ids of other contacts that earlier versions may have made of the same phone."""
    if not phone:
        return []
    ledger = application().ledger
    ids = known_contact_ids(ledger.reader, ledger.identity, phone)
    return [other for other in ids if other != contact_id]


def _message_events(events: Sequence[RecordedEvent]) -> list[MessageEvent]:
    return [_message_event(e) for e in events if e.topic != ContactEnrolled.topic or problem_of(e)]


def _message_event(recorded: RecordedEvent) -> MessageEvent:
    is_sound = problem_of(recorded) is None
    fact = recorded.fact if is_sound else None
    return MessageEvent(
        seq=recorded.seq,
        at=shown_time(recorded),
        sentence=shown_summary(recorded),
        status=Standing.of(fact).message_status if fact else None,
        is_sound=is_sound,
        is_delivery=fact is not None and stage_of(fact.rank) in GOOD,
    )
