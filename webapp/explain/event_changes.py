"""What one event meant when it was recorded: its stage, and what it changed; and its raw words."""

from collections.abc import Sequence
from dataclasses import dataclass

import msgspec

from ledger.domain.campaign import Campaign
from ledger.domain.contact import Contact
from ledger.domain.delivery import fact_of
from ledger.domain.events import (
    CampaignArchived,
    CampaignEvent,
    ContactEvent,
    ContactForgotten,
    DeliveryEvent,
    Event,
    Form,
)
from ledger.domain.standing import Fact, Stage, Standing, stage_of
from ledger.recorded_event import RecordedEvent
from webapp.explain.event_summaries import data_of

Change = tuple[str, str | None, str | None]
"""What is meant, how it was before, and how it is after; None for what is not there."""

Pairs = list[tuple[str, str]]

_STAGES = {
    Stage.ENROLLED: "enrolled, or a resend asked for",
    Stage.STARTED: "attempt started",
    Stage.UNKNOWN: "outcome unknown",
    Stage.ACCEPTED: "accepted by Twilio",
    Stage.PUT_BACK: "put back, to be tried again",
    Stage.FAILED_WITHOUT_CODE: "failed without a code",
    Stage.SOFT_BOUNCE: "soft bounce, to be tried again",
    Stage.HARD_FAILURE: "hard failure",
    Stage.WITHDRAWN: "withdrawn: nothing more may be sent",
    Stage.DELIVERED: "delivered",
    Stage.READ: "read",
}

_WISHES = {True: "opted out", False: "may be texted"}


@dataclass(frozen=True, kw_only=True)
class Meaning:
    """What an event meant."""

    stage: str | None
    """The stage of its turn in words; None for what is no fact about a delivery."""
    turn: int | None
    rank: int | None
    changes: Sequence[Change]
    is_after_archive: bool


@dataclass(frozen=True)
class RawWords:
    """Everything the event holds."""

    recorded: Pairs
    """Its open fields."""
    sealed: Pairs
    """What is sealed in the ledger: numbers, names, texts, the provider's parameters."""
    is_sealed_shut: bool
    """Whether there is something sealed that no key at hand opens."""


def meaning_of(
    entry: RecordedEvent, stream: Sequence[RecordedEvent], campaign: Sequence[RecordedEvent]
) -> Meaning:
    """The meaning of the last entry of this stretch of its stream."""
    event = entry.event
    fact = fact_of(event) if isinstance(event, DeliveryEvent) else None
    cut = next((e.seq for e in campaign if isinstance(e.event, CampaignArchived)), entry.seq)
    return Meaning(
        stage=_STAGES[stage_of(fact.rank)] if fact else None,
        turn=event.turn if isinstance(event, DeliveryEvent) else None,
        rank=fact.rank if fact else None,
        changes=_changes(event, stream, cut),
        is_after_archive=isinstance(event, DeliveryEvent) and cut < entry.seq,
    )


def _changes(event: Event, stream: Sequence[RecordedEvent], cut: int) -> list[Change]:
    events = [entry.event for entry in stream]
    if isinstance(event, DeliveryEvent):
        facts = [(e, fact_of(e.event)) for e in stream if isinstance(e.event, DeliveryEvent)]
        before = [fact for e, fact in facts[:-1] if fact and e.seq <= cut]
        after = [fact for e, fact in facts if fact and e.seq <= cut]
        return _of_standings(_standing(before), _standing(after))
    if isinstance(event, CampaignEvent):
        old, new = (Campaign.from_events("", part).state for part in (events[:-1], events))
        return [("campaign", old or "not launched", new or "not launched")]
    if isinstance(event, ContactForgotten):
        return [("personal data", "kept", "destroyed")]
    if isinstance(event, ContactEvent):
        was, is_ = (Contact.from_events("", part).is_opted_out for part in (events[:-1], events))
        return [("number", _WISHES[was], _WISHES[is_])]
    return []


def _standing(facts: Sequence[Fact]) -> Standing | None:
    standing: Standing | None = None
    for fact in facts:
        standing = standing.with_fact(fact) if standing else Standing.of(fact)
    return standing


def _of_standings(before: Standing | None, after: Standing | None) -> list[Change]:
    old, new = _told(before), _told(after)
    return [(name, old[name], new[name]) for name in new if (old[name], new[name]) != (None, None)]


def _told(standing: Standing | None) -> dict[str, str | None]:
    names = ("contact", "message", "stage", "reason", "code", "attempts", "next attempt", "reports")
    if standing is None:
        return dict.fromkeys(names)
    at = standing.next_at
    values = (
        standing.status,
        standing.message_status,
        _STAGES[standing.stage],
        standing.reason.label if standing.reason else None,
        standing.code,
        str(standing.attempts),
        f"{at:%Y-%m-%d %H:%M:%S} UTC" if at else None,
        "contradict each other" if standing.is_conflict else None,
    )
    return {n: _word(v) if v else None for n, v in zip(names, values, strict=True)}


def _word(value: str) -> str:
    return str(value).replace("_", " ")


def raw_words(entry: RecordedEvent) -> RawWords:
    """Every field of the event but its place, as it is recorded."""
    data = data_of(entry.event)
    data.pop("private", None)
    private = getattr(entry.event, "private", None)
    return RawWords(
        recorded=[(name, _raw(value)) for name, value in data.items()],
        sealed=_sealed(private),
        is_sealed_shut=private is None and "private" in msgspec.json.decode(entry.row.state),
    )


def _sealed(private: object) -> Pairs:
    if private is None:
        return []
    if isinstance(private, Form):
        return list(private.parameters)
    plain: dict[str, object] = msgspec.to_builtins(private)
    return [(name, _raw(value)) for name, value in plain.items()]


def _raw(value: object) -> str:
    if value is None:
        return "–"
    return value if isinstance(value, str) else msgspec.json.encode(value).decode()
