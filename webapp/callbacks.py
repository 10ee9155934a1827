"""What Twilio posts: status callbacks and texts that came in; answered 204 only once durable."""

from collections import Counter
from concurrent.futures import Future
from urllib.parse import parse_qsl

from flask import Blueprint, Flask, Response, current_app, request
from werkzeug.exceptions import (
    BadRequest,
    Forbidden,
    HTTPException,
    ServiceUnavailable,
    UnsupportedMediaType,
)
from werkzeug.wrappers import Response as AnyResponse

from ledger.commands.callbacks import CallbackAddress, ReceiveCallback
from ledger.commands.contacts import ReceiveText
from ledger.domain.events import Parameters
from ledger.errors import AlreadyRecorded, BadInput, LedgerError
from webapp.current import application
from webapp.serving.inline import Promise

LARGEST_BODY = 64 * 1024
CALLBACKS = "/twilio/"
"""What the paths of these views begin with; none of them waits for anything but a commit."""
_FORM = "application/x-www-form-urlencoded"
_RETRY_AFTER_SECONDS = 5

_CANNOT_TAKE_IT = ServiceUnavailable(
    "The ledger cannot take this now.", retry_after=_RETRY_AFTER_SECONDS
)

blueprint = Blueprint("twilio", __name__, url_prefix="/twilio")


@blueprint.post("/status/<delivery_id>/<number:turn>/<token>")
def status(delivery_id: str, turn: int, token: str) -> Response:
    """A status callback for the attempt that its address names."""
    return _receive(CallbackAddress(delivery_id, turn, token))


@blueprint.post("/status", defaults={"address": ""})
@blueprint.post("/status/<path:address>")
def stray_status(address: str) -> Response:
    """A status callback to an address we never gave out: kept as a stray."""
    return _receive(CallbackAddress(address, 0, ""))


@blueprint.post("/inbound")
def inbound() -> Response:
    """A text that somebody sent to the school's number."""
    parameters = _genuine_form()
    form = dict(parameters)
    if not form.get("MessageSid") or not form.get("From"):
        raise BadRequest("A text needs MessageSid and From.")
    ledger = application().ledger
    return _once_durable(ledger.execute(ReceiveText.from_form(ledger.identity, parameters)))


def _receive(address: CallbackAddress) -> Response:
    parameters = _genuine_form()
    codes, ledger = application().codes, application().ledger
    try:
        command = ReceiveCallback(ledger.identity, codes, address, parameters)
    except BadInput as error:
        raise BadRequest(str(error)) from error
    return _once_durable(ledger.execute(command))


def _name_of(error: BaseException | None) -> str:
    if error is None:
        return "recorded"
    return "repeated" if isinstance(error, AlreadyRecorded) else "unavailable"


@blueprint.errorhandler(HTTPException)
def refused(error: HTTPException) -> HTTPException:
    """Count a request that was not taken, and answer it as it would be."""
    tally_of(current_app)["refused"] += 1
    return error


def tally_of(app: Flask) -> Counter[str]:
    """How many callbacks and texts this process has recorded, heard again, refused, put off."""
    tally: Counter[str] = app.extensions.setdefault("callback-tally", Counter())
    return tally


def _genuine_form() -> Parameters:
    """The form of a request that Twilio signed; aborts with 413, 415 or 403 for any other."""
    request.max_content_length = LARGEST_BODY
    body = request.get_data(cache=False)
    if request.mimetype != _FORM:
        raise UnsupportedMediaType(f"Callbacks are {_FORM}.")
    try:
        parameters = tuple(parse_qsl(body.decode(), keep_blank_values=True))
    except ValueError as error:
        raise Forbidden("The form cannot be read, so its signature cannot be right.") from error
    _check_signature(parameters)
    return parameters


def _check_signature(parameters: Parameters) -> None:
    signature = request.headers.get("X-Twilio-Signature", "")
    public_url = application().settings.public_url
    if not signature or public_url is None:
        raise Forbidden("There is no signature, or LEDGER_PUBLIC_URL is not set.")
    url = public_url + _raw_path_and_query()
    if not application().provider.is_genuine(url, parameters, signature):
        raise Forbidden("The signature does not belong to this request.")


def _raw_path_and_query() -> str:
    """Path and query as they came over the wire; `request.url` would decode and so change them."""
    raw: str = request.environ["REQUEST_URI"]
    if not raw.startswith("/"):  # behind a host and port of ours it would read as part of them
        raise Forbidden("Twilio asks for a path, so the signature cannot be right.")
    return raw


def _once_durable(recorded: "Future[None]") -> Response:
    """204 when it is recorded, or was before; 503 where the ledger cannot take it."""
    tally = tally_of(current_app)

    def refusal() -> AnyResponse | None:
        error = recorded.exception()
        tally[_name_of(error)] += 1
        if error is None or isinstance(error, AlreadyRecorded):
            return None
        if isinstance(error, LedgerError):
            return _CANNOT_TAKE_IT.get_response()
        raise error

    return Promise(recorded, refusal)
