"""A page whose main block keeps itself up to date: one address gives the page, or the block alone.

static/ledger.js asks again with the tag of what it shows, and gets 304 while that is still so.
"""

import hashlib
from dataclasses import dataclass
from typing import Any

from flask import make_response, render_template, request
from markupsafe import Markup, escape
from werkzeug.wrappers import Response

from ledger.domain.vocabulary import DeliveryStatus
from projections.campaigns.rows import Counts
from webapp.explain.numbers import counted, number
from webapp.explain.statuses import STATUS_LABELS
from webapp.whole_numbers import is_whole_number


@dataclass(frozen=True)
class Block:
    """The inside of a live block, and the tag by which it is known again."""

    html: Markup
    tag: str
    """As the ETag header gives it, with its quotes."""


def make_block(template: str, counts: Counts | None = None, **context: Any) -> Block:
    """Render a block; `counts` go into its tag, so that `answer` can tell what has moved.

    A block holds no form: a CSRF token differs each time, and so would the tag.
    """
    html = render_template(template, **context)
    digest = hashlib.sha256(html.encode()).hexdigest()[:24]
    numbers = [str(getattr(counts, status)) for status in DeliveryStatus] if counts else []
    return Block(Markup(html), f'"{"-".join([digest, *numbers])}"')  # noqa: S704 - Jinja escaped it


def is_asked_for() -> bool:
    """Whether the script asks for the block alone."""
    return "X-Live" in request.headers


def answer(block: Block, counts: Counts | None = None) -> Response:
    """The block alone, with a sentence on what changed; 304 where the reader has it already."""
    html = block.html + _summary(counts) if counts else block.html
    response = make_response(html)
    response.headers["ETag"] = block.tag
    return response.make_conditional(request)


def _summary(counts: Counts) -> Markup:
    """What has moved since the tag that the reader holds: "3 contacts changed: 2 delivered …"."""
    known = request.headers.get("If-None-Match", "").strip('"').split("-")[1:]
    if len(known) != len(DeliveryStatus) or not all(is_whole_number(each) for each in known):
        return Markup()
    gained = {
        status: getattr(counts, status) - int(before)
        for status, before in zip(DeliveryStatus, known, strict=True)
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
