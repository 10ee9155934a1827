"""The pages of a past moment: what was known then, and nothing to press."""

import re

import pytest

from kit.staff import words_of
from kit.world import ADA, BEN
from ledger.store.rows import TYPED_COLUMNS, EventBatch, TypedEvent

NOW = "Back to live"


@pytest.fixture
def campaign_id(told_story):
    """Ada was texted at 9:00 and had it by 9:01; Ben's number could not be reached."""
    return told_story


@pytest.fixture
def then(world, campaign_id, clock):
    """The seq at which nobody had heard of anything; then Twilio reported, and staff archived."""
    seq = world.app.ledger.reader.head()
    clock.advance(minutes=1)
    world.callback(world.delivery(campaign_id, ADA))
    world.callback(world.delivery(campaign_id, BEN), 1, "undelivered", 30006)
    world.archive(campaign_id)
    return seq


def time_words(staff, path):
    """What the time bar says."""
    (words,) = re.findall(r'(<p class="time-words">.*?)</p>', staff.open(path).text, re.DOTALL)
    return words_of(words)


def test_a_campaign_shows_what_was_known_then(staff, campaign_id, then):
    path = f"/campaigns/{campaign_id}?as_of={then}"
    assert time_words(staff, path) == (
        f"You see the ledger as of 2 Mar 2026, 09:00:00 UTC, event #{then}. Read only."
    )
    words = staff.read(path)
    assert "Delivered 0 Pending 2 100.0 % Failed 0" in words
    assert "Sending" in words


def test_a_time_stands_for_the_last_event_not_after_it(staff, campaign_id, then):
    words = time_words(staff, f"/campaigns/{campaign_id}?as_of=2026-03-02T09:00:59")
    assert f"event #{then}." in words


def test_the_list_of_campaigns_shows_the_counts_of_then(staff, campaign_id, then):
    rows = staff.read(f"/campaigns?as_of={then}")
    assert "Spring fair Launched 09:00 by usr_1 Sending 0 of 2 delivered waits for 2 2 0" in rows
    assert "All 1 Archived 1" in staff.read("/campaigns")


def test_the_way_back_leads_to_the_same_page_now(staff, campaign_id, then):
    html = staff.open(f"/campaigns/{campaign_id}?status=pending&as_of={then}").text
    (back,) = re.findall(rf'href="([^"]*)">{NOW}', html)
    assert back == f"/campaigns/{campaign_id}?status=pending"
    assert NOW not in staff.open(back).text


def test_nobody_acts_in_the_past(staff, campaign_id, then):
    words = staff.read(f"/campaigns/{campaign_id}?as_of={then}")
    for act in ("Pause", "Resume", "Close", "Archive", "Resend", "Opt-Out"):
        assert not re.search(rf"\b{act}\b", words), act
    assert "New campaign" not in staff.read(f"/campaigns?as_of={then}")


def test_the_past_does_not_update_itself(staff, campaign_id, then, world):
    delivery_id = world.delivery(campaign_id)
    for path in ("/campaigns", f"/campaigns/{campaign_id}", f"/deliveries/{delivery_id}"):
        assert "data-live-stop" in staff.open(f"{path}?as_of={then}").text


def test_every_link_keeps_to_the_moment(staff, campaign_id, then):
    html = staff.open(f"/campaigns/{campaign_id}?as_of={then}").text
    links = re.findall(rf'href="(/campaigns/{campaign_id}(?:\?|/contacts.csv)[^"]*)"', html)
    assert links
    assert all(f"as_of={then}" in link for link in links if link != f"/campaigns/{campaign_id}")


def test_a_status_filters_what_was_known_then(staff, campaign_id, then):
    words = staff.read(f"/campaigns/{campaign_id}?status=failed&as_of={then}")
    assert "No contact has failed" in words


def test_a_search_looks_into_the_past(staff, campaign_id, then):
    path = f"/campaigns/{campaign_id}?as_of={then}"
    html = staff.press(path, q="okri").text
    assert "Ben Okri" in html
    assert "with the carrier" in html
    assert f'event <span class="seq">#{then}' in html


def test_the_csv_of_the_past_is_joined_by_its_moment(staff, campaign_id, then):
    answer = staff.open(f"/campaigns/{campaign_id}/contacts.csv?as_of={then}")
    assert f"contacts-{campaign_id}-as-of-{then}.csv" in answer.headers["Content-Disposition"]
    assert answer.text.count(",pending,") == 2


def test_a_contact_is_explained_by_what_was_known_then(staff, world, campaign_id, then):
    path = f"/deliveries/{world.delivery(campaign_id, BEN)}"
    words = staff.read(f"{path}?as_of={then}")
    assert "Why is this contact pending?" in words
    assert "Callback" not in words
    assert "Why did this contact fail?" in staff.read(path)


def test_before_its_launch_a_campaign_is_not_found(staff, campaign_id, then):
    answer = staff.open(f"/campaigns/{campaign_id}?as_of=1")
    assert answer.status_code == 404
    assert "at #1" in answer.text


def test_an_event_of_the_audit_trail_leads_to_its_moment(staff, campaign_id, then):
    html = staff.open(f"/audit/{then}").text
    assert f"/campaigns/{campaign_id}?as_of={then}" in html


# A program may ask whether a page of the past is still the same.


@pytest.fixture
def kept(staff, campaign_id, then):
    """Path and tag of the page of the campaign as it was, with a form that has a token."""
    path = f"/campaigns/{campaign_id}?as_of={then}"
    return path, {"If-None-Match": staff.open(path).headers["ETag"]}


def test_a_page_of_the_past_stays_the_same_whatever_happens(staff, world, kept):
    path, tag = kept
    world.launch([ADA], name="Another")
    answer = staff.open(path, headers=tag)
    assert (answer.status_code, answer.text) == (304, "")
    assert answer.headers["Cache-Control"] == "no-store"
    assert staff.open(path).headers["ETag"] == tag["If-None-Match"]


def test_another_moment_has_another_tag(staff, then, kept):
    path, tag = kept
    answer = staff.open(path.replace(f"={then}", f"={then + 1}"), headers=tag)
    assert answer.status_code == 200


def test_who_is_forgotten_leaves_the_kept_page_too(staff, world, kept):
    path, tag = kept
    world.forget(ADA)
    answer = staff.open(path, headers=tag)
    assert answer.status_code == 200
    assert "Ada Lovelace" not in answer.text


def test_nobody_is_told_that_a_page_is_the_same_without_signing_in(staff, kept):
    path, tag = kept
    assert staff.app.test_client().get(path, headers=tag).status_code == 302


def test_signing_out_clears_what_the_browser_kept(staff):
    token = re.search(r'name="csrf_token" value="([^"]+)"', staff.open("/sending").text)[1]
    answer = staff.client.post("/sign-out", data={"csrf_token": token})
    assert answer.headers["Clear-Site-Data"] == '"cache"'


def test_a_page_of_the_present_is_never_kept(staff, campaign_id):
    answer = staff.open(f"/campaigns/{campaign_id}")
    assert answer.headers["Cache-Control"] == "no-store"
    assert "ETag" not in answer.headers


# What cannot be read.


def test_health_counts_what_could_not_be_read(staff, world, campaign_id):
    assert staff.open("/health").json["parked"] == 0


def test_a_campaign_counts_what_could_not_be_read_up_to_then(staff, world, campaign_id, then):
    strange = TypedEvent(
        originator_id=campaign_id,
        originator_version=len(world.topics(campaign_id)) + 1,
        topic="CampaignFramed",
        state=b"{}",
        columns=dict.fromkeys(TYPED_COLUMNS) | {"campaign_id": campaign_id},
    )
    world.app.ledger.recorder.append(EventBatch(stored_events=[strange]))
    world.catch_up()
    other = world.launch([ADA], name="Another")
    said = "1 event"
    assert said in staff.read(f"/campaigns/{campaign_id}")
    assert said not in staff.read(f"/campaigns/{campaign_id}?as_of={then}")
    assert said not in staff.read(f"/campaigns/{other}")
