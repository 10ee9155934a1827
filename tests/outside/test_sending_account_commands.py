"""The Twilio account of a ledger, from outside: another one is refused, a demonstration too."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from kit.processes import ACCOUNT, TOKEN, School
from webapp.standin import StandIn, StandInSettings

ADA = "Ada,+14155550101"
OTHER = "AC" + 32 * "9"


@pytest.fixture
def sent_school(school: School) -> School:
    """A school that has sent a text."""
    school.launch(ADA)
    assert school.run("send", "--once").returncode == 0
    return school


@pytest.fixture
def other_twilio() -> Iterator[str]:
    """The address of a Twilio with the other account."""
    with StandIn(StandInSettings(account_sid=OTHER, auth_token=TOKEN)) as standin:
        yield standin.url


def with_account(school: School, account_sid: str) -> School:
    return replace(school, settings={**school.settings, "TWILIO_ACCOUNT_SID": account_sid})


def test_a_ledger_shows_its_account(school):
    assert school.read("sending", "account") == {"account_sid": None, "demonstration": False}
    assert school.run("sending", "account").stdout == (
        "This ledger has no Twilio account yet: it takes that of its first attempt.\n"
    )
    school.launch(ADA)
    school.run("send", "--once")
    assert school.read("sending", "account") == {"account_sid": ACCOUNT, "demonstration": False}
    assert school.run("sending", "account").stdout == (
        f"This ledger sends from the Twilio account {ACCOUNT}.\n"
    )


@pytest.mark.parametrize("command", [("send", "--once"), ("send",), ("up",), ("reconcile",)])
def test_another_account_is_refused_at_the_start(sent_school, command):
    refused = with_account(sent_school, OTHER).run(*command)
    assert (refused.returncode, refused.stdout) == (1, "")
    assert refused.stderr == (
        f"delivery-ledger: This ledger sends from the Twilio account {ACCOUNT}, but "
        f"TWILIO_ACCOUNT_SID is {OTHER}, which has no records of its texts. Correct "
        "TWILIO_ACCOUNT_SID, or move the ledger to that account with `delivery-ledger sending "
        "account --change`.\n"
    )


def test_a_ledger_is_moved_to_another_account_on_purpose(sent_school, other_twilio):
    moved = replace(with_account(sent_school, OTHER), api_url=other_twilio)
    asked = moved.run("sending", "account", "--change")
    assert (asked.returncode, "give --yes" in asked.stderr) == (2, True)
    done = moved.run("sending", "account", "--change", "--yes", "--by", "ortiz")
    assert done.returncode == 0, done.stderr
    assert done.stdout == f"This ledger sends from the Twilio account {OTHER}.\n"
    assert moved.run("send", "--once").returncode == 0
    assert sent_school.run("send", "--once").returncode == 1
    again = moved.run("sending", "account", "--change", "--yes")
    assert (again.returncode, f"{OTHER} now" in again.stderr) == (1, True)


def test_words_that_are_no_account_move_nothing(sent_school):
    moved = with_account(sent_school, "the new account")
    refused = moved.run("sending", "account", "--change", "--yes")
    assert (refused.returncode, refused.stdout) == (1, "")
    assert refused.stderr == (
        "delivery-ledger: TWILIO_ACCOUNT_SID must be AC followed by 32 digits or letters from a to "
        "f, as in Twilio's console.\n"
    )
    assert sent_school.read("sending", "account")["account_sid"] == ACCOUNT


def test_a_demonstration_is_refused_on_a_ledger_in_use(school):
    campaign_id = school.launch(ADA)
    refused = school.run("up", "--simulate", "--port", str(school.port))
    assert refused.returncode == 1
    assert "With --simulate its contacts would be shown as delivered" in refused.stderr
    assert school.read("campaign", "show", campaign_id)["counts"]["pending"] == 1
    assert school.read("sending", "account")["account_sid"] is None


def test_a_demonstration_goes_on_as_one_and_is_never_sent_for_real(school):
    for _ in range(2):
        with school.running("up", "--simulate", "--port", str(school.port)):
            pass
    assert len(school.read("campaign", "list")) == 1
    assert school.read("sending", "account")["demonstration"]
    for command in (("send", "--once"), ("up", "--port", str(school.port))):
        refused = school.run(*command)
        assert (refused.returncode, refused.stdout) == (1, "")
        assert "This ledger is a demonstration, made by `up --simulate`" in refused.stderr
    change = school.run("sending", "account", "--change", "--yes")
    assert (change.returncode, "is a demonstration" in change.stderr) == (1, True)
