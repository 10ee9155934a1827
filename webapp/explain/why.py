"""The whole answer: question, sentence, what is to come, and the events it was built from."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from ledger.domain.error_codes import CodeTable
from ledger.domain.vocabulary import DeliveryStatus
from ledger.recorded_event import RecordedEvent
from webapp.explain.delivery_history import Story, story_of
from webapp.explain.sentences import Sentence, joined
from webapp.explain.what_follows import advice, what_follows, when_it_leaves
from webapp.explain.what_happened import what_happened

_QUESTIONS = {
    DeliveryStatus.PENDING: "Why is this contact pending?",
    DeliveryStatus.DELIVERED: "How do we know that it was delivered?",
    DeliveryStatus.FAILED: "Why did this contact fail?",
}


@dataclass(frozen=True, kw_only=True)
class Why:
    """Why one contact of one campaign has its status."""

    question: str
    sentence: Sentence
    """The one sentence that answers it."""
    outlook: str
    """When a pending contact leaves Pending, or what to do about a failed one; may be empty."""
    beside: Sequence[Sentence]
    """What else is so and changes nothing: contradicting reports, news after archive."""
    put_backs: int
    """Attempts that Twilio never took and that are not counted as attempts."""
    seqs: Sequence[int]
    """The events it was built from."""


def explain(
    delivery: Sequence[RecordedEvent],
    campaign: Sequence[RecordedEvent],
    contact: Sequence[RecordedEvent],
    codes: CodeTable,
    now: datetime,
    *,
    is_sending_off: bool = False,
) -> Why:
    """The answer for a delivery, from its stream, its campaign's and its contact's."""
    story = replace(story_of(delivery, campaign, contact), is_sending_off=is_sending_off)
    return Why(
        question=_QUESTIONS[story.standing.status],
        sentence=joined(what_happened(story, codes), what_follows(story, now), "."),
        outlook=_outlook(story),
        beside=_beside(story),
        put_backs=story.next_attempt - 1 - story.standing.attempts,
        seqs=story.seqs(),
    )


def _outlook(story: Story) -> str:
    match story.standing.status:
        case DeliveryStatus.PENDING:
            return when_it_leaves(story)
        case DeliveryStatus.FAILED:
            return advice(story)
        case _:
            return ""


def _beside(story: Story) -> list[Sentence]:
    found: list[Sentence] = []
    if story.contradictions:
        bad = story.contradictions[0].recorded_at
        found.append(
            joined("A failure was reported as well, at ", bad, "; a delivery report outweighs it.")
        )
    if story.late and story.late_status:
        status = story.late_status.capitalize()
        news = f"After archive: {status}, reported at "
        found.append(joined(news, story.late.recorded_at, "; it changes nothing any more."))
    if story.opted_out and story.standing.status is DeliveryStatus.DELIVERED:
        at = story.opted_out.recorded_at
        found.append(joined("The number opted out at ", at, "; nothing more is sent to it."))
    return found
