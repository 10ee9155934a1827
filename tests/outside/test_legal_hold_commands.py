"""`contact hold`, `contact release-hold` and `contact holds`, as they are typed."""

import json

from kit.forging import forging
from kit.store import ledger_file

ADA = "+14155550101"


def test_a_held_number_is_forgotten_only_after_the_release(school):
    school.launch(f"Ada,{ADA}")
    assert school.read("contact", "holds") == []
    placed = school.run("contact", "hold", ADA, "--reason", "Case 12", "--by", "ortiz")
    assert (placed.returncode, "Placed legal hold 1" in placed.stderr) == (0, True)
    (hold,) = school.read("contact", "holds")
    assert hold["phone"] == ADA
    assert (hold["hold"], hold["reason"], hold["by"]) == (1, "Case 12", "ortiz")
    assert "Case 12" in school.run("contact", "holds").stdout
    refused = school.run("contact", "forget", ADA, "--yes")
    assert (refused.returncode, refused.stderr.count("\n")) == (1, 1)
    assert "Legal hold 1 keeps this contact from being forgotten" in refused.stderr
    released = school.run("contact", "release-hold", hold["contact_id"])
    assert "Released legal hold 1" in released.stderr
    assert school.run("contact", "forget", ADA, "--yes").returncode == 0


def test_an_altered_legal_hold_is_named_and_the_list_is_refused(school):
    school.launch(f"Ada,{ADA}")
    school.run("contact", "hold", ADA, "--reason", "Case 12")
    (hold,) = school.read("contact", "holds")
    with forging(ledger_file(school.folder)) as file:
        file.execute(f"UPDATE events SET actor = 'usr_forged' WHERE seq = {hold['seq']}")
    done = school.run("contact", "holds", "--json")
    assert (done.returncode, json.loads(done.stdout)) == (1, [])
    assert f"Event #{hold['seq']} is not as it was recorded" in done.stderr
    assert "A legal hold may be missing here" in done.stderr


def test_forgetting_a_kept_list_again_leaves_out_who_is_held(school):
    school.launch(f"Ada,{ADA}", "Ben,+14155550102")
    people = school.read("campaign", "contacts", school.read("campaign", "list")[0]["id"])
    assert len(people) == 2
    school.run("contact", "hold", ADA, "--reason", "Case 12")
    ids = {event["contact_id"] for event in school.read("audit", "type:contact enrolled")}
    moment = "2999-01-01T00:00:00+00:00"
    kept = [{"contact_id": each, "forgotten_at": moment} for each in sorted(ids)]
    (school.folder / "kept.json").write_text(json.dumps(kept))
    again = school.run("contact", "forget", "--listed", str(school.folder / "kept.json"), "--yes")
    assert again.returncode == 1
    assert "forgot 1 contact again" in again.stderr
    assert "Legal hold 1 keeps" in again.stderr
    assert [row["phone"] for row in school.read("contact", "holds")] == [ADA]


def test_a_held_campaign_keeps_its_contacts_until_the_release(school):
    school.launch(f"Ada,{ADA}")
    (campaign,) = school.read("campaign", "list")
    placed = school.run("campaign", "hold", campaign["id"], "--reason", "Case 12", "--by", "ortiz")
    assert (placed.returncode, "Placed legal hold 1" in placed.stderr) == (0, True)
    (hold,) = school.read("campaign", "holds")
    assert (hold["campaign"], hold["hold"], hold["reason"]) == (campaign["name"], 1, "Case 12")
    refused = school.run("contact", "forget", ADA, "--yes")
    assert f"A legal hold on the campaign {campaign['id']} keeps" in refused.stderr
    released = school.run("campaign", "release-hold", campaign["id"])
    assert "Released legal hold 1" in released.stderr
    assert school.run("contact", "forget", ADA, "--yes").returncode == 0
