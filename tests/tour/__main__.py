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
    link = next(school.folder.glob("*.sign_in_link")).read_text().strip()
    page.goto(link)
    page.get_by_role("button", name="Sign in as").click()


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
