"""Totals of all campaigns, for monitoring."""

from datetime import timedelta

import pytest

from kit.world import ADA, BEN, World
from ledger.domain.vocabulary import CampaignState, DeliveryStatus
from projections.campaigns.totals import Totals, TotalsQueries


def totals(world: World) -> Totals:
    world.catch_up()
    return TotalsQueries(world.app.views.engine).at(world.clock.now())


def test_nothing_is_counted_before_the_first_campaign(world):
    empty = totals(world)
    assert set(empty.deliveries.values()) | set(empty.campaigns.values()) == {0}
    assert (empty.due_since, empty.unsettled, empty.unsettled_since) == (None, 0, None)


def test_deliveries_and_campaigns_of_all_states_are_counted(world):
    first, second = world.launch([ADA, BEN]), world.launch([ADA], name="Other")
    world.send()
    world.callback(world.delivery(first))
    world.archive(second)
    found = totals(world)
    assert found.deliveries[DeliveryStatus.DELIVERED] == 1
    assert found.deliveries[DeliveryStatus.PENDING] == 2
    assert found.campaigns[CampaignState.SENDING] == 1
    assert found.campaigns[CampaignState.ARCHIVED] == 1


@pytest.mark.parametrize("is_resumed", [False, True])
def test_a_text_waits_since_it_could_have_been_sent(world, clock, is_resumed):
    campaign_id = world.launch([ADA, BEN])
    launched_at = clock.now()
    clock.advance(minutes=30)
    if is_resumed:
        world.pause(campaign_id)
        assert totals(world).due_since is None
        world.resume(campaign_id)
    since = totals(world).due_since
    assert since == launched_at + timedelta(minutes=30 * is_resumed)
    world.send()
    assert totals(world).due_since is None


def test_attempts_without_an_outcome_are_counted(world, clock):
    delivery_id = world.delivery(world.launch([ADA]))
    world.start(delivery_id)
    started_at = clock.now()
    clock.advance(minutes=5)
    found = totals(world)
    assert (found.unsettled, found.unsettled_since) == (1, started_at)
