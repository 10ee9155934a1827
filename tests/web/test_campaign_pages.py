"""The list of campaigns, the Contacts tab and the acts on a campaign: read, and pressed."""

import csv
import io
import re

import pytest

from kit.provider import refusal
from kit.staff import Staff, words_of
from kit.world import ADA, BEN, CLEO, World
from ledger.domain.vocabulary import Role

NOBODY = "cam_nobody"


def tell(world: World) -> str:
    """Ada's text is delivered, Ben's number is a landline, Cleo's text bounced."""
    campaign_id = world.launch([ADA, BEN, CLEO])
    world.send()
    world.callback(world.delivery(campaign_id, ADA))
    world.callback(world.delivery(campaign_id, BEN), status="undelivered", code=30006)
    world.callback(world.delivery(campaign_id, CLEO), status="undelivered", code=30008)
    return campaign_id


def row_of(staff: Staff, path: str, name: str) -> str:
    """The words of the row that begins with this name."""
    rows = [row.partition("</tr>")[0] for row in staff.open(path).text.split("<tr ")]
    return next(words_of(row.partition(">")[2]) for row in rows if f">{name}</a>" in row)


# The list.


def test_the_first_page_is_the_list_of_campaigns(staff):
    assert staff.open("/").location == "/campaigns"


def test_without_campaigns_the_list_says_what_a_campaign_is(staff):
    words = staff.read("/campaigns")
    assert "No campaigns yet" in words
    assert "New campaign" in words


def test_the_list_shows_state_counts_and_who_launched(staff, world):
    world.launch([ADA, BEN], name="Spring fair")
    words = row_of(staff, "/campaigns", "Spring fair")
    assert words.startswith(
        "Spring fair Launched 09:00 by usr_1 Sending 0 of 2 delivered goes out now 2 0 Overview"
    )


def test_the_list_says_how_far_each_campaign_is(staff, world, clock):
    world.launch([ADA], name="Book return")
    world.send()
    sent = row_of(staff, "/campaigns", "Book return")
    staff.press(f"/campaigns/{world.launch([BEN], name='Picture day')}/pause")
    clock.advance(days=1)
    assert "0 of 1 delivered waits for 1" in sent
    assert "paused by J. Ortiz yesterday 09:00" in row_of(staff, "/campaigns", "Picture day")


def test_each_campaign_is_in_the_list_of_one_state(staff, world):
    world.launch([ADA], name="Spring fair")
    world.archive(world.launch([BEN], name="Book return"))
    assert "All 2 Active 1 Archived 1" in staff.read("/campaigns")
    archived = staff.read("/campaigns?state=archived")
    assert "Book return" in archived
    assert "Spring fair" not in archived
    assert "There is no state lost." in staff.open("/campaigns?state=lost").text


def test_a_search_of_campaigns_is_posted_and_looks_at_names(staff, world):
    world.launch([ADA], name="Spring fair")
    world.launch([BEN], name="Büchertausch")
    found = words_of(staff.press("/campaigns", q="buecher").text)
    assert "Büchertausch" in found
    assert "Spring fair" not in found
    assert "No campaign fits “zebra”" in words_of(staff.press("/campaigns", q="zebra").text)
    assert staff.press("/campaigns", q=" ").location == "/campaigns"


def test_the_totals_are_those_of_today_and_of_active_campaigns(staff, world, clock):
    tell(world)
    assert "1 delivered today 1 pending 1 failed, 33.3 %" in staff.read("/campaigns")
    clock.advance(days=1)
    assert "0 delivered today 1 pending" in staff.read("/campaigns")


def test_fifty_campaigns_stand_on_a_page(staff, world):
    for place in range(51):
        world.launch([ADA], name=f"Campaign {place}")
    first = staff.open("/campaigns").text
    following = next(line for line in first.split('href="') if line.startswith("/campaigns?after"))
    words = staff.read(following.partition('"')[0])
    assert "1 campaign on this page First page" in words


def test_the_list_knows_a_complete_campaign(staff, world):
    world.opt_out()
    world.launch([ADA], name="Spring fair")
    assert "Complete" in row_of(staff, "/campaigns", "Spring fair")


def test_the_list_answers_a_second_look_with_304_until_something_changed(staff, world):
    first = staff.open("/campaigns", headers={"X-Live": "1"})
    known = {"X-Live": "1", "If-None-Match": first.headers["ETag"]}
    assert staff.open("/campaigns", headers=known).status_code == 304
    world.launch()
    assert staff.open("/campaigns", headers=known).status_code == 200


# The Contacts tab.


def test_the_contacts_tab_has_exactly_these_columns(staff, campaign):
    heads = (
        staff.open(f"/campaigns/{campaign}").text.partition("<thead")[2].partition("</thead>")[0]
    )
    assert words_of(heads.partition(">")[2]) == (
        "Select Contact Number Delivered Failed Reason Attempts Next attempt Actions"
    )


def test_a_delivered_contact_is_shown_as_delivered(staff, campaign):
    assert row_of(staff, f"/campaigns/{campaign}", "Ada Lovelace") == (
        "Ada Lovelace +1 415 555 0101 Delivered none 1 none "
        "Preview the text to Ada Lovelace Opt-Out Ada Lovelace Why Person\u2019s page History"
    )


def test_a_bounced_contact_is_pending_and_says_when_it_is_tried_again(staff, campaign):
    row = row_of(staff, f"/campaigns/{campaign}", "Cleo Merode")
    assert "Pending, waiting for the next attempt, next try in 5 min" in row


def test_a_failed_contact_says_why_in_plain_words_and_advises(staff, campaign):
    row = row_of(staff, f"/campaigns/{campaign}", "Ben Okri")
    assert "Failed: Unreachable number" in row
    assert "Unreachable number (30006) This number is a landline" in row
    assert "Better not resend." in row
    assert "Resend… to Ben Okri" in row


@pytest.mark.parametrize("act", ["pause", "close", "archive"])
def test_preview_and_opt_out_are_offered_in_every_state(staff, campaign, act):
    staff.press(f"/campaigns/{campaign}/{act}")
    words = staff.read(f"/campaigns/{campaign}")
    assert words.count("Preview the text to") == words.count("Opt-Out") == 3


def test_resend_is_offered_for_failed_contacts_while_the_campaign_may_send(staff, campaign):
    assert "Resend… to Ben" in staff.read(f"/campaigns/{campaign}")
    staff.press(f"/campaigns/{campaign}/close")
    assert "Resend… to" not in staff.read(f"/campaigns/{campaign}")


def test_an_opted_out_contact_is_marked_and_may_be_opted_in(staff, world, campaign):
    world.opt_out(ADA)
    row = row_of(staff, f"/campaigns/{campaign}", "Ada Lovelace")
    assert "Delivered Opted out" in row
    assert "Opt-In" in row


def test_news_after_archive_stands_beside_the_frozen_status(staff, world, campaign):
    world.archive(campaign)
    world.callback(world.delivery(campaign, CLEO))
    row = row_of(staff, f"/campaigns/{campaign}", "Cleo Merode")
    assert "no further attempts: the campaign is archived" in row
    assert "after archive: Delivered" in row


def test_conflicting_reports_are_flagged(staff, world, campaign):
    world.callback(world.delivery(campaign, BEN))
    assert "Conflicting reports" in row_of(staff, f"/campaigns/{campaign}", "Ben Okri")


def test_the_counts_are_the_filters(staff, campaign):
    words = staff.read(f"/campaigns/{campaign}?status=failed")
    assert "All 3 Delivered 1 33.3 % Pending 1 33.3 % next try in 5 min Failed 1 33.3 %" in words
    assert "Ben Okri" in words
    assert "Ada Lovelace" not in words
    assert "1 of 1 failed contact" in words


def test_the_reasons_are_filters_with_counts(staff, campaign):
    assert "Failed because: Unreachable number 1" in staff.read(f"/campaigns/{campaign}")
    words = staff.read(f"/campaigns/{campaign}?status=failed&reason=unreachable_number")
    assert "Ben Okri" in words
    assert "Ada Lovelace" not in words


def test_contacts_can_stand_in_the_order_of_their_last_change(staff, world):
    campaign_id = world.launch([f"+1415555{number:04}" for number in range(1000, 1060)])
    world.opt_out("+14155551007")
    path = f"/campaigns/{campaign_id}?sort=changed"
    html = staff.open(path).text
    older = re.search(r'rel="next" href="([^"]+)"', html)[1].replace("&amp;", "&")
    assert [number_of(html), number_of(staff.open(older).text)] == ["1007", "1010"]
    assert "There is no order name." in staff.open(f"/campaigns/{campaign_id}?sort=name").text


def number_of(html: str) -> str:
    """The end of the first number in the table."""
    return re.search(r"\+1 415 555 (\d{4})", html.partition("<tbody")[2])[1]


def test_a_page_can_be_jumped_to(staff, world):
    campaign_id = world.launch([f"+1415555{number:04}" for number in range(1000, 1102)])
    assert "Contacts 101–102 of 102" in staff.read(f"/campaigns/{campaign_id}?page=3")


def test_ticked_contacts_are_opted_out_or_resent_together(staff, world, campaign):
    ticked = [world.delivery(campaign, number) for number in (ADA, BEN)]
    query = "&".join(f"delivery_id={each}" for each in ticked)
    resend = staff.read(f"/campaigns/{campaign}/resend?{query}")
    assert "to 2 contacts?" in resend
    assert "left out" in resend
    page = f"/campaigns/{campaign}/ticked/opt-out"
    assert "Opt out 2 contacts?" in staff.read(f"{page}?{query}")
    assert "Nobody is selected" in staff.open(page).text
    token = re.search(r'name="csrf_token" value="([^"]+)"', staff.open(f"{page}?{query}").text)[1]
    fields = {"csrf_token": token, "delivery_id": ticked}
    assert staff.client.post(page, data=fields).status_code == 303
    assert staff.read(f"/campaigns/{campaign}").count("Opt-In") == 2


def test_an_empty_filter_says_so(staff, world):
    assert "No contact has failed" in staff.read(f"/campaigns/{world.launch()}?status=failed")


def test_contacts_come_fifty_to_a_page(staff, world):
    campaign_id = world.launch([f"+1415555{number:04}" for number in range(1000, 1102)])
    path = f"/campaigns/{campaign_id}"
    assert "Contacts 1–50 of 102" in staff.read(path)
    assert "Contacts 101–102 of 102" in staff.read(f"{path}?after=100")
    assert "Contacts 51–100 of 102" in staff.read(f"{path}?before=101")


def test_an_unknown_filter_is_an_error_and_does_not_show_everybody(staff, campaign):
    for query, sentence in (
        ("status=lost", "There is no status lost."),
        ("staus=failed", "There is no filter staus. There is: status"),
    ):
        for address in (f"/campaigns/{campaign}", f"/campaigns/{campaign}/contacts.csv"):
            answer = staff.open(f"{address}?{query}")
            assert (answer.status_code, sentence in answer.text) == (404, True), query


@pytest.mark.parametrize("words", ["lovelace", "5550101", "415 555-0101"])
def test_a_search_looks_at_names_and_numbers(staff, campaign, words):
    answer = staff.press(f"/campaigns/{campaign}", q=words)
    assert "Ada Lovelace" in answer.text
    assert "Ben Okri" not in answer.text
    assert "data-live-toggle" not in answer.text


def test_a_search_pages_by_forms_that_keep_its_words(staff, world):
    campaign_id = world.launch([f"+1415555{number:04}" for number in range(1000, 1060)])
    path = f"/campaigns/{campaign_id}"
    first = staff.press(path, q="somebody")
    assert '<input type="hidden" name="q" value="somebody">' in first.text
    second = staff.press(path, q="somebody", after="50")
    assert "10 contacts with “somebody” on this page" in words_of(second.text)


def test_a_search_that_finds_nobody_says_what_is_searched(staff, campaign):
    words = words_of(staff.press(f"/campaigns/{campaign}", q="zebra").text)
    assert "No contact fits “zebra”" in words
    assert (
        "Names, numbers and Twilio's SIDs are searched, each word by itself. A part of a name is "
        "enough, and four digits of a number; a SID must be whole."
    ) in words


@pytest.mark.parametrize("words", ["a" * 10_000, "%00", "\u200b"])
def test_a_search_that_nobody_can_fit_is_answered_by_the_page(staff, campaign, words):
    answer = staff.press(f"/campaigns/{campaign}", q=words)
    assert answer.status_code == 200
    assert "Ada Lovelace" not in answer.text


def test_a_blank_search_shows_everybody(staff, campaign):
    assert staff.press(f"/campaigns/{campaign}", q=" ").location == f"/campaigns/{campaign}"


def test_an_unknown_campaign_is_not_found(staff):
    for path in ("", "/contacts.csv", "/activity", "/pause", "/resend"):
        assert staff.open(f"/campaigns/{NOBODY}{path}").status_code == 404


def test_a_block_says_what_changed_since_the_tag(staff, world, campaign):
    path = f"/campaigns/{campaign}"
    tag = staff.open(path, headers={"X-Live": "1"}).headers["ETag"]
    world.callback(world.delivery(campaign, CLEO))
    answer = staff.open(path, headers={"X-Live": "1", "If-None-Match": tag})
    assert 'data-live-summary="1 contact changed: 1 delivered"' in answer.text


def test_the_rows_stop_updating_once_the_campaign_is_complete(staff, world, campaign):
    path = f"/campaigns/{campaign}"
    assert "data-live-stop" not in staff.open(path, headers={"X-Live": "1"}).text
    world.callback(world.delivery(campaign, CLEO))
    assert "data-live-stop" in staff.open(path, headers={"X-Live": "1"}).text


def test_the_csv_holds_every_contact_and_is_called_by_the_id(staff, campaign):
    answer = staff.open(f"/campaigns/{campaign}/contacts.csv")
    assert answer.headers["Content-Disposition"].endswith(f'"contacts-{campaign}.csv"')
    rows = list(csv.DictReader(io.StringIO(answer.data.decode("utf-8-sig"))))
    assert [row["name"] for row in rows] == ["Ada Lovelace", "Ben Okri", "Cleo Merode"]
    assert [row["status"] for row in rows] == ["delivered", "failed", "pending"]


def test_the_csv_keeps_the_filter(staff, campaign):
    answer = staff.open(f"/campaigns/{campaign}/contacts.csv?status=failed")
    assert "Ben Okri" in answer.text
    assert "Ada Lovelace" not in answer.text


def test_the_preview_shows_the_merged_text_and_what_it_costs(staff, world, campaign):
    words = staff.read(f"/deliveries/{world.delivery(campaign)}/preview")
    assert "Hello Ada" in words
    assert "Segments 1 Characters 9 Encoding GSM-7" in words


# The head.


def test_the_head_shows_state_and_launch_and_offers_the_allowed_acts(staff, campaign):
    words = staff.read(f"/campaigns/{campaign}")
    assert "Spring fair Sending Launched 2 Mar 2026, 09:00 by usr_1" in words
    acts = (
        "Pause",
        "Clone",
        "Follow up…",
        "Phone list",
        "Legal hold…",
        "Recall…",
        "Close…",
        "Archive…",
    )
    assert "Resend failed " + " ".join(f"{act} this campaign" for act in acts) in words


def test_a_campaign_that_paused_by_itself_says_why(staff, world, provider):
    provider.will_answer(ADA, refusal(20003, 401))
    campaign_id = world.launch()
    world.send()
    assert "Paused by itself. Twilio account (code 20003):" in staff.read(
        f"/campaigns/{campaign_id}"
    )
    assert "Why it paused: Twilio account (code 20003):" in staff.read(
        f"/campaigns/{campaign_id}/resume"
    )


def test_missing_callbacks_are_shown_with_their_likely_cause(staff, world):
    campaign_id = world.launch()
    world.send()
    world.clock.advance(minutes=3)
    for path in ("/campaigns", f"/campaigns/{campaign_id}"):
        words = staff.read(path)
        assert "Twilio accepted 1 text since 09:00, and no callback has come." in words
        assert "LEDGER_PUBLIC_URL (https://texts.school.example)" in words


def test_views_behind_the_ledger_are_reported(staff, world, campaign, monkeypatch):
    monkeypatch.setattr(world.app.views, "catch_up", lambda **_budget: 312)
    for path in ("/campaigns", f"/campaigns/{campaign}"):
        assert "Numbers are 312 events behind the ledger." in staff.read(path)


# The acts.


@pytest.mark.parametrize(
    ("act", "told"),
    [
        ("pause", "1 Pending nothing is sent until somebody resumes it"),
        ("close", "1 Pending for good: nothing more is sent"),
        ("archive", "1 Pending for good; reports show it"),
    ],
)
def test_an_act_says_in_numbers_what_it_will_do(staff, campaign, act, told):
    assert told in staff.read(f"/campaigns/{campaign}/{act}")


@pytest.mark.parametrize(
    ("act", "state"), [("pause", "paused"), ("close", "closed"), ("archive", "archived")]
)
def test_an_act_is_performed_by_a_post_and_confirmed(staff, world, campaign, act, state):
    answer = staff.press(f"/campaigns/{campaign}/{act}")
    assert (answer.status_code, answer.location) == (303, f"/campaigns/{campaign}")
    assert world.campaign(campaign).state == state
    assert world.last(campaign).event.actor == staff.user_id
    assert state.capitalize() in staff.read(f"/campaigns/{campaign}")


def test_a_paused_campaign_can_be_resumed(staff, world, campaign):
    staff.press(f"/campaigns/{campaign}/pause")
    assert "texted as soon as the next attempt is due" in staff.read(
        f"/campaigns/{campaign}/resume"
    )
    staff.press(f"/campaigns/{campaign}/resume")
    assert world.campaign(campaign).state == "sending"


def test_texts_with_twilio_are_counted_apart(staff, world):
    campaign_id = world.launch([ADA, BEN])
    world.pause(campaign_id)
    world.resume(campaign_id)
    world.send()
    words = staff.read(f"/campaigns/{campaign_id}/archive")
    assert "2 of the pending with Twilio already" in words


def test_an_act_that_the_state_does_not_allow_is_refused_with_a_sentence(staff, world, campaign):
    world.archive(campaign)
    assert staff.open(f"/campaigns/{campaign}/pause").status_code == 303
    assert "Cannot pause this campaign: it is archived" in staff.read(f"/campaigns/{campaign}")


def test_an_act_that_somebody_else_did_first_is_refused_with_a_sentence(staff, world, campaign):
    form = staff.open(f"/campaigns/{campaign}/pause").text
    token = form.partition('name="csrf_token" value="')[2].partition('"')[0]
    world.close_campaign(campaign)
    staff.client.post(f"/campaigns/{campaign}/pause", data={"csrf_token": token})
    assert "Cannot pause this campaign: it is closed" in staff.read(f"/campaigns/{campaign}")


@pytest.mark.parametrize("act", ["pause", "resume", "close", "archive", "resend"])
def test_no_act_is_done_without_the_token_of_a_form(staff, world, campaign, act):
    assert staff.client.post(f"/campaigns/{campaign}/{act}").status_code == 400
    assert world.campaign(campaign).state == "sending"


# Resend.


def test_the_resend_page_counts_who_is_left_out_and_why(staff, world):
    campaign_id = _with_three_failures(world)
    words = staff.read(f"/campaigns/{campaign_id}/resend")
    assert "1 Failed Pending again, and tried at once" in words
    assert "1 Opted out left out: nobody who opted out is texted" in words
    assert "1 Unreachable number left out: better not resend" in words
    assert "Try unreachable, invalid and blocking numbers too (1)" in words


def test_a_resend_leaves_out_unreachable_numbers_unless_staff_insist(staff, world):
    campaign_id = _with_three_failures(world)
    staff.press(f"/campaigns/{campaign_id}/resend")
    assert "1 contact will be tried again. 2 left out." in staff.read(f"/campaigns/{campaign_id}")
    staff.press(f"/campaigns/{campaign_id}/resend", include_unreachable="yes")
    assert world.statuses(campaign_id) == ["failed", "pending", "pending"]


def test_a_resend_can_be_kept_to_one_cause(staff, world):
    campaign_id = _with_three_failures(world)
    page = f"/campaigns/{campaign_id}/resend"
    assert "Unreachable number (30006): 1" in staff.read(page)
    words = staff.read(f"{page}?cause=unreachable_number:30006")
    assert "Pending again" not in words
    assert "Opted out left out" not in words


def test_an_unknown_cause_or_status_does_not_resend_to_everybody(staff, world):
    campaign_id = _with_three_failures(world)
    page = f"/campaigns/{campaign_id}/resend"
    assert "There is no reason moonshine." in staff.open(f"{page}?cause=moonshine:30006").text
    for fields in ({"cause": "moonshine:"}, {"status": "lost"}):
        assert staff.press(page, **fields).status_code == 404
    assert world.statuses(campaign_id) == ["failed", "failed", "failed"]


def test_a_resend_says_which_of_all_contacts_are_left_out(staff, world):
    campaign_id = _with_three_failures(world)
    world.callback(world.delivery(campaign_id, CLEO), 1, "delivered")
    words = staff.read(f"/campaigns/{campaign_id}/resend?status=any")
    assert "1 Delivered left out: the text arrived" in words


def test_pressing_resend_twice_sends_once(staff, world):
    campaign_id = _with_three_failures(world)
    page = f"/campaigns/{campaign_id}/resend"
    staff.press(page, request="req_1")
    staff.press(page, request="req_1")
    (delivery_id,) = [r.delivery_id for r in world.rows(campaign_id) if r.status == "pending"]
    assert world.topics(delivery_id).count("ResendRequested") == 1


def test_one_contact_can_be_resent_alone(staff, world):
    campaign_id = _with_three_failures(world)
    delivery_id = world.delivery(campaign_id, CLEO)
    page = staff.read(f"/campaigns/{campaign_id}/resend?delivery_id={delivery_id}")
    assert "Resend to Cleo Merode?" in page
    staff.press(f"/campaigns/{campaign_id}/resend", delivery_id=delivery_id)
    assert world.statuses(campaign_id) == ["failed", "failed", "pending"]


def test_one_unreachable_contact_is_resent_only_when_staff_insist(staff, world):
    campaign_id = _with_three_failures(world)
    delivery_id = world.delivery(campaign_id, BEN)
    page = staff.read(f"/campaigns/{campaign_id}/resend?delivery_id={delivery_id}")
    assert "Try this number all the same" in page
    staff.press(f"/campaigns/{campaign_id}/resend", delivery_id=delivery_id)
    assert "Nobody is tried again. 1 left out." in staff.read(f"/campaigns/{campaign_id}")


def test_a_contact_of_another_campaign_is_not_found(staff, world):
    campaign_id, delivery_id = world.launch(), world.delivery(world.launch([BEN]), BEN)
    path = f"/campaigns/{campaign_id}/resend?delivery_id={delivery_id}"
    assert staff.open(path).status_code == 404


def test_no_resend_in_a_closed_campaign(staff, world):
    campaign_id = _with_three_failures(world)
    world.close_campaign(campaign_id)
    assert staff.open(f"/campaigns/{campaign_id}/resend").status_code == 303
    assert "Cannot resend in this campaign" in staff.read(f"/campaigns/{campaign_id}")


def _with_three_failures(world: World) -> str:
    """Ada opted out, Ben's number is a landline, Cleo's text was filtered."""
    campaign_id = world.launch([ADA, BEN, CLEO])
    world.opt_out(ADA)
    world.send()
    world.callback(world.delivery(campaign_id, BEN), status="undelivered", code=30006)
    world.callback(world.delivery(campaign_id, CLEO), status="undelivered", code=30007)
    return campaign_id


def test_somebody_who_may_do_nothing_rare_has_no_empty_menu(world, campaign):
    viewer = Staff(world, "V. Iyer", role=Role.VIEWER)
    page = viewer.open(f"/campaigns/{campaign}").text
    assert 'aria-label="More acts for this campaign"' not in page
