"""The newest checkpoint, for anyone who keeps checkpoints. No sign-in, no personal data."""

from flask import Blueprint, Response

from webapp.current import application

blueprint = Blueprint("checkpoint", __name__)


@blueprint.get("/checkpoint")
def checkpoint() -> Response:
    """Return the signed note as plain text; 404 before the first checkpoint."""
    latest = application().checkpoints.latest()
    if latest is None:
        return Response("No checkpoint was made yet.\n", status=404, mimetype="text/plain")
    return Response(latest.note, mimetype="text/plain", headers={"Cache-Control": "no-store"})
