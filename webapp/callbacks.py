"""Receives what Twilio sends: status callbacks and inbound texts.

The answer is 204, and comes only when the event is durable.
"""

from concurrent.futures import Future

from flask import Blueprint, Response, request
from werkzeug.exceptions import BadRequest, HTTPException, ServiceUnavailable
from werkzeug.wrappers import Response as AnyResponse

from ledger.commands.callbacks import CallbackAddress, ReceiveCallback
from ledger.commands.contacts import ReceiveText
from ledger.commands.stray_texts import ReceiveStrayText
from ledger.domain.events import Parameters, filled
from ledger.errors import AlreadyRecorded, BadInput, LedgerError
from webapp.bootstrap import Application
from webapp.callback_problems import Problem
from webapp.current import application, current_request
from webapp.serving.inline import Promise
from webapp.twilio_requests import (
    SIGNATURE,
    genuine_parameters,
    is_signed_by_twilio,
    looks_like_twilios,
)

LARGEST_BODY = 64 * 1024
CALLBACKS = "/twilio/"
"""How the paths of these views begin; they wait for nothing but a commit."""
_RETRY_AFTER_SECONDS = 5

_UNAVAILABLE = ServiceUnavailable(
    "The ledger cannot take this now.", retry_after=_RETRY_AFTER_SECONDS
)

blueprint = Blueprint("twilio", __name__, url_prefix="/twilio")


@blueprint.post("/status/<delivery_id>/<number:turn>/<token>", strict_slashes=False)
def status(delivery_id: str, turn: int, token: str) -> Response:
    """A status callback for the attempt that its address names."""
    return _receive(CallbackAddress(delivery_id, turn, token))


@blueprint.post("/status", defaults={"address": ""}, strict_slashes=False)
@blueprint.post("/status/<path:address>")
def stray_status(address: str) -> Response:
    """A status callback to any other address: recorded as a stray."""
    return _receive(CallbackAddress(address, 0, ""))


@blueprint.route("/inbound", methods=["GET", "POST"], strict_slashes=False)
def inbound() -> Response:
    """A text that a person sent to the school's number."""
    parameters = genuine_parameters(largest_body=LARGEST_BODY)
    if is_report(parameters):
        _count(Problem.WRONG_ADDRESS, request.path)
        return _receive_report(CallbackAddress("inbound", 0, ""), parameters)
    return _receive_text(parameters)


def take_from_elsewhere() -> Response | None:
    """Count a request that Twilio signed for an address where nothing is taken; keep a text."""
    if current_request().url_rule is not None or SIGNATURE not in request.headers:
        return None
    try:
        parameters = genuine_parameters(largest_body=LARGEST_BODY)
    except HTTPException:
        _count_refused()
        return None
    _count(Problem.WRONG_ADDRESS, request.path)
    return _receive_text(parameters) if is_text(parameters) else None


def is_text(parameters: Parameters) -> bool:
    """Whether parameters that came to another address are those of a text from a person."""
    form = filled(parameters)
    is_received = form.get("SmsStatus") == "received" or "Body" in form
    return "MessageSid" in form and "MessageStatus" not in form and is_received


def is_report(parameters: Parameters) -> bool:
    """Whether parameters that came to the address of texts report on a text that was sent."""
    return "MessageStatus" in filled(parameters) and "Body" not in dict(parameters)


def _receive(address: CallbackAddress) -> Response:
    parameters = genuine_parameters(largest_body=LARGEST_BODY)
    if is_text(parameters):
        _count(Problem.WRONG_ADDRESS, request.path)
        return _receive_text(parameters)
    return _receive_report(address, parameters)


def _receive_report(address: CallbackAddress, parameters: Parameters) -> Response:
    app = application()
    try:
        command = ReceiveCallback(app.ledger.identity, app.codes, address, parameters)
    except BadInput as error:
        raise BadRequest(str(error)) from error
    return _answer_when_durable(app, app.ledger.execute(command))


def _receive_text(parameters: Parameters) -> Response:
    form, app = filled(parameters), application()
    ledger = app.ledger
    if "MessageSid" not in form:
        raise BadRequest("A text needs MessageSid.")
    if "From" not in form:
        stray = ReceiveStrayText(ledger.identity, parameters)
        return _answer_when_durable(app, ledger.execute(stray))
    confirmation = app.settings.opt_out_confirmation
    command = ReceiveText.from_form(ledger.identity, parameters, confirmation)
    return _answer_when_durable(app, ledger.execute(command))


# Counts.


@blueprint.errorhandler(HTTPException)
def refused(error: HTTPException) -> AnyResponse:
    """Count a refused request, and answer it."""
    application().callback_counts["refused"] += 1
    _count_refused()
    return in_one_line(error)


def in_one_line(error: HTTPException) -> AnyResponse:
    """Return the answer to a refused request: one line of text, as nobody looks at a page."""
    answer = error.get_response()
    answer.set_data(f"{error.description or error.name}\n")
    answer.mimetype = "text/plain"
    return answer


def count_unsigned(app: Application) -> None:
    """Count a request that the server refused because nobody signed it."""
    app.callback_counts["refused"] += 1


def count_too_large(app: Application) -> None:
    """Count a request that the server refused because of its size, before it was read."""
    app.callback_counts["refused"] += 1
    app.callback_problems.add(Problem.WRONG_SIGNATURE)


def _count_refused() -> None:
    if is_signed_by_twilio():
        _count(Problem.UNUSABLE, request.path)
    elif looks_like_twilios():
        _count(Problem.WRONG_SIGNATURE, path="")


def _count(problem: Problem, path: str) -> None:
    application().callback_problems.add(problem, path)


def _answer_when_durable(app: Application, recorded: "Future[None]") -> Response:
    """Answer 204 for a recorded or repeated request, 503 while the store is unavailable."""

    def refusal() -> AnyResponse | None:
        if not recorded.done():  # it may still be recorded; Twilio posts it again meanwhile
            app.callback_counts["unavailable"] += 1
            return in_one_line(_UNAVAILABLE)
        return _outcome(app, recorded.exception())

    return Promise(recorded, refusal)


def _outcome(app: Application, error: BaseException | None) -> AnyResponse | None:
    """Count what became of a request; return its answer where that is not 204."""
    if error is None:
        app.callback_counts["recorded"] += 1
        return None
    if isinstance(error, AlreadyRecorded):
        app.callback_counts["repeated"] += 1
        app.repeated_callbacks.add(error.dedupe)
        return None
    if not isinstance(error, LedgerError):
        raise error
    app.callback_counts["unavailable"] += 1
    return in_one_line(_UNAVAILABLE)
