"""What happens to the deliveries of a built ledger: attempts, callbacks, unknown outcomes.

A fate is a sequence of steps, and each step makes the next event of one delivery:
`(start, accept, report("sent"), report("delivered"))`.
"""

from collections.abc import Callable, Sequence

from kit.ledger_commands import AppendEvents
from kit.processes import ACCOUNT
from kit.world import World
from ledger.domain.delivery import Delivery
from ledger.domain.events import DeliveryEvent, Form
from ledger.domain.outcome_classifier import OutcomeClassifier
from ledger.domain.resend_policy import ResendPolicy

Step = Callable[[World, Delivery], DeliveryEvent]
Fate = Sequence[Step]

_VALIDITY_SECONDS = 14_400
_TO = "+12122120002"
"""What every callback says it was sent to; nothing looks at it."""


def start(_world: World, delivery: Delivery) -> DeliveryEvent:
    """The sender begins the next attempt."""
    return delivery.start("sender", _VALIDITY_SECONDS)


def accept(_world: World, delivery: Delivery) -> DeliveryEvent:
    """Twilio takes the text."""
    return delivery.accept("sender", delivery.turn, sid=_sid_of(delivery), status="queued")


def doubt(_world: World, delivery: Delivery) -> DeliveryEvent:
    """Twilio gives no readable answer."""
    return delivery.mark_unknown("sender", delivery.turn, "no readable answer")


def ask_staff(_world: World, delivery: Delivery) -> DeliveryEvent:
    """Twilio's records hold two texts that it could be, so staff must decide."""
    candidates = [f"{_sid_of(delivery)}{letter}" for letter in "ab"]
    cause = "Twilio's records do not tell whether this text was sent"
    return delivery.mark_unknown("sender", delivery.turn, cause, candidates)


def report(status: str, code: str | None = None) -> Step:
    """A callback brings this status."""

    def receive(world: World, delivery: Delivery) -> DeliveryEvent:
        app, turn, text_sid = world.app, delivery.turn, _sid_of(delivery)
        form = form_of(text_sid, status)
        form |= {"ErrorCode": code} if code else {}
        parameters = tuple(form.items())
        judge = OutcomeClassifier(ResendPolicy(), app.codes)
        address = f"{delivery.delivery_id}/{turn}"
        return delivery.receive(
            turn,
            judge.classify_report(status, code, delivery.context_of(turn), app.clock.now()),
            sid=text_sid,
            status=status,
            dedupe=app.ledger.identity.dedupe("callback", address, parameters),
            form=Form(parameters=parameters),
        )

    return receive


def form_of(text_sid: str, status: str) -> dict[str, str]:
    """What Twilio posts."""
    return {
        "AccountSid": ACCOUNT,
        "ApiVersion": "2010-04-01",
        "From": "+15005550006",
        "MessageSid": text_sid,
        "MessageStatus": status,
        "SmsSid": text_sid,
        "SmsStatus": status,
        "To": _TO,
    }


def _sid_of(delivery: Delivery) -> str:
    """The SID of the text of the last attempt, the same at every call."""
    return f"SM{delivery.delivery_id}{delivery.turn:04}"


def play(world: World, deliveries: Sequence[Delivery], fates: Sequence[Fate]) -> list[Delivery]:
    """Take each delivery through its own fate, and return them as they are afterwards.

    One commit for each step, so that deliveries lie beside one another as they do while sending.
    """
    found = list(deliveries)
    for number in range(max(map(len, fates), default=0)):
        steps = {i: fate[number] for i, fate in enumerate(fates) if number < len(fate)}
        events = {i: step(world, found[i]) for i, step in steps.items()}
        world.clock.advance(seconds=1)
        world.execute(AppendEvents(list(events.values())))
        for i, event in events.items():
            found[i] = found[i].with_events([event])
    return found
