"""The offices of the district: the list, changing one, and what it may spend."""

from collections.abc import Callable
from functools import partial
from typing import Any

from flask import Blueprint

from ledger.commands.launch_rules import SetSpendingLimits
from ledger.commands.offices import ChangeOffices
from ledger.domain.events import OfficeEvent
from ledger.domain.launch_rules import STREAM as RULES
from ledger.domain.launch_rules import LaunchRules
from ledger.domain.offices import STREAM, Offices
from ledger.errors import BadInput
from webapp.acts import CHANGE_LAUNCH_RULES, MANAGE_PEOPLE
from webapp.api.authentication import caller
from webapp.api.fitting import fitted
from webapp.api.idempotency import request_id
from webapp.api.models import settings as models
from webapp.api.models.base import MomentQuery
from webapp.api.operations import Answer, operation
from webapp.api.problem_types import Kind
from webapp.api.problems import invalid
from webapp.current import application
from webapp.launch_rules import amount_text, limits_in
from webapp.permissions import needs
from webapp.shown_moment import until_seq
from webapp.sound_aggregates import SoundAggregates

blueprint = Blueprint("offices", __name__, url_prefix="/offices")

_TAG = "Offices"
_change = partial(
    operation,
    tag=_TAG,
    answer=models.Office,
    example=models.EXAMPLE_OFFICE,
    is_change=True,
    problems=[Kind.NOT_FOUND],
)


@blueprint.get("")
@operation("listOffices", tag=_TAG, answer=models.OfficeList, example=models.EXAMPLE_OFFICES)
@needs(MANAGE_PEOPLE)
def index(query: MomentQuery) -> Answer[models.OfficeList]:
    """List all offices, with what each may spend."""
    del query  # its moment was read
    return fitted({"items": _documents()}, models.OfficeList)


@blueprint.post("")
@_change("addOffice", request_example=models.EXAMPLE_NAME, status=201)
@needs(MANAGE_PEOPLE)
def add(json: models.OfficeName) -> Answer[models.Office]:
    """Add an office. A repeat with the same Idempotency-Key adds one."""
    app, by = application(), caller().actor
    office_id = app.ledger.identity.office_id(request_id("add office"))
    if office_id not in app.offices.offices:
        _execute(lambda offices: offices.add(by, office_id, json.name), "add office")
    return _model(office_id), 201


@blueprint.post("/<office_id>/rename")
@_change("renameOffice", request_example=models.EXAMPLE_NAME)
@needs(MANAGE_PEOPLE)
def rename(json: models.OfficeName, office_id: str) -> Answer[models.Office]:
    """Give an office another name."""
    by = caller().actor
    if application().offices.office(office_id).name != json.name:
        rename_once = f"rename office {office_id}"
        _execute(lambda offices: offices.rename(by, office_id, json.name), rename_once)
    return _model(office_id)


@blueprint.post("/<office_id>/close")
@_change("closeOffice")
@needs(MANAGE_PEOPLE)
def close(office_id: str) -> Answer[models.Office]:
    """Launch nothing more into an office; its people still see its campaigns."""
    by = caller().actor
    if not application().offices.office(office_id).is_closed:
        _execute(lambda offices: offices.close(by, office_id), f"close office {office_id}")
    return _model(office_id)


@blueprint.post("/<office_id>/spending")
@_change("setSpendingOfOffice", request_example=models.EXAMPLE_SPENDING)
@needs(CHANGE_LAUNCH_RULES)
def set_spending(json: models.SpendingOrder, office_id: str) -> Answer[models.Office]:
    """Set what an office may spend without an admin's approval."""
    app = application()
    app.offices.office(office_id)
    try:
        limits = limits_in(app.settings, day=json.per_day or "", month=json.per_month or "")
    except BadInput as error:
        raise invalid(str(error), pointer="/per_day") from error
    request = request_id(f"spending of {office_id}")
    app.ledger.execute(SetSpendingLimits(caller().actor, limits, office_id, request)).result()
    return _model(office_id)


def _execute(act: Callable[[Offices], OfficeEvent], name: str) -> None:
    """Do an act once under the name of the request."""
    try:
        application().ledger.execute(ChangeOffices(act, request_id(name))).result()
    except BadInput as error:
        raise invalid(str(error), pointer="/name") from error


def _model(office_id: str) -> models.Office:
    (document,) = (each for each in _documents() if each["id"] == office_id)
    return fitted(document, models.Office)


def _documents() -> list[dict[str, Any]]:
    source = SoundAggregates(application().ledger.reader, until_seq())
    rules = source.load(LaunchRules, RULES)
    return [
        {
            "id": office.office_id,
            "name": office.name,
            "closed": office.is_closed,
            "per_day": amount_text(rules.limits_of(office.office_id).day),
            "per_month": amount_text(rules.limits_of(office.office_id).month),
        }
        for office in source.load(Offices, STREAM).offices.values()
    ]
