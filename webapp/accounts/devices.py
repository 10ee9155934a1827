"""The cookie of a device on which somebody signed in, so that others' guesses do not lock it out.

It opens nothing: it says under which limit this device signs in with that one account.
"""

import secrets

from flask import Flask, Response, after_this_request, current_app, request
from itsdangerous import BadSignature, URLSafeTimedSerializer

_COOKIE = "ledger_device"
_PATH = "/sign-in"
_KEPT_SECONDS = 180 * 24 * 3600


def known_device(user_id: str) -> str | None:
    """Return the id of this device, where this account signed in on it before."""
    try:
        content = _serializer(current_app).loads(
            request.cookies.get(_COOKIE, ""), max_age=_KEPT_SECONDS
        )
    except BadSignature:
        return None
    owner, device = content
    return str(device) if owner == user_id else None


def remember_device(user_id: str) -> None:
    """Let the answer to this request tell the browser that this account signed in on it."""
    value = _serializer(current_app).dumps([user_id, secrets.token_urlsafe(12)])
    is_https = current_app.config["SESSION_COOKIE_SECURE"]

    @after_this_request
    def set_cookie(response: Response) -> Response:
        response.set_cookie(
            _COOKIE,
            value,
            max_age=_KEPT_SECONDS,
            path=_PATH,
            secure=is_https,
            httponly=True,
            samesite="Lax",
        )
        return response


def _serializer(app: Flask) -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(app.config["SECRET_KEY"], salt="device of a sign-in")
