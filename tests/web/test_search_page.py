"""The search box of every page, and the page of a person to which it leads."""

import re

from kit.staff import Staff
from kit.world import ADA, BEN
from ledger.domain.vocabulary import Role

TEXT = "Which office is it?"


def tell(world):
    """Ada and Ben got a text; Ben's number is a landline, and Ada wrote back."""
    campaign_id = world.launch([ADA, BEN], name="Winter coats 2026")
    world.send()
    world.callback(world.delivery(campaign_id))
    world.callback(world.delivery(campaign_id, BEN), status="undelivered", code=30006)
    world.inbound(TEXT, sid="SM1")
    return campaign_id


def search(staff, text, **fields):
    token = re.search(r'name="csrf_token" value="([^"]+)"', staff.open("/search").text)[1]
    return staff.client.post("/search", data={"csrf_token": token, "q": text} | fields)


def test_one_person_event_or_campaign_is_opened_at_once(world, staff, told_story):
    ada = f"/persons/{world.contact()}"
    assert search(staff, "lovel ADA").location == ada
    assert search(staff, "0101").location == ada
    assert search(staff, "#3").location == "/audit/3"
    assert search(staff, "coats").location == f"/campaigns/{told_story}"
    assert search(staff, world.sid_of(world.delivery(told_story))).status_code == 200


def test_several_results_are_listed_with_the_match_in_bold(staff, told_story):
    page = search(staff, "415555")
    assert page.status_code == 200
    assert page.text.count('class="hit-link"') == 2
    assert "+1 <b>415 555</b> 0101" in page.text


def test_nothing_found_says_what_can_be_searched(staff, told_story):
    page = search(staff, "Nobody")
    assert "Nothing found for “Nobody”" in page.text


def test_a_number_is_searched_only_by_those_who_see_numbers(world, told_story):
    viewer = Staff(world, "victor", role=Role.VIEWER)
    refused = search(viewer, "0101")
    assert refused.status_code == 422
    assert "You may not search for phone numbers." in refused.text
    found = search(viewer, "ada")
    assert "0101" not in viewer.open(found.location).text


def test_every_page_has_the_box_and_no_address_holds_what_was_written(staff, told_story):
    assert 'action="/search"' in staff.open("/campaigns").text
    assert "lovelace" not in (search(staff, "lovelace").location or "").lower()


def test_a_persons_page_shows_campaigns_texts_and_opt_outs(world, staff, told_story):
    words = staff.read(f"/persons/{world.contact()}")
    assert "Winter coats 2026 Delivered" in words
    assert TEXT in words
    assert "None. This number may be texted." in words
    world.opt_out()
    assert "By staff, 2 Mar 2026" in staff.read(f"/persons/{world.contact()}")


def test_a_viewer_sees_no_texts_on_a_persons_page(world, told_story):
    words = Staff(world, "victor", role=Role.VIEWER).read(f"/persons/{world.contact()}")
    assert "Winter coats 2026 Delivered" in words
    assert TEXT not in words


def test_a_persons_page_has_a_past_and_an_unknown_person_is_not_found(world, staff, told_story):
    head = world.app.ledger.reader.head()
    world.opt_out()
    page = staff.open(f"/persons/{world.contact()}?as_of={head}")
    assert "could be texted" in page.text
    assert "opt-out" not in re.findall(r'href="([^"]*)"', page.text)
    assert staff.open("/persons/con_nobody").status_code == 404


def test_looking_at_a_persons_texts_is_recorded(recording_world):
    tell(recording_world)
    staff = Staff(recording_world)
    staff.open(f"/persons/{recording_world.contact()}")
    recording_world.app.access_recorder.wait()
    (viewed,) = recording_world.app.ledger.reader.events(topics=("WordsViewed",))
    assert (viewed.contact_id, viewed.event.place) == (recording_world.contact(), "person")


def test_an_opt_out_leads_back_to_the_persons_page(world, staff, told_story):
    address = f"/conversations/{world.contact()}/opt-out"
    staff.open(f"{address}?back=person")
    token = re.search(r'name="csrf_token" value="([^"]+)"', staff.open("/search").text)[1]
    answer = staff.client.post(address, data={"csrf_token": token, "back": "person"})
    assert answer.location == f"/persons/{world.contact()}"
