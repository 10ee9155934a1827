"""The lines of the log: time, level, ledger, request id, and words without personal data.

    timestamp=2026-11-21T10:31:07.204113Z level=error logger=webapp.background.checkpoints
    request_id=7f3a9c5d20b14e68 event="No checkpoint is made: …"       (one line)

Of an exception a line has its class, its place in the source and its code at the database or the
system. It never has its words, for they may repeat what was read, stored or asked for; only errors
of the ledger are quoted, but for those that repeat somebody's input. No value of a variable is
written.
"""

import sys
import traceback
from collections.abc import Iterator
from typing import Any

import structlog
from structlog.stdlib import ProcessorFormatter
from structlog.typing import EventDict, Processor

from ledger.errors import BadInput, LedgerError
from webapp.ledgers.names import ledger_name
from webapp.log_redaction import MARK, without_data
from webapp.serving.current_request import request_id

_IDS = ["timestamp", "level", "logger", "ledger", "request_id"]
_KEYS = [*_IDS, "event", "exception", MARK]


def formatter(form: str, *, is_terminal: bool) -> ProcessorFormatter:
    """Return the formatter for `terminal`, `logfmt` or `json`; by default it suits the output."""
    if form not in {"terminal", "logfmt", "json"}:
        form = "terminal" if is_terminal else "logfmt"
    renderers: dict[str, Processor] = {
        "terminal": structlog.dev.ConsoleRenderer(
            colors=is_terminal, exception_formatter=structlog.dev.plain_traceback
        ),
        "logfmt": structlog.processors.LogfmtRenderer(key_order=_KEYS, drop_missing=True),
        "json": structlog.processors.JSONRenderer(ensure_ascii=False),
    }
    time = structlog.processors.TimeStamper(fmt="iso", utc=True)
    of_record: list[Processor] = [
        *(time, structlog.stdlib.add_log_level, structlog.stdlib.add_logger_name),
        *(_add_ids, _describe_exception, _without_data),
    ]
    return ProcessorFormatter(
        foreign_pre_chain=of_record,
        processors=[ProcessorFormatter.remove_processors_meta, renderers[form]],
    )


def _add_ids(_logger: Any, _method: str, line: EventDict) -> EventDict:
    if name := ledger_name():
        line["ledger"] = name
    if current := request_id():
        line["request_id"] = current
    return line


def _describe_exception(_logger: Any, _method: str, line: EventDict) -> EventDict:
    """Replace the exception of a line by its description."""
    exc_info = line.pop("exc_info", None)
    error = sys.exc_info()[1] if exc_info is True else exc_info and exc_info[1]
    if error:
        line["exception"] = "\n".join(_description(error))
    return line


def _without_data(_logger: Any, _method: str, line: EventDict) -> EventDict:
    """Leave out what libraries write of data, and what asyncio shows of a task; mark the line."""
    if line["logger"] == "asyncio":
        line["event"] = str(line["event"]).partition("\n")[0]
    kinds: set[str] = set()
    for key in line.keys() - _IDS - {"_record", "_from_structlog"}:
        line[key], found = without_data(str(line[key]).rstrip())
        kinds |= found
    if kinds:
        line[MARK] = ",".join(sorted(kinds))
    return line


def _description(error: BaseException) -> Iterator[str]:
    """Yield the lines of a traceback, the cause first, without the words of the exceptions."""
    cause = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    if cause:
        yield from _description(cause)
        yield "which led to"
    frames = traceback.StackSummary.extract(traceback.walk_tb(error.__traceback__))
    yield from (f"{frame.filename}:{frame.lineno} in {frame.name}" for frame in frames)
    yield _words(error)


def _words(error: BaseException) -> str:
    """Return the class of an error, and what of it is known to be no personal data."""
    name = f"{type(error).__module__}.{type(error).__qualname__}"
    if isinstance(error, LedgerError) and not isinstance(error, BadInput):
        return f"{name}: {error}"
    codes = (getattr(error, code, None) for code in ("sqlite_errorname", "sqlstate", "errno"))
    return " ".join([name, *(str(code) for code in codes if code)])
