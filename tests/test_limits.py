"""A run of the tests ends: a test that hangs fails by its name, and SIGINT is never ignored."""

import os
import signal
import subprocess
import sys
from pathlib import Path

TESTS = Path(__file__).parent
RUN = """
import signal
import time

def test_that_starts_processes():
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler

def test_that_hangs():
    time.sleep(60)
"""


def test_every_test_has_a_time_limit_of_three_minutes(pytestconfig):
    assert float(pytestconfig.getini("timeout")) == 180


def test_a_hanging_test_is_joined_and_sigint_is_heard_under_nohup(tmp_path):
    (tmp_path / "test_run.py").write_text(RUN)
    (tmp_path / "pytest.ini").write_text("[pytest]\ntimeout_method = signal")
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "kit.interrupts", "--timeout", "1"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(TESTS)},
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_IGN),
        capture_output=True,
        text=True,
        check=False,
    )
    assert "1 failed, 1 passed" in done.stdout
    assert "FAILED test_run.py::test_that_hangs - Failed: Timeout (>1.0s)" in done.stdout
