"""A part that is missing is told loudly, or is a failure where the surroundings promised it."""

import os
import subprocess
import sys
from pathlib import Path

TESTS = Path(__file__).parent
NEEDY = """
from kit.required import not_run

def test_one():
    not_run("pg", "it is not here")

def test_two():
    not_run("pg", "it is not here")
"""


def run_without_postgres(folder: Path, **settings: str) -> subprocess.CompletedProcess[str]:
    (folder / "test_needy.py").write_text(NEEDY)
    (folder / "pytest.ini").write_text("[pytest]")
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "kit.required"],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(TESTS), "LEDGER_REQUIRE": "", **settings},
        capture_output=True,
        text=True,
        check=False,
    )


def test_what_was_not_run_is_told_at_the_end_with_its_cure(tmp_path):
    done = run_without_postgres(tmp_path)
    assert done.returncode == 0
    told = "NOT RUN: 2 tests: no pg (it is not here); apt install postgresql"
    assert told in done.stdout.splitlines()[-3:]


def test_a_part_that_was_promised_must_be_there(tmp_path):
    done = run_without_postgres(tmp_path, LEDGER_REQUIRE="browser,pg")
    assert done.returncode == 1
    assert "2 failed" in done.stdout
