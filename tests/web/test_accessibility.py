"""Every page, looked at by axe-core in a real browser: both themes, wide and at 320 px.

The rules are those of WCAG 2.2 AA and axe's best practices, with the size of targets. Each page is
looked at in the light theme at 1280 px and in the dark theme at 320 px. The gallery, which has
every component, is looked at in all four combinations, and so is every page by `make torture`.
"""

import json
from collections.abc import Iterator, Sequence

import pytest
from axe_playwright_python.base import AXE_SCRIPT
from gallery.gallery import make_app
from gallery.gallery import served as served_gallery
from playwright.sync_api import Browser, Page

from kit.clock import ManualClock
from kit.everything import Everything, everything
from kit.provider import FakeProvider
from kit.staff import served, sign_in
from kit.world import World
from webapp.app import create_app

pytestmark = pytest.mark.browser

_WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
_RULES = {
    "runOnly": [*_WCAG, "best-practice"],
    "rules": {"target-size": {"enabled": True}},
    "resultTypes": ["violations"],  # or axe describes each element that passes, which takes longest
}
Look = tuple[int, str]
"""The width of the screen in pixels, and the theme."""
EACH: Sequence[Look] = ((1280, "light"), (320, "dark"))
"""Each width and each theme."""
ALL: Sequence[Look] = ((1280, "light"), (1280, "dark"), (320, "light"), (320, "dark"))
_PARTS = 4
"""The pages are divided among this number of tests, which run in parallel."""


@pytest.fixture
def shown(world: World, provider: FakeProvider, clock: ManualClock) -> Everything:
    """A ledger in which everything happened once."""
    return everything(world, provider, clock)


@pytest.fixture
def still(browser: Browser) -> Iterator[Page]:
    """A page on which nothing moves: a colour that fades has a wrong contrast meanwhile."""
    context = browser.new_context(reduced_motion="reduce")
    yield context.new_page()
    context.close()


@pytest.mark.parametrize("looks", [EACH, pytest.param(ALL, marks=pytest.mark.torture)], ids=len)
@pytest.mark.parametrize("part", range(_PARTS))
def test_axe_finds_nothing_on_any_page(still, shown, part, looks):
    with served(shown.staff.app) as url:
        sign_in(still, url, shown.world)
        paths = [path for path in _paths(shown)[part::_PARTS] if _is_page(shown, path)]
        found = {path: _faults_at(still, url + path, looks) for path in paths}
    assert {path: faults for path, faults in found.items() if faults} == {}


_PLANTED = """addEventListener("DOMContentLoaded", () => {
    const sheet = new CSSStyleSheet()
    sheet.replaceSync(`
        @media (prefers-color-scheme: dark) { #pale { color: #333; background: #222 } }
        @media (max-width: 400px) { .small { font-size: 6px; padding: 0; border: 0; width: 8px;
            height: 8px; min-width: 0; min-height: 0; margin: 0; display: inline-block } }
    `)
    document.adoptedStyleSheets = [sheet]
    document.querySelector("main").insertAdjacentHTML("beforeend", `<p id="pale">Pale</p><p>
        <button class="small" type="button">a</button><button class="small" type="button">b</button>
    </p>`)
})"""
"""A text without contrast in the dark theme, and buttons that are too small on a narrow screen."""


@pytest.mark.parametrize("looks", [EACH, ALL], ids=len)
def test_axe_finds_what_only_one_theme_or_width_shows(still, world, looks):
    still.add_init_script(_PLANTED)
    with served(create_app(world.app)) as url:
        faults = _faults_at(still, f"{url}/sign-in", looks)
    expected = {
        (1280, "light"): [],
        (1280, "dark"): ["1280 px, dark: color-contrast"],
        (320, "light"): ["320 px, light: target-size"],
        (320, "dark"): ["320 px, dark: color-contrast", "320 px, dark: target-size"],
    }
    found = [fault.partition(" at ")[0] for fault in faults]
    assert found == [fault for look in looks for fault in expected[look]]


def test_axe_finds_nothing_in_the_gallery_of_all_components(still):
    with served_gallery(make_app()) as url:
        assert _faults_at(still, url, ALL) == []


def _paths(shown: Everything) -> list[str]:
    """All addresses, those of the past once."""
    paths = shown.paths(shown.seqs["delivery"])
    past = next(path for path in paths if "as_of=" in path and "/campaigns/" in path)
    present = [path for path in paths if "as_of=" not in path or "/compare" in path]
    return [*present, past]


def _is_page(shown: Everything, path: str) -> bool:
    """Whether the address answers with a page of its own."""
    answer = shown.open(path)
    return answer.status_code < 400 and answer.mimetype == "text/html"


def _faults_at(page: Page, url: str, looks: Sequence[Look]) -> list[str]:
    """Return what axe finds at each look, as in "320 px, dark: target-size at …".

    The page is loaded once: only its style sheet knows of widths and themes.
    """
    page.set_viewport_size({"width": 1280, "height": 900})
    page.goto(url)
    page.evaluate(AXE_SCRIPT)
    faults = []
    for width, theme in looks:
        page.set_viewport_size({"width": width, "height": 900})
        page.emulate_media(color_scheme=theme)
        faults += [f"{width} px, {theme}: {fault}" for fault in _faults(page)]
    return faults


def _faults(page: Page) -> list[str]:
    violations = page.evaluate(
        f"axe.run({json.dumps(_RULES)}).then(found => found.violations.map("
        "fault => [fault.id, fault.nodes.map(node => node.html.slice(0, 120))]))"
    )
    return [f"{name} at {nodes}" for name, nodes in violations]
