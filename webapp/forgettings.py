"""Every forgetting that was ever recorded, read from the events, for its page and its command."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any

import msgspec

from ledger.domain.events import ContactForgotten
from ledger.errors import BadInput
from ledger.reader import LedgerReader
from ledger.recorded_event import RecordedEvent
from ledger.store.search import Search
from webapp.audit.rows import AuditRows, Row
from webapp.documents import iso

FORGETTINGS = Search(topics=(ContactForgotten.topic,))


@dataclass(frozen=True, kw_only=True)
class Forgetting:
    """One forgetting of one contact; of an altered event only the seq is shown."""

    row: Row
    is_stored_again: bool
    """Whether personal data of the contact was stored after it, as by a later upload."""


class ListedForgetting(msgspec.Struct):
    """What `forgetting_document` says, as far as it is read again; null for an altered event."""

    contact_id: str | None
    forgotten_at: Annotated[datetime, msgspec.Meta(tz=True)] | None


def forgettings_of(
    reader: LedgerReader, rows: AuditRows, events: Sequence[RecordedEvent]
) -> list[Forgetting]:
    """Return what is shown of each of these events."""
    with_key = reader.subjects_with_key([e.contact_id for e in events if e.contact_id])
    return [
        Forgetting(row=row, is_stored_again=row.contact_id in with_key) for row in rows.of(events)
    ]


def forgetting_document(forgetting: Forgetting) -> dict[str, Any]:
    """Return a forgetting as `contact forgotten --details --json` prints it."""
    row = forgetting.row
    return {
        "seq": row.seq,
        "contact_id": row.contact_id,
        "forgotten_at": iso(row.at),
        "by": row.who,
        "stored_again": forgetting.is_stored_again,
        "problem": row.problem,
    }


def read_forgettings(text: bytes) -> list[tuple[str, datetime]]:
    """Return the contact and the time of each forgetting of a list that was kept.

    Raises `BadInput` where it is no such list.
    """
    try:
        listed = msgspec.json.decode(text, type=list[ListedForgetting])
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise BadInput(
            "This is no list of forgettings. Give the file that `delivery-ledger contact forgotten "
            "--details --json` wrote."
        ) from error
    moments = [(each.contact_id, each.forgotten_at) for each in listed]
    return [(each, at) for each, at in moments if each and at]
