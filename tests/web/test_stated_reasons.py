"""The reason that staff may give for an act: on its page, in the audit trail, and elsewhere."""

import pytest

from kit.api import ApiClient, system_token
from kit.staff import Staff, words_of
from kit.world import ADA, World
from ledger.commands.campaigns import PauseCampaign
from ledger.commands.contacts import OptOut
from ledger.commands.repository import sending_switch
from ledger.commands.stated_reasons import LONGEST_STATED_REASON
from ledger.domain.vocabulary import Role
from ledger.errors import BadInput

WHY = "wrong date in the text"
WISH = "Her mother called at noon"


@pytest.mark.parametrize(
    ("act", "summary"),
    [
        ("pause", "Campaign paused"),
        ("close", "Campaign closed: no further attempts"),
        ("recall", "Campaign recalled: no further attempts, and Twilio was asked"),
        ("archive", "Campaign archived: every status stays as it is"),
    ],
)
def test_the_reason_of_an_act_is_in_the_audit_trail(world: World, staff: Staff, act, summary):
    campaign_id = world.launch()
    page = f"/campaigns/{campaign_id}/{act}"
    assert "Write no names and no numbers." in staff.read(page)
    staff.press(page, reason=f"  {WHY} ")
    assert world.last(campaign_id).event.stated_reason == WHY
    assert f"{summary}. Reason: “{WHY}”" in staff.read("/audit")


def test_a_paused_campaign_says_why(world: World, staff: Staff):
    campaign_id = world.launch()
    staff.press(f"/campaigns/{campaign_id}/pause", reason=WHY)
    page = f"/campaigns/{campaign_id}/overview"
    assert f"Paused by J. Ortiz at 09:00: “{WHY}”. 1 contact waits." in staff.read(page)
    assert f"Why it was paused: “{WHY}”" in staff.read(f"/campaigns/{campaign_id}/resume")
    staff.press(f"/campaigns/{campaign_id}/resume", reason="corrected")
    assert world.campaign(campaign_id).stated_reason == "corrected"


def test_a_reason_that_is_too_long_is_refused_and_changes_nothing(world: World, staff: Staff):
    campaign_id = world.launch()
    head = world.app.ledger.reader.head()
    long = "x" * (LONGEST_STATED_REASON + 1)
    with pytest.raises(BadInput, match=r"has 501 characters, and may have 500\. Shorten it\."):
        world.execute(PauseCampaign(campaign_id, "usr_1", stated_reason=long))
    assert staff.press(f"/campaigns/{campaign_id}/pause", reason=long).status_code == 422
    assert world.app.ledger.reader.head() == head


def test_an_act_without_a_reason_records_none(world: World, staff: Staff):
    campaign_id = world.launch()
    staff.press(f"/campaigns/{campaign_id}/pause", reason=" ")
    assert world.last(campaign_id).event.stated_reason is None
    assert "Reason:" not in staff.read("/audit")


def test_the_reason_of_an_opt_out_is_sealed_and_shown_to_staff(world: World, staff: Staff):
    page = f"/deliveries/{world.delivery(world.launch())}"
    staff.press(f"{page}/opt-out", reason=WISH)
    opted_out = world.last(world.contact())
    assert opted_out.event.private.reason == WISH
    assert WISH not in str(opted_out.row)
    assert WISH not in staff.read("/audit")
    assert f"Opted out by staff. Reason: “{WISH}”" in staff.read(page)
    assert f": “{WISH}”" in staff.read(f"/persons/{world.contact()}")
    assert WISH in staff.read(f"/audit/{opted_out.seq}")


def test_a_viewer_is_not_shown_the_reason_of_an_opt_out(world: World, staff: Staff):
    delivery_id = world.delivery(world.launch())
    staff.press(f"/deliveries/{delivery_id}/opt-out", reason=WISH)
    viewer = Staff(world, "V. Iyer", role=Role.VIEWER)
    pages = (f"/deliveries/{delivery_id}", f"/persons/{world.contact()}")
    assert not any(WISH in viewer.read(page) for page in pages)


def test_forgetting_a_person_destroys_the_reason_of_the_opt_out(world: World, staff: Staff):
    delivery_id = world.delivery(world.launch())
    staff.press(f"/deliveries/{delivery_id}/opt-out", reason=WISH)
    seq = world.last(world.contact()).seq
    world.forget()
    assert WISH not in staff.read(f"/audit/{seq}")


def test_the_reason_of_an_opt_in_is_kept(world: World, staff: Staff):
    delivery_id = world.delivery(world.launch())
    world.opt_out()
    answer = staff.press(f"/deliveries/{delivery_id}/opt-in", reason="She asked for it again")
    assert answer.status_code == 303, words_of(answer.text)
    assert world.last(world.contact()).event.private.reason == "She asked for it again"


def test_the_reason_is_copied_to_the_other_contacts_of_the_phone(world: World):
    world.launch(["+525512345678"])
    for phone in ("+5215512345678", "+525512345678"):
        world.inbound("hello", phone=phone, sid=f"SM{phone[1:]}")
    command = OptOut(world.contact("+525512345678"), "usr_1", "+525512345678", reason=WISH)
    world.execute(command)
    other = world.last(world.contact("+5215512345678"))
    assert other.topic == "ContactOptedOut"
    assert other.event.private.reason == WISH


def test_a_number_that_was_never_texted_is_opted_out_with_a_reason(world: World):
    world.execute(OptOut(world.contact(ADA), "usr_1", ADA, reason=WISH))
    assert world.last(world.contact(ADA)).event.private.reason == WISH


def test_a_stopped_launch_says_why(world: World, staff: Staff):
    campaign_id = world.launch(undo_seconds=30)
    bar = staff.open("/campaigns").text
    assert 'name="reason"' in bar
    assert "Write no names and no numbers." in bar
    staff.press(f"/campaigns/{campaign_id}/launch/stop", reason=f" {WHY} ")
    assert world.last(campaign_id).event.stated_reason == WHY
    summary = f"Launch stopped before its first text: nobody was texted. Reason: “{WHY}”"
    assert summary in staff.read("/audit")


def test_a_launch_is_stopped_without_a_reason_and_not_with_one_that_is_too_long(
    world: World, staff: Staff
):
    campaign_id = world.launch(undo_seconds=30)
    long = "x" * (LONGEST_STATED_REASON + 1)
    assert staff.press(f"/campaigns/{campaign_id}/launch/stop", reason=long).status_code == 422
    assert world.campaign(campaign_id).state == "sending"
    staff.press(f"/campaigns/{campaign_id}/launch/stop")
    assert world.last(campaign_id).event.stated_reason is None


def test_stopping_and_allowing_all_sending_say_why(world: World, staff: Staff):
    assert "Everybody who signs in reads it." in staff.read("/sending")
    staff.press("/sending", act="stop", reason=WHY)
    assert f"Staff stopped it: “{WHY}”." in staff.read("/sending")
    assert f"All sending stopped by staff. Reason: “{WHY}”" in staff.read("/audit")
    staff.press("/sending", act="allow", reason="corrected")
    assert "Sending allowed again. Reason: “corrected”" in staff.read("/audit")
    assert sending_switch(world.app.ledger.reader).stated_reason == "corrected"


def test_a_program_says_why_it_stops_all_sending(world: World, staff: Staff):
    api = ApiClient(staff.app, system_token(world))
    assert api.post("/sending/stop", {"reason": WHY}).json == {"off": True, "changed": True}
    assert api.get("/sending").json["stated_reason"] == WHY
    assert api.post("/sending/allow", {"reason": "corrected"}).status_code == 200
    assert api.get("/sending").json["stated_reason"] == "corrected"
    assert api.post("/sending/stop").status_code == 200
    long = {"reason": "x" * (LONGEST_STATED_REASON + 1)}
    assert api.post("/sending/allow", long).json["errors"][0]["pointer"] == "/reason"
