"""Opt-outs as the command line shows and records them, with texts as Twilio posts them."""

from datetime import datetime, timedelta

import pytest

from kit.processes import post

ADA = "Ada,4155550101"
NUMBER = "+14155550101"
TEXT = "I get too many of these"


def receive(school, body, sid="SM1"):
    """A text comes from Ada."""
    with school.serving_in_thread():
        form = {"MessageSid": sid, "From": NUMBER, "To": "+15005550006", "Body": body}
        assert post(f"{school.url}/twilio/inbound", form) == 204


def test_a_possible_opt_out_is_listed_and_dismissed(school):
    school.launch(ADA)
    receive(school, TEXT)
    (text,) = school.read("contact", "possible-opt-outs")
    assert list(text) == [
        "contact_id",
        "phone",
        "name",
        "text",
        "received_at",
        "due_by",
        "message_sid",
    ]
    assert (text["phone"], text["name"], text["text"]) == (NUMBER, "Ada", TEXT)
    waits = datetime.fromisoformat(text["due_by"]) - datetime.fromisoformat(text["received_at"])
    assert timedelta(days=12) < waits < timedelta(days=16)
    assert TEXT in school.run("contact", "possible-opt-outs").stdout
    assert school.run("contact", "dismiss-opt-out", "(415) 555-0101").returncode == 0
    assert school.read("contact", "possible-opt-outs") == []


def test_a_dismissal_takes_an_id_and_names_one_text(school):
    receive(school, TEXT, "SM1")
    receive(school, TEXT, "SM2")
    contact_id = school.read("contact", "possible-opt-outs")[0]["contact_id"]
    done = school.run("contact", "dismiss-opt-out", contact_id, "--message", "SM1")
    assert done.stderr == f"Dismissed 1 text of {contact_id}.\n"
    (text,) = school.read("contact", "possible-opt-outs")
    assert text["message_sid"] == "SM2"


def test_a_dismissal_of_nothing_is_refused(school):
    done = school.run("contact", "dismiss-opt-out", NUMBER)
    assert (done.returncode, done.stderr) == (
        1,
        "delivery-ledger: No text of this contact waits for a decision.\n",
    )


def test_an_opt_out_records_how_and_when_the_person_asked(school):
    words = ("--source", "in-person", "--received-at", "2026-03-02T09:00")
    assert school.run("contact", "opt-out", NUMBER, *words).returncode == 0
    event = school.read("audit")[-1]
    assert event["summary"] == (
        "Opted out by staff, asked in person, received 2 Mar 2026, 09:00 UTC"
    )
    assert event["data"]["means"] == "in-person"
    assert event["data"]["received_at"] == "2026-03-02T09:00:00Z"


@pytest.mark.parametrize(
    ("words", "exit_code", "sentence"),
    [
        (("--received-at", "2999-01-01"), 1, "cannot have come in the future"),
        (("--received-at", "yesterday"), 1, "is no time: write one as in"),
        (("--source", "pigeon"), 2, "'pigeon' is not one of"),
    ],
)
def test_what_cannot_be_is_refused_with_nothing_recorded(school, words, exit_code, sentence):
    done = school.run("contact", "opt-out", NUMBER, *words)
    assert done.returncode == exit_code
    assert sentence in done.stderr
    assert school.read("audit") == []


def test_who_opts_out_in_own_words_is_texted_once_and_never_again(school, standin):
    receive(school, "please stop")
    school.launch(ADA)
    with school.serving_in_thread():
        for _ in range(3):
            assert school.run("send", "--once").returncode == 0
        standin.wait_until_posted()
    summaries = [event["summary"] for event in school.read("audit")]
    assert summaries.count("Attempt 1 started") == 1
    assert "Confirmation of the opt-out enrolled" in summaries
