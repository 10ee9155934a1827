"""People through the API: finding them, their campaigns, their conversations, and a reply."""

from datetime import timedelta

from flask import Flask

from kit.api import ApiClient, system_token
from kit.killed_request import kill_request
from kit.world import ADA, BEN, World
from ledger.domain.events import WordsViewed
from ledger.domain.vocabulary import Role, ViewPlace
from ledger.store.search import Kind, Search
from webapp.app import create_app


def test_people_are_found_by_name_and_number_now_and_then(world: World, api: ApiClient):
    start = world.app.ledger.reader.head()
    world.launch([ADA, BEN])
    found = [{"contact_id": world.contact(), "phone": ADA, "name": "Ada Lovelace"}]
    for search in ({"phone": "(415) 555-0101"}, {"name": "lovelace ada"}, {"name": "love"}):
        assert api.post("/contacts/search", search).json == {"items": found, "more": False}
        past = api.post(f"/contacts/search?as_of={start}", search).json
        assert past == {"items": [], "more": False}
    assert api.post("/contacts/search?limit=1", {"name": "4155"}).json["more"] is True
    assert api.post("/contacts/search", {}).status_code == 422
    assert api.post("/contacts/search", {"phone": "12"}).json["errors"][0]["pointer"] == "/phone"


def test_a_person_has_every_campaign_with_status_and_why(world: World, web: Flask, api: ApiClient):
    first = world.launch(name="First")
    world.send()
    world.callback(world.delivery(first))
    world.clock.advance(timedelta(minutes=1))
    second = world.launch(name="Second")
    seq = world.app.ledger.reader.head()
    world.opt_out()
    person = api.get(f"/contacts/{world.contact()}").json
    assert (person["name"], person["opted_out"]) == ("Ada Lovelace", True)
    assert [(d["campaign"], d["status"]) for d in person["deliveries"]] == [
        ("Second", "failed"),
        ("First", "delivered"),
    ]
    assert "opted out" in person["deliveries"][0]["why"]
    assert person["deliveries"][0]["campaign_id"] == second
    past = api.get(f"/contacts/{world.contact()}?as_of={seq}").json
    assert (past["opted_out"], past["deliveries"][0]["status"]) == (False, "pending")
    assert api.get("/contacts/con_x").status_code == 404
    assert api.get(f"/contacts/{world.contact()}?as_of=1").status_code == 404
    viewer = ApiClient(web, system_token(world, Role.VIEWER, name="Screen"))
    assert viewer.get(f"/contacts/{world.contact()}").json["phone"] == "•••01"


def test_conversations_come_in_pages_and_seeing_one_is_recorded(recording_world: World):
    world = recording_world
    campaign_id = world.launch([ADA, BEN])
    world.inbound("Thank you", BEN)
    api = ApiClient(create_app(world.app), system_token(world))
    first = api.get("/conversations?limit=1").json
    (ben,) = first["items"]
    assert (ben["contact_id"], ben["message"]["text"]) == (world.contact(BEN), "Thank you")
    rest = api.get(f"/conversations?limit=1&cursor={first['next']}").json
    assert ([each["phone"] for each in rest["items"]], rest["next"]) == ([ADA], None)
    of_campaign = api.get(f"/conversations?campaign_id={campaign_id}").json["items"]
    assert {each["message"]["direction"] for each in of_campaign} == {"out"}
    thread = api.get(f"/conversations/{world.contact(BEN)}?limit=1").json
    assert [each["text"] for each in thread["messages"]] == ["Thank you"]
    before = api.get(f"/conversations/{world.contact(BEN)}?limit=1&cursor={thread['next']}").json
    assert [each["text"] for each in before["messages"]] == ["Hello Ben"]
    assert api.get("/conversations/con_x").status_code == 404
    world.app.access_recorder.wait()
    accesses = world.app.ledger.reader.search(Search(kind=Kind.ACCESS))
    (viewed,) = (each.event for each in accesses if isinstance(each.event, WordsViewed))
    assert (viewed.contact_id, viewed.place) == (world.contact(BEN), ViewPlace.CONVERSATION)


def test_a_reply_is_sent_once_and_to_nobody_who_opted_out(world: World, api: ApiClient):
    world.launch()
    path, key = f"/conversations/{world.contact()}/replies", {"Idempotency-Key": "one reply"}
    sent = api.post(path, {"text": "Until Friday."}, **key)
    assert (sent.status_code, sent.json["detail"]) == (201, "Your answer is sent now.")
    assert api.post(path, {"text": "Until Friday."}, **key).json == sent.json
    assert [each.body for each in world.conversation()] == ["Hello Ada", "Until Friday."]
    assert api.post(path, {"text": "  "}).json["errors"][0]["pointer"] == "/text"
    assert api.post("/conversations/con_x/replies", {"text": "Hello"}).status_code == 404
    world.opt_out()
    refused = api.post(path, {"text": "Another"})
    assert refused.json["detail"] == "This number is opted out: nothing may be sent to it."


def test_a_reply_of_a_process_that_was_killed_is_not_sent_twice(world: World, web: Flask):
    world.launch()
    world.catch_up()
    token, path = system_token(world), f"/conversations/{world.contact()}/replies"
    kill_request(world.url, token, path, {"text": "Until Friday."}, "one reply")
    world.opt_out()
    world.clock.advance(timedelta(seconds=61))
    key = {"Idempotency-Key": "one reply"}
    again = ApiClient(web, token).post(path, {"text": "Until Friday."}, **key)
    assert again.status_code == 201
    assert [each.body for each in world.conversation()] == ["Hello Ada", "Until Friday."]
