"""`contact file`, as it is typed."""

import json

ADA = "+14155550101"


def test_the_file_is_printed_or_written_for_its_owner_alone(school):
    campaign = school.launch(f"Ada Lovelace,{ADA}")
    printed = school.run("contact", "file", ADA)
    assert printed.stdout.startswith("What is held about this person\n")
    assert "Name: Ada Lovelace" in printed.stdout
    out = school.folder / "ada.txt"
    written = school.run("contact", "file", ADA, "--out", str(out))
    assert (written.returncode, written.stdout) == (0, "")
    before, after = printed.stdout.splitlines()[2:], out.read_text().splitlines()[2:]
    (added,) = [line for line in after if line not in before]
    assert "Exported the file of this person (txt)" in added  # the first file is on record now
    assert out.stat().st_mode & 0o077 == 0
    document = school.read("contact", "file", ADA)
    assert [text["campaign_id"] for text in document["texts"]] == [campaign]
    by_id = school.read("contact", "file", document["contact_ids"][0])
    assert by_id["phones"] == [ADA]
    (text,), (message,) = document["texts"], school.read("contact", "show", ADA)["messages"]
    assert message == {field: text[field] for field in message}
    assert (message["direction"], message["delivery_status"]) == ("out", "pending")
    school.run("contact", "file", ADA, "--json", "--out", str(out))
    assert json.loads(out.read_text())["names"] == ["Ada Lovelace"]


def test_the_file_of_a_forgotten_number_is_found_by_the_number(school):
    school.launch(f"Ada Lovelace,{ADA}")
    school.run("contact", "forget", ADA, "--yes")
    printed = school.run("contact", "file", ADA).stdout
    assert "Forgotten: on " in printed
    assert "Lovelace" not in printed


def test_what_cannot_be_done_is_said_in_a_sentence(school):
    unknown = school.run("contact", "file", ADA)
    assert (unknown.returncode, unknown.stderr.count("\n")) == (1, 1)
    assert "Nothing is held about this number" in unknown.stderr
    assert school.run("contact", "file", "12").returncode == 1
    school.launch(f"Ada,{ADA}")
    refused = school.run("contact", "file", ADA, "--out", str(school.folder / "none/ada.txt"))
    assert (refused.returncode, "cannot be written" in refused.stderr) == (1, True)
    folder = school.run("contact", "file", ADA, "--out", str(school.folder))
    assert (folder.returncode, "is a directory" in folder.stderr) == (2, True)
    assert school.read("audit", "type:DataExported") == []
