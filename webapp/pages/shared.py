"""What a permalink shows: one page of one moment, to readers who are not signed in."""

from flask import Blueprint, current_app, render_template, request
from flask.typing import ResponseReturnValue
from markupsafe import Markup
from werkzeug.test import EnvironBuilder
from werkzeug.wrappers import Response

from ledger.domain.offices import Scope
from ledger.domain.permalink import PageOfMoment
from ledger.errors import NotFound
from webapp.current import application
from webapp.explain.masked_numbers import without_numbers
from webapp.pages.common import now
from webapp.pages.moments import moment_of
from webapp.pages.shareable_pages import marked
from webapp.permalink_tokens import PermalinkTokens
from webapp.permalinks import permalink_as_recorded
from webapp.readers_html import shared_main

blueprint = Blueprint("shared", __name__, url_prefix="/shared")


@blueprint.get("/<token>")
def read(token: str) -> ResponseReturnValue:
    """Show the page of a permalink; 410 where it expired or was revoked."""
    app = application()
    permalink_id = PermalinkTokens(app.settings.secret_key).permalink_id(token)
    permalink = permalink_as_recorded(app.ledger.reader, permalink_id)
    if not permalink.is_open(now()):
        return render_template("permalinks/over.html", permalink=permalink), 410
    page = page_of(permalink.page, permalink.shows_numbers, app.scope_of(permalink.maker))
    if request.method == "GET":
        app.access_recorder.permalink_read(permalink)
    return render_template(
        "permalinks/shared.html",
        permalink=permalink,
        moment=moment_of(str(permalink.page.moment), now()),
        page=page,
    )


def page_of(
    page: PageOfMoment,
    shows_numbers: bool,  # noqa: FBT001 - the maker's choice
    scope: Scope,
) -> Markup:
    """Return the main part of the page as readers may see it. Raises `NotFound`."""
    answer = _answer(page, shows_numbers=shows_numbers, scope=scope)
    if answer.status_code != 200 or answer.mimetype != "text/html":
        raise NotFound("This page cannot be shown any more. Ask for another permalink.")
    html = shared_main(answer.get_data(as_text=True), str if shows_numbers else without_numbers)
    return Markup(html)  # noqa: S704 - every text in it was escaped


def _answer(page: PageOfMoment, *, shows_numbers: bool, scope: Scope) -> Response:
    """Ask this app for the page, as nobody: without cookies and headers of the reader.

    It has an application context of its own, as `flask.g` holds who is signed in, and the moment.
    """
    plain = EnvironBuilder(path=page.address).get_environ()
    environ = marked(plain, shows_numbers=shows_numbers, scope=scope)
    with current_app.app_context():
        return Response.from_app(current_app.wsgi_app, environ, buffered=True)
