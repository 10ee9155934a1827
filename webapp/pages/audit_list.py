"""The list of the audit trail: the search of its address, a page of events, and the ways on."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from flask import render_template, request, url_for

from ledger.domain.events import EVENT_TYPES
from ledger.errors import NotFound
from ledger.store.search import Kind
from webapp.audit.names import Ambiguous, AuditNames
from webapp.audit.query import PARAMETERS, AuditQuery
from webapp.audit.rows import AuditRows, Group, grouped
from webapp.audit.words import WORDS, words_of
from webapp.audit_filters import check_search
from webapp.current import application
from webapp.explain.event_summaries import type_label
from webapp.explain.numbers import counted, number
from webapp.pages import live
from webapp.pages.common import until_seq
from webapp.pages.event_pages import event_page
from webapp.pages.filters import check_filters
from webapp.pages.moments import past
from webapp.pages.shareable_pages import STAFF_TOPICS, is_shared
from webapp.whole_numbers import optional_number

_MOST_NEW = 1000
"""The most new events that are counted; above it the page says "more than"."""


@dataclass(frozen=True, kw_only=True)
class Box:
    """The query box: its words, the ids that they stand for, and what was wrong with them."""

    words: str
    kept: Mapping[str, str]
    error: str = ""
    ambiguous: Ambiguous | None = None


def query_of_address(*others: str) -> AuditQuery:
    """Return the search of the address. Raises `BadInput`, and `NotFound` for what is not here.

    `others` are parameters of the page alone. The numbers that page the list are checked for a
    download too, which has all of the search.
    """
    check_filters((*PARAMETERS, "view", "new", *others))
    for name in ("before", "after"):
        optional_number(request.args.get(name))
    query, reader = AuditQuery.of(request.args), application().ledger.reader
    actors = AuditNames(application()).actors
    check_search(reader, query.search(reader), actors)
    return query


def list_page(query: AuditQuery, box: Box | None = None) -> str:
    """Return the page of a search: a page of its events, the newest first.

    Readers of a permalink do not see the record of access. Raises `NotFound` for it alone.
    """
    query = _for_readers(query) if is_shared() else query
    ledger, names = application().ledger, AuditNames(application(), until_seq())
    search = query.search(ledger.reader)
    search = replace(search, hidden_topics=STAFF_TOPICS) if is_shared() else search
    page = event_page(ledger.reader, search, until_seq())
    rows = AuditRows(names).of(page.events)
    view = request.args.get("view")
    is_newest = page.newer_after is None and past() is None
    head = ledger.reader.head()
    new_block = new_events(query, head) if is_newest else None
    return render_template(
        "audit/index.html",
        groups=grouped(rows) if view == "grouped" else [Group(row=row) for row in rows],
        rows=rows,
        newer_url=page.newer_after and audit_url(query, after=page.newer_after, view=view),
        older_url=page.older_before and audit_url(query, before=page.older_before, view=view),
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
        new_block=new_block,
        live=new_block and live.page([new_block], url=audit_url(query, new=head, view=view)),
    )


def _for_readers(query: AuditQuery) -> AuditQuery:
    if query.kind is Kind.ACCESS:
        raise NotFound("Readers of a permalink do not see the record of access.")
    return replace(query, access=False)


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


def new_events(query: AuditQuery, after: int) -> live.Block:
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
        "audit-new", "audit/_new.html", count=count, words=words, url=audit_url(query, view=view)
    )


def audit_url(query: AuditQuery, endpoint: str = "audit.index", **more: Any) -> str:
    """Return the address of a search, with further parameters that are not None."""
    values: dict[str, Any] = {**query.parameters(), **more}
    return url_for(endpoint, **{n: value for n, value in values.items() if value is not None})
