"""Whether this process works, for monitoring. No sign-in, no personal data."""

from flask import Blueprint, Response, jsonify

from ledger.commands.repository import sending_switch
from ledger.errors import EventProblemFound, StoreUnavailable
from webapp.bootstrap import Application
from webapp.callback_problems import Problem
from webapp.current import application
from webapp.documents import iso
from webapp.sound_aggregates import SoundAggregates

_RETRY_AFTER_SECONDS = 5

blueprint = Blueprint("health", __name__)


def _signing(app: Application) -> str:
    """Whether this process makes checkpoints; `refused`: see its log."""
    if app.settings.signing_key is None:
        return "off"
    return "refused" if app.checkpoints.is_refused else "on"


def _sending(app: Application) -> str:
    """Whether all sending is on or off; `unknown` where an event that says so is not sound."""
    try:
        return "off" if sending_switch(SoundAggregates(app.ledger.reader)).is_off else "on"
    except EventProblemFound:
        return "unknown"


def _verified(app: Application) -> dict[str, object] | None:
    """The last verification of the whole ledger; None where there was none."""
    last = app.verifications.state().last
    if last is None:
        return None
    return {"at": iso(last.began_at), "size": last.size, "faults": last.fault_count}


def _compared(app: Application) -> dict[str, object] | None:
    """The last comparison of the views with the events, and their last repair; None before it."""
    last = app.view_repairs.last()
    if last is None:
        return None
    return {
        "at": iso(last.began_at),
        "repaired_at": iso(last.repaired_at),
        "repaired_rows": last.repaired_rows,
        "repaired_tables": last.repaired_tables,
    }


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
        sending = _sending(app)
        verified, compared = _verified(app), _compared(app)
        problems = {each.problem: each.count for each in app.callback_problems.recent()}
    except StoreUnavailable as error:
        answer = jsonify(status="unavailable", words=str(error))
        answer.status_code = 503
        answer.headers["Retry-After"] = str(_RETRY_AFTER_SECONDS)
        return answer
    counts = app.callback_counts
    callbacks = {name: counts[name] for name in ("recorded", "repeated", "refused", "unavailable")}
    return jsonify(
        status="ok",
        head=head,
        behind=behind,
        parked=parked,
        sending=sending,
        signing=_signing(app),
        verified=verified,
        views_compared=compared,
        views_refilled=app.views.refills,
        access_unrecorded=app.access_recorder.unrecorded,
        callbacks=callbacks,
        callback_problems={problem: problems.get(problem, 0) for problem in Problem},
    )
