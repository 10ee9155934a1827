"""The one way from a view to the application object behind it.

Outside a request nothing looks for it: the command line and the background threads are handed it.
"""

from flask import Flask, current_app

from webapp.bootstrap import Application

_KEY = "delivery-ledger"


def bind(app: Flask, application: Application) -> None:
    """Give the Flask app its application object, once, when the app is made."""
    app.extensions[_KEY] = application


def application() -> Application:
    """Return the application object behind this request."""
    bound: Application = current_app.extensions[_KEY]
    return bound
