"""What every page shares: who acts, current views, the context of base.html, the headers."""

from datetime import datetime
from importlib.metadata import version
from typing import Any
from urllib.parse import urlencode

from flask import Flask, current_app, flash, g, redirect, request
from flask_security import current_user
from werkzeug.wrappers import Response

from ledger.commands.repository import sending_switch
from ledger.errors import LedgerError, StoreUnavailable
from projections.campaigns.campaign_queries import CampaignQueries
from webapp.as_of import Past, past_of
from webapp.current import application
from webapp.pages.errors import init_errors
from webapp.pages.sizes import EXAMPLE_ROWS

_CATCH_UP_SECONDS = 0.5
_STALE_EVENTS = 1

_NO_PAGES = {"static", "twilio", "health"}
"""Blueprints and endpoints without pages: they need no views, and no HTML for an error."""

_SHOWS_PAST = {"campaigns.index", "campaigns.show", "campaigns.contacts_csv", "contacts.show"}
"""Endpoints that take `as_of`; links between them keep the moment that the page shows."""

_VERSION = version("delivery-ledger")
_MENU_ITEMS = {
    "acts": "campaigns",
    "contacts": "campaigns",
    "conversation_opting": "conversations",
    "launching": "campaigns",
    "opt_out_import": "opt_outs",
    "sending": "campaigns",
    "glossary": "statuses",
}
"""Blueprint → its item of the main menu, where that has another name."""

_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
        "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cache-Control": "no-store",
}


def actor() -> str:
    """Return the user id of the person who is signed in; the ledger never gets the name."""
    user_id: str = current_user.user_id
    return user_id


def now() -> datetime:
    """Return the time of the application's clock."""
    return application().clock.now()


def past() -> Past | None:
    """Return the moment in `?as_of=`, or None for now. Raises `BadInput`."""
    text = request.args.get("as_of")
    if not text:
        return None
    if "past" not in g:
        g.past = past_of(application().ledger.reader, text)
    moment: Past = g.past
    return moment


def status() -> CampaignQueries:
    """Return the views of campaigns and contacts, now or as of the moment in `?as_of=`."""
    moment = past()
    return application().status if moment is None else application().status.as_of(moment.seq)


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
    app.after_request(_add_headers)
    app.context_processor(_frame)
    app.url_defaults(_keep_past)
    app.jinja_env.globals["EXAMPLE_ROWS"] = EXAMPLE_ROWS
    init_errors(app, shows_pages)


def _catch_up() -> None:
    """Read the views on within a small time budget, so that a page after an act shows the act."""
    if not shows_pages():
        return
    try:
        switch = sending_switch(application().ledger.reader)
        g.is_sending_off = switch.is_off
        g.sender_held_until = switch.held_until if switch.is_sender_held(now()) else None
        g.behind = application().views.catch_up(budget_seconds=_CATCH_UP_SECONDS)
        g.head = application().views.position().seq
        g.possible_opt_outs = application().possible_opt_outs.count()
    except StoreUnavailable:
        g.behind, g.head = _STALE_EVENTS, None


def _keep_past(endpoint: str, values: dict[str, Any]) -> None:
    moment: Past | None = g.get("past")
    if moment is not None and endpoint in _SHOWS_PAST:
        values.setdefault("as_of", moment.seq)


def _present_url() -> str:
    """Return the address of this page without `as_of`."""
    others = {name: value for name, value in request.args.items() if name != "as_of"}
    return f"{request.path}?{urlencode(others)}" if others else request.path


def _frame() -> dict[str, Any]:
    """Return the context that base.html needs on every page."""
    moment: Past | None = g.get("past")
    return {
        "past": moment,
        "present_url": _present_url() if moment else None,
        "head": g.get("head"),
        "behind": g.get("behind", 0),
        "version": _VERSION,
        "possible_opt_out_count": g.get("possible_opt_outs", 0),
        "is_sending_off": g.get("is_sending_off", False),
        "sender_held_until": g.get("sender_held_until"),
        "is_demo": current_app.config["IS_DEMO"],
        "now": (moment and moment.at) or now(),
        "nav": _MENU_ITEMS.get(request.blueprint or "", request.blueprint),
    }


def _add_headers(response: Response) -> Response:
    for name, value in _HEADERS.items():
        if not (name == "Cache-Control" and request.endpoint == "static"):
            response.headers.setdefault(name, value)
    return response
