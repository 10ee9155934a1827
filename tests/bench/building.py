"""Builds a plausible ledger fast: through the product's own commands, sealed and provable."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import cycle, islice

from bench.fates import Fate, accept, ask_staff, doubt, play, report, start
from kit.clock import ManualClock
from kit.provider import FakeProvider
from kit.world import STAFF, World
from ledger.clock import SystemClock
from ledger.commands.campaigns import ArchiveCampaign
from ledger.commands.launch import launch
from ledger.commands.launch_order import LaunchOrder
from ledger.domain.delivery import Delivery
from ledger.domain.events import ContactEnrolled
from ledger.messages.contact_rows import ContactFileRow

MESSAGE = "Dear {{first_name}}, the school is closed tomorrow because of the storm. Stay safe!"
_PART = 2000
EVENTS_OF_DELIVERY = 5
"""Of each delivery that `build` makes: enrolled, started, accepted, and two callbacks."""

_ACCEPTED = (start, accept)
_CARRIED = (*_ACCEPTED, report("sent"))
_DELIVERED = (*_CARRIED, report("delivered"))
_UNREACHABLE = (*_CARRIED, report("failed", "30005"))
_BOUNCED = (*_CARRIED, report("undelivered", "30008"))
_UNKNOWN = (start, doubt)
_BEFORE_STAFF = (start, doubt, ask_staff)

_REPORTED: Sequence[Fate] = (_UNREACHABLE, _BOUNCED, *18 * (_DELIVERED,))
_MIXED: Sequence[Fate] = (
    *(_UNREACHABLE, _BOUNCED, _BOUNCED, (*_BOUNCED, *_DELIVERED), _UNKNOWN),
    *(_ACCEPTED, _CARRIED, _CARRIED),
    *12 * (_DELIVERED,),
)
"""The fates of twenty deliveries that follow one another: of a quiet day, and of a busy one."""


@dataclass(frozen=True)
class Built:
    """A ledger at an address."""

    url: str
    campaign_ids: list[str]
    events: int


_NUMBERS_IN_AREA = 990_000
"""With the exchanges 212 to 310, none of which ends in 11: no number has such an exchange."""


def phone(number: int) -> str:
    """A number that nobody else bears."""
    area, number_in_area = divmod(number, _NUMBERS_IN_AREA)
    return f"+1{(212 + area) * 10**7 + 2_120_000 + number_in_area}"


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
            play(world, part, _fates(_REPORTED if with_callbacks else [_ACCEPTED], part))
        return Built(url, found, world.app.ledger.reader.head())
    finally:
        world.close()


def text_contacts(url: str, texted: int, archived: int) -> None:
    """Give the first contacts of the ledger's campaign a busy day, and archive another campaign.

    `texted` and `archived` are numbers of contacts; 0 archives none. In the archived campaign, some
    reports come after the archive.
    """
    world = World.open(url, ManualClock(SystemClock().now()), FakeProvider())
    try:
        for part in islice(_enrolled(world), -(-texted // _PART)):
            _play_mixed(world, part[:texted])
        if archived:
            _archive(world, archived)
    finally:
        world.close()


def _archive(world: World, deliveries: int) -> None:
    before = world.app.ledger.reader.head()
    campaign_id = _launch(world, deliveries, 0)
    parts = [_play_mixed(world, part) for part in _enrolled(world, before)]
    world.execute(ArchiveCampaign(campaign_id, STAFF))
    late = (report("delivered"),)
    for part in parts:
        play(world, part, [late if fate is _CARRIED else () for fate in _mixed(part)])


def _play_mixed(world: World, part: Sequence[Delivery]) -> list[Delivery]:
    return play(world, part, _mixed(part))


def _mixed(part: Sequence[Delivery]) -> list[Fate]:
    """The fates of a busy day; the last delivery of each part waits for a decision by staff."""
    return [*_fates(_MIXED, part[:-1]), _BEFORE_STAFF]


def _fates(of_each: Sequence[Fate], part: Sequence[Delivery]) -> list[Fate]:
    return list(islice(cycle(of_each), len(part)))


def _launch(world: World, deliveries: int, number: int) -> str:
    people = rows(deliveries, first=number * deliveries)
    order = LaunchOrder(name=f"Campaign {number + 1}", message=MESSAGE, rows=people)
    return launch(world.app.ledger, order, STAFF, again=True)


def _enrolled(world: World, after: int = 0) -> Iterator[list[Delivery]]:
    """The deliveries enrolled behind that seq, in parts; nothing that is appended meanwhile."""
    head, topics = world.app.ledger.reader.head(), [ContactEnrolled.topic]
    while entries := world.app.ledger.reader.events(after, _PART, head, topics):
        after = entries[-1].seq
        yield [Delivery.from_events(entry.stream_id, [entry.event]) for entry in entries]
