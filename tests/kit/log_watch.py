"""Reads every log line that a test causes, and fails the test at one with personal data.

Lines of this process are read where they are logged, as the program would write them; lines of
processes that a test starts are read from their standard error (`kit.processes.School`).
"""

import logging
import re
from collections.abc import Iterator
from typing import Any

import pytest

from webapp.log_lines import formatter

_LOG_LINE = re.compile(r'timestamp=\S+ level=|\{.*"timestamp": ?"')
_NUMBERS = r"(?:\+|%2B|\b)(?:1[ .-]?)?\(?(?!500)[2-9]\d{2}[) .-]{0,2}555[ .-]?\d{4}\b"
_NAMES = ("Ada", "Lovelace", "Ben Okri", "Okri", "Cleo", "Merode", "Chloe", "Somebody Else")
_TEXTS = ("aid form", "Please call me", "Hello Ada", "Hello Ben", "Given up")
PERSONAL = re.compile(rf"{_NUMBERS}|\b(?:{'|'.join((*_NAMES, *_TEXTS))})\b")
"""What marks the personal data of this suite: its numbers, the names of its people, its texts."""

_lines: list[str] = []


def read_lines(output: str) -> None:
    """Keep the log lines of what a process wrote to standard error."""
    _lines.extend(line for line in output.splitlines() if _LOG_LINE.match(line))


def personal_lines() -> list[str]:
    """Return the lines with personal data since the last call."""
    personal = [line for line in _lines if PERSONAL.search(line)]
    _lines.clear()
    return personal


@pytest.fixture(scope="session", autouse=True)
def _lines_of_this_process() -> Iterator[None]:
    """Keep each record as the line that the program would write of it."""
    call_handlers = logging.Logger.callHandlers
    as_line = formatter("logfmt", is_terminal=False)

    def keep(logger: logging.Logger, record: logging.LogRecord) -> None:
        _lines.append(as_line.format(record))
        call_handlers(logger, record)

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(logging.Logger, "callHandlers", keep)
        yield


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown(item: pytest.Item) -> Iterator[Any]:
    """Fail the test whose lines have personal data, once its processes have ended."""
    result = yield
    personal = personal_lines()
    if personal:
        pytest.fail(f"{item.nodeid} logged personal data:\n" + "\n".join(personal), pytrace=False)
    return result
