"""What became of the contacts of a campaign: the list, what changed since, one contact."""

import pytest
from flask import Flask

from kit.api import ApiClient, system_token
from kit.world import ADA, BEN, CLEO, World
from ledger.domain.events import DataExported
from ledger.domain.vocabulary import Role
from webapp.app import create_app


def launched(world: World) -> str:
    """A campaign in which Ada failed, Ben got the text, and Cleo's is with the carrier."""
    campaign_id = world.launch((ADA, BEN, CLEO))
    world.send()
    world.callback(world.delivery(campaign_id, BEN))
    world.callback(world.delivery(campaign_id), status="undelivered", code=30005)
    return campaign_id


def names(answer) -> list[str]:
    return [each["name"].split()[0] for each in answer.json["items"]]


@pytest.mark.both_databases
def test_contacts_are_selected_by_what_became_of_them_now_and_at_a_past_event(world: World):
    campaign_id = launched(world)
    head = world.app.ledger.reader.head()
    api = ApiClient(create_app(world.app), system_token(world))
    path = f"/campaigns/{campaign_id}/deliveries"
    assert names(api.get(path)) == ["Ada", "Ben", "Cleo"]
    for moment in ("", f"&as_of={head}"):
        assert names(api.get(f"{path}?status=failed{moment}")) == ["Ada"]
        assert names(api.get(f"{path}?reason=unreachable_number{moment}")) == ["Ada"]
        assert names(api.get(f"{path}?error_code=30005&status=pending{moment}")) == []
        assert names(api.get(f"{path}?sort=last_seq{moment}")) == ["Cleo", "Ben", "Ada"]
        assert names(api.get(f"{path}?changed_since={head - 1}{moment}")) == ["Ada"]
    assert names(api.get(f"{path}?changed_since=0&as_of={head - 1}")) == ["Ada", "Cleo", "Ben"]


def test_what_changes_while_pages_are_read_is_not_missed(world: World, api: ApiClient):
    campaign_id = launched(world)
    path = f"/campaigns/{campaign_id}/deliveries?changed_since=0&limit=2"
    first = api.get(path)
    assert names(first) == ["Cleo", "Ben"]
    world.callback(world.delivery(campaign_id, CLEO))
    rest = api.get(f"{path}&cursor={first.json['next']}")
    assert names(rest) == ["Ada", "Cleo"]
    assert rest.json["next"] is None
    seqs = [each["seq"] for each in (*first.json["items"], *rest.json["items"])]
    assert seqs == sorted(seqs)
    since = f"/campaigns/{campaign_id}/deliveries?changed_since={seqs[-1]}"
    assert api.get(since).json["items"] == []


def test_a_contact_has_its_columns_its_status_and_why(world: World, api: ApiClient):
    campaign_id = launched(world)
    answer = api.get(f"/deliveries/{world.delivery(campaign_id)}").json
    assert answer["fields"] == {"first_name": "Ada"}
    assert (answer["status"], answer["reason"]) == ("failed", "unreachable_number")
    assert answer["failed_reason"] == "Unreachable number"
    assert answer["why"].startswith("Attempt 1")
    (attempt,) = answer["attempt_list"]
    assert attempt["sid"] == world.sid_of(answer["delivery_id"])
    assert (attempt["number"], attempt["error_code"]) == (1, "30005")
    assert answer["events"][0]["seq"] == answer["seq"]
    assert answer["changed_at"] == answer["events"][0]["at"]


def test_a_viewer_sees_neither_numbers_nor_columns(world: World, web: Flask):
    campaign_id = launched(world)
    viewer = ApiClient(web, system_token(world, Role.VIEWER))
    (ada, *_) = viewer.get(f"/campaigns/{campaign_id}/deliveries").json["items"]
    assert (ada["phone"], ada["name"], ada["fields"]) == ("•••01", "Ada Lovelace", None)
    shown = viewer.get(f"/deliveries/{ada['delivery_id']}").get_data(as_text=True)
    assert ADA not in shown


def test_a_forgotten_contact_has_no_name_number_or_columns(world: World, api: ApiClient):
    campaign_id = launched(world)
    world.forget()
    answer = api.get(f"/deliveries/{world.delivery(campaign_id)}").json
    assert (answer["phone"], answer["name"], answer["fields"]) == (None, None, {})


def test_reading_contacts_is_in_the_record_of_access_once_an_hour(database_url, clock, provider):
    world = World.open(database_url, clock, provider, records_access=True)
    api = ApiClient(create_app(world.app), system_token(world))
    campaign_id = launched(world)
    for _ in range(3):
        api.get(f"/campaigns/{campaign_id}/deliveries?changed_since=0")
    world.app.access_recorder.wait()
    events = [each.event for each in world.app.ledger.reader.events_by_seq(range(1, 100)).values()]
    (export,) = [event for event in events if isinstance(event, DataExported)]
    (system,) = world.app.accounts.api_tokens.all()
    assert (export.actor, export.form, export.campaign_id) == (
        system.owner_id,
        "api",
        campaign_id,
    )
    world.close()


def test_a_contact_or_campaign_that_does_not_exist_is_not_found(api: ApiClient):
    for path in ("/campaigns/cam_x/deliveries", "/deliveries/del_x"):
        assert api.get(path).status_code == 404


def test_a_campaign_that_is_being_launched_is_not_ready_yet(world: World, api: ApiClient):
    campaign_id = world.begin_launch((ADA, BEN))
    answer = api.get(f"/campaigns/{campaign_id}")
    assert answer.status_code == 503
    assert answer.headers["Retry-After"]
    assert "2 contacts enrolled so far" in answer.json["detail"]
