"""Fits each page to the role of the person who opens it; a role that may do everything sees all."""

import re
from urllib.parse import urlsplit

from flask import Flask, Response, current_app, g, request
from werkzeug.exceptions import HTTPException
from werkzeug.routing import RequestRedirect

from webapp.accounts.guard import access_of_request, may_open
from webapp.explain.masked_numbers import without_numbers
from webapp.fitted_html import with_texts, without_controls
from webapp.permissions import Access, Permission

_ID = re.compile(r"\b[a-z]{3}_\w+|\b\d+\b")
"""Ids in an address: those with other ids are of the same route."""


def init_fitting(app: Flask) -> None:
    """Fit the app's pages, also those that say why something was refused."""
    app.after_request(_fit)


def may(permission: Permission) -> bool:
    """Return whether the person who opens this page has a permission; False for nobody."""
    access = access_of_request()
    return access is not None and access.may(permission)


def _fit(response: Response) -> Response:
    if response.mimetype != "text/html" or response.direct_passthrough or not response.response:
        return response
    access = access_of_request()
    if access is None or _may_everything(access):
        return response
    html = without_controls(response.get_data(as_text=True), _may_follow)
    if not access.may(Permission.SEE_NUMBERS):
        html = with_texts(html, without_numbers)
    response.set_data(html)
    return response


def _may_everything(access: Access) -> bool:
    return all(map(access.may, Permission))


def _may_follow(method: str, address: str) -> bool:
    """Return whether the person may open an address of these pages; others are not checked."""
    parts = urlsplit(address)
    if parts.netloc or not parts.path.startswith("/"):
        return True
    known: dict[tuple[str, str], bool] = g.setdefault("may_follow", {})
    key = method, _ID.sub("-", parts.path)
    if key not in known:
        known[key] = _is_open_to(method, parts.path)
    return known[key]


def _is_open_to(method: str, path: str) -> bool:
    adapter = current_app.url_map.bind_to_environ(request.environ)
    try:
        endpoint, _ = adapter.match(path.removeprefix(request.script_root), method)
    except (HTTPException, RequestRedirect):
        return True
    return may_open(endpoint)
