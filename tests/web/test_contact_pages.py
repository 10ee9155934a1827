"""The contact page, and opting a number out and in, as staff see and press them."""

import pytest

from kit.world import ADA, BEN
from ledger.commands.contacts import TWILIO_STILL_BLOCKS
from ledger.domain.vocabulary import DeliveryStatus


def tell(world):
    """A campaign to Ada and Ben, sent."""
    campaign_id = world.launch([ADA, BEN], name="Fall aid reminder")
    world.send()
    return campaign_id


@pytest.fixture
def ada(world, campaign):
    return world.delivery(campaign, ADA)


def path(delivery_id, act=""):
    return f"/deliveries/{delivery_id}{act}"


# The page.


def test_the_head_names_contact_number_status_and_campaign(staff, campaign, ada):
    words = staff.read(path(ada))
    assert "Ada Lovelace" in words
    assert "Pending +1 415 555 0101 in Fall aid reminder" in words
    assert f'href="/campaigns/{campaign}"' in staff.open(path(ada)).text


@pytest.mark.parametrize("link", ["preview", "opt-out"])
def test_preview_and_opt_out_are_offered_even_after_archive(world, staff, campaign, ada, link):
    world.archive(campaign)
    assert f'href="/deliveries/{ada}/{link}"' in staff.open(path(ada)).text


def test_resend_is_offered_for_a_failed_contact_while_the_campaign_goes_on(
    world, staff, campaign, ada
):
    resend = f"/campaigns/{campaign}/resend?delivery_id={ada}"
    assert resend not in staff.open(path(ada)).text
    world.callback(ada, status="undelivered", code=30006)
    assert resend in staff.open(path(ada)).text
    world.close_campaign(campaign)
    assert resend not in staff.open(path(ada)).text


def test_the_box_answers_why_in_one_sentence_and_names_its_events(world, staff, clock, ada):
    clock.advance(minutes=5)
    world.callback(ada, status="undelivered", code=30008)
    words = staff.read(path(ada))
    assert (
        "Why is this contact pending? Attempt 1 was accepted by Twilio at 09:00 and the carrier "
        "answered 30008 (Carrier gave no reason) at 09:05; that may pass, so attempt 2 is planned "
        "for 09:09."
    ) in words
    assert "It leaves Pending when an attempt is delivered" in words
    decisive = world.last(ada).seq
    assert f'href="/audit/{decisive}">#{decisive}</a>' in staff.open(path(ada)).text


def test_a_moment_of_another_day_has_its_date(staff, clock, ada):
    clock.advance(days=1)
    assert "accepted by Twilio at 09:00 on 2 Mar 2026;" in staff.read(path(ada))


def test_the_timeline_lists_attempts_and_callbacks_the_newest_first(world, staff, clock, ada):
    clock.advance(seconds=5.1)
    world.callback(ada, status="undelivered", code=30006)
    words = staff.read(path(ada)).partition("What happened")[2]
    told = ["Callback undelivered", "Accepted by Twilio (queued)", "Attempt 1 started", "enrolled"]
    assert sorted(told, key=words.index) == told
    assert "5.1 seconds after Twilio" in words
    assert "by usr_1" not in words


def test_an_event_by_staff_is_shown_with_their_name(world, staff, ada):
    staff.press(path(ada, "/opt-out"))
    assert "Opted out by staff by J. Ortiz." in staff.read(path(ada))


def test_an_inbound_text_stands_in_the_timeline(world, staff, ada):
    world.inbound("Thank you <3", ADA)
    assert "A text came in “Thank you <3”" in staff.read(path(ada))


def test_a_callback_about_another_sid_is_flagged(world, staff, ada):
    world.callback(ada, sid="SM" + 32 * "f")
    assert "About another SID than the one accepted." in staff.read(path(ada))


def test_news_after_archive_stands_beside_the_frozen_status(world, staff, campaign, ada):
    world.archive(campaign)
    world.callback(ada)
    words = staff.read(path(ada))
    assert "Why is this contact pending?" in words
    assert "After archive: Delivered, reported at 09:00; it changes nothing any more." in words
    assert "After archive: changes nothing." in words


def test_contradicting_reports_are_flagged(world, staff, ada):
    world.callback(ada, status="undelivered", code=30006)
    world.callback(ada, status="delivered")
    words = staff.read(path(ada))
    assert "A failure was reported as well" in words
    assert "Conflicting reports" in words


def test_a_long_timeline_ends_with_a_link_to_the_rest(world, staff, ada):
    for number in range(100):
        world.callback(ada, status="sent", RawDlrDoneDate=str(number))
    answer = staff.open(path(ada)).text
    assert answer.count('<li class="moment"') == 100
    assert "The newest 100 of 104 are shown." in staff.read(path(ada))
    assert f'href="/audit?delivery={ada}"' in answer


def test_the_same_number_in_other_campaigns_is_listed(world, staff, ada):
    other = world.delivery(world.launch([ADA], name="Bus 14 is late"), ADA)
    assert "Bus 14 is late Sending Pending" in staff.read(path(ada))
    assert f'href="{path(other)}"' in staff.open(path(ada)).text


def test_an_unknown_delivery_is_not_found(staff):
    answer = staff.open(path("del_none"))
    assert answer.status_code == 404
    assert "There is no delivery del_none." in answer.text


def test_a_person_not_signed_in_sees_no_contact(staff, ada):
    answer = staff.app.test_client().get(path(ada))
    assert (answer.status_code, "/sign-in" in answer.location) == (302, True)


def test_the_address_of_a_contact_page_holds_no_number_and_no_name(staff, ada):
    addresses = [line for line in staff.open(path(ada)).text.split('"') if line.startswith("/")]
    assert addresses
    assert [a for a in addresses if "555" in a or "Ada" in a] == []


def test_the_blocks_are_sent_again_only_when_one_has_changed(world, staff, ada):
    first = staff.open(path(ada), headers={"X-Live": "1"})
    known = {"X-Live": "1", "If-None-Match": first.headers["ETag"]}
    assert "<html" not in first.text
    assert staff.open(path(ada), headers=known).status_code == 304
    world.callback(ada)
    assert staff.open(path(ada), headers=known).status_code == 200


# Opting out.


def test_the_page_before_an_opt_out_says_in_numbers_what_will_happen(world, staff, ada):
    world.launch([ADA], name="Waits")
    frozen = world.launch([ADA], name="Frozen")
    world.archive(frozen)
    words = staff.read(path(ada, "/opt-out"))
    assert "+1 415 555 0101, in every campaign" in words
    assert "1 waiting delivery is withdrawn at once and shown as Failed: Opted out" in words
    assert "1 text is in flight and may still arrive" in words
    assert "1 in an archived campaign stays Pending" in words


def test_an_opt_out_withdraws_what_waits_and_comes_back_to_the_contact(world, staff, ada):
    waiting = world.delivery(world.launch([ADA], name="Waits"))
    answer = staff.press(path(ada, "/opt-out"))
    assert (answer.status_code, answer.location) == (303, path(ada))
    assert world.row(waiting).status is DeliveryStatus.FAILED
    words = staff.read(path(ada))
    assert "nothing more is sent to this number. 1 waiting delivery withdrawn." in words
    assert "Opted out +1 415 555 0101" in words
    assert world.last(world.contact(ADA)).event.actor == staff.user_id


def test_an_opt_out_that_was_begun_in_the_campaign_comes_back_to_it(staff, campaign, ada):
    answer = staff.open(path(ada, "/opt-out?back=campaign"))
    assert 'name="back" value="campaign"' in answer.text
    answer = staff.press(path(ada, "/opt-out"), back="campaign")
    assert answer.location == f"/campaigns/{campaign}"


def test_an_act_redirects_to_no_other_site(staff, ada):
    answer = staff.press(path(ada, "/opt-out"), back="https://evil.example")
    assert answer.location == path(ada)


def test_the_question_is_not_asked_about_a_number_that_is_opted_out_already(world, staff, ada):
    world.opt_out(ADA)
    answer = staff.open(path(ada, "/opt-out"))
    assert (answer.status_code, answer.location) == (303, path(ada))
    assert "This number is opted out already." in staff.read(path(ada))


def test_an_opt_out_already_made_by_someone_else_is_refused_with_a_sentence(world, staff, ada):
    token = token_of(staff, path(ada, "/opt-out"))
    world.opt_out(ADA)
    head = world.app.ledger.reader.head()
    answer = staff.client.post(path(ada, "/opt-out"), data={"csrf_token": token})
    assert answer.status_code == 303
    assert "This number is opted out already." in staff.read(path(ada))
    assert world.app.ledger.reader.head() == head


def token_of(staff, page):
    return staff.open(page).text.partition('name="csrf_token"')[2].split('value="')[1].split('"')[0]


@pytest.mark.parametrize("act", ["/opt-out", "/opt-in"])
def test_a_form_without_its_token_changes_nothing(world, staff, ada, act):
    head = world.app.ledger.reader.head()
    answer = staff.client.post(path(ada, act))
    assert answer.status_code == 400
    assert "The form is too old, or it was not sent from a page of this ledger." in answer.text
    assert world.app.ledger.reader.head() == head


# Opting in.


def test_an_opt_in_by_staff_after_an_opt_out_by_staff_warns_of_nothing(world, staff, ada):
    world.opt_out(ADA)
    assert "was opted out by staff" in staff.read(path(ada, "/opt-in"))
    assert TWILIO_STILL_BLOCKS not in staff.read(path(ada, "/opt-in"))
    staff.press(path(ada, "/opt-in"))
    words = staff.read(path(ada))
    assert "Opted in: this number may be texted again." in words
    assert TWILIO_STILL_BLOCKS not in words


def test_an_opt_in_after_a_stop_warns_before_and_afterwards(world, staff, ada):
    world.inbound("STOP", ADA)
    words = staff.read(path(ada, "/opt-in"))
    assert "opted out by a text to you" in words
    assert TWILIO_STILL_BLOCKS in words
    answer = staff.press(path(ada, "/opt-in"))
    assert answer.status_code == 303
    assert TWILIO_STILL_BLOCKS in staff.read(path(ada))


def test_an_opt_in_says_how_many_deliveries_stay_failed(world, staff, ada):
    world.launch([ADA], name="Waits")
    world.opt_out(ADA)
    words = staff.read(path(ada, "/opt-in"))
    assert "1 failed as opted out stays Failed; it can be resent" in words


def test_a_number_that_is_not_opted_out_is_not_opted_in(staff, ada):
    answer = staff.open(path(ada, "/opt-in"))
    assert (answer.status_code, answer.location) == (303, path(ada))
    assert "This number is not opted out." in staff.read(path(ada))


# Forgetting.


def test_the_page_before_forgetting_says_in_numbers_what_will_happen(world, staff, ada):
    world.launch([ADA], name="Waits")
    frozen = world.launch([ADA], name="Frozen")
    world.archive(frozen)
    words = staff.read(path(ada, "/forget"))
    assert "3 campaigns show the day of the forgetting in place of number and name" in words
    assert "1 waiting delivery is withdrawn at once and shown as Failed: Forgotten" in words
    assert "1 text is in flight and may still arrive" in words
    assert "1 in an archived campaign stays Pending" in words
    assert "This cannot be undone." in words


def test_forgetting_leads_back_to_a_contact_without_number_and_name(world, staff, clock, ada):
    waiting = world.delivery(world.launch([ADA], name="Waits"))
    answer = staff.press(path(ada, "/forget"), digits="0101")
    assert (answer.status_code, answer.location) == (303, path(ada))
    words = staff.read(path(ada))
    assert "Forgotten contact" in words
    assert f"forgotten on {clock.now().day} Mar 2026" in words
    assert "1 waiting delivery withdrawn." in words
    assert "Forgotten: personal data destroyed by J. Ortiz." in words
    withdrawn = staff.read(path(waiting))
    assert "The contact was forgotten at 09:00, so attempt 1 was withdrawn" in withdrawn
    assert "Nothing can be resent" in withdrawn


def test_forgetting_asks_for_the_last_four_digits_of_the_number(world, staff, ada):
    for typed in ("", "0102", "101", "+1 415 555 0101"):
        answer = staff.press(path(ada, "/forget"), digits=typed)
        assert answer.status_code == 422
        assert "These are not the last 4 digits of this number" in answer.text
    assert world.row(ada).phone == ADA
    assert staff.press(path(ada, "/forget"), digits="01 01").status_code == 303


def test_every_page_shows_that_a_contact_is_forgotten_without_its_name(world, staff, campaign, ada):
    world.inbound("Call me at home", ADA)
    world.forget(ADA)
    contact = world.contact(ADA)
    pages = [
        path(ada),
        path(ada, "/preview"),
        path(ada, "/opt-out"),
        f"/campaigns/{campaign}",
        f"/campaigns/{campaign}/activity/{contact}",
        f"/conversations/{contact}",
    ]
    told = {page: staff.read(page) for page in pages}
    assert [page for page in pages if "forgotten on 2 Mar 2026" not in told[page]] == []
    everything = " ".join(told.values()) + staff.open("/audit/events.ndjson").text
    gone = ("555 0101", "5550101", "Lovelace", "Hello Ada", "Call me")
    assert [word for word in gone if word in everything] == []


def test_a_forgotten_contact_offers_no_resend_and_cannot_be_forgotten_again(world, staff, ada):
    world.callback(ada, status="undelivered", code=30007)
    world.forget(ADA)
    page = staff.open(path(ada)).text
    assert "/resend?" not in page
    assert path(ada, "/forget") not in page
    assert staff.open(path(ada, "/forget")).location == path(ada)
    assert "has been forgotten already" in staff.read(path(ada))


def test_a_forgotten_contact_can_still_be_opted_out(world, staff, ada):
    world.forget(ADA)
    assert staff.press(path(ada, "/opt-out")).location == path(ada)
    assert world.row(ada).is_opted_out


def test_an_event_says_that_personal_data_was_destroyed(world, staff, ada):
    world.forget(ADA)
    seq = world.last(world.contact(ADA)).seq
    words = staff.read(f"/audit/{seq}")
    assert "personal data" in words
    assert "destroyed" in words
    enrolled = world.app.ledger.reader.stream(ada)[0].seq
    assert "cannot be opened any more: its key is gone" in staff.read(f"/audit/{enrolled}")


def test_the_time_of_the_carrier_is_shown_without_a_zone(world, staff, ada):
    world.callback(ada, status="delivered", RawDlrDoneDate="2303222338")
    page = staff.open(path(ada)).text
    assert "own time: 22 Mar 2023, 23:38, zone unknown." in page


def test_a_day_stands_once_in_the_timeline(world, staff, clock, ada):
    world.callback(ada)
    page = staff.open(f"/deliveries/{ada}").text
    assert page.count('<li class="moment"') > page.count('class="moment-day"') == 1
    clock.advance(days=1)
    world.inbound("Thanks")
    assert staff.open(f"/deliveries/{ada}").text.count('class="moment-day"') == 2


def test_an_opt_out_that_withdraws_nothing_has_no_list_of_consequences(world, staff, ada):
    world.callback(ada)
    assert 'class="consequences"' not in staff.open(f"/deliveries/{ada}/opt-out").text
