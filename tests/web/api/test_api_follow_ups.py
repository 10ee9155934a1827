"""Following up a campaign through the API: its parts, and a draft that needs no contacts."""

import pytest

from kit.api import ApiClient
from kit.world import ADA, World
from ledger.domain.events import CampaignCreated

pytestmark = pytest.mark.both_databases


def test_a_program_follows_up_a_campaign(world: World, api: ApiClient):
    contact = {"phone": ADA, "fields": {"first_name": "Ada"}}
    first = {"name": "Fair", "message": "Hello {{first_name}}", "contacts": [contact]}
    campaign = api.post("/campaigns", first).json["id"]
    world.send()
    world.callback(world.delivery(campaign, ADA))
    world.inbound("We will come")
    counts = api.get(f"/campaigns/{campaign}/parts").json
    assert {each["part"]: each["contacts"] for each in counts["parts"]}["replied"] == 1
    order = {"part": "replied", "seq": counts["seq"], "message": "See you, {{first_name}}"}
    draft = api.post(f"/campaigns/{campaign}/follow-up", order)
    assert draft.status_code == 201, draft.text
    assert draft.json["follow_up"]["part"] == "replied"
    launched = api.post(f"/drafts/launch?draft_id={draft.json['id']}", {})
    assert launched.status_code == 201, launched.text
    shown = api.get(f"/campaigns/{launched.json['id']}").json
    assert shown["follow_up"]["campaign_id"] == campaign
    created = world.app.ledger.reader.stream(launched.json["id"])[0].event
    assert isinstance(created, CampaignCreated)
    assert created.follow_up.seq == counts["seq"]


def test_a_launch_without_contacts_needs_a_follow_up(api: ApiClient):
    draft = api.post("/drafts", {"name": "Fall", "message": "Hello"}).json
    answer = api.post(f"/drafts/launch?draft_id={draft['id']}", {})
    assert answer.status_code == 422
    assert answer.json["errors"][0]["pointer"] == "/contacts"
