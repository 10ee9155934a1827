"""What is in the ledger is never "not found", however far behind the views are."""

import re

import pytest

from kit.staff import Staff, words_of
from kit.world import ADA, BEN, CLEO, World
from ledger.commands.abandoned_launches import sweep_abandoned
from webapp.app import create_app


@pytest.fixture
def late(world: World, monkeypatch) -> World:
    """A world whose views read nothing for now."""
    world.catch_up()

    def read_nothing(**_budget: float) -> int:
        return world.app.ledger.reader.head() - world.app.views.position().seq

    monkeypatch.setattr(world.app.views, "catch_up", read_nothing)
    return world


def paths_of(world: World, campaign_id: str) -> list[str]:
    """Every page of the campaign and of one of its contacts that has no other ids."""
    rules = create_app(world.app).url_map.iter_rules()
    delivery_id = world.app.ledger.identity.delivery_id(campaign_id, world.contact(ADA))
    ids = {"campaign_id": campaign_id, "delivery_id": delivery_id}
    return [
        re.sub(r"<(\w+)>", lambda place: ids[place[1]], rule.rule)
        for rule in rules
        if "GET" in rule.methods and rule.arguments and rule.arguments <= set(ids)
    ]


def test_every_page_of_a_new_campaign_answers_before_the_views_have_it(late: World):
    staff, campaign_id = Staff(late), late.launch([ADA, BEN])
    paths = paths_of(late, campaign_id)
    assert len(paths) > 10
    for path in paths:
        answer = staff.open(path)
        if path.endswith(".csv"):
            assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")
        elif path.startswith("/launch-requests"):  # no request any more: it leads to the campaign
            assert answer.location == f"/campaigns/{campaign_id}"
        elif "compare" not in path:
            assert (path, answer.status_code) == (path, 200)
        assert answer.status_code != 404, path


def test_the_page_says_what_the_ledger_knows_and_loads_itself_again(late: World):
    staff, campaign_id = Staff(late), late.launch([ADA, BEN])
    answer = staff.open(f"/campaigns/{campaign_id}")
    assert answer.headers["Refresh"] == "3"
    assert "“Spring fair” is being prepared" in words_of(answer.text)
    assert "It is launched, with 2 contacts." in words_of(answer.text)


def test_a_live_block_of_it_is_asked_for_again_later(late: World):
    staff, campaign_id = Staff(late), late.launch([ADA])
    answer = staff.open(f"/campaigns/{campaign_id}", headers={"X-Live": "1"})
    assert (answer.status_code, "Retry-After" in answer.headers) == (503, True)


def test_a_launch_in_progress_has_a_page_that_counts(world: World, staff: Staff):
    campaign_id = world.begin_launch([ADA, BEN, CLEO])
    words = staff.read(f"/campaigns/{campaign_id}")
    assert "“Given up” is being prepared" in words
    assert "3 contacts enrolled so far. Nobody is texted yet." in words


def test_a_launch_that_was_given_up_says_so(world: World, staff: Staff, clock):
    campaign_id = world.begin_launch([ADA])
    clock.advance(seconds=2 * 3600)
    sweep_abandoned(world.app.ledger)
    answer = staff.open(f"/campaigns/{campaign_id}")
    assert "“Given up” was not launched" in words_of(answer.text)
    assert "Refresh" not in answer.headers


def test_a_new_conversation_is_prepared_until_the_views_have_it(late: World):
    staff = Staff(late)
    late.inbound("Hello")
    contact_id = late.contact(ADA)
    assert "This conversation is being prepared" in staff.read(f"/conversations/{contact_id}")
    assert staff.open("/conversations/con_nobody").status_code == 404


def test_what_is_in_no_event_is_still_not_found(late: World):
    staff, campaign_id = Staff(late), late.launch([ADA])
    delivery_id = late.app.ledger.identity.delivery_id(campaign_id, late.contact(ADA))
    for path in ("cam_nothing", delivery_id, "sending"):
        assert staff.open(f"/campaigns/{path}").status_code == 404
    for path in ("del_nothing", campaign_id):
        assert staff.open(f"/deliveries/{path}").status_code == 404


def test_the_past_before_a_campaign_does_not_have_it(world: World, staff: Staff):
    before = world.app.ledger.reader.head() or 1
    world.launch([BEN])
    campaign_id = world.launch([ADA])
    assert staff.open(f"/campaigns/{campaign_id}?as_of={before}").status_code == 404
