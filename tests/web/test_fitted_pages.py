"""What pages show to a role: nothing that it may neither see nor do, whatever a template forgot."""

import re
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from hashlib import sha256
from urllib.parse import urlsplit

import pytest

from kit.accounts import add_account
from kit.everything import Everything, everything
from kit.roles import MAY_OPEN, OPEN
from kit.staff import Staff, words_of
from kit.world import ADA, BEN, CLEO, World
from ledger.domain.vocabulary import Role
from webapp.explain.masked_numbers import without_numbers
from webapp.fitted_html import with_texts, without_controls
from webapp.pages import live

LINK = re.compile(r"<(a|form)\b([^>]*)>")
LIVE = re.compile(r'data-live="([^"]+)"')
WORDS = "too many of these texts"
ATTRIBUTE = re.compile(r'([\w-]+)="([^"]*)"')
NUMBERS = re.compile(
    "|".join(rf"{n[-10:-7]}\D{{0,3}}{n[-7:-4]}\D{{0,3}}{n[-4:]}" for n in (ADA, BEN, CLEO))
)


@pytest.fixture(scope="module")
def shown(new_world: Callable[[], AbstractContextManager[World]]) -> Iterator[Everything]:
    """Made once for all tests here, which only look."""
    with new_world() as world:
        add_account(world.app.accounts, "A. Admin")
        yield everything(world, world.provider, world.clock)


def reader(shown: Everything, role: Role) -> Staff:
    """Somebody with this role."""
    return Staff(shown.world, f"Sam the {role}", role=role, app=shown.staff.app)


def pages(staff: Staff, paths: list[str]) -> dict[str, str]:
    """Path → what it shows, of all pages and live blocks that this person may open."""
    found = {}
    for path in paths:
        answer = staff.client.get(path, buffered=True)
        if answer.status_code == 200 and answer.mimetype == "text/html":
            found[path] = answer.text
    for path in {path for html in found.values() for path in LIVE.findall(html)}:
        address = path.replace("&amp;", "&")
        found[f"live {path}"] = staff.client.get(address, headers={"X-Live": "1"}).text
    return found


def controls(html: str) -> set[tuple[str, str]]:
    """Method and path of all that leads or acts on a page."""
    found = set()
    for tag, attributes in LINK.findall(html):
        given = dict(ATTRIBUTE.findall(attributes))
        address = urlsplit(given.get("href" if tag == "a" else "action", "#").replace("&amp;", "&"))
        if address.path.startswith("/") and not address.netloc:
            found.add((given.get("method", "get").upper(), address.path))
    return found


@pytest.mark.parametrize("role", [Role.VIEWER, Role.STAFF, Role.AUDITOR])
def test_no_page_shows_a_control_that_its_reader_may_not_use(shown: Everything, role: Role) -> None:
    staff, adapter = reader(shown, role), shown.staff.app.url_map.bind("localhost")
    found = pages(staff, shown.main_paths).values()
    used = {control for html in found for control in controls(html)}
    endpoints = {adapter.match(path, method)[0] for method, path in used} - OPEN
    assert len(endpoints) > 5
    assert [each for each in endpoints if role not in MAY_OPEN[each]] == []


def test_a_viewer_sees_no_number_and_no_words_of_people(shown: Everything) -> None:
    seen = pages(reader(shown, Role.VIEWER), shown.paths(1))
    assert len(seen) > 20
    assert [path for path, html in seen.items() if NUMBERS.search(html)] == []
    assert [path for path, html in seen.items() if WORDS in html] == []


def test_staff_see_numbers_and_words_on_the_same_pages(shown: Everything) -> None:
    seen = pages(reader(shown, Role.STAFF), shown.main_paths)
    assert len([html for html in seen.values() if NUMBERS.search(html)]) > 3
    assert any(WORDS in html for html in seen.values())


def test_a_viewer_who_is_allowed_to_sees_numbers(shown: Everything) -> None:
    accounts = shown.world.app.accounts
    add_account(accounts, "Ann", Role.VIEWER, sees_numbers=True)
    ann = Staff(shown.world, "Ann", app=shown.staff.app)
    assert NUMBERS.search(ann.open(f"/campaigns/{shown.places['campaign_id']}").text)
    assert ann.open("/opt-outs").status_code == 200
    assert ann.open("/conversations").status_code == 403


def test_a_viewer_cannot_find_out_a_number_by_searching(shown: Everything) -> None:
    viewer = reader(shown, Role.VIEWER)
    campaign = f"/campaigns/{shown.places['campaign_id']}"
    for text in (ADA, ADA[-4:], "(415) 555", "Ada 0101"):
        refused = viewer.press(campaign, q=text)
        assert refused.status_code == 422
        assert "You may not search for phone numbers. Write a part of a name" in refused.text
    assert f"•••{ADA[-2:]}" in words_of(viewer.press(campaign, q="Ada").text)


def test_a_page_without_controls_is_otherwise_the_same() -> None:
    page = (
        '<!doctype html><body><a class="button" href="/act">Act</a><a href="/see">Ada &amp; Ben</a>'
        '<form method="post" action="/act"><b>Go</b></form><br><input value="a&quot;">'
        '<nav class="tabs"><li><a href="/no">No</a></li></nav><a href="/no"><b>No</b></a></body>'
    )
    assert without_controls(page, lambda _method, address: address == "/see") == (
        '<!doctype html><body><a href="/see">Ada &amp; Ben</a><br><input value="a&quot;">'
        '<nav class="tabs"><li></li></nav><span><b>No</b></span></body>'
    )


def test_texts_and_words_of_attributes_are_masked_and_nothing_else() -> None:
    page = (
        '<title>+1 415 555 0101</title><a id="4155550101" title="+1 415 555 0101">4155550101 &amp;'
    )
    assert with_texts(page, without_numbers) == (
        '<title>•••01</title><a id="4155550101" title="•••01">•••01 &amp;'
    )


def test_the_tag_of_a_block_tells_nothing_of_what_is_masked_in_it(shown: Everything) -> None:
    with shown.staff.app.test_request_context("/campaigns"):
        block = live.make_block("mark", "macros/verify_mark.html", verification=None)
        tag = live.page([block]).tag
    assert sha256(block.html.encode()).hexdigest()[:24] not in tag
    assert sha256(f"mark\0{block.html}".encode()).hexdigest()[:24] not in tag
