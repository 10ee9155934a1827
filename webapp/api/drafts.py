"""Drafts of campaigns, and launching them to contacts in JSON or in a contact file."""

from dataclasses import asdict, replace

from flask import Blueprint, url_for

from ledger.commands import drafts as commands
from ledger.commands.repository import draft_of
from ledger.domain.draft import Draft
from ledger.domain.events import FollowUp, ListVersion
from ledger.errors import Refused
from webapp.acts import LAUNCH
from webapp.api.authentication import caller
from webapp.api.checked_campaigns import (
    CheckedCampaign,
    check_of,
    checked_order,
    draft_order,
    office_of,
    pointing,
)
from webapp.api.fitting import fitted
from webapp.api.idempotency import current_request
from webapp.api.launching import launch_once
from webapp.api.models import drafts as models
from webapp.api.models import launches
from webapp.api.models.base import MomentQuery
from webapp.api.operations import Answer, operation
from webapp.api.problem_types import Kind
from webapp.api.problems import invalid
from webapp.api.reading import sent_file
from webapp.api.sent_contacts import SentContacts
from webapp.contact_lists import ListContacts
from webapp.current import application
from webapp.documents import follow_up_document, iso
from webapp.follow_ups import FollowUpContacts
from webapp.offices.choosing import chosen_office
from webapp.permissions import Permission, needs
from webapp.shown_moment import until_seq
from webapp.sound_aggregates import SoundAggregates
from webapp.waiting_then import drafts_then

blueprint = Blueprint("drafts", __name__, url_prefix="/drafts")

_TAG = "Drafts"


@blueprint.get("")
@operation("listDrafts", tag=_TAG, answer=models.DraftList, example=models.EXAMPLE_LIST)
@needs(Permission.SEE_STATUS)
def index(query: MomentQuery) -> Answer[models.DraftList]:
    """List the drafts that are neither launched nor discarded."""
    del query  # its moment was read
    app, until = application(), until_seq()
    rows = app.drafts.all() if until is None else drafts_then(app, until)
    items = [
        {
            "id": row.draft_id,
            "name": row.name,
            "saved_at": iso(row.saved_at),
            "saved_by": row.saved_by,
        }
        for row in rows
    ]
    return fitted({"items": items}, models.DraftList)


@blueprint.post("")
@operation(
    "createDraft",
    tag=_TAG,
    answer=models.Draft,
    example=models.EXAMPLE,
    request_example=models.EXAMPLE_CONTENT,
    status=201,
    is_change=True,
    problems=[Kind.NOT_FOUND],
)
@needs(LAUNCH)
def create(json: models.DraftContent) -> Answer[models.Draft]:
    """Save a new draft."""
    draft_id = application().ledger.identity.draft_id(current_request().name)
    draft = _saved(draft_id, json, is_new=True)
    return draft, 201, {"Location": url_for("drafts.show", draft_id=draft_id)}


@blueprint.post("/clone")
@operation(
    "cloneCampaign",
    tag=_TAG,
    answer=models.Draft,
    example=models.EXAMPLE,
    request_example=models.EXAMPLE_CLONE,
    status=201,
    is_change=True,
    problems=[Kind.NOT_FOUND],
)
@needs(LAUNCH)
def clone(json: models.DraftClone) -> Answer[models.Draft]:
    """Save a draft with the message, the policy and the hours of a campaign."""
    app, name = application(), current_request().name
    order = commands.clone(SoundAggregates(app.ledger.reader), json.campaign_id)
    office_id = chosen_office(app.offices, app.scope, order.office_id)
    draft_id = app.ledger.identity.draft_id(name)
    draft = _saved_order(draft_id, replace(order, office_id=office_id), is_new=True)
    return draft, 201, {"Location": url_for("drafts.show", draft_id=draft_id)}


@blueprint.get("/<draft_id>")
@operation(
    "getDraft",
    tag=_TAG,
    answer=models.Draft,
    example=models.EXAMPLE,
    problems=[Kind.NOT_FOUND, Kind.REFUSED],
)
@needs(LAUNCH)
def show(query: MomentQuery, draft_id: str) -> Answer[models.Draft]:
    """Return a draft as it was last saved."""
    del query  # its moment was read
    reader = application().ledger.reader
    return _document(draft_of(SoundAggregates(reader, until_seq()), draft_id))


@blueprint.put("/<draft_id>")
@operation(
    "changeDraft",
    tag=_TAG,
    answer=models.Draft,
    example=models.EXAMPLE,
    request_example=models.EXAMPLE_CONTENT,
    is_change=True,
    problems=[Kind.NOT_FOUND],
)
@needs(LAUNCH)
def change(json: models.DraftContent, draft_id: str) -> Answer[models.Draft]:
    """Replace a draft as a whole. The audit trail keeps the earlier versions."""
    return _saved(draft_id, json, is_new=False)


@blueprint.delete("/<draft_id>")
@operation(
    "discardDraft",
    tag=_TAG,
    answer=models.Draft,
    example=models.EXAMPLE,
    is_change=True,
    problems=[Kind.NOT_FOUND],
)
@needs(LAUNCH)
def discard(draft_id: str) -> Answer[models.Draft]:
    """Discard a draft; it stays in the audit trail. One that is discarded stays so."""
    command = commands.DiscardDraft(draft_id, caller().actor)
    try:
        application().ledger.execute(command).result()
    except Refused:
        if _document(_draft(draft_id)).state is not models.DraftState.DISCARDED:
            raise
    return _document(_draft(draft_id))


@blueprint.post("/check")
@operation(
    "checkDraft",
    tag=_TAG,
    answer=launches.Check,
    example=launches.EXAMPLE_CHECK,
    request_example=models.EXAMPLE_CONTACTS,
    problems=[Kind.NOT_FOUND, Kind.REFUSED],
)
@needs(LAUNCH)
def check(query: models.DraftCheckQuery, json: models.DraftContacts) -> Answer[launches.Check]:
    """Show what a launch of a draft would send and cost, and what is odd in the contacts.

    The body is JSON, or a contact file: CSV (`text/csv`) or a workbook (XLSX, XLS, ODS). Nothing is
    sent or stored.
    """
    return check_of(_checked(query, json, skip_invalid=True))


@blueprint.post("/launch")
@operation(
    "launchDraft",
    tag=_TAG,
    answer=launches.Launched,
    example=launches.EXAMPLE_LAUNCHED,
    waiting_example=launches.EXAMPLE_WAITING,
    request_example=models.EXAMPLE_CONTACTS,
    status=201,
    is_change=True,
    problems=[Kind.NOT_FOUND, Kind.LAUNCHED_RECENTLY],
)
@needs(LAUNCH)
def launch(query: models.DraftLaunchQuery, json: models.DraftContacts) -> Answer[launches.Launched]:
    """Text every contact with the message of a draft.

    The body is JSON, or a contact file: CSV (`text/csv`) or a workbook (XLSX, XLS, ODS). A repeat
    with the same Idempotency-Key launches once, whatever was cut off meanwhile.
    """
    launched = launch_once(
        _checked(query, json, skip_invalid=query.skip_invalid), again=query.again
    )
    return launched, 201, {"Location": url_for("campaigns.show", campaign_id=launched.id)}


def _checked(
    query: models.DraftCheckQuery | models.DraftLaunchQuery,
    json: models.DraftContacts,
    *,
    skip_invalid: bool,
) -> CheckedCampaign:
    order = commands.order_of(_draft(query.draft_id))
    contacts, source = _contacts(order, json, query.phone_column)
    return checked_order(
        order if isinstance(source, FollowUp) else replace(order, follow_up=None),
        contacts,
        contact_list=source if isinstance(source, ListVersion) else None,
        skip_invalid=skip_invalid,
        looks_up=query.look_up,
        draft_id=query.draft_id,
    )


def _contacts(
    order: commands.DraftOrder, json: models.DraftContacts, phone_column: str | None
) -> tuple[SentContacts, FollowUp | ListVersion | None]:
    """Return the contacts of the body, of the list or of the follow-up, and which those are.

    Raises `ProblemFound` without any.
    """
    if (file := sent_file()) is not None:
        return SentContacts(file, phone_column), None
    if json.contacts is not None:
        return SentContacts(json.contacts, phone_column), None
    if order.list_id is not None:
        listed = ListContacts.of(application(), order.list_id)
        with listed.opened() as opened:
            sent = SentContacts(opened.read(), phone_column or listed.phone_heading)
        return sent, listed.reference
    if order.follow_up is None:
        words = "Send the contacts. Only a follow-up, and a draft to a contact list, need none."
        raise invalid(words, pointer="/contacts")
    rows = FollowUpContacts.of(application(), order.follow_up)
    with rows.opened() as opened:
        return SentContacts(opened.read(), phone_column or rows.phone_heading), order.follow_up


def _saved(draft_id: str, json: models.DraftContent, *, is_new: bool) -> models.Draft:
    """Save a draft once under the name of the request, and return it."""
    app, before = application(), None if is_new else commands.order_of(_draft(draft_id))
    keeps_office = before is not None and json.office is None
    office_id = before.office_id if before and keeps_office else office_of(json)
    order = replace(draft_order(json, office_id), list_id=json.list_id)
    if json.list_id is not None:
        app.contact_lists.get(json.list_id)
    if before is not None:
        order = replace(order, follow_up=before.follow_up)
    with pointing():
        order.check(app.clock.now(), app.settings.time_zone)
    return _saved_order(draft_id, order, is_new=is_new)


def _saved_order(draft_id: str, order: commands.DraftOrder, *, is_new: bool) -> models.Draft:
    app = application()
    request = app.ledger.identity.request_id("draft", current_request().name)
    command = commands.SaveDraft(draft_id, order, caller().actor, is_new=is_new, request=request)
    app.ledger.execute(command).result()
    return draft_answer(draft_id)


def draft_answer(draft_id: str) -> models.Draft:
    """Return a draft as it was last saved."""
    return _document(_draft(draft_id))


def _draft(draft_id: str) -> Draft:
    return draft_of(SoundAggregates(application().ledger.reader), draft_id)


def _document(draft: Draft) -> models.Draft:
    order = commands.order_of(draft)
    state = models.DraftState.OPEN
    if draft.is_closed:
        is_launched = draft.launched_as is not None
        state = models.DraftState.LAUNCHED if is_launched else models.DraftState.DISCARDED
    document = {
        "id": draft.draft_id,
        "state": state,
        "launched_as": draft.launched_as,
        "name": order.name,
        "message": order.message,
        "wordings": asdict(order.variants) if order.variants else None,
        "starts_at": iso(order.timing.starts_at),
        "send_before": iso(order.timing.send_before),
        "window": str(order.timing.window or "none"),
        "urgent": order.is_urgent,
        "resend_after_seconds": order.policy.first_wait_seconds,
        "attempt_limit": order.policy.attempt_limit,
        "office_id": order.office_id,
        "follow_up": follow_up_document(order.follow_up),
        "list_id": order.list_id,
    }
    return fitted(document, models.Draft)
