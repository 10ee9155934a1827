"""The words of resends that wait for approval."""

from ledger.domain.events import (
    ResendApprovalRequested,
    ResendApproved,
    ResendFinished,
    ResendRefused,
)
from ledger.recorded_event import RecordedEvent
from webapp.explain.numbers import counted, number
from webapp.explain.times import zoned_text


def resend_end(recorded: RecordedEvent, who: str) -> str:
    """Return what was decided about a request: "J. Ortiz refused it on …. Nobody was texted."."""
    at = zoned_text(recorded.recorded_at)
    match recorded.event:
        case ResendRefused(is_withdrawn=True):
            return f"{who} withdrew the request on {at}. Nobody was texted."
        case ResendRefused(private=words):
            why = f" Reason: {words.explanation}" if words else ""
            return f"{who} refused it on {at}. Nobody was texted.{why}"
        case ResendApproved():
            return f"{who} approved it on {at}. Its contacts are tried again."
        case ResendFinished(resent=resent, left_out=left_out):
            left = f", {number(left_out)} left out" if left_out else ""
            return f"{who} approved it: {counted(resent, 'contact')} tried again{left}."
    return ""


def resend_requested_summary(event: ResendApprovalRequested) -> str:
    """Return that a resend waits."""
    return f"Resend to {counted(event.contact_count, 'contact')} waits for approval"


def resend_refused_summary(event: ResendRefused) -> str:
    """Return who ended a request: an approver, or the person who asked."""
    return "Request to resend withdrawn" if event.is_withdrawn else "Resend refused"


def resend_finished_summary(event: ResendFinished) -> str:
    """Return what an approved resend did."""
    return f"Approved resend finished: {counted(event.resent, 'contact')} resent"
