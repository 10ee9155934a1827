"""Launching: every contact enrolled in short commits, and the campaign there only at the end."""

from dataclasses import replace
from datetime import timedelta

import pytest

from kit.faults import commit_answers_lost
from kit.world import ADA, BEN, CLEO, STAFF, row
from ledger.commands import launch as launching
from ledger.commands import recent_launches
from ledger.commands.abandoned_launches import SweepLaunch, sweep_abandoned
from ledger.commands.launch import launch
from ledger.commands.launch_order import LaunchOrder
from ledger.commands.recent_launches import LaunchedRecently
from ledger.domain.resend_policy import ResendPolicy
from ledger.domain.schedule import Schedule
from ledger.domain.vocabulary import DeliveryStatus, Reason
from ledger.errors import BadInput, CommitUnconfirmed, NotFound, Refused, StoreUnavailable

MANY = [f"+1415556{number:04}" for number in range(450)]


def order(**changed):
    values = {"name": "Spring fair", "message": "Hello {{first_name}}", "rows": [row(ADA)]}
    return LaunchOrder(**values | changed)


def test_a_launch_enrols_every_contact_in_the_order_of_the_file(world):
    campaign_id = world.launch([BEN, ADA, CLEO])
    assert [contact.phone for contact in world.rows(campaign_id)] == [BEN, ADA, CLEO]


def test_the_campaign_is_launched_last_with_the_count(world):
    campaign_id = world.launch([ADA, BEN])
    assert world.topics(campaign_id) == ["CampaignCreated", "CampaignLaunched"]
    last = world.app.ledger.reader.events()[-1]
    assert (last.topic, last.event.contact_count) == ("CampaignLaunched", 2)


def test_a_large_launch_is_made_in_commits_of_150_contacts(world):
    heard = []
    launch(world.app.ledger, order(rows=[row(p) for p in MANY]), STAFF, progress=heard.append)
    assert heard == [150, 300, 450]


def test_a_large_launch_leaves_nobody_out(world):
    campaign_id = world.launch(MANY)
    assert [contact.position for contact in world.rows(campaign_id)] == list(range(1, 451))


def test_the_policy_of_the_launch_decides_about_its_bounces(world):
    campaign_id = world.launch(attempt_limit=1)
    world.send()
    world.callback(world.delivery(campaign_id), 1, "undelivered", 30008)
    assert world.statuses(campaign_id) == [DeliveryStatus.FAILED]


def test_the_same_launch_made_twice_is_one_campaign(world):
    campaign_id = world.launch(launch_name="the form of Monday")
    head = world.app.ledger.reader.head()
    assert world.launch(launch_name="the form of Monday", again=False) == campaign_id
    assert world.app.ledger.reader.head() == head
    assert len(world.rows(campaign_id)) == 1


def test_a_launch_is_the_same_after_its_deadline_has_passed(world, clock):
    timing = Schedule(send_before=clock.now() + timedelta(hours=1))
    campaign_id = world.launch(launch_name="Monday", timing=timing)
    clock.advance(hours=2)
    assert world.launch(launch_name="Monday", timing=timing) == campaign_id


@pytest.mark.parametrize(
    "changed",
    [{"phones": [ADA, BEN]}, {"phones": [BEN]}, {"name": "Fair"}, {"message": "Hello {{nick}}!"}],
)
def test_another_order_under_the_name_of_a_launch_is_refused(world, changed):
    world.launch(launch_name="Monday")
    head = world.app.ledger.reader.head()
    with pytest.raises(Refused, match="another campaign name, message, office or contacts"):
        world.launch(launch_name="Monday", **changed)
    assert world.app.ledger.reader.head() == head


def test_two_launches_of_the_same_file_are_two_campaigns(world):
    assert world.launch() != world.launch()


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"name": "  "}, "no name"),
        ({"name": "x" * 201}, "longer than 200"),
        ({"message": ""}, "empty"),
        ({"message": "Hello {{first_name"}, "without }}"),
        ({"rows": []}, "no contact"),
        ({"policy": ResendPolicy(attempt_limit=0)}, "attempt limit"),
    ],
)
def test_an_order_that_cannot_be_launched_leaves_nothing_half_written(world, changed, words):
    with pytest.raises(BadInput, match=words):
        launch(world.app.ledger, order(**changed), STAFF)
    assert world.app.ledger.reader.head() == 0


def test_r16_an_opted_out_contact_is_enrolled_and_fails_as_opted_out(world):
    world.opt_out(ADA)
    campaign_id = world.launch([ADA, BEN])
    shown = [(contact.status, contact.failed_reason) for contact in world.rows(campaign_id)]
    assert shown == [(DeliveryStatus.FAILED, Reason.OPTED_OUT), (DeliveryStatus.PENDING, None)]


def test_r16_an_opted_out_contact_is_never_texted(world, provider):
    world.opt_out(ADA)
    world.launch([ADA, BEN])
    world.send()
    assert [text.to for text in provider.sent] == [BEN]


def test_a_contact_is_the_same_in_every_campaign(world):
    first, second = (world.row(world.delivery(world.launch())) for _ in range(2))
    assert first.contact_id == second.contact_id
    assert first.delivery_id != second.delivery_id


# A launch that never ended.


def test_a_launch_under_way_is_not_listed_sent_or_counted(world, provider):
    campaign_id = world.begin_launch([ADA])
    assert world.send() == 0
    assert world.app.status.campaigns() == []
    with pytest.raises(NotFound):
        world.campaign(campaign_id)


def test_staff_cannot_act_on_a_launch_under_way(world):
    campaign_id = world.begin_launch([ADA])
    with pytest.raises(NotFound, match="campaign list"):
        world.pause(campaign_id)


def test_a_launch_with_an_event_within_the_hour_is_not_swept(world, clock):
    world.begin_launch([ADA])
    clock.advance(minutes=59)
    assert sweep_abandoned(world.app.ledger) == 0


def test_an_abandoned_launch_is_swept_after_an_hour(world, clock):
    campaign_id = world.begin_launch([ADA])
    clock.advance(hours=1)
    assert sweep_abandoned(world.app.ledger) == 1
    assert world.topics(campaign_id) == ["CampaignCreated", "CampaignClosed"]


def test_a_swept_launch_is_never_listed(world, clock):
    campaign_id = world.begin_launch([ADA])
    world.catch_up()
    clock.advance(hours=1)
    sweep_abandoned(world.app.ledger)
    with pytest.raises(NotFound):
        world.campaign(campaign_id)
    with pytest.raises(NotFound):
        world.row(world.delivery(campaign_id))


def test_a_launch_is_swept_once(world, clock):
    world.begin_launch([ADA])
    clock.advance(hours=1)
    sweep_abandoned(world.app.ledger)
    assert sweep_abandoned(world.app.ledger) == 0


def test_a_launch_that_ended_is_never_swept(world, clock):
    campaign_id = world.launch()
    clock.advance(days=30)
    assert sweep_abandoned(world.app.ledger) == 0
    assert world.campaign(campaign_id).counts.total == 1


def test_a_swept_launch_can_not_come_back_to_life(world, clock):
    world.begin_launch([ADA], launch_name="slow")
    clock.advance(hours=1)
    sweep_abandoned(world.app.ledger)
    with pytest.raises(Refused):
        world.launch(launch_name="slow")


# A launch that was cut off, or whose answer was lost.


def cut_off(world, phones, launch_name, commits, monkeypatch):
    """A launch whose program died after that number of commits."""
    execute = world.app.ledger.execute

    def execute_or_die(command):
        nonlocal commits
        commits -= 1
        if commits < 0:
            raise KeyboardInterrupt
        return execute(command)

    monkeypatch.setattr(launching, "_PART", 2)
    with monkeypatch.context() as dying:
        dying.setattr(world.app.ledger, "execute", execute_or_die)
        with pytest.raises(KeyboardInterrupt):
            world.launch(phones, launch_name=launch_name)


@pytest.mark.both_databases
@pytest.mark.parametrize("commits", [1, 2, 3])
def test_a_launch_that_was_cut_off_is_completed_by_the_same_launch(world, commits, monkeypatch):
    cut_off(world, [ADA, BEN, CLEO], "Monday", commits, monkeypatch)
    assert world.app.status.campaigns() == []
    campaign_id = world.launch([ADA, BEN, CLEO], launch_name="Monday", again=False)
    assert [row.phone for row in world.rows(campaign_id)] == [ADA, BEN, CLEO]
    assert world.topics(campaign_id) == ["CampaignCreated", "CampaignLaunched"]
    assert world.send() == 3


def test_a_launch_that_was_cut_off_is_not_completed_with_other_contacts(world, monkeypatch):
    cut_off(world, [ADA, BEN, CLEO], "Monday", 2, monkeypatch)
    with pytest.raises(Refused, match="another campaign name, message, office or contacts"):
        world.launch([ADA], launch_name="Monday")


def test_whoever_opted_out_or_was_forgotten_meanwhile_is_not_texted(world, provider, monkeypatch):
    cut_off(world, [ADA, BEN, CLEO], "Monday", 2, monkeypatch)
    world.opt_out(ADA)
    world.forget(BEN)
    world.opt_out(CLEO)
    world.launch([ADA, BEN, CLEO], launch_name="Monday")
    assert world.send() == 0
    assert not world.app.ledger.reader.subjects_with_key([world.contact(BEN)])


@pytest.mark.both_databases
@pytest.mark.parametrize("times", range(1, 5))
def test_a_launch_whose_commits_get_no_answer_is_made_once(world, times, monkeypatch):
    monkeypatch.setattr(launching, "_PART", 2)
    monkeypatch.setattr(launching, "_WAITS_SECONDS", 4 * (0.0,))
    with commit_answers_lost(times):
        campaign_id = world.launch([ADA, BEN, CLEO], again=False)
    assert [row.phone for row in world.rows(campaign_id)] == [ADA, BEN, CLEO]
    assert len(world.app.status.campaigns()) == 1


def lose_answers_after(world, commits, monkeypatch):
    """Lose the answers to all commits after that number; return the refusal of the launch."""
    monkeypatch.setattr(launching, "_WAITS_SECONDS", (0.0,))
    execute, lost = world.app.ledger.execute, commit_answers_lost(99)
    commands = []

    def execute_with_loss(command):
        commands.append(command)
        if len(commands) == commits + 1:
            lost.__enter__()
        return execute(command)

    monkeypatch.setattr(world.app.ledger, "execute", execute_with_loss)
    try:
        with pytest.raises(StoreUnavailable) as refused:
            world.launch([ADA, BEN])
    finally:
        lost.__exit__(None, None, None)
    return refused


def test_a_lost_answer_at_the_end_says_that_the_launch_is_not_known(world, monkeypatch):
    refused = lose_answers_after(world, 2, monkeypatch)
    assert refused.type is CommitUnconfirmed
    assert str(refused.value) == (
        "The database's answer was lost at the end of the launch, so it is not known whether the "
        "campaign was launched. Look at the list of campaigns before you launch it again."
    )


@pytest.mark.parametrize("commits", [0, 1])
def test_a_lost_answer_before_the_end_says_that_nothing_was_launched(world, commits, monkeypatch):
    refused = lose_answers_after(world, commits, monkeypatch)
    assert refused.type is StoreUnavailable
    assert str(refused.value) == (
        "The database was lost during the launch. The campaign was not launched, and nobody is "
        "texted. Launch it again once the database can be written."
    )
    assert world.app.status.campaigns() == []


# The same campaign launched twice by mistake.


@pytest.mark.both_databases
def test_the_same_order_within_an_hour_is_refused_and_names_the_campaign(world, clock):
    campaign_id = world.launch([ADA, BEN])
    clock.advance(minutes=59)
    head = world.app.ledger.reader.head()
    with pytest.raises(LaunchedRecently, match=campaign_id) as refused:
        world.launch([BEN, ADA], again=False)
    assert refused.value.recent.is_launched
    assert world.app.ledger.reader.head() == head


def test_the_same_order_after_an_hour_is_launched(world, clock):
    world.launch()
    clock.advance(hours=1, seconds=1)
    world.launch(again=False)
    world.catch_up()
    assert len(world.app.status.campaigns()) == 2


@pytest.mark.parametrize("changed", [{"phones": [ADA, BEN]}, {"message": "Dear {{first_name}}"}])
def test_another_order_is_launched_at_once(world, changed):
    assert world.launch() != world.launch(again=False, **changed)


@pytest.mark.parametrize(
    "changed", [{"message": "Hi {{first_name}}\r\n"}, {"message": " Hi  {{first_name}}"}]
)
def test_spaces_and_line_ends_make_no_other_order(world, changed):
    world.launch(message="Hi {{first_name}}")
    with pytest.raises(LaunchedRecently):
        world.launch(again=False, **changed)


@pytest.mark.parametrize(
    ("phones", "changed"),
    [
        ([ADA, BEN], {"name": "SPRING FAIR"}),
        ([ADA, BEN], {"name": "Another name"}),
        ([ADA, BEN], {"message": "hello  {{First_Name}}"}),
        ([ADA, BEN, CLEO], {}),
        ([ADA], {}),
    ],
)
def test_the_same_message_to_most_of_the_numbers_is_a_repeat(world, phones, changed):
    first = world.launch([ADA, BEN])
    with pytest.raises(LaunchedRecently) as refused:
        world.launch(phones, again=False, **changed)
    recent = refused.value.recent
    assert (recent.campaign_id, recent.name, recent.is_same) == (first, "Spring fair", False)
    assert world.launch(phones, again=True, **changed)


@pytest.mark.parametrize(
    ("phones", "changed"),
    [([CLEO], {}), ([BEN, CLEO], {}), ([ADA, BEN], {"message": "Goodbye"})],
)
def test_other_numbers_or_another_message_are_no_repeat(world, phones, changed):
    world.launch([ADA, BEN])
    assert world.launch(phones, again=False, **changed)


def test_the_same_message_with_other_merged_words_is_no_repeat(world):
    """As when each launch of the morning says how late the bus is by now."""
    for late in ("5 minutes", "20 minutes"):
        rows = [replace(row(phone), fields={"late": late}) for phone in (ADA, BEN)]
        launch(world.app.ledger, order(message="The bus is {{late}} late", rows=rows), STAFF)
    world.catch_up()
    assert len(world.app.status.campaigns()) == 2


def test_of_a_large_launch_some_contacts_are_compared(world, monkeypatch):
    monkeypatch.setattr(recent_launches, "_MOST_COMPARED", 2)
    world.launch([ADA, BEN, CLEO])
    with pytest.raises(LaunchedRecently):
        world.launch([ADA, "+14155550104", CLEO], again=False)
    assert world.launch(["+14155550104", ADA, "+14155550105"], again=False)


def test_a_launch_under_way_counts_as_one_of_the_last_hour(world, monkeypatch):
    cut_off(world, [ADA, BEN, CLEO], "Monday", 2, monkeypatch)
    with pytest.raises(LaunchedRecently) as refused:
        world.launch([ADA, BEN, CLEO], again=False)
    assert not refused.value.recent.is_launched


def test_a_launch_that_was_given_up_does_not_count(world, clock, monkeypatch):
    cut_off(world, [ADA], "Monday", 2, monkeypatch)
    world.execute(SweepLaunch(world.app.ledger.identity.campaign_id("Monday")))
    assert world.launch(again=False)


def test_two_launches_of_one_order_at_the_same_moment_are_one(world, monkeypatch):
    """Both processes looked for the other launch before either began."""
    look = launching.check_not_launched_recently

    def look_and_be_late(ledger, contents):
        seen = look(ledger, contents)
        world.launch()
        return seen

    monkeypatch.setattr(launching, "check_not_launched_recently", look_and_be_late)
    with pytest.raises(LaunchedRecently):
        world.launch(again=False)
    world.catch_up()
    assert len(world.app.status.campaigns()) == 1
