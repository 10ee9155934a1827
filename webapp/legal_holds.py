"""The legal holds in force, read from the events, for pages and commands."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import chain
from typing import Any

from ledger.domain.events import LegalHoldPlaced, LegalHoldReleased
from ledger.recorded_event import RecordedEvent
from ledger.store.search import Search
from projections.names import Person
from webapp.bootstrap import Application
from webapp.documents import iso
from webapp.explain.event_problems import problem_among, problem_in_streams, sound

LEGAL_HOLD_EVENTS = Search(topics=(LegalHoldPlaced.topic, LegalHoldReleased.topic))
_MAY_BE_WRONG = "A legal hold may be missing here, or may have been released."


@dataclass(frozen=True, kw_only=True)
class LegalHold:
    """A legal hold in force."""

    number: int
    contact_id: str
    """One contact of the phone; the legal hold is in force for all of them."""
    phone: str
    """The number as it was written; empty where none was known."""
    reason: str
    placed_at: datetime
    by: str
    """The name of the person who placed it, or the id where there is no such account."""
    seq: int
    """Of the event that placed it."""


@dataclass(frozen=True, kw_only=True)
class LegalHoldsInForce:
    """The legal holds in force, as far as the events say."""

    holds: Sequence[LegalHold]
    """In the order of placing."""
    problem: str | None
    """Why they may be wrong, in a sentence; None where every event is sound."""


def all_legal_holds(app: Application, until: int | None = None) -> LegalHoldsInForce:
    """Return those on all contacts, now or as of a seq."""
    events = app.ledger.reader.search(LEGAL_HOLD_EVENTS)
    if until is not None:
        events = [recorded for recorded in events if recorded.seq <= until]
    return LegalHoldsInForce(
        holds=legal_holds_in(events, app.accounts.names()),
        problem=_words_of(problem_among(events)),
    )


def legal_holds_on_person(
    streams: Sequence[Sequence[RecordedEvent]], names: Mapping[str, str]
) -> LegalHoldsInForce:
    """Return those on a person; `streams` are the events of each contact of the phone."""
    return LegalHoldsInForce(
        holds=legal_holds_in(chain.from_iterable(streams), names),
        problem=_words_of(problem_in_streams(*streams)),
    )


def legal_holds_in(events: Iterable[RecordedEvent], names: Mapping[str, str]) -> list[LegalHold]:
    """Return what is in force after these events, in the order of placing.

    A legal hold is recorded for every contact of the phone, and is returned once. `names` is user
    id → name of staff. Altered events and those that cannot be read do not count.
    """
    holds: dict[tuple[str, int], LegalHold] = {}
    for recorded in sound(events):
        match recorded.event:
            case LegalHoldPlaced() as event:
                holds[event.contact_id, event.number] = LegalHold(
                    number=event.number,
                    contact_id=event.contact_id,
                    phone=event.private.phone if event.private else "",
                    reason=event.private.reason if event.private else "",
                    placed_at=recorded.recorded_at,
                    by=names.get(event.actor, event.actor),
                    seq=recorded.seq,
                )
            case LegalHoldReleased() as event:
                holds.pop((event.contact_id, event.number), None)
    of_phones: dict[tuple[str, int], LegalHold] = {}
    for hold in sorted(holds.values(), key=lambda hold: hold.seq):
        of_phones.setdefault((hold.phone or hold.contact_id, hold.number), hold)
    return list(of_phones.values())


def _words_of(problem: str | None) -> str | None:
    return f"{problem} {_MAY_BE_WRONG}" if problem else None


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
