"""Permalinks: the list, making one, and the end of one."""

from datetime import timedelta
from typing import Any

from flask import Blueprint, current_app, request

from ledger.commands.permalinks import MakePermalink, RevokePermalink
from ledger.domain.permalink import Permalink as PermalinkAggregate
from ledger.errors import BadInput, NotFound, Refused
from webapp.acts import MAKE_PERMALINK, REVOKE_PERMALINK
from webapp.api.authentication import caller
from webapp.api.fitting import fitted
from webapp.api.idempotency import request_id
from webapp.api.models import permalinks as models
from webapp.api.models.base import MomentQuery
from webapp.api.operations import Answer, operation
from webapp.api.problem_types import Kind
from webapp.api.problems import invalid
from webapp.current import application
from webapp.pages.permalinks import page_at
from webapp.pages.shared import page_of
from webapp.permalink_tokens import permalink_document
from webapp.permalinks import PermalinkRow, permalinks
from webapp.permissions import Permission, needs
from webapp.shown_moment import past, until_seq

PAGES = "delivery-ledger.pages"
"""The extension of the API that is the app of the pages, which a permalink shows."""

blueprint = Blueprint("permalinks", __name__, url_prefix="/permalinks")

_TAG = "Permalinks"


@blueprint.get("")
@operation("listPermalinks", tag=_TAG, answer=models.PermalinkList, example=models.EXAMPLE_LIST)
@needs(Permission.SEE_WORDS)
def index(query: MomentQuery) -> Answer[models.PermalinkList]:
    """List all permalinks, the newest first; only who made one gets its address."""
    del query  # its moment was read
    rows = permalinks(application().ledger.reader, until_seq())
    return fitted({"items": list(map(_document, rows))}, models.PermalinkList)


@blueprint.post("")
@operation(
    "makePermalink",
    tag=_TAG,
    answer=models.Permalink,
    example=models.EXAMPLE,
    request_example=models.EXAMPLE_ORDER,
    status=201,
    is_change=True,
    problems=[Kind.NOT_FOUND],
)
@needs(MAKE_PERMALINK)
def make(json: models.PermalinkOrder) -> Answer[models.Permalink]:
    """Make an address that shows one page of the past without signing in.

    A repeat with the same Idempotency-Key makes one.
    """
    app = application()
    permalink_id = app.ledger.identity.permalink_id(request_id("permalink"))
    if not app.ledger.reader.load(PermalinkAggregate, permalink_id).exists:
        app.ledger.execute(_make(json, permalink_id)).result()
    return fitted(_document(_row(permalink_id)), models.Permalink), 201


def _make(json: models.PermalinkOrder, permalink_id: str) -> MakePermalink:
    """Return the command, once the page was shown as its readers see it. Raises a problem."""
    app = application()
    with current_app.extensions[PAGES].app_context():
        try:
            page = page_at(json.page)
        except BadInput as error:
            raise invalid(str(error), pointer="/page") from error
        page_of(page, json.shows_numbers, app.scope)
    return MakePermalink(
        permalink_id=permalink_id,
        page=page,
        expires_at=app.clock.now() + timedelta(days=json.days),
        shows_numbers=json.shows_numbers,
        by=caller().actor,
    )


@blueprint.post("/<permalink_id>/revoke")
@operation(
    "revokePermalink",
    tag=_TAG,
    answer=models.Permalink,
    example=models.EXAMPLE,
    is_change=True,
    problems=[Kind.NOT_FOUND],
)
@needs(REVOKE_PERMALINK)
def revoke(permalink_id: str) -> Answer[models.Permalink]:
    """End a permalink now: its address shows nothing any more. One that is revoked stays so."""
    command = RevokePermalink(permalink_id, caller().actor)
    try:
        application().ledger.execute(command).result()
    except Refused:
        if not _row(permalink_id).permalink.is_revoked:
            raise
    return fitted(_document(_row(permalink_id)), models.Permalink)


def _row(permalink_id: str) -> PermalinkRow:
    for row in permalinks(application().ledger.reader):
        if row.permalink_id == permalink_id:
            return row
    raise NotFound(f"There is no permalink {permalink_id}.")


def _document(row: PermalinkRow) -> dict[str, Any]:
    app, moment = application(), past()
    public_url = app.settings.shown_public_url or request.url_root.rstrip("/")
    at = None if moment is None else moment.at
    return permalink_document(app, row, caller().actor, public_url, at)
