"""The audit trail: every event as a readable row, with filters, and a page for each event."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from flask import Blueprint, Response, render_template, request, stream_with_context, url_for

from ledger.domain.events import EVENT_TYPES, CampaignLaunched
from ledger.ledger import Ledger
from ledger.recorded_event import RecordedEvent
from ledger.store.search import Search
from webapp.current import application
from webapp.documents import event_document
from webapp.explain.actors import actor_names
from webapp.explain.event_changes import meaning_of
from webapp.explain.event_fields import fields_of
from webapp.explain.event_summaries import summary_of, type_label
from webapp.pages.sizes import EXPORT_ROWS, PAGE_ROWS
from webapp.whole_numbers import optional_number

blueprint = Blueprint("audit", __name__, url_prefix="/audit")


@dataclass(frozen=True, kw_only=True)
class Row:
    """One event of the list."""

    seq: int
    at: datetime
    topic: str
    who: str
    summary: str
    campaign_id: str | None
    delivery_id: str | None


@blueprint.get("")
def index() -> str:
    """The newest events first, or those of a filter."""
    search = _search()
    entries, newer, older = _page_of(application().ledger, search)
    names = _names()
    return render_template(
        "audit/index.html",
        rows=[_row(entry, names) for entry in entries],
        newer_url=_url(after=entries[0].seq) if newer else None,
        older_url=_url(before=entries[-1].seq) if older else None,
        export_url=_url("audit.export"),
        search=search,
        is_filtered=bool(_filters()),
        campaign_names=_campaign_names(),
        types={each.topic: type_label(each.topic) for each in EVENT_TYPES},
        names=names,
    )


@blueprint.get("/<number:seq>")
def event(seq: int) -> str:
    """One event: what it says, what it changed, and its raw words."""
    ledger = application().ledger
    entry = ledger.reader.event(seq)
    stream = ledger.reader.stream(str(entry.row.originator_id))
    place = next(i for i, each in enumerate(stream) if each.seq == seq)
    names, of_campaign = _names(), _campaign_of(ledger, entry)
    return render_template(
        "audit/event.html",
        row=_row(entry, names),
        entry=entry,
        meaning=meaning_of(entry, stream[: place + 1], of_campaign),
        fields=fields_of(entry),
        in_ledger=(seq - 1 or None, seq + 1 if seq < ledger.reader.head() else None),
        in_stream=(
            stream[place - 1].seq if place else None,
            stream[place + 1].seq if place + 1 < len(stream) else None,
        ),
        stream_length=len(stream),
        campaign_names=_campaign_names(),
        was_launched=any(
            each.topic == CampaignLaunched.topic and each.seq <= seq for each in of_campaign
        ),
    )


@blueprint.get("/events.ndjson")
def export() -> Response:
    """The same events in the order of seq, one JSON document a line."""
    ledger = application().ledger
    until = ledger.reader.head()  # at once: a ledger that is away is told before the first line
    search = replace(_search(), after=0, before=until + 1, newest_first=False)
    lines = _lines(ledger, search, _names())
    return Response(
        stream_with_context(lines),
        mimetype="application/x-ndjson",
        headers={"Content-Disposition": 'attachment; filename="audit.ndjson"'},
    )


def _lines(ledger: Ledger, search: Search, names: Mapping[str, str]) -> Iterator[str]:
    """In parts, so that a ledger of any size is never in memory whole."""
    while entries := ledger.reader.search(search, EXPORT_ROWS):
        yield "".join(
            f"{json.dumps(event_document(e, names), ensure_ascii=False)}\n" for e in entries
        )
        search = replace(search, after=entries[-1].seq)


def _page_of(ledger: Ledger, search: Search) -> tuple[list[RecordedEvent], bool, bool]:
    """The entries to show, newest first, and whether there are newer and older ones."""
    if search.after is not None:
        entries = ledger.reader.search(search, PAGE_ROWS + 1)
        return entries[:PAGE_ROWS][::-1], len(entries) > PAGE_ROWS, bool(entries)
    entries = ledger.reader.search(replace(search, newest_first=True), PAGE_ROWS + 1)
    has_newer = bool(entries) and search.before is not None
    return entries[:PAGE_ROWS], has_newer, len(entries) > PAGE_ROWS


def _search() -> Search:
    given = _filters()
    before = optional_number(request.args.get("before"))
    after = optional_number(request.args.get("after"))
    return Search(
        campaign_id=given.get("campaign"),
        delivery_id=given.get("delivery"),
        topics=(given["type"],) if "type" in given else (),
        actor=given.get("actor"),
        before=before,
        after=after if before is None else None,
    )


def _filters() -> dict[str, str]:
    wanted = ("campaign", "delivery", "type", "actor")
    return {name: value for name in wanted if (value := request.args.get(name, "").strip())}


def _url(endpoint: str = "audit.index", **paging: int) -> str:
    values: dict[str, Any] = {**_filters(), **paging}
    return url_for(endpoint, **values)


def _names() -> dict[str, str]:
    return actor_names(application().accounts.names())


def _campaign_names() -> dict[str, str]:
    return {row.campaign_id: row.name for row in application().status.campaigns()}


def _row(entry: RecordedEvent, names: Mapping[str, str]) -> Row:
    actor = entry.row.columns["actor"]
    return Row(
        seq=entry.seq,
        at=entry.recorded_at,
        topic=entry.topic,
        who=names.get(actor, actor),
        summary=summary_of(entry.event),
        campaign_id=entry.campaign_id,
        delivery_id=entry.delivery_id,
    )


def _campaign_of(ledger: Ledger, entry: RecordedEvent) -> Sequence[RecordedEvent]:
    return ledger.reader.stream(entry.campaign_id) if entry.campaign_id else []
