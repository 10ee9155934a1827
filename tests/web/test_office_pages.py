"""The pages of offices: adding them, limiting people, and launching for one."""

import re

import pytest

from kit.offices import add_office, launch_for
from kit.staff import Staff
from kit.world import ADA, STAFF
from ledger.domain.offices import EVERYTHING, Scope
from ledger.domain.vocabulary import Role
from ledger.errors import BadInput, NotFound, Refused
from webapp.offices.choosing import chosen_office


def test_without_offices_no_form_speaks_of_them(staff):
    assert 'name="office"' not in staff.open("/campaigns/new").text
    assert "ffice" not in staff.read("/campaigns")


def test_an_admin_adds_an_office_and_limits_somebody_to_it(world, staff):
    ito = Staff(world, "S. Ito", role=Role.STAFF, app=staff.app)
    campaign_id = world.launch([ADA], name="District fair")
    assert staff.press("/people/offices", name="North").status_code == 303
    (north,) = world.app.offices.offices
    launch_for(world, north, "North fair", {ADA: "Ada Lovelace"})
    world.app.people.set_offices(ito.user_id, [north], STAFF)
    words = ito.read("/campaigns")
    assert re.search("North fair Launched [^·]* · North", words)
    assert "District fair" not in words
    assert ito.open(f"/campaigns/{campaign_id}").status_code == 404
    assert "S. Ito sees only the campaigns of these offices" in staff.read(f"/people/{ito.user_id}")
    world.app.people.set_offices(ito.user_id, [], STAFF)
    assert "District fair" in ito.read("/campaigns")


def test_an_admin_sees_all_offices(world, staff):
    north = add_office(world, "North")
    with pytest.raises(Refused, match="An admin sees all offices"):
        world.app.people.set_offices(staff.user_id, [north], STAFF)


def test_the_list_of_campaigns_can_show_one_office(world, staff):
    north, south = add_office(world, "North"), add_office(world, "South")
    launch_for(world, north, "Aardvark fair", {ADA: "Ada Lovelace"})
    launch_for(world, south, "Beech fair", {ADA: "Ada Lovelace"})
    words = staff.read(f"/campaigns?office={north}")
    assert "Aardvark fair" in words
    assert "Beech fair" not in words


def test_somebody_launches_into_an_office_of_theirs_alone(world):
    north, south = add_office(world, "North"), add_office(world, "South")
    offices, both = world.app.offices, Scope(frozenset({north, south}))
    assert chosen_office(offices, EVERYTHING, "") is None
    assert chosen_office(offices, EVERYTHING, "south") == south
    assert chosen_office(offices, Scope(frozenset({north})), None) == north
    assert chosen_office(offices, both, north) == north
    with pytest.raises(BadInput, match="Choose the office of the campaign: North, South"):
        chosen_office(offices, both, "")
    with pytest.raises(NotFound, match="There is no office South here"):
        chosen_office(offices, Scope(frozenset({north})), "South")
    with pytest.raises(Refused, match="none of them is open"):
        chosen_office(offices, Scope(frozenset()), None)
