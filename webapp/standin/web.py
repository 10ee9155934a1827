"""Puts the exchange on the wire: Twilio's paths, basic auth, error bodies; two paths of ours."""

import hmac
import time
from collections.abc import Callable
from typing import Any

from flask import Flask, Response, jsonify, request

from webapp.serving.threaded import IS_CLIENT_GONE
from webapp.standin.behaviour import Answer
from webapp.standin.errors import TwilioError
from webapp.standin.exchange import Accepted, Exchange
from webapp.standin.message import API_VERSION
from webapp.standin.settings import StandInSettings

_MESSAGES = f"/{API_VERSION}/Accounts/<account_sid>/Messages"

Hold = Callable[[Callable[[], bool]], None]
"""Keeps a request waiting; is handed a question: has the client gone?"""


def create_app(settings: StandInSettings, exchange: Exchange, hold: Hold) -> Flask:
    """The WSGI application of a stand-in."""
    app = Flask(__name__, static_folder=None)
    app.register_error_handler(TwilioError, _refusal)
    app.register_error_handler(404, lambda _: _refusal(_not_found()))
    app.register_error_handler(405, lambda _: _refusal(TwilioError(20004, "Method not allowed.")))
    app.before_request(lambda: _check(settings))
    app.add_url_rule("/", view_func=exchange.health, endpoint="health")
    _add_message_routes(app, exchange, hold)
    app.add_url_rule(
        "/standin/inbound",
        view_func=lambda: (exchange.receive(request.form), 201),
        endpoint="inbound",
        methods=["POST"],
    )
    return app


def _add_message_routes(app: Flask, exchange: Exchange, hold: Hold) -> None:
    @app.post(f"{_MESSAGES}.json")
    def create(account_sid: str) -> Response:  # noqa: ARG001 - compared before every request
        return _answer(exchange.create(request.form), exchange, hold)

    @app.get(f"{_MESSAGES}.json")
    def list_messages(account_sid: str) -> dict[str, Any]:  # noqa: ARG001
        return exchange.list(request.args, request.path)

    @app.get(f"{_MESSAGES}/<sid>.json")
    def fetch(account_sid: str, sid: str) -> dict[str, Any]:  # noqa: ARG001
        return exchange.fetch(sid).as_json(time.time())

    @app.post(f"{_MESSAGES}/<sid>.json")
    def update(account_sid: str, sid: str) -> dict[str, Any]:  # noqa: ARG001
        return exchange.update(sid, request.form).as_json(time.time())


def _answer(accepted: Accepted, exchange: Exchange, hold: Hold) -> Response:
    """Answer a create; its callbacks follow the answer, unless none comes in time."""
    if accepted.answer is Answer.HOLD:
        exchange.release(accepted)
        hold(request.environ[IS_CLIENT_GONE])
    if accepted.answer is Answer.BREAK:
        response = _refusal(TwilioError(20500, "An internal error has occurred."))
    else:
        response = jsonify(accepted.message.as_created())
        response.status_code = 201
    if accepted.answer is not Answer.HOLD:
        response.call_on_close(lambda: exchange.release(accepted))
    return response


def _check(settings: StandInSettings) -> None:
    """Let in the account itself, and only on its own paths; the health page is open."""
    if request.path == "/":
        return
    given = request.authorization
    pair = (given.username or "", given.password or "") if given else ("", "")
    wanted = (settings.account_sid, settings.auth_token)
    if not all(map(_is_same, pair, wanted)):
        raise TwilioError(20003, "Authenticate")
    account_sid = (request.view_args or {}).get("account_sid", settings.account_sid)
    if account_sid != settings.account_sid:
        raise _not_found()


def _is_same(given: str, wanted: str) -> bool:
    return hmac.compare_digest(given.encode(), wanted.encode())


def _not_found() -> TwilioError:
    return TwilioError(20404, f"The requested resource {request.path} was not found")


def _refusal(error: TwilioError) -> Response:
    response = jsonify(error.body)
    response.status_code = error.status
    return response
