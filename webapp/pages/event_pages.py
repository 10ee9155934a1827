"""One page of the events of a search, as `before` or `after` in the address asks for it."""

from collections.abc import Sequence
from dataclasses import dataclass

from flask import request

from ledger.reader import LedgerReader
from ledger.recorded_event import RecordedEvent
from ledger.store.search import Search
from webapp.pages.sizes import PAGE_ROWS
from webapp.whole_numbers import optional_number


@dataclass(frozen=True, kw_only=True)
class EventPage:
    """Events, the newest first, with the seqs from which to continue."""

    events: Sequence[RecordedEvent]
    newer_after: int | None
    """The value of `after` for the page of newer events; None where there are none."""
    older_before: int | None
    """The value of `before` for the page of older events; None where there are none."""


def event_page(reader: LedgerReader, search: Search, until: int | None) -> EventPage:
    """Return the page that the address asks for, of the events up to a seq; None: of all."""
    before = optional_number(request.args.get("before"))
    after = optional_number(request.args.get("after")) if before is None else None
    if until is not None:
        search = search.ending_before(until + 1)
        before = None if before is not None and before > until else before
    if after is not None:
        found = reader.search(search.beginning_after(after), PAGE_ROWS + 1)
        return _page(found[:PAGE_ROWS][::-1], newer=len(found) > PAGE_ROWS, older=True)
    before_it = search if before is None else search.ending_before(before)
    found = reader.search(before_it.newest(), PAGE_ROWS + 1)
    return _page(found[:PAGE_ROWS], newer=before is not None, older=len(found) > PAGE_ROWS)


def _page(events: Sequence[RecordedEvent], *, newer: bool, older: bool) -> EventPage:
    return EventPage(
        events=events,
        newer_after=events[0].seq if events and newer else None,
        older_before=events[-1].seq if events and older else None,
    )
