"""No number, name or text in the ledger's file outside its sealed parts, in logs or addresses."""

from pathlib import Path

SECRETS = (b"4155530006", b"4155550101", b"415 555", b"Ada", b"Cleo", b"aid form", b"Lovelace")


def test_the_ledgers_file_logs_and_addresses_tell_nobody(school, standin):
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
