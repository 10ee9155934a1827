"""Sets up logging for every command: one handler, for the program and for its libraries.

All modules log with the standard library's logging. What Python itself would print goes the same
way: warnings, and exceptions that nothing handled. `webapp/log_lines.py` makes the lines; it is
imported with the first one, because structlog is slow to import.
"""

import logging
import os
import pkgutil
import sys
import threading
from types import TracebackType

_FORMATTER = "webapp.log_lines:formatter"
_log = logging.getLogger(__name__)


def set_up_logging() -> None:
    """Send all logging of level WARNING and above to standard error, as LEDGER_LOG_FORMAT says."""
    handler = logging.StreamHandler()
    handler.setFormatter(_FormatterOfFirstLine())
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(logging.WARNING)
    logging.captureWarnings(capture=True)
    sys.excepthook = _log_uncaught
    threading.excepthook = _log_uncaught_in_thread


class _FormatterOfFirstLine(logging.Formatter):
    """Makes the real formatter when the first line is written."""

    _real: logging.Formatter | None = None

    def format(self, record: logging.LogRecord) -> str:
        if self._real is None:
            form, is_terminal = os.environ.get("LEDGER_LOG_FORMAT", ""), sys.stderr.isatty()
            self._real = pkgutil.resolve_name(_FORMATTER)(form.strip(), is_terminal=is_terminal)
        return self._real.format(record)


def _log_uncaught(
    kind: type[BaseException], error: BaseException, at: TracebackType | None
) -> None:
    if issubclass(kind, KeyboardInterrupt):
        sys.__excepthook__(kind, error, at)
        return
    _log.critical("The program ends because of an error.", exc_info=(kind, error, at))


def _log_uncaught_in_thread(uncaught: threading.ExceptHookArgs) -> None:
    error = uncaught.exc_value
    if error is None or isinstance(error, SystemExit):
        return
    name = uncaught.thread.name if uncaught.thread else "unknown"
    exc_info = (type(error), error, uncaught.exc_traceback)
    _log.critical("The thread %s ended because of an error.", name, exc_info=exc_info)
