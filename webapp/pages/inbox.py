"""What both panels of the conversations show: the list, the chosen conversation, and the box."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import request, url_for
from flask_security import current_user

from ledger.domain.events import ContactOptedOut
from ledger.errors import BadInput, NotFound
from ledger.messages.phone_numbers import display
from ledger.messages.segments import count_segments
from projections.conversations.inbox_search import is_number_searched
from projections.conversations.rows import InboxCounts, InboxFilter, InboxScope
from webapp.current import application
from webapp.explain.conversations import (
    opted_out_sentence,
    past_waiting_sentence,
    waiting_sentence,
)
from webapp.explain.event_problems import shown_time
from webapp.explain.numbers import counted, number
from webapp.pages import live
from webapp.pages.chosen_conversation import Chosen, chosen_conversation
from webapp.pages.common import conversations, now, until_seq
from webapp.pages.fitting import may
from webapp.pages.moments import past
from webapp.pages.sizes import PAGE_ROWS
from webapp.permissions import Permission
from webapp.whole_numbers import whole_number


@dataclass(frozen=True, kw_only=True)
class Inbox:
    """What the page of conversations is made from."""

    scope: InboxScope
    counts: InboxCounts
    contact_id: str | None
    chosen: Chosen | None
    before: str | None
    names: Mapping[str, str]
    """User id → name, of all who can have acted."""

    def address(self, contact_id: str | None = None, **changed: str | int | None) -> str:
        """Return the address of a conversation, or of the list; what is looked at is kept."""
        values: dict[str, Any] = {"show": _shown(self.scope), "before": self.before} | changed
        if contact_id:
            values["contact_id"] = contact_id
        if self.scope.campaign_id:
            values["campaign_id"] = self.scope.campaign_id
            return url_for("conversations.activity", **values)
        return url_for(f"conversations.{'show' if contact_id else 'index'}", **values)

    @property
    def search_action(self) -> str:
        """The address that a search is posted to."""
        if self.scope.campaign_id:
            return url_for("conversations.search_activity", campaign_id=self.scope.campaign_id)
        return url_for("conversations.search")


@dataclass(frozen=True, kw_only=True)
class Answering:
    """What the form of a reply needs."""

    contact_id: str
    name: str
    campaign_id: str | None
    request: str
    """The name of the request, so that pressing twice sends once."""
    words: str
    problem: str | None
    """Why the words that stand in the box were not sent."""


def read_inbox(campaign_id: str | None, contact_id: str | None, search: str = "") -> Inbox:
    """Return what a request for the conversations asks for. Raises `BadInput` and `NotFound`."""
    if is_number_searched(search) and not may(Permission.SEE_NUMBERS):
        raise BadInput("You may not search for phone numbers. Write a part of a name, or words.")
    user_id = str(getattr(current_user, "user_id", ""))
    scope = InboxScope(
        chosen=_filter(), user_id=user_id, campaign_id=campaign_id, search=search.strip()
    )
    return Inbox(
        scope=scope,
        counts=conversations().counts(user_id, campaign_id),
        contact_id=contact_id,
        chosen=chosen_conversation(contact_id, campaign_id) if contact_id else None,
        before=request.args.get("before"),
        names=application().accounts.names(),
    )


def blocks_of(inbox: Inbox) -> list[live.Block]:
    """Return the live blocks: the sentence above, the list, the head and the messages."""
    return [
        live.make_block("inbox-state", "conversations/_state.html", sentence=_state(inbox)),
        _list_block(inbox),
        live.make_block("inbox-head", "conversations/_person.html", **_person(inbox)),
        live.make_block("inbox-thread", "conversations/_thread.html", **_thread(inbox)),
    ]


def answering(inbox: Inbox, words: str = "", problem: str | None = None) -> Answering | None:
    """Return the form for the chosen conversation; None if this person cannot be texted."""
    chosen = inbox.chosen
    if past() or chosen is None or not chosen.phone or (chosen.is_opted_out and not words):
        return None
    return Answering(
        contact_id=chosen.contact_id,
        name=chosen.name or display(chosen.phone),
        campaign_id=inbox.scope.campaign_id,
        request=application().ledger.identity.new_request(),
        words=words,
        problem=problem,
    )


def segments_sentence(words: str) -> str:
    """Return how many segments a reply takes, and how much fits into the last one."""
    segments = count_segments(words)
    if not segments.count:
        return ""
    left = segments.count * segments.unit_limit - segments.units
    return f"{counted(segments.count, 'segment')}, {number(max(left, 0))} left"


def cannot_be_sent(chosen: Chosen) -> str:
    """Return why an opted-out number gets nothing."""
    events = application().ledger.reader.streams([chosen.contact_id]).get(chosen.contact_id, ())
    seq = until_seq()
    opt_outs = [
        each
        for each in events
        if each.topic == ContactOptedOut.topic and (seq is None or each.seq <= seq)
    ]
    last = opt_outs[-1] if opt_outs and not opt_outs[-1].is_altered else None
    event = last.event if last else None
    return opted_out_sentence(
        event if isinstance(event, ContactOptedOut) else None,
        shown_time(last),
        _shown_now(),
    )


def _list_block(inbox: Inbox) -> live.Block:
    page = conversations().page(inbox.scope, before=_place(inbox.before), size=PAGE_ROWS)
    place = page.next_before
    return live.make_block(
        "inbox-list",
        "conversations/_list.html",
        inbox=inbox,
        page=page,
        next_place=f"{place[0]}.{place[1]}" if place else None,
        latest_events=application().ledger.reader.events_by_seq([r.last_seq for r in page.rows]),
        names=inbox.names,
    )


def _state(inbox: Inbox) -> str:
    if past():
        return past_waiting_sentence(inbox.counts.needs_reply)
    since_seq = inbox.counts.waiting_since_seq
    events = application().ledger.reader.events_by_seq([since_seq] if since_seq else [])
    oldest_at = shown_time(events.get(since_seq)) if since_seq else None
    return waiting_sentence(inbox.counts.needs_reply, oldest_at, _shown_now())


def _person(inbox: Inbox) -> dict[str, object]:
    return {"inbox": inbox, "chosen": inbox.chosen, "names": inbox.names}


def _thread(inbox: Inbox) -> dict[str, object]:
    chosen = inbox.chosen
    return {
        "inbox": inbox,
        "chosen": chosen,
        "names": inbox.names,
        "cannot_be_sent": cannot_be_sent(chosen) if chosen and chosen.is_opted_out else None,
    }


def _shown_now() -> datetime:
    moment = past()
    return (moment and moment.at) or now()


def _filter() -> InboxFilter:
    """Return the filter in the address or the form; raises `NotFound` for an unknown word."""
    value = request.values.get("show")
    if value and value not in list(InboxFilter):
        raise NotFound(f"There is no list of conversations named {value}.")
    return InboxFilter(value) if value else InboxFilter.ALL


def _shown(scope: InboxScope) -> str | None:
    return None if scope.chosen is InboxFilter.ALL else scope.chosen.value


def _place(text: str | None) -> tuple[int, str] | None:
    """Read the place in the list: seq and contact id, as in "48210.con_fg3iipp2"."""
    if not text:
        return None
    seq, _, contact_id = text.partition(".")
    return whole_number(seq), contact_id
