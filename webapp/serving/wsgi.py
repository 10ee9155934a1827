"""The WSGI environ of a request whose body has been read.

a2wsgi makes it from the ASGI scope. The scope is cleaned before that, and what a2wsgi does not
know is added afterwards.
"""

import sys
from collections.abc import Iterable
from typing import IO, Any, cast

from a2wsgi.asgi_typing import HTTPScope
from a2wsgi.wsgi import build_environ

Scope = dict[str, Any]
Environ = dict[str, Any]

RAW_TARGET = "delivery_ledger.raw_target"
"""In the scope: the target of the request, still percent-encoded: b"/twilio/status?a=%2B1"."""
SCRIPT_NAME = "delivery_ledger.script_name"
"""In the scope: the path below which browsers reach this program, as "/texts"; see prefix.py."""
_BODY = "delivery_ledger.body"
"""In the scope: the body as a file."""

_ABOUT_THE_BODY = {b"content-length", b"transfer-encoding"}


def header(scope: Scope, name: bytes) -> bytes | None:
    """Return the first header with this name, which is in lower case; None if there is none."""
    return next((value for given, value in scope["headers"] if given == name), None)


def with_body(scope: Scope, body: IO[bytes], size: int) -> Scope:
    """Return the scope with its body of `size` bytes, and with the headers that can be trusted.

    A header with an underscore is left out: in an environ, `X_From` could pass for `X-From`.
    """
    headers = [
        (name, value)
        for name, value in scope["headers"]
        if name not in _ABOUT_THE_BODY and b"_" not in name
    ]
    headers.append((b"content-length", b"%d" % size))
    return {**scope, "headers": headers, _BODY: body}


def environ_of(scope: Scope) -> Environ:
    """Return the environ of a scope that has its body."""
    environ = cast("Environ", build_environ(cast("HTTPScope", scope), scope[_BODY]))
    complete(environ)
    return environ


def complete(environ: Environ) -> None:
    """Add the raw target and the body to an environ of a2wsgi, and undo two of its defaults.

    a2wsgi writes errors to the standard output, and takes SCRIPT_NAME from the process.
    """
    scope: Scope = environ["asgi.scope"]
    environ["REQUEST_URI"] = scope[RAW_TARGET].decode("latin-1")
    environ["SCRIPT_NAME"] = scope.get(SCRIPT_NAME, "")
    environ["wsgi.input"] = scope[_BODY]
    environ["wsgi.errors"] = sys.stderr


def close(parts: Iterable[bytes]) -> None:
    """End an answer as PEP 3333 asks: Flask then ends its request."""
    getattr(parts, "close", lambda: None)()
