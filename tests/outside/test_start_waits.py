"""What is started while its database is away waits for it; what does not pass ends the start."""

import logging
from functools import partial

import pytest
from sqlalchemy.engine import make_url

from kit.processes import reserve_port
from ledger.errors import StoreUnavailable
from ledger.store.engine import open_database, reading
from webapp.cli import waiting
from webapp.cli.waiting import when_available

AWAY = "postgresql+psycopg://ledger@127.0.0.1:{}/ledger"


class HandClock:
    """Time that passes by sleeping alone."""

    def __init__(self):
        self.seconds = 0.0

    def monotonic(self):
        return self.seconds

    def sleep(self, seconds):
        self.seconds += seconds


@pytest.fixture(autouse=True)
def clock(monkeypatch):
    clock = HandClock()
    monkeypatch.setattr(waiting, "time", clock)
    return clock


def read(url):
    with reading(open_database(url, "ledger", setting="LEDGER_DATABASE_URL", is_durable=True)):
        return "read"


def test_a_start_waits_until_the_database_is_there(clock, tmp_path, caplog):
    away, there = AWAY.format(reserve_port()), f"sqlite:///{tmp_path / 'ledger.sqlite3'}"
    assert when_available(lambda: read(away if clock.seconds < 130 else there)) == "read"
    lines = [record.getMessage() for record in caplog.records if record.levelno >= logging.WARNING]
    assert len(lines) == 3  # at once, after one minute, after two
    assert lines[0].startswith("The start waits for the database, ten minutes at most. The data")


def test_a_start_waits_ten_minutes_at_most(clock):
    with pytest.raises(StoreUnavailable, match="The database cannot be read"):
        when_available(partial(read, AWAY.format(reserve_port())))
    assert clock.seconds == waiting.MOST_SECONDS == 600


@pytest.mark.parametrize("change", [{"database": "nowhere"}, {"username": "nobody"}])
def test_a_user_or_database_that_the_server_refuses_ends_the_start(clock, postgres_url, change):
    wrong = make_url(postgres_url).set(**change).render_as_string(hide_password=False)
    with pytest.raises(StoreUnavailable):
        when_available(partial(read, wrong))
    assert clock.seconds == 0


def test_a_file_that_is_no_database_ends_the_start(clock, tmp_path):
    (tmp_path / "ledger.sqlite3").write_bytes(b"no database" * 1000)
    with pytest.raises(StoreUnavailable):
        when_available(partial(read, f"sqlite:///{tmp_path / 'ledger.sqlite3'}"))
    assert clock.seconds == 0
