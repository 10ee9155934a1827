"""Why a contact has its status: a sentence for staff, built from events."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from ledger.domain.error_codes import CodeTable
from ledger.domain.holds import NextAttempt, SendingConditions, next_attempt
from ledger.domain.standing import Stage, Standing, rank
from ledger.domain.vocabulary import DeliveryStatus
from webapp.explain.delivery_history import DeliveryHistory
from webapp.explain.sentences import Sentence, joined
from webapp.explain.statuses import STATUS_LABELS
from webapp.explain.waits import wait_name
from webapp.explain.what_follows import advice, what_follows, when_it_leaves
from webapp.explain.what_happened import what_happened

_QUESTIONS = {
    DeliveryStatus.PENDING: "Why is this contact pending?",
    DeliveryStatus.DELIVERED: "How do we know that it was delivered?",
    DeliveryStatus.FAILED: "Why did this contact fail?",
}

_RESENT = Standing(rank=rank(1, Stage.ENROLLED))
"""The standing right after a resend."""


@dataclass(frozen=True, kw_only=True)
class Why:
    """Why one contact of one campaign has its status."""

    question: str
    sentence: Sentence
    """The sentence that answers it."""
    outlook: str
    """When a pending contact leaves Pending, or advice about a failed one; may be empty."""
    remarks: Sequence[Sentence]
    """Recorded events that change nothing: contradicting reports, reports after archive."""
    put_backs: int
    """Attempts that were put back, which do not count as attempts."""
    seqs: Sequence[int]
    """The seqs of the events that it was built from."""


def explain(
    history: DeliveryHistory, codes: CodeTable, now: datetime, sending: SendingConditions
) -> Why:
    """Return why the delivery has its status at `now`; `sending` holds back all deliveries."""
    context = history.context(sending)
    upcoming = next_attempt(history.standing, context, now)
    return Why(
        question=_QUESTIONS[history.standing.status],
        sentence=joined(
            what_happened(history, codes),
            what_follows(history, upcoming, now, wait_name(history.standing.code, upcoming, codes)),
            ".",
        ),
        outlook=_outlook(history, upcoming, next_attempt(_RESENT, context, now)),
        remarks=_remarks(history),
        put_backs=history.next_attempt_number - 1 - history.standing.attempts,
        seqs=history.seqs(),
    )


def _outlook(history: DeliveryHistory, upcoming: NextAttempt, after_resend: NextAttempt) -> str:
    match history.standing.status:
        case DeliveryStatus.PENDING:
            return when_it_leaves(history, upcoming)
        case DeliveryStatus.FAILED:
            return advice(history, after_resend)
        case _:
            return ""


def _remarks(history: DeliveryHistory) -> list[Sentence]:
    remarks: list[Sentence] = []
    if history.contradictions:
        at = history.contradictions[0].recorded_at
        remarks.append(
            joined("A failure was reported as well, at ", at, "; a delivery report outweighs it.")
        )
    if history.after_archive and history.status_after_archive:
        news = f"After archive: {STATUS_LABELS[history.status_after_archive]}, reported at "
        at = history.after_archive.recorded_at
        remarks.append(joined(news, at, "; it changes nothing any more."))
    if history.opted_out and history.standing.status is DeliveryStatus.DELIVERED:
        at = history.opted_out.recorded_at
        remarks.append(joined("The number opted out at ", at, "; nothing more is sent to it."))
    return remarks
