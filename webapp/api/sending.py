"""The switch for all sending: whether it is on, stopping, and allowing."""

from flask import Blueprint

from ledger.commands.repository import sending_switch
from ledger.commands.sending_switch import AllowSending, StopSending
from ledger.domain.sending_switch import SendingSwitch
from ledger.errors import Refused
from webapp.acts import SWITCH_SENDING
from webapp.api.authentication import caller
from webapp.api.fitting import fitted
from webapp.api.idempotency import request_id
from webapp.api.models import sending as models
from webapp.api.models.base import MomentQuery
from webapp.api.operations import Answer, operation
from webapp.api.problem_types import Kind
from webapp.current import application
from webapp.documents import sending_document
from webapp.permissions import Permission, needs
from webapp.shown_moment import past, until_seq
from webapp.sound_aggregates import SoundAggregates

blueprint = Blueprint("sending", __name__, url_prefix="/sending")

_TAG = "Sending"


@blueprint.get("")
@operation(
    "getSending",
    tag=_TAG,
    answer=models.SendingState,
    example=models.EXAMPLE,
    problems=[Kind.REFUSED],
)
@needs(Permission.SEE_STATUS)
def show(query: MomentQuery) -> Answer[models.SendingState]:
    """Return whether anything is sent, and what holds all texts."""
    del query  # its moment was read
    moment = past()
    at = (moment and moment.at) or application().clock.now()
    return fitted(sending_document(_switch(), at), models.SendingState)


@blueprint.post("/stop")
@operation(
    "stopSending",
    tag=_TAG,
    answer=models.SendingActDone,
    example=models.EXAMPLE_STOPPED,
    request_example=models.EXAMPLE_STOP,
    is_change=True,
)
@needs(SWITCH_SENDING)
def stop(json: models.SendingStopOrder) -> Answer[models.SendingActDone]:
    """Start no attempt of any campaign until sending is allowed again.

    Where sending is off already, nothing changes and `changed` is false.
    """
    stop_once = StopSending(caller().actor, request=request_id("stop"), stated_reason=json.reason)
    try:
        application().ledger.execute(stop_once).result()
    except Refused:
        if not _switch().is_off:
            raise
        return models.SendingActDone(off=True, changed=False)
    return models.SendingActDone(off=True, changed=True)


@blueprint.post("/allow")
@operation(
    "allowSending",
    tag=_TAG,
    answer=models.SendingActDone,
    example=models.EXAMPLE_ALLOWED,
    request_example=models.EXAMPLE_ORDER,
    is_change=True,
)
@needs(SWITCH_SENDING)
def allow(json: models.SendingOrder) -> Answer[models.SendingActDone]:
    """Let attempts start again.

    Where sending is on already, nothing changes and `changed` is false. Refused where the ledger
    lost its end, until that is reconciled.
    """
    allow_once = AllowSending(
        caller().actor,
        json.despite_missing,
        request=request_id("allow"),
        stated_reason=json.reason,
    )
    try:
        application().ledger.execute(allow_once).result()
    except Refused:
        if _switch().is_off:
            raise
        return models.SendingActDone(off=False, changed=False)
    return models.SendingActDone(off=False, changed=True)


def _switch() -> SendingSwitch:
    return sending_switch(SoundAggregates(application().ledger.reader, until_seq()))
