"""A restored ledger, as an operator sees it: each command stops, says so, and says what to do."""

import shutil

import pytest

from kit.processes import post
from kit.standin_notebook import change_messages
from kit.store import ledger_file

ADA, BEN = "Ada,+14155550101", "Ben,+14155550102"


@pytest.fixture
def restored(school, standin):
    """A school whose backup was made before its texts were sent, and then restored."""
    school.launch(ADA, BEN)
    backup = shutil.copytree(school.folder, school.folder / "backup")
    assert school.run("send", "--once").stderr == "2 attempts made.\n"
    restore(school, backup)
    return school


def restore(school, backup):
    for file in school.folder.glob("ledger.sqlite3*"):
        file.unlink()
    for file in backup.glob("ledger.sqlite3*"):
        shutil.copy(file, school.folder)


def test_send_once_sends_nothing_and_says_what_to_do(restored, standin):
    done = restored.run("send", "--once")
    assert done.returncode == 1
    assert done.stderr == (
        "0 attempts made.\n"
        "Sending is off: the ledger lost its end; run `delivery-ledger reconcile` first.\n"
    )
    assert len(standin.messages()) == 2


def test_reconcile_finds_the_texts_and_sending_goes_on(restored, standin):
    restored.run("send", "--once")
    shown = restored.read("sending", "show")
    assert (shown["cause"], shown["lost_attempts"], shown["missing"]) == ("ledger_cut", 2, 0)
    assert restored.read("reconcile")["recovered"] == {
        "texts": 2,
        "attached": 2,
        "unplaced": 0,
        "undecided": 0,
        "missing": 0,
    }
    assert restored.run("sending", "allow").returncode == 0
    assert restored.run("send", "--once").stderr == "0 attempts made.\n"
    assert len(standin.messages()) == 2


def test_reconcile_says_what_became_of_the_texts(restored):
    restored.run("send", "--once")
    assert restored.run("reconcile").stdout.startswith(
        "The ledger lost its end. It was compared with 2 texts in Twilio's records. 2 of them "
        "went to contacts who waited here: they count as sent, and are not sent again. 0 belong to "
        "nothing in this ledger.\n"
    )


def test_reconcile_notices_by_itself_that_the_ledger_was_restored(restored):
    assert restored.read("reconcile")["recovered"]["attached"] == 2
    assert restored.read("sending", "show")["off"]


def test_texts_that_twilio_does_not_list_keep_sending_off_until_staff_insist(restored, standin):
    restored.run("send", "--once")
    change_messages(standin, "DELETE FROM messages")
    done = restored.run("reconcile")
    assert "Warning: The ledger lost 2 attempts" in done.stdout
    assert restored.run("sending", "allow").returncode == 1
    assert "--despite-missing" in restored.run("sending", "allow").stderr
    assert restored.run("sending", "allow", "--despite-missing").returncode == 0
    assert restored.run("send", "--once").stderr == "2 attempts made.\n"


def test_a_whole_machine_that_was_restored_stops_too(restored, standin):
    (restored.folder / "ledger.sender").unlink()
    assert "Sending is off" in restored.run("send", "--once").stderr
    assert restored.read("reconcile")["recovered"]["attached"] == 2
    assert len(standin.messages()) == 2


def test_while_twilio_cannot_be_asked_send_once_fails_and_says_why(school, standin):
    school.launch(ADA)
    standin.stop()
    done = school.run("send", "--once")
    assert done.returncode == 1
    assert done.stderr == (
        "delivery-ledger: Nothing was sent. Twilio cannot be asked now (ConnectionError). Before "
        "anything is sent, Twilio's newest texts are compared with the ledger, so that a restored "
        "ledger texts nobody twice. Try again once Twilio can be asked.\n"
    )


def test_while_sending_is_off_send_once_fails_and_says_why(school, standin):
    school.launch(ADA)
    school.run("sending", "stop")
    done = school.run("send", "--once")
    assert (done.returncode, done.stderr) == (
        1,
        "0 attempts made.\nSending is off; `delivery-ledger sending allow` lets it go on.\n",
    )


def test_a_pass_that_pauses_a_campaign_fails_and_says_why(school, standin):
    campaign = school.launch("Eve,+14155520003")
    done = school.run("send", "--once")
    reason = school.read("campaign", "show", campaign)["state_reason"]
    assert done.returncode == 1
    assert done.stderr == f"1 attempt made.\nThe campaign “Fall” paused. {reason}\n"


def test_a_server_refuses_a_ledger_that_was_replaced_under_it(school, standin):
    school.launch(ADA)
    with school.serving():
        file = ledger_file(school.folder)
        shutil.copy(file, school.folder / "backup")
        (school.folder / "backup").rename(file)
        form = {"MessageSid": "SM1", "From": "+14155550101", "Body": "Hello"}
        assert post(f"{school.url}/twilio/inbound", form) == 503
    assert "Restart the program" in (school.folder / "serve.log").read_text()
