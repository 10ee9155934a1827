"""Long files through the API: reports, exports of the audit trail, and bundles for auditors."""

import io
import json
import zipfile
from datetime import timedelta

import pytest
from flask import Flask

from kit.api import ApiClient, system_token
from kit.killed_request import kill_request
from kit.offices import district
from kit.world import ADA, BEN, STAFF, World
from ledger.domain.vocabulary import Role
from webapp.accounts.api_tokens import TokenOrder
from webapp.app import create_app
from webapp.permissions import Access
from webapp.workbooks.making import make_waiting


@pytest.fixture
def campaign_id(world: World) -> str:
    campaign_id = world.launch((ADA, BEN))
    world.catch_up()
    return campaign_id


def test_a_report_is_made_in_the_background_and_downloaded(
    world: World, api: ApiClient, campaign_id: str
) -> None:
    path, key = f"/campaigns/{campaign_id}/reports", {"Idempotency-Key": "report"}
    asked = api.post(path, {"form": "csv", "search": "Lovelace"}, **key)
    assert (asked.status_code, asked.json["state"]) == (201, "waiting")
    address = f"/exports/{asked.json['id']}"
    early = api.get(f"{address}/file")
    assert (early.status_code, early.json["detail"]) == (
        409,
        "There is no file: Waits to be made.",
    )
    kept = [file.read_text() for file in world.app.settings.databases.workbooks.glob("*.json")]
    assert len(kept) == 1
    assert "ovelace" not in kept[0]
    make_waiting(world.app, least_free_bytes=0)
    ready = api.get(address).json
    assert (ready["state"], ready["detail"]) == ("ready", "1 row")
    with api.get(f"{address}/file") as file:
        assert file.mimetype == "text/csv"
        assert "Ada Lovelace" in file.text
        assert "Ben" not in file.text
        assert file.headers["ETag"] == f'"{ready["sha256"]}"'
    with api.get(f"{address}/file", **{"If-None-Match": file.headers["ETag"]}) as same:
        assert (same.status_code, same.data) == (304, b"")
    assert [each["id"] for each in api.get("/exports").json["items"]] == [ready["id"]]
    assert api.send("DELETE", address, **key | {"Idempotency-Key": "end"}).status_code == 200
    assert api.get(address).status_code == 404


def test_the_audit_trail_and_bundles_are_files_too(
    world: World, api: ApiClient, campaign_id: str
) -> None:
    head = world.app.ledger.reader.head()
    events = api.post("/events/exports?as_of=2", {"form": "ndjson"}).json
    wrong = api.post("/events/exports", {"words": "contact:zoe"})
    assert (wrong.status_code, wrong.json["errors"][0]["pointer"]) == (422, "/words")
    bundle = api.post("/bundles", {"campaign_id": campaign_id}).json
    assert api.post("/bundles", {}).status_code == 422
    assert api.post("/bundles", {"campaign_id": "cam_none"}).status_code == 404
    make_waiting(world.app, least_free_bytes=0)
    with api.get(f"/exports/{events['id']}/file") as file:
        assert [json.loads(line)["seq"] for line in file.text.splitlines()] == [1, 2]
    with api.get(f"/exports/{bundle['id']}/file") as file:
        opened = zipfile.ZipFile(io.BytesIO(file.data))
        assert json.loads(opened.read("manifest.json"))["size"] >= head


def test_a_file_that_was_asked_for_before_a_kill_is_one(world: World, web: Flask) -> None:
    path, token = f"/campaigns/{world.launch()}/reports", system_token(world)
    world.catch_up()
    kill_request(world.url, token, path, {}, "report")
    world.clock.advance(timedelta(minutes=2))
    world.launch(name="Another")
    again = ApiClient(web, token).post(path, {}, **{"Idempotency-Key": "report"})
    assert again.status_code == 201
    assert len(ApiClient(web, token).get("/exports").json["items"]) == 1


def test_nobody_gets_a_file_of_somebody_else_or_of_another_office(
    world: World,
) -> None:
    two = district(world, world.provider, world.clock)
    web = create_app(world.app)
    everything = ApiClient(web, system_token(world, Role.AUDITOR, "District"))
    access = Access(Role.AUDITOR, office_ids=frozenset({two.south}))
    order = TokenOrder(name="District", access=access)
    _, secret = world.app.token_changes.add_of_system(order, STAFF, Access(Role.ADMIN))
    south = ApiClient(web, secret)
    job = everything.post("/events/exports", {}).json["id"]
    own = south.post("/events/exports", {}).json["id"]
    staff = ApiClient(web, system_token(world, Role.STAFF, "Other"))
    for client, other in ((south, job), (everything, own), (staff, job)):
        assert client.get(f"/exports/{other}").status_code == 404
        assert client.get(f"/exports/{other}/file").status_code == 404
    assert south.post("/bundles", {"everything": True}).status_code == 403
    assert staff.post("/events/exports", {}).status_code == 403
    north = two.places["campaign_id"]
    assert south.post(f"/campaigns/{north}/reports", {}).status_code == 404
    make_waiting(world.app, least_free_bytes=0)
    with south.get(f"/exports/{own}/file") as file:
        assert "aardvark" not in file.text.lower()
    with everything.get(f"/exports/{job}/file") as file:
        assert "aardvark" in file.text.lower()
