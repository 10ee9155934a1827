"""The page "Opt-outs": its list, search and CSV, and the import in two steps."""

import csv
import io
import re
from html import unescape

import pytest

from kit.staff import words_of
from kit.world import ADA, BEN
from ledger.domain.contact import Contact

PAGE = "/opt-outs"
IMPORT = f"{PAGE}/import"


def submit(staff, text, step="check", **fields):
    """Choose a file on the form of the import, and press a button."""
    page = staff.open(IMPORT).text
    token = re.findall(r'name="csrf_token" value="([^"]*)"', page)[0]
    file = (io.BytesIO(text.encode()), "opt-outs.csv")
    data = {"csrf_token": token, "step": step, "file": file, **fields}
    return staff.client.post(IMPORT, data=data, content_type="multipart/form-data")


def press(staff, page, step="import", **fields):
    """Press a button of a page that carries the file: of the check, or of the form with errors."""
    form = re.findall(rf'<form [^>]*action="{IMPORT}".*?</form>', page, re.DOTALL)[0]
    tags = re.findall(r'<input type="hidden"[^>]*>', form)
    given = [dict(re.findall(r'(\w+)="([^"]*)"', tag)) for tag in tags]
    hidden = {each["name"]: unescape(each["value"]) for each in given}
    return staff.client.post(IMPORT, data=hidden | {"step": step} | fields)


def is_opted_out(world, phone=ADA):
    return world.app.ledger.reader.load(Contact, world.contact(phone)).is_opted_out


def test_the_page_lists_who_opted_out_when_and_how(world, staff):
    world.launch([ADA])
    world.inbound("STOP")
    assert "Ada Lovelace +1 415 555 0101 2 Mar 2026, 09:00 By a text" in staff.read(PAGE)


def test_without_any_opt_out_the_page_says_so(staff):
    assert "No number is opted out" in staff.read(PAGE)


def test_a_forgotten_contact_is_listed_without_number(world, staff):
    world.opt_out()
    world.forget()
    assert "Forgotten contact forgotten on 2 Mar 2026" in staff.read(PAGE)


def test_the_menu_leads_to_the_page(staff):
    assert 'href="/opt-outs">Opt-outs</a>' in staff.open("/campaigns").text


def test_a_long_list_has_pages(world, staff):
    for number in range(51):
        world.opt_out(f"+1415555{number:04}")
    page = staff.open(PAGE).text
    assert "50 of 51 opt-outs" in words_of(page)
    (older,) = re.findall(r'rel="next" href="([^"]*)"', page)
    assert "+1 415 555 0000" in staff.read(unescape(older))


def test_a_search_is_posted_and_finds_a_number(world, staff):
    world.opt_out(ADA)
    world.opt_out(BEN)
    words = words_of(staff.press(PAGE, q="555-0102").text)
    assert "1 opt-out with “555-0102”" in words
    assert "+1 415 555 0102" in words
    assert "+1 415 555 0101" not in words


def test_a_search_for_nothing_shows_the_whole_list(staff, world):
    world.opt_out(ADA)
    assert staff.press(PAGE, q=" ").location == PAGE


def test_a_search_without_a_result_says_so(world, staff):
    world.opt_out(ADA)
    assert "No opt-out fits “999”" in words_of(staff.press(PAGE, q="999").text)


def test_the_csv_is_safe_for_spreadsheets(world, staff):
    world.opt_out(ADA)
    answer = staff.open(f"{PAGE}/opt-outs.csv")
    assert answer.headers["Content-Disposition"] == 'attachment; filename="opt-outs.csv"'
    (entry,) = csv.DictReader(io.StringIO(answer.text.removeprefix("\ufeff")))
    assert (entry["phone"], entry["source"]) == (ADA, "staff")
    assert entry["opted_out_at"] == "2026-03-02T09:00:00+00:00"


# The import.


def test_the_check_shows_what_would_be_recorded_and_records_nothing(world, staff):
    world.opt_out(BEN)
    head = world.app.ledger.reader.head()
    answer = submit(staff, f"phone,source\n{ADA},letter\n{BEN},\n")
    words = words_of(answer.text)
    assert "Import 1 opt-out?" in words
    assert "1 opt-out will be recorded, from opt-outs.csv" in words
    assert "1 row already recorded: stays as it is" in words
    assert "Numbers are read from the column “phone”." in words
    assert world.app.ledger.reader.head() == head


def test_import_records_the_opt_outs_of_the_checked_file(world, staff):
    page = submit(staff, "phone\n4155550101\n", means="phone").text
    answer = press(staff, page)
    assert (answer.status_code, answer.location) == (303, PAGE)
    event = world.last(world.contact()).event
    assert (event.means, event.is_imported, event.actor) == ("phone", True, staff.user_id)
    assert "Recorded 1 opt-out; 0 were recorded before" in staff.read(PAGE)


def test_bad_rows_are_named_and_nothing_is_recorded(world, staff):
    answer = submit(staff, f"phone\n415-555\n{ADA}\n")
    assert answer.status_code == 422
    assert "Line 2: “415-555”: the number is too short" in words_of(answer.text)
    assert not is_opted_out(world)


def test_bad_rows_can_be_left_out(world, staff):
    page = submit(staff, f"phone\n415-555\n{ADA}\n").text
    page = press(staff, page, step="check", skip_bad="y").text
    words = words_of(page)
    assert "1 bad row left out; listed below" in words
    assert "Line 2: “415-555”: the number is too short" in words
    press(staff, page)
    assert is_opted_out(world)


@pytest.mark.parametrize("step", ["check", "import"])
def test_without_a_file_the_form_says_so(staff, step):
    answer = staff.press(IMPORT, step=step)
    assert answer.status_code == 422
    assert "Choose the file of opt-outs." in words_of(answer.text)


def test_the_column_of_numbers_can_be_named(world, staff):
    text = f"Mother cell,Father cell\n{BEN},{ADA}\n"
    answer = submit(staff, text)
    assert "Several columns have phone numbers" in words_of(answer.text)
    page = submit(staff, text, phone_column="Father cell").text
    press(staff, page)
    assert (is_opted_out(world, ADA), is_opted_out(world, BEN)) == (True, False)


def test_an_unknown_source_is_told_before_the_import(staff):
    words = words_of(submit(staff, f"phone,source\n{ADA},Web form\n").text)
    assert "The source “Web form” of 1 row is not known here" in words
    assert "By staff, asked in another way" in words


@pytest.mark.parametrize("path", [PAGE, IMPORT, f"{PAGE}/opt-outs.csv"])
def test_nobody_reads_opt_outs_without_signing_in(staff, path):
    assert staff.app.test_client().get(path).status_code == 302


def test_an_import_needs_the_token_of_the_page(world, staff):
    data = {"step": "import", "file": (io.BytesIO(f"phone\n{ADA}\n".encode()), "a.csv")}
    assert staff.client.post(IMPORT, data=data).status_code == 400
    assert not is_opted_out(world)
