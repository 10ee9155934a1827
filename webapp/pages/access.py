"""The record of access on pages: what they put into it, and what it says about one contact.

Readers of a permalink are not signed in; that they read it is recorded by `webapp/pages/shared.py`.
"""

from collections.abc import Sequence

from ledger.commands.access import Export
from ledger.domain.vocabulary import ViewPlace
from ledger.store.search import Kind, Search
from webapp.audit.names import AuditNames
from webapp.audit.rows import AuditRows, Row
from webapp.current import application
from webapp.pages.common import actor, until_seq
from webapp.pages.shareable_pages import is_shared

_SHOWN = 10


def record_view(contact_id: str | None, place: ViewPlace) -> None:
    """Record that the page shows words of this person."""
    if not is_shared():
        application().access_recorder.view(actor(), contact_id, place)


def record_preview(contact_id: str, campaign_id: str) -> None:
    """Record that the page shows a message as this contact reads it."""
    if not is_shared():
        application().access_recorder.preview(actor(), contact_id, campaign_id)


def record_export(export: Export) -> None:
    """Record that the answer is a file with these data."""
    application().access_recorder.export(actor(), export)


def access_to(contact_id: str) -> tuple[Sequence[Row], bool]:
    """Return the newest records of access to this contact, and whether there are more."""
    app, until = application(), until_seq()
    search = Search(
        contact_ids=(contact_id,), kind=Kind.ACCESS, before=None if until is None else until + 1
    )
    events = app.ledger.reader.search(search.newest(), _SHOWN + 1)
    rows = AuditRows(AuditNames(app, until)).of(events[:_SHOWN]) if events else []
    return rows, len(events) > _SHOWN
