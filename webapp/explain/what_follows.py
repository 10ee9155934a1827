"""What follows: the second half of the sentence, and when the contact leaves Pending."""

from datetime import datetime

from ledger.domain.events import CampaignClosed
from ledger.domain.standing import AWAITING_ATTEMPT, Stage
from ledger.domain.vocabulary import CampaignState, DeliveryStatus, Reason
from webapp.explain.delivery_history import Story
from webapp.explain.sentences import Sentence, joined

_STATE_WORDS = {
    CampaignState.PAUSED: "paused",
    CampaignState.CLOSED: "closed",
    CampaignState.ARCHIVED: "archived",
}


def what_follows(story: Story, now: datetime) -> Sentence:
    """Whether and when it goes on; empty where nothing is to come."""
    stage = story.standing.stage
    if stage in AWAITING_ATTEMPT:
        return joined(", so " if _is_caused(story) else ", ", _next_attempt(story, now))
    if story.standing.status is DeliveryStatus.PENDING:
        return _in_flight(story)
    if stage in {Stage.FAILED_WITHOUT_CODE, Stage.HARD_FAILURE}:
        return (", so there is no further attempt",)
    return ()


def _is_caused(story: Story) -> bool:
    return story.is_going_on and story.standing.stage is not Stage.ENROLLED


def _next_attempt(story: Story, now: datetime) -> Sentence:
    attempt = f"attempt {story.next_attempt}"
    if story.state is CampaignState.ARCHIVED:
        return joined("but the campaign was archived at ", _since(story), _frozen(story))
    if story.opted_out:
        at = story.opted_out.recorded_at
        return joined("but the number opted out at ", at, ", so nothing more is sent")
    if story.state is CampaignState.PAUSED:
        waits = f", so {attempt} waits until somebody resumes it"
        return joined("but the campaign was paused at ", _since(story), waits)
    if story.state is CampaignState.CLOSED:
        none = f", so there will be no {attempt}"
        return joined("but the campaign was closed at ", _since(story), _late(story), none)
    if hold := _hold(story, attempt, now):
        return hold
    if story.standing.stage is Stage.ENROLLED:
        return (f"and {attempt} is queued",)
    next_at = story.standing.next_at
    if next_at and next_at > now:
        return joined(f"{attempt} is planned for ", next_at)
    return (f"{attempt} is due now",)


def _late(story: Story) -> str:
    event = story.state_event.event
    is_late = isinstance(event, CampaignClosed) and event.reason is Reason.TOO_LATE
    return ", when the time for sending had passed" if is_late else ""


def _hold(story: Story, attempt: str, now: datetime) -> Sentence:
    """What it waits for: sending that is off, the start, the hours of the contact's day."""
    if story.is_sending_off:
        return (f"but all sending is off, so {attempt} waits until somebody allows it",)
    timing, due_at = story.timing, max(story.standing.next_at or now, now)
    opens_at = timing.opens_at(due_at, story.zone)
    if opens_at <= due_at:
        return ()
    attempt = f"and {attempt}" if story.standing.stage is Stage.ENROLLED else attempt
    if timing.starts_at and now < timing.starts_at:
        return joined(f"{attempt} waits for the campaign's start and comes at ", opens_at)
    hours = f"{timing.window}, {story.zone or 'UTC'}"
    return joined(f"{attempt} waits for the hours of sending ({hours}) and comes at ", opens_at)


def _in_flight(story: Story) -> Sentence:
    if story.state is CampaignState.ARCHIVED:
        return joined("; the campaign was archived at ", _since(story), _frozen(story))
    if story.candidates:
        return ("; Twilio's records leave it open, so staff must decide",)
    if story.standing.stage is Stage.UNKNOWN:
        return ("; Twilio is asked, because sending it again could text this person twice",)
    return ()


def _frozen(_story: Story) -> str:
    return ", so the contact stays Pending for good"


def _since(story: Story) -> datetime:
    return story.state_event.recorded_at


def when_it_leaves(story: Story) -> str:
    """When a pending contact is pending no longer."""
    if story.state is CampaignState.ARCHIVED:
        return "It never leaves Pending: after archive every status stays as it is."
    if story.standing.stage in AWAITING_ATTEMPT:
        return _awaiting_leaves(story)
    if story.candidates:
        return (
            "It leaves Pending when you send it again and that arrives, when you let it be, or when"
            " a report tells what became of the text."
        )
    if story.standing.stage is Stage.UNKNOWN:
        return (
            "It leaves Pending when Twilio's records or a report tell what became of the text. "
            "Once it can live no longer and left no trace, the attempt counts as lost and another "
            "one follows."
        )
    return (
        "It leaves Pending when a report says that the text was delivered or failed for good."
        + _still_counts(story)
    )


def _still_counts(story: Story) -> str:
    if story.state is CampaignState.SENDING:
        return ""
    return f" The campaign is {_STATE_WORDS[story.state]}, but a report on this text still counts."


def _awaiting_leaves(story: Story) -> str:
    if story.state is CampaignState.CLOSED:
        report = "a late report says that an earlier text was delivered, or when "
        return f"It leaves Pending only when {report if story.attempt else ''}the person opts out."
    ends = "an attempt is delivered, fails for good or reaches a limit, or when the person opts out"
    if story.state is CampaignState.PAUSED:
        return f"It leaves Pending when the campaign is resumed and {ends}."
    return f"It leaves Pending when {ends}."


def advice(story: Story) -> str:
    """What staff can do about a failed contact (R18)."""
    reason = story.standing.reason or Reason.UNKNOWN
    if story.state in {CampaignState.CLOSED, CampaignState.ARCHIVED}:
        return f"Nothing is resent any more: the campaign is {_STATE_WORDS[story.state]}."
    if story.forgotten:
        return "Nothing can be resent: the contact was forgotten, and the number with it."
    if story.opted_out:
        return "A resend is refused while the number is opted out."
    if reason.is_resend_advised_against:
        return f"Better not resend: {reason.sentence[0].lower()}{reason.sentence[1:]}"
    return "You may resend to this contact once the cause is mended."
