"""The two panels: R2-R5 in the selection and in the conversation, and the attempts beneath."""

import re

import pytest
from kit.provider import refusal
from kit.staff import Staff, words_of
from kit.world import ADA, BEN, World

from ledger.providers.contract import InDoubt

MANY = [f"+1415555{number:04}" for number in range(2000, 2060)]


@pytest.fixture
def staff(world: World) -> Staff:
    return Staff(world)


def panels(staff: Staff, path: str) -> tuple[str, str]:
    """The HTML of the left and of the right panel."""
    page = staff.open(path).text
    left = page.partition('class="panel-left"')[2].partition("</section>")[0]
    return left, page.partition('class="panel-right"')[2].partition("</section>")[0]


def marks(html: str) -> list[str]:
    """The keys of the marks that are seen, without those of the attempts that unfold."""
    folded = re.sub(r"<details.*?</details>", "", html, flags=re.DOTALL)
    return re.findall(r'class="mark mark-(\w+)', folded)


def activity(world: World, campaign_id: str, phone: str = ADA) -> str:
    return f"/campaigns/{campaign_id}/activity/{world.contact(phone)}"


def test_both_panels_show_a_message_that_twilio_accepted_as_sent(world, staff):
    campaign_id = world.launch()
    world.send()
    left, right = panels(staff, activity(world, campaign_id))
    assert marks(left) == marks(right) == ["sent"]


def test_both_panels_show_a_message_of_unknown_outcome_as_pending(world, staff, provider):
    campaign_id = world.launch()
    provider.will_answer(ADA, InDoubt(cause="timeout"))
    world.send()
    left, right = panels(staff, activity(world, campaign_id))
    assert marks(left) == marks(right) == ["waiting"]
    assert "Pending: not accepted by Twilio yet" in words_of(right)


def test_both_panels_show_an_undelivered_message_with_its_reason(world, staff):
    campaign_id = world.launch()
    world.send()
    world.callback(world.delivery(campaign_id), status="undelivered", code="30006")
    left, right = panels(staff, activity(world, campaign_id))
    assert marks(left) == marks(right) == ["undelivered"]
    reason = r'role="tooltip"[^>]*>[^<]*\(30006\)'
    assert re.search(reason, left)
    assert re.search(reason, right)


def test_each_reason_is_described_by_a_tooltip_of_its_own(world, staff):
    campaign_id = world.launch()
    world.send()
    world.callback(world.delivery(campaign_id), status="undelivered", code="30006")
    page = staff.open(activity(world, campaign_id)).text
    described = re.findall(r'aria-describedby="(why-[^"]+)"', page)
    assert len(described) == len(set(described)) == 2
    assert all(page.count(f'id="{each}"') == 1 for each in described)


def test_a_message_that_was_never_tried_has_no_mark(world, staff):
    campaign_id = world.launch()
    left, right = panels(staff, activity(world, campaign_id))
    assert marks(left) == marks(right) == []
    assert "Not sent" in words_of(right)


def test_one_bubble_is_one_delivery_and_its_attempts_unfold_beneath(world, staff):
    campaign_id = world.launch(first_wait_seconds=60)
    delivery_id = world.delivery(campaign_id)
    world.send()
    world.callback(delivery_id, status="undelivered", code="30008")
    world.clock.advance(seconds=90)
    world.send()
    _, right = panels(staff, activity(world, campaign_id))
    assert right.count("bubble-text") == 1
    unfolded = words_of(right.partition("<details")[2])
    assert "2 attempts" in unfolded
    assert "30008" in unfolded


def test_a_message_that_waits_says_when_it_is_tried_again(world, staff, provider):
    campaign_id = world.launch()
    provider.will_answer(ADA, refusal(20429, 429))
    world.send()
    _, right = panels(staff, activity(world, campaign_id))
    assert re.search(r"first attempt in \d+ s", words_of(right))


def test_the_chosen_conversation_is_marked_in_the_selection(world, staff):
    campaign_id = world.launch([ADA, BEN])
    left, _ = panels(staff, activity(world, campaign_id, BEN))
    assert re.search(r'aria-current="true"[^>]*>Ben Okri', left)
    assert left.count('aria-current="true"') == 1


def test_the_activity_of_a_campaign_holds_its_own_contacts_alone(world, staff):
    campaign_id = world.launch([ADA])
    world.launch([BEN], name="Winter fair")
    words = staff.read(f"/campaigns/{campaign_id}/activity")
    assert "Ada Lovelace" in words
    assert "Ben Okri" not in words
    assert "No conversation chosen" in words


def test_conversations_are_those_of_all_campaigns(world, staff):
    world.launch([ADA])
    world.launch([BEN], name="Winter fair")
    words = staff.read("/conversations")
    assert "Ada Lovelace" in words
    assert "Ben Okri" in words


def test_a_conversation_holds_every_campaign_and_what_came_back(world, staff):
    world.launch()
    world.clock.advance(minutes=1)
    world.launch(name="Winter fair", message="Hello again {{first_name}}")
    world.clock.advance(minutes=1)
    world.inbound("Thanks, got it!")
    words = staff.read(f"/conversations/{world.contact()}")
    thread = words.partition("We wrote:")[2]
    assert re.search(r"Hello Ada.*Hello again Ada.*They wrote: Thanks, got it!", thread)
    assert "They: Thanks, got it!" in words


def test_what_people_write_is_never_html(world, staff):
    world.launch()
    world.inbound("<script>alert(1)</script>")
    page = staff.open(f"/conversations/{world.contact()}").text
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert" in page


def test_a_stranger_who_wrote_has_a_conversation_too(world, staff):
    world.inbound("Who is this?", phone=BEN)
    assert "Who is this?" in staff.read(f"/conversations/{world.contact(BEN)}")


def test_opt_out_is_offered_in_the_conversation(world, staff):
    campaign_id = world.launch()
    _, right = panels(staff, activity(world, campaign_id))
    assert f"/deliveries/{world.delivery(campaign_id)}/opt-out" in right
    world.opt_out()
    _, right = panels(staff, activity(world, campaign_id))
    assert f"/deliveries/{world.delivery(campaign_id)}/opt-in" in right
    assert "Opted out" in words_of(right)


def test_fifty_conversations_stand_on_a_page_and_older_ones_behind_a_link(world, staff):
    campaign_id = world.launch(MANY)
    left, _ = panels(staff, f"/campaigns/{campaign_id}/activity")
    assert left.count('class="conversation"') == 50
    older = re.search(r'href="([^"]*before=[^"]*)"[^>]*>Older', left)
    assert older
    left, _ = panels(staff, older[1])
    assert left.count('class="conversation"') == 10


@pytest.mark.parametrize("mark", ["x", "99999999999999999999999.x"])
def test_a_senseless_place_in_the_list_is_a_clear_error(staff, mark):
    assert staff.open(f"/conversations?before={mark}").status_code == 422


@pytest.mark.parametrize("path", ["/conversations/con_nobody", "/campaigns/cam_nobody/activity"])
def test_what_does_not_exist_is_not_found(staff, path):
    assert staff.open(path).status_code == 404


def test_no_address_holds_a_number_or_a_name(world, staff):
    campaign_id = world.launch([ADA, BEN])
    page = staff.open(activity(world, campaign_id)).text
    addresses = re.findall(r'(?:href|action|data-live)="([^"]*)"', page)
    assert [a for a in addresses if "415555" in a or "Ada" in a or "Okri" in a] == []


def test_the_panels_renew_themselves(world, staff):
    path = activity(world, world.launch())
    tag = staff.open(path, headers={"X-Live": "1"}).headers["ETag"]
    headers = {"X-Live": "1", "If-None-Match": tag}
    assert staff.open(path, headers=headers).status_code == 304
    world.send()
    assert "mark-sent" in staff.open(path, headers=headers).text
