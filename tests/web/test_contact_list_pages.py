"""Contact lists on pages: made, chosen for a campaign, and without the forgotten."""

import re
from io import BytesIO

import pytest
from werkzeug.test import TestResponse

from kit.launch_form import check, press
from kit.staff import Staff, words_of
from kit.world import ADA, STAFF, World
from webapp.contact_lists import NewList, UploadedFile, make_list

pytestmark = pytest.mark.both_databases

FILE = b"First name,Phone\nAda Quux,(415) 555-0101\nBen,415-555-0102\nCy,nope\n"


@pytest.fixture
def families(world: World) -> str:
    uploaded = UploadedFile(file=BytesIO(FILE), name="families.csv")
    list_id, _ = make_list(world.app, NewList(name="Families"), uploaded, STAFF)
    world.catch_up()
    return list_id


def test_staff_make_a_list_and_read_what_is_not_kept(staff: Staff):
    made = staff.press("/lists/upload", name="Families", contacts=(BytesIO(FILE), "f.csv"))
    assert made.status_code == 303, made.text
    words = staff.read(made.location)
    assert "2 contacts kept. 1 row without a usable number is not kept" in words
    assert "Not kept: line 4: not a phone number." in words
    assert "Families" in staff.read("/lists")


def test_forged_id_of_a_new_list_changes_no_list(staff: Staff, world: World, families: str):
    contacts = (BytesIO(b"Name,Phone\nEve,(415) 555-0109\n"), "f.csv")
    made = staff.press("/lists/upload", upload=families, name="Others", contacts=contacts)
    assert made.status_code == 303, made.text
    assert families not in made.location
    world.catch_up()
    assert [each.number for each in world.app.contact_lists.get(families).versions] == [1]


def test_campaign_goes_to_a_list_and_says_so(staff: Staff, families: str):
    checked = check(staff, None, contact_list=families)
    assert f'name="list_version" value="{families}:1"' in checked.text
    assert "kept_file" not in checked.text
    launched = press(staff, checked, "launch")
    assert launched.status_code == 303, launched.text
    assert "It went to version 1 of the contact list Families" in staff.read(launched.location)
    assert "Spring fair, to version 1" in staff.read(f"/lists/{families}")


def test_whoever_is_forgotten_after_the_check_is_not_texted(
    staff: Staff, world: World, families: str
):
    checked = check(staff, None, contact_list=families)
    world.forget(ADA)
    press(staff, checked, "launch")
    world.catch_up()
    (campaign,) = world.app.status.campaigns()
    assert campaign.counts.total == 1
    for path in ("/lists", f"/lists/{families}", f"/campaigns/new?list={families}"):
        words = staff.read(path)
        assert "Quux" not in words
        assert "555-0101" not in words


def test_numbers_that_were_mended_in_another_file_do_not_reach_a_list(
    staff: Staff, world: World, families: str
):
    checked = check(staff, None, contact_list=families, **{"mended-2": "415-555-0199"})
    press(staff, checked, "launch")
    world.catch_up()
    (campaign,) = world.app.status.campaigns()
    phones = [row.phone for row in world.app.status.contacts(campaign.campaign_id)]
    assert phones == [ADA, "+14155550102"]


def test_a_form_that_is_sent_again_makes_no_second_list_and_replaces_none(
    staff: Staff, world: World
):
    names = ("csrf_token", "upload")
    page = staff.open("/lists/new").text
    hidden = {name: re.search(rf'name="{name}"[^>]*value="([^"]+)"', page)[1] for name in names}

    def sent(name: str, file: bytes) -> TestResponse:
        fields = hidden | {"name": name, "contacts": (BytesIO(file), "f.csv")}
        return staff.client.post("/lists/upload", data=fields)

    other = FILE.replace(b"0102", b"0109")
    assert sent("Families", FILE).location == sent("Families", FILE).location
    assert sent("Staff", other).status_code == 303
    assert "There is a contact list “Families” already" in words_of(sent("Families", other).text)
    world.catch_up()
    lists = world.app.contact_lists.all()
    assert [(row.name, len(row.versions)) for row in lists] == [("Families", 1), ("Staff", 1)]


def test_a_list_that_is_deleted_after_the_check_is_not_texted(
    staff: Staff, world: World, families: str
):
    checked = check(staff, None, contact_list=families)
    asked = staff.read(f"/lists/{families}/delete")
    assert "Campaigns that went to the list stay as they are." in asked
    staff.press(f"/lists/{families}/delete")
    launched = press(staff, checked, "launch")
    assert launched.status_code == 422
    sentence = "This contact list was deleted. Choose another one, or a file."
    assert words_of(launched.text).count(sentence) == 2  # in the summary, and beside the field
    assert world.app.status.campaigns() == []


@pytest.mark.parametrize("number", ["9" * 5000, "\u0663", "-1", "0", ""])
def test_a_version_that_nobody_checked_is_no_fault(staff: Staff, families: str, number: str):
    page = check(staff, None, contact_list=families, list_version=f"{families}:{number}")
    assert page.status_code in {200, 422}
