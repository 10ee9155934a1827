"""How a view reaches the application object.

The command line and the background threads do not use this: they get the object as an argument.
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
