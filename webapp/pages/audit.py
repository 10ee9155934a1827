"""The audit trail: its list, which `audit_list.py` fills, and the page of each event."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace

from flask import Blueprint, redirect, render_template, request
from flask.typing import ResponseReturnValue

from ledger.domain.events import CampaignLaunched
from ledger.domain.vocabulary import ViewPlace
from ledger.errors import BadInput, NotFound, StoreUnavailable
from ledger.ledger import Ledger
from ledger.recorded_event import RecordedEvent
from ledger.store.search import Search
from webapp.audit.names import Ambiguous, AuditNames
from webapp.audit.query import AuditQuery
from webapp.audit.rows import AuditRows, Row
from webapp.audit.words import read_words
from webapp.current import application
from webapp.explain.event_causes import causes_of
from webapp.explain.event_changes import meaning_of
from webapp.explain.event_fields import (
    SIGNED_TOPICS,
    fields_of,
    shows_words,
    stored_columns,
)
from webapp.explain.event_problems import problem_in_streams, problem_of, sound, why_unreadable
from webapp.explain.numbers import number
from webapp.pages import live
from webapp.pages.access import record_view
from webapp.pages.audit_list import Box, audit_url, list_page, new_events, query_of_address
from webapp.pages.common import events_until, now, until_seq
from webapp.pages.event_proofs import proof_of
from webapp.pages.moments import past
from webapp.pages.shareable_pages import STAFF_TOPICS, hides_words_of_staff, is_shared
from webapp.permissions import Permission, needs
from webapp.repeated_callbacks import Repeats
from webapp.whole_numbers import whole_number

blueprint = Blueprint("audit", __name__, url_prefix="/audit")


@blueprint.get("")
@needs(Permission.SEE_WORDS)
def index() -> ResponseReturnValue:
    """List the events of a search, the newest first; for its live block count the newer ones."""
    query = query_of_address()
    if live.is_asked_for():
        return live.answer([new_events(query, whole_number(request.args.get("new", "")))])
    return list_page(query)


@blueprint.post("")
@needs(Permission.SEE_WORDS)
def search() -> ResponseReturnValue:
    """Read the words of the box; redirect to the address of the search, which holds ids only."""
    kept = AuditQuery.of({name: request.form.get(name, "") for name in ("campaign", "contact")})
    words = request.form.get("q", "").strip()
    try:
        query = read_words(words, AuditNames(application(), until_seq(), kept), now())
    except BadInput as error:
        box = Box(
            words=words,
            kept=kept.parameters(),
            error=str(error),
            ambiguous=error if isinstance(error, Ambiguous) else None,
        )
        return list_page(query_of_address(), box), 422
    return redirect(audit_url(query, view=request.form.get("view")), code=303)


@blueprint.get("/<number:seq>")
@needs(Permission.SEE_WORDS)
def event(seq: int) -> str:
    """Show one event: what it says, what it changed, and its fields."""
    ledger = application().ledger
    until = until_seq()
    head = ledger.reader.head() if until is None else until
    if seq > head:
        raise NotFound(f"There is no event #{number(seq)} at #{number(head)}.")
    recorded = ledger.reader.event(seq)
    if is_shared() and recorded.topic in STAFF_TOPICS:
        raise NotFound("Readers of a permalink do not see this event.")
    if problem_of(recorded):
        return _bad_event(recorded, head)
    stream = events_until(ledger.reader.stream(recorded.stream_id), until)
    index = next(i for i, other in enumerate(stream) if other.seq == seq)
    names, campaign = AuditNames(application(), until), _campaign_of(ledger, recorded)
    fields = fields_of(recorded, hides_words_of_staff=hides_words_of_staff())
    if shows_words(recorded, fields):
        record_view(recorded.contact_id, ViewPlace.EVENT)
    (row,) = AuditRows(names).of([recorded])
    until_it = stream[: index + 1]
    problem = problem_in_streams(until_it, campaign)
    return render_template(
        "audit/event.html",
        row=row,
        recorded=recorded,
        problem=problem,
        meaning=None if problem else meaning_of(recorded, until_it, campaign),
        causes=_causes(ledger, recorded, AuditRows(names)),
        is_signed=recorded.topic in SIGNED_TOPICS,
        repeats=_repeats(recorded),
        fields=fields,
        proof=proof_of(seq),
        in_ledger=(seq - 1 or None, seq + 1 if seq < head else None),
        in_stream=(
            stream[index - 1].seq if index else None,
            stream[index + 1].seq if index + 1 < len(stream) else None,
        ),
        stream_length=len(stream),
        was_launched=any(
            other.topic == CampaignLaunched.topic and other.seq <= seq for other in campaign
        ),
    )


def _bad_event(recorded: RecordedEvent, head: int) -> str:
    """Show an event that is no fact: that it was altered, or why it cannot be read."""
    seq = recorded.seq
    (row,) = AuditRows(AuditNames(application(), until_seq())).of([recorded])
    return render_template(
        "audit/bad_event.html",
        row=row,
        why=None if recorded.is_altered else why_unreadable(recorded),
        columns=stored_columns(recorded),
        in_ledger=(seq - 1 or None, seq + 1 if seq < head else None),
    )


def _campaign_of(ledger: Ledger, recorded: RecordedEvent) -> Sequence[RecordedEvent]:
    if recorded.campaign_id is None:
        return []
    return events_until(ledger.reader.stream(recorded.campaign_id), until_seq())


_EVENTS_NEAR = 500
"""So many events of the person, before and after one, are looked through for its cause."""


def _causes(
    ledger: Ledger, recorded: RecordedEvent, rows: AuditRows
) -> list[tuple[str, Row, float]]:
    """Return word, row and distance in seconds of its cause, and of what it caused."""
    if recorded.contact_id is None:
        return []
    of_contact = Search(contact_ids=(recorded.contact_id,))
    events = [
        *ledger.reader.search(replace(of_contact, before=recorded.seq).newest(), _EVENTS_NEAR),
        *ledger.reader.search(replace(of_contact, after=recorded.seq - 1), _EVENTS_NEAR),
    ]
    shown = events_until(sound(sorted(events, key=lambda event: event.seq)), until_seq())
    found = causes_of(recorded, shown)
    causes = [("Caused by", found.cause)] if found.cause else []
    causes += [("Caused", event) for event in found.caused]
    return [
        (word, row, abs((event.recorded_at - recorded.recorded_at).total_seconds()))
        for (word, event), row in zip(causes, rows.of([e for _, e in causes]), strict=True)
    ]


def _repeats(recorded: RecordedEvent) -> Repeats | None:
    """Return how often Twilio posted the event again; only the present knows it."""
    dedupe: str | None = recorded.columns["dedupe"]
    if dedupe is None or past():
        return None
    with suppress(StoreUnavailable):
        return application().repeated_callbacks.of([dedupe]).get(dedupe)
    return None
