"""The audit trail: every event as a readable row, searched by words, and a page for each event."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any

from flask import (
    Blueprint,
    redirect,
    render_template,
    request,
    url_for,
)
from flask.typing import ResponseReturnValue

from ledger.domain.events import (
    EVENT_TYPES,
    CallbackReceived,
    CampaignLaunched,
    InboundReceived,
    StrayCallbackReceived,
)
from ledger.domain.vocabulary import ViewPlace
from ledger.errors import BadInput, NotFound, StoreUnavailable
from ledger.ledger import Ledger
from ledger.recorded_event import RecordedEvent
from ledger.store.search import Kind, Search
from webapp.audit.names import Ambiguous, AuditNames
from webapp.audit.query import PARAMETERS, AuditQuery
from webapp.audit.rows import AuditRows, Group, Row, grouped
from webapp.audit.words import WORDS, read_words, words_of
from webapp.audit_filters import check_search
from webapp.current import application
from webapp.explain.event_causes import causes_of
from webapp.explain.event_changes import meaning_of
from webapp.explain.event_fields import fields_of, stored_columns
from webapp.explain.event_problems import doubts, problem_of, sound, why_unreadable
from webapp.explain.event_summaries import type_label
from webapp.explain.numbers import counted, number
from webapp.pages import live
from webapp.pages.access import record_view
from webapp.pages.common import events_until, now, until_seq
from webapp.pages.event_proofs import proof_of
from webapp.pages.filters import check_filters
from webapp.pages.moments import past
from webapp.pages.sizes import PAGE_ROWS
from webapp.repeated_callbacks import Repeats
from webapp.whole_numbers import optional_number, whole_number

blueprint = Blueprint("audit", __name__, url_prefix="/audit")

_MOST_NEW = 1000
"""The most new events that are counted; above it the page says "more than"."""


@dataclass(frozen=True, kw_only=True)
class Box:
    """The query box: its words, the ids that they stand for, and what was wrong with them."""

    words: str
    kept: Mapping[str, str]
    error: str = ""
    ambiguous: Ambiguous | None = None


@blueprint.get("")
def index() -> ResponseReturnValue:
    """List the events of a search, the newest first; for its live block count the newer ones."""
    query = query_of_address()
    if live.is_asked_for():
        return live.answer(_new_events(query, whole_number(request.args.get("new", ""))))
    return _list(query)


@blueprint.post("")
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
        return _list(query_of_address(), box), 422
    return redirect(audit_url(query, view=request.form.get("view")), code=303)


def query_of_address() -> AuditQuery:
    """Return the search of the address. Raises `BadInput`, and `NotFound` for what is not here.

    The numbers that page the list are checked for a download too, which has all of the search.
    """
    check_filters((*PARAMETERS, "view", "new"))
    for name in ("before", "after"):
        optional_number(request.args.get(name))
    query, reader = AuditQuery.of(request.args), application().ledger.reader
    actors = AuditNames(application()).actors
    check_search(reader, query.search(reader), actors)
    return query


# The list.


def _list(query: AuditQuery, box: Box | None = None) -> str:
    ledger, names = application().ledger, AuditNames(application(), until_seq())
    events, newer, older = _page_of(ledger, query.search(ledger.reader), until_seq())
    rows = AuditRows(names).of(events)
    view = request.args.get("view")
    is_newest = not newer and past() is None
    head = ledger.reader.head()
    return render_template(
        "audit/index.html",
        groups=grouped(rows) if view == "grouped" else [Group(row=row) for row in rows],
        rows=rows,
        newer_url=audit_url(query, after=events[0].seq, view=view) if newer else None,
        older_url=audit_url(query, before=events[-1].seq, view=view) if older else None,
        exports_url=audit_url(query, "audit_exports.index"),
        access_url=audit_url(replace(query, kind=Kind.ACCESS), view=view),
        ways=_ways(query, view),
        query=query,
        hidden={n: v for n, v in query.parameters().items() if n not in _LISTS},
        view=view,
        box=box or Box(words=words_of(query, names), kept=query.parameters()),
        words=WORDS,
        campaign_names=names.campaigns,
        types={event.topic: type_label(event.topic) for event in EVENT_TYPES},
        actors=names.actors,
        new_block=_new_events(query, head) if is_newest else None,
        new_url=audit_url(query, new=head, view=view),
    )


_LISTS = ("campaign", "type", "actor", "delivery")
"""The parameters that are chosen from lists, as the first version of the page had them."""


def _ways(query: AuditQuery, view: str | None) -> list[tuple[str, str, bool]]:
    """Return word, address and whether it is on, of each way to make the list shorter."""
    is_grouped, hides = view == "grouped", query.leaves_out_routine
    routine = replace(query, leaves_out_routine=not hides)
    late = replace(query, kind=None if query.kind is Kind.LATE else Kind.LATE)
    stray = replace(query, kind=None if query.kind is Kind.STRAY else Kind.STRAY)
    access = replace(query, kind=None if query.kind is Kind.ACCESS else Kind.ACCESS)
    with_access = replace(query, access=not query.shows_access)
    return [
        (
            "Grouped by delivery",
            audit_url(query, view=None if is_grouped else "grouped"),
            is_grouped,
        ),
        ("Without routine events", audit_url(routine, view=view), hides),
        ("Late callbacks", audit_url(late, view=view), query.kind is Kind.LATE),
        ("Stray callbacks", audit_url(stray, view=view), query.kind is Kind.STRAY),
        ("With the record of access", audit_url(with_access, view=view), query.shows_access),
        ("Record of access alone", audit_url(access, view=view), query.kind is Kind.ACCESS),
    ]


def _new_events(query: AuditQuery, after: int) -> live.Block:
    """Return the sentence on the events after a seq; it is empty where there are none."""
    reader = application().ledger.reader
    found = query.search(reader)
    last = replace(found, after=max(after, found.after or 0))
    count = len(reader.search(last, limit=_MOST_NEW + 1))
    words = (
        f"More than {number(_MOST_NEW)} new events"
        if count > _MOST_NEW
        else counted(count, "new event")
    )
    view = request.args.get("view")
    return live.make_block(
        "audit/_new.html", count=count, words=words, url=audit_url(query, view=view)
    )


def _page_of(
    ledger: Ledger, search: Search, until: int | None
) -> tuple[list[RecordedEvent], bool, bool]:
    """Return the events of a page, newest first, and whether there are newer and older ones."""
    before = optional_number(request.args.get("before"))
    after = optional_number(request.args.get("after")) if before is None else None
    if until is not None:
        search = _until(search, until + 1)
        before = None if before is not None and before > until else before
    if after is not None:
        after_it = replace(search, after=max(after, search.after or 0))
        events = ledger.reader.search(after_it, PAGE_ROWS + 1)
        return events[:PAGE_ROWS][::-1], len(events) > PAGE_ROWS, bool(events)
    before_it = search if before is None else _until(search, before)
    events = ledger.reader.search(before_it.newest(), PAGE_ROWS + 1)
    has_newer = bool(events) and before is not None
    return events[:PAGE_ROWS], has_newer, len(events) > PAGE_ROWS


def _until(search: Search, before: int) -> Search:
    return replace(search, before=before if search.before is None else min(search.before, before))


def audit_url(query: AuditQuery, endpoint: str = "audit.index", **more: Any) -> str:
    """Return the address of a search, with further parameters that are not None."""
    values: dict[str, Any] = {**query.parameters(), **more}
    return url_for(endpoint, **{n: value for n, value in values.items() if value is not None})


# One event.


@blueprint.get("/<number:seq>")
def event(seq: int) -> str:
    """Show one event: what it says, what it changed, and its fields."""
    ledger = application().ledger
    until = until_seq()
    head = ledger.reader.head() if until is None else until
    if seq > head:
        raise NotFound(f"There is no event #{number(seq)} at #{number(head)}.")
    recorded = ledger.reader.event(seq)
    if problem_of(recorded):
        return _bad_event(recorded, head)
    stream = events_until(ledger.reader.stream(recorded.stream_id), until)
    index = next(i for i, other in enumerate(stream) if other.seq == seq)
    names, campaign = AuditNames(application(), until), _campaign_of(ledger, recorded)
    fields = fields_of(recorded)
    if fields.sealed and (recorded.contact_id or recorded.topic in _SIGNED):
        record_view(recorded.contact_id, ViewPlace.EVENT)
    (row,) = AuditRows(names).of([recorded])
    until_it = stream[: index + 1]
    doubt = doubts(until_it, campaign)
    return render_template(
        "audit/event.html",
        row=row,
        recorded=recorded,
        doubt=doubt,
        meaning=None if doubt else meaning_of(recorded, until_it, campaign),
        causes=_causes(ledger, recorded, AuditRows(names)),
        is_signed=recorded.topic in _SIGNED,
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


_SIGNED = {CallbackReceived.topic, InboundReceived.topic, StrayCallbackReceived.topic}
"""What Twilio posts: nothing of it is recorded without a right signature."""


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
    dedupe: str | None = recorded.row.columns["dedupe"]
    if dedupe is None or past():
        return None
    with suppress(StoreUnavailable):
        return application().repeated_callbacks.of([dedupe]).get(dedupe)
    return None
