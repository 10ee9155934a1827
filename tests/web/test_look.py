"""The look of the pages: colours that can be read, marks with words, tooltips, live blocks."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import render_template_string
from gallery.gallery import make_app, served
from playwright.sync_api import Page, expect

import webapp
from kit.browser import scrolls_sideways
from webapp.explain.status_marks import MARKS, MESSAGE_MARKS

CSS = (Path(webapp.__file__).parent / "static" / "ledger.css").read_text()
TOKENS, RULES = CSS.split("/* end of tokens */")

COLOURS = {
    name: {"light": light, "dark": dark}
    for name, light, dark in re.findall(
        r"--([a-z-]+): light-dark\((#[0-9a-f]+), (#[0-9a-f]+)\);", TOKENS
    )
}
GROUNDS = ("page", "subtle", "raise")
FILLS = ("chart-delivered-fill", "chart-failed-fill", "chart-pending-fill")
TONES = ("good", "wait", "bad", "away", "quiet")
TEXT_ON = {
    "ink": (
        *GROUNDS,
        *(f"{tone}-subtle" for tone in TONES),
        "accent-subtle",
        "past-subtle",
        "raise",
        *FILLS,
    ),
    "soft": (*GROUNDS, "raise", "accent-subtle", "quiet-subtle"),
    "accent": (*GROUNDS, "accent-subtle"),
    "accent-strong": (*GROUNDS, "accent-subtle"),
    "on-accent": ("accent", "accent-strong"),
    "on-bad": ("bad", "bad-strong"),
    "on-tip": ("tip",),
    "bad": (*GROUNDS, "bad-subtle", "accent-subtle"),
    "good": (*GROUNDS, "good-subtle", "accent-subtle"),
    "wait": (*GROUNDS, "wait-subtle", "accent-subtle"),
    "away": (*GROUNDS, "away-subtle", "accent-subtle"),
    "quiet": (*GROUNDS, "quiet-subtle", "accent-subtle"),
    "past": (*GROUNDS, "past-subtle"),
}
EDGE_ON = {
    "control": GROUNDS,
    "hands": ("disc",),
    "chart-delivered": ("raise", "chart-delivered-fill", "chart-pending-fill"),
    "chart-failed": ("raise", "chart-failed-fill", "chart-pending-fill"),
    "chart-neutral": ("raise",),
    "page": ("good", "bad"),
    "accent": (*GROUNDS, "accent-subtle"),
}
DECORATION = {"line", "shadow"}
"""Hairlines and shadows carry no meaning."""


def _luminance(colour: str) -> float:
    shares = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [s / 12.92 if s <= 0.04045 else ((s + 0.055) / 1.055) ** 2.4 for s in shares]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def _contrast(one: str, other: str) -> float:
    low, high = sorted((_luminance(one), _luminance(other)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize(("uses", "least"), [(TEXT_ON, 4.5), (EDGE_ON, 3.0)], ids=["text", "edge"])
def test_every_colour_can_be_told_from_what_it_stands_on(uses, least, theme):
    ratios = {
        f"{front} on {back}": _contrast(COLOURS[front][theme], COLOURS[back][theme])
        for front, backs in uses.items()
        for back in backs
    }
    assert {pair: round(ratio, 2) for pair, ratio in ratios.items() if ratio < least} == {}


def test_every_colour_of_the_sheet_is_a_token_that_is_measured():
    measured = {name for uses in (TEXT_ON, EDGE_ON) for name in uses}
    measured |= {back for uses in (TEXT_ON, EDGE_ON) for backs in uses.values() for back in backs}
    assert set(COLOURS) - measured == DECORATION
    assert re.findall(r"#[0-9a-f]{3,8}\b|\brgba?\(|\bhsla?\(", RULES) == []


def test_every_custom_property_that_is_used_is_declared():
    assert set(re.findall(r"var\(--([a-z0-9-]+)", CSS)) <= set(re.findall(r"--([a-z0-9-]+):", CSS))


def test_nothing_moves_with_reduced_motion():
    block = r"@media \(prefers-reduced-motion: no-preference\) \{.*?\n\}"
    assert re.search(block, CSS, re.DOTALL)
    still = re.sub(block, "", CSS, flags=re.DOTALL)
    turn = r"@keyframes turns-old \{.*\}\n|animation: turns-old 0s forwards;|animation-delay: \d+s;"
    still = re.sub(turn, "", still)  # a colour that changes at once
    moving = r"\b(?:transition|animation)\b|@keyframes|(?<!over)scroll-behavior"
    assert re.findall(moving, still) == []


@pytest.mark.parametrize("key", MARKS)
def test_each_mark_is_a_hidden_drawing_and_a_visible_word(key):
    html = _render("{% import 'macros/marks.html' as m %}{{ m.mark(key) }}", key=key)
    assert f'<span class="mark-word">{MARKS[key].word}</span>' in html
    assert html.count("<svg") == html.count('aria-hidden="true"') == 1


def test_the_nine_marks_differ_in_shape():
    assert len({mark.glyph for mark in MARKS.values()}) == 9


def test_a_mark_with_an_accessible_text_is_read_once():
    html = _render(
        "{% import 'macros/marks.html' as m %}"
        "{{ m.delivery_mark('pending', 'queued', 'Pending, next try in 12 minutes') }}"
    )
    heard = re.sub(r'<(span|svg)[^>]*aria-hidden="true".*?</\1>', "", html, flags=re.DOTALL)
    assert re.sub(r"<[^>]+>", "", heard).strip() == "Pending, next try in 12 minutes"


@pytest.mark.parametrize(("status", "key"), MESSAGE_MARKS.items())
def test_a_message_has_its_own_marks(status, key):
    html = _render("{% import 'macros/marks.html' as m %}{{ m.message_mark(s) }}", s=status)
    assert f"mark-{key}" in html


def test_text_written_by_people_is_escaped():
    html = _render(
        "{% import 'macros/story.html' as s %}{{ s.bubble('b', 'in', text, none) }}",
        text="<script>",
    )
    assert "&lt;script&gt;" in html
    assert "<script>" not in html


def _render(source: str, **values: object) -> str:
    with make_app().test_request_context():
        return render_template_string(source, **values)


@pytest.fixture
def gallery() -> Iterator[str]:
    with served(make_app()) as url:
        yield url


@pytest.mark.browser
def test_no_width_makes_the_page_scroll_sideways(page, gallery):
    page.goto(gallery)
    assert scrolls_sideways(page, 320, 640, 768, 865, 1280) == []


@pytest.mark.browser
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_system_chooses_the_theme(page, gallery, theme):
    page.emulate_media(color_scheme=theme)
    page.goto(gallery)
    red, green, blue = (int(COLOURS["page"][theme][i : i + 2], 16) for i in (1, 3, 5))
    expect(page.locator("body")).to_have_css("background-color", f"rgb({red}, {green}, {blue})")


@pytest.mark.browser
def test_a_narrow_table_is_cards_that_are_still_a_table(page, gallery):
    page.set_viewport_size({"width": 320, "height": 800})
    page.goto(gallery)
    table = page.get_by_role("table", name="Contacts of Fall aid reminder")
    expect(table.get_by_role("row")).to_have_count(6)
    expect(table.get_by_role("columnheader")).to_have_count(7)
    first = table.get_by_role("row").nth(1)
    assert first.get_by_role("cell").first.evaluate("e => getComputedStyle(e, '::before').content")
    assert first.get_by_role("link", name="Preview").bounding_box()["height"] >= 44


@pytest.mark.browser
@pytest.mark.parametrize("width", [320, 1280])
def test_a_tooltip_opens_on_focus_inside_the_screen_and_closes_on_escape(page, gallery, width):
    page.set_viewport_size({"width": width, "height": 800})
    page.goto(gallery)
    for tip in ("tip-d3", "tip-b1"):
        page.focus(f'[aria-describedby="{tip}"]')
        body = page.locator(f"#{tip}")
        expect(body).to_be_visible()
        box = body.bounding_box()
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= width
        page.keyboard.press("Escape")
        expect(body).to_be_hidden()


@pytest.mark.browser
@pytest.mark.parametrize("width", [320, 1280])
def test_a_tooltip_stays_while_the_mouse_is_on_it(page, gallery, width):
    page.set_viewport_size({"width": width, "height": 800})
    page.goto(gallery)
    page.hover('[aria-describedby="tip-d3"]')
    box = page.locator("#tip-d3").bounding_box()
    page.mouse.move(box["x"] + 140, box["y"] + box["height"] / 2, steps=12)
    expect(page.locator("#tip-d3")).to_be_visible()


@pytest.mark.browser
def test_a_live_block_renews_itself_survives_a_failure_and_ends(page, gallery):
    page.clock.install()
    page.goto(gallery)
    block, note = page.locator("#contact-rows"), page.locator(".live-note")
    _let_pass(page, 3)
    expect(block.locator("b")).to_have_text("delivered")
    expect(page.locator("#status-line")).to_have_text("1 contact changed: 1 delivered")
    page.focus("#kept")
    _let_pass(page, 3)
    _let_pass(page, 3)
    expect(note).to_contain_text("Could not refresh")
    expect(block.locator("b")).to_have_text("delivered")
    _let_pass(page, 3)
    expect(block).to_have_text("Ben done")
    expect(note).to_be_hidden()
    expect(page.locator("#kept")).to_be_focused()
    expect(page.locator("[data-live-toggle]")).to_be_hidden()


@pytest.mark.browser
def test_updates_can_be_paused(page, gallery):
    page.clock.install()
    page.goto(gallery)
    page.get_by_role("button", name="Pause updates").click()
    toggle = page.get_by_role("button", name="Updates paused. Resume")
    expect(toggle).to_have_attribute("aria-pressed", "true")
    page.clock.run_for(20_000)
    expect(page.locator("#contact-rows")).to_contain_text("Amara Okafor")
    with page.expect_response("**/live"):
        toggle.click()
    expect(page.locator("#contact-rows")).to_have_text("Ben delivered")


@pytest.mark.browser
def test_a_message_is_previewed_while_it_is_written(page, gallery):
    page.goto(gallery)
    page.fill("#message", "Hello")
    expect(page.locator("#preview")).to_have_text("Preview: 5")


@pytest.mark.browser
def test_without_script_the_page_is_whole(browser, gallery):
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(gallery)
    page.focus('[aria-describedby="tip-d3"]')
    expect(page.locator("#tip-d3")).to_be_visible()
    expect(page.locator("[data-live-toggle]")).to_be_hidden()
    context.close()


def _let_pass(page: Page, seconds: int) -> None:
    with page.expect_response("**/live"):
        page.clock.run_for(seconds * 1000)
