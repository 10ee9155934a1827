"""Contacts of a campaign: what became of each, what changed since an event, and why."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from functools import reduce
from typing import Any

from flask import Blueprint

from ledger.commands.access import Export
from ledger.domain.events import AttemptStarted, DeliveryEvent
from ledger.domain.standing import NOTHING_KNOWN
from ledger.domain.vocabulary import ExportKind
from ledger.recorded_event import RecordedEvent
from projections.campaigns.contact_query import ContactFilter, ContactOrder
from projections.campaigns.rows import ContactRow
from webapp.api.authentication import caller, may
from webapp.api.cursors import Cursors, next_link
from webapp.api.fitting import fitted
from webapp.api.models import deliveries as models
from webapp.api.models.base import MOST_ITEMS, MomentQuery
from webapp.api.operations import Answer, operation
from webapp.api.problem_types import Kind
from webapp.current import application
from webapp.documents import contact_document, iso
from webapp.explain.event_problems import shown_time, sound
from webapp.explain.sentences import plain
from webapp.explain.timeline import timeline
from webapp.explained_contact import explained_contact, why_of
from webapp.permissions import Permission, needs
from webapp.shown_moment import status, until_seq

blueprint = Blueprint("deliveries", __name__)

_TAG = "Contacts of a campaign"


@blueprint.get("/campaigns/<campaign_id>/deliveries")
@operation(
    "listDeliveries",
    tag=_TAG,
    answer=models.DeliveryPage,
    example=models.EXAMPLE_PAGE,
    problems=[Kind.NOT_FOUND],
)
@needs(Permission.SEE_STATUS)
def index(query: models.DeliveryQuery, campaign_id: str) -> Answer[models.DeliveryPage]:
    """List the contacts of a campaign, each with its status.

    To follow a campaign, ask with `changed_since=0`, read all pages, and keep the `seq` of the last
    item. The next time ask with `changed_since` of that: nothing is missed, whatever came late. An
    opt-out, a pause or an archiving of the campaign changes no `seq` of a contact that it leaves
    with the same status.
    """
    status().campaign(campaign_id)
    cursors, order = Cursors(query), _order_of(query)
    rows = status().filtered(
        ContactFilter(
            campaign_id=campaign_id,
            status=query.status,
            reason=query.reason,
            code=query.error_code,
            changed_since=query.changed_since,
            order=order,
            after=cursors.place() or 0,
            limit=query.limit + 1,
        )
    )
    shown = rows[: query.limit]
    cursor = cursors.cursor(_place(shown[-1], order) if len(rows) > len(shown) else None)
    record_read(campaign_id=campaign_id)
    return models.DeliveryPage(items=_deliveries(shown), next=cursor), next_link(cursor)


@blueprint.get("/deliveries/<delivery_id>")
@operation(
    "getDelivery",
    tag=_TAG,
    answer=models.ExplainedDelivery,
    example=models.EXAMPLE,
    problems=[Kind.NOT_FOUND],
)
@needs(Permission.SEE_STATUS)
def show(query: MomentQuery, delivery_id: str) -> Answer[models.ExplainedDelivery]:
    """Return one contact of a campaign, with its attempts, its events, and why it has its status.

    Words of the person are not among the events.
    """
    del query  # its moment was read
    explained, app = explained_contact(delivery_id), application()
    history = explained.history()
    why = why_of(history) if history else None
    record_read(campaign_id=explained.row.campaign_id, contact_id=explained.row.contact_id)
    entries = timeline(explained.events, app.codes, app.accounts.names(), has_texts=False)
    (document,) = delivery_documents([explained.row])
    more = {
        "why": plain(why.sentence) if why else None,
        "outlook": why.outlook if why else "",
        "problem": explained.problem,
        "attempt_list": list(_attempts(explained.delivery)),
        "events": [
            {
                "seq": entry.seq,
                "at": iso(entry.at),
                "summary": entry.summary,
                "error_code": entry.code.code if entry.code else None,
            }
            for entry in entries[:MOST_ITEMS]
        ],
    }
    return fitted(document | more, models.ExplainedDelivery)


def _order_of(query: models.DeliveryQuery) -> ContactOrder:
    follows = query.changed_since is not None
    return query.sort or (ContactOrder.LAST_SEQ if follows else ContactOrder.POSITION)


def _place(row: ContactRow, order: ContactOrder) -> int:
    return row.position if order is ContactOrder.POSITION else row.last_seq


def record_read(**of: str) -> None:
    """Record that a program reads contacts with all that is known of them."""
    if may(Permission.SEE_WORDS):
        export = Export(kind=ExportKind.CONTACTS, form="api", until=until_seq(), **of)
        application().access_recorder.api_read(caller().actor, export)


def _deliveries(rows: Sequence[ContactRow]) -> list[models.Delivery]:
    return [fitted(document, models.Delivery) for document in delivery_documents(rows)]


def delivery_documents(rows: Sequence[ContactRow]) -> Iterator[dict[str, Any]]:
    """Yield the document of each contact of a campaign, with the fields that only programs need."""
    app, shows_fields = application(), may(Permission.SEE_WORDS)
    last_events = app.ledger.reader.events_by_seq([row.last_seq for row in rows])
    for row in rows:
        yield contact_document(row, app.codes) | {
            "campaign_id": row.campaign_id,
            "contact_id": row.contact_id,
            "position": row.position,
            "fields": row.fields if shows_fields else None,
            "reason": row.failed_reason,
            "seq": row.last_seq,
            "changed_at": iso(shown_time(last_events.get(row.last_seq))),
        }


def _attempts(delivery: Sequence[RecordedEvent]) -> Iterator[dict[str, Any]]:
    """Yield the attempts, of which there is at most one in a turn."""
    turns: dict[int, list[RecordedEvent]] = defaultdict(list)
    for recorded in sound(delivery):
        if isinstance(recorded.event, DeliveryEvent):
            turns[recorded.event.turn].append(recorded)
    for events in turns.values():
        started = next((e for e in events if isinstance(e.event, AttemptStarted)), None)
        if started is None or not isinstance(started.event, AttemptStarted):
            continue
        facts = [fact for each in events if (fact := each.fact)]
        standing = reduce(lambda so_far, fact: so_far.with_fact(fact), facts, NOTHING_KNOWN)
        sids = [sid for each in events if (sid := each.columns["sid"])]
        yield {
            "number": started.event.attempt,
            "started_at": iso(started.recorded_at),
            "sid": sids[0] if sids else None,
            "message_status": standing.message_status,
            "error_code": standing.code,
        }
