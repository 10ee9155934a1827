"""A short command imports only what it uses; that is why it starts fast."""

import subprocess
import sys

import click
import pytest

from webapp.cli import cli
from webapp.cli.campaigns import campaign

PROGRAM = """
import sys
from webapp.cli import main
try:
    main()
finally:
    print(*sys.modules, file=sys.stderr)
"""
SLOW = {
    *("alembic", "argon2", "authlib", "flask", "flask_security", "itsdangerous", "jinja2", "mako"),
    *("passlib", "phonenumbers", "prometheus_client", "psycopg", "pygments", "requests"),
    *("spectree", "twilio", "uvicorn", "webauthn", "werkzeug"),
    *("sqlalchemy.dialects.postgresql", "ledger.messages.opt_out_wordings"),
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


@pytest.mark.parametrize("command", [("campaign", "list"), ("sending", "show"), ("user", "list")])
def test_a_short_command_imports_nothing_slow_that_it_does_not_use(school, command):
    school.launch("Ada,+14155550101")
    used = imported_by(school, *command)
    assert (used & SLOW, used & {"sqlalchemy"}) == (set(), {"sqlalchemy"})


def test_a_command_about_accounts_imports_no_views(school):
    school.launch("Ada,+14155550101")
    used = imported_by(school, "user", "list")
    assert [name for name in used if name.startswith("projections")] == []


def test_a_command_that_shows_no_events_imports_no_words_for_them(school):
    school.launch("Ada,+14155550101")
    assert "webapp.explain.event_summaries" not in imported_by(school, "user", "list")


@pytest.mark.parametrize("command", [("--help",), ("campaign", "--help")])
def test_a_list_of_commands_imports_none_of_them(school, command):
    used = imported_by(school, *command)
    assert used & {*SLOW, "sqlalchemy", "webapp.cli.audit", "webapp.cli.common"} == set()


@pytest.mark.parametrize("group", [cli, campaign])
def test_a_list_of_commands_says_of_each_what_its_own_help_says(group):
    commands = {name: group.get_command(click.Context(group), name) for name in group.lazy}
    words = {
        name: "" if command.hidden else command.get_short_help_str(limit=1000)
        for name, command in commands.items()
    }
    assert {name: lazy.words for name, lazy in group.lazy.items()} == words


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
