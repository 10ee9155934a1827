"""The legal holds in force on campaigns, read from their stream."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ledger.domain.campaign_legal_holds import STREAM
from ledger.domain.events import CampaignLegalHoldPlaced, CampaignLegalHoldReleased
from webapp.bootstrap import Application
from webapp.documents import iso
from webapp.explain.event_problems import problem_among, sound

_MAY_BE_WRONG = "A legal hold may be missing here, or may have been released."


@dataclass(frozen=True, kw_only=True)
class CampaignLegalHold:
    """A legal hold on a campaign, in force."""

    campaign_id: str
    number: int
    reason: str
    placed_at: datetime
    by: str
    """The name of the person who placed it, or the id where there is no such account."""
    seq: int
    """Of the event that placed it."""


@dataclass(frozen=True, kw_only=True)
class CampaignLegalHoldsInForce:
    """The legal holds on campaigns in force, as far as the events say."""

    holds: Sequence[CampaignLegalHold]
    """In the order of placing."""
    problem: str | None
    """Why they may be wrong, in a sentence; None where every event is sound."""


def campaign_legal_holds(
    app: Application, until: int | None = None, *, campaign_id: str | None = None
) -> CampaignLegalHoldsInForce:
    """Return those on all campaigns or on one, now or as of a seq."""
    events = app.ledger.reader.stream(STREAM)
    if until is not None:
        events = [recorded for recorded in events if recorded.seq <= until]
    names, holds = app.accounts.names(), {}
    for recorded in sound(events):
        match recorded.event:
            case CampaignLegalHoldPlaced() as event:
                holds[event.campaign_id, event.number] = CampaignLegalHold(
                    campaign_id=event.campaign_id,
                    number=event.number,
                    reason=event.private.reason if event.private else "",
                    placed_at=recorded.recorded_at,
                    by=names.get(event.actor, event.actor),
                    seq=recorded.seq,
                )
            case CampaignLegalHoldReleased() as event:
                holds.pop((event.campaign_id, event.number), None)
    problem = problem_among(events)
    return CampaignLegalHoldsInForce(
        holds=[
            hold
            for hold in holds.values()
            if campaign_id in {None, hold.campaign_id} and _is_seen(app, hold)
        ],
        problem=f"{problem} {_MAY_BE_WRONG}" if problem else None,
    )


def _is_seen(app: Application, hold: CampaignLegalHold) -> bool:
    return app.visibility is None or app.visibility.sees(hold.campaign_id)


def campaign_legal_hold_document(hold: CampaignLegalHold, name: str) -> dict[str, Any]:
    """Return a legal hold as `campaign holds --json` prints it."""
    return {
        "campaign_id": hold.campaign_id,
        "campaign": name,
        "hold": hold.number,
        "reason": hold.reason,
        "placed_at": iso(hold.placed_at),
        "by": hold.by,
        "seq": hold.seq,
    }
