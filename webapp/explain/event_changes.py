"""What an event meant when it was recorded: its stage, and what it changed."""

from collections.abc import Sequence
from dataclasses import dataclass

from ledger.domain.campaign import Campaign
from ledger.domain.campaign_legal_holds import CampaignLegalHolds
from ledger.domain.contact import Contact
from ledger.domain.delivery import fact_of
from ledger.domain.events import (
    CampaignEvent,
    CampaignLegalHoldEvent,
    ContactEvent,
    ContactForgotten,
    DeliveryEvent,
    Event,
    LegalHoldPlaced,
    LegalHoldReleased,
)
from ledger.domain.legal_holds import LegalHolds
from ledger.domain.standing import NOTHING_KNOWN, Standing, stage_of
from ledger.domain.vocabulary import CampaignState
from ledger.recorded_event import RecordedEvent
from webapp.explain.archive import archived_seq_of, is_up_to_archive
from webapp.explain.delivery_history import standing_of
from webapp.explain.reasons import REASON_LABELS
from webapp.explain.statuses import STAGE_NAMES, STATE_LABELS, STATUS_LABELS
from webapp.explain.times import full_text

Change = tuple[str, str | None, str | None]
"""Name, value before and value after: ("contact", "pending", "delivered"). None: not set."""

_OPT_OUT_WORDS = {True: "opted out", False: "may be texted"}

_STANDING_NAMES = (
    "contact",
    "message",
    "stage",
    "reason",
    "code",
    "attempts",
    "next attempt",
    "reports",
)


@dataclass(frozen=True, kw_only=True)
class Meaning:
    """What an event meant."""

    stage: str | None
    """The stage in words; None for an event that is not a fact about a delivery."""
    turn: int | None
    rank: int | None
    changes: Sequence[Change]
    is_after_archive: bool


def meaning_of(
    recorded: RecordedEvent, stream: Sequence[RecordedEvent], campaign: Sequence[RecordedEvent]
) -> Meaning:
    """Return the meaning of an event; `stream` is its stream up to and with it."""
    event = recorded.event
    fact = fact_of(event) if isinstance(event, DeliveryEvent) else None
    archived_seq = archived_seq_of(campaign)
    return Meaning(
        stage=STAGE_NAMES[stage_of(fact.rank)] if fact else None,
        turn=event.turn if isinstance(event, DeliveryEvent) else None,
        rank=fact.rank if fact else None,
        changes=_changes(event, stream, archived_seq),
        is_after_archive=isinstance(event, DeliveryEvent)
        and not is_up_to_archive(recorded.seq, archived_seq),
    )


def _changes(
    event: Event, stream: Sequence[RecordedEvent], archived_seq: int | None
) -> list[Change]:
    events = [recorded.event for recorded in stream]
    if isinstance(event, DeliveryEvent):
        counted = [e for e in stream if is_up_to_archive(e.seq, archived_seq)]
        before = [e for e in counted if e is not stream[-1]]
        return _of_standings(standing_of(before), standing_of(counted))
    if isinstance(event, CampaignEvent):
        old, new = (Campaign.from_events("", part).state for part in (events[:-1], events))
        return [("campaign", _state_words(old), _state_words(new))]
    if isinstance(event, CampaignLegalHoldEvent):
        return [_of_campaign_hold(event, events)]
    if isinstance(event, ContactForgotten):
        return [("personal data", "kept", "destroyed")]
    if isinstance(event, ContactEvent):
        return [_of_contact(event, *(Contact.from_events("", e) for e in (events[:-1], events)))]
    return []


def _of_contact(event: ContactEvent, before: Contact, after: Contact) -> Change:
    if isinstance(event, LegalHoldPlaced | LegalHoldReleased):
        return ("legal holds", _hold_words(before.legal_holds), _hold_words(after.legal_holds))
    return ("number", _OPT_OUT_WORDS[before.is_opted_out], _OPT_OUT_WORDS[after.is_opted_out])


def _of_campaign_hold(event: CampaignLegalHoldEvent, events: Sequence[Event]) -> Change:
    holds = [CampaignLegalHolds.from_events("", part) for part in (events[:-1], events)]
    old, new = (_hold_words(each.of(event.campaign_id)) for each in holds)
    return ("legal holds", old, new)


def _hold_words(holds: LegalHolds) -> str:
    return ", ".join(map(str, holds.in_force)) or "none"


def _state_words(state: CampaignState | None) -> str:
    return STATE_LABELS[state].lower() if state else "not launched"


def _of_standings(before: Standing, after: Standing) -> list[Change]:
    rows = zip(_STANDING_NAMES, _standing_words(before), _standing_words(after), strict=True)
    return [(name, old, new) for name, old, new in rows if (old, new) != (None, None)]


def _standing_words(standing: Standing) -> tuple[str | None, ...]:
    """Return the value of each of `_STANDING_NAMES` in words."""
    if standing == NOTHING_KNOWN:
        return (None,) * len(_STANDING_NAMES)
    message = standing.message_status
    return (
        STATUS_LABELS[standing.status].lower(),
        STATUS_LABELS[message].lower() if message else None,
        STAGE_NAMES[standing.stage],
        REASON_LABELS[standing.reason] if standing.reason else None,
        standing.code,
        str(standing.attempts),
        full_text(standing.next_at) if standing.next_at else None,
        "contradict each other" if standing.is_conflict else None,
    )
