"""Every page of an urgent campaign says that it is, and no other page does."""

import pytest

from kit.world import World

BADGE = '<span class="state state-urgent">Urgent</span>'


@pytest.fixture
def pages(world: World) -> list[str]:
    campaign_id = world.launch(is_urgent=True)
    delivery_id = world.delivery(campaign_id)
    campaign, delivery = f"/campaigns/{campaign_id}", f"/deliveries/{delivery_id}"
    return [
        "/campaigns",
        campaign,
        f"{campaign}/activity",
        *(f"{campaign}/{act}" for act in ("pause", "close", "archive", "resend")),
        delivery,
        f"{delivery}/preview",
    ]


def test_every_page_of_an_urgent_campaign_says_so(staff, pages):
    assert [page for page in pages if BADGE not in staff.open(page).text] == []


def test_the_head_of_the_campaign_says_what_that_means(staff, pages):
    assert "From the launch on, at any hour and before other campaigns." in staff.read(pages[1])


def test_the_audit_trail_says_so(staff, pages):
    words = staff.read("/audit")
    assert "Launched to 1 contact, urgent: at any hour, before other campaigns" in words


def test_a_campaign_that_is_not_urgent_has_no_badge(staff, world):
    campaign_id = world.launch()
    for page in ("/campaigns", f"/campaigns/{campaign_id}"):
        assert "Urgent" not in staff.read(page)
