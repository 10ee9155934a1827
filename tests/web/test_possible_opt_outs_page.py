"""The page "Possible opt-outs", its number in the menu and its marks, as staff use them."""

import re
from html import unescape

import pytest

from kit.staff import Staff
from kit.world import ADA, BEN
from ledger.domain.contact import Contact

PAGE = "/possible-opt-outs"
TEXT = "I get too many of these"


def tell(world):
    """Ada got a text of a campaign, and wrote one that may ask for an opt-out."""
    delivery_id = world.delivery(world.launch([ADA, BEN], name="Fall aid reminder"))
    world.send()
    world.inbound(TEXT, sid="SM1")
    return delivery_id


@pytest.fixture
def ada(told_story):
    return told_story


def menu_item(staff, path="/campaigns"):
    """The words of the menu's item on a page."""
    (item,) = re.findall(r'<a href="/possible-opt-outs"[^>]*>(.*?)</a></li>', staff.open(path).text)
    return unescape(re.sub(r"<[^>]+>", "", item))


def decide(world, staff, act, phone=ADA, **fields):
    """Press a button of the page."""
    page = staff.open(PAGE).text
    action = f"{PAGE}/{world.contact(phone)}/{act}"
    form = re.findall(rf'<form [^>]*action="{re.escape(action)}".*?</form>', page, re.DOTALL)
    hidden = dict(re.findall(r'name="(\w+)" value="([^"]*)"', (form or [page])[0]))
    return staff.client.post(action, data=hidden | fields)


def test_the_page_shows_who_wrote_what_and_the_last_day(staff, ada):
    words = staff.read(PAGE)
    assert "Ada Lovelace +1 415 555 0101 “I get too many of these” 2 Mar 2026, 09:00" in words
    assert "16 Mar 2026 Opt out Ada Lovelace Not a wish to stop Ada Lovelace" in words


def test_without_any_text_the_page_says_so(staff):
    assert "Nothing to decide" in staff.read(PAGE)


def test_after_its_last_day_a_text_is_overdue(world, staff, ada, clock):
    clock.advance(days=14)
    assert "Overdue" not in staff.read(PAGE)
    clock.advance(days=1)
    assert "16 Mar 2026 Overdue" in staff.read(PAGE)


def test_the_menu_shows_how_many_texts_wait(world, staff, ada):
    world.inbound(TEXT, phone=BEN, sid="SM2")
    assert menu_item(staff) == "Possible opt-outs 2 to decide"


def test_the_menu_shows_no_number_where_none_waits(staff):
    assert menu_item(staff) == "Possible opt-outs"


def test_opt_out_opts_the_number_out_and_says_why(world, staff, ada, clock):
    asked_at = clock.now()
    clock.advance(hours=3)
    answer = decide(world, staff, "opt-out")
    assert (answer.status_code, answer.location) == (303, PAGE)
    event = world.last(world.contact()).event
    assert (event.source, event.means, event.received_at) == ("staff", "text", asked_at)
    assert event.actor == staff.user_id
    assert "Nothing to decide" in staff.read(PAGE)


def test_a_dismissed_text_leaves_the_list_and_the_number_may_be_texted(world, staff, ada):
    assert decide(world, staff, "dismiss").status_code == 303
    event = world.last(world.contact()).event
    assert (event.topic, event.sid, event.actor) == (
        "PossibleOptOutDismissed",
        "SM1",
        staff.user_id,
    )
    assert not world.app.ledger.reader.load(Contact, world.contact()).is_opted_out
    words = staff.read(PAGE)
    assert "Nothing to decide" in words
    assert "the number may still be texted. To undo that, opt the number out." in words


def test_after_a_dismissal_the_number_can_be_opted_out_by_hand(world, staff, ada):
    decide(world, staff, "dismiss")
    link = re.search(r'<a href="([^"]*)">opt the number out</a>', staff.open(PAGE).text)[1]
    staff.press(link)
    assert world.app.ledger.reader.load(Contact, world.contact()).is_opted_out


@pytest.mark.parametrize("act", ["opt-out", "dismiss"])
def test_a_text_on_which_a_colleague_decided_is_not_decided_again(world, staff, ada, act):
    page_before = staff.open(PAGE).text
    decide(world, Staff(world, "carla"), "dismiss")
    before = world.topics(world.contact())
    token = re.findall(r'name="csrf_token" value="([^"]*)"', page_before)[0]
    answer = staff.client.post(
        f"{PAGE}/{world.contact()}/{act}",
        data={"csrf_token": token, "message": "SM1"},
        follow_redirects=True,
    )
    assert "somebody decided before" in answer.text
    assert world.topics(world.contact()) == before


@pytest.mark.parametrize("act", ["opt-out", "dismiss"])
def test_a_decision_needs_the_token_of_the_page(world, staff, ada, act):
    before = world.topics(world.contact())
    answer = staff.client.post(f"{PAGE}/{world.contact()}/{act}", data={"message": "SM1"})
    assert answer.status_code == 400
    assert world.topics(world.contact()) == before


def test_nobody_reads_the_page_without_signing_in(staff):
    assert staff.app.test_client().get(PAGE).status_code == 302


def test_contact_page_and_conversation_say_that_the_person_may_want_to_stop(world, staff, ada):
    assert "May want to stop" in staff.read(f"/deliveries/{ada}")
    words = staff.read(f"/conversations/{world.contact()}")
    assert words.count("May want to stop") == 2
    decide(world, staff, "dismiss")
    assert "May want to stop" not in staff.read(f"/deliveries/{ada}")
    assert "May want to stop" not in staff.read(f"/conversations/{world.contact()}")


def test_the_past_shows_no_mark_of_today(staff, ada):
    assert "May want to stop" not in staff.read(f"/deliveries/{ada}?as_of=6")


def test_a_confirmation_is_named_in_the_conversation(world, staff, ada):
    world.inbound("please stop", sid="SM2")
    world.send()
    assert "Confirmation of the opt-out" in staff.read(f"/conversations/{world.contact()}")


def test_the_page_of_a_long_list_shows_the_oldest(world, staff):
    for number in range(51):
        world.inbound(TEXT, phone=f"+1415555{number:04}", sid=f"SM{number}")
    words = staff.read(PAGE)
    assert "The oldest 50 of 51 are shown." in words
    assert "+1 415 555 0000" in words
    assert "+1 415 555 0050" not in words


# The page that asks before an opt-out by staff.


def test_staff_say_how_and_when_the_person_asked(world, staff, ada, clock):
    path = f"/deliveries/{ada}/opt-out"
    staff.press(path, means="letter", received_at="2026-02-27T11:30")
    event = world.last(world.contact()).event
    assert (event.means, f"{event.received_at:%d %H:%M}") == ("letter", "27 11:30")
    words = staff.read(f"/deliveries/{ada}")
    assert "Opted out by staff, asked by letter, received 27 Feb 2026, 11:30 UTC" in words


def test_the_page_of_a_later_campaign_shows_what_was_recorded_of_the_opt_out(world, staff, ada):
    staff.press(f"/deliveries/{ada}/opt-out", means="phone")
    later = world.delivery(world.launch([ADA], name="Spring fair"))
    assert "Opt-out Opted out by staff, asked by phone" in staff.read(f"/deliveries/{later}")


def test_staff_need_not_say_it(world, staff, ada):
    staff.press(f"/deliveries/{ada}/opt-out")
    event = world.last(world.contact()).event
    assert (event.topic, event.means, event.received_at) == ("ContactOptedOut", None, None)


@pytest.mark.parametrize("received_at", ["2026-03-03T09:00", "yesterday"])
def test_a_time_that_cannot_be_is_refused(world, staff, ada, received_at):
    before = world.topics(world.contact())
    answer = staff.press(f"/deliveries/{ada}/opt-out", received_at=received_at)
    assert answer.status_code == 422
    assert world.topics(world.contact()) == before
