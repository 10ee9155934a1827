"""What all operations of the API have in common: problems, pages, keys, limits, moments."""

import gzip
from datetime import timedelta

import pytest
import requests
from flask import Flask

from kit.api import ApiClient, system_token
from kit.staff import served
from kit.world import ADA, World
from ledger.commands.launch_requests import ApproveLaunch, RefuseLaunch
from ledger.commands.launch_rules import SetApprovalLimit
from ledger.domain.campaign import Campaign
from ledger.domain.vocabulary import Role
from ledger.errors import CommitUnconfirmed
from webapp.api import launching, rate_limit
from webapp.api.idempotency import KEPT_ANSWERS
from webapp.app import API

LAUNCH = {
    "name": "Fall aid",
    "message": "Hi {{first_name}}, come at 9. Reply STOP to end.",
    "contacts": [{"phone": ADA, "name": "Ada Lovelace", "fields": {"first_name": "Ada"}}],
}
KEY = {"Idempotency-Key": "a key of this test"}


def launched_count(world: World) -> int:
    world.catch_up()
    return len(world.app.status.campaigns())


@pytest.mark.parametrize(
    ("method", "path", "status", "kind"),
    [
        ("GET", "/nowhere", 404, "not-found"),
        ("GET", "/campaigns/cam_x", 404, "not-found"),
        ("DELETE", "/campaigns", 405, "method-not-allowed"),
        ("GET", "/campaigns?stat=sending", 422, "invalid"),
        ("GET", "/campaigns?limit=1&limit=2", 422, "invalid"),
        ("GET", "/campaigns?as_of=soon", 422, "invalid"),
        ("GET", "/campaigns?state=null", 422, "invalid"),
        ("POST", "/campaigns", 400, "malformed"),
    ],
)
def test_every_error_is_a_problem(api: ApiClient, method, path, status, kind):
    answer = api.send(method, path)
    assert answer.status_code == answer.json["status"] == status
    assert answer.mimetype == "application/problem+json"
    assert answer.json["type"] == f"urn:problem-type:delivery-ledger:{kind}"
    assert answer.json["detail"]


def test_a_body_that_is_no_json_is_refused_by_its_type_or_its_content(api: ApiClient):
    post = api._client.post
    headers = {"Authorization": f"Bearer {api._token}"}
    path = "/api/v1/campaigns/check"
    assert post(path, data="a=b", headers=headers).status_code == 415
    as_json = headers | {"Content-Type": "application/json"}
    broken = post(path, data='{"message": ', headers=as_json)
    assert broken.status_code == 400
    deep = post(path, data="[" * 60_000, headers=as_json)
    assert deep.status_code == 422
    nul = post(path, data='{"message": "a\\u0000b", "contacts": []}', headers=as_json)
    assert nul.status_code == 422


def test_what_is_wrong_in_a_body_is_pointed_at(api: ApiClient):
    wrong = LAUNCH | {"contacts": [{"phone": "12"}, {"phone": ADA, "fields": {"first_name": 7}}]}
    assert api.post("/campaigns", wrong).json["errors"] == [
        {"detail": "Expected `str`, got `int`.", "pointer": "/contacts/1/fields"}
    ]
    wrong["contacts"][1]["fields"] = {"first_name": "Ada"}
    assert api.post("/campaigns", wrong).json["errors"] == [
        {"detail": "the number is too short.", "pointer": "/contacts/0"}
    ]
    without_name = {name: value for name, value in LAUNCH.items() if name != "name"}
    assert api.post("/campaigns", without_name).json["errors"][0]["pointer"] == "/name"
    late = api.post("/campaigns", LAUNCH | {"starts_at": "2020-01-01T08:00"})
    assert late.json["errors"][0]["pointer"] == "/starts_at"


def test_a_list_comes_in_pages_whose_cursors_fit_no_other_list(world: World, api: ApiClient):
    for name in ("First", "Second", "Third"):
        world.clock.advance(timedelta(minutes=1))
        api.post("/campaigns", LAUNCH | {"name": name, "again": True})
    first = api.get("/campaigns?limit=2")
    assert [each["name"] for each in first.json["items"]] == ["Third", "Second"]
    cursor = first.json["next"]
    assert f"cursor={cursor}" in first.headers["Link"]
    rest = api.get(f"/campaigns?limit=2&cursor={cursor}")
    assert [each["name"] for each in rest.json["items"]] == ["First"]
    assert rest.json["next"] is None
    assert "Link" not in rest.headers
    other = api.get(f"/campaigns?state=paused&cursor={cursor}")
    assert other.status_code == 422
    assert other.json["errors"][0]["parameter"] == "cursor"


def test_a_request_that_is_sent_again_is_carried_out_once(world: World, api: ApiClient):
    first = api.post("/campaigns", LAUNCH, **KEY)
    again = api.post("/campaigns", LAUNCH, **KEY)
    assert (first.status_code, first.json, first.location) == (201, again.json, again.location)
    assert again.headers["Idempotent-Replayed"] == "true"
    assert "Idempotent-Replayed" not in first.headers
    assert launched_count(world) == 1


def test_a_key_is_for_one_request_of_one_owner(world: World, web: Flask, api: ApiClient):
    api.post("/campaigns", LAUNCH, **KEY)
    other = api.post("/campaigns", LAUNCH | {"name": "Another"}, **KEY)
    assert other.status_code == 422
    assert other.json["type"].endswith("idempotency-key-reused")
    somebody_else = ApiClient(web, system_token(world, name="Another system"))
    assert somebody_else.post("/campaigns", LAUNCH | {"again": True}, **KEY).status_code == 201


def test_a_key_can_be_used_again_after_a_refusal_and_after_a_day(world: World, api: ApiClient):
    assert api.post("/campaigns", LAUNCH | {"name": " "}, **KEY).status_code == 422
    assert api.post("/campaigns", LAUNCH, **KEY).status_code == 201
    world.clock.advance(timedelta(hours=24))
    other = api.post("/campaigns", LAUNCH | {"name": "Another"}, **KEY)
    assert other.status_code == 409  # the ledger keeps for ever what was launched under a name


def test_a_process_that_is_killed_before_it_keeps_the_answer_doubles_nothing(
    world: World, web: Flask, api: ApiClient, monkeypatch
):
    store = web.extensions[API].extensions[KEPT_ANSWERS]
    monkeypatch.setattr(store, "keep", lambda *_: None)
    first = api.post("/campaigns", LAUNCH, **KEY)
    under_way = api.post("/campaigns", LAUNCH, **KEY)
    assert under_way.status_code == 409
    assert under_way.json["type"].endswith("in-progress")
    world.clock.advance(timedelta(seconds=61))
    again = api.post("/campaigns", LAUNCH, **KEY)
    assert again.status_code == 201
    assert again.json == first.json | {"first_texts": None}
    assert launched_count(world) == 1


def test_where_an_answer_of_the_store_was_lost_the_same_request_makes_it_sure(
    world: World, api: ApiClient, monkeypatch
):
    real = launching.launched

    def unconfirmed(*order, **options):
        real(*order, **options)
        raise CommitUnconfirmed("The answer was lost.")

    monkeypatch.setattr(launching, "launched", unconfirmed)
    lost = api.post("/campaigns", LAUNCH, **KEY)
    assert lost.status_code == 503
    assert lost.json["type"].endswith("unconfirmed")
    monkeypatch.setattr(launching, "launched", real)
    assert api.post("/campaigns", LAUNCH, **KEY).status_code == 201
    assert launched_count(world) == 1


def test_a_kept_answer_cannot_be_read_without_its_key(world: World, api: ApiClient):
    api.post(
        "/campaigns",
        LAUNCH | {"contacts": [*LAUNCH["contacts"], {"phone": "5550"}], "skip_invalid": True},
        **KEY,
    )
    with world.app.sending_engine.connect() as connection:
        (row,) = connection.exec_driver_sql("SELECT * FROM api_kept_answers").all()
    assert b"5550" not in row.answer
    assert "a key of this test" not in str(row)


def test_requests_are_counted_by_token_and_minute(world, web, api, monkeypatch):
    monkeypatch.setattr(rate_limit, "MOST_REQUESTS", 2)
    other = ApiClient(web, system_token(world, name="Another system"))
    assert api.get("/campaigns").headers["RateLimit"].startswith('"default";r=1;')
    assert api.get("/campaigns").headers["RateLimit-Policy"] == '"default";q=2;w=60'
    refused = api.get("/campaigns")
    assert refused.status_code == 429
    assert 0 < int(refused.headers["Retry-After"]) <= 60
    assert other.get("/campaigns").status_code == 200
    world.clock.advance(timedelta(minutes=1))
    assert api.get("/campaigns").status_code == 200


def test_a_read_is_not_sent_again_unless_it_changed(api: ApiClient):
    tag = api.get("/campaigns").headers["ETag"]
    same = api.get("/campaigns", **{"If-None-Match": tag})
    assert (same.status_code, same.data) == (304, b"")
    api.post("/campaigns", LAUNCH)
    changed = api.get("/campaigns", **{"If-None-Match": tag})
    assert changed.status_code == 200
    assert changed.headers["Cache-Control"] == "no-store"


def test_a_large_answer_is_compressed_for_who_takes_that(api: ApiClient):
    plain = api.get("/openapi.json")
    zipped = api.get("/openapi.json", **{"Accept-Encoding": "gzip"})
    assert zipped.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(zipped.data) == plain.data
    assert zipped.headers["ETag"] == plain.headers["ETag"]


def test_every_read_shows_the_moment_that_is_asked_for(world: World, api: ApiClient):
    before = world.app.ledger.reader.head()
    campaign_id = api.post("/campaigns", LAUNCH).json["id"]
    assert len(api.get("/campaigns").json["items"]) == 1
    past = api.get(f"/campaigns?as_of={before}")
    assert past.json["items"] == []
    assert past.headers["Ledger-Seq"] == str(before)
    assert api.get(f"/campaigns/{campaign_id}?as_of={before}").status_code == 404


def test_a_launch_is_by_the_system_and_is_what_a_page_shows(world: World, api: ApiClient):
    answer = api.post("/campaigns", LAUNCH)
    assert answer.json["enrolled"] == 1
    assert answer.json["first_texts"] == "The first texts go out at once."
    shown = api.get(answer.location.removeprefix("/api/v1")).json
    assert shown["counts"] == {"total": 1, "delivered": 0, "pending": 1, "failed": 0}
    campaign = world.app.ledger.reader.load(Campaign, answer.json["id"])
    assert campaign.text.name == "Fall aid"
    (system,) = world.app.accounts.api_tokens.all()
    assert world.app.status.campaign(answer.json["id"]).launched_by == system.owner_id


def test_the_same_launch_under_another_key_is_refused_unless_again_is_set(api: ApiClient):
    api.post("/campaigns", LAUNCH)
    refused = api.post("/campaigns", LAUNCH)
    assert refused.status_code == 409
    assert refused.json["type"].endswith("launched-recently")
    assert api.post("/campaigns", LAUNCH | {"again": True}).status_code == 201


def test_a_check_sends_nothing_and_says_what_a_launch_would_do(world: World, api: ApiClient):
    order = {"message": LAUNCH["message"], "contacts": [*LAUNCH["contacts"], {"phone": "12"}]}
    before = world.app.ledger.reader.head()
    answer = api.post("/campaigns/check", order).json
    assert (answer["contacts"], answer["segments"]) == (1, 1)
    assert answer["samples"][0]["text"] == "Hi Ada, come at 9. Reply STOP to end."
    assert answer["skipped"] == [
        {
            "pointer": "/contacts/1",
            "line": None,
            "reason": "the number is too short",
            "name": "",
            "value": "12",
        }
    ]
    assert world.app.ledger.reader.head() == before


def test_a_token_of_a_viewer_sees_no_numbers(world: World, web: Flask, api: ApiClient):
    api.post("/campaigns", LAUNCH | {"name": f"For {ADA}"})
    viewer = ApiClient(web, system_token(world, Role.VIEWER, name="Screen"))
    assert viewer.get("/campaigns").json["items"][0]["name"] == "For •••01"


def test_what_the_server_itself_refuses_is_a_problem_too(world: World, web: Flask):
    with served(web) as url:
        answer = requests.post(f"{url}/api/v1/nowhere", data=b"x" * 100_000, timeout=20)
        elsewhere = requests.post(f"{url}/nowhere", data=b"x" * 100_000, timeout=20)
        unsigned = requests.post(
            f"{url}/api/v1/campaigns",
            json=LAUNCH | {"message": "x" * 100_000},
            headers={"X-Request-Id": "of the client"},
            timeout=20,
        )
    assert (answer.status_code, answer.headers["Content-Type"]) == (
        413,
        "application/problem+json",
    )
    assert answer.json()["request_id"] == answer.headers["X-Request-Id"]
    assert elsewhere.headers["Content-Type"].startswith("text/plain")
    assert unsigned.status_code == 401
    assert unsigned.json()["request_id"] == unsigned.headers["X-Request-Id"]


@pytest.mark.parametrize(
    ("decision", "status"), [(ApproveLaunch, 201), (RefuseLaunch, 409)], ids=["approved", "refused"]
)
def test_a_launch_that_waits_is_202_and_a_repeat_says_what_was_decided(
    world: World, api: ApiClient, decision, status
):
    world.execute(SetApprovalLimit("usr_1", 0))
    first, second = (api.post("/campaigns", LAUNCH, **KEY) for _ in range(2))
    assert (first.status_code, second.status_code) == (202, 202)
    assert first.json == second.json
    assert first.json["state"] == "waits for approval"
    campaign_id = first.json["campaign_id"]
    assert world.topics(campaign_id) == ["CampaignCreated", "LaunchRequested"]
    assert launched_count(world) == 0
    world.execute(decision(campaign_id, "usr_2"))
    answer = api.post("/campaigns", LAUNCH, **KEY)
    assert answer.status_code == status
    assert launched_count(world) == (status == 201)
    answers = api.get("/openapi.json").json["paths"]["/api/v1/campaigns"]["post"]["responses"]
    example = answers["202"]["content"]["application/json"]["example"]
    assert example.keys() == first.json.keys()
