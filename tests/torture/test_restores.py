"""Backups, restores, kills, wrong clocks, changed words and shuffled lists: nobody is texted twice.

See kit/restores.py.
"""

from pathlib import Path

import pytest

from kit.restores import RestoredSchool, unpromising_twilio
from webapp.standin import StandIn

_STORIES = 20


def check_story(folder: Path, seed: int) -> None:
    folder.mkdir()
    with StandIn(unpromising_twilio(seed)) as standin:
        school = RestoredSchool(folder, standin, seed)
        school.play()
        texts = school.texts_by_delivery()
        twice = [delivery for delivery, count in texts.items() if count > 1]
        assert (twice, school.forgotten()) == ([], []), (seed, school.done)


@pytest.fixture(autouse=True)
def short_pages(monkeypatch):
    """Twilio's pages have a thousand texts; these are as many pages with fewer texts."""
    monkeypatch.setattr("ledger.providers.twilio_records._PAGE", 3)


@pytest.mark.parametrize("seed", [1, 2])
def test_nobody_is_texted_twice_after_a_restore(tmp_path, seed):
    check_story(tmp_path / "story", seed)


@pytest.mark.torture
def test_nobody_is_texted_twice_after_any_of_many_restores(tmp_path, seed):
    for number in range(_STORIES):
        check_story(tmp_path / f"story-{number}", 1000 * seed + number)
