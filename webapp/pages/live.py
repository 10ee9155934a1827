"""Live blocks: an address serves a whole page, or the block in it that keeps itself up to date.

static/ledger.js sends the tag of the block that it shows, and gets 304 until the block changes.
"""

import hmac
from dataclasses import dataclass
from typing import Any

from flask import current_app, make_response, render_template, request
from markupsafe import Markup, escape
from werkzeug.wrappers import Response

from ledger.domain.vocabulary import DeliveryStatus
from projections.campaigns.rows import Counts
from webapp.explain.numbers import counted, number
from webapp.explain.statuses import STATUS_LABELS
from webapp.whole_numbers import is_whole_number


@dataclass(frozen=True)
class Block:
    """The inside of a live block, and its tag."""

    html: Markup
    tag: str
    """As in the ETag header, with quotes."""


def make_block(template: str, counts: Counts | None = None, **context: Any) -> Block:
    """Render a block. `counts` become part of its tag, so that `answer` can say what changed.

    A block holds no form, because a CSRF token would change the tag each time. The tag is made with
    a secret, or a reader whose block is masked could try numbers until one has this tag.
    """
    html = render_template(template, **context)
    secret = str(current_app.config["SECRET_KEY"]).encode()
    digest = hmac.new(secret, html.encode(), "sha256").hexdigest()[:24]
    numbers = [str(getattr(counts, status)) for status in DeliveryStatus] if counts else []
    return Block(Markup(html), f'"{"-".join([digest, *numbers])}"')  # noqa: S704 - Jinja escaped it


def is_asked_for() -> bool:
    """Return whether the script asks for the block alone."""
    return "X-Live" in request.headers


def answer(block: Block, counts: Counts | None = None) -> Response:
    """Answer with the block and a sentence on what changed; 304 if the reader has this block."""
    html = block.html + _summary(counts) if counts else block.html
    response = make_response(html)
    response.headers["ETag"] = block.tag
    return response.make_conditional(request)


def _summary(counts: Counts) -> Markup:
    """Say what changed since the reader's tag: "3 contacts changed: 2 delivered, 1 failed"."""
    old_counts = request.headers.get("If-None-Match", "").strip('"').split("-")[1:]
    if len(old_counts) != len(DeliveryStatus) or not all(map(is_whole_number, old_counts)):
        return Markup()
    gained = {
        status: getattr(counts, status) - int(before)
        for status, before in zip(DeliveryStatus, old_counts, strict=True)
    }
    changes = [
        f"{number(more)} {STATUS_LABELS[status].lower()}"
        for status, more in gained.items()
        if more > 0
    ]
    moved = sum(more for more in gained.values() if more > 0)
    if not moved:
        return Markup()
    sentence = escape(f"{counted(moved, 'contact')} changed: {', '.join(changes)}")
    return Markup('<span data-live-summary="{}" hidden></span>').format(sentence)
