"""Consent as the command line records and requires it."""

import pytest

from kit.commands import SchoolInProcess

NUMBER = "+14155550101"
CONSENT = ("contact", "consent", NUMBER, "--source", "Fall form", "--given-at", "2025-08-15")


@pytest.fixture
def strict(tmp_path, school):
    """A school that requires consent."""
    return SchoolInProcess(
        tmp_path, school.port, school.api_url, settings={"LEDGER_REQUIRE_CONSENT": "on"}
    )


def consents_of(school, campaign_id):
    contacts = school.read("campaign", "contacts", campaign_id)
    return [(each["consent_source"], each["consent_given_at"]) for each in contacts]


def test_a_recorded_consent_is_shown_with_the_contact(school):
    done = school.run(*CONSENT)
    assert (done.returncode, done.stderr) == (0, "Recorded the consent of +1 415 555 0101.\n")
    campaign_id = school.launch("Ada,4155550101", "Ben,4155550102")
    assert consents_of(school, campaign_id) == [
        ("Fall form", "2025-08-15T00:00:00+00:00"),
        (None, None),
    ]
    event = next(e for e in school.read("audit") if e["type"] == "ConsentRecorded")
    assert event["summary"] == "Consent recorded, given 15 Aug 2025, 00:00 UTC"
    assert event["data"]["private"] == {"phone": NUMBER, "source": "Fall form"}


@pytest.mark.parametrize(
    ("given_at", "sentence"),
    [("2999-01-01", "in the future"), ("lately", "is no time"), ("", "Say when")],
)
def test_a_time_that_cannot_be_is_refused_with_nothing_recorded(school, given_at, sentence):
    done = school.run(*CONSENT[:-1], given_at)
    assert done.returncode == 1
    assert sentence in done.stderr
    assert school.read("audit") == []


def test_source_and_time_must_be_given(school):
    assert school.run(*CONSENT[:-2]).returncode == 2


def test_a_contact_file_brings_the_consent(school):
    file = school.folder / "contacts.csv"
    file.write_text(f"phone,Consent source,Consent at\n{NUMBER},Fall form,2025-08-15T08:00\n")
    words = ("--name", "Fall", "--message", "Hello", "--contacts", str(file))
    campaign_id = school.read("campaign", "launch", *words)["id"]
    assert consents_of(school, campaign_id) == [("Fall form", "2025-08-15T08:00:00+00:00")]


def test_where_consent_is_required_a_launch_says_how_many_are_left_out(strict):
    strict.run(*CONSENT)
    file = strict.folder / "contacts.csv"
    file.write_text(f"phone\n{NUMBER}\n4155550102\n")
    note = "1 contact is left out: no consent is recorded, and LEDGER_REQUIRE_CONSENT is on."
    check = ("campaign", "check", "--message", "Hello", "--contacts", str(file))
    assert note in strict.run(*check).stdout
    assert strict.read(*check)["without_consent"] == 1
    launch = ("campaign", "launch", "--name", "Fall", "--message", "Hello")
    done = strict.run(*launch, "--contacts", str(file))
    assert f"Note: {note}\n" in done.stderr
    (campaign,) = strict.read("campaign", "list")
    contacts = strict.read("campaign", "contacts", campaign["id"])
    assert [each["failed_reason"] for each in contacts] == [None, "No consent"]
    plan = strict.read("campaign", "resend", campaign["id"], "--plan")
    assert plan == {"would_resend": 0, "left_out": {"no_consent": 1}}


def test_where_consent_is_not_required_the_check_counts_nothing(school):
    file = school.folder / "contacts.csv"
    file.write_text(f"phone\n{NUMBER}\n")
    check = ("campaign", "check", "--message", "Hello", "--contacts", str(file))
    assert school.read(*check)["without_consent"] is None


def test_the_setting_is_on_or_off(tmp_path, school):
    settings = {"LEDGER_REQUIRE_CONSENT": "maybe"}
    other = SchoolInProcess(tmp_path, school.port, school.api_url, settings=settings)
    done = other.run("campaign", "list")
    assert "LEDGER_REQUIRE_CONSENT" in done.stderr
    assert "on or off" in done.stderr
