"""The retention rule: what it is, and setting it."""

from datetime import datetime

from flask import Blueprint

from ledger.commands.access import Export
from ledger.commands.retention import SetRetention
from ledger.domain.vocabulary import ExportKind
from ledger.errors import BadInput
from projections.retention import DueContact
from webapp.acts import SET_RETENTION
from webapp.api.authentication import caller
from webapp.api.cursors import Cursors, next_link
from webapp.api.fitting import fitted
from webapp.api.idempotency import request_id
from webapp.api.models import retention as models
from webapp.api.models.base import MomentQuery
from webapp.api.operations import Answer, operation
from webapp.api.problem_types import Kind
from webapp.api.problems import ProblemFound, invalid
from webapp.current import application
from webapp.permissions import Permission, needs
from webapp.retention.report import (
    as_if,
    report_document,
    report_page,
    retention_document,
    retention_of,
)
from webapp.shown_moment import past, until_seq

blueprint = Blueprint("retention", __name__, url_prefix="/retention")

_TAG = "Personal data"


@blueprint.get("")
@operation(
    "getRetention",
    tag=_TAG,
    answer=models.RetentionRule,
    example=models.EXAMPLE,
    problems=[Kind.REFUSED],
)
@needs(Permission.SEE_WORDS)
def show(query: MomentQuery) -> Answer[models.RetentionRule]:
    """Return the rule, and whether it has begun."""
    del query  # its moment was read
    return _rule()


@blueprint.get("/report")
@operation(
    "reportRetention",
    tag=_TAG,
    answer=models.RetentionReport,
    example=models.EXAMPLE_REPORT,
    problems=[Kind.REFUSED],
)
@needs(Permission.TAKE_LISTS)
def report(query: models.RetentionReportQuery) -> Answer[models.RetentionReport]:
    """List who is forgotten within 30 days, and who is kept and why."""
    app, cursors = application(), Cursors(query)
    rule = as_if(retention_of(app), query.days, app.clock.now())
    if rule.days is None:
        raise ProblemFound(Kind.REFUSED, "Retention is off. Send `days` to see what a rule does.")
    place = cursors.place()
    after = None if place is None else DueContact(place[0], datetime.fromisoformat(place[1]))
    rows, last = report_page(app, rule, limit=query.limit, after=after)
    app.access_recorder.api_read(caller().actor, Export(kind=ExportKind.RETENTION, form="api"))
    cursor = cursors.cursor(None if last is None else (last.contact_id, last.ended_at.isoformat()))
    items = [report_document(row) for row in rows]
    return fitted({"items": items, "next": cursor}, models.RetentionReport), next_link(cursor)


@blueprint.post("")
@operation(
    "setRetention",
    tag=_TAG,
    answer=models.RetentionRule,
    example=models.EXAMPLE,
    request_example=models.EXAMPLE_ORDER,
    is_change=True,
)
@needs(SET_RETENTION)
def set_rule(json: models.RetentionOrder) -> Answer[models.RetentionRule]:
    """Set after how many days contacts are forgotten. A shorter time begins after a week.

    Where that is the rule already, nothing changes. The page of the rule, and `retention confirm`,
    let a rule begin at once, as a person has to read its report before.
    """
    app = application()
    if retention_of(app).days != json.days:
        try:
            command = SetRetention(json.days, caller().actor, request_id("retention"))
            app.ledger.execute(command).result()
        except BadInput as error:
            raise invalid(str(error), pointer="/days") from error
    return _rule()


def _rule() -> models.RetentionRule:
    app, moment = application(), past()
    at = (moment and moment.at) or app.clock.now()
    rule = retention_of(app, until_seq())
    return fitted(retention_document(rule, at), models.RetentionRule)
