"""What every page shares: the application, who acts, views read on, words in the frame, errors."""

from datetime import UTC, datetime
from importlib.metadata import version
from typing import Any

from flask import Flask, current_app, flash, g, redirect, render_template, request
from flask_security import current_user
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response

from ledger.errors import BadInput, LedgerError, NotFound, Refused, StoreUnavailable
from ledger.phone import display
from webapp.bootstrap import Application

_CATCH_UP_SECONDS = 0.5
_STALE_EVENTS = 1

_TITLES = {
    400: "That form could not be read",
    403: "You may not do that",
    404: "Not found",
    405: "That is not offered here",
    410: "This link is used up",
    413: "The file is too large",
    500: "Something broke here",
    503: "The ledger cannot be reached now",
}
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


def application() -> Application:
    """The application behind this request."""
    found: Application = current_app.extensions["delivery-ledger"]
    return found


def actor() -> str:
    """The id of who is signed in; the ledger never learns the name."""
    user_id: str = current_user.user_id
    return user_id


def now() -> datetime:
    """The application's clock."""
    return application().clock.now()


def with_refusal_shown(back: str, error: LedgerError) -> Response:
    """Back to a page that shows why the act was refused."""
    flash(str(error), "error")
    return redirect(back, code=303)


def init_pages(app: Flask) -> None:
    """Give the app what its pages share; blueprints are registered beside this."""
    app.before_request(_catch_up)
    app.after_request(_add_headers)
    app.context_processor(_frame)
    app.template_filter("phone")(display)
    app.register_error_handler(HTTPException, _show_http_error)
    app.register_error_handler(LedgerError, _show_ledger_error)


def _catch_up() -> None:
    """Read the views on to the head within a small budget, so that a page shows what was done."""
    if request.endpoint == "static" or request.blueprint == "twilio":
        return
    try:
        g.behind = application().views.catch_up(budget_seconds=_CATCH_UP_SECONDS)
        g.head = application().views.position().seq
    except StoreUnavailable:
        g.behind, g.head = _STALE_EVENTS, None


def _frame() -> dict[str, Any]:
    """What base.html wants on every page."""
    return {
        "head": g.get("head"),
        "behind": g.get("behind", 0),
        "version": version("delivery-ledger"),
        "is_demo": current_app.config["IS_DEMO"],
        "now": now(),
        "nav": (request.blueprint or "").split(".")[0],
    }


def _add_headers(response: Response) -> Response:
    for name, value in _HEADERS.items():
        if not (name == "Cache-Control" and request.endpoint == "static"):
            response.headers.setdefault(name, value)
    return response


def _show_http_error(error: HTTPException) -> Response | tuple[str, int] | HTTPException:
    code = error.code or 500
    if request.blueprint == "twilio" or error.response is not None or code < 400:
        return error
    return _page(code, error.description or "")


def _show_ledger_error(error: LedgerError) -> Response | tuple[str, int]:
    codes = {NotFound: 404, Refused: 409, BadInput: 422, StoreUnavailable: 503}
    code = next((code for kind, code in codes.items() if isinstance(error, kind)), 500)
    return _page(code, str(error))


def _page(code: int, words: str) -> tuple[str, int]:
    title = _TITLES.get(code, "That did not work")
    return render_template("error.html", title=title, code=code, words=words), code


def parse_moment(text: str) -> datetime:
    """An ISO 8601 moment as UTC; raises `BadInput`."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError as error:
        raise BadInput(f"{text!r} is no moment in ISO 8601.") from error
    return found if found.tzinfo else found.replace(tzinfo=UTC)
