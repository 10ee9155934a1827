"""Consent on the pages: recorded on the contact page, shown there, and counted before a launch."""

import csv
import io
import re

import pytest

from kit.staff import Staff, words_of
from kit.world import ADA, BEN, World


@pytest.fixture
def strict(database_url, clock, provider):
    """A school that requires consent."""
    world = World.open(database_url, clock, provider, LEDGER_REQUIRE_CONSENT="on")
    yield world
    world.close()


def check(staff, contacts, **fields):
    """Press Check on the form of a new campaign."""
    token = re.findall(r'name="csrf_token" value="([^"]*)"', staff.open("/campaigns/new").text)[0]
    data = {
        "csrf_token": token,
        "step": "check",
        "name": "Spring fair",
        "message": "Hello",
        "first_wait": "300",
        "window": "none",
        "contacts": (io.BytesIO(contacts.encode()), "contacts.csv"),
        **fields,
    }
    return staff.client.post("/campaigns/new", data=data, content_type="multipart/form-data")


def test_staff_record_the_consent_on_the_contact_page(world):
    staff = Staff(world)
    path = f"/deliveries/{world.delivery(world.launch([ADA]))}"
    assert "Consent… Ada Lovelace" in staff.read(path)
    assert "Recorded until now Not recorded" in staff.read(f"{path}/consent")
    answer = staff.press(f"{path}/consent", source="Fall form", given_at="2025-08-15T08:00")
    assert (answer.status_code, answer.location) == (303, path)
    assert "Consent Fall form, given 15 Aug 2025, 08:00 UTC" in staff.read(path)
    event = world.last(world.contact()).event
    assert (event.actor, event.private.phone) == (staff.user_id, ADA)


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"source": "Form"}, "Say when the person gave consent."),
        ({"given_at": "2025-08-15T08:00"}, "Say how the person gave consent"),
        ({"source": "Form", "given_at": "2030-01-01T00:00"}, "in the future"),
        ({"source": "Form", "given_at": "lately"}, "is no time"),
    ],
)
def test_a_consent_that_is_not_complete_is_refused(world, fields, sentence):
    staff = Staff(world)
    path = f"/deliveries/{world.delivery(world.launch([ADA]))}/consent"
    answer = staff.press(path, **fields)
    assert answer.status_code == 422
    assert sentence in words_of(answer.text)
    assert world.topics(world.contact()) == []


def test_an_opted_out_contact_is_not_offered_the_form(world):
    staff = Staff(world)
    delivery_id = world.delivery(world.launch([ADA]))
    world.opt_out()
    assert "Consent…" not in staff.read(f"/deliveries/{delivery_id}")
    answer = staff.press(
        f"/deliveries/{delivery_id}/consent", source="Form", given_at="2025-08-15T08:00"
    )
    assert answer.status_code == 303
    assert "Opt it in first" in staff.read(f"/deliveries/{delivery_id}")


def test_without_a_consent_the_contact_page_says_so_only_where_it_is_required(world, strict):
    for each, is_said in ((world, False), (strict, True)):
        delivery_id = each.delivery(each.launch([ADA], name=f"Required: {is_said}"))
        assert ("Consent Not recorded" in Staff(each).read(f"/deliveries/{delivery_id}")) is is_said


def test_the_check_says_how_many_are_left_out_for_want_of_consent(strict):
    words = words_of(
        check(
            Staff(strict),
            f"phone,consent,consent_at\n{ADA},,\n{BEN},Form,2025-08-15\n4155550103,no,\n",
        ).text
    )
    assert (
        "2 contacts are left out: no consent is recorded, and LEDGER_REQUIRE_CONSENT is on."
        in words
    )


def test_the_check_says_nothing_of_consent_where_it_is_not_required(world):
    assert "consent" not in words_of(check(Staff(world), f"phone\n{ADA}\n").text)


def test_a_contact_without_consent_shows_why_it_was_not_texted(strict):
    staff = Staff(strict)
    page = check(staff, f"phone\n{ADA}\n").text
    form = re.findall(r"<form .*?</form>", page[page.index("<main") :], re.DOTALL)[0]
    tags = re.findall(r'<input type="hidden"[^>]*>', form)
    hidden = dict(re.findall(r'name="([^"]*)" value="([^"]*)"', "".join(tags)))
    staff.client.post("/campaigns/new", data=hidden | {"step": "launch"})
    strict.catch_up()
    (campaign,) = strict.app.status.campaigns()
    (row,) = strict.rows(campaign.campaign_id)
    assert row.failed_reason == "no_consent"
    words = staff.read(f"/deliveries/{row.delivery_id}")
    assert (
        "No consent of this person was recorded at the launch, so attempt 1 was withdrawn" in words
    )
    resend = staff.read(f"/campaigns/{campaign.campaign_id}/resend")
    assert "consent is required, and none is recorded" in resend


def test_a_reply_to_somebody_without_consent_who_did_not_write_is_refused(strict):
    staff = Staff(strict)
    strict.launch([ADA])
    strict.catch_up()
    path = f"/conversations/{strict.contact()}"
    answer = staff.press(path, words="We open at nine.", request="r1")
    assert answer.status_code == 409
    assert "No consent of this person is recorded" in answer.text
    strict.inbound("When do you open?")
    assert staff.press(path, words="We open at nine.", request="r2").status_code == 303


def test_the_csv_of_a_campaign_has_the_consent_safe_for_spreadsheets(world):
    staff = Staff(world)
    campaign_id = world.launch([ADA])
    path = f"/deliveries/{world.delivery(campaign_id)}/consent"
    staff.press(path, source="=Form()", given_at="2025-08-15T08:00")
    answer = staff.open(f"/campaigns/{campaign_id}/contacts.csv")
    (contact,) = csv.DictReader(io.StringIO(answer.text.removeprefix("\ufeff")))
    assert contact["consent_source"] == "'=Form()"
    assert contact["consent_given_at"] == "2025-08-15T08:00:00+00:00"


def test_the_audit_trail_shows_the_consent_without_the_words_in_its_list(world):
    staff = Staff(world)
    path = f"/deliveries/{world.delivery(world.launch([ADA]))}/consent"
    staff.press(path, source="Form of Ada's aunt", given_at="2025-08-15T08:00")
    words = staff.read("/audit")
    assert "Consent recorded, given 15 Aug 2025, 08:00 UTC" in words
    assert "aunt" not in words
    seq = world.last(world.contact()).seq
    assert "Form of Ada's aunt" in staff.read(f"/audit/{seq}")
