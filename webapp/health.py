"""Whether this process works, for monitoring. No sign-in, no personal data."""

from flask import Blueprint, Response, current_app, jsonify

from ledger.commands.repository import sending_switch
from ledger.errors import StoreUnavailable
from webapp.bootstrap import Application
from webapp.callback_problems import Problem
from webapp.callbacks import callback_counts
from webapp.current import application

_RETRY_AFTER_SECONDS = 5

blueprint = Blueprint("health", __name__)


def _signing(app: Application) -> str:
    """Whether this process makes checkpoints; `refused`: see its log."""
    if app.settings.signing_key is None:
        return "off"
    return "refused" if app.checkpoints.is_refused else "on"


@blueprint.get("/health")
def health() -> Response:
    """Return 200 with the head, how far the views are behind, and counts of callbacks; or 503.

    The problems are those of all processes in the last 24 hours.
    """
    app = application()
    try:
        head = app.ledger.reader.head()
        behind = max(head - app.views.position().seq, 0)
        parked = len(app.views.parked())
        is_sending_off = sending_switch(app.ledger.reader).is_off
        problems = {each.problem: each.count for each in app.callback_problems.recent()}
    except StoreUnavailable as error:
        answer = jsonify(status="unavailable", words=str(error))
        answer.status_code = 503
        answer.headers["Retry-After"] = str(_RETRY_AFTER_SECONDS)
        return answer
    counts = callback_counts(current_app)
    callbacks = {name: counts[name] for name in ("recorded", "repeated", "refused", "unavailable")}
    return jsonify(
        status="ok",
        head=head,
        behind=behind,
        parked=parked,
        sending="off" if is_sending_off else "on",
        signing=_signing(app),
        callbacks=callbacks,
        callback_problems={problem: problems.get(problem, 0) for problem in Problem},
    )
