"""Staff make permalinks of pages of the past, and revoke them."""

from datetime import timedelta
from typing import Any
from urllib.parse import parse_qsl, urlencode

from flask import Blueprint, current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import HTTPException

from ledger.commands.permalinks import MakePermalink, RevokePermalink
from ledger.domain.permalink import PageOfMoment
from ledger.errors import BadInput, Refused
from ledger.store.search import Kind
from webapp.acts import MAKE_PERMALINK, REVOKE_PERMALINK
from webapp.as_of import is_present
from webapp.audit.names import AuditNames
from webapp.current import application
from webapp.pages.common import actor, now, with_refusal_shown
from webapp.pages.moments import moment_of
from webapp.pages.shareable_pages import FILTERS, STAFF_TOPICS, can_be_shared
from webapp.pages.shared import page_of
from webapp.permalink_tokens import PermalinkTokens
from webapp.permalinks import permalinks
from webapp.permissions import Permission, needs
from webapp.whole_numbers import whole_number

blueprint = Blueprint("permalinks", __name__, url_prefix="/permalinks")

_DAYS = (1, 7, 30, 90)
_LONGEST_ADDRESS = 2000


@blueprint.get("")
@needs(Permission.SEE_WORDS)
def index() -> str:
    """List all permalinks, the newest first; only their maker can copy their addresses."""
    app, reader = application(), actor()
    tokens = PermalinkTokens(app.settings.secret_key)
    public_url = app.settings.shown_public_url or request.url_root.rstrip("/")
    return render_template(
        "permalinks/index.html",
        rows=permalinks(app.ledger.reader),
        address_of=lambda row: tokens.address_for(reader, row.permalink, public_url),
        names=AuditNames(app).actors,
    )


@blueprint.get("/new")
@needs(MAKE_PERMALINK, is_fresh=True)
def new() -> str:
    """Show the form of a permalink of the page in the address."""
    page = page_at(request.args.get("page", ""))
    return render_template("permalinks/new.html", page=page, days_to_choose=_DAYS)


@blueprint.post("")
@needs(MAKE_PERMALINK, is_fresh=True)
def make() -> ResponseReturnValue:
    """Make a permalink, and show the list, which has its address."""
    app, days = application(), whole_number(request.form.get("days", ""))
    page, shows_numbers = page_at(request.form.get("page", "")), "numbers" in request.form
    page_of(page, shows_numbers, app.scope)
    command = MakePermalink(
        permalink_id=app.ledger.identity.new_permalink_id(),
        page=page,
        expires_at=now() + timedelta(days=min(days, _DAYS[-1])),
        shows_numbers=shows_numbers,
        by=actor(),
    )
    app.ledger.execute(command).result()
    flash("Permalink made. Copy its address from the list.", "success")
    return redirect(url_for("permalinks.index"), code=303)


@blueprint.post("/<permalink_id>/revoke")
@needs(REVOKE_PERMALINK)
def revoke(permalink_id: str) -> ResponseReturnValue:
    """Revoke a permalink: its address shows nothing from now on."""
    try:
        application().ledger.execute(RevokePermalink(permalink_id, actor())).result()
    except Refused as refusal:
        return with_refusal_shown(url_for("permalinks.index"), refusal)
    flash("Revoked: the address shows nothing any more.", "success")
    return redirect(url_for("permalinks.index"), code=303)


def page_at(address: str) -> PageOfMoment:
    """Return the page of an address such as /campaigns/cam_…?as_of=41. Raises `BadInput`."""
    path, _, query = address[:_LONGEST_ADDRESS].partition("?")
    place, parameters = _place(path), dict(parse_qsl(query))
    moment = parameters.pop("as_of", "")
    if place is None or is_present(moment):
        raise BadInput(
            "A permalink shows a page of the past. Open a page, choose its moment in the time bar, "
            "and press Permalink… there."
        )
    if unknown := sorted(parameters.keys() - FILTERS):
        raise BadInput(f"A permalink cannot keep the filter {unknown[0]}. Take it away first.")
    app = application()
    seq = place.get("seq")
    if parameters.get("is") == Kind.ACCESS or (
        seq and app.ledger.reader.event(seq).topic in STAFF_TOPICS
    ):
        raise BadInput(
            "The record of access and legal holds are for staff alone. Choose another page."
        )
    first = next(iter(app.ledger.reader.first_events([place.get("delivery_id", "")])), None)
    return PageOfMoment(
        path=path,
        query=urlencode(sorted(parameters.items())),
        moment=moment_of(moment, now()).seq,
        campaign_id=place.get("campaign_id") or (first.campaign_id if first else None),
        contact_id=place.get("contact_id") or (first.contact_id if first else None),
    )


def _place(path: str) -> dict[str, Any] | None:
    """Return the ids in the path of a page that can be shared; None for any other text."""
    if not path.startswith("/") or path.startswith("//"):
        return None
    try:
        endpoint, place = current_app.url_map.bind("").match(path, method="GET")
    except HTTPException:
        return None
    return dict(place) if can_be_shared(endpoint, place) else None
