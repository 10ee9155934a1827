"""ETags of pages of the past: such a page stays the same, so who has it need not get it again.

The page is made before its tag is compared. So nobody gets a 304 who may not see the page, and
what was forgotten since, or a name that staff have now, changes the tag.
"""

import hashlib
import re

from flask import Flask, g, request
from werkzeug.wrappers import Response

from webapp.pages.moments import past

_TIME_BAR = re.compile(rb'<section class="time-bar.*?</section>', re.DOTALL)
"""Its slider ends at the newest event."""


def init_past_tags(app: Flask) -> None:
    """Let the app answer 304 where the reader has the page of the past that it asks for."""
    app.after_request(_with_tag)


def _with_tag(response: Response) -> Response:
    if request.endpoint == "security.logout":
        response.headers["Clear-Site-Data"] = '"cache"'
    is_page = response.status_code == 200 and response.mimetype == "text/html"
    if past() is None or request.method not in ("GET", "HEAD") or not is_page:
        return response
    if "ETag" not in response.headers:  # a live block has its own
        response.set_etag(_digest(response.get_data()), weak=True)
    return response.make_conditional(request)


def _digest(page: bytes) -> str:
    """Hash what the page shows, without the time bar and the token that differs each time."""
    moment, token = past(), str(g.get("csrf_token", "")).encode()
    shown = _TIME_BAR.sub(b"", page)
    if token:
        shown = shown.replace(token, b"")
    return hashlib.sha256(repr(moment).encode() + shown).hexdigest()[:24]
