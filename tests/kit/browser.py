"""Headless Chromium for the tests marked `browser`: one runs for all of them, each has its page.

Without a browser those tests are skipped, and say so (`kit.required`).
"""

import os
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from kit.required import not_run

CHROMIUM = Path(os.environ.get("CHROMIUM", "/usr/bin/chromium"))
_QUIET = ["--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync"]
_QUIET += ["--disable-background-networking", "--disable-component-update"]
_QUIET += ["--disable-site-isolation-trials"]  # else a renderer is started ahead for each page
_AS_ROOT = ["--no-sandbox"] if os.geteuid() == 0 else []
OPTIONS = _QUIET + _AS_ROOT


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
        yield running
        running.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    context = browser.new_context()
    yield context.new_page()
    context.close()


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
