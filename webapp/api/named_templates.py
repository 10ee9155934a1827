"""Templates: listing, making, changing and archiving messages that staff keep under a name."""

from collections.abc import Callable
from functools import partial

from flask import Blueprint, url_for

from ledger.domain.events import CampaignText
from ledger.domain.names import checked_name
from ledger.errors import BadInput
from webapp.acts import LAUNCH
from webapp.api.authentication import caller
from webapp.api.checked_campaigns import variants_in
from webapp.api.fitting import fitted
from webapp.api.idempotency import current_request, request_id
from webapp.api.models import named_templates as models
from webapp.api.models.base import MomentQuery
from webapp.api.operations import Answer, operation
from webapp.api.problem_types import Kind
from webapp.api.problems import invalid
from webapp.current import application
from webapp.documents import template_document
from webapp.named_templates import (
    TemplateQueries,
    archive_template,
    change_template,
    make_template,
)
from webapp.offices.choosing import chosen_office
from webapp.permissions import Permission, needs
from webapp.shown_moment import until_seq

blueprint = Blueprint("named_templates", __name__, url_prefix="/templates")

_TAG = "Templates"
_change = partial(
    operation,
    tag=_TAG,
    answer=models.Template,
    example=models.EXAMPLE,
    is_change=True,
    problems=[Kind.NOT_FOUND],
)


@blueprint.get("")
@operation("listTemplates", tag=_TAG, answer=models.TemplateList, example=models.EXAMPLE_LIST)
@needs(Permission.SEE_STATUS)
def index(query: models.TemplateQuery) -> Answer[models.TemplateList]:
    """List the templates that can be chosen, or those that are archived, by name."""
    rows = TemplateQueries(application(), until_seq()).all(archived=query.archived)
    items = [template_document(row) for row in rows]
    return fitted({"items": items}, models.TemplateList)


@blueprint.get("/<template_id>")
@operation(
    "getTemplate",
    tag=_TAG,
    answer=models.Template,
    example=models.EXAMPLE,
    problems=[Kind.NOT_FOUND],
)
@needs(Permission.SEE_STATUS)
def show(query: MomentQuery, template_id: str) -> Answer[models.Template]:
    """Return a template, also one that is archived."""
    del query
    return _answer(template_id, until_seq())


@blueprint.post("")
@_change("createTemplate", request_example=models.EXAMPLE_NEW, status=201)
@needs(LAUNCH)
def create(json: models.NewTemplate) -> Answer[models.Template]:
    """Keep a message as a template. Its name must be free among those that its office sees."""
    app = application()
    template_id = app.ledger.identity.template_id(current_request().name)
    office_id = chosen_office(app.offices, app.scope, json.office)
    text, by = _text(json), caller().actor
    _do(lambda: make_template(app, text, by, office_id=office_id, template_id=template_id))
    there = url_for("named_templates.show", template_id=template_id)
    return _answer(template_id), 201, {"Location": there}


@blueprint.put("/<template_id>")
@_change("changeTemplate", request_example=models.EXAMPLE_CONTENT)
@needs(LAUNCH)
def change(json: models.TemplateContent, template_id: str) -> Answer[models.Template]:
    """Give a template another name or message. Campaigns that took it stay as they are."""
    app, text, by = application(), _text(json), caller().actor
    request = request_id("change template")
    _do(lambda: change_template(app, template_id, text, by, request=request))
    return _answer(template_id)


@blueprint.post("/<template_id>/archive")
@_change("archiveTemplate")
@needs(LAUNCH)
def archive(template_id: str) -> Answer[models.Template]:
    """Let nobody choose a template any more. One that is archived stays so."""
    archive_template(application(), template_id, caller().actor)
    return _answer(template_id)


def _text(json: models.NewTemplate | models.TemplateContent) -> CampaignText:
    try:
        name = checked_name(json.name, "template")
    except BadInput as refusal:
        raise invalid(str(refusal), pointer="/name") from refusal
    return CampaignText(name=name, message=json.message, variants=variants_in(json.wordings))


def _do(act: Callable[[], object]) -> None:
    try:
        act()
    except BadInput as refusal:
        raise invalid(str(refusal), pointer="/message") from refusal


def _answer(template_id: str, until: int | None = None) -> models.Template:
    row = TemplateQueries(application(), until).get(template_id)
    return fitted(template_document(row), models.Template)
