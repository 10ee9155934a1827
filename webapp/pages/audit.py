"""The audit trail: every event as a readable row, with filters, and a page for each event."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from flask import Blueprint, Response, render_template, request, stream_with_context, url_for

from ledger.domain.events import EVENT_TYPES, CampaignLaunched
from ledger.errors import NotFound
from ledger.ledger import Ledger
from ledger.recorded_event import RecordedEvent
from ledger.store.search import Search
from webapp.audit_filters import check_search
from webapp.current import application
from webapp.documents import event_document
from webapp.explain.actors import actor_names
from webapp.explain.event_changes import meaning_of
from webapp.explain.event_fields import fields_of, stored_columns
from webapp.explain.event_problems import (
    EventProblem,
    doubts,
    problem_of,
    shown_summary,
    why_unreadable,
)
from webapp.explain.event_summaries import type_label
from webapp.explain.numbers import number
from webapp.pages.common import events_until, status, until_seq
from webapp.pages.filters import check_filters
from webapp.pages.sizes import EXPORT_ROWS, PAGE_ROWS
from webapp.whole_numbers import optional_number

blueprint = Blueprint("audit", __name__, url_prefix="/audit")

_FILTERS = ("campaign", "delivery", "type", "actor")


@dataclass(frozen=True, kw_only=True)
class Row:
    """One event of the list; of an altered one only the seq is shown."""

    seq: int
    summary: str
    at: datetime | None = None
    topic: str | None = None
    who: str | None = None
    campaign_id: str | None = None
    delivery_id: str | None = None
    problem: EventProblem | None = None


@blueprint.get("")
def index() -> str:
    """List the events that pass the filters, the newest first."""
    search = _search()
    events, newer, older = _page_of(application().ledger, search, until_seq())
    names = _names()
    return render_template(
        "audit/index.html",
        rows=[_row(recorded, names) for recorded in events],
        newer_url=_url(after=events[0].seq) if newer else None,
        older_url=_url(before=events[-1].seq) if older else None,
        export_url=_url("audit.export"),
        search=search,
        is_filtered=bool(_filters()),
        campaign_names=_campaign_names(),
        types={event.topic: type_label(event.topic) for event in EVENT_TYPES},
        names=names,
    )


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
    names, campaign = _names(), _campaign_of(ledger, recorded)
    until_it = stream[: index + 1]
    doubt = doubts(until_it, campaign)
    return render_template(
        "audit/event.html",
        doubt=doubt,
        row=_row(recorded, names),
        recorded=recorded,
        meaning=None if doubt else meaning_of(recorded, until_it, campaign),
        fields=fields_of(recorded),
        in_ledger=(seq - 1 or None, seq + 1 if seq < head else None),
        in_stream=(
            stream[index - 1].seq if index else None,
            stream[index + 1].seq if index + 1 < len(stream) else None,
        ),
        stream_length=len(stream),
        campaign_names=_campaign_names(),
        was_launched=any(
            other.topic == CampaignLaunched.topic and other.seq <= seq for other in campaign
        ),
    )


def _bad_event(recorded: RecordedEvent, head: int) -> str:
    """Show an event that is no fact: that it was altered, or why it cannot be read."""
    seq = recorded.seq
    return render_template(
        "audit/bad_event.html",
        row=_row(recorded, _names()),
        why=None if recorded.is_altered else why_unreadable(recorded),
        columns=stored_columns(recorded),
        in_ledger=(seq - 1 or None, seq + 1 if seq < head else None),
    )


@blueprint.get("/events.ndjson")
def export() -> Response:
    """Download the same events in the order of seq, one JSON document a line."""
    ledger = application().ledger
    seq = until_seq()
    until = ledger.reader.head() if seq is None else seq
    search = replace(_search(), after=0, before=until + 1, newest_first=False)
    lines = _lines(ledger, search, _names())
    when = "" if seq is None else f"-as-of-{seq}"
    return Response(
        stream_with_context(lines),
        mimetype="application/x-ndjson",
        headers={"Content-Disposition": f'attachment; filename="audit{when}.ndjson"'},
    )


def _lines(ledger: Ledger, search: Search, names: Mapping[str, str]) -> Iterator[str]:
    """Yield the lines in parts, because the whole ledger may not fit into memory."""
    while events := ledger.reader.search(search, EXPORT_ROWS):
        yield "".join(
            f"{json.dumps(event_document(recorded, names), ensure_ascii=False)}\n"
            for recorded in events
        )
        search = replace(search, after=events[-1].seq)


def _page_of(
    ledger: Ledger, search: Search, until: int | None
) -> tuple[list[RecordedEvent], bool, bool]:
    """Return the events of a page, newest first, and whether there are newer and older ones."""
    before = search.before
    if until is not None and (before is None or before > until):
        before, search = None, replace(search, before=until + 1)
    if search.after is not None:
        events = ledger.reader.search(search, PAGE_ROWS + 1)
        return events[:PAGE_ROWS][::-1], len(events) > PAGE_ROWS, bool(events)
    events = ledger.reader.search(replace(search, newest_first=True), PAGE_ROWS + 1)
    has_newer = bool(events) and before is not None
    return events[:PAGE_ROWS], has_newer, len(events) > PAGE_ROWS


def _search() -> Search:
    """Return what the address asks for; raises `NotFound` for what it names and is not there."""
    check_filters(_FILTERS)
    filters = _filters()
    before = optional_number(request.args.get("before"))
    after = optional_number(request.args.get("after"))
    search = Search(
        campaign_id=filters.get("campaign"),
        delivery_id=filters.get("delivery"),
        topics=(filters["type"],) if "type" in filters else (),
        actor=filters.get("actor"),
        before=before,
        after=after if before is None else None,
    )
    check_search(application().ledger.reader, search, _names())
    return search


def _filters() -> dict[str, str]:
    return {name: value for name in _FILTERS if (value := request.args.get(name, "").strip())}


def _url(endpoint: str = "audit.index", **paging: int) -> str:
    values: dict[str, Any] = {**_filters(), **paging}
    return url_for(endpoint, **values)


def _names() -> dict[str, str]:
    return actor_names(application().accounts.names())


def _campaign_names() -> dict[str, str]:
    return {row.campaign_id: row.name for row in status().campaigns()}


def _row(recorded: RecordedEvent, names: Mapping[str, str]) -> Row:
    problem = problem_of(recorded)
    if problem is EventProblem.ALTERED:
        return Row(seq=recorded.seq, summary=shown_summary(recorded), problem=problem)
    actor = recorded.row.columns["actor"]
    return Row(
        seq=recorded.seq,
        at=recorded.recorded_at,
        topic=recorded.topic,
        who=names.get(actor, actor),
        summary=shown_summary(recorded),
        campaign_id=recorded.campaign_id,
        delivery_id=recorded.delivery_id,
        problem=problem,
    )


def _campaign_of(ledger: Ledger, recorded: RecordedEvent) -> Sequence[RecordedEvent]:
    if recorded.campaign_id is None:
        return []
    return events_until(ledger.reader.stream(recorded.campaign_id), until_seq())
