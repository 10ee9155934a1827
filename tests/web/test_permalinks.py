"""Permalinks: one page of one moment for readers without an account, until it ends."""

import re
from dataclasses import replace
from datetime import timedelta

import pytest

from kit.forging import forging
from kit.markup import Markup
from kit.permalinks import addresses, head, made, topics
from kit.staff import NAME, form_token, link_token, words_of
from webapp.app import create_app
from webapp.permalink_tokens import PermalinkTokens
from webapp.permalinks import permalinks


@pytest.fixture
def world(recording_world):
    return recording_world


def test_a_permalink_shows_the_page_at_its_moment_without_signing_in(
    world, staff, reader, campaign
):
    link = made(staff, f"/campaigns/{campaign}?as_of={head(world)}")
    world.callback(world.delivery(campaign))
    words = words_of(reader.get(link).text)
    assert "Ada Lovelace" in words
    assert "2 Mar 2026, 09:00:00 UTC, event" in reader.get(link).text
    assert "All 2 Delivered 0 Pending 2 100.0 % Failed 0" in words
    assert "Delivered 1" in staff.read(f"/campaigns/{campaign}")


def test_no_cache_keeps_it_and_no_site_learns_its_address(world, staff, reader, campaign):
    answer = reader.get(made(staff, f"/campaigns/{campaign}?as_of={head(world)}"))
    headers = answer.headers
    assert headers["Cache-Control"] == "no-store"
    assert headers["Referrer-Policy"] == "no-referrer"
    assert headers["X-Robots-Tag"] == "noindex"
    assert "ETag" not in headers
    assert "Set-Cookie" not in headers


def test_one_address_opens_nothing_else(world, staff, reader, campaign):
    link = made(staff, f"/campaigns/{campaign}?as_of={head(world)}")
    assert reader.get(f"{link}x").status_code == 404
    assert reader.get("/shared/none").status_code == 404
    foreign = PermalinkTokens("another secret").token_of("lnk_1")
    assert reader.get(f"/shared/{foreign}").status_code == 404
    unmade = PermalinkTokens(world.app.settings.secret_key).token_of("lnk_1")
    assert reader.get(f"/shared/{unmade}").status_code == 410
    assert reader.get(f"{link}?as_of=1").status_code == 422
    assert "Ada" in reader.get(f"{link}?status=failed&page=/audit").text
    header = {"delivery_ledger.permalink": "1", "Delivery-Ledger-Permalink": "1"}
    assert reader.get(f"/campaigns/{campaign}", headers=header).status_code == 302
    assert reader.post(link).status_code == 405


def test_it_ends_by_itself(world, staff, reader, campaign, clock):
    link = made(staff, f"/campaigns/{campaign}?as_of={head(world)}", days="1")
    clock.advance(hours=24, seconds=-1)
    assert reader.get(link).status_code == 200
    clock.advance(seconds=1)
    answer = reader.get(link)
    assert answer.status_code == 410
    assert "It expired on 3 Mar 2026, 09:00 UTC." in words_of(answer.text)
    assert "Ada" not in answer.text


def test_it_can_be_revoked(world, staff, reader, campaign):
    link = made(staff, f"/campaigns/{campaign}?as_of={head(world)}")
    (recorded,) = topics(world, "PermalinkMade")
    revoke = f"/permalinks/{recorded.stream_id}/revoke"
    page = staff.open("/permalinks").text
    token = re.search(r'name="csrf_token" value="([^"]+)"', page)[1]
    for _ in range(2):
        assert staff.client.post(revoke, data={"csrf_token": token}).status_code == 303
    assert reader.get(link).status_code == 410
    assert "This permalink is revoked already." in staff.read("/permalinks")
    assert addresses(staff) == []
    assert [each.event.actor for each in topics(world, "PermalinkRevoked")] == [staff.user_id]
    nothing = staff.client.post("/permalinks/lnk_no/revoke", data={"csrf_token": token})
    assert nothing.status_code == 404


def test_making_and_reading_are_recorded_with_whom_they_concern(
    world, staff, reader, campaign, clock
):
    link = made(staff, f"/deliveries/{world.delivery(campaign)}?as_of={head(world)}")
    for _ in range(3):
        reader.get(link)
    clock.advance(hours=1)
    reader.get(link)
    reader.head(link)
    (maker,) = topics(world, "PermalinkMade")
    reads = topics(world, "PermalinkRead")
    assert maker.row.columns["actor"] == staff.user_id
    assert [each.row.columns["actor"] for each in reads] == ["unknown", "unknown"]
    assert {each.contact_id for each in (maker, *reads)} == {world.contact()}
    assert {each.campaign_id for each in (maker, *reads)} == {campaign}
    assert "in 2 hours" in staff.read("/permalinks")
    assert "A permalink was read" in staff.read(f"/audit?is=access&contact={world.contact()}")


def test_reading_one_is_no_view_by_staff(world, staff, reader, campaign):
    world.inbound("Thank you")
    seq = world.last(world.contact()).seq
    page = f"/audit/{seq}?as_of={head(world)}"
    reader.get(made(staff, page))
    assert topics(world, "WordsViewed") == []


def test_what_was_forgotten_since_stays_forgotten(world, staff, reader, campaign):
    link = made(staff, f"/campaigns/{campaign}?as_of={head(world)}")
    assert "Ada Lovelace" in reader.get(link).text
    world.forget()
    assert "Ada" not in reader.get(link).text


@pytest.mark.parametrize(
    "page",
    [
        *("", "/campaigns", "/campaigns?as_of=", "/campaigns?as_of=now", "/nowhere?as_of=1"),
        *("/sign-in?as_of=1", "/conversations?as_of=1", "/opt-outs/opt-outs.csv?as_of=1"),
        *("https://evil.example/campaigns?as_of=1", "//evil.example/campaigns?as_of=1"),
        *("javascript:/campaigns?as_of=1", "/audit?as_of=1&q=Ada", "/campaigns?as_of=soon"),
        *(
            "/campaigns?as_of=99999",
            "//[?as_of=1",
            "http://[/campaigns?as_of=1",
            "campaigns?as_of=1",
        ),
    ],
)
def test_what_is_no_page_of_the_past_cannot_be_shared(staff, campaign, page):
    assert staff.open("/permalinks/new", query_string={"page": page}).status_code == 422
    answer = staff.press("/permalinks", page=page, days="7")
    assert answer.status_code == 422
    assert addresses(staff) == []


def test_a_page_that_does_not_exist_cannot_be_shared(staff, campaign):
    for page in ("/campaigns/cam_none?as_of=1", f"/campaigns/{campaign}?as_of=1&status=odd"):
        assert staff.press("/permalinks", page=page, days="7").status_code == 404
    assert addresses(staff) == []


def test_the_end_is_within_ninety_days(world, staff, campaign):
    made(staff, f"/campaigns/{campaign}?as_of={head(world)}", days="100000")
    (recorded,) = topics(world, "PermalinkMade")
    assert recorded.event.expires_at - world.clock.now() == timedelta(days=90)
    page = f"/campaigns/{campaign}?as_of={head(world)}"
    assert staff.press("/permalinks", page=page, days="0").status_code == 422


def test_the_time_bar_of_a_page_of_the_past_leads_to_its_permalink(world, staff, campaign):
    moment = head(world)
    page = staff.open(f"/campaigns/{campaign}?as_of={moment}&status=pending").text
    (href,) = [each["href"] for each in Markup(page).links if "/permalinks/new" in each["href"]]
    words = staff.read(href)
    assert f"this page as of #{moment}" in words
    assert "/permalinks/new" not in staff.open(f"/campaigns/{campaign}").text


def test_a_reader_who_is_signed_in_sees_what_everybody_sees(world, staff, reader, campaign):
    link = made(staff, f"/deliveries/{world.delivery(campaign)}?as_of={head(world)}")
    assert words_of(staff.open(link).text) == words_of(reader.get(link).text)
    assert staff.open(link).headers["Cache-Control"] == "no-store"


def test_the_time_of_an_altered_event_is_not_shown(world, staff, reader, campaign):
    link = made(staff, f"/campaigns?as_of={head(world)}")
    assert "2 Mar 2026, 09:00:00 UTC, event" in reader.get(link).text
    seq = topics(world, "PermalinkMade")[0].event.moment
    with forging(world.folder / "ledger.sqlite3") as forged:
        forged.execute("UPDATE events SET recorded_at = recorded_at + 1 WHERE seq = ?", (seq,))
    html = reader.get(link).text
    assert f'event <span class="seq">#{seq}</span>, which was altered' in html
    assert "2 Mar 2026, 09:00:00 UTC, event" not in html


def test_an_address_is_that_of_the_host_where_no_public_one_is_set(world, staff, campaign):
    made(staff, f"/campaigns?as_of={head(world)}")
    settings = replace(world.app.settings, public_url=None)
    app = create_app(replace(world.app, settings=settings))
    client = app.test_client()
    token = link_token(world.app.accounts, NAME)
    link = f"/sign-in/{token}"
    client.post(link, data={"csrf_token": form_token(client.get(link).text)})
    assert "http://localhost/shared/" in client.get("/permalinks").text


@pytest.mark.parametrize("change", ["state = x'7b'", "actor = 'usr_forged'"])
def test_one_bad_permalink_hides_no_other(world, staff, reader, campaign, change):
    good = made(staff, f"/campaigns?as_of={head(world)}")
    bad = made(staff, f"/audit?as_of={head(world)}")
    made_last = topics(world, "PermalinkMade")[-1]
    revoke = f"/permalinks/{made_last.stream_id}/revoke"
    token = re.search(r'name="csrf_token" value="([^"]+)"', staff.open("/permalinks").text)[1]
    assert staff.client.post(revoke, data={"csrf_token": token}).status_code == 303
    (revoked,) = topics(world, "PermalinkRevoked")
    with forging(world.folder / "ledger.sqlite3") as forged:
        forged.execute(f"UPDATE events SET {change} WHERE seq = {revoked.seq}")
    assert "Changed by other means" in staff.read("/permalinks")
    assert addresses(staff) == [good]
    assert reader.get(bad).status_code == 404
    states = [row.state_at(world.clock.now()) for row in permalinks(world.app.ledger.reader)]
    assert states == ["changed by other means", "open"]


def test_a_permalink_that_was_altered_opens_nothing(world, staff, reader, campaign):
    link = made(staff, f"/campaigns/{campaign}?as_of={head(world)}")
    (recorded,) = topics(world, "PermalinkMade")
    with forging(world.folder / "ledger.sqlite3") as forged:
        state = recorded.row.state.replace(b'"shows_numbers":false', b'"shows_numbers":true')
        forged.execute("UPDATE events SET state = ? WHERE seq = ?", (state, recorded.seq))
    assert reader.get(link).status_code == 404
    assert addresses(staff) == []
