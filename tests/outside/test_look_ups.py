"""Look-ups of line types before a launch, by the command line and against the stand-in."""

import pytest

MOBILE, LANDLINE, UNREACHABLE = "Ada,+14155550101", "Ben,+14155521635", "Cy,+14155560601"
QUESTION = "Twilio is asked for the line type of 3 numbers, for about 0.02 USD."
NOTES = [
    "1 number is a landline, which gets no texts: it is left out.",
    "1 number could not be looked up: it is texted as usual.",
]


@pytest.fixture
def options(school):
    """The message and the contacts of a command."""
    school.settings["LEDGER_PRICE_PER_LOOK_UP"] = "0.008 usd"
    file = school.folder / "contacts.csv"
    file.write_text(f"first_name,phone\n{MOBILE}\n{LANDLINE}\n{UNREACHABLE}\n")
    return ("--message", "Hello {{first_name}}", "--contacts", str(file))


def looked_up(school):
    return [row for row in school.read("audit") if row["type"] == "LineTypeLookedUp"]


def test_a_launch_with_a_look_up_leaves_landlines_out(school, options):
    launch = ("campaign", "launch", "--name", "Fall", *options, "--look-up", "--yes")
    done = school.run(*launch)
    assert done.returncode == 0
    assert [line for line in done.stderr.splitlines() if not line.startswith("Note")] == [
        QUESTION,
        *NOTES,
        "The first texts go out at once.",
    ]
    campaign = school.read("campaign", "list")[0]["id"]
    rows = school.read("campaign", "contacts", campaign)
    assert [(row["status"], row["failed_reason"]) for row in rows] == [
        ("pending", None),
        ("failed", "Landline"),
        ("pending", None),
    ]
    assert rows[1]["detail"] == "This number is a landline, which gets no texts."
    with school.serving_in_thread():
        school.run("send", "--once")
    assert [row["attempts"] for row in school.read("campaign", "contacts", campaign)] == [1, 0, 1]


def test_without_a_terminal_the_cost_is_said_and_nobody_is_asked(school, options):
    for command in (("campaign", "launch", "--name", "Fall"), ("campaign", "check")):
        refused = school.run(*command, *options, "--look-up")
        assert (refused.returncode, refused.stdout) == (1, "")
        expected = f"delivery-ledger: {QUESTION} Add --yes to look them up.\n"
        assert refused.stderr.endswith(expected)
    assert looked_up(school) == []
    assert school.read("campaign", "list") == []


def test_a_check_keeps_its_look_up_for_the_launch(school, options):
    checked = school.read("campaign", "check", *options, "--look-up", "--yes")
    assert checked["line_types"] == {"asked": 3, "failed": 1, "landlines": 1, "cost": "0.02 USD"}
    assert [row["data"]["line_type"] for row in looked_up(school)] == ["mobile", "landline"]
    launched = school.run(
        "campaign", "launch", "--name", "Fall", *options, "--look-up", "--yes", "--json"
    )
    assert '"asked": 1,' in launched.stdout
    assert (
        "Twilio is asked for the line type of 1 number, for about 0.01 USD. "
        "2 numbers are known from the last 180 days."
    ) in launched.stderr
    assert len(looked_up(school)) == 2


def test_a_check_says_what_the_look_up_found(school, options):
    done = school.run("campaign", "check", *options, "--look-up", "--yes")
    assert done.stdout.splitlines()[-2:] == NOTES


def test_without_a_price_the_number_alone_is_said(school, options):
    school.settings.pop("LEDGER_PRICE_PER_LOOK_UP")
    refused = school.run("campaign", "check", *options, "--look-up")
    assert "Twilio is asked for the line type of 3 numbers. Add --yes" in refused.stderr


def test_without_the_option_nothing_is_looked_up(school, options):
    document = school.read("campaign", "launch", "--name", "Fall", *options)
    assert "line_types" not in document
    assert "line_types" not in school.read("campaign", "check", *options)
    assert looked_up(school) == []
    rows = school.read("campaign", "contacts", document["id"])
    assert {row["status"] for row in rows} == {"pending"}


def test_a_launch_that_is_refused_asks_twilio_nothing(school, options):
    refused = school.run(
        *("campaign", "launch", "--name", " ", *options, "--look-up", "--yes"),
    )
    assert refused.returncode == 1
    assert looked_up(school) == []


def test_a_draft_is_launched_with_a_look_up(school, options):
    saved = school.run("draft", "save", "--name", "Fall", *options[:2])
    launched = school.read(
        "draft", "launch", saved.stdout.strip(), *options[2:], "--look-up", "--yes"
    )
    assert launched["line_types"]["landlines"] == 1


def test_the_account_of_another_ledger_is_not_asked(school, options):
    school.launch(MOBILE)
    with school.serving_in_thread():
        school.run("send", "--once")
    school.settings["TWILIO_ACCOUNT_SID"] = "AC" + 32 * "9"
    refused = school.run("campaign", "check", *options, "--look-up", "--yes")
    assert refused.returncode == 1
    assert "This ledger sends from the Twilio account AC000" in refused.stderr
    assert looked_up(school) == []


def test_a_look_up_needs_the_account(school, options):
    school.settings["TWILIO_AUTH_TOKEN"] = ""
    refused = school.run("campaign", "check", *options, "--look-up", "--yes")
    assert refused.returncode == 1
    assert "set TWILIO_AUTH_TOKEN" in refused.stderr
