"""What changed between two moments: of all campaigns, of one, and of one contact."""

import re
from dataclasses import replace
from html import unescape

import pytest

from kit.commands import SchoolInProcess
from kit.staff import words_of
from kit.world import ADA, BEN, CLEO, environment
from ledger.domain.vocabulary import DeliveryStatus
from webapp.as_of import Past
from webapp.comparing import Moments, compare_campaign, compare_contacts, compare_totals


def tell(world):
    campaign_id = world.launch([ADA, BEN, CLEO])
    world.send()
    world.callback(world.delivery(campaign_id, BEN), 1, "undelivered", 30003)
    world.catch_up()
    return campaign_id


@pytest.fixture
def campaign_id(told_story):
    return told_story


@pytest.fixture
def then(world, campaign_id, clock):
    """After it Ada's text arrives, Cleo opts out, the campaign pauses, and another one follows."""
    seq = world.app.ledger.reader.head()
    clock.advance(minutes=1)
    world.callback(world.delivery(campaign_id, ADA))
    world.opt_out(CLEO)
    world.pause(campaign_id)
    world.launch([BEN], name="Another")
    world.catch_up()
    return seq


def between(world, first, last=None):
    head = world.app.ledger.reader.head()
    return Moments(Past(first, None), Past(last or head, None), is_now=last is None)


def known_of(comparison):
    """What a comparison says, its events by their seqs."""
    return replace(comparison, acts=[recorded.seq for recorded in comparison.acts])


@pytest.mark.both_databases
def test_the_contacts_that_changed_are_those_with_another_status_reason_or_opt_out(
    world, campaign_id, then
):
    comparison = compare_campaign(world.app, between(world, then), campaign_id)
    ada, cleo = world.delivery(campaign_id, ADA), world.delivery(campaign_id, CLEO)
    assert comparison.changed_ids == [ada, cleo]
    assert comparison.event_count == 2
    assert [recorded.topic for recorded in comparison.acts] == ["CampaignPaused"]
    changes = compare_contacts(world.app, between(world, then), [ada, cleo])
    assert [(c.before.status, c.after.status) for c in changes] == [
        (DeliveryStatus.PENDING, DeliveryStatus.DELIVERED),
        (DeliveryStatus.PENDING, DeliveryStatus.PENDING),
    ]
    assert [[e.topic for e in c.events] for c in changes] == [
        ["CallbackReceived"],
        ["ContactOptedOut"],
    ]


@pytest.mark.both_databases
def test_two_past_moments_compare_as_the_later_one_did_when_it_was_now(world, campaign_id, then):
    while_now = known_of(compare_campaign(world.app, between(world, then), campaign_id))
    head = world.app.ledger.reader.head()
    world.archive(campaign_id)
    world.callback(world.delivery(campaign_id, CLEO))
    world.catch_up()
    afterwards = compare_campaign(world.app, between(world, then, head), campaign_id)
    assert known_of(afterwards) == while_now


@pytest.mark.both_databases
def test_before_its_launch_a_campaign_had_nobody(world, campaign_id, then):
    comparison = compare_campaign(world.app, between(world, 1), campaign_id)
    assert comparison.campaign.before is None
    assert len(comparison.changed_ids) == 3


def test_the_totals_list_the_campaigns_with_another_state_or_other_counts(world, campaign_id, then):
    totals = compare_totals(world.app, between(world, then))
    assert [(c.before is None, c.after.name) for c in totals.campaigns] == [
        (True, "Another"),
        (False, "Spring fair"),
    ]
    assert (totals.before.total, totals.after.total) == (3, 4)
    assert (totals.before.delivered, totals.after.delivered) == (0, 1)


def test_a_moment_of_the_past_leads_to_what_changed_since(world, staff, campaign_id, then):
    html = staff.open(f"/campaigns/{campaign_id}?as_of={then}").text
    (address,) = re.findall(r'href="([^"]*)">What changed since', html)
    assert address == f"/campaigns/{campaign_id}/compare?from={then}"
    words = staff.read(address)
    assert "2 contacts changed" in words
    assert "Delivered 0 1 +1" in words
    assert "Pending 3 2 −1" in words  # noqa: RUF001 - a minus
    assert "Campaign paused" in words
    assert "Ada Lovelace Pending Delivered" in words


def test_a_comparison_of_the_past_has_its_frame_and_keeps_both_moments(
    world, staff, campaign_id, then
):
    html = staff.open(f"/compare?from=1&as_of={then}").text
    assert 'class="is-past"' in html
    assert "1 campaign changed" in words_of(html)
    assert f'href="/campaigns/{campaign_id}/compare?from=1&amp;as_of={then}"' in html


def test_a_contact_shows_what_is_different_and_what_happened(world, staff, campaign_id, then):
    words = staff.read(f"/deliveries/{world.delivery(campaign_id, ADA)}/compare?from={then}")
    assert "Status − was Pending + is Delivered" in words  # noqa: RUF001 - a minus
    assert "Attempts 1 no change" in words
    assert "1 event between" in words


def test_nothing_between_two_moments_is_said(world, staff, campaign_id, then):
    words = staff.read(f"/campaigns/{campaign_id}/compare?from={then}&as_of={then}")
    assert "0 contacts changed Nothing changed between these moments." in words


def test_moments_in_the_wrong_order_are_refused(staff, campaign_id, then):
    answer = staff.open(f"/compare?from={then + 1}&as_of={then}")
    assert answer.status_code == 422
    assert f"#{then + 1} comes after #{then}. Give the earlier moment first." in answer.text


def test_without_a_moment_a_day_is_compared(staff, campaign_id, then, clock):
    clock.advance(hours=25)
    assert "No campaign changed between these moments." in staff.read("/compare")
    assert "2 campaigns changed" in staff.read("/compare?from=26h ago")


def test_a_comparison_can_be_downloaded_as_its_page_shows_it(world, staff, campaign_id, then):
    page = staff.open(f"/campaigns/{campaign_id}/compare?from={then}").text
    address = unescape(re.search(r'href="([^"]*compare\.csv[^"]*)"', page)[1])
    head = world.app.ledger.reader.head()
    answer = staff.open(address)
    name = f"compare-{campaign_id}-{then}-{head}.csv"
    assert answer.headers["Content-Disposition"] == f'attachment; filename="{name}"'
    ada, cleo = world.delivery(campaign_id, ADA), world.delivery(campaign_id, CLEO)
    paused = world.last(campaign_id).seq
    counts = '"delivered +1, pending −1"'  # noqa: RUF001 - a minus, as on the page
    assert answer.text.splitlines() == [
        "kind,id,name,before,after,change,what_happened",
        "count,,total,3,3,0,",
        "count,,delivered,0,1,1,",
        "count,,pending,3,2,-1,",
        "count,,failed,0,0,0,",
        f"campaign,{campaign_id},Spring fair,sending,paused,,{counts}",
        f"event,{paused},,,,,Campaign paused 09:01:00",
        f"contact,{ada},Ada Lovelace,Pending,Delivered,,Callback delivered 09:01:00",
        f'contact,{cleo},Cleo Merode,Pending,"Pending, opted out",,Opted out by staff 09:01:00',
    ]
    assert staff.open(address).text == answer.text


def test_a_comparison_of_all_campaigns_and_of_one_contact_can_be_downloaded(
    world, staff, campaign_id, then
):
    totals = staff.open(f"/compare.csv?from={then}").text.splitlines()
    assert [line.partition(",")[0] for line in totals[1:]] == [*4 * ["count"], *2 * ["campaign"]]
    ada = world.delivery(campaign_id, ADA)
    assert staff.open(f"/deliveries/{ada}/compare.csv?from={then}").text.splitlines()[1:3] == [
        f"field,{ada},Status,Pending,Delivered,,",
        f"field,{ada},Attempts,1,1,,",
    ]


def test_the_command_prints_the_same_csv(world, staff, campaign_id, then):
    school = SchoolInProcess(world.folder, 1, settings=environment(world.url))
    ada, head = world.delivery(campaign_id, ADA), world.app.ledger.reader.head()
    for options, path in (
        ([], "/compare.csv"),
        (["--campaign", campaign_id], f"/campaigns/{campaign_id}/compare.csv"),
        (["--delivery", ada], f"/deliveries/{ada}/compare.csv"),
    ):
        done = school.run("compare", str(then), str(head), "--csv", *options)
        page = staff.open(f"{path}?from={then}&as_of={head}").text
        assert done.stdout.splitlines() == page.splitlines(), path
        assert done.returncode == 0, path


def test_a_campaign_is_in_the_same_words_in_the_text_and_in_the_csv(world, campaign_id, then):
    school = SchoolInProcess(world.folder, 1, settings=environment(world.url))
    head = str(world.app.ledger.reader.head())
    text, csv = (
        school.run("compare", str(then), head, *options).stdout for options in ([], ["--csv"])
    )
    counts = "delivered +1, pending −1"  # noqa: RUF001 - a minus, as on the page
    assert f"{campaign_id}  Spring fair: sending → paused; {counts}\n" in text
    assert f'campaign,{campaign_id},Spring fair,sending,paused,,"{counts}"' in csv
    assert "Another: not launched → sending; total +1, pending +1\n" in text
    assert ',Another,not launched,sending,,"total +1, pending +1"' in csv


def test_a_name_in_a_comparison_never_runs_as_a_formula(world, staff):
    campaign_id = world.launch([ADA], name="=1+1")
    world.catch_up()
    assert f"campaign,{campaign_id},'=1+1," in staff.open("/compare.csv?from=0").text
