"""Which ledgers an earlier version of the program made for a demonstration."""

import pytest

from kit.world import World
from ledger.errors import Refused
from webapp.demo import is_earlier_demonstration, launch_demo
from webapp.standin_account import ACCOUNT_SID

AMARA = "+14155550101"


@pytest.fixture
def demo(world: World) -> World:
    """A ledger as `make run` left it, before ledgers knew what they are."""
    launch_demo(world.app, "ortiz")
    return world


def report(world: World, account_sid: str) -> None:
    world.catch_up()
    delivery_id = world.delivery(world.app.status.campaigns()[0].campaign_id, AMARA)
    world.callback(delivery_id, sid="SM1", AccountSid=account_sid)


def test_a_ledger_that_begins_with_the_demo_campaign_is_one(demo):
    assert is_earlier_demonstration(demo.app.ledger.reader)
    report(demo, ACCOUNT_SID)
    assert is_earlier_demonstration(demo.app.ledger.reader)


def test_a_ledger_with_a_callback_of_another_account_is_none(demo):
    report(demo, "AC" + 32 * "0")
    assert not is_earlier_demonstration(demo.app.ledger.reader)


def test_a_ledger_that_begins_otherwise_is_none(world):
    assert not is_earlier_demonstration(world.app.ledger.reader)
    world.launch()
    assert not is_earlier_demonstration(world.app.ledger.reader)


def test_such_a_ledger_is_never_sent_for_real(demo, provider):
    with pytest.raises(Refused, match="This ledger is a demonstration"):
        demo.send()
    assert provider.sent == []
