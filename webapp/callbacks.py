"""Receives what Twilio posts: status callbacks and inbound texts.

The answer is 204, and comes only when the event is durable.
"""

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
from ledger.messages.outside_text import encodable
from webapp.current import application
from webapp.serving.inline import Promise

LARGEST_BODY = 64 * 1024
CALLBACKS = "/twilio/"
"""How the paths of these views begin; they wait for nothing but a commit."""
_FORM = "application/x-www-form-urlencoded"
_RETRY_AFTER_SECONDS = 5

_UNAVAILABLE = ServiceUnavailable(
    "The ledger cannot take this now.", retry_after=_RETRY_AFTER_SECONDS
)

blueprint = Blueprint("twilio", __name__, url_prefix="/twilio")


@blueprint.post("/status/<delivery_id>/<number:turn>/<token>")
def status(delivery_id: str, turn: int, token: str) -> Response:
    """A status callback for the attempt that its address names."""
    return _receive_status(CallbackAddress(delivery_id, turn, token))


@blueprint.post("/status", defaults={"address": ""})
@blueprint.post("/status/<path:address>")
def stray_status(address: str) -> Response:
    """A status callback to any other address: recorded as a stray."""
    return _receive_status(CallbackAddress(address, 0, ""))


@blueprint.post("/inbound")
def inbound() -> Response:
    """A text that a person sent to the school's number."""
    parameters = _genuine_form()
    form = dict(parameters)
    if not form.get("MessageSid") or not form.get("From"):
        raise BadRequest("A text needs MessageSid and From.")
    ledger, confirmation = application().ledger, application().settings.opt_out_confirmation
    command = ReceiveText.from_form(ledger.identity, parameters, confirmation)
    return _answer_when_durable(ledger.execute(command))


def _receive_status(address: CallbackAddress) -> Response:
    parameters = _genuine_form()
    codes, ledger = application().codes, application().ledger
    try:
        command = ReceiveCallback(ledger.identity, codes, address, parameters)
    except BadInput as error:
        raise BadRequest(str(error)) from error
    return _answer_when_durable(ledger.execute(command))


def _count_name(error: BaseException | None) -> str:
    if error is None:
        return "recorded"
    return "repeated" if isinstance(error, AlreadyRecorded) else "unavailable"


@blueprint.errorhandler(HTTPException)
def refused(error: HTTPException) -> HTTPException:
    """Count a refused request, and answer it with the usual page."""
    callback_counts(current_app)["refused"] += 1
    return error


def callback_counts(app: Flask) -> Counter[str]:
    """Count by "recorded", "repeated", "refused" and "unavailable": requests of this process."""
    counts: Counter[str] = app.extensions.setdefault("callback-counts", Counter())
    return counts


def _genuine_form() -> Parameters:
    """Return the form of a request that Twilio signed; answers 403, 413 or 415 to any other.

    The signature is over the words as they came; what is recorded can be encoded.
    """
    request.max_content_length = LARGEST_BODY
    body = request.get_data(cache=False)
    if request.mimetype != _FORM:
        raise UnsupportedMediaType(f"Callbacks are {_FORM}.")
    try:
        parameters = tuple(parse_qsl(body.decode(), keep_blank_values=True))
    except ValueError as error:
        raise Forbidden("The form cannot be read, so its signature cannot be right.") from error
    _check_signature(parameters)
    return tuple((encodable(name), encodable(value)) for name, value in parameters)


def _check_signature(parameters: Parameters) -> None:
    signature = request.headers.get("X-Twilio-Signature", "")
    public_url = application().settings.public_url
    if not signature or public_url is None:
        raise Forbidden("There is no signature, or LEDGER_PUBLIC_URL is not set.")
    url = public_url + _raw_path_and_query()
    if not application().provider.is_genuine(url, parameters, signature):
        raise Forbidden("The signature does not fit this request.")


def _raw_path_and_query() -> str:
    """Return path and query as Twilio signed them; `request.url` would decode them."""
    raw: str = request.environ["REQUEST_URI"]
    if not raw.startswith("/"):  # appended to the public URL it would change its host
        raise Forbidden("The target is not a path, so the signature cannot be right.")
    return raw


def _answer_when_durable(recorded: "Future[None]") -> Response:
    """Answer 204 for a recorded or repeated request, 503 while the store is unavailable."""
    counts = callback_counts(current_app)

    def refusal() -> AnyResponse | None:
        error = recorded.exception()
        counts[_count_name(error)] += 1
        if error is None or isinstance(error, AlreadyRecorded):
            return None
        if isinstance(error, LedgerError):
            return _UNAVAILABLE.get_response()
        raise error

    return Promise(recorded, refusal)
