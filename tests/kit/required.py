"""Parts that a machine may lack: the tests that need one are skipped loudly, or must not be.

A skip says which package brings the part, and is repeated at the end of the run. LEDGER_REQUIRE
names the parts (`browser`, `pg`) whose absence is a failure, as in continuous integration.
"""

import os
from typing import NoReturn

import pytest

_PACKAGES = {"browser": "chromium-headless-shell libatomic1", "pg": "postgresql"}
_MARK = "NOT RUN: "


def not_run(part: str, why: str) -> NoReturn:
    """Skip the test for want of this part; or fail, where the surroundings promised it."""
    told = f"{_MARK}no {part} ({why}); apt install {_PACKAGES[part]}"
    if part in os.environ.get("LEDGER_REQUIRE", "").replace(",", " ").split():
        pytest.fail(told, pytrace=False)
    pytest.skip(told)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say at the very end what was not run, and of how many tests."""
    reasons = [str(report.longrepr[2]) for report in terminalreporter.stats.get("skipped", [])]
    told = [reason.partition(_MARK)[2] for reason in reasons if _MARK in reason]
    for reason in sorted(set(told)):
        terminalreporter.write_line(f"{_MARK}{told.count(reason)} tests: {reason}", yellow=True)
