"""The two panels: the marks of the conversation view (R1-R5), bubbles, attempts and paging."""

import re

import pytest

from kit.provider import refusal
from kit.staff import Staff, words_of
from kit.world import ADA, BEN, CLEO, World

WAITS = "1 needs a reply, since 09:00"


def panels(staff: Staff, path: str) -> tuple[str, str]:
    """The words of the left and of the right panel."""
    html = staff.open(path).text
    left, _, right = html.partition('class="panel-right"')
    return words_of(left.partition('class="panel-left"')[2].partition(">")[2]), words_of(
        right.partition(">")[2].partition("</section>")[0]
    )


def test_without_conversations_both_panels_say_so(staff):
    left, right = panels(staff, "/conversations")
    assert "No conversations yet" in left
    assert "Choose a conversation." in right


@pytest.mark.parametrize("scope", ["/conversations", "/campaigns/{}/activity"])
def test_the_mark_of_a_message_stands_in_both_panels(staff, world, scope):
    campaign_id = world.launch([ADA, BEN])
    world.send()
    world.callback(world.delivery(campaign_id, BEN), status="undelivered", code=30006)
    path = scope.format(campaign_id)
    left, right = panels(staff, f"{path}/{world.contact(ADA)}")
    assert "Sent: accepted by Twilio" in left
    assert "Sent: accepted by Twilio" in right
    left, right = panels(staff, f"{path}/{world.contact(BEN)}")
    assert "Undelivered Landline or carrier that cannot be reached (30006)." in left
    assert "Undelivered Landline or carrier that cannot be reached (30006)." in right


def test_a_delivered_message_is_still_a_sent_one(staff, world):
    campaign_id = world.launch()
    world.send()
    world.callback(world.delivery(campaign_id))
    assert "Sent: accepted by Twilio" in panels(staff, f"/conversations/{world.contact()}")[1]


def test_a_message_that_waits_for_twilios_answer_is_pending(staff, world, provider):
    provider.will_answer(ADA, refusal(20429, 429))
    campaign_id = world.launch()
    world.send()
    left, right = panels(staff, f"/campaigns/{campaign_id}/activity/{world.contact()}")
    assert "Pending: not accepted by Twilio yet" in left
    assert "first attempt in" in right


def test_the_reason_of_an_undelivered_message_is_a_tooltip_on_its_mark(staff, world):
    campaign_id = world.launch()
    world.send()
    world.callback(world.delivery(campaign_id), status="undelivered", code=30006)
    html = staff.open(f"/conversations/{world.contact()}").text
    tip = f"why-{world.delivery(campaign_id)}"
    assert f'class="tip-trigger" aria-describedby="{tip}"' in html
    assert f'role="tooltip" id="{tip}"' in html


def test_one_bubble_however_many_attempts_and_they_unfold_beneath(staff, world):
    campaign_id = world.launch()
    delivery_id = world.delivery(campaign_id)
    world.send()
    world.callback(delivery_id, status="undelivered", code=30008)
    world.clock.advance(minutes=6)
    world.send()
    world.callback(delivery_id, turn=2)
    _, right = panels(staff, f"/conversations/{world.contact()}")
    assert right.count("We wrote: Hello Ada") == 1
    assert "2 attempts" in right
    assert "Attempt 1 started" in right
    assert "Attempt 2 started" in right
    assert "Callback delivered" in right


def test_the_next_attempt_stands_beside_the_mark_while_one_will_come(staff, world):
    campaign_id = world.launch()
    world.send()
    world.callback(world.delivery(campaign_id), status="undelivered", code=30008)
    path = f"/conversations/{world.contact()}"
    assert "next attempt in 5 min" in panels(staff, path)[1]
    world.close_campaign(campaign_id)
    assert "next attempt" not in panels(staff, path)[1]


def test_a_text_that_was_never_sent_says_so(staff, world):
    world.opt_out()
    campaign_id = world.launch()
    left, right = panels(staff, f"/campaigns/{campaign_id}/activity/{world.contact()}")
    assert "Not sent" in left
    assert "Not sent Opted out" in right


def test_an_inbound_text_stands_on_the_other_side_without_a_mark(staff, world):
    world.launch()
    world.inbound("Thanks, got it!")
    left, right = panels(staff, f"/conversations/{world.contact()}")
    assert "They: Thanks, got it!" in left
    assert "They wrote: Thanks, got it!" in right
    assert "bubble bubble-in" in staff.open(f"/conversations/{world.contact()}").text


def test_a_campaigns_panel_holds_its_own_contacts_and_message(staff, world):
    ours = world.launch([ADA, BEN], message="Ours")
    world.launch([ADA, CLEO], message="Theirs")
    left, _ = panels(staff, f"/campaigns/{ours}/activity")
    assert "Ada Lovelace" in left
    assert "Ben Okri" in left
    assert "Cleo Merode" not in left
    assert "Theirs" not in left


def test_a_conversation_shows_the_campaign_of_each_message(staff, world):
    first = world.launch(name="Spring fair")
    world.launch(name="Bus 14 is late")
    _, right = panels(staff, f"/campaigns/{first}/activity/{world.contact()}")
    assert "Today" in right
    assert "Spring fair 09:00" in right
    assert "Bus 14 is late 09:00" in right


def test_a_conversation_leads_to_its_contact_pages(staff, world):
    delivery_id = world.delivery(world.launch())
    html = staff.open(f"/conversations/{world.contact()}").text
    assert f'href="/deliveries/{delivery_id}"' in html


def test_a_person_in_no_campaign_is_opted_out_and_in_again_from_the_conversation(staff, world):
    world.inbound("Who is this?")
    page = f"/conversations/{world.contact()}"
    assert f'href="{page}/opt-out"' in staff.open(page).text
    assert "Opt out +1 415 555 0101?" in staff.read(f"{page}/opt-out")
    answer = staff.press(f"{page}/opt-out", means="phone")
    assert answer.location == page
    words = staff.read(page)
    assert (
        "Opted out: nothing more is sent to this number. 0 waiting deliveries withdrawn." in words
    )
    assert "Opted out Opt-In" in words
    assert [entry.phone for entry in world.app.opt_outs.page(size=9).rows] == [ADA]
    assert staff.press(f"{page}/opt-in").location == page
    assert "Opted in: this number may be texted again. " in staff.read(page)
    assert "Opt-Out" in staff.read(page)


def test_an_opt_out_from_the_activity_tab_leads_back_to_it(staff, world):
    page = f"/campaigns/{world.launch()}/activity/{world.contact()}"
    link = re.search(r'href="(/conversations/[^"]*/opt-out[^"]*)"', staff.open(page).text)[1]
    form = staff.open(link).text.partition("<main")[2]
    fields = dict(re.findall(r'name="(\w+)" value="([^"]*)"', form))
    assert staff.client.post(link.partition("?")[0], data=fields).location == page
    assert "Opted out: nothing more is sent to this number." in staff.read(page)


def test_nobody_is_opted_out_who_has_no_conversation(staff):
    assert staff.open("/conversations/con_nobody/opt-out").status_code == 404


def test_a_person_in_no_campaign_has_no_contact_page(staff, world):
    world.inbound("Who is this?")
    html = staff.open(f"/conversations/{world.contact()}").text
    assert "Who is this?" in html
    assert "Delivery in" not in html


def test_conversations_come_fifty_to_a_page(staff, world):
    world.launch([f"+1415555{number:04}" for number in range(1000, 1060)])
    html = staff.open("/conversations").text
    assert html.count('class="conversation"') == 50
    older = html.partition('">Older')[0].rpartition('href="')[2]
    assert staff.open(older).text.count('class="conversation"') == 10
    assert "Latest" in staff.read(older)


def test_the_place_in_the_list_is_kept_when_a_conversation_is_chosen(staff, world):
    world.launch([f"+1415555{number:04}" for number in range(1000, 1060)])
    older = staff.open("/conversations").text.partition('">Older')[0].rpartition('href="')[2]
    page = staff.open(older).text
    chosen = page.partition('class="conversation-link" href="')[2].partition('"')[0]
    assert staff.open(chosen).text.count('class="conversation"') == 10


def test_messages_come_fifty_to_a_page(staff, world):
    world.launch()
    for number in range(60):
        world.clock.advance(minutes=1)
        world.inbound(f"Text {number:02}", sid=f"SM{number}")
    html = staff.open(f"/conversations/{world.contact()}").text
    assert html.count('class="bubble ') == 50
    assert "Text 59" in html
    earlier = html.partition('">Earlier messages')[0].rpartition('href="')[2]
    assert staff.open(earlier).text.count('class="bubble ') == 11


def test_an_unknown_conversation_is_not_found(staff):
    assert staff.open("/conversations/con_nobody").status_code == 404


def test_the_panels_answer_a_second_look_with_304_until_something_changed(staff, world):
    campaign_id = world.launch()
    path = f"/campaigns/{campaign_id}/activity/{world.contact()}"
    tag = staff.open(path, headers={"X-Live": "1"}).headers["ETag"]
    known = {"X-Live": "1", "If-None-Match": tag}
    world.clock.advance(seconds=1)
    assert staff.open(path, headers=known).status_code == 304
    world.inbound("Thanks")
    assert staff.open(path, headers=known).status_code == 200


def test_no_name_number_or_word_stands_in_an_address(staff, world):
    campaign_id = world.launch()
    world.send()
    pages = [f"/campaigns/{campaign_id}", f"/campaigns/{campaign_id}/activity", "/conversations"]
    links = " ".join(
        part.partition('"')[0] for page in pages for part in staff.open(page).text.split('href="')
    )
    assert "Ada" not in links
    assert ADA[1:] not in links


# What staff work through.


def test_a_text_needs_a_reply_until_staff_are_done_and_again_after_the_next(staff, world):
    world.launch([ADA, BEN])
    world.inbound("Which office is it?")
    page = f"/conversations/{world.contact()}"
    assert '1<span class="visually-hidden"> need a reply' in staff.open(page).text
    left, _ = panels(staff, page)
    assert (
        left.index("Ada Lovelace needs a reply") < left.index("No reply needed") < left.index("Ben")
    )
    assert WAITS in staff.read(page)
    assert staff.press(f"{page}/done").location == page
    assert "Nobody needs a reply." in staff.read("/conversations?show=needs-reply")
    world.inbound("Hello?", sid="SM2")
    assert WAITS in staff.read("/conversations")


def test_a_conversation_is_assigned_and_then_one_of_mine(staff, world):
    world.launch([ADA, BEN])
    page = f"/conversations/{world.contact()}"
    assert staff.press(f"{page}/assign", assignee=staff.user_id).location == page
    assert "assigned to J. Ortiz" in staff.read(page)
    left, _ = panels(staff, "/conversations?show=mine")
    assert "Ada Lovelace" in left
    assert "Ben Okri" not in left
    assert staff.press(f"{page}/assign", assignee="usr_nobody").status_code == 422
    assert staff.open("/conversations?show=theirs").status_code == 404


def test_a_search_is_posted_and_stays_while_a_conversation_is_chosen(staff, world):
    campaign_id = world.launch([ADA, BEN])
    world.inbound("Which office is it?")
    for path in ("/conversations", f"/campaigns/{campaign_id}/activity"):
        found = staff.press(path, q="office", chosen=world.contact()).text
        assert 'value="office"' in found
        assert "Ben Okri" not in found
        assert "Conversation with Ada Lovelace" in found
        assert "No conversation fits “nowhere”" in staff.press(path, q="nowhere").text
        assert staff.press(path, q=" ").location == path


def test_times_are_those_of_the_school_and_their_titles_utc(database_url, clock, provider):
    world = World.open(database_url, clock, provider, LEDGER_TIME_ZONE="America/New_York")
    world.launch()
    html = Staff(world).open(f"/conversations/{world.contact()}").text
    assert 'title="2 Mar 2026, 09:00:00 UTC">04:00</time>' in html
    assert "Times of New York" in html
    world.close()
