"""Legal holds: a held contact is not forgotten, by any way, until every hold is released."""

import msgspec
import pytest

from kit.world import ADA, BEN, STAFF
from ledger.commands.campaigns import ArchiveCampaign
from ledger.commands.forget import ForgetContact, check_forgettable
from ledger.commands.legal_holds import (
    LONGEST_REASON,
    PlaceCampaignLegalHold,
    PlaceLegalHold,
    ReleaseCampaignLegalHold,
    ReleaseLegalHold,
)
from ledger.errors import BadInput, NotFound, Refused
from webapp.campaign_legal_holds import campaign_legal_holds
from webapp.contact_ids import contact_ids_of_person
from webapp.legal_holds import all_legal_holds, legal_holds_in
from webapp.parts.proof import verify_ledger

REASON = "Lovelace against the school"


def hold(world, phone=ADA, reason=REASON):
    return world.execute(PlaceLegalHold(world.contact(phone), reason, STAFF))


def release(world, number=None, phone=ADA):
    return world.execute(ReleaseLegalHold(world.contact(phone), STAFF, number))


def in_force(world, phone=ADA):
    return legal_holds_in(world.app.ledger.reader.stream(world.contact(phone)), {})


def test_a_held_contact_is_not_forgotten(world):
    world.launch()
    assert hold(world) == 1
    sentence = "Legal hold 1 keeps this contact from being forgotten"
    with pytest.raises(Refused, match=sentence):
        world.forget()
    with pytest.raises(Refused, match=sentence):
        check_forgettable(world.app.ledger.reader, world.app.ledger.identity, [world.contact()])
    assert world.topics(world.contact()) == ["LegalHoldPlaced"]
    assert world.app.ledger.reader.subjects_with_key([world.contact()])


def test_after_the_release_it_can_be_forgotten(world):
    world.launch()
    hold(world)
    assert release(world) == 1
    assert world.forget() == 1
    assert in_force(world) == []


def test_each_of_several_holds_must_be_released(world):
    world.launch()
    assert [hold(world), hold(world, reason="A second case")] == [1, 2]
    with pytest.raises(BadInput, match="holds 1 and 2 are in force"):
        release(world)
    assert release(world, 1) == 1
    with pytest.raises(Refused, match="Legal hold 2 keeps"):
        world.forget()
    assert [each.number for each in in_force(world)] == [2]
    release(world, 2)
    assert hold(world) == 3


def test_a_hold_that_is_not_in_force_cannot_be_released(world):
    world.launch()
    with pytest.raises(Refused, match="No legal hold is in force"):
        release(world)
    hold(world)
    with pytest.raises(
        Refused, match=r"Legal hold 7 is not in force for this contact\. In force: 1\."
    ):
        release(world, 7)


def test_the_reason_is_sealed_and_destroyed_with_the_key(world):
    world.launch()
    hold(world)
    (held,) = in_force(world)
    assert (held.reason, held.by, held.number) == (REASON, STAFF, 1)
    placed = world.last(world.contact())
    state = msgspec.json.decode(placed.row.state)
    assert REASON not in str(state)
    release(world)
    world.forget()
    assert world.app.ledger.reader.event(placed.seq).event.private is None


@pytest.mark.parametrize("reason", ["", " \n", "x" * (LONGEST_REASON + 1)])
def test_a_reason_that_says_nothing_or_too_much_is_refused(world, reason):
    world.launch()
    with pytest.raises(BadInput):
        hold(world, reason=reason)
    assert world.topics(world.contact()) == []


def test_a_contact_without_data_cannot_be_held(world):
    with pytest.raises(NotFound, match="Nothing is known"):
        hold(world)
    world.launch()
    world.forget()
    with pytest.raises(Refused, match="would keep nothing"):
        hold(world)


def test_a_hold_is_on_every_contact_of_the_phone(world, monkeypatch):
    """An earlier version made another contact for another way to write the number."""
    with_one, mexican = "+5215512345678", "+525512345678"
    monkeypatch.setattr("ledger.identity.spellings", lambda phone: (phone,))
    world.launch([with_one])
    old = world.contact(with_one)
    monkeypatch.undo()
    world.launch([mexican])
    assert old != world.contact(mexican)
    assert hold(world, mexican) == 1
    assert world.topics(old) == ["LegalHoldPlaced"]
    with pytest.raises(Refused, match="Legal hold 1"):
        world.forget(mexican)
    release(world, phone=mexican)
    assert world.topics(old) == ["LegalHoldPlaced", "LegalHoldReleased"]
    world.forget(mexican)


@pytest.fixture
def channel(world, monkeypatch):
    """Ada's contact of WhatsApp, as an earlier version made it."""
    monkeypatch.setattr("ledger.commands.contacts.from_provider", lambda words: words)
    monkeypatch.setattr("ledger.identity.spellings", lambda phone: (phone,))
    world.inbound("Hello", f"whatsapp:{ADA}")
    (received,) = world.app.ledger.reader.events()
    monkeypatch.undo()
    assert received.contact_id != world.contact()
    return received.contact_id


def test_a_hold_on_the_number_is_on_its_contact_of_another_channel(world, channel):
    world.launch()
    assert hold(world) == 1
    with pytest.raises(Refused, match="Legal hold 1"):
        world.execute(ForgetContact(channel, STAFF))
    release(world)
    assert world.topics(channel)[-2:] == ["LegalHoldPlaced", "LegalHoldReleased"]
    world.execute(ForgetContact(channel, STAFF))


def test_a_hold_on_a_contact_of_another_channel_is_released_by_the_number(world, channel):
    world.launch()
    assert world.execute(PlaceLegalHold(channel, REASON, STAFF)) == 1
    with pytest.raises(Refused, match="Legal hold 1"):
        world.forget()
    assert release(world) == 1
    world.forget()


def test_a_hold_that_only_another_contact_of_the_phone_has_is_asked_for(world, channel):
    """It was placed before anything was stored for the number itself."""
    world.execute(PlaceLegalHold(channel, REASON, STAFF))
    world.launch()
    world.catch_up()
    assert world.topics(world.contact()) == []
    contact_ids = contact_ids_of_person(world.app, world.contact())
    assert contact_ids == [world.contact(), channel]
    with pytest.raises(Refused, match="Legal hold 1"):
        check_forgettable(world.app.ledger.reader, world.app.ledger.identity, contact_ids)


def test_a_hold_on_several_contacts_of_a_phone_is_listed_once(world, channel):
    world.launch()
    hold(world)
    hold(world, reason="A second case")
    assert [each.number for each in all_legal_holds(world.app).holds] == [1, 2]
    release(world, 1)
    assert [each.reason for each in all_legal_holds(world.app).holds] == ["A second case"]


def test_the_record_of_a_hold_and_of_the_forgetting_after_it_is_sound(world):
    world.launch([ADA, BEN])
    hold(world)
    release(world)
    world.forget()
    hold(world, BEN)
    verified = verify_ledger(world.app.settings, {}, lambda _done, _total: None)
    assert list(verified.faults) == []
    assert list(world.app.views.differences()) == []


def test_a_hold_on_one_contact_keeps_no_other(world):
    world.launch([ADA, BEN])
    hold(world)
    assert world.forget(BEN) == 1


# On campaigns.


@pytest.fixture
def held(world):
    """A campaign of Ada and Ben on which a legal hold is in force."""
    campaign_id = world.launch([ADA, BEN])
    assert world.execute(PlaceCampaignLegalHold(campaign_id, REASON, STAFF)) == 1
    return campaign_id


def test_no_contact_of_a_held_campaign_is_forgotten_until_the_release(world, held):
    world.launch([ADA], name="Another")
    sentence = f"A legal hold on the campaign {held} keeps this contact from being forgotten"
    with pytest.raises(Refused, match=sentence):
        world.forget()
    ledger = world.app.ledger
    with pytest.raises(Refused, match=sentence):
        check_forgettable(ledger.reader, ledger.identity, [world.contact(BEN)])
    assert world.execute(ReleaseCampaignLegalHold(held, STAFF)) == 1
    assert world.forget() == 2


def test_a_legal_hold_on_a_campaign_keeps_nobody_else(world, held):
    world.launch(["+14155550199"], name="Another")
    assert world.forget("+14155550199") == 1


def test_a_legal_hold_on_a_campaign_is_no_act_on_it(world, held):
    """Rules such as that of failing campaigns count from the last act on a campaign."""
    assert world.topics(held)[-1] == "CampaignLaunched"
    world.execute(ArchiveCampaign(held, STAFF))
    assert world.execute(PlaceCampaignLegalHold(held, "A second case", STAFF)) == 2


def test_only_a_campaign_that_there_is_can_be_held(world):
    world.launch()
    for campaign_id in ("cam_none", world.app.ledger.identity.replies_campaign_id()):
        with pytest.raises(NotFound, match="There is no campaign"):
            world.execute(PlaceCampaignLegalHold(campaign_id, REASON, STAFF))


def test_of_several_legal_holds_on_a_campaign_one_is_named(world, held):
    world.execute(PlaceCampaignLegalHold(held, "A second case", STAFF))
    with pytest.raises(BadInput, match="holds 1 and 2 are in force"):
        world.execute(ReleaseCampaignLegalHold(held, STAFF))
    world.execute(ReleaseCampaignLegalHold(held, STAFF, 1))
    with pytest.raises(
        Refused, match=r"Legal hold 1 is not in force for this campaign\. In force: 2"
    ):
        world.execute(ReleaseCampaignLegalHold(held, STAFF, 1))
    assert [each.reason for each in campaign_legal_holds(world.app).holds] == ["A second case"]


def test_a_repeated_request_places_and_releases_one_legal_hold(world, held):
    for command in (
        PlaceCampaignLegalHold(held, REASON, STAFF, request="req_1"),
        ReleaseCampaignLegalHold(held, STAFF, 2, request="req_2"),
        PlaceLegalHold(world.contact(), REASON, STAFF, request="req_3"),
        ReleaseLegalHold(world.contact(), STAFF, request="req_4"),
    ):
        first, head = world.execute(command), world.app.ledger.reader.head()
        assert world.execute(command) == first
        assert world.app.ledger.reader.head() == head


def test_the_reason_of_a_legal_hold_on_a_campaign_is_sealed(world, held):
    placed = world.last("legal-holds")
    assert (placed.columns["campaign_id"], placed.event.private.reason) == (held, REASON)
    assert REASON not in str(msgspec.json.decode(placed.row.state))
    assert list(verify_ledger(world.app.settings, {}, lambda _done, _total: None).faults) == []
