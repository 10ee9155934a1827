"""The audit trail through the API: searching it, following it, and one event with its words."""

from kit.api import ApiClient, system_token
from kit.world import ADA, BEN, World
from ledger.domain.events import WordsViewed
from ledger.store.search import Kind, Search
from webapp.app import create_app


def test_events_are_listed_newest_first_and_followed_oldest_first(world: World, api: ApiClient):
    campaign_id = world.launch([ADA, BEN])
    head = world.app.ledger.reader.head()
    newest = api.get(f"/events?limit=2&as_of={head}").json
    assert [each["seq"] for each in newest["items"]] == [head, head - 1]
    older = api.get(f"/events?limit=2&as_of={head}&cursor={newest['next']}").json
    assert [each["seq"] for each in older["items"]] == [head - 2, head - 3]
    first = api.get(f"/events?after_seq={head - 3}&limit=2").json
    assert [each["seq"] for each in first["items"]] == [head - 2, head - 1]
    rest = api.get(f"/events?after_seq={head - 3}&limit=2&cursor={first['next']}").json
    assert [each["seq"] for each in rest["items"]] == [head]
    assert rest["next"] is None
    of_type = api.get(f"/events?type=ContactEnrolled&campaign={campaign_id}").json["items"]
    assert [each["type"] for each in of_type] == ["ContactEnrolled"] * 2
    assert "data" not in of_type[0]


def test_a_search_with_names_and_numbers_is_posted(world: World, api: ApiClient):
    world.launch([ADA, BEN])
    for words in (f'number:"{ADA}"', 'contact:"Ada Lovelace"', f"contact:{world.contact()}"):
        items = api.post("/events/search", {"words": words}).json["items"]
        assert {each["contact_id"] for each in items} == {world.contact()}
    wrong = api.post("/events/search", {"words": "colour:red"})
    assert wrong.json["errors"][0]["pointer"] == "/words"
    unclear = api.post("/events/search?limit=1", {"words": "contact:5550"})
    assert unclear.status_code == 422
    assert world.contact() in str(unclear.json["errors"])
    first = api.post("/events/search?limit=1", {"words": "type:Contact"}).json
    other = api.post(f"/events/search?limit=1&cursor={first['next']}", {"words": "type:Campaign"})
    assert other.json["errors"][0]["parameter"] == "cursor"


def test_what_is_not_there_is_said(world: World, api: ApiClient):
    head = world.app.ledger.reader.head()
    assert api.get("/events?campaign=cam_x").status_code == 404
    assert api.get("/events?is=odd").status_code == 422
    assert api.get(f"/events/{head + 1000}").status_code == 404
    assert api.get("/events/x").status_code == 422
    assert api.get("/events/2?as_of=1").status_code == 404


def test_one_event_has_its_words_and_who_saw_them_is_recorded(recording_world: World):
    world = recording_world
    world.inbound("Thank you")
    event = world.last(world.contact())
    api = ApiClient(create_app(world.app), system_token(world))
    answer = api.get(f"/events/{event.seq}").json
    assert (answer["type"], answer["stream_id"]) == ("InboundReceived", world.contact())
    assert ["Body", "Thank you"] in answer["data"]["private"]["parameters"]
    world.app.access_recorder.wait()
    accesses = world.app.ledger.reader.search(Search(kind=Kind.ACCESS))
    (viewed,) = (each.event for each in accesses if isinstance(each.event, WordsViewed))
    (system,) = world.app.accounts.api_tokens.all()
    assert (viewed.actor, viewed.contact_id) == (system.owner_id, world.contact())
