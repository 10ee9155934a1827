"""Opt-outs through the API: the list, opting out and in, and texts that may ask for it."""

from datetime import timedelta

import pytest
from flask import Flask

from kit.api import ApiClient, system_token
from kit.world import ADA, BEN, CLEO, World
from ledger.domain.events import DataExported
from ledger.domain.vocabulary import DeliveryStatus, ExportKind
from ledger.store.search import Kind, Search
from webapp.api.idempotency import KEPT_ANSWERS
from webapp.app import API, create_app


def test_a_number_is_opted_out_and_in_once_by_number_or_id(world: World, api: ApiClient):
    campaign_id = world.launch([ADA, BEN])
    order = {"phone": "(415) 555-0101", "means": "letter", "received_at": "2020-11-01T10:31"}
    first = api.post("/opt-outs", order)
    assert first.json == {"contact_id": world.contact(), "changed": True, "withdrawn": 1}
    again = api.post("/opt-outs", {"contact_id": world.contact()})
    assert again.json == {"contact_id": world.contact(), "changed": False, "withdrawn": 0}
    assert world.statuses(campaign_id) == [DeliveryStatus.FAILED, DeliveryStatus.PENDING]
    (entry,) = api.get("/opt-outs").json["items"]
    assert (entry["phone"], entry["source"], entry["means"]) == (ADA, "staff", "letter")
    assert entry["opted_out_at"].startswith("2020-11-01")
    opted_in = api.post("/opt-ins", {"contact_id": world.contact()})
    assert opted_in.json == {"contact_id": world.contact(), "changed": True, "note": None}
    assert api.post("/opt-ins", {"phone": ADA}).json["changed"] is False
    assert api.get("/opt-outs").json["items"] == []


def test_a_person_who_is_not_clear_or_not_known_changes_nothing(world: World, api: ApiClient):
    head = world.app.ledger.reader.head()
    assert api.post("/opt-outs", {}).status_code == 422
    assert api.post("/opt-outs", {"phone": ADA, "contact_id": "con_x"}).status_code == 422
    assert api.post("/opt-outs", {"phone": "12"}).json["errors"][0]["pointer"] == "/phone"
    assert api.post("/opt-outs", {"phone": ADA, "means": "text"}).status_code == 422
    assert api.post("/opt-outs", {"contact_id": "con_x"}).status_code == 404
    soon = {"phone": ADA, "received_at": "soon"}
    assert api.post("/opt-outs", soon).json["errors"][0]["pointer"] == "/received_at"
    later = {"phone": ADA, "received_at": "2100-01-01T10:00"}
    assert api.post("/opt-outs", later).status_code == 422
    assert world.app.ledger.reader.head() == head


def test_opt_outs_come_in_pages_and_as_they_were(world: World, api: ApiClient):
    world.opt_out(ADA)
    world.opt_out(BEN)
    seq = world.app.ledger.reader.head()
    world.opt_out(CLEO)
    first = api.get(f"/opt-outs?limit=1&as_of={seq}").json
    assert [each["phone"] for each in first["items"]] == [BEN]
    rest = api.get(f"/opt-outs?limit=1&as_of={seq}&cursor={first['next']}").json
    assert [each["phone"] for each in rest["items"]] == [ADA]
    assert rest["next"] is None


def test_a_text_that_may_ask_for_an_opt_out_is_decided_once(world: World, api: ApiClient):
    world.launch([ADA, BEN])
    world.inbound("I think I want these to stop maybe", ADA, "SMada")
    world.inbound("I think I want these to stop maybe", BEN, "SMben")
    first = api.get("/possible-opt-outs?limit=1").json
    rest = api.get(f"/possible-opt-outs?limit=1&cursor={first['next']}").json
    texts = [*first["items"], *rest["items"]]
    assert [each["message_sid"] for each in texts] == ["SMada", "SMben"]
    for text, decision in zip(texts, ("opt-out", "dismiss"), strict=True):
        chosen = {name: text[name] for name in ("contact_id", "message_sid")}
        answer = api.post("/possible-opt-outs/decide", chosen | {"decision": decision})
        assert answer.json == chosen | {
            "decision": decision,
            "withdrawn": 1 if decision == "opt-out" else 0,
        }
        late = api.post("/possible-opt-outs/decide", chosen | {"decision": "opt-out"})
        assert (late.status_code, late.json["type"].rpartition(":")[2]) == (409, "refused")
    assert api.get("/possible-opt-outs").json["items"] == []
    (entry,) = api.get("/opt-outs").json["items"]
    assert (entry["phone"], entry["means"]) == (ADA, "text")


def test_a_repeat_after_a_kill_undoes_nothing_that_came_since(
    world: World, web: Flask, api: ApiClient, monkeypatch: pytest.MonkeyPatch
):
    store = web.extensions[API].extensions[KEPT_ANSWERS]
    monkeypatch.setattr(store, "keep", lambda *_: None)
    acts = [("/opt-outs", {"phone": ADA}), ("/sending/stop", None)]
    undone = [("/opt-ins", {"phone": ADA}), ("/sending/allow", {})]
    for path, body in (*acts, *undone, *acts):
        key = "first" if (path, body) in acts else "of the undoing"
        assert api.post(path, body, **{"Idempotency-Key": f"{key} {path}"}).status_code == 200
        world.clock.advance(timedelta(seconds=61))
    assert api.get("/opt-outs").json["items"] == []
    assert api.get("/sending").json["off"] is False
    world.inbound("STOP")
    world.stop_sending()
    for path, body in undone:
        api.post(path, body, **{"Idempotency-Key": f"of the undoing {path}"})
    assert len(api.get("/opt-outs").json["items"]) == 1
    assert api.get("/sending").json["off"] is True


def test_reading_the_list_is_in_the_record_of_access_once_an_hour(recording_world: World):
    web: Flask = create_app(recording_world.app)
    api = ApiClient(web, system_token(recording_world))
    api.get("/opt-outs")
    api.get("/opt-outs?limit=1")
    recording_world.app.access_recorder.wait()
    events = recording_world.app.ledger.reader.search(Search(kind=Kind.ACCESS))
    exports = [each.event for each in events if isinstance(each.event, DataExported)]
    assert [(each.kind, each.form) for each in exports] == [(ExportKind.OPT_OUTS, "api")]
