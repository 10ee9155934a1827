"""A live block in a real browser, under the pages' own policy: what a reader did there survives."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask, Response
from playwright.sync_api import Page, expect

import webapp
from kit.staff import served
from webapp.headers import HEADERS

pytestmark = pytest.mark.browser

PAGE = """<!doctype html><html lang="en"><title>Live</title>
<script type="module" src="/static/ledger.js"></script>
<p id="status-line"></p>
<div data-live="/blocks" data-live-tag=""><p data-live-note hidden></p>
<button data-live-again hidden>Try again</button>
<button data-live-toggle>Pause updates</button></div>
<div id="block" data-live-block>{}</div>"""

ROW = '<tr id="row-{0}"><th><a href="#{0}">Contact {0}</a></th><td>{1}</td></tr>'
LINES = "\n".join(f"line {number}" for number in range(50))
FORM = f"""
<details id="more"><summary>More</summary><p>Attempt 1</p></details>
<details><summary>Others</summary><p>Attempt 2</p></details>
<label>Note <input id="note" value="{{0}}"></label>
<label>Reason <input></label>
<label>Answer <textarea rows="3">{LINES}</textarea></label>
<label><input type="checkbox"> Ready</label>
<label>Kind <select><option>landline<option>mobile</select></label>
<p id="still">This sentence stays.</p>
"""


def block(first_row: int, word: str) -> str:
    rows = "".join(ROW.format(number, word) for number in range(first_row, 60))
    return f"<p>{word}</p><table><tbody>{rows}</tbody></table>{FORM.format(word)}"


@pytest.fixture
def site() -> Iterator[str]:
    """A page whose block is old when it is loaded, and new at the first look."""
    app = Flask(__name__, static_folder=Path(webapp.__file__).parent / "static")
    app.add_url_rule("/", "page", lambda: PAGE.format(block(10, "old")))
    old, new = block(10, "old"), f'<div data-block="block">{block(5, "new")}</div>'
    app.add_url_rule("/blocks", "blocks", lambda: new)
    rows = PAGE.replace("/blocks", "/moved").format(old).replace("<tbody>", "<tbody data-rows>")
    app.add_url_rule("/rows", "rows", lambda: rows)
    app.add_url_rule("/moved", "moved", lambda: new.replace("<tbody>", "<tbody data-rows>"))

    @app.after_request
    def add_headers(response: Response) -> Response:
        response.headers.update(HEADERS)
        return response

    with served(app) as url:
        yield url


@pytest.fixture
def reader(page: Page, site: str) -> Iterator[Page]:
    """The page before its first look; nothing may go wrong on it."""
    faults: list[str] = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on("console", lambda line: faults.append(line.text) if line.type == "error" else None)
    page.route("**/favicon.ico", lambda route: route.fulfill(status=204))
    page.clock.install()
    page.goto(site)
    yield page
    assert faults == []


def look(page: Page) -> None:
    """Let the block look for news, and wait until it shows them."""
    page.clock.run_for(3_000)
    expect(page.locator("#block > p").first).to_have_text("new")
    expect(page.locator("tr")).to_have_count(55)
    expect(page.locator("#row-20 td")).to_have_text("new")


@pytest.fixture
def rows(page: Page, site: str) -> Page:
    """The page, whose rows may move; it has not looked yet."""
    page.clock.install()
    page.goto(f"{site}/rows")
    return page


def test_rows_do_not_move_under_the_pointer_but_their_words_change(rows):
    rows.get_by_role("link", name="Contact 20").hover()
    rows.clock.run_for(3_000)
    held = rows.get_by_role("button", name="5 rows changed. Show")
    expect(held).to_be_visible()
    expect(rows.locator("#row-20 td")).to_have_text("new")
    expect(rows.locator("tr")).to_have_count(50)
    held.click()
    expect(rows.locator("tr")).to_have_count(55)
    expect(held).to_be_hidden()


def test_focus_stays_on_a_link_while_rows_come_before_it(reader):
    link = reader.get_by_role("link", name="Contact 20")
    link.focus()
    look(reader)
    expect(link).to_be_focused()


def test_an_unfolded_part_stays_unfolded(reader):
    for summary in reader.locator("summary").all():
        summary.click()
    look(reader)
    expect(reader.get_by_text("Attempt 1")).to_be_visible()
    expect(reader.get_by_text("Attempt 2")).to_be_visible()


def test_a_half_typed_word_stays_with_its_cursor(reader):
    field = reader.get_by_label("Reason")
    field.press_sequentially("wrong nmber")
    for _ in range(4):
        field.press("ArrowLeft")
    look(reader)
    expect(field).to_be_focused()
    field.press_sequentially("u")
    expect(field).to_have_value("wrong number")


def test_typed_and_chosen_values_stay_without_focus(reader):
    note, reason = reader.get_by_label("Note"), reader.get_by_label("Reason")
    note.fill("mine")
    reason.fill("moved away")
    reader.get_by_label("Answer").fill("Dear parents")
    reader.get_by_label("Ready").check()
    reader.get_by_label("Kind").select_option("mobile")
    look(reader)
    expect(note).to_have_value("mine")
    expect(reason).to_have_value("moved away")
    expect(reader.get_by_label("Answer")).to_have_value("Dear parents")
    expect(reader.get_by_label("Ready")).to_be_checked()
    expect(reader.get_by_label("Kind")).to_have_value("mobile")


def test_a_field_that_nobody_touched_follows_the_server(reader):
    look(reader)
    expect(reader.get_by_label("Note")).to_have_value("new")


def test_the_page_and_a_list_in_it_stay_scrolled(reader):
    answer = reader.get_by_label("Answer")
    answer.evaluate("field => { field.scrollTop = 120; }")
    answer.scroll_into_view_if_needed()
    before = answer.bounding_box()["y"]
    look(reader)
    assert answer.evaluate("field => field.scrollTop") == 120
    assert answer.bounding_box()["y"] == pytest.approx(before, abs=1)


def test_selected_words_stay_selected(reader):
    reader.locator("#still").select_text()
    look(reader)
    assert reader.evaluate("getSelection().toString().trim()") == "This sentence stays."
