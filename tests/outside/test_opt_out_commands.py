"""Opt-outs as the command line shows and records them, with texts as Twilio posts them."""

from datetime import datetime, timedelta

import pytest

from kit.commands import SchoolInProcess
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
    assert done.stderr == (
        f"Dismissed 1 text of {contact_id}. To undo that, opt the number out with "
        "`delivery-ledger contact opt-out NUMBER`.\n"
    )
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


# All opt-outs, as a list and as a file.


def opt_outs_of(school):
    """What an export and an import leave as it is."""
    kept = ("phone", "source", "means", "opted_out_at")
    return [[entry[key] for key in kept] for entry in school.read("contact", "opt-outs")]


def test_opt_outs_are_listed_with_source_and_time(school):
    words = ("--source", "letter", "--received-at", "2026-03-02T09:00")
    school.run("contact", "opt-out", NUMBER, *words)
    (entry,) = school.read("contact", "opt-outs")
    recorded_at = entry.pop("recorded_at")
    assert datetime.fromisoformat(recorded_at) > datetime.fromisoformat(entry["opted_out_at"])
    assert entry == {
        "contact_id": entry["contact_id"],
        "phone": NUMBER,
        "name": "",
        "source": "staff",
        "means": "letter",
        "opted_out_at": "2026-03-02T09:00:00+00:00",
        "forgotten_at": None,
    }
    table = school.run("contact", "opt-outs").stdout
    assert "2 Mar 2026, 09:00  By staff, asked by letter" in table


def test_csv_and_json_are_not_printed_together(school):
    done = school.run("contact", "opt-outs", "--csv", "--json")
    assert (done.returncode, "Choose one of --csv and --json." in done.stderr) == (2, True)


def test_an_export_is_imported_into_another_ledger_with_the_same_opt_outs(school, tmp_path):
    school.launch("=Ada,4155550101")
    receive(school, "please stop")
    school.run("contact", "opt-out", NUMBER, "--source", "phone")
    school.run("contact", "opt-out", "4155550102")
    school.run("contact", "opt-out", "4155550103")
    school.run("contact", "forget", "4155550103", "--yes")
    before = opt_outs_of(school)
    exported = school.run("contact", "opt-outs", "--csv").stdout
    assert "'=Ada" in exported
    file = tmp_path / "opt-outs.csv"
    file.write_text(exported)
    other = SchoolInProcess(tmp_path / "other", school.port, school.api_url)
    other.folder.mkdir()
    done = other.run("contact", "import-opt-outs", str(file))
    assert done.stdout == (
        "Recorded 3 opt-outs; 0 were recorded before; 0 waiting deliveries withdrawn.\n"
    )
    assert done.stderr == (
        "Note: Numbers are read from the column “phone”.\n"
        "Note: 1 row without a number is left out: the contact was forgotten before the export.\n"
    )
    assert opt_outs_of(other) == [entry for entry in before if entry[0]]
    again = other.read("contact", "import-opt-outs", str(file))
    assert again == {"recorded": 0, "already": 3, "withdrawn": 0, "forgotten": 1, "skipped": []}


def test_bad_rows_refuse_an_import_unless_they_are_skipped(school, tmp_path):
    file = tmp_path / "opt-outs.csv"
    file.write_text(f"phone,source\n415-555,letter\n{NUMBER},web form\n")
    done = school.run("contact", "import-opt-outs", str(file))
    assert done.returncode == 1
    assert "line 2: “415-555”: the number is too short" in done.stderr
    assert school.read("contact", "opt-outs") == []
    done = school.run("contact", "import-opt-outs", str(file), "--skip-invalid")
    assert done.stdout == (
        "Recorded 1 opt-out; 0 were recorded before; 0 waiting deliveries withdrawn.\n"
        "  left out line 2: “415-555”: the number is too short\n"
    )
    assert "The source “web form” of 1 row is not known here" in done.stderr
    event = school.read("audit")[-1]
    assert event["summary"] == ("Opted out by staff, asked in another way, imported from a file")


def test_staff_say_how_people_asked_and_which_column_has_the_numbers(school, tmp_path):
    file = tmp_path / "opt-outs.csv"
    file.write_text(f"Mother cell,Father cell\n4155550102,{NUMBER}\n")
    done = school.run("contact", "import-opt-outs", str(file))
    assert "Name the column with --phone-column." in done.stderr
    words = ("--phone-column", "Father cell", "--source", "phone")
    school.run("contact", "import-opt-outs", str(file), *words)
    (entry,) = school.read("contact", "opt-outs")
    assert (entry["phone"], entry["means"]) == (NUMBER, "phone")
