"""The page "Numbers to fix", its number in the menu, its CSV and its act; the command likewise."""

import json
import re

from click.testing import CliRunner

from kit.staff import Staff
from kit.world import ADA, BEN
from ledger.domain.vocabulary import Role
from webapp.cli import cli

PAGE = "/numbers-to-fix"


def tell(world):
    """Ada's number does not exist, and Ben's is a landline."""
    campaign_id = world.launch([ADA, BEN], name="Winter coats 2026")
    world.send()
    world.callback(world.delivery(campaign_id), status="undelivered", code=30005)
    world.callback(world.delivery(campaign_id, BEN), status="undelivered", code=30006)
    return campaign_id


def test_the_page_says_what_is_wrong_and_how_many_can_be_reached(staff, told_story):
    words = staff.read(PAGE)
    leaves = "A number leaves the list when a later text arrives or the person replies."
    assert f"2 numbers cannot be reached. {leaves}" in words
    assert "0.0 % of 2 numbers can be reached" in words
    assert "Ada Lovelace +1 415 555 0101 Does not exist 30005 2 Mar 2026" in words
    assert "Winter coats 2026 2 Mar 2026 0.0 % 2 2" in words


def test_the_menu_counts_them(staff, told_story):
    staff.open(PAGE)
    assert '<span class="menu-count menu-count-calm">2' in staff.open("/campaigns").text


def test_filters_are_links_and_a_wrong_one_is_refused(staff, told_story):
    words = staff.read(f"{PAGE}?fault=landline&campaign={told_story}")
    assert "Ben" in words
    assert "Ada Lovelace" not in words
    assert staff.open(f"{PAGE}?fault=broken").status_code == 422


def test_marking_one_as_fixed_is_an_event_and_takes_it_off(world, staff, told_story):
    contact_id = world.contact()
    token = re.search(r'name="csrf_token" value="([^"]+)"', staff.open(PAGE).text)[1]
    for _ in range(2):
        answer = staff.client.post(f"{PAGE}/{contact_id}/fixed", data={"csrf_token": token})
        assert answer.location == PAGE
    marked = world.app.ledger.reader.events(topics=("NumberMarkedFixed",))
    assert [(event.contact_id, event.event.actor) for event in marked] == [
        (contact_id, staff.user_id)
    ]
    words = staff.read(PAGE)
    assert "It comes back if a text to it fails again." in words
    assert "1 fixed this week" in words


def test_the_csv_has_the_numbers_of_the_filter(staff, told_story):
    lines = staff.open(f"{PAGE}/numbers-to-fix.csv?fault=landline").text.splitlines()
    assert len(lines) == 2
    assert ",landline,unreachable_number,30006," in lines[1]


def test_the_past_shows_whom_it_listed_and_nobody_acts(world, staff, told_story):
    head = world.app.ledger.reader.head()
    world.inbound("Hello")
    assert "Ada Lovelace" not in staff.read(PAGE)
    page = staff.open(f"{PAGE}?as_of={head}")
    assert "Ada Lovelace" in page.text
    assert "/fixed" not in page.text


def test_a_viewer_sees_no_numbers_and_no_acts(world, told_story):
    page = Staff(world, "victor", role=Role.VIEWER).open(PAGE).text
    assert "0101" not in page
    assert "Mark as fixed" not in page


def test_without_any_the_page_says_so(staff):
    assert "Every number can be reached" in staff.read(PAGE)


def test_the_command_lists_the_same_numbers(world, told_story, monkeypatch):
    monkeypatch.setattr("webapp.cli.common.build", lambda _settings: world.app)
    listed = CliRunner().invoke(cli, ["numbers", "list", "--fault", "landline", "--json"])
    (number,) = json.loads(listed.stdout)
    assert (number["phone"], number["campaigns"]) == (BEN, 1)
