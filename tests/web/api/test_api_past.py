"""Reads of a past moment through the API, and the reads that have none."""

from datetime import timedelta

import pytest
from flask import Flask

from kit.accounts import add_account
from kit.api import ApiClient, system_token
from kit.world import ADA, BEN, World
from ledger.domain.vocabulary import Role


def test_what_waited_is_shown_as_it_was(world: World, api: ApiClient) -> None:
    api.post("/launch-rules", {"approval_above": 1, "per_day": None, "per_month": None})
    draft = api.post("/drafts", {"name": "Spring"}).json["id"]
    order = {
        "name": "Fall aid",
        "message": "Hi. Reply STOP to end.",
        "contacts": [{"phone": ADA}, {"phone": BEN}],
    }
    waiting = api.post("/campaigns", order)
    assert waiting.status_code == 202
    head = world.app.ledger.reader.head()
    campaign_id = waiting.json["campaign_id"]
    api.post(f"/launch-requests/{campaign_id}/refuse", {"reason": "later"})
    api.send("DELETE", f"/drafts/{draft}", **{"Idempotency-Key": "away"})
    for path, found in (("/launch-requests", campaign_id), ("/drafts", draft)):
        assert api.get(path).json["items"] == []
        (item,) = api.get(f"{path}?as_of={head}").json["items"]
        assert item["id"] == found
        assert api.get(f"{path}?as_of=1").json["items"] == []
    assert api.get(f"/drafts/{draft}?as_of={head}").json["state"] == "open"
    assert api.get(f"/launch-rules?as_of={head}").json["approval_above"] == 1


def test_people_and_permalinks_are_shown_as_they_were(world: World, api: ApiClient) -> None:
    campaign_id = world.launch()
    admin = add_account(world.app.accounts, "A. Admin")
    sam = world.app.people.add("Sam", Role.STAFF, admin).user_id
    launched = world.app.ledger.reader.head()
    page = {"page": f"/campaigns/{campaign_id}?as_of={launched}", "days": 7}
    link = api.post("/permalinks", page, **{"Idempotency-Key": "link"})
    assert (link.status_code, link.json["state"]) == (201, "open")
    assert link.json["address"].startswith("http")
    head = world.app.ledger.reader.head()
    api.post(f"/people/{sam}/role", {"role": "auditor"})
    api.post(f"/people/{sam}/disable")
    api.post(f"/permalinks/{link.json['id']}/revoke")
    past = api.get(f"/people/{sam}?as_of={head}").json
    assert (past["role"], past["state"], past["password"]) == ("staff", "active", None)
    now = api.get(f"/people/{sam}").json
    assert (now["role"], now["state"]) == ("auditor", "disabled")
    assert api.get(f"/people/{sam}?as_of=1").status_code == 404
    assert api.get("/permalinks").json["items"][0]["state"] == "revoked"
    assert api.get(f"/permalinks?as_of={head}").json["items"][0]["state"] == "open"
    assert (
        api.post("/permalinks", {"page": "/people?as_of=3"}).json["errors"][0]["pointer"] == "/page"
    )


def test_the_file_of_a_person_is_of_a_moment(world: World, api: ApiClient) -> None:
    world.launch()
    head = world.app.ledger.reader.head()
    world.clock.advance(timedelta(minutes=1))
    world.opt_out()
    path = f"/contacts/{world.contact()}/file"
    assert api.get(path).json["opted_out"] is True
    past = api.get(f"{path}?as_of={head}").json
    assert (past["opted_out"], past["up_to_seq"]) == (False, head)
    assert api.get(f"{path}?as_of=1").status_code == 404


@pytest.mark.parametrize("path", ["/tokens", "/webhooks", "/exports", "/verification"])
def test_a_read_without_a_history_says_so(world: World, web: Flask, path: str) -> None:
    api = ApiClient(web, system_token(world))
    world.launch()
    refused = api.get(f"{path}?as_of=1")
    assert (refused.status_code, refused.json["errors"][0]["parameter"]) == (422, "as_of")
    assert "the present alone" in refused.json["detail"]
    assert api.get(f"{path}?limt=1").status_code == 422
    document = web.test_client().get("/api/v1/openapi.json").json
    assert "`as_of` is answered 422" in document["paths"][f"/api/v1{path}"]["get"]["description"]
