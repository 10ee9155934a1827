"""The first sheet of a workbook of the audit trail: what it holds, and how to make it again."""

import shlex
from collections.abc import Sequence
from urllib.parse import urlencode

from ledger.recorded_event import RecordedEvent
from webapp.audit.names import AuditNames
from webapp.audit.query import AuditQuery
from webapp.audit.words import exact_words_of, words_of
from webapp.audit.workbook import AuditWorkbook, Value
from webapp.bootstrap import Application
from webapp.explain.numbers import counted, plural

_SAME_FILE = (
    "The same search as of the same event is the same file, with the same SHA-256, until somebody "
    "in it is forgotten or renamed. Another version of the program may write it differently."
)
_TIMES = "UTC, to the millisecond; the CSV of the same events has microseconds."


def about(
    workbook: AuditWorkbook, query: AuditQuery, until: int, app: Application, names: AuditNames
) -> Sequence[tuple[str, Value]]:
    """Return the lines of the sheet: what each says, and its value. Nothing depends on today."""
    ledger, ledger_name = app.ledger, app.settings.ledger_name
    head = ledger.reader.events_by_seq([until]).get(until)
    return [
        ("Delivery Ledger", "Events of the audit trail"),
        ("Search", words_of(query, names) or "Every event"),
        ("Record of access", "included" if query.shows_access else "left out"),
        ("Ledger", ledger.ledger_id),
        ("As of event", until),
        ("Recorded at", ledger.reader.time_at(until) if until else None),
        ("Fingerprint of that event", _fingerprint(head, ledger_name)),
        ("Events in this workbook", workbook.events),
        ("First event", workbook.first),
        ("Last event", workbook.last),
        ("Sheets of events", workbook.event_sheets),
        ("Times", _TIMES),
        ("Long texts", _long_texts(workbook.long_texts)),
        ("To make it again", _command(query, until, ledger_name)),
        ("Or on the page", _page(query, until)),
        ("The same file", _SAME_FILE),
    ]


def _fingerprint(head: RecordedEvent | None, ledger_name: str | None) -> str | None:
    if head is None:
        return None
    if head.is_altered:
        return f"It was altered: see `{_command_line(['verify'], ledger_name)}`."
    return head.row.leaf.hex()


def _long_texts(count: int) -> str:
    if not count:
        return "None: every text is whole in its cell."
    are = plural(count, "is", "are")
    return (
        f"{counted(count, 'text')} {are} too long for a cell, and whole in the sheet “Long texts”."
    )


def _command(query: AuditQuery, until: int, ledger_name: str | None) -> str:
    words = [*exact_words_of(query), "--as-of", str(until), "--xlsx", "--out", "events.xlsx"]
    return _command_line(["audit", *words], ledger_name)


def _command_line(words: Sequence[str], ledger_name: str | None) -> str:
    """Return a command as it is typed; it names the ledger where there are several."""
    chosen = ["--ledger", ledger_name] if ledger_name else []
    return shlex.join(["delivery-ledger", *chosen, *words])


def _page(query: AuditQuery, until: int) -> str:
    return f"/audit/exports?{urlencode(query.parameters() | {'as_of': str(until)})}"
