"""Contact lists on pages: made, chosen for a campaign, and without the forgotten."""

from io import BytesIO

import pytest

from kit.launch_form import check, press
from kit.staff import Staff
from kit.world import ADA, STAFF, World
from ledger.commands.contact_lists import NewList
from webapp.contact_lists import UploadedFile, make_list

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
