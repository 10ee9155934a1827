"""Which pages a permalink can show, and whether a page is being made for its readers.

For them a page is made by a request of the program's own, which nobody has signed in to. Its mark
stands in the environment, where no header of a client can put it.
"""

from flask import request

from webapp.pages.moments import SHOWS_PAST

_MARK = "delivery_ledger.permalink"

SHAREABLE = SHOWS_PAST - {
    *("campaigns.home", "campaigns.search", "campaigns.head", "campaigns.contacts_csv"),
    *("contacts.head", "conversations.index"),
    *("opt_outs.search", "opt_outs.opt_outs_csv", "audit.search"),
    *("audit_exports.index", "audit_exports.csv", "audit_exports.ndjson"),
    *("audit_exports.csv_sha256", "audit_exports.ndjson_sha256"),
}
"""Endpoints of whole pages; neither files nor parts, nor a list of conversations."""

FILTERS = frozenset(
    {
        *("status", "before", "after", "earlier", "view", "type", "actor", "campaign", "contact"),
        *("delivery", "since", "until", "seq", "is", "routine", "access", "from"),
    }
)
"""The parameters of an address that a permalink keeps. None is for a name or a number."""


def marked(environ: dict[str, object]) -> dict[str, object]:
    """Return the environment of a request for the readers of a permalink."""
    return {**environ, _MARK: True}


def is_shared() -> bool:
    """Whether the page is made for readers of a permalink; only pages of `SHAREABLE` are."""
    return _MARK in request.environ and request.endpoint in SHAREABLE
