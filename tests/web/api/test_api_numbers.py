"""Numbers to fix through the API: the list with its filters, and marking one as fixed."""

from kit.api import ApiClient
from kit.world import ADA, BEN, World


def test_a_number_that_cannot_be_reached_is_listed_and_marked_as_fixed(
    world: World, api: ApiClient
):
    campaign_id = world.launch([ADA, BEN])
    world.send()
    world.callback(world.delivery(campaign_id), status="undelivered", code=30006)
    (number,) = api.get("/numbers-to-fix").json["items"]
    assert (number["phone"], number["fault"], number["code"]) == (ADA, "landline", "30006")
    assert (number["student_ids"], number["campaigns"]) == ([], 1)
    assert api.get("/numbers-to-fix?fault=unreachable").json["items"] == []
    assert api.get("/numbers-to-fix?fault=broken").status_code == 422
    marked = api.post("/numbers-to-fix/fixed", {"phone": ADA})
    assert marked.json == {"contact_id": world.contact(), "changed": True}
    assert api.post("/numbers-to-fix/fixed", {"phone": ADA}).json["changed"] is False
    assert api.get("/numbers-to-fix").json["items"] == []
