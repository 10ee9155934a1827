"""Launches that wait for approval, and who may approve them through the API."""

import pytest

from kit.api import ApiClient, system_token
from kit.world import ADA, BEN, STAFF, World
from ledger.commands.launch_rules import SetApprovalLimit
from ledger.domain.vocabulary import Role
from webapp.accounts.api_tokens import TokenOrder
from webapp.permissions import Access

KEY = {"Idempotency-Key": "resend-of-monday"}
CAMPAIGN = {
    "name": "Fall aid",
    "message": "Your aid form is due. Reply STOP to end.",
    "contacts": [{"phone": "+14155550101"}],
}


@pytest.fixture
def waiting(world: World, api: ApiClient) -> str:
    """A launch that a system asked for, whose token `usr_1` made."""
    world.execute(SetApprovalLimit(STAFF, 0))
    answer = api.post("/campaigns", CAMPAIGN)
    assert answer.status_code == 202
    return answer.json["campaign_id"]


def person(world: World, web: object, name: str, *, maker: str | None = None) -> ApiClient:
    """An admin with a token, which `maker` made; without a maker, the admin did."""
    user_id = world.app.people.add(name, Role.ADMIN, STAFF).user_id
    order = TokenOrder(name="script", access=Access(Role.ADMIN))
    admin = Access(Role.ADMIN)
    _, secret = world.app.token_changes.add(user_id, order, maker or user_id, admin)
    return ApiClient(web, secret)


def approve(client: ApiClient, campaign_id: str) -> object:
    return client.post(f"/launch-requests/{campaign_id}/approve")


def test_a_person_approves_what_a_system_asked_for(world, web, api, waiting) -> None:
    (listed,) = api.get("/launch-requests").json["items"]
    assert (listed["id"], listed["contacts"]) == (waiting, 1)
    sam = person(world, web, "Sam")
    assert approve(sam, waiting).json == {"id": waiting, "state": "launched"}
    assert approve(sam, waiting).json["state"] == "launched"
    assert api.get("/launch-requests").json["items"] == []


def test_no_system_approves(world, web, waiting) -> None:
    other = ApiClient(web, system_token(world, name="Another system"))
    answer = approve(other, waiting)
    assert (answer.status_code, "a person has to look" in answer.json["detail"]) == (403, True)


def test_who_made_the_token_that_asked_cannot_approve(world, web, waiting) -> None:
    """An admin would else ask by a system, and approve alone."""
    with_a_token_of_the_maker = person(world, web, "Sam", maker="usr_1")
    answer = approve(with_a_token_of_the_maker, waiting)
    assert answer.status_code == 409
    assert "The same person made the API token" in answer.json["detail"]


def test_who_made_the_token_of_a_system_cannot_approve_on_a_page(world, web) -> None:
    sam = world.app.people.add("Sam", Role.ADMIN, STAFF).user_id
    order = TokenOrder(name="PowerSchool", access=Access(Role.ADMIN))
    _, secret = world.app.token_changes.add_of_system(order, sam, Access(Role.ADMIN))
    world.execute(SetApprovalLimit(STAFF, 0))
    campaign_id = ApiClient(web, secret).post("/campaigns", CAMPAIGN).json["campaign_id"]
    own = TokenOrder(name="script", access=Access(Role.ADMIN))
    _, own_secret = world.app.token_changes.add(sam, own, sam, Access(Role.ADMIN))
    answer = approve(ApiClient(web, own_secret), campaign_id)
    assert (answer.status_code, "The same person" in answer.json["detail"]) == (409, True)


def test_a_request_is_refused_with_a_reason_or_withdrawn(world, web, api, waiting) -> None:
    assert api.post(f"/launch-requests/{waiting}/refuse", {}).json["state"] == "withdrawn"
    again = api.post("/campaigns", CAMPAIGN | {"name": "Again"}).json["campaign_id"]
    refused = person(world, web, "Sam").post(f"/launch-requests/{again}/refuse", {"reason": "No"})
    assert refused.json == {"id": again, "state": "refused"}


def test_a_check_says_that_a_launch_would_wait(world, api) -> None:
    order = {name: CAMPAIGN[name] for name in ("message", "contacts")}
    assert api.post("/campaigns/check", order).json["needs_approval"] == []
    world.execute(SetApprovalLimit(STAFF, 0))
    assert api.post("/campaigns/check", order).json["needs_approval"] == ["many_contacts"]


def test_a_large_resend_through_the_api_waits_and_is_approved_by_a_person(world, web, api) -> None:
    campaign_id = world.launch([ADA, BEN])
    world.send()
    for phone in (ADA, BEN):
        world.callback(world.delivery(campaign_id, phone), status="undelivered", code=30034)
    world.execute(SetApprovalLimit(STAFF, 1))
    plan = api.get(f"/campaigns/{campaign_id}/resend-plan").json
    order = {"seq": plan["seq"]}
    asked = api.post(f"/campaigns/{campaign_id}/resend", order, **KEY)
    assert (asked.status_code, asked.json["state"]) == (202, "waits for approval")
    resend_id = asked.json["resend_id"]
    (listed,) = api.get("/resend-requests").json["items"]
    assert (listed["id"], listed["contacts"]) == (resend_id, 2)
    shown = api.get(f"/resend-requests/{resend_id}").json
    assert (shown["seq"], shown["would_resend"]) == (plan["seq"], 2)
    approved = person(world, web, "Sam").post(f"/resend-requests/{resend_id}/approve")
    assert (approved.json["state"], approved.json["resent"]) == ("resent", 2)
    repeated = api.post(f"/campaigns/{campaign_id}/resend", order, **KEY)
    assert (repeated.status_code, repeated.json["resent"]) == (200, 2)
    assert world.send() == 2
