"""Tokens of the API: the list, and the end of one. No token makes others."""

from flask import Blueprint

from ledger.errors import Refused
from webapp.accounts.api_tokens import TokenState
from webapp.acts import MANAGE_SYSTEMS
from webapp.api.authentication import caller
from webapp.api.fitting import fitted
from webapp.api.models import settings as models
from webapp.api.operations import Answer, operation
from webapp.api.problem_types import Kind
from webapp.current import application
from webapp.permissions import needs
from webapp.token_documents import token_document

blueprint = Blueprint("tokens", __name__, url_prefix="/tokens")

_TAG = "Tokens"


@blueprint.get("")
@operation("listTokens", tag=_TAG, answer=models.TokenList, example=models.EXAMPLE_TOKENS)
@needs(MANAGE_SYSTEMS)
def index() -> Answer[models.TokenList]:
    """List every token, the newest first."""
    app = application()
    items = [token_document(app, each) for each in app.accounts.api_tokens.all()]
    return fitted({"items": items}, models.TokenList)


@blueprint.post("/<token_id>/revoke")
@operation(
    "revokeToken",
    tag=_TAG,
    answer=models.Token,
    example=models.EXAMPLE_TOKEN,
    is_change=True,
    problems=[Kind.NOT_FOUND],
)
@needs(MANAGE_SYSTEMS)
def revoke(token_id: str) -> Answer[models.Token]:
    """End a token now: nothing accepts it any more. One that is revoked stays so."""
    app = application()
    try:
        app.token_changes.revoke(token_id, caller().actor)
    except Refused:
        state = app.accounts.api_tokens.with_id(token_id).state_at(app.clock.now())
        if state is not TokenState.REVOKED:
            raise
    return fitted(token_document(app, app.accounts.api_tokens.with_id(token_id)), models.Token)
