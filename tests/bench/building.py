"""Builds a plausible ledger fast: through the product's own verbs and door, sealed and provable."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from kit.clock import ManualClock
from kit.commands import AppendEvents
from kit.processes import ACCOUNT
from kit.provider import FakeProvider, sid
from kit.world import STAFF, World
from ledger.commands.launch import LaunchOrder, launch
from ledger.domain.delivery import Delivery
from ledger.domain.events import ContactEnrolled, DeliveryEvent, Form
from ledger.domain.outcome_classifier import OutcomeClassifier
from ledger.messages.contact_rows import ContactFileRow

MESSAGE = "Dear {{first_name}}, the school is closed tomorrow because of the storm. Stay safe!"
_PART = 2000
_FATES = {0: ("failed", "30005"), 1: ("undelivered", "30008")}
"""One delivery in twenty each; the others arrive."""


@dataclass(frozen=True)
class Built:
    """A ledger at an address."""

    url: str
    campaign_ids: list[str]
    events: int


def phone(number: int) -> str:
    """A number that nobody else bears."""
    return f"+1{2_120_000_000 + number}"


def rows(count: int, first: int = 0) -> list[ContactFileRow]:
    """The rows of a contact file."""
    return [
        ContactFileRow(
            line, phone(line), f"Given{line} Family{line}", {"first_name": f"Given{line}"}
        )
        for line in range(first + 2, first + count + 2)
    ]


def build(url: str, deliveries: int, *, campaigns: int = 1, with_callbacks: bool = True) -> Built:
    """Campaigns of so many deliveries: enrolled, started, accepted, and two callbacks each."""
    world = World.open(url, ManualClock(), FakeProvider())
    try:
        found = [_launch(world, deliveries, number) for number in range(campaigns)]
        for part in _enrolled(world):
            _send(world, part, with_callbacks=with_callbacks)
        return Built(url, found, world.app.ledger.reader.head())
    finally:
        world.close()


def _launch(world: World, deliveries: int, number: int) -> str:
    people = rows(deliveries, first=number * deliveries)
    order = LaunchOrder(name=f"Campaign {number + 1}", message=MESSAGE, rows=people)
    return launch(world.app.ledger, order, STAFF)


def _enrolled(world: World) -> Iterator[list[Delivery]]:
    """The deliveries as they were enrolled, in parts; nothing that is appended meanwhile."""
    head, after = world.app.ledger.reader.head(), 0
    while after < head:
        entries = world.app.ledger.reader.events(after, _PART, head)
        after = entries[-1].seq
        events = [e.event for e in entries if e.topic == ContactEnrolled.topic]
        yield [found for event in events if (found := Delivery.from_events([event]))]


def _send(world: World, part: Sequence[Delivery], *, with_callbacks: bool) -> None:
    """One commit a step, so that deliveries lie beside one another as they do while sending."""
    deliveries = _append(world, [(each, each.start("sender", 14400)) for each in part])
    sids = {d.delivery_id: sid(int(d.person.phone[1:])) for d in deliveries if d.person}
    deliveries = _append(
        world,
        [(d, d.accept("sender", 1, sid=sids[d.delivery_id], status="queued")) for d in deliveries],
    )
    for step in range(2 if with_callbacks else 0):
        deliveries = _append(
            world,
            [
                (d, _callback(world, d, sids[d.delivery_id], *_news(number, step)))
                for number, d in enumerate(deliveries)
            ],
        )


def _append(world: World, news: Sequence[tuple[Delivery, DeliveryEvent]]) -> list[Delivery]:
    world.clock.advance(seconds=1)
    world.app.ledger.execute(AppendEvents([event for _, event in news])).result()
    return [delivery.after(event) for delivery, event in news]


def _news(number: int, step: int) -> tuple[str, str | None]:
    return ("sent", None) if step == 0 else _FATES.get(number % 20, ("delivered", None))


def _callback(
    world: World, delivery: Delivery, text_sid: str, status: str, code: str | None
) -> DeliveryEvent:
    app = world.app
    form = form_of(text_sid, status, delivery.person.phone if delivery.person else "")
    form |= {"ErrorCode": code} if code else {}
    parameters = tuple(form.items())
    facts, policy = delivery.facts_of(1), LaunchOrder(name="", message="", rows=()).policy
    return delivery.receive(
        1,
        OutcomeClassifier(policy, app.codes).of_report(status, code, facts, app.clock.now()),
        sid=text_sid,
        status=status,
        dedupe=app.ledger.identity.dedupe("callback", f"{delivery.delivery_id}/1", parameters),
        form=Form(parameters=parameters),
    )


def form_of(text_sid: str, status: str, to: str) -> dict[str, str]:
    """What Twilio posts."""
    return {
        "AccountSid": ACCOUNT,
        "ApiVersion": "2010-04-01",
        "From": "+15005550006",
        "MessageSid": text_sid,
        "MessageStatus": status,
        "SmsSid": text_sid,
        "SmsStatus": status,
        "To": to,
    }
