"""A delivery as its events tell it: the fact that counts, its attempt, and what bears on both."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce

from ledger.domain.campaign import Campaign
from ledger.domain.delivery import fact_of
from ledger.domain.events import (
    AttemptAccepted,
    AttemptOutcomeUnknown,
    AttemptStarted,
    CampaignCreated,
    ContactEnrolled,
    ContactForgotten,
    ContactOptedIn,
    ContactOptedOut,
    DeliveryEvent,
    Event,
)
from ledger.domain.holds import DeliveryConditions, SendingConditions
from ledger.domain.schedule import Schedule
from ledger.domain.standing import Fact, Stage, Standing, status_of
from ledger.domain.vocabulary import CampaignState, DeliveryStatus
from ledger.recorded_event import RecordedEvent
from webapp.explain.archive import archived_seq_of, is_up_to_archive


@dataclass(frozen=True, kw_only=True)
class Attempt:
    """One call to Twilio."""

    number: int
    started: RecordedEvent
    accepted: RecordedEvent | None


@dataclass(frozen=True, kw_only=True)
class DeliveryHistory:
    """A delivery as far as its events count: after archive they do not (R14)."""

    enrolled: RecordedEvent
    decisive: RecordedEvent
    """The fact of greatest rank; among equals the first."""
    standing: Standing
    attempt: Attempt | None
    """The attempt that the decisive fact belongs to; None before any."""
    next_attempt_number: int
    """The number that another attempt would have."""
    state: CampaignState
    timing: Schedule
    """When the campaign may text."""
    zone: str
    """The contact's time zone."""
    state_event: RecordedEvent
    """What brought the campaign into its state."""
    opted_out: RecordedEvent | None
    """What opted the number out, where it is opted out now."""
    forgotten: RecordedEvent | None
    """What destroyed the number that this delivery was for."""
    contradictions: tuple[RecordedEvent, ...]
    """Reports of failure about attempts that were reported as delivered too."""
    unknown_outcome: RecordedEvent | None
    """The latest record that the outcome of that attempt is unknown."""
    after_archive: RecordedEvent | None
    """What would count, had the campaign not been archived; None where the status is the same."""

    @property
    def candidates(self) -> tuple[str, ...]:
        """SIDs of which staff must say whether one is this text; empty where nobody is asked.

        The latest record of the attempt counts, and only while nothing outweighs it.
        """
        event = self.unknown_outcome.event if self.unknown_outcome else None
        is_open = self.standing.stage is Stage.UNKNOWN
        return event.candidates if is_open and isinstance(event, AttemptOutcomeUnknown) else ()

    @property
    def status_after_archive(self) -> DeliveryStatus | None:
        """The status after archive, where it differs (R15)."""
        fact = _fact(self.after_archive) if self.after_archive else None
        return status_of(fact.rank) if fact else None

    def context(self, sending: SendingConditions) -> DeliveryConditions:
        """What decides, beside the standing, whether the delivery is attempted."""
        return DeliveryConditions(
            state=self.state,
            timing=self.timing,
            zone=self.zone,
            is_opted_out=self.opted_out is not None,
            sending=sending,
        )

    def seqs(self) -> list[int]:
        """The events that an explanation is built from."""
        attempt = self.attempt
        is_state_mentioned = self.state is not CampaignState.SENDING and (
            self.standing.status is DeliveryStatus.PENDING or self.after_archive
        )
        entries = [
            self.enrolled,
            self.decisive,
            *([attempt.started, attempt.accepted] if attempt else []),
            self.state_event if is_state_mentioned else None,
            self.unknown_outcome if self.candidates else None,
            self.opted_out,
            self.forgotten,
            *self.contradictions,
            self.after_archive,
        ]
        return sorted({entry.seq for entry in entries if entry})


def history_of(
    delivery: Sequence[RecordedEvent],
    campaign: Sequence[RecordedEvent],
    contact: Sequence[RecordedEvent],
) -> DeliveryHistory:
    """The history in these three streams; the delivery's holds its enrolment at least."""
    archived_seq = archived_seq_of(campaign)
    facts = [entry for entry in delivery if _fact(entry)]
    counted = [entry for entry in facts if is_up_to_archive(entry.seq, archived_seq)]
    decisive = _greatest(counted)
    turn = _certain_fact(decisive).turn
    campaign_now = Campaign.from_events("", (entry.event for entry in campaign))
    return DeliveryHistory(
        enrolled=facts[0],
        decisive=decisive,
        standing=reduce(lambda s, e: s.with_fact(_certain_fact(e)), counted, Standing(rank=-1)),
        attempt=_attempt(counted, turn),
        next_attempt_number=1 + max((_number(entry) for entry in counted), default=0),
        state=campaign_now.state or CampaignState.SENDING,
        timing=campaign_now.timing,
        zone=_zone(facts[0].event),
        state_event=[e for e in campaign if not isinstance(e.event, CampaignCreated)][-1],
        opted_out=_opted_out(contact),
        forgotten=_forgotten(contact, since=facts[0].seq),
        contradictions=tuple(_contradictions(counted)),
        unknown_outcome=_unknown_outcome(counted, turn),
        after_archive=_after_archive(decisive, _greatest(facts)),
    )


def _zone(event: Event) -> str:
    return event.zone if isinstance(event, ContactEnrolled) else ""


def _greatest(facts: Sequence[RecordedEvent]) -> RecordedEvent:
    return max(facts, key=lambda entry: (_certain_fact(entry).rank, -entry.seq))


def _after_archive(decisive: RecordedEvent, uncut: RecordedEvent) -> RecordedEvent | None:
    is_same = status_of(_certain_fact(decisive).rank) is status_of(_certain_fact(uncut).rank)
    return None if is_same else uncut


def _attempt(facts: Sequence[RecordedEvent], turn: int) -> Attempt | None:
    of_turn = [entry for entry in facts if _certain_fact(entry).turn == turn]
    started = next((e for e in of_turn if isinstance(e.event, AttemptStarted)), None)
    accepted = next((e for e in of_turn if isinstance(e.event, AttemptAccepted)), None)
    if started is None:
        return None
    return Attempt(number=_number(started), started=started, accepted=accepted)


def _unknown_outcome(facts: Sequence[RecordedEvent], turn: int) -> RecordedEvent | None:
    unknown = [entry for entry in facts if isinstance(entry.event, AttemptOutcomeUnknown)]
    return next((entry for entry in reversed(unknown) if _certain_fact(entry).turn == turn), None)


def _number(entry: RecordedEvent) -> int:
    return entry.event.attempt if isinstance(entry.event, AttemptStarted) else 0


def _opted_out(contact: Sequence[RecordedEvent]) -> RecordedEvent | None:
    choices = [e for e in contact if isinstance(e.event, ContactOptedOut | ContactOptedIn)]
    return choices[-1] if choices and isinstance(choices[-1].event, ContactOptedOut) else None


def _forgotten(contact: Sequence[RecordedEvent], since: int) -> RecordedEvent | None:
    forgettings = (e for e in contact if isinstance(e.event, ContactForgotten) and e.seq > since)
    return next(forgettings, None)


def _contradictions(facts: Sequence[RecordedEvent]) -> list[RecordedEvent]:
    """The bad facts of turns that hold both good and bad ones."""
    good = {turn for entry in facts for turn in Standing.of(_certain_fact(entry)).good_turns}
    return [entry for entry in facts if Standing.of(_certain_fact(entry)).bad_turns & good]


def _fact(entry: RecordedEvent) -> Fact | None:
    return fact_of(entry.event) if isinstance(entry.event, DeliveryEvent) else None


def _certain_fact(entry: RecordedEvent) -> Fact:
    """The fact of an entry that is known to record one."""
    fact = _fact(entry)
    if fact is None:
        raise ValueError(f"Event #{entry.seq} records no fact about a delivery.")
    return fact
