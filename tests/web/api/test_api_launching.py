"""Drafts, launches from contact files, look-ups before a launch, and how far a launch has come."""

import pytest
from flask import Flask

from kit.api import ApiClient, system_token
from kit.workbooks import xlsx
from kit.world import ADA, BEN, World
from ledger.domain.draft import Draft
from ledger.domain.vocabulary import LineType

CONTENT = {"name": "Fall aid", "message": "Hi {{first_name}}. Reply STOP to end."}
CSV = f"Mobile,Other phone,First name,Student id\n{ADA},{BEN},Ada,S-1001\n,5550,Cleo,S-1003\n"
CHOSEN = "phone_column=Mobile"


def posted(api: ApiClient, path: str, data: bytes, key: str, mimetype: str = "text/csv"):
    headers = {"Authorization": f"Bearer {api._token}", "Idempotency-Key": key}
    return api._client.post(f"/api/v1{path}", data=data, content_type=mimetype, headers=headers)


@pytest.fixture
def draft_id(api: ApiClient) -> str:
    return api.post("/drafts", CONTENT).json["id"]


def test_a_draft_is_created_read_changed_and_discarded(world: World, api: ApiClient):
    created = api.post("/drafts", CONTENT | {"starts_at": "2026-11-30T08:00"})
    draft_id = created.json["id"]
    assert created.location == f"/api/v1/drafts/{draft_id}"
    assert api.get(f"/drafts/{draft_id}").json == created.json
    assert created.json["starts_at"] == "2026-11-30T08:00:00+00:00"
    changed = api.send(
        "PUT", f"/drafts/{draft_id}", CONTENT | {"name": "Spring"}, **{"Idempotency-Key": "2"}
    )
    assert (changed.json["name"], changed.json["starts_at"]) == ("Spring", None)
    assert [each["name"] for each in api.get("/drafts").json["items"]] == ["Spring"]
    for key in ("3", "4"):
        gone = api.send("DELETE", f"/drafts/{draft_id}", **{"Idempotency-Key": key})
        assert gone.json["state"] == "discarded"
    assert api.get("/drafts").json["items"] == []
    late = api.send("PUT", f"/drafts/{draft_id}", CONTENT, **{"Idempotency-Key": "5"})
    assert late.status_code == 409
    assert api.get("/drafts/dra_x").status_code == 404


def test_a_draft_whose_answer_was_lost_is_saved_once(world: World, api: ApiClient, monkeypatch):
    key = {"Idempotency-Key": "a key"}
    draft_id = api.post("/drafts", CONTENT, **key).json["id"]
    api.send("PUT", f"/drafts/{draft_id}", CONTENT | {"name": "Spring"}, **{"Idempotency-Key": "2"})
    with world.app.sending_engine.begin() as connection:
        connection.exec_driver_sql("DELETE FROM api_kept_answers")
    assert api.post("/drafts", CONTENT, **key).json["name"] == "Spring"
    assert world.app.ledger.reader.load(Draft, draft_id).version == 2


def test_a_draft_is_checked_and_launched_with_a_contact_file(world, api: ApiClient, draft_id):
    path = f"?draft_id={draft_id}&{CHOSEN}"
    checked = posted(api, f"/drafts/check{path}", CSV.encode(), "1").json
    assert (checked["contacts"], checked["samples"][0]["line"]) == (1, 2)
    refused = posted(api, f"/drafts/launch{path}", CSV.encode(), "2")
    assert refused.status_code == 422
    assert refused.json["errors"][0]["detail"].startswith("Line 3: ")
    launched = posted(api, f"/drafts/launch{path}&skip_invalid=true", CSV.encode(), "3")
    assert launched.status_code == 201, launched.json
    assert launched.json["enrolled"] == 1
    (skipped,) = launched.json["skipped"]
    assert (skipped["line"], skipped["pointer"], skipped["name"]) == (3, None, "Cleo")
    (ada,) = api.get(f"/campaigns/{launched.json['id']}/deliveries").json["items"]
    assert ada["phone"] == ADA
    assert ada["fields"]["student_id"] == "S-1001"
    draft = api.get(f"/drafts/{draft_id}").json
    assert (draft["state"], draft["launched_as"]) == ("launched", launched.json["id"])
    again = posted(api, f"/drafts/launch{path}&skip_invalid=true", CSV.encode(), "3")
    assert again.json == launched.json


def test_a_workbook_is_read_whatever_type_it_is_sent_as(api: ApiClient, draft_id):
    data = xlsx({"Sheet1": [["Phone", "First name"], [ADA, "Ada"]]})
    path = f"/drafts/check?draft_id={draft_id}"
    assert posted(api, path, data, "1", "application/octet-stream").json["contacts"] == 1
    assert posted(api, path, data, "1", "image/png").status_code == 415
    unclear = posted(api, f"{path}&phone_column=Nowhere", CSV.encode(), "1")
    assert unclear.status_code == 422


def test_a_draft_is_launched_with_contacts_in_json(api: ApiClient, draft_id):
    contacts = {"contacts": [{"phone": ADA, "fields": {"first_name": "Ada"}}]}
    launched = api.post(f"/drafts/launch?draft_id={draft_id}", contacts)
    assert (launched.status_code, launched.json["enrolled"]) == (201, 1)
    late = api.post(f"/drafts/launch?draft_id={draft_id}&again=true", contacts)
    assert (late.status_code, late.json["type"].split(":")[-1]) == (409, "refused")


def test_how_far_a_launch_has_come_is_asked_by_its_key(world: World, web: Flask, api: ApiClient):
    key = {"Idempotency-Key": "the key"}
    assert api.get("/launch-progress", **key).json["state"] == "not_begun"
    (system,) = world.app.accounts.api_tokens.all()
    world.begin_launch((ADA, BEN), f"api {system.owner_id} the key")
    assert api.get("/launch-progress", **key).json["enrolled"] == 2
    assert api.get("/launch-progress", **key).json["state"] == "enrolling"
    contacts = [{"phone": ADA, "fields": {"first_name": "Ada"}}]
    launched = api.post("/campaigns", CONTENT | {"contacts": contacts}, **{"Idempotency-Key": "2"})
    done = api.get("/launch-progress", **{"Idempotency-Key": "2"}).json
    assert done == {"state": "launched", "campaign_id": launched.json["id"], "enrolled": 1}
    other = ApiClient(web, system_token(world, name="Another"))
    assert other.get("/launch-progress", **key).json["state"] == "not_begun"
    assert api.get("/launch-progress").status_code == 400


def test_landlines_are_looked_up_and_left_out_where_that_is_wanted(
    world: World, provider, api: ApiClient
):
    provider.line_types[ADA] = LineType.LANDLINE
    order = CONTENT | {
        "look_up": True,
        "contacts": [{"phone": phone, "fields": {"first_name": "A"}} for phone in (ADA, BEN)],
    }
    check = api.post("/campaigns/check", {k: order[k] for k in ("message", "contacts", "look_up")})
    assert check.json["look_up"].startswith("Twilio is asked for the line type of 2 numbers")
    launched = api.post("/campaigns", order)
    assert launched.json["line_types"]["landlines"] == 1
    (ada, ben) = api.get(f"/campaigns/{launched.json['id']}/deliveries").json["items"]
    assert (ada["reason"], ben["status"]) == ("landline", "pending")


def test_wordings_are_drafted_checked_and_launched(world: World, api: ApiClient):
    wordings = {"column": "Language", "messages": {"es": "Hola {{first_name}}"}}
    draft = api.post("/drafts", CONTENT | {"wordings": wordings}).json
    assert draft["wordings"] == wordings | {"column": "language"}
    people = [(ADA, "Ada", "es"), (BEN, "Ben", "en")]
    contacts = [
        {"phone": phone, "fields": {"first_name": name, "language": language}}
        for phone, name, language in people
    ]
    checked = api.post(f"/drafts/check?draft_id={draft['id']}", {"contacts": contacts}).json
    assert [(each["value"], each["contacts"]) for each in checked["wordings"]] == [
        (None, 1),
        ("es", 1),
    ]
    assert checked["says_how_to_opt_out"] is False
    assert checked["samples"][0]["text"] == "Hola Ada"
    order = CONTENT | {"wordings": wordings, "contacts": contacts}
    launched = api.post("/campaigns", order)
    assert launched.status_code == 201, launched.json
    assert world.text(world.delivery(launched.json["id"])).body == "Hola Ada"
    refused = api.post("/campaigns", order | {"wordings": wordings | {"column": "tongue"}})
    assert refused.status_code == 422
    refused = api.post("/campaigns", order | {"wordings": {"column": "a", "messages": {}}})
    assert refused.status_code == 422
