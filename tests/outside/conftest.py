"""A school with a Twilio stand-in of its own, which answers at once."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from kit.processes import ACCOUNT, TOKEN, School, free_port
from webapp.standin import StandIn, StandInSettings


@pytest.fixture
def standin() -> Iterator[StandIn]:
    settings = StandInSettings(
        account_sid=ACCOUNT, auth_token=TOKEN, pace_seconds=0.0, hold_seconds=30.0
    )
    with StandIn(settings) as started:
        yield started


@pytest.fixture
def school(tmp_path: Path, standin: StandIn) -> School:
    return School(tmp_path, free_port(), standin.url)
