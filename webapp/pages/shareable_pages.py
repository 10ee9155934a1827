"""Which pages a permalink can show, and whether a page is being made for its readers.

For them a page is made by a request of the program's own, which nobody has signed in to. Its mark
stands in the environment, where no header of a client can put it.
"""

from collections.abc import Mapping

from flask import request

from ledger.domain.events import (
    ACCESS_TOPICS,
    ACCOUNT_TOPICS,
    CampaignLegalHoldPlaced,
    CampaignLegalHoldReleased,
    LegalHoldPlaced,
    LegalHoldReleased,
)
from ledger.domain.offices import Scope
from webapp.pages.fitting import may
from webapp.permissions import Permission

_MARK = "delivery_ledger.permalink"
"""Its value says whether the permalink shows numbers."""
_SCOPE = "delivery_ledger.permalink_scope"
"""Its value says which offices the maker of the permalink sees."""

_LEGAL_HOLDS = (
    *(LegalHoldPlaced, LegalHoldReleased),
    *(CampaignLegalHoldPlaced, CampaignLegalHoldReleased),
)
STAFF_TOPICS = ACCESS_TOPICS | ACCOUNT_TOPICS | {kind.topic for kind in _LEGAL_HOLDS}
"""Events that readers never see: who looked, whose account changed, and legal holds with their
reasons."""

SHAREABLE = frozenset(
    {
        *("campaigns.index", "campaigns.show", "campaigns.preview", "contacts.show"),
        *("conversations.show", "conversations.activity"),
        *("decisions.index", "possible_opt_outs.index", "opt_outs.index", "sending.show"),
        *("glossary.index", "audit.index", "audit.event"),
        *("comparing.totals", "comparing.campaign", "comparing.contact"),
    }
)
"""Endpoints of whole pages with a past; neither files nor parts, nor a list of conversations."""

FILTERS = frozenset(
    {
        *("status", "before", "after", "earlier", "view", "type", "actor", "campaign", "contact"),
        *("state", "delivery", "since", "until", "seq", "is", "routine", "from"),
    }
)
"""The parameters of an address that a permalink keeps.

None is for a name or a number, and none brings in the record of access, which readers never see.
"""


def can_be_shared(endpoint: str | None, place: Mapping[str, object]) -> bool:
    """Whether a permalink can show this page; `place` is the ids in its address."""
    is_one_conversation = endpoint != "conversations.activity" or bool(place.get("contact_id"))
    return endpoint in SHAREABLE and is_one_conversation


def marked(environ: dict[str, object], *, shows_numbers: bool, scope: Scope) -> dict[str, object]:
    """Return the environment of a request for the readers of a permalink."""
    return {**environ, _MARK: shows_numbers, _SCOPE: scope}


def scope_of_readers() -> Scope | None:
    """Return which offices the readers of a permalink see; None for any other request."""
    scope: Scope | None = request.environ.get(_SCOPE)
    return scope


def is_shared() -> bool:
    """Whether the page is made for readers of a permalink, who may see it."""
    return _MARK in request.environ and can_be_shared(request.endpoint, request.view_args or {})


def hides_words_of_staff() -> bool:
    """Whether the page is for readers who are not shown what staff wrote about a person.

    A permalink that shows numbers shows it too; a viewer is such a reader.
    """
    return not request.environ[_MARK] if is_shared() else not may(Permission.SEE_WORDS)


def hides_events_of_staff() -> bool:
    """Whether the page is for readers who are not shown `STAFF_TOPICS`."""
    return is_shared() or not may(Permission.SEE_WORDS)


def hides_texts() -> bool:
    """Whether the page is for a viewer, who is not shown what people wrote."""
    return not is_shared() and not may(Permission.SEE_WORDS)
