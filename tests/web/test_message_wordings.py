"""A campaign in two wordings: the form, the check, each text, and every page that shows one."""

import pytest

from kit.launch_form import NEW, check, press
from kit.provider import FakeProvider
from kit.staff import Staff, form_token, words_of
from kit.world import ADA, BEN, World
from ledger.commands import drafts
from ledger.commands.repository import draft_of
from ledger.domain.events import MessageVariants

FILE = (
    b"First name,Phone,Language\nAda,415 555 0101,ES\nBen,(415) 555-0102,en\nCleo,415 555 0103,\n"
)
SPANISH = {
    "message_column": "Language",
    "wording-value-0": "es",
    "wording-text-0": "Hola {{first_name}}. Responda STOP.",
}
VARIANTS = MessageVariants(column="language", messages={"es": SPANISH["wording-text-0"]})


@pytest.mark.both_databases
def test_a_campaign_in_two_wordings_goes_the_whole_way(
    staff: Staff, world: World, provider: FakeProvider
):
    page = check(staff, FILE, **SPANISH)
    words = words_of(page.text)
    assert "1 contact gets the wording for “es”." in words
    assert (
        "2 contacts get the message itself, as no wording is for their value of language: "
        "“en” (1), blank (1)."
    ) in words
    assert "The message does not say how to opt out." in words
    assert "es 1 1 Says how" in words
    assert "All others 2 2 Does not say how" in words
    assert "To Ada Preview This contact gets the wording for “es”. Hola Ada." in words
    ben = press(staff, page, "check-row-2")
    assert "To Ben Preview This contact gets the message itself. Hello Ben" in words_of(ben.text)

    assert 'name="wording-text-0"' in press(staff, ben, "change").text

    campaign_id = press(staff, ben, "launch").location.rpartition("/")[2]
    world.send()
    assert [text.body for text in provider.texts_sent_to(ADA)] == ["Hola Ada. Responda STOP."]
    assert [text.body for text in provider.texts_sent_to(BEN)] == ["Hello Ben"]
    ada = world.delivery(campaign_id)
    world.callback(ada, status="undelivered", code="30007")
    world.resend_to(campaign_id, [ada])
    world.send()
    assert [text.body for text in provider.texts_sent_to(ADA)] == 2 * ["Hola Ada. Responda STOP."]

    world.catch_up()
    bodies = [world.conversation(phone)[0].body for phone in (ADA, BEN)]
    assert bodies == ["Hola Ada. Responda STOP.", "Hello Ben"]
    assert "Hola Ada. Responda STOP." in staff.read(f"/conversations/{world.contact()}")
    report = staff.open(f"/campaigns/{campaign_id}/report.csv").text
    assert "Ada,415 555 0101,ES" in report
    world.app.views.rebuild()
    assert [world.conversation(phone)[0].body for phone in (ADA, BEN)] == bodies


def test_the_same_launch_with_another_wording_is_another_order(staff: Staff):
    page = check(staff, FILE, **SPANISH)
    assert press(staff, page, "launch").status_code == 303
    again = press(staff, page, "launch")
    assert again.status_code == 303
    changed = press(staff, page, "launch", **{"wording-text-0": "Oye"})
    assert changed.location == "/campaigns"
    assert "name" in staff.read("/campaigns")


def test_wordings_are_added_and_removed_without_a_script(staff: Staff):
    form = staff.press(NEW, name="Fair", message="Hello", step="add-wording")
    assert 'name="wording-text-0"' in form.text
    more = staff.press(NEW, name="Fair", message="Hello", step="add-wording", **SPANISH)
    assert 'name="wording-text-1"' in more.text
    less = staff.press(NEW, name="Fair", message="Hello", step="remove-wording-0", **SPANISH)
    assert 'name="wording-text-0"' not in less.text


def test_a_wording_that_cannot_be_sent_is_refused_beside_its_column(staff: Staff):
    page = check(staff, FILE, **SPANISH | {"message_column": ""})
    assert page.status_code == 422
    assert "Name the column of the file that says who gets which wording." in words_of(page.text)
    page = check(staff, FILE, **SPANISH | {"wording-text-0": "Hola {{"})
    assert "The wording for “es”: The message has {{ without }} after it." in words_of(page.text)


def test_the_preview_shows_the_wording_of_the_contact(staff: Staff):
    sample = {"message": "Hello", "sample": '{"language": "es", "first_name": "Ada"}'}
    token = {"csrf_token": form_token(staff.open(NEW).text)}
    preview = staff.client.post("/campaigns/new/preview", data=sample | SPANISH | token).text
    assert "Hola Ada. Responda STOP." in preview


def test_a_draft_keeps_its_wordings(staff: Staff, world: World):
    staff.press(NEW, name="Fair", message="Hello", first_wait="60", step="save", **SPANISH)
    (row,) = (world.catch_up(), world.app.drafts.all())[1]
    draft = draft_of(world.app.ledger.reader, row.draft_id)
    assert draft.text
    assert draft.text.variants == VARIANTS
    form = staff.open(f"{NEW}?draft={row.draft_id}").text
    assert "Hola {{first_name}}. Responda STOP." in form


def test_an_earlier_message_is_taken_with_its_wordings(staff: Staff, world: World):
    launched = press(staff, check(staff, FILE, **SPANISH), "launch").location
    campaign_id = launched.rpartition("/")[2]
    world.catch_up()
    form = staff.press(NEW, name="Fair", step=f"message-of-{campaign_id}").text
    assert "Hola {{first_name}}. Responda STOP." in form
    order = drafts.clone(world.app.ledger.reader, campaign_id)
    assert order.variants == VARIANTS


def test_the_preview_compares_a_value_as_the_check_does(staff: Staff):
    sample = {"message": "Hello", "sample": '{"language": "Espa\u00f1ol"}'}
    wording = SPANISH | {"wording-value-0": "espan\u0303ol"}
    token = {"csrf_token": form_token(staff.open(NEW).text)}
    preview = staff.client.post("/campaigns/new/preview", data=sample | wording | token).text
    assert "Hola" in preview
