"""The web app of a witness: `add-checkpoint`, and the last checkpoint of each log for everybody.

The addresses and statuses are those of https://c2sp.org/tlog-witness.
"""

from flask import Flask, Response, request

from ledger.errors import BadInput, BadSetting, LedgerError, StoreUnavailable
from ledger.proof.witness import (
    Inconsistent,
    NotSigned,
    OtherSize,
    TooSmall,
    UnknownLog,
    Witness,
)
from ledger.proof.witnesses import SIZE_TYPE

_LARGEST_BODY = 64 * 1024
_STATUSES: dict[type[LedgerError], int] = {
    BadInput: 400,
    TooSmall: 400,
    NotSigned: 403,
    UnknownLog: 404,
    OtherSize: 409,
    Inconsistent: 422,
    BadSetting: 503,
    StoreUnavailable: 503,
}


def create_witness(witness: Witness) -> Flask:
    """Return the app of that witness; it needs no ledger and no account."""
    app = Flask(__name__, static_folder=None)
    app.config["MAX_CONTENT_LENGTH"] = _LARGEST_BODY

    @app.post("/add-checkpoint")
    def add_checkpoint() -> Response:
        return _text(witness.add(_body()))

    @app.get("/<origin_hash>/checkpoint")
    def checkpoint(origin_hash: str) -> Response:
        note = witness.latest(origin_hash)
        return _text("No checkpoint was cosigned.\n", 404) if note is None else _text(note)

    @app.errorhandler(OtherSize)
    def other_size(error: OtherSize) -> Response:
        return Response(f"{error.size}\n", _STATUSES[OtherSize], content_type=SIZE_TYPE)

    @app.errorhandler(LedgerError)
    def refused(error: LedgerError) -> Response:
        return _text(f"{error}\n", _STATUSES.get(type(error), 503))

    return app


def _body() -> str:
    try:
        return request.get_data().decode()
    except UnicodeDecodeError as error:
        raise BadInput("the request is no text in UTF-8") from error


def _text(text: str, status: int = 200) -> Response:
    return Response(text, status, mimetype="text/plain")
