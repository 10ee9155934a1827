"""How a view reaches the application object.

The command line and the background threads do not use this: they get the object as an argument.
"""

from flask import Flask, Request, current_app, g
from flask.globals import request_ctx

from ledger.domain.offices import Scope
from webapp.bootstrap import Application

_KEY = "delivery-ledger"
_LIMITED = "limited_application"
"""The name in `flask.g` of the application of somebody who does not see all offices."""


def bind(app: Flask, application: Application) -> None:
    """Give the Flask app its application object, once, when the app is made."""
    app.extensions[_KEY] = application


def application() -> Application:
    """Return the application object behind this request.

    For somebody of certain offices it shows theirs alone.
    """
    bound: Application = current_app.extensions[_KEY]
    limited: Application | None = g.get(_LIMITED)
    return limited or bound


def current_request() -> Request:
    """Return the request itself. `flask.request` looks it up again for each of its attributes."""
    return request_ctx.request


def limit_to(scope: Scope) -> None:
    """Let the rest of this request have the application with the offices of a scope alone."""
    whole: Application = current_app.extensions[_KEY]
    if not scope.is_everything:
        setattr(g, _LIMITED, whole.within(scope))
