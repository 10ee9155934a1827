"""A person's page: all campaigns, the conversation, opt-outs, and what happened."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from ledger.domain.vocabulary import ViewPlace
from ledger.errors import NotFound
from ledger.store.search import Search
from projections.campaigns.rows import ContactRow
from projections.conversations.rows import MessageRow
from projections.names import Person
from projections.opt_outs import OptOutEntry
from projections.possible_opt_outs import PossibleOptOut
from webapp.audit.names import AuditNames
from webapp.audit.rows import AuditRows, Row
from webapp.contact_ids import contact_ids_of_person
from webapp.current import application
from webapp.explain.event_problems import shown_time, sound
from webapp.explain.opt_outs import opt_out_reason
from webapp.legal_holds import LegalHoldsInForce, legal_holds_on_person
from webapp.pages.access import record_view
from webapp.pages.chosen_conversation import Happened, attempt_events
from webapp.pages.common import (
    conversations,
    events_until,
    numbers_to_fix,
    opt_outs,
    possible_opt_outs,
    status,
    until_seq,
)
from webapp.pages.fitting import may
from webapp.permissions import Permission, needs

blueprint = Blueprint("persons", __name__, url_prefix="/persons")

_TEXTS = 3
_EVENTS = 12


@dataclass(frozen=True)
class _Who:
    """The person, and the ids of all contacts of the phone."""

    person: Person
    contact_ids: Sequence[str]


@blueprint.get("/<contact_id>")
@needs(Permission.SEE_STATUS)
def show(contact_id: str) -> ResponseReturnValue:
    """Show the page; texts and events only to those who may see what people wrote."""
    who = _who(contact_id)
    rows = [row for each in who.contact_ids for row in status().deliveries_to(each)]
    replies_ids = AuditNames(application(), until_seq()).replies_ids
    waiting = possible_opt_outs().of_contacts(who.contact_ids)
    opted_out = opt_outs().of_contacts(who.contact_ids)
    numbers = [numbers_to_fix().of_contact(each) for each in who.contact_ids]
    return render_template(
        "persons/show.html",
        person=who.person,
        rows=rows,
        campaigns=[row for row in rows if row.campaign_id not in replies_ids],
        last_times=_times(rows),
        consent=next((row.consent for row in rows if row.consent), None),
        opted_out=opted_out,
        opt_out_reasons=_reasons(opted_out) if may(Permission.SEE_WORDS) else {},
        waits=bool(waiting),
        number_to_fix=next(filter(None, numbers), None),
        **_family(who),
        **(_words(who, rows, waiting) if may(Permission.SEE_WORDS) else {}),
    )


def _who(contact_id: str) -> _Who:
    app, until = application(), until_seq()
    names = app.names if until is None else app.names.as_of(until)
    person = names.people([contact_id])[contact_id]
    if not (person.name or person.phone or person.forgotten_at):
        when = "" if until is None else f" at #{until}"
        raise NotFound(f"There is no person {contact_id}{when}.")
    return _Who(person, contact_ids_of_person(app, contact_id))


def _family(who: _Who) -> dict[str, Any]:
    """Return the ids of students and households, and the others who have one of them."""
    app, until = application(), until_seq()
    search, names = app.people_search, app.names
    if until is not None:
        search, names = search.as_of(until), names.as_of(until)
    ids = search.school_ids(who.contact_ids)
    others = names.people(search.relatives(who.contact_ids)) if ids else {}
    return {
        "school_ids": next(iter(ids.values()), None),
        "relatives": [each for each in others.values() if each.name or each.phone],
    }


def _times(rows: Sequence[ContactRow]) -> dict[int, datetime]:
    """Return the seq of each row's last fact → when it was recorded, where that is known."""
    events = application().ledger.reader.events_by_seq([row.last_seq for row in rows])
    times = {seq: shown_time(event) for seq, event in events.items()}
    return {seq: at for seq, at in times.items() if at is not None}


def _reasons(opted_out: Sequence[OptOutEntry]) -> dict[int, str]:
    """Return the seq of each opt-out with a reason of staff → the reason."""
    events = application().ledger.reader.events_by_seq([entry.seq for entry in opted_out])
    reasons = {each.seq: opt_out_reason(each.event) for each in sound(events.values())}
    return {seq: reason for seq, reason in reasons.items() if reason}


def _words(
    who: _Who, rows: Sequence[ContactRow], waiting: Sequence[PossibleOptOut]
) -> dict[str, Any]:
    """Return what only those see who may read what people wrote."""
    events = _events(who.contact_ids)
    texts = _texts(who.contact_ids)
    if texts:
        record_view(who.person.contact_id, ViewPlace.PERSON)
    return {
        "texts": texts,
        "happened": Happened(
            deliveries={row.delivery_id: row for row in rows},
            attempt_events=attempt_events(texts),
            possible_opt_outs={text.seq for text in waiting},
        ),
        "names": application().accounts.names(),
        "text_events": application().ledger.reader.events_by_seq([text.seq for text in texts]),
        "events": events[:_EVENTS],
        "has_more_events": len(events) > _EVENTS,
        "legal_holds": _legal_holds(who.contact_ids),
    }


def _texts(contact_ids: Sequence[str]) -> Sequence[MessageRow]:
    first, *others = contact_ids
    return conversations().thread(first, same_phone=others, size=_TEXTS).rows


def _events(contact_ids: Sequence[str]) -> Sequence[Row]:
    app, until = application(), until_seq()
    search = Search(
        contact_ids=tuple(contact_ids),
        leaves_out_routine=True,
        leaves_out_access=True,
        before=None if until is None else until + 1,
    )
    events = app.ledger.reader.search(search.newest(), _EVENTS + 1)
    return AuditRows(AuditNames(app, until)).of(events) if events else []


def _legal_holds(contact_ids: Sequence[str]) -> LegalHoldsInForce:
    app, until = application(), until_seq()
    streams = app.ledger.reader.streams(contact_ids).values()
    return legal_holds_on_person(
        [events_until(events, until) for events in streams], app.accounts.names()
    )
