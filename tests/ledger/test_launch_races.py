"""Acts on one launch at the same time, from two processes: only one of them counts."""

from contextlib import suppress

import pytest

from kit.faults import fault_at, refuse
from kit.races import at_once
from kit.world import ADA, BEN, CLEO, STAFF, World
from ledger.commands.drafts import DraftOrder, save_draft
from ledger.commands.launch_requests import ApproveLaunch, RefuseLaunch, WithdrawLaunch
from ledger.commands.launch_rules import SetApprovalLimit
from ledger.commands.undo_window import SendAtOnce, StopLaunch
from ledger.domain.vocabulary import CampaignState
from ledger.errors import LedgerError, Refused, WaitsForApproval

ENDS = (
    ["LaunchApproved", "CampaignLaunched"],
    ["LaunchRefused"],
    ["LaunchVoided"],
)


def requested(world: World, draft_id: str | None = None) -> str:
    world.execute(SetApprovalLimit(STAFF, 0))
    with pytest.raises(WaitsForApproval) as waiting:
        world.launch([ADA, BEN, CLEO], draft_id=draft_id)
    return waiting.value.campaign_id


@pytest.mark.both_databases
def test_of_all_answers_to_a_request_at_the_same_time_one_counts(world: World) -> None:
    order = DraftOrder(name="Spring fair", message="Hello {{first_name}}")
    draft_id = save_draft(world.app.ledger, order, STAFF)
    campaign_id, other = requested(world, draft_id), world.again()
    acts = [
        lambda: world.execute(ApproveLaunch(campaign_id, "usr_2")),
        lambda: other.execute(ApproveLaunch(campaign_id, "usr_3")),
        lambda: other.execute(RefuseLaunch(campaign_id, "usr_2")),
        lambda: world.execute(WithdrawLaunch(campaign_id, STAFF)),
    ]
    edits: list[str] = []

    def edit() -> None:
        edits.append(save_draft(other.app.ledger, order, "usr_4", draft_id))

    answers = at_once([*acts, edit]) - len(edits)
    end = world.topics(campaign_id)[2:]
    assert end in ENDS
    assert answers == (end != ["LaunchVoided"])
    assert bool(edits) == (end != ["LaunchApproved", "CampaignLaunched"])
    assert world.send() == (3 if "CampaignLaunched" in end else 0)


@pytest.mark.both_databases
def test_a_launch_is_stopped_or_texts_somebody_and_never_both(world: World) -> None:
    campaign_id = world.launch([ADA, BEN, CLEO], undo_seconds=30)
    deliveries, other = [world.delivery(campaign_id, each) for each in (ADA, BEN)], world.again()
    texts = [world.text(delivery_id) for delivery_id in deliveries]
    at_once(
        [
            lambda: world.execute(StopLaunch(campaign_id, STAFF)),
            lambda: other.execute(SendAtOnce(campaign_id, "usr_2")),
            lambda: other.execute(StopLaunch(campaign_id, "usr_2")),
            lambda: world.start(deliveries[0], texts[0]),
            lambda: other.start(deliveries[1], texts[1]),
        ]
    )
    world.catch_up()
    is_stopped = world.campaign(campaign_id).state is CampaignState.CLOSED
    started = [each for each in deliveries if "AttemptStarted" in world.topics(each)]
    assert not (is_stopped and started)
    assert is_stopped or "UndoWindowEnded" in world.topics(campaign_id)


@pytest.mark.both_databases
def test_an_approval_that_is_cut_off_anywhere_is_made_whole_or_not_at_all(world: World) -> None:
    for step in range(1, 40):
        campaign_id = requested(world)
        with fault_at(step, refuse) as steps, suppress(LedgerError):
            world.execute(ApproveLaunch(campaign_id, "usr_2"))
        again = world.again()
        assert again.topics(campaign_id)[2:] in ([], ENDS[0])
        with suppress(Refused):
            again.execute(ApproveLaunch(campaign_id, "usr_3"))
        assert again.topics(campaign_id)[2:] == ENDS[0]
        if not steps.has_struck:
            break
    assert not steps.has_struck
