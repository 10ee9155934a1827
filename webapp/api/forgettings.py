"""Forgetting people: what it would do, doing it, the list; and the file about one person."""

from flask import Blueprint

from ledger.commands.access import Export
from ledger.commands.forget import ForgetContact, check_forgettable
from ledger.domain.contact import Contact
from ledger.domain.vocabulary import ExportKind
from ledger.errors import Refused
from webapp.acts import FORGET
from webapp.api.authentication import caller
from webapp.api.chosen_person import check_contact, seen_person
from webapp.api.cursors import Cursors, next_link
from webapp.api.fitting import fitted
from webapp.api.idempotency import request_id
from webapp.api.models import forgettings as models
from webapp.api.models.base import MomentQuery
from webapp.api.models.people import EXAMPLE_CHOICE, PersonChoice, TextsWithdrawn
from webapp.api.operations import Answer, operation
from webapp.api.problem_types import Kind
from webapp.audit.names import AuditNames
from webapp.audit.rows import AuditRows
from webapp.contact_ids import contact_ids_of_person
from webapp.current import application
from webapp.forgettings import FORGETTINGS, forgetting_document, forgettings_of
from webapp.permissions import Permission, needs
from webapp.person_file.content import person_file
from webapp.person_file.document import person_file_document
from webapp.shown_moment import past, until_seq

blueprint = Blueprint("forgettings", __name__)

_TAG = "Personal data"


@blueprint.get("/forgettings")
@operation("listForgettings", tag=_TAG, answer=models.ForgettingPage, example=models.EXAMPLE_PAGE)
@needs(Permission.SEE_WORDS)
def index(query: models.ForgettingQuery) -> Answer[models.ForgettingPage]:
    """List every forgetting that was ever recorded, the newest first."""
    app, until, cursors = application(), until_seq(), Cursors(query)
    search, place = FORGETTINGS.newest(), cursors.place()
    if until is not None:
        search = search.ending_before(until + 1)
    if place is not None:
        search = search.ending_before(place)
    events = app.ledger.reader.search(search, query.limit + 1)
    shown = events[: query.limit]
    rows = AuditRows(AuditNames(app, until))
    items = [forgetting_document(f) for f in forgettings_of(app.ledger.reader, rows, shown)]
    cursor = cursors.cursor(shown[-1].seq if len(events) > len(shown) else None)
    return fitted({"items": items, "next": cursor}, models.ForgettingPage), next_link(cursor)


@blueprint.post("/forgettings/preview")
@operation(
    "previewForgetting",
    tag=_TAG,
    answer=models.ForgettingEffect,
    example=models.EXAMPLE_EFFECT,
    request_example=EXAMPLE_CHOICE,
    problems=[Kind.NOT_FOUND],
)
@needs(FORGET)
def preview(json: PersonChoice) -> Answer[models.ForgettingEffect]:
    """Say what forgetting a person would do, or why it is not possible now."""
    app, contact_id = application(), seen_person(json).contact_id
    refusal = None
    try:
        ledger, contact_ids = app.ledger, contact_ids_of_person(app, contact_id)
        check_forgettable(ledger.reader, ledger.identity, contact_ids, app.scope)
    except Refused as refused:
        refusal = str(refused)
    effect = app.status.opt_out_effect(contact_id)
    return models.ForgettingEffect(
        contact_id=contact_id,
        refusal=refusal,
        campaigns=len(app.status.deliveries_to(contact_id)),
        would_withdraw=effect.withdrawn,
        in_flight=effect.in_flight,
    )


@blueprint.post("/forgettings")
@operation(
    "forgetContact",
    tag=_TAG,
    answer=TextsWithdrawn,
    example=models.EXAMPLE_DONE,
    request_example=EXAMPLE_CHOICE,
    is_change=True,
    problems=[Kind.NOT_FOUND],
)
@needs(FORGET)
def forget(json: PersonChoice) -> Answer[TextsWithdrawn]:
    """Destroy the personal data of a person, in every campaign. Nobody can undo it."""
    app, contact_id = application(), seen_person(json).contact_id
    try:
        request = request_id(f"forget {contact_id}")
        command = ForgetContact(contact_id, caller().actor, app.scope, request)
        withdrawn = app.ledger.execute(command).result()
    except Refused:
        if not _is_forgotten(contact_id):
            raise
        return TextsWithdrawn(contact_id=contact_id, changed=False, withdrawn=0)
    return TextsWithdrawn(contact_id=contact_id, changed=True, withdrawn=withdrawn)


@blueprint.get("/contacts/<contact_id>/file")
@operation(
    "getPersonFile",
    tag=_TAG,
    answer=models.PersonFile,
    example=models.EXAMPLE_FILE,
    problems=[Kind.NOT_FOUND, Kind.REFUSED],
)
@needs(Permission.TAKE_WORDS)
def show_file(query: MomentQuery, contact_id: str) -> Answer[models.PersonFile]:
    """Return all that is held about a person. It is recorded as an export.

    As of a past moment it has what was held then, without what was destroyed since.
    """
    del query  # its moment was read
    app = application()
    check_contact(contact_id)
    file = person_file(app, contact_ids_of_person(app, contact_id), past())
    export = Export(
        kind=ExportKind.PERSON_FILE, form="api", contact_id=contact_id, until=until_seq()
    )
    app.access_recorder.api_read(caller().actor, export)
    return fitted(person_file_document(file, app.accounts.names()), models.PersonFile)


def _is_forgotten(contact_id: str) -> bool:
    """Whether nothing of the person was stored since the last forgetting."""
    reader = application().ledger.reader
    is_kept = reader.subjects_with_key([contact_id])
    return not is_kept and reader.load(Contact, contact_id).was_forgotten
