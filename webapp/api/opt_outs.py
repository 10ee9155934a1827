"""Opt-outs: the list, opting a number out and in, and texts that may ask for an opt-out."""

from flask import Blueprint

from ledger.commands.access import Export
from ledger.commands.consent import RecordConsent
from ledger.commands.contacts import TWILIO_STILL_BLOCKS, OptIn, OptOut
from ledger.domain.contact import Contact
from ledger.domain.local_times import parse_moment
from ledger.domain.vocabulary import ExportKind, OptOutMeans
from ledger.errors import BadInput, Refused
from webapp.acts import CHANGE_CONTACT
from webapp.api.authentication import caller
from webapp.api.chosen_person import chosen_person
from webapp.api.cursors import Cursors, next_link
from webapp.api.fitting import fitted
from webapp.api.idempotency import request_id
from webapp.api.models import opt_outs as models
from webapp.api.models.people import ContactChanged, TextsWithdrawn
from webapp.api.operations import Answer, operation
from webapp.api.problem_types import Kind
from webapp.api.problems import invalid
from webapp.current import application
from webapp.documents import opt_out_document, possible_opt_out_document
from webapp.permissions import Permission, needs
from webapp.possible_opt_out_decisions import dismissal_of, opt_out_by, waiting_text
from webapp.shown_moment import opt_outs, possible_opt_outs, until_seq
from webapp.sound_aggregates import SoundAggregates

blueprint = Blueprint("opt_outs", __name__)

_TAG = "Opt-outs"


@blueprint.get("/opt-outs")
@operation("listOptOuts", tag=_TAG, answer=models.OptOutPage, example=models.EXAMPLE_PAGE)
@needs(Permission.TAKE_LISTS)
def index(query: models.OptOutQuery) -> Answer[models.OptOutPage]:
    """List the opt-outs that are in force, the newest first."""
    cursors = Cursors(query)
    page = opt_outs().page(before=cursors.place(), size=query.limit)
    export = Export(kind=ExportKind.OPT_OUTS, form="api", until=until_seq())
    application().access_recorder.api_read(caller().actor, export)
    cursor = cursors.cursor(page.next_before)
    items = [opt_out_document(entry) for entry in page.rows]
    return fitted({"items": items, "next": cursor}, models.OptOutPage), next_link(cursor)


@blueprint.post("/opt-outs")
@operation(
    "optOut",
    tag=_TAG,
    answer=TextsWithdrawn,
    example=models.EXAMPLE_OPTED_OUT,
    request_example=models.EXAMPLE_ORDER,
    is_change=True,
    problems=[Kind.NOT_FOUND],
)
@needs(CHANGE_CONTACT)
def opt_out(json: models.OptOutOrder) -> Answer[TextsWithdrawn]:
    """Send nothing more to a number, in any campaign.

    Where it is opted out already, nothing changes and `changed` is false.
    """
    person, app = chosen_person(json), application()
    try:
        received_at = parse_moment(json.received_at, app.settings.time_zone)
    except BadInput as error:
        raise invalid(str(error), pointer="/received_at") from error
    command = OptOut(
        person.contact_id,
        caller().actor,
        person.phone,
        means=OptOutMeans(json.means) if json.means else None,
        received_at=received_at,
        request=request_id(f"opt out {person.contact_id}"),
        reason=json.reason,
    )
    try:
        withdrawn = app.ledger.execute(command).result()
    except Refused:
        if not _contact(person.contact_id).is_opted_out:
            raise
        return TextsWithdrawn(contact_id=person.contact_id, changed=False, withdrawn=0)
    told = withdrawn if app.sees(person.contact_id) else 0
    return TextsWithdrawn(contact_id=person.contact_id, changed=True, withdrawn=told)


@blueprint.post("/opt-ins")
@operation(
    "optIn",
    tag=_TAG,
    answer=models.OptedIn,
    example=models.EXAMPLE_OPTED_IN,
    request_example=models.EXAMPLE_OPT_IN,
    is_change=True,
    problems=[Kind.NOT_FOUND],
)
@needs(CHANGE_CONTACT)
def opt_in(json: models.OptInOrder) -> Answer[models.OptedIn]:
    """Let a number be texted again, because the person asked for it.

    Where it is not opted out, nothing changes and `changed` is false.
    """
    person = chosen_person(json)
    request = request_id(f"opt in {person.contact_id}")
    command = OptIn(
        person.contact_id, caller().actor, person.phone, request=request, reason=json.reason
    )
    try:
        is_blocked = application().ledger.execute(command).result()
    except Refused:
        if _contact(person.contact_id).is_opted_out:
            raise
        return models.OptedIn(contact_id=person.contact_id, changed=False, note=None)
    note = TWILIO_STILL_BLOCKS if is_blocked else None
    return models.OptedIn(contact_id=person.contact_id, changed=True, note=note)


@blueprint.post("/consents")
@operation(
    "recordConsent",
    tag=_TAG,
    answer=ContactChanged,
    example=models.EXAMPLE_CONSENT_GIVEN,
    request_example=models.EXAMPLE_CONSENT,
    is_change=True,
    problems=[Kind.NOT_FOUND],
)
@needs(CHANGE_CONTACT)
def consent(json: models.ConsentOrder) -> Answer[ContactChanged]:
    """Record that a person agreed to get texts. Refused while the number is opted out.

    Where consent of that time or later is recorded, nothing changes and `changed` is false.
    """
    person, app = chosen_person(json), application()
    try:
        given_at = parse_moment(json.given_at, app.settings.time_zone)
    except BadInput as error:
        raise invalid(str(error), pointer="/given_at") from error
    if given_at is None:
        raise invalid("Say when the consent was given.", pointer="/given_at")
    contact, request = _contact(person.contact_id), request_id(f"consent {person.contact_id}")
    is_known = not contact.is_opted_out and not contact.is_new_consent(given_at)
    if is_known and request not in contact.requests:
        return ContactChanged(contact_id=person.contact_id, changed=False)
    command = RecordConsent(
        contact_id=person.contact_id,
        phone=person.phone or "",
        source=json.source,
        given_at=given_at,
        by=caller().actor,
        request=request,
    )
    try:
        app.ledger.execute(command).result()
    except BadInput as error:
        raise invalid(str(error), pointer="/source") from error
    return ContactChanged(contact_id=person.contact_id, changed=True)


@blueprint.get("/possible-opt-outs")
@operation(
    "listPossibleOptOuts",
    tag=_TAG,
    answer=models.PossibleOptOutPage,
    example=models.EXAMPLE_TEXTS,
)
@needs(Permission.SEE_WORDS)
def possible(query: models.PossibleOptOutQuery) -> Answer[models.PossibleOptOutPage]:
    """List the texts that may ask for an opt-out and wait for a decision, the oldest first."""
    cursors = Cursors(query)
    texts = possible_opt_outs().waiting(query.limit + 1, after=cursors.place() or 0)
    shown = texts[: query.limit]
    cursor = cursors.cursor(shown[-1].seq if len(texts) > len(shown) else None)
    items = [possible_opt_out_document(text) for text in shown]
    return fitted({"items": items, "next": cursor}, models.PossibleOptOutPage), next_link(cursor)


@blueprint.post("/possible-opt-outs/decide")
@operation(
    "decidePossibleOptOut",
    tag=_TAG,
    answer=models.PossibleOptOutDecided,
    example=models.EXAMPLE_DECIDED,
    request_example=models.EXAMPLE_DECISION,
    is_change=True,
    problems=[Kind.NOT_FOUND],
)
@needs(CHANGE_CONTACT)
def decide(json: models.PossibleOptOutDecision) -> Answer[models.PossibleOptOutDecided]:
    """Opt the number out as the text asks, or record that it asks for no opt-out.

    Refused where somebody decided before.
    """
    ledger, by, withdrawn = application().ledger, caller().actor, 0
    request = request_id(f"decide {json.contact_id} {json.message_sid}")
    if request not in _contact(json.contact_id).requests:
        text = waiting_text(json.contact_id, json.message_sid)
        if json.decision is models.TextDecision.OPT_OUT:
            withdrawn = ledger.execute(opt_out_by(text, by, request)).result()
        else:
            ledger.execute(dismissal_of(text, by, request)).result()
    return models.PossibleOptOutDecided(
        contact_id=json.contact_id,
        message_sid=json.message_sid,
        decision=json.decision,
        withdrawn=withdrawn,
    )


def _contact(contact_id: str) -> Contact:
    return SoundAggregates(application().ledger.reader).load(Contact, contact_id)
