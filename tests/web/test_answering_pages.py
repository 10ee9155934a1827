"""Answering in the conversation panel."""

from kit.staff import form_token, words_of
from kit.world import ADA, BEN


def test_staff_reply_to_a_person_who_wrote(world, staff, provider):
    world.inbound("When do you open?")
    page = f"/conversations/{world.contact()}"
    assert "Reply to +1 415 555 0101" in staff.read(page)
    staff.press(page, words="At nine.")
    assert "At nine." in staff.read(page)
    world.send()
    assert provider.sent[0].body == "At nine."


def test_staff_answer_from_a_campaigns_activity(world, staff):
    campaign_id = world.launch([ADA, BEN])
    page = f"/campaigns/{campaign_id}/activity/{world.contact()}"
    assert "Reply to Ada Lovelace" in staff.read(page)
    answer = staff.press(f"/conversations/{world.contact()}", words="Hi", campaign_id=campaign_id)
    assert answer.location == f"{page}#words"


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
    words = staff.read(f"/conversations/{world.contact()}")
    assert "Reply to" not in words
    assert "This number opted out today by text. Nothing can be sent to it." in words


def test_a_reply_that_an_opt_out_overtook_stays_in_the_box(world, staff):
    world.inbound("When do you open?")
    page = f"/conversations/{world.contact()}"
    token = staff.open(page).text
    world.inbound("STOP", sid="SM2")
    fields = {"words": "At nine.", "request": "r1", "csrf_token": form_token(token)}
    answer = staff.client.post(page, data=fields)
    assert answer.status_code == 409
    assert "Not sent. This number opted out today by text." in words_of(answer.text)
    assert ">At nine.</textarea>" in answer.text


def test_the_box_counts_segments(world, staff):
    world.launch()
    page = f"/conversations/{world.contact()}"
    token = form_token(staff.open(page).text)
    counted = staff.client.post(f"{page}/segments", data={"words": "Hi", "csrf_token": token})
    assert counted.text == "1 segment, 158 left"
