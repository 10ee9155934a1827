"""Events that were altered in the database, or do not open: shown as such, beside the others."""

import json

import pytest

from kit.forging import forging, rows
from kit.staff import Staff, words_of
from kit.store import ledger_file
from kit.world import ADA, BEN, World
from ledger.clock import EPOCH
from ledger.store.merkle_leaf import LEAF_COLUMNS, leaf_of
from webapp.documents import event_document

ALTERED = "Altered: this event is not what was recorded"
UNREADABLE = "Not readable: this program cannot open this event"


def tell(world):
    campaign_id = world.launch([ADA, BEN], name="Fall aid")
    world.send()
    world.callback(world.delivery(campaign_id, ADA), status="undelivered", code=30006)
    world.catch_up()
    return campaign_id


@pytest.fixture
def ada(world, campaign):
    return world.delivery(campaign, ADA)


def alter(world: World, seq: int, change: str, *, with_leaf: bool = False) -> World:
    """Change a stored event, and its leaf with it; return the ledger opened again."""
    world.close()
    with forging(ledger_file(world.folder)) as file:
        file.execute(f"UPDATE events SET {change} WHERE seq = {seq}")
        if with_leaf:
            row = rows(file)[seq - 1]
            leaf = leaf_of([row[name] for name in LEAF_COLUMNS], row["state"])
            file.execute("UPDATE events SET leaf = ? WHERE seq = ?", (leaf, seq))
    return world.again()


FORGERIES = (
    "state = replace(state, 'undelivered', 'delivered')",
    "state = x'7b'",
    "topic = 'TextRead', rank = 15",
    "actor = CAST(x'ff' AS TEXT), state = 'no bytes', leaf = 'no bytes'",
)
"""Any other value of a row: tests/ledger/test_recorded_event.py."""


@pytest.mark.parametrize("change", FORGERIES)
def test_an_altered_event_is_shown_as_altered_and_the_others_as_they_are(world, ada, change):
    last = world.last(ada).seq
    staff = Staff(alter(world, last, change))
    index = staff.read(f"/audit?delivery={ada}")
    assert f"#{last} {ALTERED} none" in index
    assert "Accepted by Twilio (queued)" in index
    page = staff.read(f"/audit/{last}")
    assert "This event was altered. Its fingerprint does not match its row" in page
    assert "What it meant" not in page
    contact = staff.read(f"/deliveries/{ada}")
    assert f"Event #{last} is not as it was recorded, or cannot be read." in contact
    assert f"{ALTERED} It is not shown as a fact." in contact
    assert "Accepted by Twilio (queued)" in contact
    conversation = staff.read(f"/conversations/{world.contact(ADA)}")
    assert ALTERED in conversation
    assert "Accepted by Twilio (queued)" in conversation


NO_TIMES = ("'soon'", str(2**63 - 1), "x'ff'")


@pytest.mark.parametrize("value", NO_TIMES)
def test_a_time_that_is_none_does_not_shut_the_trail(world, ada, value):
    last = world.last(ada).seq
    staff = Staff(alter(world, last, f"recorded_at = {value}"))
    assert f"#{last} {ALTERED} none" in staff.read("/audit")
    assert "recorded_at" in staff.read(f"/audit/{last}")
    assert f"{ALTERED} It is not shown as a fact." in staff.read(f"/deliveries/{ada}")
    assert ALTERED in staff.read("/conversations")
    assert ALTERED in staff.read(f"/conversations/{world.contact(ADA)}")


@pytest.mark.parametrize("value", NO_TIMES)
def test_the_moment_of_an_event_whose_time_is_none_is_shown_without_a_time(world, ada, value):
    last = world.last(ada).seq
    staff = Staff(alter(world, last, f"recorded_at = {value}"))
    for path in (f"/deliveries/{ada}", "/conversations", "/audit", "/campaigns"):
        page = words_of(staff.open(f"{path}?as_of={last}").text.replace("<main", "", 1))
        assert f"You see the ledger as of event #{last}, which was altered. Read only." in page


@pytest.mark.parametrize("value", NO_TIMES)
def test_the_past_is_shown_without_a_planned_time_that_was_altered(world, ada, value):
    ben = world.delivery(world.last(ada).campaign_id, BEN)
    world.callback(ben, status="undelivered", code=30008)
    world.catch_up()
    last = world.last(ben).seq
    staff = Staff(alter(world, last, f"next_at = {value}"))
    for path in (f"/deliveries/{ben}", f"/campaigns/{world.last(ada).campaign_id}"):
        assert "Pending" in staff.read(f"{path}?as_of={last}")


@pytest.mark.parametrize("value", [*NO_TIMES, "recorded_at + 3600000000"])
def test_a_forged_time_does_not_lead_to_another_moment(world, ada, clock, value):
    sent_at, middle = clock.now(), world.app.ledger.reader.head() // 2
    clock.advance(hours=2)
    world.opt_out(ADA)
    reader = alter(world, middle, f"recorded_at = {value}").app.ledger.reader
    last = reader.head()
    assert reader.seq_before(clock.now()) < last
    assert reader.seq_at(sent_at) == reader.seq_before(clock.now())
    assert reader.seq_at(clock.now()) == last
    assert reader.time_at(middle) == sent_at


def test_where_every_time_was_altered_none_is_believed(world, campaign):
    world.close()
    with forging(ledger_file(world.folder)) as file:
        file.execute("UPDATE events SET recorded_at = recorded_at + 1")
    again = world.again()
    assert again.app.ledger.reader.time_at(again.app.ledger.reader.head()) == EPOCH
    assert "which was altered" in Staff(again).open("/campaigns?as_of=yesterday").text


def test_a_text_whose_event_was_altered_is_not_shown_as_said(world, campaign, clock):
    world.inbound("I never wrote this", BEN, sid="SMin")
    world.catch_up()
    staff = Staff(alter(world, world.app.ledger.reader.head(), "sid = 'SMother'"))
    for page in ("/conversations", f"/conversations/{world.contact(BEN)}"):
        assert ALTERED in staff.read(page)
        assert "I never wrote this" not in staff.read(page)


FORGED_IDS = (
    "delivery_id = 'del_x'",
    "delivery_id = x'ff', contact_id = x'ff'",
    "delivery_id = NULL, campaign_id = NULL",
)


@pytest.mark.parametrize("change", FORGED_IDS)
def test_a_person_stays_in_the_list_when_the_latest_event_names_another_text(world, ada, change):
    staff = Staff(alter(world, world.last(ada).seq, change))
    assert f"Ada Lovelace {ALTERED}" in staff.read("/conversations")
    assert "This event was altered." in staff.read(f"/audit/{world.last(ada).seq}")


def test_a_person_stays_in_the_list_when_the_latest_event_was_deleted(world, ada):
    last = world.last(ada).seq
    world.inbound("Thanks", BEN, sid="SMin")
    world.catch_up()
    world.close()
    with forging(ledger_file(world.folder)) as file:
        file.execute(f"DELETE FROM events WHERE seq = {last}")
    panel = Staff(world.again()).read("/conversations")
    assert "Ada Lovelace Missing: this event is not in the ledger any more" in panel


def test_words_that_were_forged_are_shown_only_as_what_stands_in_the_row(world, ada):
    last = world.last(ada).seq
    staff = Staff(alter(world, last, "state = replace(state, 'undelivered', 'delivered')"))
    page = staff.read(f"/audit/{last}")
    before, _, after = page.partition("What its row says now, which is not what was recorded")
    assert ("delivered" in before, '"status":"delivered"' in after) == (False, True)
    assert "Callback delivered" not in staff.read("/audit") + staff.read(f"/deliveries/{ada}")


UNOPENED = ("topic = 'TextRead'", "state = x'ff'", "reason = 'moonshine'")


@pytest.mark.parametrize("change", UNOPENED)
def test_an_event_that_does_not_open_is_shown_as_such_with_its_time(world, ada, change):
    last = world.last(ada).seq
    staff = Staff(alter(world, last, change, with_leaf=True))
    index = staff.read(f"/audit?delivery={ada}")
    assert f"#{last} {UNREADABLE}" in index
    assert "Accepted by Twilio (queued)" in index
    page = staff.read(f"/audit/{last}")
    assert "This event cannot be read. It is as it was recorded" in page
    contact = staff.read(f"/deliveries/{ada}")
    assert f"Event #{last} is not as it was recorded, or cannot be read." in contact
    assert f"{UNREADABLE} It is not shown as a fact." in contact
    assert UNREADABLE in staff.read(f"/conversations/{world.contact(ADA)}")


def test_what_changed_between_two_moments_shows_it_as_altered_too(world, ada):
    last = world.last(ada).seq
    staff = Staff(alter(world, last, "actor = 'usr_1'"))
    words = staff.read(f"/deliveries/{ada}/compare?from={last - 1}")
    assert ALTERED in words
    assert "Callback undelivered" not in words


def test_a_contact_whose_key_is_broken_still_has_a_trail(world, ada):
    world.close()
    with forging(ledger_file(world.folder)) as file:
        file.execute("UPDATE contact_keys SET wrapped_key = zeroblob(60)")
    staff = Staff(world.again())
    assert UNREADABLE in staff.read("/audit")
    assert "Attempt 1 started" in staff.read(f"/deliveries/{ada}")


def test_what_an_event_changed_is_not_told_where_an_earlier_one_was_altered(world, ada):
    last = world.last(ada).seq
    started = world.app.ledger.reader.stream(ada)[1].seq
    staff = Staff(alter(world, started, "rank = 1000"))
    assert (
        f"This cannot be worked out. Event #{started} is not as it was recorded, or cannot be read."
    ) in staff.read(f"/audit/{last}")


def test_an_event_that_was_deleted_is_missing_and_not_unknown(world, ada):
    last = world.last(ada).seq
    accepted = world.app.ledger.reader.stream(ada)[2].seq
    world.close()
    with forging(ledger_file(world.folder)) as file:
        file.execute(f"DELETE FROM events WHERE seq = {accepted}")
    staff = Staff(world.again())
    answer = staff.open(f"/audit/{accepted}")
    assert answer.status_code == 404
    assert f"Event #{accepted} is missing: the ledger has events up to #{last}." in answer.text
    assert "At least one event is missing." in staff.read(f"/deliveries/{ada}")


def test_the_export_of_the_trail_names_the_altered_event_and_keeps_the_others(world, ada):
    last = world.last(ada).seq
    staff = Staff(alter(world, last, "actor = 'usr_1'"))
    lines = staff.open(f"/audit/events.ndjson?delivery={ada}").text.splitlines()
    *others, altered = map(json.loads, lines)
    assert altered == dict.fromkeys(altered) | {
        "seq": last,
        "summary": ALTERED,
        "problem": "altered",
    }
    assert [row["problem"] for row in others] == [None, None, None]


def test_the_document_of_an_event_that_does_not_open_holds_all_but_its_data(world, ada):
    last = world.last(ada).seq
    again = alter(world, last, "state = x'7b7d'", with_leaf=True)
    assert event_document(again.app.ledger.reader.event(last), {}) == {
        "seq": last,
        "recorded_at": "2026-03-02T09:00:00+00:00",
        "type": "CallbackReceived",
        "campaign_id": world.last(ada).campaign_id,
        "delivery_id": ada,
        "contact_id": world.contact(ADA),
        "actor": "twilio",
        "request_id": None,
        "summary": UNREADABLE,
        "data": None,
        "problem": "unreadable",
    }
