"""Texts that may have been sent: the list of those that wait for a decision, and the decision."""

from typing import Any

from flask import Blueprint

from ledger.commands.unknown_outcomes import SettleByStaff
from ledger.domain.delivery import Delivery
from ledger.errors import Refused
from projections.campaigns.rows import ContactRow
from webapp.acts import DECIDE
from webapp.api.authentication import caller
from webapp.api.cursors import Cursors, next_link
from webapp.api.deliveries import delivery_documents, record_read
from webapp.api.fitting import fitted
from webapp.api.idempotency import request_id
from webapp.api.models import decisions as models
from webapp.api.models.deliveries import DeliveryPage
from webapp.api.operations import Answer, operation
from webapp.api.problem_types import Kind
from webapp.current import application
from webapp.explain.decisions import DECISION_SENTENCES
from webapp.explain.numbers import number
from webapp.permissions import Permission, needs
from webapp.shown_moment import status

blueprint = Blueprint("decisions", __name__)

_TAG = "Decisions"


@blueprint.get("/decisions")
@operation(
    "listDecisions",
    tag=_TAG,
    answer=DeliveryPage,
    example=models.EXAMPLE_PAGE,
    problems=[Kind.NOT_FOUND],
)
@needs(Permission.SEE_STATUS)
def index(query: models.UndecidedQuery) -> Answer[DeliveryPage]:
    """List the texts that may have been sent, and wait for a decision of staff."""
    of_campaign = {}
    if query.campaign_id is not None:
        status().campaign(query.campaign_id)
        of_campaign = {"campaign_id": query.campaign_id}
    cursors = Cursors(query)
    place = cursors.place()
    rows = sorted(status().undecided(query.campaign_id), key=_place)
    rest = rows if place is None else [row for row in rows if _place(row) > tuple(place)]
    shown = rest[: query.limit]
    record_read(**of_campaign)
    cursor = cursors.cursor(_place(shown[-1]) if len(rest) > len(shown) else None)
    items = list(delivery_documents(shown))
    return fitted({"items": items, "next": cursor}, DeliveryPage), next_link(cursor)


@blueprint.post("/deliveries/<delivery_id>/decide")
@operation(
    "decide",
    tag=_TAG,
    answer=models.Decided,
    example=models.EXAMPLE_DECIDED,
    request_example=models.EXAMPLE_DECISION,
    is_change=True,
    problems=[Kind.NOT_FOUND],
)
@needs(DECIDE)
def decide(json: models.Decision, delivery_id: str) -> Answer[models.Decided]:
    """Send a text again that may have been sent, or let it be.

    Refused where its outcome is known by now, or something was recorded about it since `seq`.
    """
    app, request = application(), request_id(f"decide {delivery_id}")
    last_seq = app.status.contact(delivery_id).last_seq
    is_repeat = request in app.ledger.reader.load(Delivery, delivery_id).requests
    if last_seq != json.seq and not is_repeat:
        raise Refused(
            f"Something was recorded about this text since #{number(json.seq)}. Read it again, and "
            "decide again if it still waits for a decision."
        )
    command = SettleByStaff(delivery_id, json.decision, caller().actor, app.codes, request)
    app.ledger.execute(command).result()
    return models.Decided(
        delivery_id=delivery_id,
        decision=json.decision,
        detail=DECISION_SENTENCES[json.decision],
    )


def _place(row: ContactRow) -> tuple[Any, ...]:
    return row.campaign_id, row.position
