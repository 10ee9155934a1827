"""Legal holds, forgetting, and the file about a person, through the API."""

from kit.world import ADA, BEN


def test_a_legal_hold_is_placed_listed_and_released(world, api) -> None:
    campaign_id = world.launch([ADA, BEN])
    before = world.app.ledger.reader.head()
    for what in ({"phone": ADA}, {"campaign_id": campaign_id}):
        placed = api.post("/legal-holds", what | {"reason": "Case 12"})
        assert (placed.status_code, placed.json["hold"]) == (201, 1)
    held = api.get("/legal-holds").json
    assert [each["phone"] for each in held["contacts"]] == [ADA]
    assert [each["campaign_id"] for each in held["campaigns"]] == [campaign_id]
    assert api.get(f"/legal-holds?as_of={before}").json["contacts"] == []
    assert api.post("/forgettings", {"phone": BEN}).status_code == 409
    for what in ({"phone": ADA}, {"campaign_id": campaign_id}):
        assert api.post("/legal-holds/release", what).status_code == 200
    assert api.get("/legal-holds").json["campaigns"] == []


def test_one_thing_is_held_at_a_time(world, api) -> None:
    answer = api.post("/legal-holds", {"reason": "Case 12"})
    assert (answer.status_code, answer.json["errors"][0]["pointer"]) == (422, "/contact_id")


def test_a_person_is_forgotten_after_a_preview(world, api) -> None:
    world.launch([ADA])
    preview = api.post("/forgettings/preview", {"phone": ADA}).json
    assert (preview["refusal"], preview["campaigns"], preview["would_withdraw"]) == (None, 1, 1)
    done = api.post("/forgettings", {"phone": ADA}).json
    assert (done["changed"], done["withdrawn"]) == (True, 1)
    assert api.post("/forgettings", {"phone": ADA}).json["changed"] is False
    (listed,) = api.get("/forgettings").json["items"]
    assert (listed["contact_id"], listed["stored_again"]) == (world.contact(), False)
    assert "forgotten" in api.post("/forgettings/preview", {"phone": ADA}).json["refusal"]


def test_the_file_of_a_person_is_that_of_the_command(world, api) -> None:
    world.launch([ADA])
    file = api.get(f"/contacts/{world.contact()}/file").json
    assert (file["phones"], file["contact_ids"]) == ([ADA], [world.contact()])
    assert [event["type"] for event in file["events"]]


def test_two_moments_are_compared(world, api) -> None:
    campaign_id = world.launch([ADA])
    then = world.app.ledger.reader.head()
    world.send()
    for path in ("/compare", f"/campaigns/{campaign_id}/compare"):
        compared = api.get(f"{path}?from={then}").json
        assert (compared["from"]["seq"], compared["events"] > 0) == (then, True)
    delivery = world.delivery(campaign_id)
    contact = api.get(f"/deliveries/{delivery}/compare?from={then}").json["contact"]
    assert (contact["before"]["attempts"], contact["after"]["attempts"]) == (0, 1)
    wrong = api.get("/compare?from=nonsense")
    assert (wrong.status_code, wrong.json["errors"][0]["parameter"]) == (422, "from")


def test_people_are_added_changed_and_shut_out(world, api) -> None:
    added = api.post("/people", {"name": "Sam"}).json
    assert (added["name"], added["role"]) == ("Sam", "admin")
    sam, lee = added["id"], api.post("/people", {"name": "Lee", "role": "viewer"}).json["id"]
    assert api.post(f"/people/{lee}/role", {"role": "approver"}).json["role"] == "approver"
    assert api.post(f"/people/{lee}/link").json["address"].count("/sign-in/") == 1
    assert api.get(f"/people/{lee}/sessions").json == {"items": []}
    assert api.post(f"/people/{lee}/disable").json["done"] == "disabled"
    assert {each["id"]: each["state"] for each in api.get("/people").json["items"]}.keys() == {
        sam,
        lee,
    }
    assert api.post(f"/people/{sam}/disable").status_code == 409
