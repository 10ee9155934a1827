"""Headless Chromium for the tests marked `browser`: one runs for all of them, and has one page.

To open a page takes up to a second of processor time. So the page of a test serves the next one,
once nothing of the test is left in it.

Without a browser those tests are skipped, and say so (`kit.required`).
"""

import os
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright
from playwright.sync_api import Error as PlaywrightError

from kit.required import not_run

_INSTALLED = (Path("/usr/bin/chromium-headless-shell"), Path("/usr/bin/chromium"))
"""Of Debian's packages. The first takes a third less processor time: it draws no window."""
CHROMIUM = Path(os.environ.get("CHROMIUM") or next(filter(Path.exists, _INSTALLED), _INSTALLED[0]))
_QUIET = ["--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync"]
_QUIET += ["--disable-background-networking", "--disable-component-update"]
_QUIET += ["--disable-site-isolation-trials"]  # else a renderer is started ahead for each page
_AS_ROOT = ["--no-sandbox"] if os.geteuid() == 0 else []
OPTIONS = _QUIET + _AS_ROOT
_PATIENCE = 30_000
"""Milliseconds until what is expected of a page is missing: a busy machine may take long."""
_EMPTY_STORES = """() => {
    if (origin !== "null") {
        localStorage.clear()
        sessionStorage.clear()
    }
}"""
_RUNS_BY_ITSELF = "() => String(setTimeout).includes('[native code]')"
"""Whether the clock of a page is its own: `page.clock` holds it in all pages of a context."""
_NEW_LOOK = {
    "media": "null",
    "color_scheme": "light",
    "reduced_motion": "no-preference",
    "forced_colors": "none",
    "contrast": "no-preference",
}


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    if not CHROMIUM.exists():
        not_run("browser", f"{CHROMIUM} is missing")
    with ExitStack() as stack:
        try:
            playwright = stack.enter_context(sync_playwright())
            running = playwright.chromium.launch(executable_path=CHROMIUM, args=OPTIONS)
        except Exception as error:  # noqa: BLE001 - a missing library shows in many ways
            not_run("browser", str(error))
        expect.set_options(timeout=_PATIENCE)
        yield running
        running.close()


@pytest.fixture(scope="session")
def kept_pages() -> list[Page]:
    """The page that waits for the next test, if there is one."""
    return []


@pytest.fixture
def page(browser: Browser, kept_pages: list[Page]) -> Iterator[Page]:
    """A page as if it were new, in a context without cookies."""
    used = kept_pages.pop() if kept_pages else browser.new_context().new_page()
    yield used
    if _is_as_new(used):
        kept_pages.append(used)
    else:
        used.context.close()


def _is_as_new(page: Page) -> bool:
    """Make a page as if it were new; return whether that can be."""
    context = page.context
    try:
        page.unroute_all()
        page.evaluate(_EMPTY_STORES)
        page.goto("about:blank")
        page.emulate_media(**_NEW_LOOK)
        page.set_viewport_size({"width": 1280, "height": 720})
        page.set_default_timeout(_PATIENCE)
        context.clear_cookies()
        return page.evaluate(_RUNS_BY_ITSELF) is True and context.pages == [page]
    except PlaywrightError:  # it was closed, or it crashed
        return False


def scrolls_sideways(page: Page, *widths: int) -> list[str]:
    """Return where the loaded page scrolls sideways, as in ["320 px, dark"].

    Each theme is shown without loading the page again: only its style sheet knows of themes.
    """
    found = []
    for width in widths:
        page.set_viewport_size({"width": width, "height": 800})
        for theme in ("light", "dark"):
            page.emulate_media(color_scheme=theme)
            if page.evaluate("document.documentElement.scrollWidth") > width:
                found.append(f"{width} px, {theme}")
    return found
