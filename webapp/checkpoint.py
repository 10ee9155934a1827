"""The newest checkpoint and the hashes of the tree, for everybody. No sign-in, no personal data.

Below `/log/ID`, where ID is the end of the ledger's origin, the addresses are those of
https://c2sp.org/tlog-tiles.
"""

from flask import Blueprint, Response, abort

from ledger.proof.tiles import TileAddress
from webapp.current import application

blueprint = Blueprint("checkpoint", __name__)


@blueprint.get("/checkpoint")
def checkpoint() -> Response:
    """Return the signed note as plain text; 404 before the first checkpoint."""
    latest = application().checkpoints.latest()
    if latest is None:
        return Response("No checkpoint was made yet.\n", status=404, mimetype="text/plain")
    return Response(latest.note, mimetype="text/plain")


@blueprint.get("/log/<path:log>/checkpoint")
def log_checkpoint(log: str) -> Response:
    """Return the same below the ledger's origin; 404 for another one."""
    _check_log(log)
    return checkpoint()


@blueprint.get("/log/<path:log>/tile/<path:path>")
def tile(log: str, path: str) -> Response:
    """Return a tile of hashes; 404 where the newest checkpoint does not cover it."""
    _check_log(log)
    address, latest = TileAddress.parse(path), application().checkpoints.latest()
    if address is None or latest is None or not address.is_in(latest.size):
        abort(404)
    hashes = application().tiles.tile(address)
    return Response(hashes, mimetype="application/octet-stream")


def _check_log(log: str) -> None:
    """Answer 404 for another ledger, and for an earlier log of this one."""
    app = application()
    _, ledger_id, rest = app.checkpoints.origin.partition(app.ledger.ledger_id)
    if log != f"{ledger_id}{rest}":
        abort(404)
