"""What happened: the first half of the sentence, one for each stage a delivery can stand at."""

from collections.abc import Callable

from ledger.domain.error_codes import CodeTable
from ledger.domain.events import (
    AttemptLapsed,
    AttemptOutcomeUnknown,
    AttemptRefused,
    AttemptSettled,
    CallbackReceived,
    ContactOptedOut,
    Event,
    ResendRequested,
    StatusFetched,
)
from ledger.domain.standing import Stage
from ledger.domain.vocabulary import Reason, Settlement
from webapp.explain.delivery_history import Story
from webapp.explain.sentences import Sentence, code_words, joined

_OPT_OUTS = {
    "staff": "the number was opted out by staff",
    "inbound": "the person opted out by a text",
    "provider": "Twilio said that the number opted out",
}


def what_happened(story: Story, codes: CodeTable) -> Sentence:
    """What the decisive fact is, with the attempt it belongs to; no full stop."""
    return _TELLERS[story.standing.stage](story, codes)


def _enrolled(story: Story, _codes: CodeTable) -> Sentence:
    if isinstance(story.decisive.event, ResendRequested):
        return joined("A resend was asked for at ", story.decisive.recorded_at)
    return joined("The contact was enrolled at ", story.decisive.recorded_at)


def _started(story: Story, _codes: CodeTable) -> Sentence:
    return joined(_attempt_began(story), ", and Twilio's answer is still to come")


def _unknown(story: Story, _codes: CodeTable) -> Sentence:
    event = story.decisive.event
    cause = f" ({event.cause})" if isinstance(event, AttemptOutcomeUnknown) else ""
    return joined(_attempt_began(story), f", and nobody knows whether Twilio took the text{cause}")


def _settled(story: Story, event: AttemptSettled) -> Sentence:
    chose = "chose to send it again" if event.decision is Settlement.RESEND else "let it be"
    when = joined(
        ", nobody could tell whether Twilio took the text, and at ", story.decisive.recorded_at
    )
    return joined(_attempt_began(story), when, f" staff {chose}")


def _accepted(story: Story, _codes: CodeTable) -> Sentence:
    event = story.decisive.event
    if isinstance(event, CallbackReceived):
        said = joined(" and Twilio reported “", event.status, "” at ", story.decisive.recorded_at)
        return joined(_attempt_went(story), said, "; a delivery report is still to come")
    if isinstance(event, StatusFetched):
        said = joined(" and Twilio, when asked at ", story.decisive.recorded_at, ", had the text")
        return joined(_attempt_went(story), said, "; a delivery report is still to come")
    return joined(_attempt_went(story), "; no delivery report has come yet")


def _put_back(story: Story, codes: CodeTable) -> Sentence:
    event = story.decisive.event
    code = story.standing.code
    if isinstance(event, AttemptRefused) and event.http_status is None:
        return joined(_attempt_began(story), ", but Twilio could not be reached")
    what = f" with {code_words(code, codes)}" if code else ""
    whose = ""
    if story.standing.reason is Reason.ACCOUNT:
        whose = ", which concerns the school's account and not this phone"
    return joined(_attempt_began(story), f", but Twilio refused it for now{what}{whose}")


def _failed_without_code(story: Story, _codes: CodeTable) -> Sentence:
    if isinstance(story.decisive.event, AttemptSettled):
        return _settled(story, story.decisive.event)
    return joined(_attempt_went(story), _report(story, "a failure without giving a reason"))


def _bounced(story: Story, codes: CodeTable) -> Sentence:
    if isinstance(story.decisive.event, AttemptSettled):
        return _settled(story, story.decisive.event)
    if isinstance(story.decisive.event, AttemptLapsed):
        return joined(
            _attempt_began(story),
            " and left no trace at Twilio until ",
            story.decisive.recorded_at,
            "; it counts as lost",
        )
    return joined(_attempt_went(story), _report(story, _fault(story, codes)), "; that may pass")


def _hard(story: Story, codes: CodeTable) -> Sentence:
    if story.standing.reason is Reason.CANCELED:
        return joined(_attempt_went(story), _report(story, "that the text was canceled"))
    entry = codes.find(story.standing.code)
    if isinstance(story.decisive.event, AttemptLapsed):
        told = joined(_attempt_began(story), " and left no trace at Twilio")
    else:
        told = joined(_attempt_went(story), _report(story, _fault(story, codes)))
    if isinstance(story.decisive.event, AttemptLapsed) or (entry and entry.is_soft_bounce):
        return joined(told, "; that might pass, but the limit of attempts is reached")
    return joined(told, "; that will not pass by itself")


def _withdrawn(story: Story, _codes: CodeTable) -> Sentence:
    if story.standing.reason is Reason.FORGOTTEN:
        so = f", so attempt {story.next_attempt} was withdrawn"
        return joined("The contact was forgotten at ", story.decisive.recorded_at, so)
    event: Event | None = story.opted_out.event if story.opted_out else None
    who = _OPT_OUTS.get(event.source, "") if isinstance(event, ContactOptedOut) else ""
    before = f", so attempt {story.next_attempt} was withdrawn at "
    return joined(_capital(who or "the number opted out"), before, story.decisive.recorded_at)


def _delivered(story: Story, _codes: CodeTable) -> Sentence:
    at = story.decisive.recorded_at
    return joined(_attempt_went(story), " and reported delivered at ", at)


def _read(story: Story, _codes: CodeTable) -> Sentence:
    return joined(_attempt_went(story), " and reported read at ", story.decisive.recorded_at)


def _attempt_began(story: Story) -> Sentence:
    if story.attempt is None:
        return ("An attempt was made",)
    began = f"Attempt {story.attempt.number} was started at "
    return joined(began, story.attempt.started.recorded_at)


def _attempt_went(story: Story) -> Sentence:
    if story.attempt is None or story.attempt.accepted is None:
        return _attempt_began(story)
    went = f"Attempt {story.attempt.number} was accepted by Twilio at "
    return joined(went, story.attempt.accepted.recorded_at)


def _report(story: Story, what: str) -> Sentence:
    """Who said it: Twilio at once, Twilio when asked, or the carrier by a callback."""
    event, at = story.decisive.event, story.decisive.recorded_at
    if isinstance(event, AttemptRefused):
        return joined(" and Twilio refused it with ", what)
    if isinstance(event, StatusFetched):
        return joined(" and Twilio, when asked, reported ", what, " at ", at)
    is_carrier = isinstance(event, CallbackReceived) and event.status == "undelivered"
    who = "the carrier answered" if is_carrier else "Twilio reported"
    return joined(f" and {who} ", what, " at ", at)


def _fault(story: Story, codes: CodeTable) -> str:
    code = story.standing.code
    return code_words(code, codes) if code else "a failure without giving a reason"


def _capital(words: str) -> str:
    return words[:1].upper() + words[1:]


_TELLERS: dict[Stage, Callable[[Story, CodeTable], Sentence]] = {
    Stage.ENROLLED: _enrolled,
    Stage.STARTED: _started,
    Stage.UNKNOWN: _unknown,
    Stage.ACCEPTED: _accepted,
    Stage.PUT_BACK: _put_back,
    Stage.FAILED_WITHOUT_CODE: _failed_without_code,
    Stage.SOFT_BOUNCE: _bounced,
    Stage.HARD_FAILURE: _hard,
    Stage.WITHDRAWN: _withdrawn,
    Stage.DELIVERED: _delivered,
    Stage.READ: _read,
}
