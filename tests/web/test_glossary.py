"""The status glossary: every mark, reason and code with what it means and what to do."""

import re
from datetime import datetime
from pathlib import Path

import pytest

import webapp
from kit.offices import add_office, launch_for
from kit.staff import Staff
from kit.world import ADA, BEN, STAFF, World
from ledger.domain.error_codes import load_codes
from ledger.domain.vocabulary import Reason, Role
from webapp.explain.reasons import REASON_LABELS, REASON_SENTENCES
from webapp.explain.status_marks import MARKS

STYLES = Path(webapp.__file__).parent / "static" / "ledger.css"


@pytest.fixture
def html(world: World) -> str:
    return Staff(world).open("/statuses").text


@pytest.fixture
def words(world: World) -> str:
    return Staff(world).read("/statuses")


@pytest.mark.parametrize("key", MARKS)
def test_each_of_the_nine_marks_is_explained(html, key):
    row = html.partition(f'id="mark-{key}"')[2].partition("</tr>")[0]
    assert f'<span class="mark-word">{MARKS[key].word}</span>' in row
    assert row.count('role="cell"') == 3


def test_the_badge_of_an_urgent_campaign_is_explained(html):
    row = html.partition('id="state-urgent"')[2].partition("</tr>")[0]
    assert '<span class="state state-urgent">Urgent</span>' in row
    assert "at any hour, at night too, and before those of other campaigns" in row


def test_every_badge_of_a_page_is_explained(html):
    badges = set(re.findall(r"\.(state-[a-z-]+)", STYLES.read_text())) - {"state-sentence"}
    assert badges - set(re.findall(r'class="state (state-[a-z-]+)"', html)) == set()


def test_every_failed_reason_is_explained(words):
    told = words.partition("Failed reasons Reason")[2]
    assert [r for r in Reason if f"{REASON_LABELS[r]} {REASON_SENTENCES[r]}" not in told] == []


def test_the_glossary_says_which_reasons_not_to_resend(html):
    rows = {r: html.partition(f'id="reason-{r}"')[2].partition("</tr>")[0] for r in Reason}
    advised_against = {reason for reason, row in rows.items() if "Better not" in row}
    assert advised_against == {
        Reason.UNREACHABLE_NUMBER,
        Reason.INVALID_NUMBER,
        Reason.BLOCKED_BY_RECIPIENT,
        Reason.LANDLINE,
    }


def test_every_code_of_the_table_can_be_linked_to(html):
    assert [c.code for c in load_codes() if html.count(f'id="code-{c.code}"') != 1] == []


def test_a_code_stands_under_its_reason(html):
    unreachable = html.partition('id="codes-unreachable_number"')[2].partition("</details>")[0]
    assert "30006" in unreachable
    assert "30007" not in unreachable


@pytest.mark.parametrize("words", ["30006", "landline", "Landline 3000"])
def test_a_code_is_found_by_its_number_and_by_words_of_it(world, words):
    page = Staff(world).open("/statuses", query_string={"q": words}).text
    assert 'id="code-30006"' in page
    assert 'id="code-30007"' not in page


def test_a_search_without_result_says_so(world):
    assert "0 codes with “zebra”." in Staff(world).read("/statuses?q=zebra")


def test_codes_that_this_ledger_met_come_first_now_and_in_the_past(world):
    campaign_id = world.launch([ADA, BEN])
    world.send()
    before = world.app.ledger.reader.head()
    world.callback(world.delivery(campaign_id), status="undelivered", code=30006)
    staff = Staff(world)
    for _ in range(2):  # from the newest events, then from the small table
        words = staff.read("/statuses")
        assert "Met here" in words
        assert "30006 Landline or carrier that cannot be reached" in words.partition("Met here")[2]
        assert 'id="met-30007"' not in staff.open("/statuses").text
        world.app.views.follow()
    assert "Met here" not in staff.read(f"/statuses?as_of={before}")
    head = world.app.ledger.reader.head()
    assert 'id="met-30006"' in staff.open(f"/statuses?as_of={head}").text
    assert "Met here" not in staff.read("/statuses?q=landline")


def test_a_code_says_when_it_was_met_last(world):
    spring, autumn = world.launch([ADA], name="Spring"), world.launch([BEN], name="Autumn")
    world.send()
    world.callback(world.delivery(spring), status="undelivered", code=30006)
    first = world.app.ledger.reader.head()
    world.clock.advance(hours=30)
    world.callback(world.delivery(autumn, BEN), status="undelivered", code=30006)
    staff = Staff(world)
    for _ in range(2):  # from the newest events, then from the small table
        assert met_last(staff, "30006") == world.app.ledger.reader.time_at(first + 1)
        world.app.views.follow()
    assert met_last(staff, "30006", first) == world.app.ledger.reader.time_at(first)


def met_last(staff, code, as_of=None):
    page = staff.open("/statuses", query_string={"as_of": as_of} if as_of else {}).text
    row = page.partition(f'id="met-{code}"')[2].partition("</tr>")[0]
    return datetime.fromisoformat(re.search(r'datetime="([^"]+)"', row)[1])


def test_codes_of_other_offices_are_not_met(world):
    north, south = add_office(world, "North"), add_office(world, "South")
    campaign_id = launch_for(world, south, "South fair", {ADA: "Ada Lovelace"})
    world.send()
    world.callback(world.delivery(campaign_id), status="undelivered", code=30006)
    ito = Staff(world, "S. Ito", role=Role.STAFF)
    world.app.people.set_offices(ito.user_id, [north], STAFF)
    assert "Met here" not in ito.read("/statuses")
    world.app.people.set_offices(ito.user_id, [south], STAFF)
    assert "Met here" in ito.read("/statuses")
