"""The retention rule, webhook endpoints, consents and recalls through the API."""

from datetime import timedelta

from flask import Flask

from kit.api import ApiClient, system_token
from kit.killed_request import kill_request
from kit.world import ADA, BEN, World

KEY = {"Idempotency-Key": "monday"}


def test_the_retention_rule_is_set_and_read(api: ApiClient) -> None:
    assert api.get("/retention").json["days"] is None
    rule = api.post("/retention", {"days": 730}).json
    assert (rule["days"], rule["is_running"]) == (730, False)
    assert api.post("/retention", {"days": 730}).json == rule
    assert api.get("/retention").json == rule


def test_a_webhook_endpoint_is_added_once_and_changed(world: World, api: ApiClient) -> None:
    order = {"url": "https://sis.school.example/texts", "name": "PowerSchool"}
    added = api.post("/webhooks", order, **KEY).json
    assert added["secret"].startswith("whsec_")
    endpoint_id = added["id"]
    assert api.post(f"/webhooks/{endpoint_id}/pause").json["state"] == "paused"
    assert api.post(f"/webhooks/{endpoint_id}/pause").json["state"] == "paused"
    assert api.post(f"/webhooks/{endpoint_id}/resume").json["state"] == "active"
    assert api.post(f"/webhooks/{endpoint_id}/replay", {"since": 1}).status_code == 200
    late = api.post(f"/webhooks/{endpoint_id}/replay", {"since": 10**9})
    assert (late.status_code, late.json["errors"][0]["pointer"]) == (422, "/since")
    assert api.post(f"/webhooks/{endpoint_id}/rotate").json["secret"] != added["secret"]
    assert api.post("/webhooks/whk_none/pause").status_code == 404
    assert [each["id"] for each in api.get("/webhooks").json["items"]] == [endpoint_id]
    assert api.get(f"/webhooks/{endpoint_id}").json["tries"] == []
    typed = api.post(f"/webhooks/{endpoint_id}/types", {"types": ["delivery.status_changed"]}).json
    assert typed["types"] == ["delivery.status_changed"]
    assert api.post(f"/webhooks/{endpoint_id}/types", {"types": ["x"]}).status_code == 422
    again = world.app.webhook_endpoints.add(
        *("https://b.example", "B", ["campaign.completed"], "usr_1"),
        has_personal_data=False,
        request="r",
    )
    repeated = world.app.webhook_endpoints.add(
        *("https://b.example", "B", ["campaign.completed"], "usr_1"),
        has_personal_data=False,
        request="r",
    )
    assert again == repeated


def test_a_rotation_of_a_process_that_was_killed_is_done_once(world: World, web: Flask) -> None:
    order = {"url": "https://sis.school.example/texts", "name": "PowerSchool"}
    token = system_token(world)
    endpoint_id = ApiClient(web, token).post("/webhooks", order).json["id"]
    path = f"/webhooks/{endpoint_id}/rotate"
    kill_request(world.url, token, path, None, "rotate")
    world.clock.advance(timedelta(hours=25))
    rotated = ApiClient(web, token).post(path, **{"Idempotency-Key": "rotate"})
    assert rotated.status_code == 200
    assert world.topics("webhooks") == ["WebhookAdded", "WebhookSecretRotated"]
    (endpoint,) = world.app.webhook_endpoints.all()
    assert rotated.json["secret"] == world.app.webhook_endpoints.keys(endpoint[0]).secret


def test_a_webhook_endpoint_is_removed_once(world: World, api: ApiClient) -> None:
    order = {"url": "https://sis.school.example/texts", "name": "PowerSchool"}
    path = f"/webhooks/{api.post('/webhooks', order).json['id']}"
    assert api.send("DELETE", path, **KEY).status_code == 200
    assert api.send("DELETE", path, **KEY).headers["Idempotent-Replayed"] == "true"
    assert api.send("DELETE", path, **{"Idempotency-Key": "another"}).status_code == 404
    assert api.get(path).status_code == 404


def test_a_consent_is_recorded_unless_the_number_is_opted_out(world: World, api: ApiClient) -> None:
    order = {"phone": ADA, "source": "Form", "given_at": "2026-01-02T10:31"}
    assert api.post("/consents", order).json["changed"] is True
    assert api.post("/consents", order).json["changed"] is False
    wrong = api.post("/consents", order | {"given_at": "soon"})
    assert (wrong.status_code, wrong.json["errors"][0]["pointer"]) == (422, "/given_at")
    world.opt_out(BEN)
    assert api.post("/consents", order | {"phone": BEN}).status_code == 409


def test_a_campaign_is_recalled(world: World, api: ApiClient) -> None:
    campaign_id = world.launch([ADA, BEN])
    done = api.post(f"/campaigns/{campaign_id}/recall", **KEY)
    assert done.json == {
        "not_texted": 2,
        "canceled": 0,
        "too_late": 0,
        "unanswered": 0,
        "is_complete": True,
    }
    assert api.post(f"/campaigns/{campaign_id}/recall", **KEY).json == done.json
    assert world.topics(campaign_id)[-1] == "CampaignRecalled"
    assert world.send() == 0
    assert api.post("/campaigns/cam_none/recall").status_code == 404
