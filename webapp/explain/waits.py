"""What a text waits for after an error code, in words; the plan comes from the same wait."""

from collections.abc import Mapping
from types import MappingProxyType

from ledger.domain.error_codes import CodeTable, ErrorCode
from ledger.domain.holds import NextAttempt
from ledger.domain.waits import GROWING, Wait, WaitKind
from webapp.explain.numbers import counted

WAIT_NAMES: Mapping[WaitKind, str] = MappingProxyType(
    {
        WaitKind.NEXT_DAY_PACIFIC: "the end of a daily limit (midnight Pacific time)",
        WaitKind.ALLOWED_HOURS: "the hours in which the law allows it",
    }
)
"""The causes whose end is known, for use after "waits for"."""


def outlook(code: ErrorCode) -> str:
    """Return when a text is tried again after this code of a soft bounce, without full stop."""
    tried_again = f"Tried again {_when(code.wait or GROWING)}"
    return f"{tried_again}; all other texts wait as well" if code.holds_sender else tried_again


def wait_name(code: str | None, upcoming: NextAttempt, codes: CodeTable) -> str | None:
    """Return the cause that a delivery waits out; None where its end is not known."""
    row = codes.find(code) if upcoming.has_wait else None
    return WAIT_NAMES.get(row.wait.kind) if row and row.wait else None


def _when(wait: Wait) -> str:
    match wait.kind:
        case WaitKind.MINUTES:
            return f"after {counted(wait.count, 'minute')}"
        case WaitKind.HOURS:
            return f"after {counted(wait.count, 'hour')}"
        case WaitKind.NEXT_DAY_PACIFIC:
            return "after midnight Pacific time, when the limit ends"
        case WaitKind.ALLOWED_HOURS:
            return "in the hours that the law allows, from 08:00 to 21:00 where the contact lives"
        case WaitKind.GROWING:
            return "after a wait that grows each time"
