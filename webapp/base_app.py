"""What the Flask apps have in common, whether they show pages or take callbacks."""

import re
from collections.abc import Callable
from types import TracebackType
from typing import Any

from flask import Flask, Request, Response, request
from werkzeug.exceptions import BadHost
from werkzeug.routing import BaseConverter, MapAdapter

from webapp.bootstrap import Application
from webapp.current import bind, current_request
from webapp.headers import LastHeaders
from webapp.tracing.requests import name_spans
from webapp.whole_numbers import DIGITS

_SLASHES = re.compile("//+")


class _App(LastHeaders):
    """Logs an error without the address of its request, which may hold a token."""

    def ensure_sync(self, func: Callable[..., Any]) -> Callable[..., Any]:
        """Return the function: none of this program is asynchronous, and looking takes a while."""
        return func

    def log_exception(
        self, exc_info: tuple[type, BaseException, TracebackType] | tuple[None, None, None]
    ) -> None:
        self.logger.error("An error at %s", request.endpoint, exc_info=exc_info)


class HostlessApp(_App):
    """Finds the view by the path alone: the Host of a request is not looked at.

    Several slashes in a row are one. Werkzeug would redirect such a request, to an address that
    needs the Host.
    """

    def create_url_adapter(self, request: Request | None) -> MapAdapter | None:
        """Return what finds the view of a request; Flask reads the Host three times for it."""
        if request is None:
            return None
        environ = request.environ
        return MapAdapter(
            self.url_map,
            server_name=f"{environ['SERVER_NAME']}:{environ['SERVER_PORT']}",
            script_name=request.root_path,
            subdomain="",
            url_scheme=request.scheme,
            path_info=_SLASHES.sub("/", request.path),
            default_method=request.method,
            query_args=environ.get("QUERY_STRING", ""),
        )


class _NumberConverter(BaseConverter):
    """`<number:seq>` in the address of a view. With anything else there, the address names nothing.

    Werkzeug's own `int` fails on a number of thousands of digits.
    """

    regex = DIGITS

    def to_python(self, value: str) -> int:
        """Return the number."""
        return int(value)


def bound_app(application: Application, *, kind: type[_App] = _App, **static: Any) -> Flask:
    """Return an app without views that reaches the application; `static` says of its files."""
    app = kind("webapp", **static)
    app.url_map.converters["number"] = _NumberConverter
    app.teardown_request(_forget_routing_exception)
    bind(app, application)
    name_spans(app)
    return app


def _forget_routing_exception(_error: BaseException | None) -> None:
    """Let go of the exception of an address without a view, whose traceback refers to its request.

    Otherwise both would stay in memory until a rare collection of garbage.
    """
    asked = current_request()
    if asked.routing_exception is not None:
        asked.routing_exception.__traceback__ = None
        asked.routing_exception = None


def refuse_bad_host() -> Response | None:
    """Refuse a Host that is no host name, such as `a..b`: no address can be made for it."""
    if isinstance(request.routing_exception, BadHost):
        return Response("The Host header is no host name.\n", 400, mimetype="text/plain")
    return None
