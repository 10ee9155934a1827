"""Whether this process can do its work, for whatever watches it; no sign-in, no personal data."""

from flask import Blueprint, Response, current_app, jsonify

from ledger.errors import StoreUnavailable
from webapp.bootstrap import Application

_RETRY_AFTER_SECONDS = 5

blueprint = Blueprint("health", __name__)


@blueprint.get("/health")
def health() -> Response:
    """200 with the ledger's head, how far the views are behind, and what they could not read."""
    found: Application = current_app.extensions["delivery-ledger"]
    try:
        head = found.ledger.head()
        behind = max(head - found.views.position().seq, 0)
        parked = len(found.views.parked())
    except StoreUnavailable as error:
        answer = jsonify(status="unavailable", words=str(error))
        answer.status_code = 503
        answer.headers["Retry-After"] = str(_RETRY_AFTER_SECONDS)
        return answer
    return jsonify(status="ok", head=head, behind=behind, parked=parked)
