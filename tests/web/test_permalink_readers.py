"""What the readers of a permalink are not shown: numbers, ways on, and what is for staff alone."""

import re
from datetime import timedelta
from importlib.metadata import version

import pytest

from kit.markup import Markup
from kit.permalinks import addresses, head, made, topics
from kit.staff import words_of
from kit.world import ADA, BEN, STAFF
from ledger.commands.consent import RecordConsent
from ledger.commands.legal_holds import PlaceLegalHold
from ledger.commands.permalinks import MakePermalink
from ledger.domain.permalink import PageOfMoment
from webapp.explain.masked_numbers import without_numbers
from webapp.pages.moments import SHOWS_PAST
from webapp.pages.shareable_pages import SHAREABLE


@pytest.fixture
def world(recording_world):
    return recording_world


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


def test_readers_are_not_told_who_of_the_staff_looked(world, staff, reader, campaign):
    staff.read(f"/deliveries/{world.delivery(campaign)}/preview")
    world.app.access_recorder.wait()
    page = f"/deliveries/{world.delivery(campaign)}?as_of={head(world)}"
    assert "by J. Ortiz" in staff.read(page)
    assert "Ortiz" not in reader.get(made(staff, page)).text


def test_readers_are_not_told_of_a_legal_hold(world, staff, reader, campaign):
    world.execute(PlaceLegalHold(world.contact(), "Lovelace against the school", staff.user_id))
    page = f"/deliveries/{world.delivery(campaign)}?as_of={head(world)}"
    for words in ("Lovelace against the school", "Legal hold", "Ortiz"):
        assert words in staff.read(page)
        assert words not in reader.get(made(staff, page)).text


def test_a_shared_comparison_is_without_legal_holds(world, staff, reader, campaign):
    before = head(world)
    world.execute(PlaceLegalHold(world.contact(), "Lovelace against the school", staff.user_id))
    page = f"/deliveries/{world.delivery(campaign)}/compare?from={before}&as_of={head(world)}"
    assert "Legal hold" in staff.read(page)
    assert "Legal hold" not in reader.get(made(staff, page)).text


@pytest.mark.parametrize("filters", ["", "&type=LegalHoldPlaced", "&contact={contact}", "&seq=1.."])
def test_a_shared_audit_trail_is_without_legal_holds(world, staff, reader, campaign, filters):
    world.execute(PlaceLegalHold(world.contact(), "Lovelace against the school", staff.user_id))
    (placed,) = topics(world, "LegalHoldPlaced")
    page = f"/audit?as_of={head(world)}{filters.format(contact=world.contact())}"
    assert "Legal hold 1 placed" in staff.read(page)
    assert f"#{placed.seq}" in staff.read(page)
    shared = words_of(reader.get(made(staff, page)).text)
    assert "egal hold" not in shared
    assert f"#{placed.seq} " not in shared


def test_an_event_of_a_legal_hold_cannot_be_shared(world, staff, campaign):
    world.execute(PlaceLegalHold(world.contact(), "Lovelace against the school", staff.user_id))
    (placed,) = topics(world, "LegalHoldPlaced")
    page = f"/audit/{placed.seq}?as_of={placed.seq}"
    answer = staff.press("/permalinks", page=page, days="7", numbers="yes")
    assert answer.status_code == 422
    assert "legal holds are for staff alone" in answer.text


def test_words_of_staff_about_a_person_are_shown_only_with_numbers(world, staff, reader, campaign):
    words = "Signed by her father, Lord Byron"
    consent = RecordConsent(
        contact_id=world.contact(), phone=ADA, source=words, given_at=world.clock.now(), by=STAFF
    )
    world.execute(consent)
    (recorded,) = topics(world, "ConsentRecorded")
    (enrolled, *_) = topics(world, "ContactEnrolled")
    at = f"as_of={head(world)}"
    for page, told in {
        f"/deliveries/{world.delivery(campaign)}?{at}": words,
        f"/audit/{recorded.seq}?{at}": words,
        f"/audit/{enrolled.seq}?{at}": "first_name",
    }.items():
        assert told in staff.read(page)
        assert told not in reader.get(made(staff, page)).text
        assert told in reader.get(made(staff, page, numbers="yes")).text


@pytest.mark.parametrize(
    "filters", ["contact={contact}", "actor={actor}", "seq=1..", "type={type}"]
)
def test_a_shared_audit_trail_is_without_the_record_of_access(
    world, staff, reader, campaign, filters
):
    staff.read(f"/deliveries/{world.delivery(campaign)}/preview")
    (previewed,) = topics(world, "MessagePreviewed")
    query = filters.format(contact=world.contact(), actor=staff.user_id, type=previewed.topic)
    page = f"/audit?{query}&as_of={head(world)}"
    seq = f"#{previewed.seq}"
    assert seq in staff.read(page)
    assert seq not in words_of(reader.get(made(staff, page)).text)


def test_the_record_of_access_cannot_be_shared(world, staff, campaign):
    staff.read(f"/deliveries/{world.delivery(campaign)}/preview")
    (previewed,) = topics(world, "MessagePreviewed")
    moment = head(world)
    for page in ("/audit?is=access&", "/audit?access=yes&", f"/audit/{previewed.seq}?"):
        answer = staff.press("/permalinks", page=f"{page}as_of={moment}", days="7")
        assert answer.status_code == 422, page
    assert addresses(staff) == []


@pytest.mark.parametrize(
    "address", ["/audit?is=access", "/audit/{access}", "/campaigns/{campaign}/activity"]
)
def test_a_permalink_that_was_made_otherwise_shows_no_more(world, staff, reader, campaign, address):
    signed_in = topics(world, "SignedIn")[0].seq
    path, _, query = address.format(access=signed_in, campaign=campaign).partition("?")
    page = PageOfMoment(path=path, query=query, moment=head(world))
    assert staff.open(page.address).status_code == 200
    command = MakePermalink(
        permalink_id=world.app.ledger.identity.new_permalink_id(),
        page=page,
        expires_at=world.clock.now() + timedelta(days=7),
        shows_numbers=True,
        by=staff.user_id,
    )
    world.execute(command)
    assert reader.get(addresses(staff)[0]).status_code == 404


@pytest.mark.parametrize("days", [0, 8])
def test_who_is_not_signed_in_is_told_nothing_of_the_ledger(world, staff, reader, campaign, days):
    link = made(staff, f"/campaigns?as_of={head(world)}")
    world.clock.advance(days=days)
    answer = reader.get(link if days else f"{link}x")
    assert answer.status_code == (410 if days else 404)
    for told in ("Ledger at", "Ledger as of", version("delivery-ledger"), 'href="/audit"'):
        assert told not in answer.text
        assert told in staff.open("/campaigns").text + staff.open("/campaigns?as_of=1").text
    assert Markup(answer.text).links == []


@pytest.mark.parametrize("path", ["/shared/none", "/shared/none?as_of=1", "/shared/a/b"])
def test_an_address_that_is_no_permalink_leads_nowhere(staff, reader, path):
    answer = reader.get(path)
    assert answer.status_code in (404, 422)
    assert words_of(answer.text) == (
        "This address shows nothing Ask the person who gave you the address for another one."
    )
    for told in ("Sign in", "/sign-in", "/campaigns", "<a "):
        assert told not in answer.text
