"""Permalinks: one page of one moment for readers without an account, until it ends."""

import re
from datetime import timedelta
from html import unescape

import pytest

from kit.forging import forging
from kit.markup import Markup
from kit.staff import Staff, words_of
from kit.world import ADA, BEN, World
from ledger.store.search import Search
from webapp.explain.masked_numbers import without_numbers
from webapp.pages.moments import SHOWS_PAST
from webapp.pages.sharing import SHAREABLE
from webapp.permalinks import PermalinkTokens


@pytest.fixture
def world(database_url, clock, provider):
    opened = World.open(database_url, clock, provider, records_access=True)
    yield opened
    opened.app.access_recorder.wait()
    opened.close()


@pytest.fixture
def staff(world):
    return Staff(world)


@pytest.fixture
def campaign(world):
    campaign_id = world.launch([ADA, BEN])
    world.send()
    world.catch_up()
    return campaign_id


@pytest.fixture
def reader(staff):
    """Somebody with a browser of their own, who is not signed in."""
    return staff.app.test_client()


def head(world):
    return world.app.ledger.reader.head()


def made(staff, page, **form):
    """The path of a new permalink of that page."""
    answer = staff.press(
        "/permalinks",
        **{"page": page, "days": "7", **form},
    )
    assert answer.status_code == 303, words_of(answer.text)
    return addresses(staff)[0]


def addresses(staff):
    found = re.findall(r"http://localhost(/shared/[^<]+)<", staff.open("/permalinks").text)
    return [unescape(each) for each in found]


def topics(world, topic):
    world.app.access_recorder.wait()
    return world.app.ledger.reader.search(Search(topics=(topic,)))


def test_a_permalink_shows_the_page_at_its_moment_without_signing_in(
    world, staff, reader, campaign
):
    link = made(staff, f"/campaigns/{campaign}?as_of={head(world)}")
    world.callback(world.delivery(campaign))
    words = words_of(reader.get(link).text)
    assert "Ada Lovelace" in words
    assert "2 Mar 2026, 09:00:00 UTC, event" in reader.get(link).text
    assert "All 2 Delivered 0 Pending 2 Failed 0" in words
    assert "Delivered 1" in staff.read(f"/campaigns/{campaign}")


def test_numbers_are_masked_unless_its_maker_allowed_them(world, staff, reader, campaign):
    world.inbound("Call me at (415) 555-0177 or 4155550178")
    page = f"/conversations/{world.contact()}?as_of={head(world)}"
    masked = reader.get(made(staff, page)).text
    assert re.findall(r"[^•\d](\d{7,})|555.?01\d\d", words_of(masked)) == []
    assert "Call me at •••77 or •••78" in masked
    shown = reader.get(made(staff, page, numbers="yes")).text
    assert "+1 415 555 0101" in shown
    assert "(415) 555-0177" in shown


@pytest.mark.parametrize(
    ("text", "masked"),
    {
        "+14155550101": "•••01",
        "+1 415 555 0101, please": "•••01, please",
        "tel:415.555.0101": "tel:•••01",
        "555-0101": "•••01",
        "+52 1 55 1234 5678": "•••78",
        "2026-11-21 10:31 and 2026-11-21": "2026-11-21 10:31 and 2026-11-21",
        "#4,821,077, 48,210 texts, code 30006": "#4,821,077, 48,210 texts, code 30006",
        "_4155550101_ or #4155550101 or no4155550101x": "_•••01_ or #•••01 or no•••01x",
        "4155550101 4155550102,4155550103": "•••01 •••02,•••03",
        "SM" + 3 * "0123456789" + "ab": "SM" + 3 * "0123456789" + "ab",
        6 * "0123456789" + "abcd": 6 * "0123456789" + "abcd",
        "usr_0123456789abcdef": "usr_0123456789abcdef",
        "2026-11-21T10:31:07+00:00": "2026-11-21T10:31:07+00:00",
        "21 Nov 2026, 10:31:07": "21 Nov 2026, 10:31:07",
        "0475-12-34-56 or 2125-55-0147": "•••56 or •••47",
        "4155-55-0147": "•••47",
        "2026-13-40, 2026-11-21-33": "•••40, •••33",
        "212\u2212555\u22120147": "•••47",
        "212_555_0147": "•••47",
        "(212)\u200b555\u200b0147": "•••47",
        "1 - (212) - 555 - 0147": "•••47",
        "2026-11-21 212 555 0147": "2026-11-21 •••47",
    }.items(),
)
def test_a_number_is_masked_however_it_is_written(text, masked):
    assert without_numbers(text) == masked


def test_every_page_that_can_be_shared_leads_nowhere_and_acts_nowhere(world, staff, campaign):
    world.inbound("Hm, too many of these texts")
    world.opt_out(BEN)
    world.catch_up()
    places = {
        "campaign_id": campaign,
        "delivery_id": world.delivery(campaign),
        "contact_id": world.contact(),
        "seq": str(world.last(world.delivery(campaign)).seq),
    }
    moment, shared = head(world), set()
    for rule in staff.app.url_map.iter_rules():
        path = re.sub(r"<(?:[^<>]*:)?(\w+)>", lambda each: places.get(each[1], ""), rule.rule)
        if rule.endpoint not in SHAREABLE or "GET" not in rule.methods or "//" in path:
            continue
        if rule.endpoint == "conversations.activity" and "<contact_id>" not in rule.rule:
            continue
        html = staff.app.test_client().get(made(staff, f"{path}?as_of={moment}")).text
        page = Markup(html)
        assert (page.links, page.forms, page.buttons, page.live) == ([], [], [], []), path
        assert "<script" not in html, path
        assert not re.search(r"555.?01\d\d", html), path
        assert words_of(html), path
        shared.add(rule.endpoint)
    assert shared == SHAREABLE
    assert shared < SHOWS_PAST


def test_a_conversation_shows_nobody_else(world, staff, reader, campaign):
    world.inbound("Words of Ben", BEN)
    page = f"/conversations/{world.contact()}?as_of={head(world)}"
    html = reader.get(made(staff, page)).text
    assert "Hello Ada" in html
    assert "Ben" not in html


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


def test_readers_are_not_told_who_of_the_staff_looked(world, staff, reader, campaign):
    staff.read(f"/deliveries/{world.delivery(campaign)}/preview")
    world.app.access_recorder.wait()
    page = f"/deliveries/{world.delivery(campaign)}?as_of={head(world)}"
    assert "by J. Ortiz" in staff.read(page)
    assert "Ortiz" not in reader.get(made(staff, page)).text


def test_a_permalink_that_was_altered_opens_nothing(world, staff, reader, campaign):
    link = made(staff, f"/campaigns/{campaign}?as_of={head(world)}")
    (recorded,) = topics(world, "PermalinkMade")
    with forging(world.folder / "ledger.sqlite3") as forged:
        state = recorded.row.state.replace(b'"shows_numbers":false', b'"shows_numbers":true')
        forged.execute("UPDATE events SET state = ? WHERE seq = ?", (state, recorded.seq))
    assert reader.get(link).status_code == 404
    assert addresses(staff) == []
