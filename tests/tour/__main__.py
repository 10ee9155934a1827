"""`python -m tour`: run the demonstration, walk through its pages, and keep a picture of each.

It takes about two minutes, because some texts of the demonstration are tried again.
"""

import tempfile
import time
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

from kit.browser import CHROMIUM, OPTIONS
from kit.processes import School, reserve_port
from tour.stops import HEIGHT, STOPS, Stop

_IMAGES = Path(__file__).parents[2] / "docs" / "images"
_PATIENCE_SECONDS = 60
_SETTLED_SECONDS = 75
"""By then the demonstration has texts that were delivered, failed, and are tried again."""


def main() -> None:
    """Take every picture."""
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        Path(folder).chmod(0o700)
        school = School(Path(folder), reserve_port())
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=OPTIONS)
        with school.running("up", "--simulate", "--port", str(school.port)):
            page = browser.new_context(reduced_motion="reduce").new_page()
            _sign_in(page, school)
            time.sleep(_SETTLED_SECONDS)
            for stop in STOPS:
                _take(page, school.url, stop)
        browser.close()


def _sign_in(page: Page, school: School) -> None:
    page.goto(_link_of(school))
    page.get_by_role("button", name="Sign in as").click()


def _link_of(school: School) -> str:
    """Return the link that signs in; it is written after the first line of output."""
    until = time.monotonic() + _PATIENCE_SECONDS
    while not (files := list(school.folder.glob("*.sign_in_link"))):
        if time.monotonic() > until:
            raise TimeoutError("The demonstration made no sign-in link.")
        time.sleep(0.1)
    return files[0].read_text().strip()


def _take(page: Page, url: str, stop: Stop) -> None:
    page.set_viewport_size({"width": stop.width, "height": HEIGHT})
    page.emulate_media(color_scheme=stop.theme)
    page.goto(f"{url}{stop.start}")
    for link in stop.links:
        page.get_by_role("link", name=link).first.click()
    page.wait_for_load_state("networkidle")
    page.screenshot(path=_IMAGES / f"{stop.name}.png")
    print(stop.name)


if __name__ == "__main__":
    main()
