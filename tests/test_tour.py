"""The page of the tour shows the pictures that `make tour` takes, all of them and no other."""

import re
from pathlib import Path

from tour.stops import STOPS

DOCS = Path(__file__).parent.parent / "docs"


def test_the_tour_shows_every_picture_that_is_taken():
    shown = re.findall(r"\]\(images/([a-z-]+)\.png\)", (DOCS / "tour.md").read_text())
    assert sorted(shown) == sorted(stop.name for stop in STOPS)
    assert [name for name in shown if not (DOCS / "images" / f"{name}.png").exists()] == []
