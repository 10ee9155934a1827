"""A person's file: all that is held about a number, and nothing of anybody else."""

import json

import pytest

from kit.forging import forging
from kit.staff import Staff
from kit.store import ledger_file
from kit.world import ADA, BEN, STAFF
from ledger.commands.consent import RecordConsent
from ledger.commands.legal_holds import PlaceLegalHold, ReleaseLegalHold
from ledger.commands.line_types import RecordLineType
from ledger.commands.replies import SendReply
from ledger.domain.events import Person
from ledger.domain.vocabulary import LineType
from ledger.errors import NotFound
from ledger.store.search import Search
from webapp.contact_ids import contact_ids_of_person
from webapp.explain.event_fields import NOTHING, fields_of
from webapp.person_file.content import person_file
from webapp.person_file.document import person_file_document
from webapp.person_file.words import facts_of, plain_text


@pytest.fixture
def ada(world, clock):
    """The path of Ada's contact page, after all that can happen to a person."""
    world.execute(
        RecordConsent(
            contact_id=world.contact(),
            phone=ADA,
            source="Fall form",
            given_at=clock.now(),
            by=STAFF,
        )
    )
    world.execute(RecordLineType(world.contact(), ADA, LineType.MOBILE, STAFF))
    campaign_id = world.launch([ADA, BEN], name="Fall aid reminder")
    world.send()
    world.callback(
        world.delivery(campaign_id, ADA),
        status="undelivered",
        code=30006,
        To=ADA,
        From="+18005550100",
    )
    world.callback(world.delivery(campaign_id, BEN))
    world.inbound("Is this\nthe school?", ADA)
    world.execute(PlaceLegalHold(world.contact(), "Lovelace against the school", STAFF))
    world.opt_out(ADA)
    world.catch_up()
    return f"/deliveries/{world.delivery(campaign_id, ADA)}"


def file_of(world, phone=ADA):
    world.catch_up()
    return person_file(world.app, contact_ids_of_person(world.app, world.contact(phone)))


def test_every_sealed_value_that_is_held_is_in_the_file(world, ada):
    """So that nothing is left out when an event gets another field."""
    text, document = plain_text(file_of(world)), document_of(world)
    events = world.app.ledger.reader.search(Search(contact_ids=(world.contact(),)))
    pairs = {pair for event in events for pair in fields_of(event).sealed}
    sealed = {(name, value) for name, value in pairs if value != NOTHING}
    assert len(sealed) > 10
    told = json.dumps(document, ensure_ascii=False)
    for name, value in sealed:
        assert f"{name}: {' '.join(value.split())}" in text
        assert json.dumps(json.loads(value) if value[:1] == "{" else value)[1:-1] in told
    assert [event["seq"] for event in document["events"]] == [event.seq for event in events]


def document_of(world, phone=ADA):
    return person_file_document(file_of(world, phone), {STAFF: "J. Ortiz"})


def test_the_file_says_in_short_what_is_known(world, ada):
    assert facts_of(file_of(world)) == [
        ("Name", "Ada Lovelace"),
        ("Number", "+1 415 555 0101"),
        ("Texts", "1 for the person, of which 0 were sent; 1 from them"),
        ("Opted out", "Yes: nothing more is sent"),
        ("Consent", "Not recorded"),
        ("Legal holds in force", "1"),
        ("Called in the ledger", world.contact()),
    ]


def test_texts_are_told_with_what_became_of_them(world, ada):
    lines = plain_text(file_of(world)).splitlines()
    first = lines.index("Texts") + 2
    failed = "Failed: Unreachable number (30006), 1 attempt, last report 2 Mar 2026, 09:00"
    assert lines[first : first + 5] == [
        f"2 Mar 2026, 09:00:00 UTC  Campaign “Fall aid reminder”. {failed}",
        "    Hello Ada",
        "2 Mar 2026, 09:00:00 UTC  From the person. Received",
        "    Is this",
        "    the school?",
    ]


def test_replies_of_staff_are_texts_too(world):
    world.inbound("Hello?", ADA)
    to_ada = Person(phone=ADA, name="", fields={})
    identity = world.app.ledger.identity
    world.execute(SendReply.to(identity, to_ada, "Dear Ada, yes", STAFF, request="req_1"))
    texts = document_of(world)["texts"]
    assert [(text["direction"], text["campaign"], text["text"]) for text in texts] == [
        ("in", None, "Hello?"),
        ("out", None, "Dear Ada, yes"),
    ]
    assert "Reply of staff. Pending, no attempt" in plain_text(file_of(world))


def test_a_text_counts_as_sent_only_after_it_was(world):
    campaign_id = world.launch([ADA])
    waiting = dict(facts_of(file_of(world)))
    assert waiting["Texts"] == "1 for the person, of which 0 were sent; 0 from them"
    world.send()
    world.callback(world.delivery(campaign_id, ADA), status="delivered")
    facts = dict(facts_of(file_of(world)))
    assert facts["Texts"] == "1 for the person, of which 1 was sent; 0 from them"
    (text,) = document_of(world)["texts"]
    assert (text["message_status"], text["delivery_status"]) == ("sent", "delivered")


def test_nothing_of_anybody_else_is_in_the_file(world, ada):
    text = plain_text(file_of(world)) + json.dumps(document_of(world))
    assert "Okri" not in text
    assert BEN[1:] not in text
    assert world.contact(BEN) not in text


def test_the_file_of_a_forgotten_person_says_what_was_destroyed(world, ada):
    world.execute(ReleaseLegalHold(world.contact(), STAFF))
    world.forget()
    text = plain_text(file_of(world))
    for word in (ADA[1:], "Lovelace", "Hello Ada", "the school", "Fall form"):
        assert word not in text
    assert "Forgotten: on 2 Mar 2026" in text
    assert "The words were destroyed." in text
    assert "The personal data in it was destroyed." in text
    assert document_of(world)["texts"][0]["text"] is None


def test_about_an_unknown_number_nothing_is_held(world):
    with pytest.raises(NotFound, match="Nothing is held about this number"):
        file_of(world)


def test_an_altered_event_is_told_as_altered(world, ada):
    seq = world.last(world.contact()).seq
    world.close()
    with forging(ledger_file(world.folder)) as file:
        file.execute(f"UPDATE events SET actor = 'usr_forged' WHERE seq = {seq}")
    text = plain_text(file_of(world.again()))
    assert f"#{seq}  time not known  Altered: this event is not what was recorded" in text
    assert "usr_forged" not in text


def test_contacts_of_an_earlier_version_are_in_the_file_of_the_phone(world, monkeypatch):
    with_one, mexican = "+5215512345678", "+525512345678"
    monkeypatch.setattr("ledger.identity.spellings", lambda phone: (phone,))
    world.launch([with_one], message="The old one")
    monkeypatch.undo()
    world.launch([mexican], message="The new one")
    file = file_of(world, mexican)
    assert len(file.contact_ids) == 2
    assert [text.body for text in file.texts] == ["The old one", "The new one"]
    world.execute(PlaceLegalHold(world.contact(mexican), "Case 12", STAFF))
    assert ("Legal holds in force", "1") in facts_of(file_of(world, mexican))
    assert len(document_of(world, mexican)["legal_holds"]) == 1


# The page.


def test_the_contact_page_leads_to_the_file_and_no_address_has_the_number(world, ada):
    staff = Staff(world)
    page = staff.open(ada).text
    assert f'href="{ada}/file"' in page
    words = staff.read(f"{ada}/file")
    for each in ("What is held about this person", "Ada Lovelace", "+1 415 555 0101", "Fall form"):
        assert each in words
    for each in ("Hello Ada", "Lovelace against the school", "Unreachable number (30006)"):
        assert each in words
    assert "Okri" not in words


def test_the_page_of_a_forgotten_person_is_there(world, ada):
    world.execute(ReleaseLegalHold(world.contact(), STAFF))
    world.forget()
    words = Staff(world).read(f"{ada}/file")
    assert "Forgotten on 2 Mar 2026" in words
    assert "Lovelace" not in words
