"""checkpoint, verify and export as commands: what they print, write and exit with."""

import json

from kit.bundles import run, unpack
from kit.forging import forging
from kit.store import ledger_file

ADA, BEN = "Ada,+14155550101", "Ben,+14155550102"


def test_an_auditor_is_answered_from_the_shell(school):
    campaign = school.launch(ADA, BEN)
    kept = school.folder / "kept.txt"
    done = school.run("checkpoint", "--out", str(kept))
    assert (done.returncode, done.stdout) == (0, "")
    assert done.stderr.startswith("Key: delivery-ledger/")
    key = done.stderr.removeprefix("Key: ").strip()
    school.run("contact", "opt-out", "+14155550102")
    document = school.read("verify", "--against", str(kept))
    assert (document["ok"], document["checkpoints"], document["against"]) == (True, 1, 1)
    assert document["unproven"] == ["Events #6 to #7 are newer than every outside checkpoint."]
    bundle = school.folder / "bundle.zip"
    asked = ("--campaign", campaign, "--against", str(kept), "--out", str(bundle))
    assert school.run("export", *asked).returncode == 0
    answer = run(unpack(bundle) / "verify.py", "--bundle", bundle, "--key", key, kept)
    assert answer.code == 0, answer.text
    assert answer.text.startswith(f"Right: campaign {campaign}: every status proven\n")
    assert answer.text.endswith("Not proven: events after #7: not covered\n")


def test_a_rotation_prints_a_note_with_two_signatures_and_both_keys(school):
    school.launch(ADA)
    first = school.run("checkpoint").stdout
    rotated = school.run("checkpoint", "--rotate-key")
    assert rotated.stdout.count("\N{EM DASH} ") == 2
    assert rotated.stderr.count("Key: ") == 2
    assert first.splitlines()[-1] in rotated.stdout
    assert school.read("verify")["ok"]


def test_verify_names_what_was_changed_and_exits_1_without_any_master_key(school):
    school.launch(ADA)
    with forging(ledger_file(school.folder)) as file:
        file.execute("UPDATE events SET actor = 'x' WHERE seq = 2")
    (school.folder / "ledger.secret_key").write_text("quite another secret")
    done = school.run("verify", "--json")
    assert done.returncode == 1
    faults = [{"seq": 2, "words": "what it says is not what was recorded"}]
    assert json.loads(done.stdout)["faults"] == faults
    shown = school.run("verify").stdout.splitlines()
    assert shown[0] == "WRONG #2: what it says is not what was recorded."
    assert shown[1].startswith("3 events recomputed and right, 1 wrong or missing; compared with ")


def test_an_impossible_act_is_refused_in_one_sentence(school):
    assert "empty" in school.run("checkpoint").stderr
    campaign = school.launch(ADA)
    out = ("--out", str(school.folder / "bundle.zip"))
    (school.folder / "letter.txt").write_text("Dear auditor")
    letter = ("--against", str(school.folder / "letter.txt"))
    assert school.run("export", "--all", "--campaign", campaign, *out).returncode == 2
    assert school.run("export", *out).returncode == 2
    for words in (("export", "--delivery", "del_x", *out), ("verify", *letter)):
        done = school.run(*words)
        assert done.returncode == 1
        assert done.stderr.startswith("delivery-ledger: ")
        assert done.stderr.count("\n") == 1


def test_what_was_sent_to_a_number_is_proven_from_the_shell(school):
    school.launch(ADA, BEN)
    school.run("contact", "opt-out", "+14155550102")
    out = school.folder / "number.zip"
    done = school.run("export", "--number", "415 555 0102", "--out", str(out))
    assert done.stderr == f"{out}: 3 events to be read, 4 under hashes alone.\n"
    folder = unpack(out)
    assert "  A REQUEST TO STOP was recorded: by staff.\n" in (folder / "number.txt").read_text()
    claim = json.loads((folder / "manifest.json").read_text())["claim"]
    assert run(folder / "verify.py").text.startswith(
        f"Right: the number of {claim['contact_id']}: 3 events unchanged, "
    )
    by_id = ("--contact", claim["contact_id"], "--complete", "--out", str(out))
    done = school.run("export", *by_id)
    # the first export is an event about the number, too
    assert done.stderr == f"{out}: 4 events to be read, 4 others without their content.\n"
    assert "no other event of the 8 concerns it" in run(folder / "verify.py", "--bundle", out).text


def test_complete_belongs_to_a_number(school):
    out = ("--out", str(school.folder / "bundle.zip"))
    assert "--complete belongs to" in school.run("export", "--all", "--complete", *out).stderr
    assert school.run("export", "--contact", "con_a", "--number", "x", *out).returncode == 2
    assert school.run("export", "--contact", "con_a", *out).returncode == 1
