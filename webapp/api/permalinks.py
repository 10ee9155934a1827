"""Permalinks: the list, and the end of one."""

from typing import Any

from flask import Blueprint, request

from ledger.commands.permalinks import RevokePermalink
from ledger.errors import NotFound, Refused
from webapp.acts import REVOKE_PERMALINK
from webapp.api.authentication import caller
from webapp.api.fitting import fitted
from webapp.api.models import permalinks as models
from webapp.api.operations import Answer, operation
from webapp.api.problem_types import Kind
from webapp.current import application
from webapp.permalink_tokens import permalink_document
from webapp.permalinks import PermalinkRow, permalinks
from webapp.permissions import Permission, needs

blueprint = Blueprint("permalinks", __name__, url_prefix="/permalinks")

_TAG = "Permalinks"


@blueprint.get("")
@operation("listPermalinks", tag=_TAG, answer=models.PermalinkList, example=models.EXAMPLE_LIST)
@needs(Permission.SEE_WORDS)
def index() -> Answer[models.PermalinkList]:
    """List all permalinks, the newest first; only who made one gets its address."""
    rows = permalinks(application().ledger.reader)
    return fitted({"items": list(map(_document, rows))}, models.PermalinkList)


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
    app = application()
    public_url = app.settings.shown_public_url or request.url_root.rstrip("/")
    return permalink_document(app, row, caller().actor, public_url)
