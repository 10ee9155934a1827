"""The switch for all sending, decisions on texts that may have been sent, and reference data."""

import json
from datetime import timedelta

import pytest

from kit.api import ApiClient
from kit.provider import FakeProvider, provider_record
from kit.world import ADA, BEN, World
from ledger.domain.vocabulary import CampaignState, DeliveryStatus, Reason
from ledger.providers.contract import UnknownOutcome


@pytest.fixture
def undecided(world: World, provider: FakeProvider) -> list[str]:
    """Two texts that may have been sent; Twilio knows two that each could be."""
    campaign_id = world.launch([ADA, BEN])
    for phone in (ADA, BEN):
        provider.will_answer(phone, UnknownOutcome(cause="no readable answer"))
    world.send()
    for phone in (ADA, BEN):
        provider.records[phone] = [
            provider_record(world.clock.now(), sid=f"SM{phone[-1]}{n}") for n in range(2)
        ]
    world.clock.advance(timedelta(minutes=1))
    world.send()
    return [world.delivery(campaign_id, phone) for phone in (ADA, BEN)]


def test_each_text_that_may_have_been_sent_is_decided_once(
    world: World, api: ApiClient, undecided: list[str]
):
    before = world.app.ledger.reader.head()
    first = api.get("/decisions?limit=1").json
    rest = api.get(f"/decisions?limit=1&cursor={first['next']}").json
    items = [*first["items"], *rest["items"]]
    assert ([each["delivery_id"] for each in items], rest["next"]) == (undecided, None)
    paths = [f"/deliveries/{each['delivery_id']}/decide" for each in items]
    let_be = api.post(paths[0], {"decision": "let_be", "seq": items[0]["seq"]})
    assert let_be.json["detail"].startswith("Nothing more is sent")
    resend = {"decision": "resend", "seq": items[1]["seq"]}
    assert api.post(paths[1], resend).status_code == 200
    late = api.post(paths[1], resend)
    assert (late.status_code, late.json["type"].rpartition(":")[2]) == (409, "refused")
    assert world.row(undecided[0]).status is DeliveryStatus.FAILED
    assert world.row(undecided[1]).status is DeliveryStatus.PENDING
    assert api.get("/decisions").json["items"] == []
    past = api.get(f"/decisions?as_of={before}").json["items"]
    assert [each["delivery_id"] for each in past] == undecided
    assert api.get("/decisions?campaign_id=cam_x").status_code == 404


def test_all_sending_is_stopped_and_allowed(world: World, api: ApiClient):
    before = world.app.ledger.reader.head()
    assert api.post("/sending/stop").json == {"off": True, "changed": True}
    assert api.post("/sending/stop").json == {"off": True, "changed": False}
    state = api.get("/sending").json
    assert (state["off"], state["cause"]) == (True, "staff")
    assert api.get(f"/sending?as_of={before}").json["off"] is False
    assert api.post("/sending/allow", {}).json == {"off": False, "changed": True}
    assert api.post("/sending/allow", {}).json == {"off": False, "changed": False}


def test_what_statuses_and_codes_mean_may_be_kept_for_an_hour(world: World, api: ApiClient):
    answer = api.get("/statuses")
    assert answer.headers["Cache-Control"] == "private, max-age=3600"
    data = answer.json
    assert [each["status"] for each in data["delivery_statuses"]] == list(DeliveryStatus)
    assert [each["state"] for each in data["campaign_states"]] == list(CampaignState)
    assert {each["reason"] for each in data["reasons"]} == set(Reason)
    assert len(data["codes"]) == len(list(world.app.codes))
    assert "None" not in json.dumps(data)
