"""Acts on a campaign through the API, each done once whatever is killed in between."""

from datetime import timedelta

import pytest
from flask import Flask

from kit.api import ApiClient, system_token
from kit.killed_request import kill_request
from kit.world import ADA, BEN, CLEO, World

KEY = {"Idempotency-Key": "a key of this test"}


def failed(world: World) -> str:
    """A campaign in which Ada waits for her carrier, and Ben's number cannot be reached."""
    campaign_id = world.launch((ADA, BEN, CLEO))
    world.send()
    for phone, code in ((ADA, 30008), (BEN, 30005)):
        world.callback(world.delivery(campaign_id, phone), status="undelivered", code=code)
    return campaign_id


@pytest.mark.parametrize(
    ("before", "act", "state"),
    [
        ([], "pause", "paused"),
        (["pause"], "resume", "sending"),
        ([], "close", "closed"),
        ([], "archive", "archived"),
    ],
)
def test_an_act_changes_the_campaign_and_a_second_one_is_refused(
    world: World, api: ApiClient, before, act, state
):
    campaign_id = world.launch()
    for each in (*before, act):
        answer = api.post(f"/campaigns/{campaign_id}/{each}")
    assert answer.json["state"] == state
    assert api.get(f"/campaigns/{campaign_id}").json["state"] == state
    (system,) = world.app.accounts.api_tokens.all()
    assert world.last(campaign_id).event.actor == system.owner_id
    again = api.post(f"/campaigns/{campaign_id}/{act}")
    assert (again.status_code, again.json["type"].split(":")[-1]) == (409, "refused")


@pytest.mark.parametrize("act", ["pause", "close", "archive", "recall"])
def test_an_act_may_have_a_reason(world: World, api: ApiClient, act):
    campaign_id = world.launch()
    answer = api.post(f"/campaigns/{campaign_id}/{act}", {"reason": "wrong date"})
    assert answer.status_code == 200, answer.text
    assert world.last(campaign_id).event.stated_reason == "wrong date"
    assert api.get(f"/campaigns/{campaign_id}").json["stated_reason"] == "wrong date"


def test_a_reason_that_is_too_long_names_its_field(world: World, api: ApiClient):
    answer = api.post(f"/campaigns/{world.launch()}/pause", {"reason": "x" * 501})
    assert answer.status_code == 422
    assert answer.json["errors"][0]["pointer"] == "/reason"


def test_the_key_of_a_request_is_in_no_event(world: World, api: ApiClient):
    campaign_id = world.launch()
    api.post(f"/campaigns/{campaign_id}/pause", **KEY)
    paused = world.last(campaign_id).event
    assert paused.request.startswith("req_")
    assert KEY["Idempotency-Key"] not in str(paused)


def test_a_resend_is_planned_and_reaches_those_of_the_plan(world: World, api: ApiClient):
    campaign_id = failed(world)
    plan = api.get(f"/campaigns/{campaign_id}/resend-plan").json
    assert plan["would_resend"] == 0
    assert [(each["reason"], each["contacts"]) for each in plan["left_out"]] == [
        ("unreachable_number", 1)
    ]
    path = f"/campaigns/{campaign_id}/resend"
    order = {"seq": plan["seq"], "include_unreachable": True}
    assert api.post(path, order, **KEY).json == {"resent": 1, "left_out": []}
    assert api.post(path, order, **KEY).headers["Idempotent-Replayed"] == "true"
    late = api.post(path, order).json
    assert late["resent"] == 0
    assert [each["reason"] for each in late["left_out"]] == ["waiting"]


def test_a_resend_needs_the_event_of_a_plan(world: World, api: ApiClient):
    campaign_id = failed(world)
    path = f"/campaigns/{campaign_id}/resend"
    assert api.post(path, {"seq": 9999}).json["errors"][0]["pointer"] == "/seq"
    assert api.post(path, {}).json["errors"][0]["pointer"] == "/seq"
    api.post(f"/campaigns/{campaign_id}/close")
    assert api.get(f"/campaigns/{campaign_id}/resend-plan").status_code == 409
    assert api.get("/campaigns/cam_x/resend-plan").status_code == 404


def test_what_a_killed_process_did_is_not_done_twice(world: World, web: Flask):
    campaign_id, key = failed(world), KEY["Idempotency-Key"]
    token = system_token(world)
    api, delivery_id = ApiClient(web, token), world.delivery(campaign_id, BEN)
    plan = api.get(f"/campaigns/{campaign_id}/resend-plan").json
    order = {"seq": plan["seq"], "include_unreachable": True}
    acts = {"resend": order, "pause": None}
    for act, json in acts.items():
        kill_request(world.url, token, f"/campaigns/{campaign_id}/{act}", json, key + act)
    done = world.topics(campaign_id), world.topics(delivery_id)
    assert (done[0][-1], done[1][-1]) == ("CampaignPaused", "ResendRequested")
    world.resume(campaign_id)
    world.clock.advance(timedelta(seconds=61))
    answers = [
        api.post(f"/campaigns/{campaign_id}/{act}", json, **{"Idempotency-Key": key + act}).json
        for act, json in acts.items()
    ]
    assert answers[0] == {"resent": 1, "left_out": []}
    assert answers[1]["state"] == "sending"
    assert world.topics(campaign_id) == [*done[0], "CampaignResumed"]
    assert world.topics(delivery_id) == done[1]
