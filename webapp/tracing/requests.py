"""The spans of requests: one in the process that has the port, one in that of the pages.

The address is in none of them, as it may hold a token; the route of the view is.
"""

from typing import Any

from flask import Flask, Response, request

from webapp import tracing
from webapp.serving.current_request import request_id
from webapp.serving.wsgi import Scope

_METHODS = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}


class TracedRequests:
    """An ASGI app that calls another one, and records a span for each request."""

    def __init__(self, app: Any) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Any, send: Any) -> None:
        """Answer a request."""
        if not tracing.is_on():
            await self._app(scope, receive, send)
            return
        method = scope["method"] if scope["method"] in _METHODS else "_OTHER"
        attributes = {"http.request.method": method, "delivery_ledger.request_id": request_id()}
        with tracing.span(method, attributes, is_server=True) as span:

            async def send_noting(message: Any) -> None:
                if message["type"] == "http.response.start":
                    span.add(http_response_status__code=message["status"])
                await send(message)

            await self._app(scope, receive, send_noting)


def name_spans(app: Flask) -> None:
    """Name the span of each request by the route of its view."""
    app.after_request(_name_span)


def _name_span(response: Response) -> Response:
    if tracing.is_on() and request.url_rule is not None:
        span = tracing.current()
        span.rename(f"{request.method} {request.url_rule.rule}")
        span.add(http_route=request.url_rule.rule)
    return response
