"""Makes the parameters of forms and queries encodable, so that they can be stored and shown."""

from typing import Any

from flask import Flask, Request, abort, request
from werkzeug.datastructures import ImmutableMultiDict, iter_multi_items

from ledger.messages.outside_text import encodable


class _Parameters(ImmutableMultiDict[str, Any]):
    """Form or query parameters; files pass as they are."""

    def __init__(self, mapping: Any = None) -> None:
        pairs = iter_multi_items(mapping or ())
        super().__init__([(encodable(name), _encodable(value)) for name, value in pairs])


def init_parameters(app: Flask) -> None:
    """Make `args` and `form` of the app's requests encodable; their body stays raw."""
    app.request_class = _EncodableRequest
    app.before_request(_check_path)


def _check_path() -> None:
    """Answer 404 for a path with NUL, which names nothing, and which PostgreSQL does not take."""
    if "\0" in request.path:
        abort(404)


class _EncodableRequest(Request):
    parameter_storage_class = _Parameters


def _encodable(value: Any) -> Any:
    return encodable(value) if isinstance(value, str) else value
