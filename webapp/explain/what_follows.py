"""What follows: the second half of the sentence, when a contact leaves Pending, and advice."""

from datetime import datetime

from ledger.domain.events import CampaignClosed
from ledger.domain.holds import Hold, NextAttempt
from ledger.domain.standing import Stage
from ledger.domain.vocabulary import CampaignState, DeliveryStatus, Reason
from webapp.explain.delivery_history import DeliveryHistory
from webapp.explain.reasons import REASON_SENTENCES
from webapp.explain.schedules import zone_words
from webapp.explain.sentences import Sentence, joined
from webapp.explain.statuses import STATE_LABELS


def what_follows(
    history: DeliveryHistory, upcoming: NextAttempt, now: datetime, cause: str | None = None
) -> Sentence:
    """Return whether and when there is another attempt, after what happened; may be empty.

    `cause` is what the delivery waits out after its last attempt, where that has a known end.
    """
    if upcoming.is_awaited:
        return _next_attempt(history, upcoming, now, cause)
    if history.standing.status is DeliveryStatus.PENDING:
        return _in_flight(history)
    if history.standing.stage in {Stage.FAILED_WITHOUT_CODE, Stage.HARD_FAILURE}:
        return (", so there is no further attempt",)
    return ()


def _next_attempt(
    history: DeliveryHistory, upcoming: NextAttempt, now: datetime, cause: str | None
) -> Sentence:
    barrier = _barrier(history, upcoming, now)
    if barrier:
        has_contrast = history.standing.stage is Stage.PUT_BACK  # "…, but Twilio refused it"
        return joined("; " if has_contrast else ", but ", barrier)
    attempt = f"attempt {history.next_attempt_number}"
    is_first = history.standing.stage is Stage.ENROLLED
    subject = f", and {attempt}" if is_first else f", so {attempt}"
    if upcoming.at is None:
        return (f"{subject} is {'queued' if is_first else 'due now'}",)
    if waits := _waits(history, upcoming, cause):
        subject = f"{subject} waits for {waits} and"
    return joined(f"{subject} is planned for ", upcoming.at)


def _barrier(history: DeliveryHistory, upcoming: NextAttempt, now: datetime) -> Sentence:
    """Return what rules the next attempt out, or delays it until somebody acts; may be empty."""
    attempt, since = f"attempt {history.next_attempt_number}", history.state_event.recorded_at
    match upcoming.holds:
        case (Hold.ARCHIVED, *_):
            return _archived(history)
        case (Hold.OPTED_OUT, *_) if history.opted_out:
            at = history.opted_out.recorded_at
            return joined("the number opted out at ", at, ", so nothing more is sent")
        case (Hold.CLOSED, *_):
            none = f", so there will be no {attempt}"
            return joined("the campaign was closed at ", since, _closed_too_late(history), none)
        case (Hold.PAST_SEND_BEFORE, *_) if history.timing.send_before:
            could = "could" if history.timing.send_before <= now else "can"
            none = f", so there will be no {attempt}"
            before = history.timing.send_before
            texts = "confirmations" if history.is_confirmation else "texts of this campaign"
            return joined(f"{texts} {could} go out only before ", before, none)
        case (Hold.PAUSED, Hold.SENDING_OFF, *_):
            waits = f"{attempt} waits until somebody resumes the campaign and allows sending again"
            return joined(
                "the campaign was paused at ", since, f" and all sending is off, so {waits}"
            )
        case (Hold.PAUSED, *_):
            waits = f", so {attempt} waits until somebody resumes it"
            return joined("the campaign was paused at ", since, waits)
        case (Hold.SENDING_OFF, *_):
            return (f"all sending is off, so {attempt} waits until somebody allows it again",)
        case _:
            return ()


def _archived(history: DeliveryHistory) -> Sentence:
    at = history.state_event.recorded_at
    return joined("the campaign was archived at ", at, ", so the contact stays Pending for good")


def _closed_too_late(history: DeliveryHistory) -> str:
    event = history.state_event.event
    is_late = isinstance(event, CampaignClosed) and event.reason is Reason.TOO_LATE
    return ", when the time for sending had passed" if is_late else ""


def _waits(history: DeliveryHistory, upcoming: NextAttempt, cause: str | None) -> str:
    """Return what ends by itself: "the campaign's start and for the hours …"; may be empty."""
    names = {
        Hold.UNDO_WINDOW: "the end of the time in which the launch can be stopped",
        Hold.BEFORE_START: "the campaign's start",
        Hold.RATE_LIMIT: "the end of Twilio's rate limit",
        Hold.SENDER_CAP: "the end of a limit on the school's sender",
        Hold.OUTSIDE_HOURS: f"the hours of sending ({history.timing.window}, "
        f"{zone_words(history.zone)})",
    }
    causes = [cause] if cause else []
    return " and for ".join([*causes, *(names[hold] for hold in upcoming.holds)])


def _in_flight(history: DeliveryHistory) -> Sentence:
    if history.state is CampaignState.ARCHIVED:
        return joined("; ", _archived(history))
    if history.candidates:
        return ("; Twilio's records leave it open, so staff must decide",)
    if history.standing.stage is Stage.UNKNOWN:
        return ("; Twilio is asked, because sending it again could text this person twice",)
    return ()


def when_it_leaves(history: DeliveryHistory, upcoming: NextAttempt) -> str:
    """Return when a pending contact leaves Pending."""
    if history.state is CampaignState.ARCHIVED:
        return "It never leaves Pending: after archive every status stays as it is."
    if upcoming.is_awaited:
        return f"It leaves Pending {_end_of_waiting(history, upcoming)}."
    if history.candidates:
        return (
            "It leaves Pending when you send it again and that arrives, when you let it be, or when"
            " a report says what became of the text."
        )
    if history.standing.stage is Stage.UNKNOWN:
        is_followed = history.state is CampaignState.SENDING and not history.opted_out
        return (
            "It leaves Pending when Twilio's records or a report say what became of the text. "
            "Once the text can no longer be alive and has left no trace, the attempt counts as "
            f"lost{' and another one follows' if is_followed else ''}." + _still_counts(history)
        )
    return (
        "It leaves Pending when a report says that the text was delivered or failed for good."
        + _still_counts(history)
    )


def _still_counts(history: DeliveryHistory) -> str:
    if history.state is CampaignState.SENDING:
        return ""
    state = STATE_LABELS[history.state].lower()
    return f" The campaign is {state}, but a report on this text still counts."


def _end_of_waiting(history: DeliveryHistory, upcoming: NextAttempt) -> str:
    if history.is_confirmation:
        return "when it is delivered or fails, or when it is too late to confirm the opt-out"
    if Hold.OPTED_OUT in upcoming.holds:
        return "as soon as the waiting attempt is withdrawn"
    if upcoming.is_ruled_out:
        report = "a late report says that an earlier text was delivered, or when "
        return f"only when {report if history.standing.attempts else ''}the person opts out"
    conditions = [
        *(["the campaign is resumed"] if Hold.PAUSED in upcoming.holds else []),
        *(["all sending is allowed again"] if Hold.SENDING_OFF in upcoming.holds else []),
        "an attempt is delivered, fails for good or reaches a limit",
    ]
    return f"when {_listed(conditions)}, or when the person opts out"


def _listed(parts: list[str]) -> str:
    *others, last = parts
    return f"{', '.join(others)} and {last}" if others else last


def advice(history: DeliveryHistory, after_resend: NextAttempt) -> str:
    """Return what staff can do about a failed contact (R18); `after_resend` follows a resend."""
    reason = history.standing.failed_reason or Reason.UNKNOWN
    if history.state in {CampaignState.CLOSED, CampaignState.ARCHIVED}:
        state = STATE_LABELS[history.state].lower()
        return f"Nothing is resent any more: the campaign is {state}."
    if history.is_confirmation:
        return "A confirmation of an opt-out is never resent."
    if history.forgotten:
        return "Nothing can be resent: the contact was forgotten, and the number with it."
    if history.opted_out:
        return "A resend is refused while the number is opted out."
    if Hold.PAST_SEND_BEFORE in after_resend.holds:
        return "A resend would come too late: the time for sending these texts has passed."
    if reason is Reason.OPTED_OUT:
        return "The number is opted in again, so you may resend to this contact."
    if reason.is_resend_advised_against:
        sentence = REASON_SENTENCES[reason]
        return f"Better not resend: {sentence[0].lower()}{sentence[1:]}"
    return "You may resend to this contact once the cause is removed."
