"""The headers of every answer, set last, so that no library's header stands in their place.

Nothing may be stored by a browser or a proxy, except what never changes and holds nobody's data:
static files at the address of their version, and tiles of hashes. What statuses mean, the API lets
a client keep for an hour.
"""

import hashlib
from pathlib import Path

from flask import Flask, Response, request

_FOR_EVER = "public, max-age=31536000, immutable"
_NEVER_CHANGE = {"static", "checkpoint.tile"}
"""Endpoints whose addresses answer with the same for ever."""
_FOR_AN_HOUR = "private, max-age=3600"
_CHANGE_WITH_THE_PROGRAM = {"statuses.show"}
"""Endpoints of the API that answer with the same until another version of the program runs."""

HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
        "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
}
_SECRET_ADDRESSES = {"shared.read", "accounts.link", "accounts.use_link"}
"""Endpoints of permalinks and sign-in links, whose addresses hold a secret token."""
_OF_SECRET_ADDRESSES = {"Referrer-Policy": "no-referrer", "X-Robots-Tag": "noindex"}
"""No other page learns such an address, and no search engine lists it."""


class LastHeaders(Flask):
    """An app whose answers get their headers after everything else, sessions included."""

    def process_response(self, response: Response) -> Response:
        """Set the headers."""
        response, endpoint = super().process_response(response), request.endpoint
        response.headers.update(HEADERS)
        if endpoint in _SECRET_ADDRESSES:
            response.headers.update(_OF_SECRET_ADDRESSES)
        response.headers["Cache-Control"] = "no-store"
        if endpoint in _CHANGE_WITH_THE_PROGRAM and response.status_code in {200, 304}:
            response.headers["Cache-Control"] = _FOR_AN_HOUR
        if endpoint in _NEVER_CHANGE and response.status_code in {200, 206, 304}:
            response.headers["Cache-Control"] = _FOR_EVER
            for name in ("Set-Cookie", "Vary", "Expires"):
                response.headers.pop(name, None)
        return response


def version_of(folder: Path) -> str:
    """Return a name for the content of all files of a folder, such as "3f9c2a7be01d"."""
    digest = hashlib.sha256()
    for file in sorted(path for path in folder.rglob("*") if path.is_file()):
        digest.update(repr(file.relative_to(folder)).encode() + file.read_bytes())
    return digest.hexdigest()[:12]
