"""Contact lists: uploading a file as a list or as its next version, renaming and deleting."""

from io import BytesIO

from flask import Blueprint, url_for

from ledger.errors import BadInput
from ledger.messages.contact_file import ParsedContacts
from ledger.messages.contact_header import PhoneColumnUnclear
from webapp.acts import LAUNCH
from webapp.api.authentication import caller
from webapp.api.fitting import fitted
from webapp.api.idempotency import current_request, request_id
from webapp.api.models import contact_lists as models
from webapp.api.models.base import MomentQuery
from webapp.api.operations import Answer, operation
from webapp.api.problem_types import Kind
from webapp.api.problems import ProblemFound, invalid
from webapp.api.reading import sent_file
from webapp.api.sent_contacts import SentContacts
from webapp.contact_lists import (
    NewList,
    UploadedFile,
    delete_list,
    make_list,
    rename_list,
    replace_list,
)
from webapp.current import application
from webapp.documents import contact_list_document
from webapp.offices.choosing import chosen_office
from webapp.permissions import Permission, needs
from webapp.shown_moment import contact_lists

blueprint = Blueprint("contact_lists", __name__, url_prefix="/lists")

_TAG = "Contact lists"


@blueprint.get("")
@operation("listContactLists", tag=_TAG, answer=models.ContactLists, example=models.EXAMPLE_LISTS)
@needs(Permission.SEE_STATUS)
def index(query: MomentQuery) -> Answer[models.ContactLists]:
    """List the contact lists, by name."""
    del query
    items = [contact_list_document(row) for row in contact_lists().all()]
    return fitted({"items": items}, models.ContactLists)


@blueprint.get("/<list_id>")
@operation(
    "getContactList",
    tag=_TAG,
    answer=models.ContactList,
    example=models.EXAMPLE,
    problems=[Kind.NOT_FOUND],
)
@needs(Permission.SEE_STATUS)
def show(query: MomentQuery, list_id: str) -> Answer[models.ContactList]:
    """Return a contact list with its versions."""
    del query
    return fitted(contact_list_document(contact_lists().get(list_id)), models.ContactList)


@blueprint.post("")
@operation(
    "createContactList",
    tag=_TAG,
    answer=models.UploadedList,
    example=models.EXAMPLE_UPLOADED,
    request_example=models.EXAMPLE_FILE,
    status=201,
    is_change=True,
    problems=[Kind.NOT_FOUND],
)
@needs(LAUNCH)
def create(query: models.NewListQuery, json: models.ListFile) -> Answer[models.UploadedList]:
    """Keep a contact file as a new list. Rows without a usable number are not kept."""
    del json
    app, file = application(), _file(query.phone_column)
    new = NewList(name=query.name, office_id=chosen_office(app.offices, app.scope, query.office))
    list_id = app.ledger.identity.list_id(current_request().name)
    try:
        _, parsed = make_list(app, new, file, caller().actor, list_id=list_id)
    except BadInput as refusal:
        raise _problem(refusal) from refusal
    there = url_for("contact_lists.show", list_id=list_id)
    return _uploaded(list_id, parsed), 201, {"Location": there}


@blueprint.post("/replace")
@operation(
    "replaceContactList",
    tag=_TAG,
    answer=models.UploadedList,
    example=models.EXAMPLE_UPLOADED,
    request_example=models.EXAMPLE_FILE,
    is_change=True,
    problems=[Kind.NOT_FOUND],
)
@needs(LAUNCH)
def replace(query: models.ReplaceListQuery, json: models.ListFile) -> Answer[models.UploadedList]:
    """Keep a contact file as the next version of a list."""
    del json
    app, file = application(), _file(query.phone_column)
    request = app.ledger.identity.request_id("contact list", current_request().name)
    try:
        parsed = replace_list(app, query.list_id, file, caller().actor, request=request)
    except BadInput as refusal:
        raise _problem(refusal) from refusal
    return _uploaded(query.list_id, parsed)


@blueprint.put("/<list_id>/name")
@operation(
    "renameContactList",
    tag=_TAG,
    answer=models.ContactList,
    example=models.EXAMPLE,
    request_example=models.EXAMPLE_NAME,
    is_change=True,
    problems=[Kind.NOT_FOUND],
)
@needs(LAUNCH)
def rename(json: models.ListNameChange, list_id: str) -> Answer[models.ContactList]:
    """Give a contact list another name."""
    app = application()
    try:
        request = request_id(f"rename list {list_id}")
        rename_list(app, list_id, json.name, caller().actor, request=request)
    except BadInput as refusal:
        raise invalid(str(refusal), pointer="/name") from refusal
    app.views.catch_up()
    return fitted(contact_list_document(app.contact_lists.get(list_id)), models.ContactList)


@blueprint.delete("/<list_id>")
@operation(
    "deleteContactList",
    tag=_TAG,
    answer=models.ListDeleted,
    example=models.EXAMPLE_DELETED,
    is_change=True,
    problems=[Kind.NOT_FOUND],
)
@needs(LAUNCH)
def delete(list_id: str) -> Answer[models.ListDeleted]:
    """Delete a contact list. Campaigns that went to it stay as they are."""
    request = request_id(f"delete list {list_id}")
    delete_list(application(), list_id, caller().actor, request=request)
    return models.ListDeleted(id=list_id)


def _file(phone_column: str | None) -> UploadedFile:
    data = sent_file()
    if data is None:
        raise invalid("Send a contact file as the body, such as CSV with the type text/csv.")
    return UploadedFile(file=BytesIO(data), phone_column=phone_column)


def _problem(refusal: BadInput) -> ProblemFound:
    parameter = "phone_column" if isinstance(refusal, PhoneColumnUnclear) else None
    return invalid(str(refusal), parameter=parameter)


def _uploaded(list_id: str, parsed: ParsedContacts) -> models.UploadedList:
    sent = SentContacts(b"")
    skipped = [sent.skipped(row) for row in parsed.skipped]
    return models.UploadedList(id=list_id, contacts=len(parsed.rows), skipped=skipped)
