"""The list of campaigns, the Contacts tab, and the acts that ask before they are done."""

import re
from datetime import timedelta

import pytest
from kit.provider import FakeProvider, refusal
from kit.staff import Staff, words_of
from kit.world import ADA, BEN, CLEO, World

from projections.silence import SILENCE

COLUMNS = [
    *("Contact", "Number", "Delivered", "Failed Reason"),
    *("Attempts", "Next attempt", "Actions"),
]
MANY = [f"+1415555{number:04}" for number in range(2000, 2120)]


@pytest.fixture
def staff(world: World) -> Staff:
    return Staff(world)


def row_of(page: str, delivery_id: str) -> str:
    """The HTML of one contact's row."""
    return page.partition(f'id="{delivery_id}"')[2].partition("</tr>")[0]


def actions_of(page: str, delivery_id: str) -> list[str]:
    """The buttons of one contact's row, as they are seen."""
    row = row_of(page, delivery_id)
    return re.findall(r'<a class="button[^>]*>([\w-]+)<', row)


# The list.


def test_the_first_page_is_the_list_of_campaigns(staff):
    assert staff.open("/").headers["Location"].endswith("/campaigns")


def test_whoever_is_not_signed_in_sees_no_campaign(world, staff):
    campaign_id = world.launch()
    stranger = staff.app.test_client().get(f"/campaigns/{campaign_id}")
    assert stranger.status_code == 302
    assert "/sign-in" in stranger.headers["Location"]


def test_without_campaigns_the_list_offers_to_begin_one(staff):
    assert "No campaigns yet" in staff.read("/campaigns")
    assert 'href="/campaigns/new"' in staff.open("/campaigns").text


def test_the_list_shows_state_and_counts(world, staff):
    campaign_id = world.launch([ADA, BEN])
    world.send()
    world.callback(world.delivery(campaign_id))
    assert "Spring fair Sending 2 1 1 0" in staff.read("/campaigns")


def test_a_campaign_whose_contacts_are_all_settled_is_complete(world, staff):
    campaign_id = world.launch()
    assert "Complete" not in staff.read("/campaigns")
    world.send()
    world.callback(world.delivery(campaign_id))
    assert "Sending Complete" in staff.read("/campaigns")


def test_an_unknown_campaign_is_not_found(staff):
    assert staff.open("/campaigns/cam_nobody").status_code == 404


# The Contacts tab.


def test_the_contacts_tab_has_exactly_its_seven_columns(world, staff):
    page = staff.open(f"/campaigns/{world.launch()}").text
    assert re.findall(r'role="columnheader"[^>]*>([^<]+)<', page) == COLUMNS


def test_a_soft_bounce_is_pending_and_says_when_the_next_attempt_is(world, staff):
    campaign_id = world.launch(first_wait_seconds=600)
    world.send()
    world.callback(world.delivery(campaign_id), status="undelivered", code="30008")
    row = words_of(
        row_of(staff.open(f"/campaigns/{campaign_id}").text, world.delivery(campaign_id))
    )
    assert "Pending" in row
    assert re.search(r"in (9|10) min", row)


def test_a_failed_contact_shows_the_reason_and_what_it_means(world, staff):
    campaign_id = world.launch()
    world.send()
    world.callback(world.delivery(campaign_id), status="undelivered", code="30006")
    words = staff.read(f"/campaigns/{campaign_id}")
    assert "Unreachable number (30006)" in words
    assert "landline" in words
    assert "Better not resend" in words


def test_the_counts_are_the_filters(world, staff):
    campaign_id = world.launch([ADA, BEN, CLEO])
    world.send()
    world.callback(world.delivery(campaign_id, BEN))
    page = staff.open(f"/campaigns/{campaign_id}").text
    assert f'href="/campaigns/{campaign_id}?status=delivered"' in page
    delivered = staff.read(f"/campaigns/{campaign_id}?status=delivered")
    assert "Ben Okri" in delivered
    assert "Ada Lovelace" not in delivered


@pytest.mark.parametrize("act", ["none", "pause", "close", "archive"])
def test_preview_and_opt_out_are_offered_in_every_state(world, staff, act):
    campaign_id = world.launch([ADA, BEN])
    if act != "none":
        assert staff.press(f"/campaigns/{campaign_id}/{act}").status_code == 303
    page = staff.open(f"/campaigns/{campaign_id}").text
    assert actions_of(page, world.delivery(campaign_id, ADA)) == ["Preview", "Opt-Out"]
    assert actions_of(page, world.delivery(campaign_id, BEN)) == ["Preview", "Opt-Out"]


def test_a_number_that_is_opted_out_is_offered_opt_in_instead(world, staff):
    campaign_id = world.launch([ADA, BEN])
    world.opt_out(ADA)
    page = staff.open(f"/campaigns/{campaign_id}").text
    assert actions_of(page, world.delivery(campaign_id, ADA)) == ["Preview", "Opt-In"]
    assert actions_of(page, world.delivery(campaign_id, BEN)) == ["Preview", "Opt-Out"]


def test_resend_is_offered_where_it_applies(world, staff):
    campaign_id = world.launch([ADA, BEN])
    world.send()
    world.callback(world.delivery(campaign_id), status="failed")
    page = staff.open(f"/campaigns/{campaign_id}").text
    assert "Resend" in actions_of(page, world.delivery(campaign_id, ADA))
    assert "Resend" not in actions_of(page, world.delivery(campaign_id, BEN))
    world.close_campaign(campaign_id)
    assert "Resend" not in actions_of(
        staff.open(f"/campaigns/{campaign_id}").text, world.delivery(campaign_id, ADA)
    )


def test_what_came_after_archive_stands_beside_the_frozen_status(world, staff):
    campaign_id = world.launch()
    world.send()
    world.archive(campaign_id)
    world.callback(world.delivery(campaign_id))
    words = staff.read(f"/campaigns/{campaign_id}")
    assert "after archive: Delivered" in words
    assert "Pending 1" in words


def test_fifty_contacts_stand_on_a_page_and_the_next_follow(world, staff):
    campaign_id = world.launch(MANY)
    first = staff.open(f"/campaigns/{campaign_id}").text
    assert first.count('role="rowheader"') == 50
    second = staff.read(f"/campaigns/{campaign_id}?after=50")
    assert "51–100 of 120" in second
    assert "1–50 of 120" in staff.read(f"/campaigns/{campaign_id}?before=51")


def test_a_senseless_place_in_the_list_is_its_beginning(world, staff):
    campaign_id = world.launch()
    assert "Ada Lovelace" in staff.read(f"/campaigns/{campaign_id}?after=x&status=maybe")


# Search.


@pytest.mark.parametrize("words", ["lovel", "5550101", "+1 415 555 0101"])
def test_a_search_is_posted_and_finds_name_and_number(world, staff, words):
    campaign_id = world.launch([ADA, BEN])
    found = staff.press(f"/campaigns/{campaign_id}", q=words)
    assert found.status_code == 200
    assert "Ada Lovelace" in found.text
    assert "Ben Okri" not in found.text


def test_a_search_never_stands_in_an_address(world, staff):
    campaign_id = world.launch([ADA, *MANY])
    found = staff.press(f"/campaigns/{campaign_id}", q="somebody").text
    assert "Somebody" in found
    assert re.findall(r'(?:href|action|data-live)="[^"]*somebody', found, re.IGNORECASE) == []
    assert re.findall(r'(?:href|action)="[^"]*415', found) == []


def test_a_search_that_finds_nobody_says_so(world, staff):
    found = staff.press(f"/campaigns/{world.launch()}", q="zebra").text
    assert "fits “zebra”" in words_of(found)


def test_a_blank_search_shows_everybody_again(world, staff):
    campaign_id = world.launch()
    answer = staff.press(f"/campaigns/{campaign_id}", q="  ")
    assert answer.status_code == 303
    assert answer.headers["Location"].endswith(f"/campaigns/{campaign_id}")


# CSV.


def test_the_csv_holds_every_contact_and_is_named_by_the_id(world, staff):
    campaign_id = world.launch(MANY)
    answer = staff.open(f"/campaigns/{campaign_id}/contacts.csv")
    lines = answer.data.decode("utf-8-sig").splitlines()
    assert lines[0].startswith("delivery_id,phone,name,status")
    assert len(lines) == 121
    assert f"contacts-{campaign_id}.csv" in answer.headers["Content-Disposition"]


def test_the_csv_of_a_filter_holds_that_filter(world, staff):
    campaign_id = world.launch([ADA, BEN])
    world.send()
    world.callback(world.delivery(campaign_id, BEN))
    lines = staff.open(f"/campaigns/{campaign_id}/contacts.csv?status=delivered").text.splitlines()
    assert len(lines) == 2
    assert "Ben Okri" in lines[1]


# Live blocks.


def test_a_block_that_has_not_changed_is_not_sent_again(world, staff):
    path = f"/campaigns/{world.launch()}"
    block = staff.open(path, headers={"X-Live": "1"})
    assert "<html" not in block.text
    again = {"X-Live": "1", "If-None-Match": block.headers["ETag"]}
    assert staff.open(path, headers=again).status_code == 304


def test_a_block_that_has_changed_says_what_moved(world, staff):
    campaign_id = world.launch([ADA, BEN])
    path = f"/campaigns/{campaign_id}"
    tag = staff.open(path, headers={"X-Live": "1"}).headers["ETag"]
    world.send()
    world.callback(world.delivery(campaign_id))
    moved = staff.open(path, headers={"X-Live": "1", "If-None-Match": tag})
    assert moved.status_code == 200
    assert "1 contact changed: 1 delivered" in moved.text


def test_a_complete_campaign_is_asked_for_no_more(world, staff):
    campaign_id = world.launch()
    assert "data-live-stop" not in staff.open(f"/campaigns/{campaign_id}").text
    world.send()
    world.callback(world.delivery(campaign_id))
    assert "data-live-stop" in staff.open(f"/campaigns/{campaign_id}").text


# Preview.


def test_the_preview_shows_the_merged_text_and_what_it_costs(world, staff):
    campaign_id = world.launch(message="Hello {{first_name}}, see you")
    words = staff.read(f"/deliveries/{world.delivery(campaign_id)}/preview")
    assert "Hello Ada, see you" in words
    assert "Segments 1" in words


# Acts.


@pytest.mark.parametrize(
    ("act", "state"),
    [("pause", "paused"), ("close", "closed"), ("archive", "archived")],
)
def test_an_act_asks_first_and_is_done_by_its_post(world, staff, act, state):
    campaign_id = world.launch([ADA, BEN])
    assert staff.open(f"/campaigns/{campaign_id}/{act}").status_code == 200
    assert world.campaign(campaign_id).state == "sending"
    assert staff.press(f"/campaigns/{campaign_id}/{act}").status_code == 303
    assert world.campaign(campaign_id).state == state
    assert world.last(campaign_id).event.actor == staff.user_id


def test_a_paused_campaign_can_be_resumed(world, staff):
    campaign_id = world.launch()
    staff.press(f"/campaigns/{campaign_id}/pause")
    assert "Resume" in staff.read(f"/campaigns/{campaign_id}")
    staff.press(f"/campaigns/{campaign_id}/resume")
    assert world.campaign(campaign_id).state == "sending"


def test_the_page_before_an_archive_says_in_numbers_what_it_freezes(world, staff):
    campaign_id = world.launch([ADA, BEN, CLEO])
    world.send()
    world.callback(world.delivery(campaign_id, ADA))
    world.callback(world.delivery(campaign_id, BEN), status="failed")
    words = staff.read(f"/campaigns/{campaign_id}/archive")
    assert re.search(r"1 Delivered.*1 Failed.*1 Pending.*1 of the pending", words)


def test_the_page_before_a_pause_tells_the_waiting_from_those_in_flight(world, staff, provider):
    campaign_id = world.launch([ADA, BEN, CLEO])
    provider.will_answer(ADA, refusal(20429, 429))
    provider.will_answer(BEN, refusal(20429, 429))
    world.send()
    words = staff.read(f"/campaigns/{campaign_id}/pause")
    assert re.search(r"2 Pending nothing.*1 Pending with Twilio", words)


def test_an_act_that_the_state_forbids_is_refused_with_a_sentence(world, staff):
    campaign_id = world.launch()
    world.archive(campaign_id)
    answer = staff.open(f"/campaigns/{campaign_id}/pause", follow_redirects=True)
    assert "Cannot pause this campaign: it is archived" in answer.text


def test_an_act_without_a_csrf_token_is_not_done(world, staff):
    campaign_id = world.launch()
    assert staff.client.post(f"/campaigns/{campaign_id}/archive").status_code == 400
    assert world.campaign(campaign_id).state == "sending"


# Resend.


@pytest.fixture
def failed(world: World) -> str:
    """A campaign of which one failed for no known reason, one is a landline, one opted out."""
    campaign_id = world.launch([ADA, BEN, CLEO])
    world.send()
    world.callback(world.delivery(campaign_id, ADA), status="failed")
    world.callback(world.delivery(campaign_id, BEN), status="undelivered", code="30006")
    world.callback(world.delivery(campaign_id, CLEO), status="undelivered", code="21610")
    return campaign_id


def test_the_page_before_a_resend_counts_who_is_left_out_and_why(staff, failed):
    words = staff.read(f"/campaigns/{failed}/resend")
    assert re.search(r"1 Failed.*1 Opted out left out.*1 Unreachable number left out", words)


def test_a_resend_leaves_out_unreachable_numbers(world, staff, failed):
    answer = staff.press(f"/campaigns/{failed}/resend")
    assert answer.status_code == 303
    assert world.statuses(failed) == ["pending", "failed", "failed"]


def test_a_resend_may_include_unreachable_numbers_but_never_those_opted_out(world, staff, failed):
    staff.press(f"/campaigns/{failed}/resend", include_unreachable="yes")
    assert world.statuses(failed) == ["pending", "pending", "failed"]


def test_one_contact_alone_can_be_resent(world, staff, failed):
    path = f"/campaigns/{failed}/resend"
    staff.press(path, delivery_id=world.delivery(failed, ADA))
    assert world.statuses(failed) == ["pending", "failed", "failed"]


# Banners.


def test_a_campaign_that_paused_by_itself_says_why(
    world: World, staff: Staff, provider: FakeProvider
) -> None:
    campaign_id = world.launch()
    provider.will_answer(ADA, refusal(20003, 401))
    world.send()
    words = staff.read(f"/campaigns/{campaign_id}")
    assert "Paused by itself." in words
    assert world.campaign(campaign_id).pause_reason in words


def test_texts_without_any_callback_are_told_with_the_likely_cause(world, staff):
    campaign_id = world.launch()
    world.send()
    assert "no callback has come" not in staff.read(f"/campaigns/{campaign_id}")
    world.clock.advance(SILENCE + timedelta(seconds=1))
    assert "Most likely Twilio cannot reach LEDGER_PUBLIC_URL" in staff.read("/campaigns")
    assert "no callback has come" in staff.read(f"/campaigns/{campaign_id}")


def test_the_first_callback_ends_the_alarm(world, staff):
    campaign_id = world.launch()
    world.send()
    world.clock.advance(SILENCE + timedelta(seconds=1))
    world.callback(world.delivery(campaign_id), status="sent")
    assert "no callback has come" not in staff.read("/campaigns")


def test_pages_behind_the_ledger_say_by_how_much(world, staff, monkeypatch):
    campaign_id = world.launch()
    world.catch_up()
    monkeypatch.setattr(type(world.app.views), "catch_up", lambda *_, **__: 312)
    assert "312 events behind the ledger" in staff.read(f"/campaigns/{campaign_id}")
