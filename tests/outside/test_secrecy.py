"""No number, name or text in the ledger's file outside its sealed parts, in logs or addresses.

And after a forgetting in no file at all, nor the key.
"""

import json
import sqlite3
import subprocess
import urllib.request
from dataclasses import replace
from http.cookiejar import CookieJar
from pathlib import Path

import pytest

from kit.processes import School, post
from ledger.store.encryption import master_key, unseal

SECRETS = (b"4155530006", b"4155550101", b"415 555", b"Ada", b"Cleo", b"aid form", b"Lovelace")
CHLOE = "+14155550177"
NUMBER = ("+14155550177", "14155550177", "4155550177", "(415) 555-0177", "415 555 0177", "5550177")
OTHER = ("Chloe", "Merode", "Chloe, your aid form", "Please call me")


def test_the_ledgers_file_logs_and_addresses_hold_no_personal_data(school, standin):
    campaign = school.launch(
        "Ada Lovelace,+14155550101", "Cleo,+14155530006", message="{{first_name}}, your aid form"
    )
    with school.serving():
        school.run("send", "--once")
        standin.wait_until_posted()
    school.run("contact", "opt-out", "+14155550101")
    assert {row["status"] for row in school.read("campaign", "contacts", campaign)} <= {
        "delivered",
        "failed",
    }
    told = {
        (file.name, secret)
        for file in Path(school.folder).iterdir()
        if file.name.startswith("ledger.sqlite3") or file.suffix == ".log"
        for secret in SECRETS
        if secret in file.read_bytes()
    }
    assert told == set()
    addresses = [text.status_callback.encode() for text in standin.messages()]
    assert [a for a in addresses if any(secret in a for secret in SECRETS)] == []


# After a forgetting.


def keys_of_chloe(school: School) -> tuple[bytes, bytes]:
    """Her wrapped key and the plain one, read while they are there."""
    contact_id = school.read("audit", "type:enrolled")[0]["data"]["contact_id"]
    with sqlite3.connect(school.folder / "ledger.sqlite3") as connection:
        query = "SELECT wrapped_key FROM contact_keys WHERE subject_id = ?"
        (wrapped,) = connection.execute(query, (contact_id,)).fetchone()
    connection.close()
    secret = (school.folder / "ledger.secret_key").read_text()
    return wrapped, unseal(master_key(secret), wrapped, contact_id)


def found_in(school: School, *secrets: bytes) -> set[tuple[str, bytes]]:
    """Which files of the folder hold which of the secrets."""
    return {
        (file.name, secret)
        for file in school.folder.iterdir()
        for secret in secrets
        if secret in file.read_bytes()
    }


def signed_in(school: School, link: str) -> urllib.request.OpenerDirector:
    """A browser of the plainest kind, signed in."""
    cookies = urllib.request.HTTPCookieProcessor(CookieJar())
    browser = urllib.request.build_opener(cookies)
    browser.open(link, timeout=15).read()
    return browser


def test_after_forgetting_no_file_log_or_export_holds_number_name_text_or_key(school, standin):
    campaign = school.launch(
        f"Chloe Merode,{CHLOE}", "Ben,+14155550102", message="{{first_name}}, your aid form"
    )
    (school.folder / "contacts.csv").unlink()
    wrapped, plain = keys_of_chloe(school)
    with school.serving():
        school.run("send", "--once")
        standin.wait_until_posted()
        form = {"MessageSid": "SMin", "From": CHLOE, "Body": "Please call me"}
        assert post(f"{school.url}/twilio/inbound", form) == 204
        school.read("campaign", "contacts", campaign)
        assert found_in(school, b"Merode") != set()
        link = school.run("user", "link", "j.ortiz", "--new").stdout.strip()
        browser = signed_in(school, link)
        forgotten = school.run("contact", "forget", CHLOE, "--yes")
        assert forgotten.returncode == 0, forgotten.stderr
        assert "Mind:" not in forgotten.stderr
        again = {**form, "MessageSid": "SMin2"}
        assert post(f"{school.url}/twilio/inbound", again) == 204
        ndjson = browser.open(f"{school.url}/audit/events.ndjson", timeout=15).read()
        secrets = [text.encode() for text in (*NUMBER, *OTHER)]
        secrets += [text.encode("utf-16-le") for text in NUMBER]
        assert found_in(school, *secrets, wrapped, plain) == set()
    csv = school.run("campaign", "contacts", campaign, "--csv").stdout.encode()
    audit = school.run("audit").stdout.encode()
    for exported in (ndjson, csv, audit, forgotten.stderr.encode()):
        assert [secret for secret in secrets if secret in exported] == []
    assert found_in(school, *secrets, wrapped, plain) == set()
    rows = school.read("campaign", "contacts", campaign)
    assert [row["status"] for row in rows] == ["delivered", "delivered"]
    assert (rows[0]["phone"], rows[0]["name"]) == (None, None)
    assert rows[0]["forgotten_at"].endswith("+00:00")
    assert school.run("rebuild", "--check").returncode == 0


def test_the_scrub_says_that_nothing_is_left(school):
    school.launch(f"Chloe,{CHLOE}")
    school.run("checkpoint")
    assert school.run("rebuild", "--repair").returncode == 0
    assert ("ledger.views.sqlite3.snapshot", b"Chloe") in found_in(school, b"Chloe")
    school.run("contact", "forget", CHLOE, "--yes")
    assert not (school.folder / "ledger.views.sqlite3.snapshot").exists()
    done = school.run("scrub")
    assert (done.returncode, "No deleted data is left" in done.stderr) == (0, True)
    (school.folder / "contacts.csv").unlink()
    assert found_in(school, *(text.encode() for text in NUMBER)) == set()


def test_on_postgresql_a_forgetting_names_the_command_that_empties_the_files(school, postgres_url):
    settings = {"LEDGER_DATABASE_URL": postgres_url, "LEDGER_SECRET_KEY": "for the tests alone"}
    on_server = replace(school, settings=settings)
    on_server.launch(f"Chloe,{CHLOE}")
    forgotten = on_server.run("contact", "forget", CHLOE, "--yes")
    assert "Run `delivery-ledger scrub` when few people work" in forgotten.stderr
    assert on_server.run("scrub").returncode == 0


def test_forgetting_asks_first_and_says_what_it_does_not_cover(school):
    school.launch(f"Chloe,{CHLOE}")
    asked = school.run("contact", "forget", CHLOE)
    assert (asked.returncode, "--yes" in asked.stderr) == (2, True)
    unknown = school.run("contact", "forget", "+14155550178", "--yes")
    assert (unknown.returncode, unknown.stderr.count("\n")) == (1, 1)
    assert school.run("contact", "forget", CHLOE, "--yes").returncode == 0
    again = school.run("contact", "forget", CHLOE, "--yes")
    assert (again.returncode, "already" in again.stderr) == (1, True)


def test_after_a_restore_the_kept_list_forgets_again(school):
    school.launch(f"Chloe,{CHLOE}", "Ben,+14155550102")
    source = sqlite3.connect(school.folder / "ledger.sqlite3")
    backup = sqlite3.connect(school.folder / "backup")
    source.backup(backup)
    school.run("contact", "forget", CHLOE, "--yes")
    kept = school.folder / "forgotten.json"
    kept.write_text(school.run("contact", "forgotten", "--details", "--json").stdout)
    backup.backup(source)
    source.close()
    backup.close()
    assert school.read("contact", "forgotten") == []
    again = school.run("contact", "forget", "--listed", str(kept), "--yes")
    assert (again.returncode, "forgot 1 contact again" in again.stderr) == (0, True)
    (listed,), forgotten = json.loads(kept.read_text()), school.read("contact", "forgotten")
    assert forgotten == [listed["contact_id"]]
    repeated = school.run("contact", "forget", "--listed", str(kept), "--yes")
    assert "forgot 0 contacts again" in repeated.stderr


def test_every_forgetting_is_listed_for_good(school):
    for _ in range(2):
        school.launch(f"Chloe,{CHLOE}")
        school.run("contact", "forget", CHLOE, "--yes", "--by", "ortiz")
    school.launch(f"Chloe,{CHLOE}")
    school.run("rebuild")
    first, last = school.read("contact", "forgotten", "--details")
    assert first["contact_id"] == last["contact_id"]
    assert first["seq"] < last["seq"]
    assert first["forgotten_at"] < last["forgotten_at"]
    assert (last["by"], last["stored_again"], last["problem"]) == ("ortiz", True, None)
    table = school.run("contact", "forgotten", "--details").stdout
    assert table.count("stored again") == 2
    assert school.run("contact", "forgotten").stdout.split() == [first["contact_id"]]


@pytest.mark.parametrize("words", [(), (CHLOE, "--listed", "list.json")])
def test_a_forgetting_is_of_a_number_or_of_a_list(school, words):
    assert school.run("contact", "forget", *words, "--yes").returncode == 2


@pytest.mark.parametrize(
    "text",
    [
        "con_abc\n",
        "\udcff",
        '[{"contact_id": 7}]',
        '[{"contact_id": "con_1", "forgotten_at": "2026-11-24T10:31:00"}]',
    ],
)
def test_what_is_no_list_of_forgettings_is_refused(school, text):
    (school.folder / "list").write_bytes(text.encode(errors="surrogateescape"))
    refused = school.run("contact", "forget", "--listed", str(school.folder / "list"), "--yes")
    assert refused.returncode == 1
    assert "no list of forgettings" in refused.stderr


def rotated(school: School, new: str) -> "subprocess.CompletedProcess[str]":
    settings = {**school.settings, "LEDGER_NEW_MASTER_KEY": new}
    return replace(school, settings=settings).run("keys", "rotate")


def test_the_master_key_is_changed_by_one_command(school):
    campaign = school.launch("Ada,+14155550101")
    with school.serving() as running:
        form = {"MessageSid": "SMin", "From": "+14155550101", "Body": "Hello"}
        assert post(f"{school.url}/twilio/inbound", form) == 204
        done = rotated(school, "a master key that is new")
        assert done.returncode == 0, done.stderr
        assert "new" not in done.stdout
        assert post(f"{school.url}/twilio/inbound", {**form, "MessageSid": "SM2"}) in {
            503,
            0,
        }
        running.wait(timeout=30)
    refused = school.run("campaign", "list")
    assert (refused.returncode, "LEDGER_MASTER_KEY" in refused.stderr) == (1, True)
    changed = replace(school, settings={"LEDGER_MASTER_KEY": "a master key that is new"})
    assert changed.read("campaign", "contacts", campaign)[0]["name"] == "Ada"


def test_a_new_master_key_that_cannot_be_is_refused_by_its_name(school):
    school.launch("Ada,+14155550101")
    secret = (school.folder / "ledger.secret_key").read_text()
    for new in ("", "short", secret):
        refused = rotated(school, new)
        assert (refused.returncode, "LEDGER_NEW_MASTER_KEY" in refused.stderr) == (1, True)
    wrong = replace(school, settings={"LEDGER_MASTER_KEY": "another school's key"})
    assert rotated(wrong, "a master key that is new").returncode == 1
    assert school.run("campaign", "list").returncode == 0
