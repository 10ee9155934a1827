"""Stored rows: old events stay readable, and nothing personal is readable without its key."""

import base64
import json
from dataclasses import replace

import msgspec
import pytest
import sqlalchemy as sa
from eventsourcing.persistence import StoredEvent

from kit.golden import EVENTS, FOLDER, KEY, as_golden, mapper
from kit.ledger_commands import AppendEvents
from kit.store import MASTER, close_ledger, open_ledger
from kit.stories import ADA, CONTACT, enrolled, opted_out, story, wrote
from ledger.domain.events import EVENT_TYPES, CampaignDrafted, ContactEnrolled
from ledger.errors import EventProblemFound, LedgerError, WrongKey
from ledger.store.encryption import FINGERPRINT_BYTES, fingerprint, master_key, seal, unseal
from ledger.store.schema import contact_keys

by_topic = pytest.mark.parametrize("event", EVENTS, ids=lambda event: event.topic)
PERSONAL = (ADA, ADA[1:], "Ada", "Lovelace", "Spring fair", "Hello", "Thank you")


def golden(topic):
    return json.loads((FOLDER / f"{topic}.json").read_text())


def stored_event(golden_row, **changed):
    values = {
        "originator_id": golden_row["stream_id"],
        "originator_version": golden_row["version"],
        "topic": golden_row["topic"],
        "state": golden_row["state"].encode(),
    }
    return StoredEvent(**values | changed)


def test_every_event_type_has_its_golden_file():
    types = {event_type.topic for event_type in EVENT_TYPES}
    assert {file.stem for file in FOLDER.glob("*.json")} == types
    assert {event.topic for event in EVENTS} == types


@by_topic
def test_a_golden_row_is_read_as_the_same_event(event):
    assert mapper().to_domain_event(stored_event(golden(event.topic))) == event


@pytest.mark.parametrize("file", sorted(FOLDER.glob("earlier/*.json")), ids=lambda file: file.stem)
def test_a_row_from_before_a_field_was_added_has_its_default(file):
    (event,) = [event for event in EVENTS if event.topic == file.stem]
    if isinstance(event, ContactEnrolled):
        event = replace(event, private=replace(event.private, rows=()))
    if isinstance(event, CampaignDrafted):
        event = replace(event, private=replace(event.private, variants=None))
    assert mapper().to_domain_event(stored_event(json.loads(file.read_text()))) == event


def test_an_end_of_a_session_that_was_recorded_without_its_id_is_read():
    state = b'{"account_id":"usr_1","is_everywhere":false,"actor":"staff"}'
    event = mapper().to_domain_event(stored_event(golden("AccountSessionsEnded"), state=state))
    assert event.session_id is None


@by_topic
def test_an_event_is_stored_as_in_its_golden_file(event):
    assert as_golden(event) == golden(event.topic)


@by_topic
def test_an_event_that_was_stored_is_read_unchanged(event):
    assert mapper().to_domain_event(mapper().to_stored_event(event)) == event


@by_topic
def test_state_and_columns_contain_no_number_name_or_text(event):
    stored = mapper().to_stored_event(event)
    lying_open = f"{stored.state.decode()} {stored.columns} {stored.originator_id}"
    assert [words for words in PERSONAL if words in lying_open] == []


def test_the_sealed_part_opens_with_the_contacts_key_and_its_event():
    state = json.loads(golden("ContactOptedOut")["state"])
    binding = f"{CONTACT}|{golden('ContactOptedOut')['version']}|ContactOptedOut"
    sealed = base64.b64decode(state["private"])
    assert sealed[:FINGERPRINT_BYTES] == fingerprint(KEY)
    assert json.loads(unseal(KEY, sealed[FINGERPRINT_BYTES:], binding)) == {
        "phone": ADA,
        "reason": None,
    }


@pytest.mark.parametrize(
    "moved", [{"originator_id": "con_ben"}, {"originator_version": 99}, {"topic": "ContactOptedIn"}]
)
def test_a_sealed_part_moved_to_another_event_does_not_open(moved):
    with pytest.raises(EventProblemFound, match="does not open"):
        mapper().to_domain_event(stored_event(golden("ContactOptedOut"), **moved))


def test_a_topic_that_this_program_does_not_know_is_joined():
    with pytest.raises(LedgerError, match=r"\(ContactMarried\) cannot be read"):
        mapper().to_domain_event(stored_event(golden("ContactOptedOut"), topic="ContactMarried"))


@pytest.mark.parametrize("state", [b"{}", b"not json", b'{"actor": 7, "source": "staff"}'])
def test_a_state_that_cannot_be_read_is_refused(state):
    with pytest.raises(LedgerError, match="cannot be read by this program"):
        mapper().to_domain_event(stored_event(golden("ContactOptedOut"), state=state))


def test_a_field_added_by_a_later_program_is_ignored():
    golden_row = golden("CampaignResumed")
    state = msgspec.json.encode(json.loads(golden_row["state"]) | {"colour": "blue"})
    event = mapper().to_domain_event(stored_event(golden_row, state=state))
    assert event.topic == "CampaignResumed"


# In a real ledger, with keys of its own.


def append(ledger, *events):
    ledger.execute(AppendEvents(story(*events))).result()


def test_a_contact_gets_one_key_for_all_its_events(ledger):
    append(ledger, opted_out())
    append(ledger, enrolled())
    with ledger.recorder._engine.connect() as connection:
        assert connection.scalars(sa.select(contact_keys.c.subject_id)).all() == [CONTACT]


def test_another_process_reads_what_was_sealed(ledger, database_url, clock):
    append(ledger, wrote())
    again = open_ledger(database_url, clock)
    assert again.reader.stream(CONTACT)[0].event == story(wrote())[0]
    close_ledger(again)


def test_without_its_key_an_event_keeps_everything_but_the_private_part(
    ledger, database_url, clock
):
    append(ledger, opted_out("inbound"))
    with ledger.recorder._engine.begin() as connection:
        connection.execute(sa.delete(contact_keys))
    again = open_ledger(database_url, clock)
    event = again.reader.stream(CONTACT)[0].event
    assert (event.source, event.private) == ("inbound", None)
    close_ledger(again)


def test_the_wrong_master_key_is_refused_at_start(ledger, database_url, clock):
    with pytest.raises(WrongKey, match="LEDGER_MASTER_KEY"):
        open_ledger(database_url, clock, master=bytes(32))


def test_the_right_master_key_opens_the_same_identity(ledger, database_url, clock):
    again = open_ledger(database_url, clock, master=MASTER)
    assert again.identity.contact_id(ADA) == ledger.identity.contact_id(ADA)
    close_ledger(again)


def test_no_file_of_the_ledger_contains_personal_data(ledger, tmp_path):
    append(ledger, wrote())
    append(ledger, enrolled())
    close_ledger(ledger)
    written = b"".join(file.read_bytes() for file in tmp_path.iterdir())
    assert [
        words for words in (ADA[1:], "Lovelace", "Thank you") if words.encode() in written
    ] == []


def test_sealing_the_same_twice_returns_different_bytes():
    assert seal(KEY, b"same", "binding") != seal(KEY, b"same", "binding")


@pytest.mark.parametrize(
    ("key", "binding"), [(bytes(32), "binding"), (KEY, "elsewhere")], ids=["key", "binding"]
)
def test_another_key_or_binding_does_not_open_it(key, binding):
    with pytest.raises(WrongKey):
        unseal(key, seal(KEY, b"secret", "binding"), binding)


def test_altered_bytes_do_not_open():
    sealed = bytearray(seal(KEY, b"secret", "binding"))
    sealed[-1] ^= 1
    with pytest.raises(WrongKey):
        unseal(KEY, bytes(sealed), "binding")


def test_a_master_key_depends_on_its_secret_only():
    assert master_key("one secret") == master_key("one secret")
    assert master_key("one secret") != master_key("another secret")
    assert len(master_key("one secret")) == 32
