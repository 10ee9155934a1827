"""The legal holds in force, read from the events, for pages and commands."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ledger.domain.events import LegalHoldPlaced, LegalHoldReleased
from ledger.recorded_event import RecordedEvent
from ledger.store.search import Search
from projections.names import Person
from webapp.documents import iso
from webapp.explain.event_problems import sound

LEGAL_HOLD_EVENTS = Search(topics=(LegalHoldPlaced.topic, LegalHoldReleased.topic))


@dataclass(frozen=True, kw_only=True)
class LegalHold:
    """A legal hold in force."""

    number: int
    contact_id: str
    reason: str
    placed_at: datetime
    by: str
    """The name of the person who placed it, or the id where there is no such account."""
    seq: int
    """Of the event that placed it."""


def legal_holds_in(events: Iterable[RecordedEvent], names: Mapping[str, str]) -> list[LegalHold]:
    """Return what is in force after these events, in the order of placing.

    `names` is user id → name of staff. Altered events and those that cannot be read do not count.
    """
    holds: dict[tuple[str, int], LegalHold] = {}
    for recorded in sound(events):
        match recorded.event:
            case LegalHoldPlaced() as event:
                holds[event.contact_id, event.number] = LegalHold(
                    number=event.number,
                    contact_id=event.contact_id,
                    reason=event.private.reason if event.private else "",
                    placed_at=recorded.recorded_at,
                    by=names.get(event.actor, event.actor),
                    seq=recorded.seq,
                )
            case LegalHoldReleased() as event:
                holds.pop((event.contact_id, event.number), None)
    return list(holds.values())


def legal_hold_document(hold: LegalHold, person: Person) -> dict[str, Any]:
    """Return a legal hold as `contact holds --json` prints it."""
    return {
        "contact_id": hold.contact_id,
        "phone": person.phone,
        "name": person.name,
        "hold": hold.number,
        "reason": hold.reason,
        "placed_at": iso(hold.placed_at),
        "by": hold.by,
        "seq": hold.seq,
    }
