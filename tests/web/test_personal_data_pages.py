"""Forgettings and legal holds, on the pages of all contacts and on the page of one."""

import re

import pytest

from kit.forging import forging
from kit.staff import Staff
from kit.store import ledger_file
from kit.world import ADA, BEN, STAFF
from ledger.commands.legal_holds import PlaceLegalHold

FORGOTTEN, HOLDS = "/personal-data/forgotten", "/personal-data/legal-holds"
REASON = "Lovelace against the school"


@pytest.fixture
def ada(world):
    return f"/deliveries/{world.delivery(world.launch([ADA]))}"


def test_without_a_forgetting_the_page_says_so(staff):
    assert "Nobody was forgotten" in staff.read(FORGOTTEN)


def test_the_page_lists_every_forgetting_with_its_event(world, staff):
    world.launch([ADA, BEN])
    world.forget(ADA)
    world.forget(BEN)
    world.launch([BEN], name="Again")
    seqs = [world.last(world.contact(each)).seq for each in (ADA, BEN)]
    page = staff.open(FORGOTTEN).text
    rows = re.findall(r'<tr role="row" id="forgetting-(\d+)">', page)
    assert rows == [str(seq) for seq in reversed(seqs)]
    assert all(f'href="/audit/{seq}"' in page for seq in seqs)
    words = staff.read(FORGOTTEN)
    for phone, since in ((ADA, "Nothing stored"), (BEN, "Stored again")):
        assert re.search(rf"{world.contact(phone)} 2 Mar 2026, 09:00 \S+ #\d+ {since}", words)


def test_a_page_of_the_past_lists_the_forgettings_until_then(world, staff):
    world.launch([ADA, BEN])
    world.forget(ADA)
    then = world.app.ledger.reader.head()
    world.forget(BEN)
    words = staff.read(f"{FORGOTTEN}?as_of={then}")
    assert world.contact(ADA) in words
    assert world.contact(BEN) not in words
    assert "Nothing stored" not in words


def test_a_long_list_has_pages(world, staff):
    phones = [f"+1415555{number:04}" for number in range(51)]
    world.launch(phones)
    for phone in phones:
        world.forget(phone)
    page = staff.open(FORGOTTEN).text
    assert world.contact(phones[0]) not in page
    (older,) = re.findall(r'rel="next" href="([^"]*)"', page)
    assert world.contact(phones[0]) in staff.read(older)


def test_an_altered_forgetting_is_shown_as_altered(world):
    world.launch([ADA])
    world.forget(ADA)
    seq = world.last(world.contact(ADA)).seq
    world.close()
    with forging(ledger_file(world.folder)) as file:
        file.execute(f"UPDATE events SET contact_id = 'con_other' WHERE seq = {seq}")
    words = Staff(world.again()).read(FORGOTTEN)
    assert "Altered: this event is not what was recorded" in words
    assert "con_other" not in words


def test_the_opt_outs_lead_to_the_page(staff):
    assert f'href="{FORGOTTEN}"' in staff.open("/opt-outs").text


# Legal holds.


def test_the_contact_page_leads_to_a_legal_hold_and_shows_it(world, staff, ada):
    assert f'href="{ada}/legal-holds"' in staff.open(ada).text
    answer = staff.press(f"{ada}/legal-holds", reason=REASON)
    assert (answer.status_code, answer.location) == (303, ada)
    words = staff.read(ada)
    assert "Legal hold 1 placed: this contact cannot be forgotten." in words
    assert f"Legal hold 1 Since 2 Mar 2026, placed by J. Ortiz: {REASON}" in words
    assert "Pending Legal hold +1 415 555 0101" in words


def test_forgetting_a_held_contact_is_refused_by_its_page(world, staff, ada):
    staff.press(f"{ada}/legal-holds", reason=REASON)
    assert staff.open(f"{ada}/forget").location == ada
    assert "Legal hold 1 keeps this contact from being forgotten" in staff.read(ada)


def test_a_form_of_forgetting_from_before_the_hold_is_refused(world, staff, ada):
    hidden = re.findall(r'name="csrf_token" value="([^"]*)"', staff.open(f"{ada}/forget").text)
    staff.press(f"{ada}/legal-holds", reason=REASON)
    answer = staff.client.post(f"{ada}/forget", data={"csrf_token": hidden[0], "digits": "0101"})
    assert (answer.status_code, answer.location) == (303, ada)
    assert "Legal hold 1 keeps" in staff.read(ada)
    assert world.rows(world.app.status.campaigns()[0].campaign_id)[0].phone == ADA


def test_a_legal_hold_is_released_by_its_button(world, staff, ada):
    staff.press(f"{ada}/legal-holds", reason=REASON)
    page = staff.open(f"{ada}/legal-holds").text
    token = re.findall(r'name="csrf_token" value="([^"]*)"', page)[0]
    form = {"csrf_token": token, "hold": "1"}
    answer = staff.client.post(f"{ada}/legal-holds/release", data=form)
    assert (answer.status_code, answer.location) == (303, ada)
    assert "Legal hold 1 released." in staff.read(ada)
    staff.client.post(f"{ada}/legal-holds/release", data=form)
    assert "No legal hold is in force" in staff.read(ada)
    assert staff.press(f"{ada}/forget", digits="0101").status_code == 303
    assert "Forgotten contact" in staff.read(ada)


def test_a_legal_hold_without_a_reason_is_refused_with_a_sentence(staff, ada):
    answer = staff.press(f"{ada}/legal-holds", reason=" ")
    assert answer.status_code == 422
    assert "Say why the data must be kept" in answer.text


def test_all_legal_holds_are_on_one_page_now_and_in_the_past(world, staff, ada):
    assert "No legal hold is in force" in staff.read(HOLDS)
    before = world.app.ledger.reader.head()
    staff.press(f"{ada}/legal-holds", reason=REASON)
    words = staff.read(HOLDS)
    row = f"Ada Lovelace +1 415 555 0101 Legal hold 1 {REASON} 2 Mar 2026, 09:00 J. Ortiz"
    assert row in words
    assert "No legal hold was in force" in staff.read(f"{HOLDS}?as_of={before}")
    assert f'href="{HOLDS}"' in staff.open("/opt-outs").text


def test_the_hold_of_another_contact_of_the_phone_is_shown_and_released(world, staff, monkeypatch):
    """An earlier version made another contact for another way to write the number."""
    with_one, mexican = "+5215512345678", "+525512345678"
    monkeypatch.setattr("ledger.identity.spellings", lambda phone: (phone,))
    world.launch([with_one])
    world.execute(PlaceLegalHold(world.contact(with_one), REASON, STAFF))
    monkeypatch.undo()
    path = f"/deliveries/{world.delivery(world.launch([mexican], name='Again'), mexican)}"
    assert f"Legal hold 1 Since 2 Mar 2026, placed by {STAFF}: {REASON}" in staff.read(path)
    assert "Legal hold" in staff.open(path, headers={"X-Live": "1"}).text
    assert staff.open(f"{path}/forget").location == path
    assert REASON in staff.read(f"{path}/legal-holds")
    staff.press(f"{path}/legal-holds/release", hold="1")
    assert REASON not in staff.read(f"{path}/legal-holds")
    assert staff.press(f"{path}/forget", digits="5678").status_code == 303
    assert "Forgotten contact" in staff.read(path)


def test_a_campaign_is_held_and_released_on_its_page(world, staff, ada):
    world.catch_up()
    campaign_id = world.app.status.campaigns()[0].campaign_id
    page = f"/campaigns/{campaign_id}"
    assert f'href="{page}/legal-holds"' in staff.open(page).text
    before = world.app.ledger.reader.head()
    assert staff.press(f"{page}/legal-holds", reason=REASON).location == page
    assert "Legal hold No contact of this campaign can be forgotten." in staff.read(page)
    assert f"Legal hold 1 on a campaign Since 2 Mar 2026, placed by J. Ortiz: {REASON}" in (
        staff.read(ada)
    )
    assert staff.open(f"{ada}/forget").location == ada
    assert "A legal hold on the campaign" in staff.read(ada)
    assert f"Legal hold 1 {REASON} 2 Mar 2026, 09:00 J. Ortiz" in staff.read(HOLDS)
    assert "No legal hold was in force" in staff.read(f"{HOLDS}?as_of={before}")
    staff.press(f"{page}/legal-holds/release", hold="1")
    assert "No contact of this campaign" not in staff.read(page)
    assert "No legal hold is in force" in staff.read(HOLDS)


def test_an_altered_legal_hold_is_not_left_out_without_a_word(world, staff, ada):
    staff.press(f"{ada}/legal-holds", reason=REASON)
    seq = world.last(world.contact(ADA)).seq
    world.close()
    with forging(ledger_file(world.folder)) as file:
        file.execute(f"UPDATE events SET actor = 'usr_forged' WHERE seq = {seq}")
    again = Staff(world.again())
    problem = f"Event #{seq} is not as it was recorded, or cannot be read. A legal hold may be"
    for path in (HOLDS, ada, f"{ada}/legal-holds"):
        assert problem in again.read(path)


@pytest.mark.parametrize("path", [FORGOTTEN, HOLDS])
def test_a_list_without_filters_refuses_every_filter(staff, path):
    answer = staff.open(f"{path}?contact=con_1")
    assert answer.status_code == 404
    assert "There is no filter contact. This list has none." in answer.text


def test_the_audit_trail_tells_of_a_legal_hold_without_its_reason(world, staff, ada):
    staff.press(f"{ada}/legal-holds", reason=REASON)
    words = staff.read("/audit?type=LegalHoldPlaced")
    assert "Legal hold 1 placed: the contact cannot be forgotten" in words
    assert "Ada Lovelace" in words
    assert REASON not in words
    event = staff.read(f"/audit/{world.last(world.contact(ADA)).seq}")
    assert "legal holds \u2212 was none + is 1" in event
    assert REASON in event
