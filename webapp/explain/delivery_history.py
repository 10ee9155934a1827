"""What the sentence is made of: the fact that counts, its attempt, and what stands around them."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce

from ledger.domain.campaign import Campaign
from ledger.domain.delivery import fact_of
from ledger.domain.events import (
    AttemptAccepted,
    AttemptOutcomeUnknown,
    AttemptStarted,
    CampaignArchived,
    CampaignCreated,
    ContactEnrolled,
    ContactForgotten,
    ContactOptedIn,
    ContactOptedOut,
    DeliveryEvent,
    Event,
)
from ledger.domain.schedule import Schedule
from ledger.domain.standing import Fact, Stage, Standing, status_of
from ledger.domain.vocabulary import CampaignState, DeliveryStatus
from ledger.recorded_event import RecordedEvent


@dataclass(frozen=True, kw_only=True)
class Attempt:
    """One call to Twilio."""

    number: int
    started: RecordedEvent
    accepted: RecordedEvent | None


@dataclass(frozen=True, kw_only=True)
class Story:
    """A delivery as far as it counts: after archive nothing does (R14)."""

    enrolled: RecordedEvent
    decisive: RecordedEvent
    """The fact of greatest rank; among equals the first."""
    standing: Standing
    attempt: Attempt | None
    """The attempt that the decisive fact speaks of; None before any."""
    next_attempt: int
    """The number that another attempt would have."""
    state: CampaignState
    timing: Schedule
    """When the campaign may text."""
    zone: str
    """The contact's time zone."""
    state_event: RecordedEvent
    """What brought the campaign into its state."""
    opted_out: RecordedEvent | None
    """What opted the number out, where it is so now."""
    forgotten: RecordedEvent | None
    """What destroyed the number that this delivery was for."""
    contradictions: tuple[RecordedEvent, ...]
    """Bad news about attempts of which there is good news too."""
    doubt: RecordedEvent | None
    """The latest word that the outcome of that attempt is unknown."""
    is_sending_off: bool = False
    """Whether no attempt of any campaign starts."""
    late: RecordedEvent | None
    """What would count, had the campaign not been archived; None where the status is the same."""

    @property
    def candidates(self) -> tuple[str, ...]:
        """SIDs of which staff must say whether one is this text; empty where that is no question.

        The latest doubt of an attempt tells, and only while nothing outweighs it.
        """
        event = self.doubt.event if self.doubt else None
        is_open = self.standing.stage is Stage.UNKNOWN
        return event.candidates if is_open and isinstance(event, AttemptOutcomeUnknown) else ()

    @property
    def is_going_on(self) -> bool:
        """Whether attempts may start."""
        return self.state is CampaignState.SENDING and self.opted_out is None

    @property
    def late_status(self) -> DeliveryStatus | None:
        """The status after archive, where it differs (R15)."""
        fact = _fact(self.late) if self.late else None
        return status_of(fact.rank) if fact else None

    def seqs(self) -> list[int]:
        """The events that the sentence leans on."""
        attempt = self.attempt
        is_told = self.state is not CampaignState.SENDING and (
            self.standing.status is DeliveryStatus.PENDING or self.late
        )
        used = [
            self.enrolled,
            self.decisive,
            *([attempt.started, attempt.accepted] if attempt else []),
            self.state_event if is_told else None,
            self.doubt if self.candidates else None,
            self.opted_out,
            self.forgotten,
            *self.contradictions,
            self.late,
        ]
        return sorted({entry.seq for entry in used if entry})


def story_of(
    delivery: Sequence[RecordedEvent],
    campaign: Sequence[RecordedEvent],
    contact: Sequence[RecordedEvent],
) -> Story:
    """The story that these three streams tell; the delivery's holds its enrolment at least."""
    cut = next((e.seq for e in campaign if isinstance(e.event, CampaignArchived)), None)
    facts = [entry for entry in delivery if _fact(entry)]
    counted = [entry for entry in facts if cut is None or entry.seq < cut]
    decisive = _greatest(counted)
    of_campaign = Campaign.from_events("", (entry.event for entry in campaign))
    return Story(
        enrolled=facts[0],
        decisive=decisive,
        standing=reduce(lambda s, e: s.with_fact(_sure(e)), counted, Standing(rank=-1)),
        attempt=_attempt(counted, _sure(decisive).turn),
        next_attempt=1 + max((_number(entry) for entry in counted), default=0),
        state=of_campaign.state or CampaignState.SENDING,
        timing=of_campaign.timing,
        zone=_zone(facts[0].event),
        state_event=[e for e in campaign if not isinstance(e.event, CampaignCreated)][-1],
        opted_out=_opted_out(contact),
        forgotten=_forgotten(contact, since=facts[0].seq),
        contradictions=tuple(_contradictions(counted)),
        doubt=_doubt(counted, _sure(decisive).turn),
        late=_late(decisive, _greatest(facts)),
    )


def _zone(event: Event) -> str:
    return event.zone if isinstance(event, ContactEnrolled) else ""


def _greatest(facts: Sequence[RecordedEvent]) -> RecordedEvent:
    return max(facts, key=lambda entry: (_sure(entry).rank, -entry.seq))


def _late(decisive: RecordedEvent, uncut: RecordedEvent) -> RecordedEvent | None:
    is_same = status_of(_sure(decisive).rank) is status_of(_sure(uncut).rank)
    return None if is_same else uncut


def _attempt(facts: Sequence[RecordedEvent], turn: int) -> Attempt | None:
    of_turn = [entry for entry in facts if _sure(entry).turn == turn]
    started = next((e for e in of_turn if isinstance(e.event, AttemptStarted)), None)
    accepted = next((e for e in of_turn if isinstance(e.event, AttemptAccepted)), None)
    if started is None:
        return None
    return Attempt(number=_number(started), started=started, accepted=accepted)


def _doubt(facts: Sequence[RecordedEvent], turn: int) -> RecordedEvent | None:
    doubts = [entry for entry in facts if isinstance(entry.event, AttemptOutcomeUnknown)]
    return next((entry for entry in reversed(doubts) if _sure(entry).turn == turn), None)


def _number(entry: RecordedEvent) -> int:
    return entry.event.attempt if isinstance(entry.event, AttemptStarted) else 0


def _opted_out(contact: Sequence[RecordedEvent]) -> RecordedEvent | None:
    wishes = [e for e in contact if isinstance(e.event, ContactOptedOut | ContactOptedIn)]
    return wishes[-1] if wishes and isinstance(wishes[-1].event, ContactOptedOut) else None


def _forgotten(contact: Sequence[RecordedEvent], since: int) -> RecordedEvent | None:
    forgettings = (e for e in contact if isinstance(e.event, ContactForgotten) and e.seq > since)
    return next(forgettings, None)


def _contradictions(facts: Sequence[RecordedEvent]) -> list[RecordedEvent]:
    """Bad facts of the turns that hold both good and bad."""
    good = {t for entry in facts for t in Standing.of(_sure(entry)).good_turns}
    return [entry for entry in facts if Standing.of(_sure(entry)).bad_turns & good]


def _fact(entry: RecordedEvent) -> Fact | None:
    return fact_of(entry.event) if isinstance(entry.event, DeliveryEvent) else None


def _sure(entry: RecordedEvent) -> Fact:
    fact = _fact(entry)
    if fact is None:
        raise ValueError(f"Event #{entry.seq} says nothing of a status.")
    return fact
