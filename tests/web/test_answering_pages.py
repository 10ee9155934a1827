"""Answering in the conversation panel."""

from kit.world import ADA, BEN


def test_staff_reply_to_a_person_who_wrote(world, staff, provider):
    world.inbound("When do you open?")
    page = f"/conversations/{world.contact()}"
    assert "Answer +1 415 555 0101" in staff.read(page)
    staff.press(page, words="At nine.")
    assert "At nine." in staff.read(page)
    world.send()
    assert provider.sent[0].body == "At nine."


def test_staff_answer_from_a_campaigns_activity(world, staff):
    campaign_id = world.launch([ADA, BEN])
    page = f"/campaigns/{campaign_id}/activity/{world.contact()}"
    assert "Answer Ada Lovelace" in staff.read(page)
    answer = staff.press(f"/conversations/{world.contact()}", words="Hi", campaign_id=campaign_id)
    assert answer.location == page


def test_an_empty_answer_is_refused_and_a_long_one_kept_to_be_shortened(world, staff):
    world.launch()
    page = f"/conversations/{world.contact()}"
    assert "Write something first." in staff.press(page, words=" ").text
    kept = staff.press(page, words="a" * 1601)
    assert "may have 1,600" in kept.text
    assert "a" * 1601 in kept.text
    assert kept.status_code == 422


def test_a_conversation_with_an_opted_out_number_has_no_form(world, staff):
    world.inbound("STOP")
    assert "Answer" not in staff.read(f"/conversations/{world.contact()}")
