"""What this process can do and what it cannot, for monitoring. No sign-in, no personal data.

`/livez`, which asks no database, is answered by webapp/serving/liveness.py.
"""

from datetime import timedelta

from flask import Blueprint, Response, current_app, jsonify

from ledger.commands.repository import sending_switch
from ledger.errors import EventProblemFound, LedgerError, StoreUnavailable
from webapp import key_backups
from webapp.accounts.try_later import try_later_counts
from webapp.bootstrap import Application
from webapp.callback_problems import Problem as CallbackProblem
from webapp.current import application
from webapp.documents import iso
from webapp.explain.key_backups import NO_KEY_BACKUP
from webapp.explain.numbers import counted
from webapp.sound_aggregates import SoundAggregates
from webapp.store_checks import Place, Problem

_RETRY_AFTER_SECONDS = 5
_LATE = timedelta(minutes=1)

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


def _late_views(app: Application, head: int, seq: int) -> list[Problem]:
    """Return the problem of views that have not read an event for a minute; empty if they have."""
    if seq >= head or app.clock.now() - app.ledger.reader.time_at(seq + 1) < _LATE:
        return []
    words = f"The views have not read the last {counted(head - seq, 'event')} for over a minute."
    return [Problem(Place.VIEWS, f"{words} Pages show an earlier state, and nothing is sent.")]


def _readings(app: Application) -> tuple[dict[str, object], list[Problem]]:
    """Return the fields that need the databases, and what they say of the views."""
    head, seq = app.ledger.reader.head(), app.views.position().seq
    problems = {each.problem: each.count for each in app.callback_problems.recent()}
    fields: dict[str, object] = {
        "head": head,
        "master_key_backed_up": not key_backups.is_missing(app.ledger),
        "behind": max(head - seq, 0),
        "parked": len(app.views.parked()),
        "sending": _sending(app),
        "signing": _signing(app),
        "verified": _verified(app),
        "views_compared": _compared(app),
        "views_refilled": app.views.refills,
        "callback_problems": {problem: problems.get(problem, 0) for problem in CallbackProblem},
    }
    return fields, _late_views(app, head, seq)


@blueprint.get("/health")
def health() -> Response:
    """Return 200 with the head, how far the views are behind, and counts of callbacks; or 503.

    It is 503 where anything cannot be done, with a sentence for each. The problems of callbacks
    are those of all processes in the last 24 hours.
    """
    app = application()
    counts, refusals = app.callback_counts, try_later_counts(current_app)
    fields: dict[str, object] = {}
    try:
        fields, late = _readings(app)
        problems = [*app.store_checks.problems(), *late]
        status, words = "impaired" if problems else "ok", []
    except StoreUnavailable as error:
        problems, status, words = app.store_checks.problems(), "unavailable", [str(error)]
    words += [problem.words for problem in problems]
    callbacks = {name: counts[name] for name in ("recorded", "repeated", "refused", "unavailable")}
    answer = jsonify(
        status=status,
        words=" ".join(words),
        problems=[{"place": problem.place, "words": problem.words} for problem in problems],
        **fields,
        access_unrecorded=app.access_recorder.unrecorded,
        callbacks=callbacks,
        sign_ins={name: refusals[name] for name in ("waited", "busy")},
    )
    return answer if status == "ok" else _unavailable(answer)


@blueprint.get("/readyz")
def ready() -> Response:
    """Return 200 where a callback can be recorded now, as far as is known without writing; or 503.

    Nothing but the ledger counts: callbacks need neither views nor accounts. A second line warns
    of a master key without a backup.
    """
    app = application()
    try:
        app.ledger.reader.head()
        refusal = app.store_checks.refusal_of(Place.LEDGER)
    except StoreUnavailable as error:
        refusal = str(error)
    if refusal is None:
        return Response(f"ready\n{_key_warning(app)}", mimetype="text/plain")
    return _unavailable(Response(f"{refusal}\n", mimetype="text/plain"))


def _key_warning(app: Application) -> str:
    """Return a line that warns of a master key without a backup; blank where there is one."""
    try:
        return f"warning: {NO_KEY_BACKUP}\n" if key_backups.is_missing(app.ledger) else ""
    except LedgerError:
        return ""


def _unavailable(answer: Response) -> Response:
    answer.status_code = 503
    answer.headers["Retry-After"] = str(_RETRY_AFTER_SECONDS)
    return answer
