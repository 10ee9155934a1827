"""Limits each request for a page to the offices of who asks.

The readers of a permalink see what its maker sees.
"""

from flask import Flask
from flask_security import current_user

from webapp.current import limit_to
from webapp.offices.door import check_ids
from webapp.pages.common import shows_pages
from webapp.pages.shareable_pages import scope_of_readers


def init_office_limits(app: Flask) -> None:
    """Limit what later steps of the request have; they come after it was checked who asks."""
    app.before_request(_limit)


def init_id_checks(app: Flask) -> None:
    """Check the ids in each request, once the views are read on."""
    app.before_request(_check)


def _limit() -> None:
    scope = scope_of_readers()
    if scope is not None:
        limit_to(scope)
    elif shows_pages() and current_user.is_authenticated:
        limit_to(current_user.access.scope)


def _check() -> None:
    if shows_pages():
        check_ids()
