"""Our program against somebody else's Twilio: run by run.sh, which starts that beforehand."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import requests

from kit.processes import School, reserve_port

pytestmark = pytest.mark.interop

EMULATOR = "http://127.0.0.1:4000"
ACCOUNT, TOKEN, NUMBER = "AC" + 32 * "0", "twilio_test_auth_token", "+15551234567"


@pytest.fixture(params=[4000, 4010], ids=["directly", "through the checking proxy"])
def school(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[School]:
    """A school whose Twilio is the emulator."""
    settings = {
        "LEDGER_CALLBACK_RETRIES": "off",
        "TWILIO_ACCOUNT_SID": ACCOUNT,
        "TWILIO_AUTH_TOKEN": TOKEN,
        "TWILIO_PHONE_NUMBER": NUMBER,
    }
    api_url = f"http://127.0.0.1:{request.param}"
    found = School(folder=tmp_path, port=reserve_port(), api_url=api_url, settings=settings)
    with found.serving():
        yield found


def simulate(sid: str, status: str) -> None:
    """Let the emulator bring a text to that status, and report it."""
    url, form = f"{EMULATOR}/_twilio/simulate/message-status", {"MessageSid": sid}
    form["Status"] = status
    requests.post(url, form, auth=(ACCOUNT, TOKEN), timeout=10).raise_for_status()


def sids(school: School) -> list[str]:
    """The SIDs of what was accepted, in the order of the ledger."""
    lines = school.read("audit")
    return [line["data"]["sid"] for line in lines if line["type"] == "AttemptAccepted"]


def statuses(school: School, campaign_id: str) -> list[str]:
    """The Delivered column of the Contacts tab."""
    return [row["status"] for row in school.read("campaign", "contacts", campaign_id)]


def until(claim: Callable[[], bool]) -> None:
    """Wait for it, thirty seconds at the most."""
    deadline = time.monotonic() + 30
    while not claim():
        assert time.monotonic() < deadline
        time.sleep(0.2)


def test_a_text_is_accepted_reported_and_delivered(school):
    campaign_id = school.launch("Ada,+14155550101", "Ben,+14155550102")
    sent = school.run("send", "--once")
    assert "2 attempts made" in sent.stderr
    ada, ben = sids(school)
    simulate(ada, "delivered")
    simulate(ben, "undelivered")
    until(lambda: statuses(school, campaign_id) == ["delivered", "failed"])
    types = [line["type"] for line in school.read("audit")]
    assert "StrayCallbackReceived" not in types
    assert types.count("CallbackReceived") >= 2


def test_what_was_never_reported_is_asked_for(school):
    campaign_id = school.launch("Ada,+14155550103")
    school.run("send", "--once")
    done = school.read("reconcile", "--campaign", campaign_id)
    assert (done["asked"], done["unknown"]) == (1, 0)


def test_the_records_of_a_number_can_be_listed(school):
    school.launch("Ada,+14155550104")
    school.run("send", "--once")
    (sid,) = sids(school)
    url = f"{school.api_url}/2010-04-01/Accounts/{ACCOUNT}/Messages.json"
    to = {"To": "+14155550104"}
    answer = requests.get(url, to, auth=(ACCOUNT, TOKEN), timeout=10)
    found = answer.json()["messages"]
    assert sid in [message["sid"] for message in found]
