"""The search over everything. It is posted, so that no address holds a name or a number."""

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from ledger.errors import BadInput
from webapp.current import application
from webapp.pages.common import until_seq
from webapp.pages.fitting import may
from webapp.pages.sizes import PAGE_ROWS, SEARCH_ROWS
from webapp.permissions import Permission, needs
from webapp.searching import Found, Searcher

blueprint = Blueprint("search", __name__, url_prefix="/search")


@blueprint.get("")
@needs(Permission.SEE_STATUS)
def index() -> str:
    """Show the box, for screens whose top bar has no room for it."""
    return _page("", Found())


@blueprint.post("")
@needs(Permission.SEE_STATUS)
def find() -> ResponseReturnValue:
    """Show what the text names; lead to it where that is one thing."""
    text = request.form.get("q", "").strip()
    is_whole = bool(request.form.get("all"))
    if not text:
        return redirect(url_for("search.index"), code=303)
    try:
        found = _searcher().search(text, PAGE_ROWS if is_whole else SEARCH_ROWS)
    except BadInput as error:
        return _page(text, Found(), str(error)), 422
    if found.count == 1 and not found.has_more_people:
        return redirect(_only_page(found), code=303)
    return _page(text, found, is_whole=is_whole)


def _searcher() -> Searcher:
    return Searcher(
        app=application(),
        sees_numbers=may(Permission.SEE_NUMBERS),
        sees_words=may(Permission.SEE_WORDS),
        until=until_seq(),
    )


def _only_page(found: Found) -> str:
    if found.people:
        return url_for("persons.show", contact_id=found.people[0].contact_id)
    if found.campaigns:
        return url_for("campaigns.show", campaign_id=found.campaigns[0].campaign_id)
    return url_for("audit.event", seq=found.events[0].seq)


def _page(text: str, found: Found, error: str = "", *, is_whole: bool = False) -> str:
    return render_template(
        "search/index.html", query=text, found=found, error=error, is_whole=is_whole
    )
