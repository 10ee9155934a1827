"""Whether this process can do its work, for whatever watches it; no sign-in, no personal data."""

from flask import Blueprint, Response, current_app, jsonify

from ledger.commands.repository import sending_switch
from ledger.errors import StoreUnavailable
from webapp.callbacks import tally_of
from webapp.current import application

_RETRY_AFTER_SECONDS = 5

blueprint = Blueprint("health", __name__)


@blueprint.get("/health")
def health() -> Response:
    """200 with how far the ledger is, how far the views are behind it, and what came; else 503."""
    app = application()
    try:
        head = app.ledger.reader.head()
        behind = max(head - app.views.position().seq, 0)
        parked = len(app.views.parked())
        is_sending_off = sending_switch(app.ledger.reader).is_off
    except StoreUnavailable as error:
        answer = jsonify(status="unavailable", words=str(error))
        answer.status_code = 503
        answer.headers["Retry-After"] = str(_RETRY_AFTER_SECONDS)
        return answer
    tally = tally_of(current_app)
    callbacks = {name: tally[name] for name in ("recorded", "repeated", "refused", "unavailable")}
    return jsonify(
        status="ok",
        head=head,
        behind=behind,
        parked=parked,
        sending="off" if is_sending_off else "on",
        callbacks=callbacks,
    )
