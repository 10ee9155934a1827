"""Plans all statuses and callbacks of a text when it is created."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from uuid import NAMESPACE_URL, uuid4, uuid5

from webapp.standin.behaviour import Behaviour, Course, Step
from webapp.standin.disorder import dice, disturb, tempo
from webapp.standin.message import API_VERSION, POOL_NUMBER, Message, Moment
from webapp.standin.notebook import Callback
from webapp.standin.reading import CreateRequest
from webapp.standin.records import stored
from webapp.standin.settings import StandInSettings

_FROM_THE_CARRIER = frozenset({"delivered", "undelivered", "failed"})


@dataclass(frozen=True, kw_only=True)
class Plan:
    """A text, the callbacks posted before the create request is answered, and those after."""

    message: Message
    early: tuple[Callback, ...]
    later: tuple[Callback, ...]


def plan(
    request: CreateRequest,
    settings: StandInSettings,
    *,
    behaviour: Behaviour,
    attempt: int,
    now: float,
) -> Plan:
    """Return the plan of an accepted text; `attempt` counts the creates to its number, from 1."""
    random = dice(settings.seed, request.to, attempt)
    seconds = tempo(settings.pace_seconds, random)
    course = _with_service(request, behaviour.course(attempt))
    message = _message(request, settings, course=course, now=now, seconds=seconds)
    reports = _with_service(request, behaviour.reports(attempt))
    posted = disturb(reports, random) if settings.seed is not None else reports
    callbacks = [(step, _callback(message, step, now + step.paces * seconds)) for step in posted]
    return Plan(
        message=message,
        early=tuple(call for step, call in callbacks if call and step.is_before_answer),
        later=tuple(call for step, call in callbacks if call and not step.is_before_answer),
    )


def _with_service(request: CreateRequest, steps: Course) -> Course:
    """A messaging service answers `accepted`, and reports `queued` when it has a sender."""
    if request.service_sid is None or not steps:
        return steps
    return (Step(steps[0].paces / 2, "queued"), *steps)


def _message(
    request: CreateRequest,
    settings: StandInSettings,
    *,
    course: Course,
    now: float,
    seconds: float,
) -> Message:
    first = Moment(at=now, status="accepted" if request.service_sid else "queued")
    later = [
        Moment(at=now + step.paces * seconds, status=step.status, error_code=step.error_code)
        for step in course
    ]
    return Message(
        sid=f"SM{uuid4().hex}",
        account_sid=settings.account_sid,
        to=request.to,
        sender=request.sender or POOL_NUMBER,
        body=stored(request.body, settings.stored_body),
        service_sid=request.service_sid,
        status_callback=request.status_callback,
        created_at=now,
        moments=(first, *later),
        price_seconds=settings.price_seconds,
    )


def _callback(message: Message, step: Step, due: float) -> Callback | None:
    if message.status_callback is None:
        return None
    token = uuid5(NAMESPACE_URL, f"{message.sid}/{step.status}/{step.error_code}")
    return Callback(
        id=uuid4().hex,
        due=due,
        sid=message.sid,
        url=message.status_callback,
        params=_params(message, step),
        token=str(token),
    )


def _params(message: Message, step: Step) -> dict[str, str]:
    """Return the form of a callback (Twilio, "Outbound message status in status callbacks")."""
    params = {
        "MessageSid": message.sid,
        "SmsSid": message.sid,
        "MessageStatus": step.status,
        "SmsStatus": step.status,
        "AccountSid": message.account_sid,
        "From": message.sender,
        "To": message.to,
        "ApiVersion": API_VERSION,
    }
    if message.service_sid is not None:
        params["MessagingServiceSid"] = message.service_sid
    if step.error_code is not None:
        params["ErrorCode"] = str(step.error_code)
    if step.status in _FROM_THE_CARRIER:
        done = datetime.fromtimestamp(message.created_at, UTC)
        params["RawDlrDoneDate"] = done.strftime("%y%m%d%H%M")
    return params


def canceled(message: Message, now: float) -> Message:
    """Return the text, canceled now."""
    reached = tuple(moment for moment in message.moments if moment.at <= now)
    return replace(message, moments=(*reached, Moment(at=now, status="canceled")))
