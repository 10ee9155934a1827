"""The time bar of every page: which moment it shows, and plain links and forms to others."""

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

from flask import g, request, url_for

from webapp.addresses import here
from webapp.as_of import Past
from webapp.current import application
from webapp.explain.times import place_of
from webapp.pages.moments import kept_fields, page_with_past, past
from webapp.pages.shareable_pages import can_be_shared
from webapp.steps import Step


@dataclass(frozen=True, kw_only=True)
class TimeBar:
    """What the bar shows. The address of each step is None where there is nothing to step to."""

    past: Past | None
    seq: int
    """The seq that the page shows."""
    head: int
    action: str | None
    """The path that both forms ask; None for this page."""
    fields: Mapping[str, str]
    """What both forms keep of the address."""
    steps: Mapping[Step, str | None]
    place: str
    """The zone of a time that is written there, as people call it: "New York"."""
    text: str
    """What stands in the field: the words that were asked for."""
    permalink_url: str | None
    """Where a permalink of the page is made; None where there can be none."""


def time_bar() -> TimeBar | None:
    """Return the bar of this page; None while the ledger is empty or cannot be read."""
    head: int | None = g.get("head")
    if not head:
        return None
    moment = past()
    seq = head if moment is None else moment.seq
    is_at_end = seq >= head
    path = page_with_past()
    is_here = path == here()
    fields = kept_fields() if is_here else {}
    steps = {
        step: None
        if (is_at_end and step in (Step.NEXT, Step.LAST))
        or (seq <= 1 and step in (Step.FIRST, Step.PREVIOUS))
        else f"{path}?{urlencode({**fields, 'as_of': seq, 'step': step})}"
        for step in Step
    }
    return TimeBar(
        past=moment,
        seq=seq,
        head=max(head, seq),
        action=None if is_here else path,
        fields=fields,
        steps=steps,
        place=place_of(application().settings.time_zone),
        text=request.args.get("as_of", ""),
        permalink_url=_permalink_url(seq) if moment else None,
    )


def _permalink_url(seq: int) -> str | None:
    if not can_be_shared(request.endpoint, request.view_args or {}):
        return None
    kept = {n: value for n, value in request.args.items() if n not in ("as_of", "step")}
    page = f"{request.path}?{urlencode({**kept, 'as_of': seq})}"
    return url_for("permalinks.new", page=page)
