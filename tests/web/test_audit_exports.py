"""Downloads of the audit trail: what the screen shows, with a name and a SHA-256 that prove it."""

import csv
import hashlib
import io
import json

from kit.world import ADA, BEN


def tell(world):
    campaign_id = world.launch([ADA, BEN], name="=Winter coats")
    world.send()
    world.catch_up()
    return campaign_id


def rows_of(answer):
    return list(csv.DictReader(io.StringIO(answer.text, newline="")))


def test_the_csv_has_the_events_of_the_search_in_the_order_of_seq(world, staff, campaign):
    ada = world.delivery(campaign)
    world.callback(ada, status="undelivered", code=30006)
    answer = staff.open(f"/audit/events.csv?contact={world.contact(ADA)}")
    *_, last = rows = rows_of(answer)
    assert answer.mimetype == "text/csv"
    assert [int(row["seq"]) for row in rows] == [e.seq for e in world.app.ledger.reader.stream(ada)]
    assert last == {
        "seq": last["seq"],
        "recorded_at": world.clock.now().isoformat(),
        "type": "Callback received",
        "what_happened": "Callback undelivered: unreachable number (30006)",
        "actor": "Twilio",
        "person": "Ada Lovelace",
        "contact_id": world.contact(ADA),
        "campaign": "'=Winter coats",
        "campaign_id": campaign,
        "delivery_id": ada,
        "sid": world.sid_of(ada),
        "error_code": "30006",
    }


def test_a_download_names_its_range_and_the_moment(world, staff, campaign):
    reader = world.app.ledger.reader
    ada = [recorded.seq for recorded in reader.stream(world.delivery(campaign))]
    query = f"delivery={world.delivery(campaign)}"
    for form in ("csv", "ndjson"):
        answer = staff.open(f"/audit/events.{form}?{query}")
        answer.close()
        assert answer.headers["Content-Disposition"] == (
            f'attachment; filename="audit-{ada[0]}-{ada[-1]}-as-of-{reader.head()}.{form}"'
        )
    nothing = staff.open("/audit/events.csv?sid=SMnone")
    assert "audit-none-as-of-" in nothing.headers["Content-Disposition"]
    assert rows_of(nothing) == []


def test_the_checksum_is_that_of_the_same_file_later(world, staff, campaign):
    head = world.app.ledger.reader.head()
    address = f"campaign={campaign}&as_of={head}"
    checksums = {
        form: staff.open(f"/audit/events.{form}.sha256?{address}").text
        for form in ("csv", "ndjson")
    }
    world.callback(world.delivery(campaign))
    world.catch_up()
    for form, checksum in checksums.items():
        file = staff.open(f"/audit/events.{form}?{address}")
        name = f"audit-1-{head}-as-of-{head}.{form}"
        assert checksum == (
            f"# {name}\n# {head - 1} events, #1 to #{head}\n"
            f"{hashlib.sha256(file.data).hexdigest()}  {name}\n"
        )


def test_the_page_of_downloads_offers_the_moment_at_which_it_was_made(world, staff, campaign):
    head = world.app.ledger.reader.head()
    page = staff.open(f"/audit/exports?campaign={campaign}").text
    world.callback(world.delivery(campaign))
    for end in ("csv", "ndjson", "csv.sha256", "ndjson.sha256"):
        path = f"/audit/events.{end}?campaign={campaign}&as_of={head}"
        assert f'href="{path.replace("&", "&amp;")}"' in page
        assert staff.open(path).status_code == 200


def test_the_ndjson_names_whom_each_event_concerns_by_id(world, staff, campaign):
    world.opt_out(BEN)
    lines = staff.open("/audit/events.ndjson?type=ContactOptedOut").text.splitlines()
    assert [json.loads(line)["contact_id"] for line in lines] == [world.contact(BEN)]
