"""Whether this process can do its work, for whatever watches it; no sign-in, no personal data."""

from flask import Blueprint, Response, current_app, jsonify

from ledger.errors import StoreUnavailable
from webapp.bootstrap import Application

_RETRY_AFTER_SECONDS = 5

blueprint = Blueprint("health", __name__)


@blueprint.get("/health")
def health() -> Response:
    """200 with how far the ledger is and how far the views are behind it; else 503."""
    found: Application = current_app.extensions["delivery-ledger"]
    try:
        head = found.ledger.head()
        behind = max(head - found.views.position().seq, 0)
    except StoreUnavailable as error:
        answer = jsonify(status="unavailable", words=str(error))
        answer.status_code = 503
        answer.headers["Retry-After"] = str(_RETRY_AFTER_SECONDS)
        return answer
    return jsonify(status="ok", head=head, behind=behind)
