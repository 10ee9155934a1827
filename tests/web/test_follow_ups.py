"""Follow-ups: a part of a campaign's contacts, as of a moment, gets another campaign."""

import io
import re

import pytest

from kit.launch_form import press
from kit.staff import Staff, words_of
from kit.world import ADA, BEN, CLEO, STAFF, World
from ledger.commands.launch import launch
from ledger.commands.launch_order import LaunchOrder
from ledger.commands.repository import draft_of
from ledger.domain.vocabulary import FollowUpPart
from ledger.messages.contact_file import read_contacts
from ledger.messages.template import Template
from webapp.follow_ups import FollowUpContacts, follow_up_order
from webapp.reports.parts import CampaignParts

pytestmark = pytest.mark.both_databases

DOT = "+14155550104"
FILE = (
    "Student Id,First name,Guardian Phone,Grade\n"
    f"1,Ada,{ADA},2\n2,Ben,{BEN},5\n3,Cleo,{CLEO},1\n4,Dot,{DOT},4\n5,Ed,{ADA},6\n"
).encode()
PART = FollowUpPart


@pytest.fixture
def campaign(world: World, clock) -> str:
    """Ada got the text and replied, Cleo got it, Ben failed, Dot's was never confirmed."""
    template = Template.parse("Hello {{first_name}}")
    parsed = read_contacts(io.BytesIO(FILE), region="US", template=template, skip_invalid=True)
    order = LaunchOrder(
        name="Fair", message="Hello {{first_name}}", rows=parsed.rows, columns=parsed.columns
    )
    campaign_id = launch(world.app.ledger, order, STAFF)
    world.send()
    world.callback(world.delivery(campaign_id, ADA))
    world.callback(world.delivery(campaign_id, CLEO))
    world.callback(world.delivery(campaign_id, BEN), status="undelivered", code=30006)
    world.inbound("We will come", phone=ADA, sid="SM-yes")
    clock.advance(days=4)
    world.catch_up()
    return campaign_id


def parts_of(world: World, campaign_id: str, seq: int | None = None) -> dict[str, int]:
    world.catch_up()
    seq = seq or world.app.views.position().seq
    counts = CampaignParts(world.app, campaign_id, seq, world.clock.now()).counts()
    return {part.value: count for part, count in counts.items()}


def contacts_of(world: World, campaign_id: str, part: FollowUpPart) -> tuple[list[str], str]:
    """The lines of the follow-up's file, and who is left out."""
    world.catch_up()
    seq = world.app.views.position().seq
    order = follow_up_order(world.app, campaign_id, part, seq, world.clock.now())
    contacts = FollowUpContacts.of(world.app, order.follow_up)
    with contacts.opened() as file:
        lines = file.read().decode("utf-8-sig").splitlines()
    return lines, contacts.left_out_sentence


def test_every_part_is_counted_as_of_its_moment(world: World, campaign: str):
    counts = {"delivered": 2, "failed": 1, "unconfirmed": 1, "replied": 1, "no-reply": 1}
    assert parts_of(world, campaign) == counts
    (text,) = world.app.ledger.reader.streams([world.contact(ADA)])[world.contact(ADA)]
    before = parts_of(world, campaign, text.seq - 1)
    assert (before["replied"], before["no-reply"]) == (0, 2)


def test_what_came_after_the_archive_is_in_no_part(world: World, campaign: str):
    world.archive(campaign)
    world.callback(world.delivery(campaign, DOT))
    world.inbound("Late", phone=DOT, sid="SM-late")
    counts = parts_of(world, campaign)
    assert (counts["delivered"], counts["replied"], counts["no-reply"]) == (2, 2, 1)


def test_the_rows_of_the_file_stay_with_the_contacts(world: World, campaign: str):
    lines, left_out = contacts_of(world, campaign, PART.DELIVERED)
    assert lines == [
        "Student Id,First name,Guardian Phone,Grade,Number texted",
        f"1,Ada,'{ADA},2,'{ADA}",
        f"3,Cleo,'{CLEO},1,'{CLEO}",
        f"5,Ed,'{ADA},6,'{ADA}",
    ]
    assert not left_out


def test_opted_out_and_forgotten_people_are_left_out_and_counted(world: World, campaign: str):
    world.opt_out(ADA)
    world.forget(CLEO)
    lines, left_out = contacts_of(world, campaign, PART.UNCONFIRMED)
    assert (len(lines), left_out) == (2, "")
    with pytest.raises(Exception, match="Nobody is left in this part"):
        contacts_of(world, campaign, PART.DELIVERED)


def test_a_follow_up_is_launched_from_its_page(world: World, staff: Staff, campaign: str):
    world.opt_out(CLEO)
    page = f"/campaigns/{campaign}/follow-up"
    words = staff.read(page)
    assert "Got the text, no reply The text was delivered, and no text came from" in words
    begun = staff.press(page, part="delivered")
    form = staff.open(begun.location)
    assert "Left out: 1 contact (1 opted out)." in words_of(form.text)
    assert "Texts go to the numbers in Number texted." in words_of(form.text)
    assert f"3 Cleo {CLEO}" not in words_of(form.text)
    assert f"1 Ada {ADA} 2 {ADA}" in words_of(form.text)  # as it was, not guarded as in a CSV
    check = press(staff, form, "check", message="Thank you {{first_name}}, grade {{grade}}")
    assert "Thank you Ada & Ed, grade 2" in words_of(check.text)
    press(staff, check, "launch")
    follow_up = world.app.status.campaigns()[0]
    assert follow_up.name == "Fair: follow-up"
    assert [row.phone for row in world.rows(follow_up.campaign_id)] == [ADA]
    assert (follow_up.follow_up.campaign_id, follow_up.follow_up.part) == (campaign, "delivered")
    assert "A follow-up to Fair: to the contacts who had got the text by" in staff.read(
        f"/campaigns/{follow_up.campaign_id}"
    )
    assert "Followed up by Fair: follow-up." in staff.read(f"/campaigns/{campaign}")
    assert f"a follow-up to {campaign} (got the text) as of #" in staff.read("/audit")


def test_a_draft_of_a_follow_up_can_be_saved_and_opened_again(
    world: World, staff: Staff, campaign: str
):
    begun = staff.press(f"/campaigns/{campaign}/follow-up", part="failed")
    form = staff.open(begun.location)
    press(staff, form, "save", message="Please call us, {{first_name}}")
    again = words_of(staff.open(begun.location).text)
    assert "it goes to the contacts whose text had failed by" in again


def test_with_another_file_it_is_no_follow_up(world: World, staff: Staff, campaign: str):
    begun = staff.press(f"/campaigns/{campaign}/follow-up", part="failed")
    other = (io.BytesIO(f"phone\n{DOT}\n".encode()), "other.csv")
    form = staff.open(begun.location)
    check = press(staff, form, "check", message="Hello", contacts=other, phone_column="")
    press(staff, check, "launch")
    launched = world.app.status.campaigns()[0]
    assert [row.phone for row in world.rows(launched.campaign_id)] == [DOT]
    assert launched.follow_up is None


def test_an_unknown_part_is_not_found(staff: Staff, campaign: str):
    assert staff.press(f"/campaigns/{campaign}/follow-up", part="all").status_code == 404


def test_a_damaged_moment_is_refused(staff: Staff, campaign: str):
    answer = staff.press(f"/campaigns/{campaign}/follow-up", part="failed", at="noon")
    assert answer.status_code == 422


def test_whoever_is_forgotten_after_the_check_is_not_texted(
    world: World, staff: Staff, campaign: str
):
    begun = staff.press(f"/campaigns/{campaign}/follow-up", part="delivered")
    check = press(staff, staff.open(begun.location), "check", message="Thank you")
    assert "2 Contacts will be texted" in words_of(check.text)
    assert 'name="kept_file"' not in check.text
    world.forget(ADA)
    assert press(staff, check, "launch").status_code == 303
    world.catch_up()
    launched = world.app.status.campaigns()[0]
    assert [row.phone for row in world.rows(launched.campaign_id)] == [CLEO]


def test_a_number_that_was_corrected_before_a_forgetting_goes_to_nobody_else(
    world: World, staff: Staff, campaign: str
):
    begun = staff.press(f"/campaigns/{campaign}/follow-up", part="delivered")
    check = press(staff, staff.open(begun.location), "check", message="Thank you")
    corrected = press(staff, check, "check", **{"mended-2": "(415) 555-0199"})
    assert 'name="mended-2" value="(415) 555-0199"' in corrected.text
    world.forget(ADA)
    press(staff, corrected, "launch")
    world.catch_up()
    launched = world.app.status.campaigns()[0]
    assert [row.phone for row in world.rows(launched.campaign_id)] == [CLEO]


def test_a_button_that_is_pressed_twice_begins_one_draft(world: World, staff: Staff, campaign: str):
    page = f"/campaigns/{campaign}/follow-up"
    hidden = {
        name: re.search(rf'name="{name}" value="([^"]+)"', staff.open(page).text)[1]
        for name in ("csrf_token", "seq", "at", "request")
    }
    begun = [
        staff.client.post(page, data=hidden | {"part": part}).location
        for part in ("failed", "failed", "delivered")
    ]
    assert begun[0] == begun[1] != begun[2]
    world.catch_up()
    assert len(world.app.drafts.all()) == 2


def test_a_follow_up_can_be_followed_up_after_its_archive(
    world: World, staff: Staff, campaign: str
):
    begun = staff.press(f"/campaigns/{campaign}/follow-up", part="delivered")
    check = press(staff, staff.open(begun.location), "check", message="Thank you")
    second = press(staff, check, "launch").location.rpartition("/")[2]
    world.send()
    world.callback(world.delivery(second, CLEO))
    world.archive(second)
    begun = staff.press(f"/campaigns/{second}/follow-up", part="delivered")
    form = staff.open(begun.location)
    assert "Texts go to the numbers in Number texted (2)." in words_of(form.text)
    check = press(staff, form, "check", message="Once more")
    third = world.campaign(press(staff, check, "launch").location.rpartition("/")[2])
    assert [row.phone for row in world.rows(third.campaign_id)] == [CLEO]
    assert third.follow_up.campaign_id == second
    assert third.name == "Fair: follow-up 2"


@pytest.mark.parametrize(
    "at", ["0001-01-01T00:00:00+14:00", "0001-01-01T00:00:00+00:00", "9999-12-31T23:59:59-14:00"]
)
def test_a_moment_before_its_event_or_in_the_future_is_never_recorded(
    world: World, staff: Staff, campaign: str, at: str
):
    world.catch_up()
    begun = staff.press(f"/campaigns/{campaign}/follow-up", part="failed", at=at)
    recorded = draft_of(world.app.ledger.reader, begun.location.partition("=")[2]).follow_up
    assert world.app.ledger.reader.time_at(recorded.seq) <= recorded.at <= world.clock.now()
    assert staff.open(begun.location).status_code == 200
