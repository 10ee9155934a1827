"""What happened: the first half of the sentence, for each stage of a delivery."""

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
from webapp.explain.delivery_history import DeliveryHistory
from webapp.explain.opt_outs import OPT_OUT_CLAUSES
from webapp.explain.reasons import code_words
from webapp.explain.sentences import Sentence, capitalized, joined


def what_happened(history: DeliveryHistory, codes: CodeTable) -> Sentence:
    """Return the decisive fact and its attempt as a clause without a full stop."""
    return _CLAUSES[history.standing.stage](history, codes)


def _enrolled(history: DeliveryHistory, _codes: CodeTable) -> Sentence:
    if isinstance(history.decisive.event, ResendRequested):
        return joined("Staff requested a resend at ", history.decisive.recorded_at)
    return joined("The contact was enrolled at ", history.decisive.recorded_at)


def _started(history: DeliveryHistory, _codes: CodeTable) -> Sentence:
    return joined(_attempt_began(history), ", and Twilio's answer is still to come")


def _unknown(history: DeliveryHistory, _codes: CodeTable) -> Sentence:
    event = history.decisive.event
    if history.attempt is None:
        return (
            "The ledger lost its end, and Twilio has a text to this number that could be this one",
        )
    cause = f" ({event.cause})" if isinstance(event, AttemptOutcomeUnknown) else ""
    return joined(
        _attempt_began(history), f", and nobody knows whether Twilio took the text{cause}"
    )


def _settled(history: DeliveryHistory, event: AttemptSettled) -> Sentence:
    chose = "chose to send it again" if event.decision is Settlement.RESEND else "let it be"
    at = history.decisive.recorded_at
    unknown = joined(", nobody could tell whether Twilio took the text, and at ", at)
    return joined(_attempt_began(history), unknown, f" staff {chose}")


def _accepted(history: DeliveryHistory, _codes: CodeTable) -> Sentence:
    event = history.decisive.event
    if isinstance(event, CallbackReceived):
        report = joined(
            " and Twilio reported “", event.status, "” at ", history.decisive.recorded_at
        )
        return joined(_attempt_went(history), report, "; a delivery report is still to come")
    if isinstance(event, StatusFetched):
        report = joined(
            " and Twilio, when asked at ", history.decisive.recorded_at, ", had the text"
        )
        return joined(_attempt_went(history), report, "; a delivery report is still to come")
    return joined(_attempt_went(history), "; no delivery report has come yet")


def _put_back(history: DeliveryHistory, codes: CodeTable) -> Sentence:
    event = history.decisive.event
    code = history.standing.code
    if isinstance(event, AttemptRefused) and event.http_status is None:
        return joined(_attempt_began(history), ", but Twilio could not be reached")
    if history.standing.reason is Reason.NOT_FROM_TWILIO:
        return joined(_attempt_began(history), ", but something else answered in Twilio's place")
    with_code = f" with {code_words(code, codes)}" if code else ""
    concern = ""
    if history.standing.reason is Reason.ACCOUNT:
        concern = ", which concerns the school's account and not this phone"
    elif isinstance(event, AttemptRefused) and event.http_status != 429 and codes.may_be_ours(code):
        concern = ", which may concern the school's settings or this phone"
    return joined(_attempt_began(history), f", but Twilio refused it for now{with_code}{concern}")


def _failed_without_code(history: DeliveryHistory, _codes: CodeTable) -> Sentence:
    if isinstance(history.decisive.event, AttemptSettled):
        return _settled(history, history.decisive.event)
    return joined(_attempt_went(history), _report(history, "a failure without giving a reason"))


def _bounced(history: DeliveryHistory, codes: CodeTable) -> Sentence:
    if isinstance(history.decisive.event, AttemptSettled):
        return _settled(history, history.decisive.event)
    if isinstance(history.decisive.event, AttemptLapsed):
        return joined(
            _attempt_began(history),
            " and left no trace at Twilio until ",
            history.decisive.recorded_at,
            "; it counts as lost",
        )
    return joined(
        _attempt_went(history), _report(history, _fault(history, codes)), "; that may pass"
    )


def _hard(history: DeliveryHistory, codes: CodeTable) -> Sentence:
    if history.standing.reason is Reason.CANCELED:
        return joined(_attempt_went(history), _report(history, "that the text was canceled"))
    code = codes.find(history.standing.code)
    if isinstance(history.decisive.event, AttemptLapsed):
        clause = joined(_attempt_began(history), " and left no trace at Twilio")
    else:
        clause = joined(_attempt_went(history), _report(history, _fault(history, codes)))
    if isinstance(history.decisive.event, AttemptLapsed) or (code and code.is_soft_bounce):
        return joined(clause, "; that might pass, but the limit of attempts is reached")
    return joined(clause, "; that will not pass by itself")


def _withdrawn(history: DeliveryHistory, _codes: CodeTable) -> Sentence:
    at, attempt = history.decisive.recorded_at, f"attempt {history.next_attempt_number}"
    match history.standing.reason:
        case Reason.FORGOTTEN:
            return joined("The contact was forgotten at ", at, f", so {attempt} was withdrawn")
        case Reason.NO_CONSENT:
            none = "No consent of this person was recorded at the launch"
            return joined(f"{none}, so {attempt} was withdrawn at ", at)
        case Reason.LANDLINE:
            says = "Twilio's look-up says that the number is a landline"
            return joined(f"{says}, so {attempt} was withdrawn at ", at)
        case Reason.TOO_LATE:
            late = "The confirmation of the opt-out could not be sent in time"
            return joined(f"{late}, so {attempt} was withdrawn at ", at)
        case Reason.CANCELED:
            lifted = "The opt-out was lifted before it was confirmed"
            return joined(f"{lifted}, so {attempt} was withdrawn at ", at)
    event: Event | None = history.opted_out.event if history.opted_out else None
    who = OPT_OUT_CLAUSES.get(event.source, "") if isinstance(event, ContactOptedOut) else ""
    return joined(
        capitalized(who or "the number opted out"), f", so {attempt} was withdrawn at ", at
    )


def _delivered(history: DeliveryHistory, _codes: CodeTable) -> Sentence:
    at = history.decisive.recorded_at
    return joined(_attempt_went(history), " and reported delivered at ", at)


def _read(history: DeliveryHistory, _codes: CodeTable) -> Sentence:
    return joined(_attempt_went(history), " and reported read at ", history.decisive.recorded_at)


def _attempt_began(history: DeliveryHistory) -> Sentence:
    if history.attempt is None:
        return ("An attempt was made",)
    began = f"Attempt {history.attempt.number} was started at "
    return joined(began, history.attempt.started.recorded_at)


def _attempt_went(history: DeliveryHistory) -> Sentence:
    if history.attempt is None or history.attempt.accepted is None:
        return _attempt_began(history)
    went = f"Attempt {history.attempt.number} was accepted by Twilio at "
    return joined(went, history.attempt.accepted.recorded_at)


def _report(history: DeliveryHistory, what: str) -> Sentence:
    """Name the source: Twilio at once, Twilio when asked, or the carrier by a callback."""
    event, at = history.decisive.event, history.decisive.recorded_at
    if isinstance(event, AttemptRefused):
        return joined(" and Twilio refused it with ", what)
    if isinstance(event, StatusFetched):
        return joined(" and Twilio, when asked, reported ", what, " at ", at)
    is_carrier = isinstance(event, CallbackReceived) and event.status == "undelivered"
    who = "the carrier answered" if is_carrier else "Twilio reported"
    return joined(f" and {who} ", what, " at ", at)


def _fault(history: DeliveryHistory, codes: CodeTable) -> str:
    code = history.standing.code
    return code_words(code, codes) if code else "a failure without giving a reason"


_CLAUSES: dict[Stage, Callable[[DeliveryHistory, CodeTable], Sentence]] = {
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
