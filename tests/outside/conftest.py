"""A school with a Twilio stand-in of its own, which answers at once."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from kit.commands import SchoolInProcess
from kit.processes import ACCOUNT, TOKEN, School, reserve_port
from webapp.standin import StandIn, StandInSettings


@pytest.fixture
def standin() -> Iterator[StandIn]:
    settings = StandInSettings(
        account_sid=ACCOUNT, auth_token=TOKEN, pace_seconds=0.0, hold_seconds=30.0
    )
    with StandIn(settings) as started:
        yield started


@pytest.fixture
def school(tmp_path: Path, standin: StandIn) -> SchoolInProcess:
    """A school whose commands run in this process."""
    return SchoolInProcess(tmp_path, reserve_port(), standin.url)


@pytest.fixture
def installed_school(tmp_path: Path, standin: StandIn) -> School:
    """A school whose commands are processes, as its users run them."""
    return School(tmp_path, reserve_port(), standin.url)
