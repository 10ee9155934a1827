"""What the events of a delivery, its campaign and its contact say about the delivery."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
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
from ledger.domain.opt_out_confirmation import confirmation_schedule
from ledger.domain.schedule import Schedule
from ledger.domain.standing import NOTHING_KNOWN, Fact, Stage, Standing, status_of
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
    """A delivery by the events that count; those after archive do not (R14)."""

    enrolled: RecordedEvent
    decisive: RecordedEvent
    """The fact of greatest rank; of several, the first."""
    standing: Standing
    attempt: Attempt | None
    """The attempt of the decisive fact; None before the first attempt."""
    next_attempt_number: int
    """The number that another attempt would have."""
    state: CampaignState
    timing: Schedule
    """When the campaign may text, or this confirmation of an opt-out may be sent."""
    held_until: datetime | None
    """The end of the undo window of the launch; None without one."""
    is_confirmation: bool
    """Whether it confirms an opt-out, so that the opt-out does not hold it back."""
    zone: str
    """The contact's time zone, or those in which it can be, as `ContactEnrolled` has them."""
    state_event: RecordedEvent
    """The event that put the campaign into its state."""
    opted_out: RecordedEvent | None
    """The opt-out, if the number is opted out."""
    forgotten: RecordedEvent | None
    """The event that destroyed the contact's data, if any."""
    contradictions: tuple[RecordedEvent, ...]
    """Reports of failure about attempts that were also reported as delivered."""
    unknown_outcome: RecordedEvent | None
    """The latest record that the outcome of that attempt is unknown."""
    after_archive: RecordedEvent | None
    """The decisive fact without the archiving; None if the status would be the same."""

    @property
    def candidates(self) -> tuple[str, ...]:
        """SIDs of texts that may be this one, while staff must decide; otherwise empty."""
        event = self.unknown_outcome.event if self.unknown_outcome else None
        is_open = self.standing.stage is Stage.UNKNOWN
        return event.candidates if is_open and isinstance(event, AttemptOutcomeUnknown) else ()

    @property
    def status_after_archive(self) -> DeliveryStatus | None:
        """The status after archive, where it differs (R15)."""
        fact = _fact(self.after_archive) if self.after_archive else None
        return status_of(fact.rank) if fact else None

    def context(self, sending: SendingConditions) -> DeliveryConditions:
        """Return what decides, with the standing, whether there is another attempt."""
        return DeliveryConditions(
            state=self.state,
            timing=self.timing,
            zone=self.zone,
            is_opted_out=self.opted_out is not None and not self.is_confirmation,
            sending=sending,
            held_until=None if self.is_confirmation else self.held_until,
        )

    def seqs(self) -> list[int]:
        """Return the seqs of the events that an explanation is built from."""
        attempt = self.attempt
        is_state_mentioned = self.state is not CampaignState.SENDING and (
            self.standing.status is DeliveryStatus.PENDING or self.after_archive
        )
        events = [
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
        return sorted({recorded.seq for recorded in events if recorded})


def history_of(
    delivery: Sequence[RecordedEvent],
    campaign: Sequence[RecordedEvent],
    contact: Sequence[RecordedEvent],
) -> DeliveryHistory:
    """Return the history in three streams; the delivery's begins with its enrolment."""
    archived_seq = archived_seq_of(campaign)
    facts = [recorded for recorded in delivery if _fact(recorded)]
    counted = [recorded for recorded in facts if is_up_to_archive(recorded.seq, archived_seq)]
    decisive = _greatest(counted)
    turn = _certain_fact(decisive).turn
    campaign_now = Campaign.from_events("", (recorded.event for recorded in campaign))
    confirm_before = _confirm_before(facts[0].event)
    return DeliveryHistory(
        enrolled=facts[0],
        decisive=decisive,
        standing=standing_of(counted),
        attempt=_attempt(counted, turn),
        next_attempt_number=1 + max((_number(recorded) for recorded in counted), default=0),
        state=campaign_now.state or CampaignState.SENDING,
        timing=confirmation_schedule(confirm_before) if confirm_before else campaign_now.timing,
        held_until=campaign_now.held_until,
        is_confirmation=confirm_before is not None,
        zone=_zone(facts[0].event),
        state_event=[e for e in campaign if not isinstance(e.event, CampaignCreated)][-1],
        opted_out=_opted_out(contact),
        forgotten=_forgotten(contact, since=facts[0].seq),
        contradictions=tuple(_contradictions(counted)),
        unknown_outcome=_unknown_outcome(counted, turn),
        after_archive=_after_archive(decisive, _greatest(facts)),
    )


def standing_of(delivery: Iterable[RecordedEvent]) -> Standing:
    """Return the standing of a delivery by those of its events that count."""
    facts = (_fact(recorded) for recorded in delivery)
    return reduce(Standing.with_fact, filter(None, facts), NOTHING_KNOWN)


def _zone(event: Event) -> str:
    return event.zone if isinstance(event, ContactEnrolled) else ""


def _confirm_before(event: Event) -> datetime | None:
    return event.confirm_before if isinstance(event, ContactEnrolled) else None


def _greatest(facts: Sequence[RecordedEvent]) -> RecordedEvent:
    return max(facts, key=lambda recorded: (_certain_fact(recorded).rank, -recorded.seq))


def _after_archive(decisive: RecordedEvent, uncut: RecordedEvent) -> RecordedEvent | None:
    is_same = status_of(_certain_fact(decisive).rank) is status_of(_certain_fact(uncut).rank)
    return None if is_same else uncut


def _attempt(facts: Sequence[RecordedEvent], turn: int) -> Attempt | None:
    of_turn = [recorded for recorded in facts if _certain_fact(recorded).turn == turn]
    started = next((e for e in of_turn if isinstance(e.event, AttemptStarted)), None)
    accepted = next((e for e in of_turn if isinstance(e.event, AttemptAccepted)), None)
    if started is None:
        return None
    return Attempt(number=_number(started), started=started, accepted=accepted)


def _unknown_outcome(facts: Sequence[RecordedEvent], turn: int) -> RecordedEvent | None:
    unknown = [recorded for recorded in facts if isinstance(recorded.event, AttemptOutcomeUnknown)]
    return next((e for e in reversed(unknown) if _certain_fact(e).turn == turn), None)


def _number(recorded: RecordedEvent) -> int:
    return recorded.event.attempt if isinstance(recorded.event, AttemptStarted) else 0


def _opted_out(contact: Sequence[RecordedEvent]) -> RecordedEvent | None:
    choices = [e for e in contact if isinstance(e.event, ContactOptedOut | ContactOptedIn)]
    return choices[-1] if choices and isinstance(choices[-1].event, ContactOptedOut) else None


def _forgotten(contact: Sequence[RecordedEvent], since: int) -> RecordedEvent | None:
    forgettings = (e for e in contact if isinstance(e.event, ContactForgotten) and e.seq > since)
    return next(forgettings, None)


def _contradictions(facts: Sequence[RecordedEvent]) -> list[RecordedEvent]:
    """Return the bad facts of turns that have good ones too."""
    good = {turn for recorded in facts for turn in Standing.of(_certain_fact(recorded)).good_turns}
    return [recorded for recorded in facts if Standing.of(_certain_fact(recorded)).bad_turns & good]


def _fact(recorded: RecordedEvent) -> Fact | None:
    return fact_of(recorded.event) if isinstance(recorded.event, DeliveryEvent) else None


def _certain_fact(recorded: RecordedEvent) -> Fact:
    """Return the fact of an event that always has one."""
    fact = _fact(recorded)
    if fact is None:
        raise ValueError(f"Event #{recorded.seq} records no fact about a delivery.")
    return fact
