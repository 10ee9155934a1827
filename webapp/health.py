"""What the program can do and what it cannot, for monitoring. No sign-in, no personal data.

`/livez`, which asks no database, is answered by webapp/serving/liveness.py. Where another process
serves the pages, it is asked for what it alone knows.
"""

import json
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

from flask import Blueprint, Flask, Response, current_app, jsonify

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
from webapp.explain.sending import sending_problem
from webapp.metrics.own_numbers import this_process
from webapp.metrics.roles import Role, SendingPart
from webapp.sound_aggregates import SoundAggregates
from webapp.store_checks import Place, Problem

_RETRY_AFTER_SECONDS = 5
_LATE = timedelta(minutes=1)
_CALLBACKS = ("recorded", "repeated", "refused", "unavailable")

Ask = Callable[[str], bytes | None]
"""Returns what another process answers at a path; None where it does not answer."""

_PAGES = "delivery-ledger.pages"
"""The extension of an app that asks the process of the pages."""
_OF_PAGES = ("signing", "views_refilled", "access_unrecorded", "sign_ins")
"""What the process of the pages says of itself, where there is one."""
_SENDER = "sender"
"""The place of problems of the sending."""
_PAGES_AWAY = {
    "place": "pages",
    "words": "The pages do not answer, so nobody can look at anything or sign in. Callbacks are "
    "recorded. If it does not pass within a minute, restart the program.",
}

blueprint = Blueprint("health", __name__)


def ask_pages_by(app: Flask, ask: Ask) -> None:
    """Let the app ask the process of the pages."""
    app.extensions[_PAGES] = ask


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


def _snapshot(app: Application) -> dict[str, object] | None:
    """The events that the snapshot saves reading, and how many were refused; None without any."""
    snapshots = app.views.snapshots
    return {"size": snapshots.size(), "refused": snapshots.refusals} if snapshots else None


def _late_views(app: Application, head: int, seq: int) -> list[Problem]:
    """Return the problem of views that have not read an event for a minute; empty if they have."""
    if seq >= head or app.clock.now() - app.ledger.reader.time_at(seq + 1) < _LATE:
        return []
    words = f"The views have not read the last {counted(head - seq, 'event')} for over a minute."
    return [Problem(Place.VIEWS, f"{words} Pages show an earlier state, and nothing is sent.")]


def _sender(app: Application) -> tuple[str, list[Mapping[str, str]]]:
    """Return whether a process of this ledger sends, and a problem for each part that fails."""
    running = [this_process(app), *app.processes.others()]
    running = [process for process in running if process.is_running(app.clock.now())]
    failing = {part: why for each in running for part, why in each.numbers.sending_problems.items()}
    words = [sending_problem(part, why) for part, why in failing.items()]
    problems: list[Mapping[str, str]] = [{"place": _SENDER, "words": each} for each in words]
    if SendingPart.SENDER in failing:
        return "failing", problems
    return "running" if any(Role.SENDING in each.roles for each in running) else "none", problems


def _readings(app: Application) -> tuple[dict[str, object], list[Mapping[str, str]]]:
    """Return the fields that need the databases, and the problems of views and sending."""
    head, seq = app.ledger.reader.head(), app.views.position().seq
    counts = {each.problem: each.count for each in app.callback_problems.recent()}
    sender, problems = _sender(app)
    fields: dict[str, object] = {
        "head": head,
        "master_key_backed_up": not key_backups.is_missing(app.ledger),
        "behind": max(head - seq, 0),
        "parked": len(app.views.parked()),
        "sending": _sending(app),
        "sender": sender,
        "signing": _signing(app),
        "verified": _verified(app),
        "views_compared": _compared(app),
        "views_refilled": app.views.refills,
        "views_snapshot": _snapshot(app),
        "callback_problems": {problem: counts.get(problem, 0) for problem in CallbackProblem},
    }
    return fields, [*map(_document, _late_views(app, head, seq)), *problems]


@blueprint.get("/health")
def health() -> Response:
    """Return 200 with the head, how far the views are behind, and counts of callbacks; or 503.

    It is 503 where anything cannot be done, with a sentence for each. The problems of callbacks
    are those of all processes in the last 24 hours.
    """
    app = application()
    counts, refusals = app.callback_counts, try_later_counts(current_app)
    fields: dict[str, object] = {}
    unavailable: list[str] = []
    read: list[Mapping[str, str]] = []
    try:
        fields, read = _readings(app)
    except StoreUnavailable as error:
        unavailable = [str(error)]
    fields["access_unrecorded"] = app.access_recorder.unrecorded
    fields["callbacks"] = {name: counts[name] for name in _CALLBACKS}
    fields["sign_ins"] = {name: refusals[name] for name in ("waited", "busy")}
    problems = _with_pages(fields, [*map(_document, app.store_checks.problems()), *read])
    words = [*unavailable, *(problem["words"] for problem in problems)]
    status = "unavailable" if unavailable else "impaired" if problems else "ok"
    answer = jsonify(status=status, words=" ".join(words), problems=problems, **fields)
    return answer if status == "ok" else _unavailable(answer)


def _document(problem: Problem) -> Mapping[str, str]:
    return {"place": problem.place, "words": problem.words}


def _with_pages(
    fields: dict[str, object], problems: list[Mapping[str, str]]
) -> list[Mapping[str, str]]:
    """Return the problems with those that the process of the pages has; its fields replace ours."""
    ask: Ask | None = current_app.extensions.get(_PAGES)
    if ask is None:
        return problems
    answer = ask("/health")
    if answer is None:
        return [*problems, _PAGES_AWAY]
    document: Mapping[str, Any] = json.loads(answer)
    fields |= {name: document[name] for name in _OF_PAGES if name in document}
    places = {_SENDER, *(problem["place"] for problem in problems)}
    return [*problems, *(each for each in document["problems"] if each["place"] not in places)]


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
