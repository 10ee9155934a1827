"""What the Flask apps have in common, whether they show pages or take callbacks."""

from types import TracebackType
from typing import Any

from flask import Flask, Response, request
from werkzeug.exceptions import BadHost
from werkzeug.routing import BaseConverter

from webapp.bootstrap import Application
from webapp.current import bind
from webapp.headers import LastHeaders
from webapp.tracing.requests import name_spans
from webapp.whole_numbers import DIGITS


class _App(LastHeaders):
    """Logs an error without the address of its request, which may hold a token."""

    def log_exception(
        self, exc_info: tuple[type, BaseException, TracebackType] | tuple[None, None, None]
    ) -> None:
        self.logger.error("An error at %s", request.endpoint, exc_info=exc_info)


class _NumberConverter(BaseConverter):
    """`<number:seq>` in the address of a view. With anything else there, the address names nothing.

    Werkzeug's own `int` fails on a number of thousands of digits.
    """

    regex = DIGITS

    def to_python(self, value: str) -> int:
        """Return the number."""
        return int(value)


def bound_app(application: Application, **static: Any) -> Flask:
    """Return an app without views that reaches the application; `static` says of its files."""
    app = _App("webapp", **static)
    app.url_map.converters["number"] = _NumberConverter
    app.teardown_request(_forget_routing_exception)
    bind(app, application)
    name_spans(app)
    return app


def _forget_routing_exception(_error: BaseException | None) -> None:
    """Let go of the exception of an address without a view, whose traceback refers to its request.

    Otherwise both would stay in memory until a rare collection of garbage.
    """
    if request.routing_exception is not None:
        request.routing_exception.__traceback__ = None
        request.routing_exception = None


def refuse_bad_host() -> Response | None:
    """Refuse a Host that is no host name, such as `a..b`: no address can be made for it."""
    if isinstance(request.routing_exception, BadHost):
        return Response("The Host header is no host name.\n", 400, mimetype="text/plain")
    return None
