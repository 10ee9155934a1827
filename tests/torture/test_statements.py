"""Trouble at every statement and commit of every verb: nothing half-written, and again succeeds.

The step at which it strikes is 1, 2, … until the verb has fewer steps than that.
"""

import itertools
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass

import pytest
import sqlalchemy as sa

from kit.faults import DIED, Fault, die, drop, fault_at, in_a_child, refuse
from kit.provider import sid
from kit.soundness import check_world, marks
from kit.world import ADA, World
from ledger.commands import launch as launching
from ledger.commands.attempts import RecordAnswer
from ledger.errors import AlreadyRecorded, NotFound, Refused, StoreUnavailable
from ledger.providers.contract import Accepted
from ledger.store.schema import contact_keys

PHONES = [f"+1415555{number:04}" for number in range(3)]
TO_BE_SENT = [f"+1415557{number:04}" for number in range(80)]


@dataclass(frozen=True)
class Verb:
    """Something done with the world, as the `number`-th of its kind; doing it twice is harmless."""

    name: str
    do: Callable[[World, int], object]
    is_whole: Callable[[World, int], bool]
    """Whether it is there; raises where it is there in part or twice."""
    prepare: Callable[[World], object] = lambda _world: None


# The verbs, and what there is to see of each once it is done.


def opt_out(world: World, number: int) -> None:
    with suppress(Refused):  # it was opted out already
        world.opt_out(f"+1415556{number:04}")


def is_opted_out(world: World, number: int) -> bool:
    topics = world.topics(world.contact(f"+1415556{number:04}"))
    assert topics in ([], ["ContactOptedOut"])
    return bool(topics)


def callback(world: World, number: int) -> None:
    delivery = world.delivery(world.app.ledger.identity.campaign_id("first"))
    with suppress(AlreadyRecorded):  # Twilio is told that it is well
        world.callback(delivery, 1, "sent", sid=sid(1), Mark=f"m{number}")


def is_recorded(world: World, number: int) -> bool:
    count = marks(world.app.ledger)[f"m{number}"]
    assert count in {0, 1}
    return count == 1


def launch(world: World, number: int) -> None:
    """A launch that failed is repeated, under a name of its own."""
    for again in itertools.count():
        campaign_id = world.app.ledger.identity.campaign_id(f"{number}/{again}")
        if not world.app.ledger.reader.stream(campaign_id):
            world.launch(PHONES, launch_name=f"{number}/{again}")
            return


def is_launched(world: World, number: int) -> bool:
    names = (f"{number}/{again}" for again in range(2))
    ids = [world.app.ledger.identity.campaign_id(name) for name in names]
    listed = [campaign_id for campaign_id in ids if _is_listed(world, campaign_id)]
    assert all(len(world.rows(campaign_id)) == len(PHONES) for campaign_id in listed)
    return bool(listed)


def _is_listed(world: World, campaign_id: str) -> bool:
    try:
        world.campaign(campaign_id)
    except NotFound:
        return False
    return True


def attempt(world: World, number: int) -> None:
    """One text, asked for and answered; whoever died in between leaves a doubt, not a second."""
    delivery = _text(world, number)
    text = world.text(delivery)
    world.start(delivery, text)
    if world.topics(delivery)[-1] == "AttemptStarted":
        answer = Accepted(sid=sid(number), status="queued")
        world.execute(RecordAnswer(delivery, 1, answer, world.app.codes))


def is_attempted(world: World, number: int) -> bool:
    topics = world.topics(_text(world, number))
    whole = ["ContactEnrolled", "AttemptStarted", "AttemptAccepted"]
    assert topics == whole[: len(topics)]
    return topics == whole


def forget(world: World, number: int) -> None:
    with suppress(Refused):  # it was forgotten already
        world.forget(TO_BE_SENT[number])


def is_forgotten(world: World, number: int) -> bool:
    contact = world.contact(TO_BE_SENT[number])
    query = sa.select(contact_keys).where(contact_keys.c.subject_id == contact)
    with world.app.ledger.recorder._engine.connect() as connection:
        has_key = connection.execute(query).one_or_none() is not None
    found = (has_key, world.topics(contact), world.topics(_text(world, number)))
    if has_key:
        assert found == (True, [], ["ContactEnrolled"])
    else:
        assert found == (False, ["ContactForgotten"], ["ContactEnrolled", "DeliveryWithdrawn"])
    return not has_key


def launch_texts(world: World) -> None:
    world.launch(TO_BE_SENT, launch_name="texts")


def _text(world: World, number: int) -> str:
    campaign_id = world.app.ledger.identity.campaign_id("texts")
    return world.delivery(campaign_id, TO_BE_SENT[number])


def rebuild(world: World, _number: int) -> None:
    world.app.views.rebuild()


def is_sound(_world: World, _number: int) -> bool:
    """Whether the views are whole is asked after every verb."""
    return True


OPT_OUT = Verb("opt out", opt_out, is_opted_out)
CALLBACK = Verb("callback", callback, is_recorded)
LAUNCH = Verb("launch", launch, is_launched)
ATTEMPT = Verb("attempt", attempt, is_attempted, launch_texts)
FORGET = Verb("forget", forget, is_forgotten, launch_texts)
REBUILD = Verb("rebuild", rebuild, is_sound)
SLOW = (ATTEMPT, FORGET, LAUNCH, OPT_OUT, REBUILD)


def verbs(*quick: Verb, slow: Sequence[Verb]) -> pytest.MarkDecorator:
    """Each of these verbs; the slow ones are for `make torture`."""
    marked = [pytest.param(verb, marks=pytest.mark.torture) for verb in slow]
    return pytest.mark.parametrize("verb", [*quick, *marked], ids=lambda verb: verb.name)


on_both = pytest.mark.parametrize(
    "database_url",
    ["sqlite", pytest.param("postgresql", marks=pytest.mark.torture)],
    indirect=True,
)
"""On PostgreSQL in `make torture`; in `make test` connections to it are dropped at every step."""


@pytest.fixture
def world(verb, clock, provider, database_url, monkeypatch) -> Iterator[World]:
    opened = World.open(database_url, clock, provider)
    opened.launch([ADA], launch_name="first")
    opened.send()
    verb.prepare(opened)
    monkeypatch.setattr(launching, "_PART", 2)  # several commits in one launch
    monkeypatch.setattr(launching, "_WAITS_SECONDS", (0.0, 0.0))
    yield opened
    opened.close()


Check = Callable[[World], object]


@pytest.fixture(params=[World.catch_up, pytest.param(check_world, marks=pytest.mark.torture)])
def check(request: pytest.FixtureRequest) -> Check:
    """What is done after each step. What one of them breaks is still broken at the end."""
    each: Check = request.param
    return each


def check_soon(world: World, check: Check) -> None:
    """A dropped connection is met by whoever uses it next; who comes after that meets a new one."""
    try:
        check(world)
    except StoreUnavailable:
        check(world)


def strike_at_every_step(world: World, verb: Verb, fault: Fault, check: Check) -> int:
    """Do the verb with trouble at its first step, then at its second, …; gives how many it has."""
    for step in itertools.count(1):
        try:
            with fault_at(step, fault) as steps:
                verb.do(world, step)
                world.catch_up()
        except StoreUnavailable:
            pass
        else:
            if not steps.has_struck:
                return step - 1
        check_soon(world, check)
        verb.is_whole(world, step)
        verb.do(world, step)
        assert verb.is_whole(world, step)
    raise AssertionError


@verbs(CALLBACK, slow=SLOW)
@on_both
def test_a_refusal_at_any_step_leaves_nothing_half_written(world, verb, check):
    assert strike_at_every_step(world, verb, refuse, check) > 4
    check_world(world)


@verbs(CALLBACK, slow=SLOW)
@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_a_connection_dropped_at_any_step_leaves_nothing_half_written(world, verb, check):
    assert strike_at_every_step(world, verb, drop, check) > 4
    check_world(world)


@verbs(CALLBACK, slow=SLOW)
@on_both
def test_a_death_at_any_step_leaves_nothing_half_written(world, verb, check):
    def do_and_die(step: int) -> None:
        survivor = world.again()
        with fault_at(step, die):
            verb.do(survivor, step)
            survivor.catch_up()

    for step in itertools.count(1):
        world.close()  # a fork must not share a connection
        if in_a_child(lambda step=step: do_and_die(step)) != DIED:
            break
        check(world)
        verb.is_whole(world, step)
        verb.do(world, step)
        assert verb.is_whole(world, step)
    assert step > 4
    check_world(world)
