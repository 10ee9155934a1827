"""One phone is one contact, however its number is written; in ledgers of earlier versions too."""

import pytest
import sqlalchemy as sa

from kit.provider import provider_record, sid
from kit.world import ADA
from ledger.commands.contacts import OptIn, OptOut
from ledger.commands.forget import ForgetContact
from ledger.commands.line_types import RecordLineType
from ledger.commands.reconciliation import RecordMatch, match_records
from ledger.commands.same_phone import known_contact_id, known_contact_ids
from ledger.domain.contact import Contact
from ledger.domain.vocabulary import DeliveryStatus, LineType, Reason
from ledger.errors import BadInput, Refused
from ledger.store.schema import ledger_info

pytestmark = pytest.mark.both_databases

MEXICAN, WITH_ONE = "+525512345678", "+5215512345678"
ARGENTINE, WITHOUT_NINE = "+5491123456789", "+541123456789"
BRAZILIAN, WITHOUT_NINTH = "+5511987654321", "+551187654321"
PENDING, DELIVERED, FAILED = DeliveryStatus

SPELLINGS = [
    (ADA, "whatsapp:+14155550101"),
    (ADA, "WhatsApp:+14155550101"),
    (ADA, " 14155550101"),
    (ADA, "rcs: 14155550101"),
    (MEXICAN, WITH_ONE),
    (MEXICAN, f"whatsapp:{WITH_ONE}"),
    (ARGENTINE, WITHOUT_NINE),
    (WITHOUT_NINE, ARGENTINE),
    (BRAZILIAN, f"whatsapp:{WITHOUT_NINTH}"),
]
"""A number in a file, and how Twilio may write it."""


def reason(world, campaign_id, phone):
    row = world.row(world.delivery(campaign_id, phone))
    return row.failed_reason


@pytest.mark.parametrize(("phone", "words"), SPELLINGS)
def test_r16_a_stop_opts_out_the_phone_however_twilio_writes_its_number(world, phone, words):
    campaign_id = world.launch([phone])
    world.inbound("STOP", words)
    assert reason(world, campaign_id, phone) is Reason.OPTED_OUT
    assert reason(world, world.launch([phone]), phone) is Reason.OPTED_OUT


def test_the_raw_words_stay_in_the_record(world):
    for number, (phone, words) in enumerate(SPELLINGS):
        world.inbound("Hello", words, sid=f"SM{number}")
        received = world.last(world.contact(phone)).event
        assert dict(received.private.parameters)["From"] == words


def test_a_text_of_another_channel_is_in_the_conversation_of_the_number(world):
    world.launch()
    world.inbound("Thank you", "whatsapp:+14155550101")
    assert [message.body for message in world.conversation()] == ["Hello Ada", "Thank you"]
    assert world.app.conversations.correspondent(world.contact()).phone == ADA


def test_a_stray_belongs_to_the_contact_of_its_number(world):
    form = {"MessageSid": "SM9", "MessageStatus": "sent", "To": "whatsapp:+14155550101"}
    world.execute(world.callback_command("del_nowhere", 1, "wrong", form))
    (stray,) = world.app.ledger.reader.events()
    assert stray.contact_id == world.contact()


def test_a_phone_is_texted_once_in_a_campaign_whatever_its_spellings(world):
    with pytest.raises(BadInput, match="A number is listed twice"):
        world.launch([WITHOUT_NINE, ARGENTINE])


def test_an_ordinary_number_has_no_other_contact(world):
    world.opt_out()
    assert [event.topic for event in world.app.ledger.reader.events()] == ["ContactOptedOut"]


# Ledgers of earlier versions.


@pytest.fixture
def old(world, monkeypatch):
    """The world under the earlier version, where each way of writing a number has its own id."""
    monkeypatch.setattr("ledger.identity.spellings", lambda phone: (phone,))
    monkeypatch.setattr("ledger.commands.contacts.from_provider", lambda words: words)
    monkeypatch.setattr("ledger.commands.same_phone.from_provider", lambda words: words)
    return world


def upgraded(world, monkeypatch):
    """The same databases, opened by this version for the first time."""
    monkeypatch.undo()
    with world.app.ledger.recorder._engine.begin() as connection:
        connection.execute(sa.delete(ledger_info).where(ledger_info.c.name.like("opt-outs%")))
    return world.again()


def old_contact(world, words):
    return world.app.ledger.identity._contact_id(words)


OLD_PAIRS = [
    (MEXICAN, WITH_ONE),
    (ARGENTINE, WITHOUT_NINE),
    (WITHOUT_NINE, ARGENTINE),
    (ADA, "whatsapp:+14155550101"),
    (MEXICAN, f"whatsapp:{WITH_ONE}"),
]


@pytest.fixture
def upgrading(monkeypatch):
    """A function that upgrades a world, and closes what it opened."""
    opened = []

    def upgrade(world):
        opened.append(upgraded(world, monkeypatch))
        return opened[-1]

    yield upgrade
    for world in opened:
        world.close()


@pytest.mark.parametrize(("phone", "words"), OLD_PAIRS)
def test_an_old_opt_out_under_one_spelling_holds_for_the_other(old, upgrading, phone, words):
    campaign_id = old.launch([phone])
    delivery_id = old.delivery(campaign_id, phone)
    old.inbound("STOP", words)
    world = upgrading(old)
    assert world.row(delivery_id).is_opted_out
    assert world.row(delivery_id).failed_reason is Reason.OPTED_OUT
    assert world.send() == 0
    assert reason(world, world.launch([phone]), phone) is Reason.OPTED_OUT


def test_an_old_opt_out_without_a_number_is_shared_by_that_of_its_delivery(old, upgrading):
    old.launch([WITHOUT_NINE])
    old.execute(OptOut(old.contact(WITHOUT_NINE), "usr_1"))
    world = upgrading(old)
    assert reason(world, world.launch([ARGENTINE]), ARGENTINE) is Reason.OPTED_OUT


def test_an_old_opt_out_of_an_ordinary_number_stays_as_it_is(old, upgrading):
    old.opt_out()
    head = old.app.ledger.reader.head()
    assert upgrading(old).app.ledger.reader.head() == head


def test_an_opt_out_that_was_lifted_is_not_shared(old, upgrading):
    old.inbound("STOP", WITH_ONE)
    old.inbound("START", WITH_ONE, sid="SM2")
    world = upgrading(old)
    assert world.statuses(world.launch([MEXICAN])) == [PENDING]


def test_old_opt_outs_are_shared_once(old, upgrading):
    old.inbound("STOP", WITH_ONE)
    world = upgrading(old)
    head = world.app.ledger.reader.head()
    world.opt_in(MEXICAN)
    again = world.again()
    assert again.app.ledger.reader.head() == head + 2  # both contacts were opted in
    again.close()


@pytest.fixture
def pending(old):
    """A delivery to the old contact of +54 without 9, which waits."""
    return old.delivery(old.launch([WITHOUT_NINE]), WITHOUT_NINE)


@pytest.mark.parametrize("words", [ARGENTINE, WITHOUT_NINE, f"whatsapp:{ARGENTINE}"])
def test_a_new_opt_out_withdraws_what_waits_under_an_old_id(old, upgrading, pending, words):
    world = upgrading(old)
    world.inbound("STOP", words)
    assert world.row(pending).failed_reason is Reason.OPTED_OUT
    assert world.row(pending).is_opted_out


def test_an_opt_out_of_an_old_contact_by_its_page_holds_for_the_phone(old, upgrading, pending):
    world = upgrading(old)
    assert world.execute(OptOut(world.row(pending).contact_id, "usr_1")) == 1
    assert reason(world, world.launch([ARGENTINE]), ARGENTINE) is Reason.OPTED_OUT


def test_a_21610_holds_for_the_other_spelling_too(old, upgrading, pending):
    world = upgrading(old)
    world.send()
    world.callback(pending, 1, "undelivered", 21610)
    assert reason(world, world.launch([ARGENTINE]), ARGENTINE) is Reason.OPTED_OUT


def test_an_opt_in_lifts_the_opt_out_of_every_contact_of_the_phone(old, upgrading, pending):
    world = upgrading(old)
    world.inbound("STOP", ARGENTINE)
    world.inbound("START", WITHOUT_NINE, sid="SM2")
    assert not world.row(pending).is_opted_out
    assert not world.app.ledger.reader.load(Contact, world.contact(ARGENTINE)).is_opted_out


def test_an_old_contact_is_not_opted_out_twice(old, upgrading, pending):
    world = upgrading(old)
    world.opt_out(ARGENTINE)
    with pytest.raises(Refused, match="opted out already"):
        world.execute(OptOut(world.row(pending).contact_id, "usr_1"))
    world.execute(OptIn(world.row(pending).contact_id, "usr_1"))
    assert not world.app.ledger.reader.load(Contact, world.contact(ARGENTINE)).is_opted_out


def test_a_contact_is_forgotten_under_every_id_of_its_phone(old, upgrading, pending):
    old.inbound("Hello", f"whatsapp:{WITHOUT_NINE}", sid="SM2")
    world = upgrading(old)
    world.inbound("Hello again", ARGENTINE, sid="SM3")
    identity, reader = world.app.ledger.identity, world.app.ledger.reader
    ids = [*identity.contact_ids(ARGENTINE), *identity.channel_contact_ids(ARGENTINE)]
    assert len(reader.subjects_with_key(ids)) == 3
    world.execute(ForgetContact(world.contact(ARGENTINE), "usr_1"))
    assert reader.subjects_with_key(ids) == set()
    assert world.row(pending).phone == ""


def test_a_look_up_does_not_hide_an_old_contact_from_a_forgetting(old, upgrading, pending):
    world = upgrading(old)
    reader, identity = world.app.ledger.reader, world.app.ledger.identity
    contact_id, old_id = world.contact(ARGENTINE), world.row(pending).contact_id
    world.execute(RecordLineType(contact_id, ARGENTINE, LineType.MOBILE, "usr_1"))
    world.execute(ForgetContact(known_contact_id(reader, identity, ARGENTINE), "usr_1"))
    assert reader.subjects_with_key([contact_id, old_id]) == set()


def test_a_stray_does_not_hide_an_old_contact_from_a_forgetting(old, upgrading, pending):
    world = upgrading(old)
    ledger, old_id = world.app.ledger, world.row(pending).contact_id
    form = {"MessageSid": "SM9", "MessageStatus": "sent", "To": ARGENTINE}
    world.execute(world.callback_command("del_nowhere", 1, "wrong", form))
    ids = known_contact_ids(ledger.reader, ledger.identity, ARGENTINE)
    assert list(ids) == [world.contact(ARGENTINE), old_id]
    assert known_contact_id(ledger.reader, ledger.identity, ARGENTINE) == old_id


def test_after_a_forgetting_a_text_from_the_phone_is_not_stored(old, upgrading, pending):
    world = upgrading(old)
    world.execute(ForgetContact(world.row(pending).contact_id, "usr_1"))
    world.inbound("Hello", ARGENTINE)
    received = world.last(world.contact(ARGENTINE))
    assert (received.topic, received.event.private) == ("InboundReceived", None)


@pytest.mark.parametrize("to", [WITHOUT_NINE, ARGENTINE])
def test_a_text_that_is_found_at_twilio_belongs_to_the_old_delivery(old, upgrading, pending, to):
    world = upgrading(old)
    record = provider_record(world.clock.now(), sid=sid(7), to=to, body="Hello Somebody")
    matches = match_records(world.app.ledger, world.app.codes, [record])
    assert matches == {record.sid: RecordMatch.ATTACHED}
    assert world.topics(pending)[-1] == "StatusFetched"


@pytest.mark.parametrize("words", [WITH_ONE, f"whatsapp:{MEXICAN}", f"rcs:{WITH_ONE}"])
def test_an_old_contact_is_found_by_its_number(old, upgrading, words):
    old.inbound("Hello", words)
    expected = old_contact(old, words)
    ledger = upgrading(old).app.ledger
    assert known_contact_id(ledger.reader, ledger.identity, MEXICAN) == expected


def test_all_contacts_of_a_number_are_found_its_own_first(old, upgrading):
    """So that a bundle about the number does not pass over what an earlier version recorded."""
    old.inbound("Hello", WITH_ONE)
    old.inbound("Hello", f"whatsapp:{MEXICAN}", sid="SM2")
    expected = [old_contact(old, words) for words in (WITH_ONE, f"whatsapp:{MEXICAN}")]
    world = upgrading(old)
    world.inbound("Hello", MEXICAN, sid="SM3")
    ids = known_contact_ids(world.app.ledger.reader, world.app.ledger.identity, MEXICAN)
    assert list(ids) == [world.contact(MEXICAN), *expected]
