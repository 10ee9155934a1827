"""All ledgers of a directory, run by the processes that its operator starts."""

import time
from collections.abc import Callable

import pytest

from kit.commands import SchoolInProcess
from kit.installation import Ledgers, settings_of
from kit.processes import reserve_port

SECONDS = 60


@pytest.fixture
def ledgers(tmp_path):
    made = Ledgers(tmp_path)
    made.write("north")
    made.address = ("127.0.0.1", reserve_port())
    return made


@pytest.fixture
def school(ledgers, tmp_path):
    return SchoolInProcess(tmp_path, ledgers.address[1], settings=ledgers.settings)


def eventually(is_so: Callable[[], bool]) -> bool:
    """Whether something becomes so: the processes look at the directory each second."""
    deadline = time.monotonic() + SECONDS
    while not is_so() and time.monotonic() < deadline:
        time.sleep(0.1)
    return is_so()


@pytest.mark.torture
def test_one_set_of_processes_serves_ledgers_that_come_and_go(ledgers, school, tmp_path):
    def page(host: str) -> int:
        return ledgers.ask(host, "/sign-in")[0]

    with school.running("up", "--port", str(school.port)):
        assert eventually(lambda: page("north.example") == 200)
        assert page("south.example") == 404
        file = tmp_path / "south.toml"
        file.write_text(settings_of("south", f"sqlite:///{tmp_path}/south.sqlite3"))
        assert school.run("ledger", "add", "south", str(file)).returncode == 0
        assert eventually(lambda: page("south.example") == 200)
        assert [ledgers.text_to(name) for name in ("north", "south")] == [204, 204]
        assert school.run("ledger", "remove", "south").returncode == 0
        assert eventually(lambda: page("south.example") == 404)
        assert page("north.example") == 200


@pytest.mark.torture
def test_a_server_of_a_named_ledger_answers_every_host(ledgers, school):
    with school.running("--ledger", "north", "serve", "--port", str(school.port)):
        assert ledgers.ask("localhost", "/sign-in")[0] == 200
