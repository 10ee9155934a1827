"""Launches that wait for approval, by command."""

from dataclasses import replace

FIRST, SECOND = "r.equester", "a.prover"


def launch(school, *more):
    file = school.folder / "contacts.csv"
    file.write_text("First name,Phone\nAda,4155550101\nBen,4155550102\n")
    words = ("--name", "Fall", "--message", "Hello", "--contacts", str(file), "--by", FIRST)
    return school.run("campaign", "launch", *words, *more)


def test_a_launch_by_command_waits_and_is_approved_by_somebody_else(school):
    done = school.run("campaign", "rules", "--approval-above", "1")
    assert done.stdout.startswith("A launch to more than 1 contact waits for an approver.\n")
    waiting = launch(school)
    assert (waiting.returncode, waiting.stdout) == (3, "")
    assert "The launch waits for approval, as cam_" in waiting.stderr
    (row,) = school.read("campaign", "requests")
    assert (row["name"], row["contacts"]) == ("Fall", 2)
    own = school.run("campaign", "approve", "Fall", "--by", FIRST)
    assert own.returncode == 1
    assert "You asked for this launch; somebody else has to approve it." in own.stderr
    done = school.run("campaign", "approve", "Fall", "--by", SECOND)
    assert (done.returncode, done.stdout) == (0, f"Approved and launched {row['id']}.\n")
    assert [each["id"] for each in school.read("campaign", "list")] == [row["id"]]
    assert school.run("campaign", "approve", "Fall", "--by", SECOND).returncode == 1


def test_a_request_is_refused_or_withdrawn_by_command(school):
    school.run("campaign", "rules", "--approval-above", "0")
    first = launch(school, "--json")
    assert first.returncode == 3
    assert '"waits_for_approval": true' in first.stdout
    done = school.run("campaign", "refuse", "Fall", "--by", SECOND, "--reason", "Not today")
    assert done.stdout.startswith("Refused cam_")
    launch(school)
    assert school.run("campaign", "refuse", "Fall", "--by", FIRST).stdout.startswith("Withdrew")
    assert school.read("campaign", "requests") == []
    assert "Not today" not in school.run("audit").stdout


def test_a_spending_limit_by_command(school):
    done = school.run("campaign", "rules", "--per-day", "50")
    assert "Set LEDGER_PRICE_PER_SEGMENT" in done.stderr
    school = replace(school, settings={"LEDGER_PRICE_PER_SEGMENT": "0.01 USD"})
    done = school.run("campaign", "rules", "--per-day", "50", "--json")
    assert '"per_day": "50"' in done.stdout
    assert school.run("campaign", "rules", "--per-month", "soon").returncode == 1


def test_a_campaign_is_recalled_by_command(school):
    campaign_id = school.launch("Ada,4155550101", "Ben,4155550102")
    done = school.run("campaign", "recall", campaign_id)
    assert done.returncode == 0
    assert done.stdout.splitlines() == [
        "Recalled: 2 contacts are not texted and stay pending for good.",
        "Twilio had no text of this campaign that could be canceled.",
    ]
    assert school.read("campaign", "recall", campaign_id) == {
        "not_texted": 2,
        "canceled": 0,
        "too_late": 0,
        "unanswered": 0,
    }
