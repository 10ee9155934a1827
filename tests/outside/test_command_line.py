"""The command line as a public interface: shapes, exit codes and refusals, from outside."""

import csv
import hashlib
import io
import json
import shlex
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from python_calamine import CalamineWorkbook

from kit.forging import forging
from kit.store import ledger_file

CONTACT_KEYS = {
    *("delivery_id", "phone", "name", "status", "detail", "failed_reason", "error_code"),
    *("attempts", "next_attempt_at", "message_status", "conflict", "after_archive", "opted_out"),
    *("forgotten_at", "needs_decision", "consent_source", "consent_given_at"),
}
ADA, LANDLINE, OPTED_OUT = "Ada,+14155550101", "Cleo,+14155530006", "Dev,+14155521610"


def test_a_campaign_from_launch_to_complete(installed_school, standin):
    campaign = installed_school.launch(ADA, LANDLINE, OPTED_OUT)
    with installed_school.serving():
        assert installed_school.run("send", "--once").returncode == 0
        assert standin.wait_until_posted()
    shown = installed_school.read("campaign", "show", campaign)
    assert shown["counts"] == {"total": 3, "delivered": 1, "pending": 0, "failed": 2}
    assert (shown["state"], shown["complete"], shown["state_reason"]) == ("sending", True, None)
    rows = installed_school.read("campaign", "contacts", campaign)
    assert [row["failed_reason"] for row in rows] == [None, "Unreachable number", "Opted out"]
    assert [row["error_code"] for row in rows] == [None, "30006", "21610"]
    assert [row["message_status"] for row in rows] == ["sent", "undelivered", "undelivered"]
    assert {frozenset(row) for row in rows} == {frozenset(CONTACT_KEYS)}
    assert installed_school.run("rebuild", "--check").returncode == 0


def test_the_past_is_asked_for_by_an_event_or_a_time(school, standin):
    campaign = school.launch(ADA, LANDLINE)
    launched = school.read("audit", "--campaign", campaign)[-1]
    with school.serving_in_thread():
        school.run("send", "--once")
        standin.wait_until_posted()
    for moment in (str(launched["seq"]), launched["recorded_at"]):
        then = ("--as-of", moment)
        counts = school.read("campaign", "show", campaign, *then)["counts"]
        assert counts == {"total": 2, "delivered": 0, "pending": 2, "failed": 0}
        assert [row["counts"] for row in school.read("campaign", "list", *then)] == [counts]
        rows = school.read("campaign", "contacts", campaign, *then)
        assert {row["detail"] for row in rows} == {"queued"}
        assert school.read("audit", "--campaign", campaign, *then)[-1] == launched


def test_two_moments_are_compared_as_text_and_json(school, standin):
    campaign = school.launch(ADA, LANDLINE)
    launched = school.read("audit", "--campaign", campaign)[-1]["seq"]
    with school.serving_in_thread():
        school.run("send", "--once")
        standin.wait_until_posted()
    document = school.read("compare", str(launched), "--campaign", campaign)
    assert list(document) == ["from", "to", "events", "campaign", "acts", "contacts"]
    assert document["from"]["seq"] == launched
    assert document["campaign"]["before"]["counts"]["pending"] == 2
    assert document["campaign"]["after"]["counts"]["delivered"] == 1
    first = document["contacts"][0]
    assert list(first) == ["delivery_id", "phone", "name", "before", "after", "events"]
    assert (first["before"]["status"], first["after"]["status"]) == ("pending", "delivered")
    totals = school.read("compare", str(launched))
    assert list(totals) == ["from", "to", "events", "counts", "campaigns"]
    assert totals["counts"]["after"]["total"] == 2
    one = school.read("compare", str(launched), "now", "--delivery", first["delivery_id"])
    assert list(one) == ["from", "to", "events", "contact"]
    text = school.run("compare", str(launched), "--campaign", campaign).stdout
    assert "delivered  0       1      +1" in text
    assert "2 contacts changed" in text
    refused = school.run("compare", "now", str(launched))
    assert (refused.returncode, refused.stdout) == (1, "")
    assert "Give the earlier moment first." in refused.stderr


def test_an_invalid_moment_is_refused(school):
    campaign = school.launch(ADA)
    for moment, words in (
        ("soon", "is not a moment"),
        ("9999", "ends at #"),
        ("9" * 16, "is not a number. Write one from 0 to"),
    ):
        refused = school.run("campaign", "show", campaign, "--as-of", moment)
        assert (refused.returncode, refused.stdout) == (1, "")
        assert words in refused.stderr
    before = school.run("campaign", "show", campaign, "--as-of", "2001-01-01")
    assert before.returncode == 1
    assert "at #0" in before.stderr


def test_the_audit_trail_gives_every_event_in_order(school, standin):
    campaign = school.launch(ADA)
    with school.serving_in_thread():
        school.run("send", "--once")
        standin.wait_until_posted()
    rows = school.read("audit", "--campaign", campaign)
    types = [row["type"] for row in rows]
    begun = ["CampaignCreated", "ContactFileRecorded", "ContactEnrolled", "CampaignLaunched"]
    assert types[:5] == [*begun, "AttemptStarted"]
    assert types[5:].count("AttemptAccepted") == 1  # a callback may be faster than the answer
    assert [row["seq"] for row in rows] == sorted(row["seq"] for row in rows)
    callback = next(row for row in rows if row["type"] == "CallbackReceived")
    assert callback["actor"] == "twilio"
    assert callback["data"]["sid"].startswith("SM")
    assert callback["data"]["status"] in {"sent", "delivered"}


def test_the_audit_trail_is_searched_by_the_words_of_the_page(school):
    campaign = school.launch(ADA, by="j.ortiz")
    school.run("contact", "opt-out", "(415) 555-0101")
    concern_ada = school.read("audit", "number:(415) 555-0101", "routine:no")
    assert [row["type"] for row in concern_ada] == ["ContactOptedOut", "DeliveryWithdrawn"]
    created = school.read("audit", "type:campaign created", f"campaign:{campaign}", "actor:j.ortiz")
    assert [row["summary"] for row in created] == ["A launch began"]
    wrong = school.run("audit", "campain:coats")
    assert (wrong.returncode, wrong.stdout) == (1, "")
    assert "“campain:” is no word of this search. Did you mean campaign:?" in wrong.stderr
    assert "Opted out by staff" in school.run("audit", "contact:ada").stdout


def test_the_audit_trail_is_written_as_a_file_with_its_checksum(school):
    school.launch(ADA)
    file = school.folder / "audit.csv"
    written = school.run("audit", "--csv", "--out", str(file))
    assert written.stderr.strip() == (
        f"4 events, #1 to #4. SHA-256: {hashlib.sha256(file.read_bytes()).hexdigest()}"
    )
    printed = school.run("audit", "type:enrolled", "--ndjson")
    assert json.loads(printed.stdout)["type"] == "ContactEnrolled"
    assert school.run("audit", "--csv", "--json").returncode == 2
    assert school.run("audit", "--out", str(file)).returncode == 2


def test_a_workbook_of_the_audit_trail_says_how_to_make_the_same_again(school):
    campaign = school.launch(ADA)
    file = school.folder / "events.xlsx"
    written = school.run("audit", f"campaign:{campaign}", "--xlsx", "--out", str(file))
    sha256 = hashlib.sha256(file.read_bytes()).hexdigest()
    assert written.stderr.strip() == f"4 events, #1 to #4. SHA-256: {sha256}"
    about = dict(CalamineWorkbook.from_path(str(file)).get_sheet_by_name("About").to_python())
    again = school.run(*shlex.split(about["To make it again"])[1:])
    assert again.stderr == written.stderr
    assert {path.name for path in school.folder.glob("*.xlsx*")} == {"events.xlsx"}


def test_a_workbook_is_written_whole_or_not_at_all(school):
    school.launch(ADA)
    (school.folder / "events.xlsx").mkdir()
    for out, sentence in (
        ("events.xlsx", "events.xlsx is no file. Name one for the workbook, such as events.xlsx."),
        ("none/events.xlsx", "none/events.xlsx cannot be written: No such file or directory."),
    ):
        refused = school.run("audit", "--xlsx", "--out", out)
        assert (refused.returncode, refused.stderr) == (1, f"delivery-ledger: {sentence}\n")
    assert school.run("audit", "--xlsx").returncode == 2


def test_actors_are_shown_by_name_and_stored_by_id(school):
    campaign = school.launch(ADA, by="j.ortiz")
    assert {row["actor"] for row in school.read("audit", "--campaign", campaign)} == {"j.ortiz"}
    assert b"ortiz" not in (school.folder / "ledger.sqlite3").read_bytes()


def test_a_file_with_bad_rows_is_refused_whole_unless_they_are_skipped(school):
    file = school.folder / "contacts.csv"
    file.write_text("name,mobile\nAda,+14155550101\nBad,12\nAgain,415 555 0101\n")
    words = ("campaign", "launch", "--name", "N", "--message", "Hi", "--contacts", str(file))
    refused = school.run(*words)
    assert (refused.returncode, refused.stdout) == (1, "")
    assert "line 3" in refused.stderr
    assert "Traceback" not in refused.stderr
    assert school.read("audit") == []
    launched = school.read(*words, "--skip-invalid")
    assert launched["enrolled"] == 1
    assert [row["line"] for row in launched["skipped"]] == [3, 4]


def test_pause_resume_close_and_archive_are_acts_with_their_refusals(school):
    campaign = school.launch(ADA)
    done = [
        school.run("campaign", act, campaign).returncode
        for act in ("pause", "pause", "resume", "close", "resume", "archive", "archive")
    ]
    assert done == [0, 1, 0, 0, 1, 0, 1]
    assert school.read("campaign", "show", campaign)["state"] == "archived"
    assert school.run("campaign", "resend", campaign).returncode == 1


def test_a_resend_says_what_it_left_out(school, standin):
    campaign = school.launch(LANDLINE)
    with school.serving_in_thread():
        school.run("send", "--once")
        standin.wait_until_posted()
    (row,) = school.read("campaign", "contacts", campaign)
    left_out = [{"delivery_id": row["delivery_id"], "reason": "unreachable_number"}]
    plan = school.read("campaign", "resend", campaign, "--plan", "--reason", "unreachable_number")
    assert plan == {"would_resend": 0, "left_out": {"unreachable_number": 1}}
    assert school.read("campaign", "resend", campaign) == {"resent": 0, "left_out": left_out}


def test_an_opt_out_by_number_reaches_every_campaign(school):
    campaigns = [school.launch(ADA), school.launch(ADA)]
    assert school.run("contact", "opt-out", "(415) 555-0101").returncode == 0
    rows = [row for c in campaigns for row in school.read("campaign", "contacts", c)]
    assert {(row["status"], row["opted_out"]) for row in rows} == {("failed", True)}
    assert school.run("contact", "opt-out", "(415) 555-0101").returncode == 1
    assert school.run("contact", "opt-in", "(415) 555-0101").returncode == 0


def test_contacts_can_be_seen_as_of_a_past_event(school, standin):
    campaign = school.launch(ADA)
    head = school.read("audit")[-1]["seq"]
    with school.serving_in_thread():
        school.run("send", "--once")
        standin.wait_until_posted()
    words = ("campaign", "contacts", campaign)
    assert school.read(*words)[0]["status"] == "delivered"
    assert school.read(*words, "--as-of", str(head))[0]["status"] == "pending"
    assert school.run(*words, "--as-of", "1").returncode == 1
    assert school.run(*words, "--as-of", "999999").returncode == 1
    latest = school.read("audit")[-1]["seq"]
    assert school.read(*words, "--as-of", str(latest)) == school.read(*words)


def test_a_status_narrows_the_contacts_and_csv_holds_the_same_columns(school):
    campaign = school.launch(ADA, "=1+1,+14155550102")
    words = ("campaign", "contacts", campaign)
    assert school.read(*words, "--status", "failed") == []
    rows = list(csv.DictReader(io.StringIO(school.run(*words, "--csv").stdout)))
    assert set(rows[0]) == CONTACT_KEYS
    assert rows[1]["name"] == "'=1+1"


def test_a_command_leaves_nothing_of_the_ledger_outside_of_its_file(installed_school):
    installed_school.launch(ADA)
    names = [path.name for path in installed_school.folder.iterdir()]
    assert [name for name in names if name.endswith(("-wal", "-shm"))] == []


def test_wrong_usage_is_2_and_what_does_not_exist_is_1(installed_school):
    assert installed_school.run("campaign", "show").returncode == 2
    assert installed_school.run("campaign", "contacts", "x", "--status", "odd").returncode == 2
    missing = installed_school.run("campaign", "show", "cam_none")
    assert missing.returncode == 1
    assert missing.stderr.count("\n") == 1


def test_a_429_is_recorded_with_a_next_attempt_and_never_ends_the_pass(school):
    campaign = school.launch("Busy,+14155520429", ADA)
    assert school.run("send", "--once").returncode == 0
    busy, ada = school.read("campaign", "contacts", campaign)
    assert (busy["status"], busy["attempts"], busy["message_status"]) == ("pending", 0, "pending")
    assert busy["next_attempt_at"].endswith("+00:00")
    assert ada["message_status"] == "sent"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("LEDGER_PHONE_REGION", "Atlantis"),
        ("LEDGER_PUBLIC_URL", "texts.school.example"),
        ("LEDGER_SECRET_KEY", "short"),
        ("LEDGER_SEGMENTS_PER_SECOND", "fast"),
        ("LEDGER_DATABASE_URL", "mysql://somewhere/else"),
    ],
)
def test_a_wrong_setting_is_refused_by_its_name(school, name, value):
    refused = replace(school, settings={name: value}).run("campaign", "list")
    assert refused.returncode == 1
    assert name in refused.stderr
    assert "Traceback" not in refused.stderr


def test_json_is_one_document_and_nothing_else(school):
    assert json.loads(school.run("campaign", "list", "--json").stdout) == []


def test_statuses_without_callbacks_are_fetched(school, standin):
    campaign = school.launch(ADA, LANDLINE)
    school.run("send", "--once")  # nobody takes the callbacks
    standin.wait_until_posted()
    assert {row["detail"] for row in school.read("campaign", "contacts", campaign)} == {
        "with the carrier"
    }
    assert school.run("reconcile", "--older-than", "1d").stdout.startswith("Asked Twilio about 0")
    done = school.read("reconcile", "--campaign", campaign)
    assert done == {"asked": 2, "news": 2, "unknown": 0, "recovered": None}
    rows = school.read("campaign", "contacts", campaign)
    assert [row["status"] for row in rows] == ["delivered", "failed"]
    assert school.run("reconcile", "--older-than", "soon").returncode == 2


def test_a_text_that_may_have_been_sent_waits_for_a_decision(school):
    assert school.read("decision", "list") == []
    for word in ("resend", "let-be"):
        refused = school.run("decision", word, "del_nowhere")
        assert (refused.returncode, refused.stdout) == (1, "")
        assert "del_nowhere" in refused.stderr


def test_all_sending_is_stopped_and_allowed(school):
    assert school.run("sending", "stop").returncode == 0
    assert school.run("sending", "stop").returncode == 1
    assert school.read("sending", "show") == {
        "off": True,
        "cause": "staff",
        "reconcile_first": False,
        "lost_since": None,
        "lost_attempts": 0,
        "missing": 0,
        "held_until": None,
        "held_code": None,
        "stated_reason": None,
    }
    assert school.run("sending", "allow").returncode == 0
    assert school.run("sending", "show").stdout == "Sending is on.\n"


def test_a_campaign_that_starts_tomorrow_says_so(school):
    tomorrow = (datetime.now(UTC) + timedelta(days=1)).replace(microsecond=0).isoformat()
    school.launch("Ada,+14155550101", start=tomorrow, window="09:00-17:00")
    (campaign,) = school.read("campaign", "list")
    assert campaign["urgent"] is False
    assert campaign["timing"] == {
        "starts_at": tomorrow,
        "send_before": None,
        "window": "09:00-17:00",
    }


LAUNCH = ("campaign", "launch", "--name", "Fall", "--message", "Hello")


def test_a_start_in_the_past_is_taken_only_as_now(school):
    school.settings["LEDGER_TIME_ZONE"] = "America/Chicago"
    file = school.folder / "one.csv"
    file.write_text("phone\n+14155550101\n")
    launch = (*LAUNCH, "--contacts", str(file))
    refused = school.run(*launch, "--start", "2025-11-30T08:00")
    assert (refused.returncode, refused.stdout) == (1, "")
    assert (
        "The start has passed: it was read as 30 Nov 2025, 08:00 in America/Chicago. Correct it. "
        "To text at once, leave the start out. --start now does the same."
    ) in refused.stderr
    assert school.read("campaign", "list") == []
    assert school.run(*launch, "--start", "now").returncode == 0


def test_a_draft_whose_start_has_passed_is_launched_with_another_start(school):
    file = school.folder / "one.csv"
    file.write_text("phone\n+14155550101\n")
    start = datetime.now(UTC) - timedelta(seconds=100)
    words = ("--name", "Fall", "--message", "Hello", "--start", start.isoformat())
    draft = school.run("draft", "save", *words).stdout.strip()
    launched = school.read("draft", "launch", draft, "--contacts", str(file), "--start", "now")
    campaign = school.read("campaign", "show", launched["id"])
    assert campaign["timing"]["starts_at"] is None


def test_an_urgent_campaign_with_hours_is_refused(school):
    file = school.folder / "one.csv"
    file.write_text("phone\n+14155550101\n")
    answer = school.run(*LAUNCH, "--contacts", str(file), "--urgent", "--window", "03:00-04:00")
    assert answer.returncode == 1
    assert answer.stderr == (
        "delivery-ledger: An urgent campaign texts at any hour: leave out --window, or leave out "
        "--urgent.\n"
    )


def test_an_urgent_campaign_says_so(school):
    file = school.folder / "one.csv"
    file.write_text("phone\n+14155550101\n")
    school.run(*LAUNCH, "--contacts", str(file), "--urgent")
    (campaign,) = school.read("campaign", "list")
    assert (campaign["urgent"], campaign["timing"]["window"]) == (True, None)
    assert "sending, urgent" in school.run("campaign", "list").stdout


def test_numbers_of_other_countries_are_named_before_a_launch(school):
    file = school.folder / "abroad.csv"
    file.write_text("first_name,phone\nAda,+14155550101\nBen,+3235550123\nCleo,+16475052806\n")
    options = ("--message", "Hello {{first_name}}", "--contacts", str(file))
    sentence = (
        "2 numbers are outside the school's country, United States: 1 in Belgium, 1 in Canada."
    )
    assert school.read("campaign", "check", *options)["numbers_abroad"] == [
        {"country": "BE", "name": "Belgium", "contacts": 1},
        {"country": "CA", "name": "Canada", "contacts": 1},
    ]
    assert sentence in school.run("campaign", "check", *options).stdout
    assert sentence in school.run("campaign", "launch", "--name", "Fall", *options).stderr


def test_segments_and_cost_are_counted_before_a_launch(school):
    file = school.folder / "check.csv"
    file.write_text("first_name,phone\nAda,+14155550101\nZo\u0113,+14155550102\n")
    school.settings["LEDGER_PRICE_PER_SEGMENT"] = "0.01 usd"
    options = ("--message", "Hello {{first_name}}" + "." * 80, "--contacts", str(file))
    found = school.read("campaign", "check", *options)
    assert (found["segments"], found["cost"]) == (3, "0.03 USD")
    assert [text["segments"] for text in found["texts"]] == [1, 2]
    assert found["costly_characters"] == {"\u0113": 1}
    words = school.run("campaign", "check", *options).stdout
    assert "  \u0113 is in the text of 1 contact\n  without it: 2 segments\n" in words
    assert 'add "Reply STOP to end."' in words
    assert school.read("campaign", "list") == []


def test_what_is_odd_in_a_file_is_said_before_a_launch(school):
    file = school.folder / "parents.csv"
    rows = [
        "Mother Cell,Father Cell,First Name,Room",
        "4155550101,4155550102,=#N/A,1",
        "4155550103,4155550102,Be\u200bn,2",
        "415-555,415-555,Cy,3",
    ]
    file.write_bytes("\r\n".join(rows).replace("=#", "#").encode())
    words = ("--message", "Hi {{first_name}} {{room}}", "--contacts", str(file))
    refused = school.run("campaign", "check", *words)
    assert (refused.returncode, refused.stdout) == (1, "")
    assert refused.stderr == (
        "delivery-ledger: Several columns have phone numbers: \u201cMother Cell\u201d, "
        "\u201cFather Cell\u201d. Choose the one to text. Name the column with --phone-column.\n"
    )
    checked = school.read("campaign", "check", *words, "--phone-column", "Father Cell")
    assert (checked["phone_column"], checked["sheet"], checked["encoding"]) == (
        *("Father Cell", None),
        "UTF-8",
    )
    assert checked["blank_fields"] == {"first_name": 1}
    assert checked["spreadsheet_errors"] == [
        {"field": "first_name", "value": "#N/A", "contacts": 1}
    ]
    assert checked["skipped"][1] == {
        "line": 4,
        "reason": "the number is too short",
        "name": "Cy",
        "value": "415-555",
    }
    launched = school.run(
        *("campaign", "launch", "--name", "N", "--phone-column", "Father Cell"),
        *("--skip-invalid", *words),
    )
    assert launched.returncode == 0
    notes = [f"Note: {note}" for note in checked["notes"]]
    assert launched.stderr.splitlines() == [*notes, "The first texts go out at once."]
    assert "Note: Texts go to the column \u201cFather Cell\u201d." in launched.stderr
    assert "left out line 4: Cy, \u201c415-555\u201d: the number is too short" in launched.stdout


# Events that are no facts.


def test_the_audit_trail_names_an_altered_event_and_prints_the_others(school):
    campaign = school.launch("Ada,+14155550101")
    with forging(ledger_file(school.folder)) as file:
        file.execute("UPDATE events SET actor = 'x' WHERE topic = 'ContactEnrolled'")
    first, _, altered, last = school.run("audit").stdout.splitlines()
    assert altered.split(maxsplit=5)[1:] == [
        *("-", "-", "-", "-"),
        "Altered: this event is not what was recorded",
    ]
    assert "A launch began" in first
    assert "Launched to 1 contact" in last
    problems = [row["problem"] for row in school.read("audit", "--campaign", campaign)]
    assert problems == [None, None, "altered", None]


def test_an_unknown_id_is_an_error_and_not_an_empty_trail(school):
    school.launch("Ada,+14155550101")
    for words, sentence in (
        (("audit", "--campaign"), "There is no campaign x_none."),
        (("audit", "--delivery"), "There is no delivery x_none."),
        (("decision", "list", "--campaign"), "There is no campaign x_none."),
    ):
        done = school.run(*words, "x_none")
        assert (done.returncode, done.stdout) == (1, "")
        assert done.stderr == f"delivery-ledger: {sentence}\n"


def test_acts_take_a_reason(school):
    campaign = school.launch(ADA)
    assert school.run("campaign", "pause", campaign, "--reason", "wrong date").returncode == 0
    assert school.read("campaign", "show", campaign)["stated_reason"] == "wrong date"
    assert "Reason: “wrong date”" in school.run("campaign", "show", campaign).stdout
    assert "Campaign paused. Reason: “wrong date”" in school.run("audit").stdout
    number = ("+14155550101", "--reason", "Her mother called")
    assert school.run("contact", "opt-out", *number).returncode == 0
    assert school.run("contact", "opt-in", *number).returncode == 0
    assert school.run("campaign", "recall", campaign, "--reason", "wrong date").returncode == 0
