"""What every page shares: who acts, current views, the context of base.html."""

from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime
from importlib.metadata import version
from typing import Any

from flask import Flask, current_app, flash, g, redirect, request
from flask_security import current_user
from werkzeug.wrappers import Response

from ledger.commands.repository import sending_switch
from ledger.errors import EventProblemFound, LedgerError, LedgerMoved, StoreUnavailable
from ledger.recorded_event import RecordedEvent
from webapp.addresses import here_with_query, reached
from webapp.current import application
from webapp.explain.verifications import VerifyMark, verify_mark
from webapp.pages.errors import init_errors
from webapp.pages.fitting import init_fitting, may
from webapp.pages.link_patterns import init_links
from webapp.pages.live import answer_unchanged
from webapp.pages.moments import change_url, init_moments, past, present_url
from webapp.pages.past_tags import init_past_tags
from webapp.pages.sizes import EXAMPLE_ROWS
from webapp.pages.time_bar import time_bar
from webapp.permissions import Permission
from webapp.shown_moment import conversations as conversations
from webapp.shown_moment import numbers_to_fix as numbers_to_fix
from webapp.shown_moment import opt_outs as opt_outs
from webapp.shown_moment import possible_opt_outs as possible_opt_outs
from webapp.shown_moment import status as status
from webapp.shown_moment import until_seq as until_seq
from webapp.sound_aggregates import SoundAggregates
from webapp.store_checks import Place

_CATCH_UP_SECONDS = 0.5
_STALE_EVENTS = 1

_NO_PAGES = {"static", "unversioned_static", "twilio", "health"}
"""Blueprints and endpoints without pages: they need no views, and no HTML for an error."""

_VERSION = version("delivery-ledger")
_MENU_ITEMS = {
    "acts": "campaigns",
    "api_tokens": "people",
    "audit_exports": "audit",
    "audit_workbooks": "audit",
    "event_proofs": "audit",
    "comparing": "campaigns",
    "contacts": "campaigns",
    "conversation_acts": "conversations",
    "conversation_opting": "conversations",
    "launch_requests": "campaigns",
    "launch_rules": "people",
    "launching": "campaigns",
    "campaign_legal_holds": "campaigns",
    "legal_holds": "campaigns",
    "offices": "people",
    "opt_out_import": "opt_outs",
    "overview": "campaigns",
    "permalinks": "audit",
    "person_file": "campaigns",
    "personal_data": "opt_outs",
    "retention": "opt_outs",
    "recalling": "campaigns",
    "follow_ups": "campaigns",
    "phone_lists": "campaigns",
    "resend_requests": "campaigns",
    "reports": "campaigns",
    "sending": "campaigns",
    "ticked": "campaigns",
    "unconfirmed": "campaigns",
    "undo_window": "campaigns",
    "glossary": "statuses",
}
"""Blueprint → its item of the main menu, where that has another name."""


def actor() -> str:
    """Return the user id of the person who is signed in; the ledger never gets the name."""
    user_id: str = current_user.user_id
    return user_id


def now() -> datetime:
    """Return the time of the application's clock."""
    return application().clock.now()


def events_until(events: Sequence[RecordedEvent], seq: int | None) -> Sequence[RecordedEvent]:
    """Return the events up to a seq; without a seq, all of them."""
    return events if seq is None else [event for event in events if event.seq <= seq]


def shows_pages() -> bool:
    """Return whether the answer to this request is a page for people."""
    return (request.blueprint or request.endpoint) not in _NO_PAGES


def with_refusal_shown(back: str, error: LedgerError) -> Response:
    """Redirect to the page `back`, which shows why the act was refused."""
    flash(str(error), "error")
    return redirect(back, code=303)


def init_pages(app: Flask) -> None:
    """Add to the app what its pages share; the caller registers the blueprints."""
    app.before_request(_catch_up)
    app.before_request(answer_unchanged)
    init_moments(app)
    app.before_request(_read_conditions)
    init_past_tags(app)
    app.context_processor(_frame)
    app.jinja_env.globals.update(
        EXAMPLE_ROWS=EXAMPLE_ROWS, here_with_query=here_with_query, reached=reached
    )
    init_links(app)
    init_fitting(app)
    init_errors(app, shows_pages)


def _catch_up() -> None:
    """Read the views on within a small time budget, so that a page after an act shows the act."""
    if not shows_pages():
        return
    app = application()
    try:
        g.behind = app.views.catch_up(budget_seconds=_CATCH_UP_SECONDS)
        g.head = app.views.position().seq
    except LedgerMoved:
        raise  # the rows that could be shown are of the time before
    except StoreUnavailable as error:
        g.behind, g.head = _STALE_EVENTS, None
        g.views_problem = app.store_checks.refusal_of(Place.VIEWS) or str(error)
        with suppress(StoreUnavailable):  # they may be readable all the same
            g.head = app.views.position().seq
            g.behind = max(app.ledger.reader.head() - g.head, 0)


def _read_conditions() -> None:
    """Read what the frame of the page says about all sending, and how many texts wait for staff."""
    if not shows_pages() or g.head is None:
        return
    moment = past()
    with suppress(StoreUnavailable):
        if moment is None:
            g.possible_opt_outs = application().possible_opt_outs.count()
            g.numbers_to_fix = application().numbers_to_fix.count()
            g.need_reply = application().conversations.count_waiting()
            g.launch_request_count = len(application().launch_requests.waiting()) + len(
                application().resend_requests.waiting()
            )
            g.undo_windows = application().status.in_undo_window(now())
        try:
            switch = sending_switch(SoundAggregates(application().ledger.reader, until_seq()))
        except EventProblemFound as error:
            g.sending_problem = str(error)
            return
        at = now() if moment is None else moment.at
        g.is_sending_off = switch.is_off
        g.sender_held_until = switch.held_until if at and switch.is_sender_held(at) else None


def _frame() -> dict[str, Any]:
    """Return the context that base.html needs on every page."""
    moment = past()
    return {
        "past": moment,
        "present_url": present_url() if "as_of" in request.args else None,
        "change_url": change_url(),
        "time_bar": time_bar() if current_user.is_authenticated else None,
        "head": g.get("head"),
        "behind": g.get("behind", 0),
        "views_problem": g.get("views_problem"),
        "version": _VERSION,
        "possible_opt_out_count": g.get("possible_opt_outs", 0),
        "number_to_fix_count": g.get("numbers_to_fix", 0),
        "need_reply_count": g.get("need_reply", 0),
        "is_sending_off": g.get("is_sending_off", False),
        "sending_problem": g.get("sending_problem"),
        "sender_held_until": g.get("sender_held_until"),
        "undo_windows": g.get("undo_windows", ()) if current_user.is_authenticated else (),
        "launch_request_count": g.get("launch_request_count", 0),
        "may_approve": may(Permission.APPROVE),
        "verification": _verify_mark(),
        "is_demo": current_app.config["IS_DEMO"],
        "now": (moment and moment.at) or now(),
        "nav": _MENU_ITEMS.get(request.blueprint or "", request.blueprint),
    }


def _verify_mark() -> VerifyMark | None:
    """Return the mark of the ledger as it is now; None for strangers, and if it cannot be read."""
    app, head = application(), g.get("head")
    if head is None or not current_user.is_authenticated:
        return None
    try:
        return verify_mark(app.verifications.state(), head, now())
    except StoreUnavailable:
        return None
