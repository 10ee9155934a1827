"""The account of a ledger: learnt at the first attempt, then the only one that sends."""

from dataclasses import replace

import pytest

from kit.provider import FakeProvider
from kit.world import ADA, BEN, World
from ledger.commands.attempts import StartAttempt
from ledger.commands.repository import sending_switch
from ledger.commands.sending_account import ChangeAccount, MarkDemonstration, check_changeable
from ledger.domain.sending_switch import STREAM, SendingAccount
from ledger.errors import Refused
from ledger.providers.contract import UnknownOutcome
from webapp.bootstrap import build

OWN = SendingAccount("AC" + 32 * "0")
OTHER = SendingAccount("AC" + 32 * "9")
DEMONSTRATION = SendingAccount("AC" + 32 * "5", is_demonstration=True)

OTHER_ACCOUNT = (
    f"This ledger sends from the Twilio account {OWN.account_sid}, but TWILIO_ACCOUNT_SID is "
    f"{OTHER.account_sid}, which has no records of its texts. Correct TWILIO_ACCOUNT_SID, or move "
    "the ledger to that account with `delivery-ledger sending account --change`."
)
SIMULATED = (
    f"This ledger sends from the Twilio account {OWN.account_sid}. With --simulate its contacts "
    "would be shown as delivered, and nobody would have been texted. Set LEDGER_DATABASE_URL to "
    "another file for a demonstration."
)
FOR_REAL = (
    "This ledger is a demonstration, made by `up --simulate`: it is never sent for real. Set "
    "LEDGER_DATABASE_URL to another file or database."
)


def account_of(world: World) -> SendingAccount | None:
    return sending_switch(world.app.ledger.reader).account


def mark(world: World, *, is_earlier: bool = False) -> None:
    world.execute(MarkDemonstration(DEMONSTRATION, "sender", is_earlier))


def configured(world: World, account: SendingAccount) -> World:
    """A second process with another account in its settings."""
    settings = world.app.settings
    twilio = replace(
        settings.twilio,
        account_sid=account.account_sid,
        is_demonstration=account.is_demonstration,
    )
    provider: FakeProvider = world.provider
    app = build(
        replace(settings, twilio=twilio), clock=world.clock, provider=lambda _settings: provider
    )
    return replace(world, app=app)


@pytest.mark.both_databases
def test_a_ledger_takes_the_account_of_its_first_attempt(world):
    world.launch([ADA, BEN])
    assert account_of(world) is None
    world.send()
    assert account_of(world) == OWN
    assert world.topics(STREAM) == ["SendingAccountSet"]


def test_a_sender_that_finds_nothing_due_gives_no_account(world):
    world.send()
    assert account_of(world) is None


@pytest.mark.parametrize(("account", "words"), [(OTHER, OTHER_ACCOUNT), (DEMONSTRATION, SIMULATED)])
def test_another_account_does_not_send(world, provider, account, words):
    world.launch()
    world.send()
    world.launch([BEN])
    other = configured(world, account)
    with pytest.raises(Refused) as refused:
        other.send()
    assert str(refused.value) == words
    assert len(provider.sent) == 1
    other.close()


@pytest.mark.both_databases
def test_no_attempt_starts_from_another_account_even_by_a_race(world, provider):
    """Both senders checked the account before the ledger had one."""
    world.launch([ADA, BEN])
    sender, other = world.sender(), configured(world, OTHER)
    late = other.sender()
    assert sender.run_once().attempts == 2
    delivery_id = world.delivery(world.launch())
    with pytest.raises(Refused):
        world.execute(StartAttempt(delivery_id, world.text(delivery_id), 3600, OTHER))
    assert late.run_once().attempts == 0
    assert len(provider.sent) == 2
    other.close()


def test_a_sender_whose_ledger_went_to_another_account_says_so_once(world, caplog):
    sender = world.sender()
    world.launch()
    world.execute(ChangeAccount(OTHER, "usr_1"))
    assert [sender.run_once().attempts for _ in range(2)] == [0, 0]
    assert [record.message.partition(".")[0] for record in caplog.records] == ["Nothing is sent"]


def test_the_callbacks_of_a_former_account_still_count(world):
    delivery_id = world.delivery(world.launch())
    world.send()
    world.execute(ChangeAccount(OTHER, "usr_1"))
    world.callback(delivery_id, AccountSid=OWN.account_sid)
    assert world.row(delivery_id).status == "delivered"


# Moving a ledger to another account.


def test_a_ledger_is_moved_on_purpose_and_then_sends_from_there(world, provider):
    world.launch()
    world.send()
    world.execute(ChangeAccount(OTHER, "usr_1"))
    assert world.last(STREAM).event.actor == "usr_1"
    world.launch([BEN])
    with pytest.raises(Refused):
        world.send()
    other = configured(world, OTHER)
    assert other.send() == 1
    other.close()


def test_a_move_to_the_account_that_it_has_is_refused(world):
    world.launch()
    world.send()
    with pytest.raises(Refused, match=f"sends from the Twilio account {OWN.account_sid} now"):
        world.execute(ChangeAccount(OWN, "usr_1"))


def test_an_account_is_not_changed_while_a_text_may_be_sent_again(world, provider):
    provider.will_answer(ADA, UnknownOutcome(cause="no answer"))
    campaign_id = world.launch()
    world.send()
    unsettled = [a.delivery_id for a in world.app.sending.worklist.unsettled_attempts()]
    reader = world.app.ledger.reader
    with pytest.raises(Refused, match="1 of the texts have no outcome yet"):
        check_changeable(reader, OTHER, unsettled)
    world.close_campaign(campaign_id)
    check_changeable(reader, OTHER, unsettled)


# Demonstrations.


@pytest.mark.both_databases
def test_a_new_ledger_becomes_a_demonstration_once(world):
    mark(world)
    mark(world)
    assert account_of(world) == DEMONSTRATION
    assert world.topics(STREAM) == ["SendingAccountSet"]


@pytest.mark.parametrize("is_sent", [False, True])
def test_a_ledger_in_use_never_becomes_a_demonstration(world, is_sent):
    world.launch()
    if is_sent:
        world.send()
    head = world.app.ledger.reader.head()
    with pytest.raises(Refused, match="nobody would have been texted"):
        mark(world)
    assert world.app.ledger.reader.head() == head


def test_a_demonstration_is_never_sent_for_real(world, provider):
    mark(world)
    world.launch()
    with pytest.raises(Refused) as refused:
        world.send()
    assert str(refused.value) == FOR_REAL
    with pytest.raises(Refused) as refused:
        world.execute(ChangeAccount(OWN, "usr_1"))
    assert str(refused.value) == FOR_REAL
    assert provider.sent == []


def test_a_ledger_in_use_is_not_moved_to_a_demonstration(world):
    world.launch()
    world.send()
    with pytest.raises(Refused) as refused:
        mark(world, is_earlier=True)
    assert str(refused.value) == SIMULATED


def test_a_demonstration_goes_on_whatever_account_its_stand_in_has(world):
    mark(world)
    world.launch()
    other = configured(world, replace(DEMONSTRATION, account_sid=OTHER.account_sid))
    assert other.send() == 1
    other.close()
