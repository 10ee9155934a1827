"""Addresses of this app as browsers reach them: below the path of the public address.

`url_for` returns such addresses by itself; the path of a request, and one that is stored, lack it.
"""

from flask import request


def reached(path: str) -> str:
    """Return the address of a path of this app: "/campaigns" → "/texts/campaigns"."""
    return f"{request.script_root}{path}"


def here() -> str:
    """Return the address of this page, without its query."""
    return reached(request.path)


def here_with_query() -> str:
    """Return the address of this page."""
    return reached(request.full_path if request.query_string else request.path)
