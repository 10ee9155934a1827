"""Live pages: the address of a page also serves the blocks in it that keep themselves up to date.

static/live.js sends the tag of what it shows, and gets 304 until a block changes. A tag is
"48210.29384913-3f9c2a7be01d…-482-3-15": the newest event and the minute of the answer, a code of
all blocks, and three counts. While event and minute stay the same nothing is rendered.
"""

import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import current_app, g, make_response, render_template, request
from markupsafe import Markup, escape
from werkzeug.wrappers import Response

from ledger.domain.vocabulary import DeliveryStatus
from projections.campaigns.rows import Counts
from webapp.addresses import here_with_query
from webapp.current import application
from webapp.explain.numbers import counted, number
from webapp.explain.statuses import STATUS_LABELS
from webapp.whole_numbers import is_whole_number

_NEVER = ""
"""The moment in the tag of blocks that change without an event: they are always made."""


@dataclass(frozen=True)
class Block:
    """The inside of a live block, and the id of its element."""

    id: str
    html: Markup


@dataclass(frozen=True)
class LivePage:
    """Where the script asks for the blocks of a page, and the tag of what the page shows."""

    url: str
    tag: str


def make_block(block_id: str, template: str, **context: Any) -> Block:
    """Render a block. It holds no form, because a CSRF token would change the tag each time."""
    return Block(block_id, Markup(render_template(template, **context)))  # noqa: S704 - Jinja escaped it


def is_asked_for() -> bool:
    """Return whether the script asks for the blocks alone."""
    return "X-Live" in request.headers


def page(
    blocks: Sequence[Block],
    counts: Counts | None = None,
    *,
    follows_ledger: bool = True,
    url: str | None = None,
) -> LivePage:
    """Return what the bar of a live page needs; `url` is that of the page where it is not given.

    With `counts`, the script can say what changed. Blocks that change without an event of the
    ledger, such as the progress of a file that is made, do not follow the ledger.
    """
    moment = _moment(g.get("head"), _now()) if follows_ledger else _NEVER
    return LivePage(url or here_with_query(), _tag(moment, [*blocks, _need_reply()], counts))


def answer(
    blocks: Sequence[Block], counts: Counts | None = None, *, follows_ledger: bool = True
) -> Response:
    """Answer with the blocks and a sentence on what changed; 304 if the reader has these blocks."""
    tag = page(blocks, counts, follows_ledger=follows_ledger).tag
    if _shown(_known_tag()) == _shown(tag):
        response = Response(status=304)
    else:
        parts = [
            Markup('<div data-block="{}">{}</div>').format(block.id, block.html)
            for block in [*blocks, _need_reply()]
        ]
        html = Markup().join([*parts, _summary(counts)])
        response = make_response(html)
    response.headers["ETag"] = tag
    return response


def answer_unchanged() -> Response | None:
    """Answer 304 before anything is read, where no event came since the reader's last answer."""
    tag = _known_tag()
    if not is_asked_for() or g.get("head") is None or g.get("behind"):
        return None
    if not tag.startswith(f'"{_moment(g.head, _now())}-'):
        return None
    response = Response(status=304)
    response.headers["ETag"] = tag
    return response


def _need_reply() -> Block:
    """Return the count in the navigation, which every live page keeps up to date."""
    return make_block("need-reply", "macros/need_reply.html")


def _now() -> datetime:
    return application().clock.now()


def _moment(seq: int | None, now: datetime) -> str:
    """Return the newest event and the minute: sentences such as "in 12 min" change with it."""
    return f"{seq}.{int(now.timestamp()) // 60}"


def _tag(moment: str, blocks: Sequence[Block], counts: Counts | None) -> str:
    """Make the tag with a secret, or a reader whose numbers are masked could try which fit it."""
    secret = str(current_app.config["SECRET_KEY"]).encode()
    html = "\0".join(f"{block.id}\0{block.html}" for block in blocks)
    digest = hmac.new(secret, html.encode(), "sha256").hexdigest()[:24]
    numbers = [str(getattr(counts, status)) for status in DeliveryStatus] if counts else []
    return f'"{"-".join([moment, digest, *numbers])}"'


def _known_tag() -> str:
    return request.headers.get("If-None-Match", "")


def _shown(tag: str) -> str:
    """Return the part of a tag that says what is shown, without the moment of the answer."""
    return tag.strip('"').partition("-")[2]


def _summary(counts: Counts | None) -> Markup:
    """Say what changed since the reader's tag: "3 contacts changed: 2 delivered, 1 failed"."""
    old_counts = _known_tag().strip('"').split("-")[2:]
    if counts is None or len(old_counts) != len(DeliveryStatus):
        return Markup()
    if not all(map(is_whole_number, old_counts)):
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
