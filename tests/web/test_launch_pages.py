"""A new campaign: what the form refuses, what the check shows, and that a launch happens once."""

import re
from html import unescape

import pytest
from werkzeug.test import TestResponse

from kit.faults import commit_answers_lost
from kit.launch_form import FILE, NEW, check, press
from kit.staff import Staff, words_of
from kit.workbooks import xlsx
from kit.world import ADA, World
from ledger.commands import drafts
from ledger.commands import launch as launching
from ledger.commands.drafts import DraftOrder
from ledger.commands.launch import FinishLaunch
from ledger.domain.vocabulary import LineType, Reason
from ledger.errors import ProviderError, StoreUnavailable
from webapp.pages.uploads import LARGEST_FILE, ContactFile

BAD_FILE = b"First name,Phone\nAda,415 555 0101\nBen,12\nAda again,+14155550101\n"


def test_a_checked_campaign_shows_whom_it_texts_and_what(staff):
    words = words_of(check(staff).text)
    assert "2 Contacts will be texted, from class 4b.csv" in words
    assert "2 Segments will be billed" in words
    assert "Hello Ada Ada · 9 characters · 1 segment (GSM-7, 160 characters each)" in words
    assert "Launch to 2 contacts" in words
    assert "tried again after 1 minute; each further wait is twice as long, up to 6 hours" in words


def test_a_check_names_the_countries_of_numbers_abroad(staff):
    words = words_of(check(staff, FILE + b"Cleo,+3235550123\n").text)
    assert "1 number is outside the school's country, United States: 1 in Belgium." in words
    assert "Other countries" not in words_of(check(staff).text)


def test_nothing_is_launched_by_a_check(staff, world):
    check(staff)
    assert "No campaigns yet" in staff.read("/campaigns")
    assert world.app.ledger.reader.head() == 0


def test_a_launch_needs_neither_file_nor_words_again(staff, world):
    answer = press(staff, check(staff), "launch")
    assert answer.status_code == 303
    words = staff.read(answer.location)
    assert "Launched to 2 contacts." in words
    assert "by J. Ortiz" in words
    campaign_id = answer.location.rpartition("/")[2]
    assert [row.phone for row in world.rows(campaign_id)] == [ADA, "+14155550102"]


def test_the_settings_of_the_form_are_those_of_the_campaign(staff, world):
    answer = press(staff, check(staff, attempt_limit="4"), "launch")
    policy = world.last(answer.location.rpartition("/")[2]).event.policy
    assert (policy.first_wait_seconds, policy.attempt_limit) == (60, 4)


def test_a_double_click_launches_once(staff, world):
    page = check(staff)
    first, second = press(staff, page, "launch"), press(staff, page, "launch")
    assert first.location == second.location
    assert len(world.app.status.campaigns()) == 1


def test_a_campaign_that_the_views_lack_has_a_page_at_once(staff, world, monkeypatch):
    page = check(staff)
    monkeypatch.setattr(world.app.views, "catch_up", lambda **_budget: 3)
    words = staff.read(press(staff, page, "launch").location)
    assert "Launched to 2 contacts." in words
    assert "is being prepared It is launched, with 2 contacts." in words


def test_a_second_click_completes_what_the_first_began(staff, world, monkeypatch):
    page = check(staff)

    def decide(_finish, _work):
        raise StoreUnavailable("gone")

    with monkeypatch.context() as going:
        going.setattr(FinishLaunch, "decide", decide)
        assert press(staff, page, "launch").status_code == 503
    assert world.app.status.campaigns() == []
    answer = press(staff, page, "launch")
    assert len(world.rows(answer.location.rpartition("/")[2])) == 2


AGAIN = "“Spring fair” was launched 12 minutes ago with the same text and contacts."


def test_the_check_says_that_the_same_was_launched_a_short_while_ago(staff, clock):
    press(staff, check(staff), "launch")
    clock.advance(minutes=12)
    words = words_of(check(staff).text)
    assert f"Launched before. {AGAIN}" in words
    assert "Launch it again: everybody who got the text gets it once more" in words


def test_the_same_is_launched_again_only_where_staff_say_so(staff, world, clock):
    press(staff, check(staff), "launch")
    clock.advance(minutes=12)
    page = check(staff)
    answer = press(staff, page, "launch", again="")
    assert (answer.status_code, len(world.app.status.campaigns())) == (409, 1)
    assert AGAIN in words_of(answer.text)
    answer = press(staff, answer, "launch", again="y")
    assert answer.status_code == 303
    assert len(world.app.status.campaigns()) == 2


def test_another_text_or_another_hour_is_launched_without_a_question(staff, world, clock):
    press(staff, check(staff), "launch")
    assert "Launched before" not in check(staff, message="Dear {{first_name}}").text
    clock.advance(hours=1, seconds=1)
    page = check(staff)
    assert "Launched before" not in page.text
    press(staff, page, "launch")
    assert len(world.app.status.campaigns()) == 2


def test_a_lost_answer_is_not_called_unwritten_on_the_page(staff, world, monkeypatch):
    monkeypatch.setattr(launching, "_WAITS_SECONDS", ())
    page = check(staff)
    with commit_answers_lost(99):
        answer = press(staff, page, "launch")
    words = words_of(answer.text)
    assert answer.status_code == 503
    assert "The campaign was not launched, and nobody is texted." in words


def test_an_act_whose_answer_is_lost_is_looked_at_before_it_is_repeated(staff):
    with commit_answers_lost(1):
        answer = staff.press("/sending", act="stop")
    words = words_of(answer.text)
    assert answer.status_code == 503
    assert "it is not known whether it was written" in words
    assert "look at how things stand now" in words
    assert "Sending is off" in staff.read("/sending")


def test_change_brings_everything_back_with_the_file(staff):
    form = press(staff, check(staff, attempt_limit="4"), "change")
    assert form.status_code == 200
    assert 'value="Spring fair"' in form.text
    assert "Hello {{first_name}}" in form.text
    assert "Chosen: class 4b.csv" in words_of(form.text)
    assert "Hello Ada" in words_of(form.text)
    assert press(staff, form, "check").status_code == 200


def test_bad_rows_are_named_by_line_and_reason(staff):
    answer = check(staff, BAD_FILE)
    words = words_of(answer.text)
    assert answer.status_code == 422
    assert "1 row of the file cannot be texted." in words
    assert "1 row cannot be texted 1 is ready Line 3 Ben The number is too short: 12." in words


def test_a_bad_row_is_mended_on_the_page(staff, world):
    form = press(staff, check(staff, BAD_FILE), "mend", **{"mended-3": "415 555 0102"})
    words = words_of(form.text)
    assert "Every row can be texted 2 are ready Line 3 Corrected: 415 555 0102" in words
    answer = press(staff, press(staff, form, "check"), "launch")
    phones = [row.phone for row in world.rows(answer.location.rpartition("/")[2])]
    assert phones == [ADA, "+14155550102"]


def test_mended_numbers_are_not_those_of_another_file(staff):
    answer = check(staff, BAD_FILE, **{"mended-3": "415 555 0102"})
    assert "Line 3 Ben The number is too short: 12." in words_of(answer.text)


def test_the_form_shows_the_columns_and_the_text_of_any_contact(staff):
    file = b"Student ID,First name,Phone\nS-1,Ada,4155550101\nS-2,Ben,4155550102\n"
    form = check(staff, file, step="row-2")
    words = words_of(form.text)
    assert "Texts go to the numbers in Phone." in words
    assert "To Ben Preview Hello Ben" in words
    assert "Contact 2 of 2" in words
    selected = re.findall(r'name="column-0".*?<option value="(\w+)" selected', form.text)
    assert selected == ["student"]


def test_staff_choose_which_column_has_ids_of_the_school(staff, world):
    file = b"Key,First name,Phone\nS-1,Ada,4155550101\n"
    form = check(staff, file, step="read")
    page = press(staff, form, "check", **{"column-0": "household", "column-1": ""})
    press(staff, page, "launch")
    (recorded,) = world.app.ledger.reader.events(topics=("ContactFileRecorded",))
    assert recorded.event.id_columns == {"household": (0,)}


def test_an_earlier_message_can_be_taken(staff, world):
    campaign_id = world.launch([ADA], message="Hello again {{first_name}}")
    form = check(staff, None, step=f"message-of-{campaign_id}")
    assert "Hello again {{first_name}}</textarea>" in form.text


def test_the_example_file_can_be_launched(staff):
    file = staff.open("/campaigns/new/example.csv").data
    words = words_of(check(staff, file).text)
    assert "2 Contacts will be texted" in words
    assert "1 Contact with the number of an earlier row: one text for both" in words


def test_after_a_refusal_the_file_need_not_be_chosen_again(staff):
    answer = press(staff, check(staff, BAD_FILE), "check", skip_bad="y")
    words = words_of(answer.text)
    assert answer.status_code == 200
    assert "1 Contact will be texted" in words
    assert "1 Bad row left out; they are listed below" in words
    assert "Line 3: Ben, “12”: the number is too short" in words
    assert "1 Contact with the number of an earlier row: one text for both" in words
    assert "Line 4: Ada again, “+14155550101”: same number as line 2; one text for both" in words


def test_only_some_of_many_bad_rows_are_named(staff):
    rows = b"".join(b"Ben,%d\n" % number for number in range(60))
    answer = check(staff, b"First name,Phone\nAda,415 555 0101\n" + rows)
    assert "And 10 more." in words_of(answer.text)
    answer = press(staff, answer, "check", skip_bad="y")
    assert "and 50 more" in words_of(answer.text)


@pytest.mark.parametrize(
    ("fields", "anchor", "told"),
    [
        ({"name": " "}, "name", "The campaign has no name"),
        ({"name": 201 * "x"}, "name", "longer than 200 characters"),
        ({"message": ""}, "message", "The message is empty."),
        ({"message": "Hi {{first_name"}, "message", "{{ without }}"),
        ({"message": "Hi {{nick}}"}, "contacts", "no column for {{nick}}"),
        ({"message": 1601 * "x"}, "message", "the limit is 1,600"),
        ({"first_wait": "soon"}, "first_wait", "Write a whole number."),
        ({"first_wait": ""}, "first_wait", "Write a whole number."),
        ({"first_wait": "21601"}, "first_wait", "give a number from 0 to 21600"),
        ({"attempt_limit": "0"}, "attempt_limit", "Write a number from 1 to 10,000."),
        ({"attempt_limit": 30 * "9"}, "attempt_limit", "Write a number from 1 to 10,000."),
    ],
)
def test_a_wrong_field_has_its_error_beside_it_and_keeps_the_form(staff, fields, anchor, told):
    answer = check(staff, **fields)
    assert answer.status_code == 422
    assert f'<a href="#{anchor}">' in answer.text
    assert words_of(answer.text).count(told) >= 2
    assert "Chosen: class 4b.csv" in words_of(answer.text)


@pytest.mark.parametrize(
    ("file", "told"),
    [
        (None, "Choose the file of contacts."),
        (b"", "The file is empty."),
        (b"First name,Phone\n", "no contacts below it"),
        (b"PK\x03\x04spreadsheet", "This workbook cannot be read"),
        (b"Who,Where\nAda,Paris\n", 'The file has no column "phone"'),
        (b"First name,Phone\nBen,12\n", "No row of the file can be texted."),
    ],
)
def test_a_wrong_contact_file_is_refused(staff, file, told):
    answer = check(staff, file)
    assert answer.status_code == 422
    assert told in words_of(answer.text)


@pytest.mark.parametrize("kept", ["nonsense", "AAAA", "eJw="])
def test_a_kept_file_that_came_back_broken_is_refused(staff, kept):
    answer = check(staff, None, kept_file=kept, kept_name="x.csv")
    assert answer.status_code == 422
    assert "Choose it again." in words_of(answer.text)


def test_a_kept_file_cannot_unpack_beyond_the_limit(staff):
    swollen = ContactFile("x.csv", bytes(LARGEST_FILE + 1)).packed
    answer = check(staff, None, kept_file=swollen, kept_name="x.csv")
    assert answer.status_code == 422
    assert "larger than 32 MB" in words_of(answer.text)


def test_a_file_with_any_bytes_comes_back_as_it_was(staff, world):
    file = '\ufeffFirst name;Phone;Note\r\nZoë;415 555 0101;"two\nlines"\r\n'.encode()
    answer = press(staff, check(staff, file, message="{{first_name}}: {{note}}"), "launch")
    (row,) = world.rows(answer.location.rpartition("/")[2])
    assert world.conversation()[0].body == "Zoë: two lines"
    assert row.name == "Zoë"


def test_the_preview_merges_counts_and_warns(staff):
    words = preview(staff, "Hi {{first_name}}, “form” due")
    assert "Hi {{first_name}}, “form” due" in words
    assert "1 segment (UCS-2, 70 characters each)" in words
    assert "Costly characters: “”" in words
    assert "Counted with the names of the fields" in words


def test_the_preview_merges_the_first_contact_of_a_checked_file(staff):
    assert "Hi Ada" in preview(staff, "Hi {{first_name}}", sample='{"first_name": "Ada"}')


@pytest.mark.parametrize("sample", ["[]", '{"first_name": 3}', "{", "null"])
def test_the_preview_ignores_an_invalid_contact(staff, sample):
    assert "Hi {{first_name}}" in preview(staff, "Hi {{first_name}}", sample=sample)


@pytest.mark.parametrize(("message", "told"), [("", "Write a message"), ("{{a", "{{ without }}")])
def test_the_preview_says_what_is_wrong(staff, message, told):
    assert told in preview(staff, message)


def preview(staff: Staff, message: str, **fields: str) -> str:
    form = staff.open(NEW).text
    token = re.findall(r'name="csrf_token" value="([^"]+)"', form)[0]
    data = {"csrf_token": token, "message": message, **fields}
    return words_of(staff.client.post(f"{NEW}/preview", data=data).text)


def test_a_draft_that_was_discarded_meanwhile_is_refused_in_words(staff, world):
    order = DraftOrder(name="Fair", message="Hello")
    draft_id = drafts.save_draft(world.app.ledger, order, "usr_1")
    page = check(staff, draft_id=draft_id)
    world.execute(drafts.DiscardDraft(draft_id, "usr_1"))
    answer = press(staff, page, "launch")
    assert "launched or discarded already" in staff.read(answer.location)
    assert world.app.status.campaigns() == []


def refused(answer: TestResponse, field: str) -> str:
    """The error beside a field of the form."""
    assert answer.status_code == 422
    found = re.findall(rf'id="{field}-error">(?:<span.*?</span>)?(.*?)</p>', answer.text)
    assert len(found) == 1, found
    return unescape(found[0])


PAST = (
    "The start has passed: it was read as 1 Mar 2026, 08:00 in UTC. Correct it. To text at once, "
    "leave the start out."
)


@pytest.mark.parametrize("step", ["check", "save"])
def test_a_start_in_the_past_is_refused_beside_its_field(staff, world, step):
    answer = check(staff, start="2026-03-01T08:00", step=step)
    assert refused(answer, "start") == PAST
    assert world.app.ledger.reader.head() == 0


def test_a_start_that_passes_before_launch_is_pressed_is_refused(staff, world, clock):
    page = check(staff, start="2026-03-02T09:30")
    clock.advance(hours=1)
    assert refused(press(staff, page, "launch"), "start").startswith("The start has passed")
    assert world.app.ledger.reader.head() == 0


def test_a_second_click_after_the_start_launches_nothing_and_shows_the_campaign(staff, clock):
    page = check(staff, start="2026-03-02T09:30")
    first = press(staff, page, "launch")
    clock.advance(hours=1)
    second = press(staff, page, "launch")
    assert (second.status_code, second.location) == (303, first.location)


def test_a_start_of_this_minute_is_taken(staff, clock):
    page = check(staff, start="2026-03-02T09:00")
    clock.advance(minutes=2)
    assert press(staff, page, "launch").status_code == 303


@pytest.mark.parametrize(
    ("field", "fields"),
    [
        ("window", {"window": "08:00-08:01"}),
        ("send_before", {"send_before": "2026-03-02T09:01"}),
        ("send_before", {"start": "2026-03-02T10:00", "send_before": "2026-03-02T10:01"}),
        ("send_before", {"window": "08:00-08:30", "send_before": "2026-03-02T12:00"}),
        ("start", {"start": "2028-03-02T10:00"}),
        ("start", {"start": "0026-03-02T10:00"}),
    ],
)
def test_times_in_which_nothing_can_be_sent_are_refused_beside_their_field(staff, field, fields):
    assert refused(check(staff, **fields), field)


def test_the_check_says_for_how_many_contacts_it_will_be_too_late(staff):
    file = b"First name,Phone\nAda,415 555 0101\nBen,212 555 0102\n"
    page = check(staff, file, window="08:00-21:00", send_before="2026-03-02T15:00")
    assert (
        "1 contact will not be texted: the hours come in its time zone only when it is too late."
    ) in words_of(page.text)


def test_an_urgent_campaign_is_checked_and_launched(staff, world):
    page = check(staff, urgent="y", window="08:00-21:00")
    words = words_of(page.text)
    assert "All go out at any hour, and before those of other campaigns." in words
    assert "From the launch on, at any hour and before other campaigns." in words
    answer = press(staff, page, "launch")
    assert world.last(answer.location.rpartition("/")[2]).event.is_urgent


def test_a_saved_draft_brings_its_urgency_back(staff, world):
    check(staff, urgent="y", step="save")
    world.catch_up()
    (draft,) = world.app.drafts.all()
    assert re.search(
        r'<input [^>]*checked[^>]* name="urgent"', staff.open(f"{NEW}?draft={draft.draft_id}").text
    )


BEN = "+14155550102"


@pytest.fixture
def landlines(provider):
    provider.line_types = {BEN: LineType.LANDLINE}
    return provider


def test_the_check_says_what_a_look_up_costs_and_asks_nobody(staff, provider):
    words = words_of(check(staff, look_up="y").text)
    assert (
        "Landlines: Twilio is asked for the line type of 2 numbers. "
        "That happens when you press Launch; landlines are then left out."
    ) in words
    assert provider.looked_up == []
    assert "Landlines:" not in words_of(check(staff).text)


def test_a_launch_with_a_look_up_leaves_landlines_out(staff, world, landlines):
    answer = press(staff, check(staff, look_up="y"), "launch")
    words = staff.read(answer.location)
    assert "Launched to 2 contacts." in words
    assert "1 number is a landline, which gets no texts: it is left out." in words
    assert "Landline This number is a landline, which gets no texts." in words
    campaign_id = answer.location.rpartition("/")[2]
    assert [row.failed_reason for row in world.rows(campaign_id)] == [None, Reason.LANDLINE]


def test_a_launch_without_a_look_up_asks_nobody(staff, world, landlines):
    answer = press(staff, check(staff), "launch")
    assert landlines.looked_up == []
    rows = world.rows(answer.location.rpartition("/")[2])
    assert [row.failed_reason for row in rows] == [None, None]


def test_a_second_click_looks_nobody_up_twice(staff, landlines):
    page = check(staff, look_up="y")
    first, second = press(staff, page, "launch"), press(staff, page, "launch")
    assert first.location == second.location
    assert sorted(landlines.looked_up) == [ADA, BEN]


def test_a_long_look_up_goes_in_parts_and_texts_nobody_before(staff, world, landlines, monkeypatch):
    monkeypatch.setattr("webapp.pages.launching._LOOK_UP_SECONDS", 0)
    file = b"Phone\n" + b"".join(b"41555501%02d\n" % number for number in range(40))
    page = press(staff, check(staff, file, look_up="y", message="Hi"), "launch")
    assert page.status_code == 200
    words = words_of(page.text)
    assert (
        "32 of 40 numbers were looked up; nobody was texted yet. Press Launch again to look up the "
        "next ones."
    ) in words
    assert "Twilio is asked for the line type of 8 numbers. 32 numbers are known" in words
    assert world.app.status.campaigns() == []
    answer = press(staff, page, "launch")
    assert "Launched to 40 contacts." in staff.read(answer.location)
    assert len(landlines.looked_up) == len(set(landlines.looked_up)) == 40


def test_where_twilio_does_not_answer_staff_try_again_or_launch_without(
    staff, world, landlines, monkeypatch
):
    monkeypatch.setattr("webapp.pages.launching._LOOK_UP_SECONDS", 0)
    landlines.line_types = dict.fromkeys([ADA, BEN], ProviderError("The fake does not answer."))
    page = press(staff, check(staff, look_up="y"), "launch")
    words = words_of(page.text)
    assert "Twilio did not answer in time: none of 2 numbers was looked up, and nobody was" in words
    assert world.app.status.campaigns() == []
    landlines.line_types = {ADA: LineType.LANDLINE, BEN: landlines.line_types[BEN]}
    page = press(staff, page, "launch")
    assert "1 of 2 numbers were looked up; nobody was texted yet." in words_of(page.text)
    assert "Launch without looking up the rest" in words_of(page.text)
    words = staff.read(press(staff, page, "launch-without-look-up").location)
    assert "1 number is a landline, which gets no texts: it is left out." in words
    assert "1 number could not be looked up: it is texted as usual." in words


def test_where_all_line_types_are_known_twilio_is_asked_nothing(staff, landlines):
    press(staff, check(staff, look_up="y"), "launch")
    words = words_of(check(staff, look_up="y", name="Autumn fair").text)
    assert "Twilio is asked nothing: all line types are known from the last 180 days." in words


def test_a_start_that_passes_before_launch_is_pressed_costs_no_look_up(staff, clock, provider):
    page = check(staff, look_up="y", start="2026-03-02T09:05")
    clock.advance(minutes=10)
    assert press(staff, page, "launch").status_code == 422
    assert provider.looked_up == []


def test_a_look_up_without_an_account_is_refused_beside_its_field(world, clock, provider):
    bare = World.open(world.url, clock, provider, TWILIO_AUTH_TOKEN="")
    page = check(Staff(bare), look_up="y")
    assert page.status_code == 422
    assert "To send texts, set TWILIO_AUTH_TOKEN." in words_of(page.text)
    bare.close()


def test_change_keeps_the_choice_of_a_look_up(staff):
    page = press(staff, check(staff, look_up="y"), "change")
    assert re.search(r'<input [^>]*checked[^>]* name="look_up"', page.text)


PARENTS = b"First name,Mother Cell,Father Cell\nAda,415 555 0101,415 555 0102\n"


def test_the_check_names_the_column_that_is_texted(staff):
    assert "Texts go to the column “Phone”." in words_of(check(staff).text)


def test_staff_choose_among_the_columns_of_a_file(staff, world):
    form = check(staff, PARENTS)
    assert form.status_code == 422
    assert '<a href="#phone_column">' in form.text
    assert "Several columns have phone numbers: “Mother Cell”, “Father Cell”." in form.text
    columns = form.text.partition('id="phone_column"')[2].partition("</select>")[0]
    assert re.findall(r'<option [^>]*value="([^"]*)"', columns) == [
        "",
        "First name",
        "Mother Cell",
        "Father Cell",
    ]
    page = press(staff, form, "check", phone_column="Father Cell")
    assert "Texts go to the column “Father Cell”." in words_of(page.text)
    answer = press(staff, page, "launch")
    assert [row.phone for row in world.rows(answer.location.rpartition("/")[2])] == ["+14155550102"]


def test_change_keeps_the_chosen_column(staff):
    page = check(staff, PARENTS, phone_column="Father Cell")
    form = press(staff, page, "change")
    assert '<option selected value="Father Cell">' in form.text


def test_before_a_file_is_chosen_there_is_no_column_to_choose(staff):
    assert "Column of the numbers" not in staff.read(NEW)


def test_the_check_says_what_a_recipient_would_notice(staff):
    file = "First name,Phone\n,415 555 0101\nBe\u200bn,415 555 0102\n".encode()
    words = words_of(check(staff, file).text)
    assert (
        "{{first_name}} is blank for 1 contact. To send a word in its place, "
        "write {{first_name|there}}."
    ) in words
    assert (
        "first_name has an invisible character for 1 contact: zero width space (U+200B). "
        "It is left out."
    ) in words


def test_an_invisible_costly_character_is_joined(staff):
    assert "zero width space (U+200B) in the text of 2 contacts" in words_of(
        check(staff, message="Hello\u200b").text
    )


def test_costly_characters_that_cost_nothing_more_are_said_to(staff):
    words = words_of(check(staff, message="Hello “you”").text)
    assert (
        "With these, a segment holds 70 characters and not 160. The texts are so short that they "
        "take as many segments without them."
    ) in words


def test_what_costly_characters_cost_is_said(staff):
    words = words_of(check(staff, message="“" + "x" * 100).text)
    assert "Without them all texts together would take 2 segments, not 4." in words


def test_a_workbook_is_checked_and_launched(staff, world):
    file = xlsx({"S": [["First name", "Phone"], ["Ada", 4155550101.0]]})
    page = check(staff, file)
    assert "Hello Ada" in words_of(page.text)
    assert press(staff, page, "launch").status_code == 303
    assert world.conversation()[0].body == "Hello Ada"


@pytest.mark.parametrize("name", ["mended-", "column-"])
def test_a_line_or_column_that_no_file_has_is_left_out(staff, name):
    form = check(staff, BAD_FILE)
    answer = press(staff, form, "check", **{name + "9" * 5000: "student"})
    assert "1 Contact will be texted" in words_of(answer.text)


def test_a_form_that_is_sent_twice_saves_one_draft(staff, world):
    sent = re.search(r'name="draft_request" value="([^"]+)"', staff.open(NEW).text)[1]
    for message in ("Hello", "Hello again"):
        fields = {"name": "Fair", "message": message, "first_wait": "60", "step": "save"}
        assert staff.press(NEW, **fields, draft_request=sent).status_code == 303
    world.catch_up()
    (row,) = world.app.drafts.all()
    assert drafts.draft_of(world.app.ledger.reader, row.draft_id).text.message == "Hello again"


def test_a_draft_that_cannot_be_saved_keeps_the_file_on_the_page(staff):
    answer = press(staff, check(staff, BAD_FILE), "save", name=" ")
    assert answer.status_code == 422
    assert 'name="kept_file"' in answer.text
