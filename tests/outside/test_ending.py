"""Long-running commands end in good order, and leave no process behind, whatever is killed."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from kit.processes import child_of
from webapp.explain.key_backups import NO_KEY_BACKUP
from webapp.processes import STOP_SIGNALS, until_stopped

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


@pytest.mark.parametrize(
    ("command", "number"),
    [
        ("serve", signal.SIGTERM),
        ("simulate", signal.SIGINT),
        pytest.param("serve", signal.SIGINT, marks=pytest.mark.torture),
        pytest.param("receive", signal.SIGTERM, marks=pytest.mark.torture),
        pytest.param("receive", signal.SIGINT, marks=pytest.mark.torture),
        pytest.param("simulate", signal.SIGTERM, marks=pytest.mark.torture),
    ],
)
def test_a_command_that_was_started_with_sigint_ignored_ends(school, command, number):
    with started(school, command, "--port", str(school.port)) as process:
        process.send_signal(number)
        _, complaints = process.communicate(timeout=30)
    warning = "" if command == "simulate" else f"Warning: {NO_KEY_BACKUP}\n"
    assert (process.returncode, complaints) == (0, warning)


@pytest.mark.parametrize(
    "number", [pytest.param(signal.SIGTERM, marks=pytest.mark.torture), signal.SIGKILL]
)
def test_its_processes_end_with_the_program_that_started_them(school, number):
    with started(school, "up", "--simulate", "--port", str(school.port)) as process:
        process.send_signal(number)
        process.communicate(timeout=30)
    assert process.returncode == (0 if number == signal.SIGTERM else -number)


@pytest.mark.parametrize(
    "name", [pytest.param("simulate", marks=pytest.mark.torture), "serve-pages"]
)
def test_the_program_ends_with_each_of_its_processes_and_says_so(school, name):
    with started(school, "up", "--simulate", "--port", str(school.port)) as process:
        os.kill(child_of(process.pid, name), signal.SIGKILL)
        _, complaints = process.communicate(timeout=30)
    assert process.returncode == 1
    assert f"delivery-ledger: The process `{name}` ended" in complaints
    assert "Traceback" not in complaints


PARENT = """
import os, subprocess, sys
child = "import os, sys; from ledger.parent_process import end_with; end_with(int(sys.argv[1]));"
child += "print(flush=True); sys.stdin.read()"
subprocess.run([sys.executable, "-c", child, str(os.getpid())])
"""


def test_a_child_ends_when_its_parent_is_killed(school):
    with subprocess.Popen(
        [sys.executable, "-c", PARENT],
        env=school.environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as parent:
        assert parent.stdout.readline()
        parent.kill()
        assert parent.stdout.read() == b""  # the child, which has the same output, has ended


def test_a_child_ends_whose_parent_has_ended_before(school):
    script = "from ledger.parent_process import end_with; end_with(2**22); print('goes on')"
    orphan = subprocess.run(
        [sys.executable, "-c", script], env=school.environment, capture_output=True, check=False
    )
    assert (orphan.returncode, orphan.stdout) == (-signal.SIGTERM, b"")


@pytest.fixture
def _signals_restored() -> Iterator[None]:
    handlers = {number: signal.getsignal(number) for number in STOP_SIGNALS}
    yield
    os.close(signal.set_wakeup_fd(-1))
    for number, handler in handlers.items():
        signal.signal(number, handler)


@pytest.mark.parametrize("number", STOP_SIGNALS)
@pytest.mark.usefixtures("_signals_restored")
def test_each_of_these_signals_stops_a_program_that_has_started(number):
    signal.signal(signal.SIGHUP, signal.SIG_DFL)  # the tests themselves may run under nohup
    with until_stopped() as stop:
        stop.started()
        os.kill(os.getpid(), number)
        assert stop.wait(10)


@pytest.mark.usefixtures("_signals_restored")
def test_a_program_that_nohup_started_goes_on_after_a_hangup():
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    with until_stopped():
        assert signal.getsignal(signal.SIGHUP) == signal.SIG_IGN


def test_a_program_that_is_stopped_while_it_starts_ends_at_once(school):
    script = """
from webapp.processes import until_stopped
with until_stopped():
    print(flush=True)
    while True: pass
"""
    with subprocess.Popen(
        [sys.executable, "-c", script], env=school.environment, stdout=subprocess.PIPE
    ) as process:
        assert process.stdout.readline()
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=30) == 0
