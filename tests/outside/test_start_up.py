"""A short command imports only what it uses; that is why it starts fast."""

import subprocess
import sys

import pytest

PROGRAM = """
import sys
from webapp.cli import main
try:
    main()
finally:
    print(*{name.partition(".")[0] for name in sys.modules}, file=sys.stderr)
"""
SLOW = {
    *("alembic", "argon2", "flask", "flask_security", "jinja2", "passlib", "phonenumbers"),
    *("psycopg", "requests", "twilio", "uvicorn", "werkzeug"),
}


def imported_by(school, *words):
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, *words],
        env=school.environment,
        cwd=school.folder,
        capture_output=True,
        text=True,
        check=True,
    )
    return set(done.stderr.split())


@pytest.mark.parametrize("command", [("campaign", "list"), ("sending", "show")])
def test_a_short_command_imports_nothing_slow_that_it_does_not_use(school, command):
    school.launch("Ada,+14155550101")
    used = imported_by(school, *command)
    assert (used & SLOW, used & {"sqlalchemy"}) == (set(), {"sqlalchemy"})


def test_a_server_imports_what_it_uses_before_its_first_request(school):
    with subprocess.Popen(
        [sys.executable, "-c", PROGRAM, "receive", "--port", str(school.port)],
        env=school.environment,
        cwd=school.folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as server:
        assert server.stdout.readline()
        server.terminate()
        _, used = server.communicate(timeout=30)
    assert {"twilio", "flask", "uvicorn"} <= set(used.split())


def test_a_command_imports_what_it_uses(school):
    assert "alembic" in imported_by(school, "campaign", "list")  # it makes the ledger
