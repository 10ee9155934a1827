"""The benchmarks at toy size: every line gives a figure. How large it is, no test says."""

import subprocess
import sys
from pathlib import Path

TESTS = Path(__file__).parents[1]


def test_every_benchmark_gives_its_figures():
    done = subprocess.run(
        [sys.executable, "-m", "bench", "--small"],
        cwd=TESTS,
        env={"PYTHONPATH": f"{TESTS.parent}:{TESTS}", "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    lines = [line.split(" | ") for line in done.stdout.splitlines() if line.startswith("| ")][1:]
    missing = {line[0] for line in lines if line[3] == "not run"}
    assert missing <= {"| durable append, SQLite", "| durable append, PostgreSQL"}
    assert len(lines) >= 13
