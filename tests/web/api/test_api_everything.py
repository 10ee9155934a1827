"""What commands and pages do, through the API; the reference compares the two."""

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import click
from flask import Flask

from kit.accounts import add_account
from kit.api import ApiClient, system_token
from kit.world import ADA, BEN, World
from ledger.domain.vocabulary import Role
from webapp.api.operations import OPERATIONS
from webapp.cli import cli

REFERENCE = Path(__file__).parents[3] / "docs" / "reference" / "api.md"


def commands(command: click.Command, name: str = "") -> Iterator[str]:
    if not isinstance(command, click.Group):
        yield name
        return
    context = click.Context(command)
    for each in command.list_commands(context):
        found = command.get_command(context, each)
        assert found is not None
        yield from commands(found, f"{name} {each}".strip())


def test_the_reference_names_every_command_and_every_operation() -> None:
    text = REFERENCE.read_text()
    section = text.split("## Commands and operations")[1].split("\n## ")[0]
    named = re.findall(r"`([^`]+)`", section)
    assert set(commands(cli)) - set(named) == set()
    assert set(named) - set(commands(cli)) - OPERATIONS.keys() == set()
    assert OPERATIONS.keys() - set(named) == set()


def test_unconfirmed_texts_are_listed_and_accounted_for(world: World, api: ApiClient) -> None:
    campaign_id = world.launch([ADA, BEN])
    world.send()
    path = f"/campaigns/{campaign_id}"
    assert api.get(f"{path}/unconfirmed").json["count"] == 0
    world.clock.advance(timedelta(days=4))
    listed = api.get(f"{path}/unconfirmed?limit=1").json
    assert (listed["count"], len(listed["items"])) == (2, 1)
    overview = api.get(f"{path}/overview").json
    assert (overview["unconfirmed"], overview["attempts"], overview["pending"]) == (2, 2, 2)
    assert overview["sentence"]
    done = api.post(f"{path}/unconfirmed/account-for", **{"Idempotency-Key": "account"})
    assert done.json == {"texts": 2, "complete": True}
    assert api.post(f"{path}/unconfirmed/account-for").json == {"texts": 0, "complete": True}
    assert api.get(f"{path}/overview?as_of=1").status_code == 404
    assert api.get("/campaigns/cam_none/overview").status_code == 404


def test_conversations_are_searched_assigned_and_done(world: World, web: Flask) -> None:
    world.launch([ADA, BEN])
    world.inbound("When is the late bus?", BEN)
    api = ApiClient(web, system_token(world))
    sam = world.app.people.add("Sam", Role.STAFF, add_account(world.app.accounts, "A. Admin"))
    found = api.post("/conversations/search", {"show": "needs-reply"}).json["items"]
    assert [(each["phone"], each["needs_reply"]) for each in found] == [(BEN, True)]
    assert len(api.post("/conversations/search", {"words": "late bus"}).json["items"]) == 1
    path = f"/conversations/{world.contact(BEN)}"
    assert api.post(f"{path}/assign", {"assignee": "usr_none"}).status_code == 422
    assigned = api.post(f"{path}/assign", {"assignee": sam.user_id}).json
    assert (assigned["assignee"], assigned["done"]) == (sam.user_id, False)
    assert api.post(f"{path}/done").json["done"] is True
    assert api.post("/conversations/search", {"show": "needs-reply"}).json["items"] == []
    assert api.post("/conversations/con_none/done").status_code == 404
    viewer = ApiClient(web, system_token(world, Role.VIEWER, "Screen"))
    assert viewer.post("/conversations/search", {}).status_code == 403
    assert viewer.post("/search", {"words": "0101"}).status_code == 422
    (person,) = viewer.post("/search", {"words": "lovel"}).json["people"]
    assert (person["name"], person["phone"]) == ("Ada Lovelace", "•••01")


def test_offices_tokens_and_people_are_changed_once(world: World, api: ApiClient) -> None:
    add_account(world.app.accounts, "A. Admin")
    key = {"Idempotency-Key": "office"}
    north = api.post("/offices", {"name": "North High"}, **key).json["id"]
    assert api.post("/offices", {"name": "North High"}).status_code == 409
    assert api.post(f"/offices/{north}/rename", {"name": "North"}).json["name"] == "North"
    sam = api.post("/people", {"name": "Sam"}).json["id"]
    assert api.post(f"/people/{sam}/offices", {"offices": ["North"]}).json["offices"] == [north]
    assert api.post(f"/people/{sam}/unlock").json["done"] == "unlocked"
    assert api.post(f"/people/{sam}/reset-factors").json["done"] == "factors reset"
    assert api.post(f"/offices/{north}/close").json["closed"] is True
    assert [each["name"] for each in api.get("/offices").json["items"]] == ["North"]
    system_token(world, Role.STAFF, "Other")
    (other,) = [each for each in api.get("/tokens").json["items"] if each["name"] == "Other"]
    for _ in range(2):
        revoked = api.post(f"/tokens/{other['id']}/revoke")
        assert (revoked.status_code, revoked.json["state"]) == (200, "revoked")
    clone = api.post("/drafts/clone", {"campaign_id": world.launch(name="Fall")})
    assert (clone.status_code, clone.json["state"]) == (201, "open")
    assert api.get("/retention/report").status_code == 409
    assert api.get("/retention/report?days=400").json == {"items": [], "next": None}
