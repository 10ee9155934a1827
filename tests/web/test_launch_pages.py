"""A new campaign in two steps: the form, the page that checks it, and the launch."""

import io
import re
from html import unescape

import pytest
from kit.staff import Staff, words_of
from kit.world import ADA, World
from werkzeug.test import TestResponse

NEW = "/campaigns/new"
FILE = "first_name,phone\nAda,+14155550101\nBen,+14155550102\n"
BAD_FILE = FILE + "Twin,(415) 555-0101\n" + "".join(f"Bad {n},99\n" for n in range(12))


@pytest.fixture
def staff(world: World) -> Staff:
    return Staff(world)


def check(staff: Staff, file: str | None = FILE, **fields: str) -> TestResponse:
    """Press Check on the form with this file."""
    given = {
        "name": "Picnic",
        "message": "Hi {{first_name}}, see you",
        "first_wait": "300",
        "attempt_limit": "",
        "step": "check",
        **fields,
    }
    upload = {} if file is None else {"contacts": (io.BytesIO(file.encode()), "picnic.csv")}
    return staff.press(NEW, **given, **upload)


def hidden_fields(page: str) -> dict[str, str]:
    """What a page carries on to its next step."""
    tags = re.findall(r'<input [^>]*type="hidden"[^>]*>', page.partition('class="form"')[2])
    found = [dict(re.findall(r'(\w+)="([^"]*)"', tag)) for tag in tags]
    return {each["name"]: unescape(each["value"]) for each in found}


def go_on(staff: Staff, page: str, step: str, **fields: str) -> TestResponse:
    """Press a button of the page that checks."""
    return staff.client.post(NEW, data=hidden_fields(page) | {"step": step} | fields)


# The check.


def test_the_check_counts_contacts_and_segments_and_launches_nothing(world, staff):
    words = words_of(check(staff).text)
    assert "2 Contacts will be texted, from picnic.csv" in words
    assert "2 Segments" in words
    assert "Launch to 2 contacts" in words
    world.catch_up()
    assert world.app.status.campaigns() == []


def test_the_check_shows_the_text_of_the_first_contact(staff):
    words = words_of(check(staff).text)
    assert "Hi Ada, see you Ada · 15 characters · 1 segment (GSM-7" in words


def test_the_check_lists_ten_bad_rows_and_counts_the_rest(staff):
    words = words_of(check(staff, BAD_FILE, skip_bad="y").text)
    assert "12 Bad rows" in words
    assert "Line 5: the number is too short" in words
    assert "Line 14: the number is too short and 2 more" in words


def test_the_check_names_duplicates_by_their_line(staff):
    words = words_of(check(staff, BAD_FILE, skip_bad="y").text)
    assert "Line 4: same number as line 2" in words


def test_characters_that_cost_more_are_named(staff):
    words = words_of(check(staff, message="It\u2019s today").text)
    assert "Costly characters: \u2019" in words
    assert "UCS-2" in words


# What is refused, and how.


@pytest.mark.parametrize(
    ("fields", "field", "sentence"),
    [
        ({"name": " "}, "name", "The campaign has no name"),
        ({"message": ""}, "message", "The message is empty."),
        ({"message": "Hi {{first_name"}, "message", "The message has {{ without }} after it."),
        ({"first_wait": "soon"}, "first_wait", "Write a whole number."),
        ({"first_wait": "90000"}, "first_wait", "give a number from 0 to 21600"),
        ({"attempt_limit": "0"}, "attempt_limit", "Write a number from 1 to 10,000."),
        ({"message": "Hi {{nick}}"}, "contacts", "The file has no column for {{nick}}."),
    ],
)
def test_a_mistake_is_told_at_the_top_with_a_link_to_its_field(staff, fields, field, sentence):
    answer = check(staff, **fields)
    assert answer.status_code == 422
    summary = answer.text.partition("error-summary")[2].partition("</ul>")[0]
    assert re.search(rf'<a href="#{field}">[^<]*{re.escape(sentence)}', unescape(summary))
    assert f'id="{field}"' in answer.text


def test_bad_rows_refuse_the_file_and_are_named(staff):
    answer = check(staff, BAD_FILE)
    assert answer.status_code == 422
    words = words_of(answer.text)
    assert "12 rows of the file cannot be texted" in words
    assert "Line 14: the number is too short and 2 more" in words


@pytest.mark.parametrize("file", [None, "", "first_name,phone\n", "first_name\nAda\n"])
def test_a_file_without_contacts_is_refused(staff, file):
    answer = check(staff, file)
    assert answer.status_code == 422
    assert 'href="#contacts"' in answer.text


def test_nothing_that_was_typed_is_lost_by_a_mistake(staff):
    answer = check(staff, name="", message="Hi <you>", first_wait="soon", attempt_limit="7")
    assert "Hi &lt;you&gt;" in answer.text
    assert 'value="soon"' in answer.text
    assert 'value="7"' in answer.text


def test_a_file_is_not_chosen_twice_after_a_mistake(staff):
    refused = check(staff, name="").text
    assert "picnic.csv" in refused
    mended = {"name": "Picnic", "message": "Hi", "first_wait": "300", "step": "check"}
    answer = staff.client.post(NEW, data=hidden_fields(refused) | mended)
    assert "2 Contacts will be texted, from picnic.csv" in words_of(answer.text)


def test_a_file_that_comes_back_broken_is_to_be_chosen_again(staff):
    answer = go_on(staff, check(staff).text, "launch", kept_file="broken")
    assert answer.status_code == 422
    assert "choose it again" in answer.text


def test_change_leads_back_to_the_form_with_everything_in_it(staff):
    words = go_on(staff, check(staff, attempt_limit="4").text, "change").text
    assert 'value="Picnic"' in words
    assert "Hi {{first_name}}, see you" in words
    assert 'value="4"' in words
    assert "picnic.csv" in words


# The launch.


def test_launch_texts_the_contacts_that_were_checked(world, staff, provider):
    answer = go_on(staff, check(staff, first_wait="60", attempt_limit="4").text, "launch")
    assert answer.status_code == 303
    campaign_id = answer.headers["Location"].rpartition("/")[2]
    assert world.campaign(campaign_id).launched_by == staff.user_id
    world.send()
    assert [text.body for text in provider.texts_sent_to(ADA)] == ["Hi Ada, see you"]


def test_launch_keeps_the_first_wait_and_the_attempt_limit(world, staff):
    go_on(staff, check(staff, first_wait="60", attempt_limit="4").text, "launch")
    world.catch_up()
    launched = world.last(world.app.status.campaigns()[0].campaign_id).event
    assert launched.policy.first_wait_seconds == 60
    assert launched.policy.attempt_limit == 4


def test_the_campaign_is_shown_right_after_its_launch(staff):
    answer = go_on(staff, check(staff).text, "launch")
    words = staff.read(answer.headers["Location"])
    assert "Launched to 2 contacts." in words
    assert "Ada" in words


def test_a_double_click_launches_once(world, staff):
    checked = check(staff).text
    first, second = go_on(staff, checked, "launch"), go_on(staff, checked, "launch")
    assert first.headers["Location"] == second.headers["Location"]
    world.catch_up()
    assert len(world.app.status.campaigns()) == 1


def test_no_number_of_the_file_is_written_before_the_launch(world, staff):
    check(staff)
    files = [path for path in world.folder.rglob("*") if path.is_file()]
    assert files
    assert [path for path in files if b"4155550101" in path.read_bytes()] == []


# The preview.


def preview(staff: Staff, message: str, **fields: str) -> str:
    token = hidden_fields(staff.open(NEW).text)["csrf_token"]
    answer = staff.client.post(
        f"{NEW}/preview", data={"csrf_token": token, "message": message, **fields}
    )
    assert answer.status_code == 200
    return words_of(answer.text)


def test_the_preview_merges_a_contact_of_the_chosen_file(staff):
    sample = hidden_fields(check(staff, name="").text)["sample"]
    assert "Dear Ada 8 of 1,600 characters · 1 segment" in preview(
        staff, "Dear {{first_name}}", sample=sample
    )


def test_the_preview_counts_segments_before_a_file_is_chosen(staff):
    assert "200 of 1,600 characters · 2 segments" in preview(staff, 200 * "x")


def test_the_preview_says_what_is_wrong_with_the_message(staff):
    assert "{{ without }}" in preview(staff, "Hi {{first_name")


def test_a_message_may_be_blank_while_it_is_written(staff):
    assert "Write a message" in preview(staff, "  ")
