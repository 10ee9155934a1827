"""The cookie of a device on which people signed in, so that others' guesses do not lock them out.

It opens nothing: it says under which limit this device signs in with those accounts alone. What
ends all access of an account, such as a new password, makes its devices unknown too.
"""

import secrets
from dataclasses import astuple, dataclass
from datetime import datetime, timedelta

from flask import Flask, Response, after_this_request, current_app, request
from itsdangerous import BadSignature, URLSafeSerializer

from ledger.clock import from_microseconds, to_microseconds
from webapp.addresses import reached

_COOKIE = "ledger_device"
_PATH = "/sign-in"
_KEPT_FOR = timedelta(days=180)
_MOST_OWNERS = 8
"""People who share a computer; the one who signed in longest ago is forgotten first."""


@dataclass(frozen=True)
class _Owner:
    """An account that signed in on this device."""

    user_id: str
    epoch: int
    device: str
    """The id of this device as that account's."""
    until: int
    """In microseconds since 1970 UTC."""


def known_device(user_id: str, epoch: int, now: datetime) -> str | None:
    """Return the id of this device, where this account signed in on it in this epoch."""
    of_account = (
        owner for owner in _owners(now) if (owner.user_id, owner.epoch) == (user_id, epoch)
    )
    return next((owner.device for owner in of_account), None)


def remember_device(user_id: str, epoch: int, now: datetime) -> None:
    """Let the answer to this request tell the browser that this account signed in on it."""
    device = known_device(user_id, epoch, now) or secrets.token_urlsafe(12)
    others = [owner for owner in _owners(now) if owner.user_id != user_id]
    owner = _Owner(user_id, epoch, device, to_microseconds(now + _KEPT_FOR))
    owners = [owner, *others][:_MOST_OWNERS]
    value = _serializer(current_app).dumps([astuple(each) for each in owners])
    is_https = current_app.config["SESSION_COOKIE_SECURE"]

    @after_this_request
    def set_cookie(response: Response) -> Response:
        response.set_cookie(
            _COOKIE,
            value,
            max_age=_KEPT_FOR,
            path=reached(_PATH),
            secure=is_https,
            httponly=True,
            samesite="Lax",
        )
        return response


def _owners(now: datetime) -> list[_Owner]:
    """Return whom the cookie of this request names, the latest first."""
    try:
        content = _serializer(current_app).loads(request.cookies.get(_COOKIE, ""))
    except BadSignature:
        return []
    owners = [_Owner(*each) for each in content]
    return [owner for owner in owners if from_microseconds(owner.until) > now]


def _serializer(app: Flask) -> URLSafeSerializer:
    return URLSafeSerializer(app.config["SECRET_KEY"], salt="owners of a device")
