"""The phone list of a campaign: whom its texts did not reach, to be called instead."""

import csv
import io

import pytest

from kit.api import ApiClient, system_token
from kit.staff import Staff
from kit.world import ADA, BEN, CLEO, STAFF, World
from ledger.commands.launch import launch
from ledger.commands.launch_order import LaunchOrder
from ledger.domain.events import DataExported
from ledger.domain.vocabulary import Role
from ledger.messages.contact_file import read_contacts
from ledger.messages.template import Template
from ledger.store.search import Kind, Search
from webapp.app import create_app

pytestmark = pytest.mark.both_databases

FILE = (
    f"Student Id,First name,Phone\n1,Zoe,{ADA}\n2,Ben,{BEN}\n3,Cleo,{CLEO}\n4,Ann,{ADA}\n"
).encode()


@pytest.fixture
def campaign(world: World, clock) -> str:
    """Two children's guardian failed, Ben's text was never confirmed, Cleo got it."""
    template = Template.parse("Hello")
    parsed = read_contacts(io.BytesIO(FILE), region="US", template=template, skip_invalid=True)
    order = LaunchOrder(name="Fair", message="Hello", rows=parsed.rows, columns=parsed.columns)
    campaign_id = launch(world.app.ledger, order, STAFF)
    world.send()
    world.callback(world.delivery(campaign_id, CLEO))
    world.callback(world.delivery(campaign_id, ADA), status="undelivered", code=30006)
    clock.advance(days=4)
    world.catch_up()
    return campaign_id


def test_the_page_lists_by_name_whom_to_call_and_why(staff: Staff, campaign: str):
    words = staff.read(f"/campaigns/{campaign}/phone-list")
    assert "2 contacts whose text failed or was never confirmed" in words
    assert words.index("Sent, never confirmed") < words.index("Unreachable number")
    assert "1, 4" in words
    assert "Cleo" not in words
    assert "Called Name Number Student Id First name Phone Why ☐ Ben" in words
    assert "Phone list" in staff.read(f"/campaigns/{campaign}")


def test_the_file_has_the_same_rows(staff: Staff, campaign: str):
    answer = staff.open(f"/campaigns/{campaign}/phone-list.csv")
    rows = list(csv.reader(io.StringIO(answer.data.decode("utf-8-sig"))))
    assert rows == [
        ["Called", "Name", "Number", "Student Id", "First name", "Phone", "Why"],
        ["", "Ben", f"'{BEN}", "2", "Ben", f"'{BEN}", "Sent, never confirmed"],
        ["", "Zoe, Ann", f"'{ADA}", "1, 4", "Zoe, Ann", f"'{ADA}", "Unreachable number"],
    ]
    assert "phone list" in answer.headers["Content-Disposition"]
    assert staff.open(f"/campaigns/{campaign}/phone-list.xlsx").data.startswith(b"PK")


def test_taking_the_list_is_recorded(recording_world: World):
    world = recording_world
    campaign_id = world.launch()
    world.send()
    world.callback(world.delivery(campaign_id), status="undelivered", code=30006)
    world.catch_up()
    staff = Staff(world)
    for path in ("phone-list", "phone-list.csv"):
        assert staff.open(f"/campaigns/{campaign_id}/{path}").data
    world.app.access_recorder.wait()
    search = Search(kind=Kind.ACCESS, topics=(DataExported.topic,))
    exports = list(world.app.ledger.reader.search(search))
    assert sorted(each.event.form for each in exports) == ["csv", "html"]


def test_a_forgotten_person_is_not_on_the_list(world: World, staff: Staff, campaign: str):
    world.forget(BEN)
    words = staff.read(f"/campaigns/{campaign}/phone-list")
    assert "Ben" not in words
    assert "1 contact whose text failed or was never confirmed" in words
    world.forget(ADA)
    words = staff.read(f"/campaigns/{campaign}/phone-list")
    assert "0 contacts whose text failed or was never confirmed" in words
    assert "Nobody to call" in words


def test_a_viewer_has_no_phone_list(world: World, campaign: str):
    viewer = Staff(world, "V. Iyer", role=Role.VIEWER)
    assert viewer.open(f"/campaigns/{campaign}/phone-list").status_code == 403


def test_a_program_gets_the_list_with_the_columns_of_the_file(world: World, campaign: str):
    api = ApiClient(create_app(world.app), system_token(world))
    listed = api.get(f"/campaigns/{campaign}/phone-list")
    assert listed.status_code == 200, listed.text
    assert listed.json["headings"] == ["Student Id", "First name", "Phone"]
    assert listed.json["items"] == [
        {
            "delivery_id": world.delivery(campaign, BEN),
            "contact_id": world.contact(BEN),
            "name": "Ben",
            "phone": BEN,
            "reason": None,
            "why": "Sent, never confirmed",
            "columns": {"Student Id": "2", "First name": "Ben", "Phone": BEN},
        },
        {
            "delivery_id": world.delivery(campaign, ADA),
            "contact_id": world.contact(ADA),
            "name": "Zoe, Ann",
            "phone": ADA,
            "reason": "unreachable_number",
            "why": "Unreachable number",
            "columns": {"Student Id": "1, 4", "First name": "Zoe, Ann", "Phone": ADA},
        },
    ]
    launched = world.app.ledger.reader.stream(campaign)[-1].seq
    assert api.get(f"/campaigns/{campaign}/phone-list?as_of={launched}").json["items"] == []
    assert api.get("/campaigns/cam_none/phone-list").json["detail"] == (
        "There is no campaign cam_none."
    )


def test_a_program_needs_a_role_that_may_take_lists(world: World, campaign: str):
    viewer = ApiClient(create_app(world.app), system_token(world, Role.VIEWER, "Screen"))
    assert viewer.get(f"/campaigns/{campaign}/phone-list").status_code == 403


def test_a_read_by_a_program_is_recorded(recording_world: World):
    world = recording_world
    campaign_id = world.launch()
    api = ApiClient(create_app(world.app), system_token(world))
    assert api.get(f"/campaigns/{campaign_id}/phone-list").json["items"] == []
    world.app.access_recorder.wait()
    search = Search(kind=Kind.ACCESS, topics=(DataExported.topic,))
    (export,) = world.app.ledger.reader.search(search)
    assert (export.event.form, export.event.campaign_id) == ("api", campaign_id)


def test_a_list_of_thousands_is_a_csv_alone(world: World, campaign: str, monkeypatch):
    monkeypatch.setattr("webapp.api.phone_lists.MOST_ROWS", 1)
    api = ApiClient(create_app(world.app), system_token(world))
    refused = api.get(f"/campaigns/{campaign}/phone-list")
    assert refused.status_code == 409
    assert "is made as a CSV alone" in refused.json["detail"]
