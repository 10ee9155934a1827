"""Long-running commands end in good order, even if their parent process ignores SIGINT."""

import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

IGNORING = ("sh", "-c", 'trap "" INT; exec "$0" "$@"', sys.executable, "-m", "webapp")
"""Starts a command as `nohup` and cron do: with SIGINT ignored."""


@contextmanager
def started(school, *words: str) -> Iterator["subprocess.Popen[str]"]:
    """A command that has printed its first line; its stderr ends when its children have ended."""
    with subprocess.Popen(
        [*IGNORING, *words],
        env=school.environment,
        cwd=school.folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            assert process.stdout.readline()
            yield process
        finally:
            process.kill()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
@pytest.mark.parametrize("command", ["serve", "receive", "simulate"])
def test_a_command_that_was_started_with_sigint_ignored_ends(school, command, number):
    with started(school, command, "--port", str(school.port)) as process:
        process.send_signal(number)
        _, complaints = process.communicate(timeout=30)
    assert (process.returncode, complaints) == (0, "")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_the_stand_in_ends_with_the_program_that_started_it(school, number):
    with started(school, "up", "--simulate", "--port", str(school.port)) as process:
        process.send_signal(number)
        process.communicate(timeout=30)
    assert process.returncode == (0 if number == signal.SIGTERM else -number)
