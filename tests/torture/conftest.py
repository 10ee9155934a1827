"""Long tests are repeated with seeds: SEED names the first, ROUNDS how many (`make torture`)."""

import os
import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from kit.commands import SchoolInProcess
from kit.postgres import PostgresServer, create_database
from kit.processes import ACCOUNT, TOKEN, School, reserve_port
from webapp.standin import StandIn, StandInSettings

FIRST_SEED = int(os.environ.get("SEED") or random.SystemRandom().randrange(1_000_000))
ROUNDS = int(os.environ.get("ROUNDS") or 1)
PEOPLE = [f"P{number},+1415555{3000 + number}" for number in range(20)]


def pytest_report_header() -> str:
    return f"torture: SEED={FIRST_SEED} ROUNDS={ROUNDS}"


@pytest.fixture(params=range(FIRST_SEED, FIRST_SEED + ROUNDS), ids=lambda seed: f"seed-{seed}")
def seed(request: pytest.FixtureRequest) -> int:
    """What this round's chances are drawn from; it stands in the test's name."""
    seed: int = request.param
    return seed


@pytest.fixture
def standin() -> Iterator[StandIn]:
    """Takes every text, and reports nothing: the load does that."""
    settings = StandInSettings(
        account_sid=ACCOUNT, auth_token=TOKEN, pace_seconds=0.0, hold_seconds=3600.0
    )
    with StandIn(settings) as started:
        yield started


def school_at(url: str, folder: Path, standin: StandIn) -> School:
    """A school over that database, its texts sent and not yet reported on."""
    settings = {"LEDGER_DATABASE_URL": url, "LEDGER_SECRET_KEY": "a secret for the tests alone"}
    school = SchoolInProcess(folder, reserve_port(), standin.url, settings)
    school.launch(*PEOPLE)
    sent = school.run("send", "--once")
    assert sent.returncode == 0, sent.stderr
    return school


@pytest.fixture
def school(database_url: str, tmp_path: Path, standin: StandIn) -> School:
    return school_at(database_url, tmp_path, standin)


@pytest.fixture
def postgres_school(durable_postgres: PostgresServer, tmp_path: Path, standin: StandIn) -> School:
    """A school on the server that `durable_postgres` may kill."""
    return school_at(create_database(durable_postgres.url), tmp_path, standin)
