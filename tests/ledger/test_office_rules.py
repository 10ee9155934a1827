"""Offices: adding and closing them, launching into them, and what each may spend."""

from decimal import Decimal

import pytest

from kit.offices import add_office, launch_for
from kit.world import ADA, BEN, STAFF, World
from ledger.commands.drafts import DraftOrder, clone, save_draft
from ledger.commands.launch_rules import SetSpendingLimits
from ledger.commands.offices import ChangeOffices
from ledger.domain.campaign import Campaign
from ledger.domain.events import OfficeAdded, OfficeClosed, OfficeRenamed
from ledger.domain.launch_rules import SpendingLimits
from ledger.domain.offices import EVERYTHING, Offices, Scope
from ledger.domain.vocabulary import ApprovalCause
from ledger.errors import BadInput, NotFound, Refused, WaitsForApproval


def offices(*events: object) -> Offices:
    return Offices.from_events("offices", events)


def added(name: str = "North", office_id: str = "off_1", version: int = 1) -> OfficeAdded:
    return OfficeAdded(
        originator_id="offices",
        originator_version=version,
        actor=STAFF,
        office_id=office_id,
        name=name,
    )


def closed(version: int = 2) -> OfficeClosed:
    return OfficeClosed(
        originator_id="offices", originator_version=version, actor=STAFF, office_id="off_1"
    )


def test_an_office_is_found_by_its_id_and_its_name():
    both = offices(added(), added("South Hill", "off_2", 2))
    assert both.named("off_1").name == "North"
    assert both.named(" south  HILL ").office_id == "off_2"
    with pytest.raises(NotFound, match="There is no office West"):
        both.named("West")


def test_no_two_offices_have_one_name():
    with pytest.raises(Refused, match="There is an office North already"):
        offices(added()).add(STAFF, "off_2", "north ")
    with pytest.raises(Refused, match="There is an office Södra already"):
        offices(added("Södra")).add(STAFF, "off_2", "So\u0308dra")
    renamed = offices(added()).rename(STAFF, "off_1", "NORTH")
    assert renamed == OfficeRenamed(
        originator_id="offices",
        originator_version=2,
        actor=STAFF,
        office_id="off_1",
        name="NORTH",
    )


@pytest.mark.parametrize("name", ["", "  ", "\u2800", "a\nb\x00", 65 * "x"])
def test_a_name_that_no_list_can_show_is_refused(name):
    with pytest.raises(BadInput, match="1 to 64 characters"):
        offices().add(STAFF, "off_1", name)


def test_an_office_is_closed_once():
    with pytest.raises(Refused, match="North is closed"):
        offices(added(), closed()).close(STAFF, "off_1")


@pytest.mark.parametrize(
    ("own", "other", "both"),
    [
        (EVERYTHING, EVERYTHING, EVERYTHING),
        (EVERYTHING, Scope(frozenset("a")), Scope(frozenset("a"))),
        (Scope(frozenset("ab")), Scope(frozenset("bc")), Scope(frozenset("b"))),
        (Scope(frozenset("a")), Scope(frozenset("b")), Scope(frozenset())),
    ],
)
def test_two_scopes_together_show_what_both_show(own, other, both):
    assert own.within(other) == other.within(own) == both


def test_a_campaign_of_no_office_is_seen_by_who_sees_all():
    assert EVERYTHING.sees(None)
    assert not Scope(frozenset({"off_1"})).sees(None)


def test_a_launch_belongs_to_its_office_and_a_copy_too(world: World):
    north = add_office(world, "North")
    campaign_id = launch_for(world, north, "Fair", {ADA: "Ada Lovelace"})
    assert world.app.ledger.reader.load(Campaign, campaign_id).office_id == north
    assert world.campaign(campaign_id).office_id == north
    assert clone(world.app.ledger.reader, campaign_id).office_id == north


def test_nothing_is_launched_or_saved_into_a_closed_office(world: World):
    north = add_office(world, "North")
    world.execute(ChangeOffices(lambda offices: offices.close(STAFF, north)))
    with pytest.raises(Refused, match="North is closed"):
        launch_for(world, north, "Fair", {ADA: "Ada Lovelace"})
    with pytest.raises(Refused, match="North is closed"):
        save_draft(world.app.ledger, DraftOrder(name="F", message="", office_id=north), STAFF)
    with pytest.raises(NotFound, match="There is no office off_none"):
        launch_for(world, "off_none", "Fair", {ADA: "Ada Lovelace"})


def test_each_office_spends_of_its_own_limit_and_of_that_of_all(world: World):
    north, south = add_office(world, "North"), add_office(world, "South")
    penny = {"price": Decimal("0.01"), "currency": "USD"}
    world.execute(SetSpendingLimits(STAFF, SpendingLimits(day=Decimal("0.01"), **penny), north))
    world.execute(SetSpendingLimits(STAFF, SpendingLimits(month=Decimal("0.02"), **penny)))
    launch_for(world, north, "First", {ADA: "Ada Lovelace"})
    with pytest.raises(WaitsForApproval) as waiting:
        launch_for(world, north, "Second", {BEN: "Ben Bitdiddle"})
    request = world.app.ledger.reader.load(Campaign, waiting.value.campaign_id).launch_request
    assert request.causes == (ApprovalCause.OFFICE_DAY_LIMIT,)
    launch_for(world, south, "Third", {ADA: "Ada Lovelace"})
    with pytest.raises(WaitsForApproval) as waiting:
        launch_for(world, south, "Fourth", {BEN: "Ben Bitdiddle"})
    request = world.app.ledger.reader.load(Campaign, waiting.value.campaign_id).launch_request
    assert request.causes == (ApprovalCause.MONTH_LIMIT,)
