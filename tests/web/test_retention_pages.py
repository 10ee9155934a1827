"""Retention for readers: its page and its CSV."""

import pytest

from kit.staff import Staff, form_token
from kit.world import ADA, BEN, STAFF, World
from ledger.commands.legal_holds import PlaceLegalHold
from ledger.commands.retention import SetRetention
from ledger.domain.vocabulary import Role

PAGE = "/personal-data/retention"


@pytest.fixture
def ended(world: World) -> World:
    """A school of two whose campaign ended twenty days ago; a legal hold is on Ben."""
    world.archive(world.launch([ADA, BEN]))
    world.clock.advance(hours=24 * 20)
    world.execute(PlaceLegalHold(world.contact(BEN), "A case", STAFF))
    return world


def test_the_rule_is_off_until_an_admin_sets_it(staff: Staff):
    words = staff.read(PAGE)
    assert "Retention is off: contacts are forgotten only when somebody forgets them." in words
    assert "A campaign has ended when it was closed or archived" in words


def test_setting_it_shows_who_goes_and_when_before_anybody_goes(ended: World, staff: Staff):
    answer = staff.press(PAGE, days="30")
    assert answer.status_code == 303
    words = staff.read(PAGE)
    assert "Contacts are forgotten 30 days after their last campaign ended. It begins on" in words
    assert "Nobody is forgotten by this rule yet" in words
    assert "Ada Lovelace +1 415 555 0101 2 Mar 2026, 09:00 1 Apr 2026, 09:00" in words
    assert "0 due when the rule begins, 1 more within 30 days." in words
    assert "Ben Okri" not in words  # the legal hold was recorded today, which counts too
    token = form_token(staff.open(PAGE).text)
    begin = {"rule": "1", "csrf_token": token}
    assert staff.client.post(f"{PAGE}/confirm", data=begin).status_code == 303
    assert "The rule has begun." in staff.read(PAGE)


def test_a_number_of_days_can_be_tried_without_a_change(ended: World, staff: Staff):
    before = ended.app.ledger.reader.head()
    words = staff.read(f"{PAGE}?days=10")
    assert "If contacts were forgotten after 10 days" in words
    assert "Ben Okri +1 415 555 0102" in words
    assert "A legal hold is in force." in words
    csv = staff.open(f"{PAGE}/report.csv?days=10").text.splitlines()
    assert csv[0].lstrip("\ufeff").startswith("forgotten_on,contact_id,phone,name,")
    assert [line.split(",")[3] for line in csv[1:]] == ["Ada Lovelace", "Ben Okri"]
    assert ended.app.ledger.reader.head() == before


@pytest.mark.parametrize(
    ("days", "why"), [("6", "from 7 to 36,500"), ("x", "is not a number"), ("", "Nothing changes")]
)
def test_a_rule_that_cannot_be_is_refused_in_words(staff: Staff, days: str, why: str):
    staff.press(PAGE, days=days)
    assert why in staff.read(PAGE)


def test_staff_read_the_report_and_have_no_form_to_change_it(ended: World, staff: Staff):
    ended.execute(SetRetention(30, STAFF))
    page = Staff(ended, "Sam", role=Role.STAFF).open(PAGE).text
    assert "Ada Lovelace" in page
    assert "Set the rule" not in page
    assert "begin now" not in page
