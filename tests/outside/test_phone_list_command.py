"""`campaign phone-list`: whom to call, as a table, CSV and JSON."""

import csv
import io

ADA, LANDLINE = "Ada,4155550101", "Zoe,4155530006"


def test_whom_the_texts_did_not_reach_is_printed(school, standin):
    campaign = school.launch(ADA, LANDLINE)
    phone_list = ("campaign", "phone-list", campaign)
    assert school.read(*phone_list) == []
    with school.serving_in_thread():
        school.run("send", "--once")
        standin.wait_until_posted()
    (listed,) = school.read(*phone_list)
    assert (listed["name"], listed["phone"], listed["reason"]) == (
        ("Zoe", "+14155530006", "unreachable_number")
    )
    assert listed["columns"] == {"first_name": "Zoe", "phone": "4155530006"}
    assert school.run(*phone_list).stdout.splitlines()[1].split() == [
        *("Zoe", "+14155530006", "Unreachable", "number")
    ]
    rows = list(csv.reader(io.StringIO(school.run(*phone_list, "--csv").stdout)))
    assert [row[1:3] for row in rows[1:]] == [["Zoe", "'+14155530006"]]
    launched = school.read("campaign", "show", campaign)["launched_at"]
    assert school.read(*phone_list, "--as-of", launched) == []


def test_one_form_is_chosen_and_the_campaign_must_exist(school):
    both = school.run("campaign", "phone-list", "cam_none", "--csv", "--json")
    assert (both.returncode, "Choose one of --csv and --json." in both.stderr) == (2, True)
    none = school.run("campaign", "phone-list", "cam_none")
    assert (none.returncode, "There is no campaign cam_none" in none.stderr) == (1, True)
