"""What Twilio's error codes mean for a delivery: the typed rows of `twilio_error_codes.csv`.

What follows from a code (wait, fail, pause the campaign) is decided elsewhere.
"""

import csv
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from importlib.resources import files

from ledger.domain.vocabulary import Reason, Scope
from ledger.domain.waits import Wait

_BOOLEANS = {"true": True, "false": False}


class FailureClass(StrEnum):
    """What the fault is in: the number, the moment, or the school's own settings."""

    HARD = "hard"
    SOFT = "soft"
    CONFIG = "config"


@dataclass(frozen=True, slots=True)
class ErrorCode:
    """One row of the table; `title` is for those who know Twilio.

    `sentence` is for staff. It says what happened; what follows is said from the other columns.
    """

    code: str
    title: str
    failure_class: FailureClass
    is_retryable: bool
    scope: Scope
    reason: Reason
    wait: Wait | None
    """What ends the wait before the next attempt; None unless it is a soft bounce."""
    is_counted: bool
    """Whether the attempt counts towards a limit; one that met a cap of the school does not."""
    holds_sender: bool
    """Whether all texts of the sender wait, and not only this one."""
    sentence: str

    @property
    def is_soft_bounce(self) -> bool:
        """Whether the cause may pass by itself, so that the text is sent again (R10)."""
        return self.failure_class is FailureClass.SOFT and self.is_retryable

    @property
    def is_outcome_unknown(self) -> bool:
        """Whether the text may have been sent nevertheless, so that it is never resent blindly."""
        return self.failure_class is FailureClass.SOFT and not self.is_retryable

    @property
    def is_account_fault(self) -> bool:
        """Whether the school's own account is at fault, so that the campaign pauses (R19)."""
        return self.scope is Scope.ACCOUNT


@dataclass(frozen=True)
class CodeTable:
    """The known codes, in the order of the file."""

    by_code: Mapping[str, ErrorCode]

    def find(self, code: str | int | None) -> ErrorCode | None:
        """Return the row of a code as Twilio wrote it; None for an unknown code and for none."""
        return None if code is None else self.by_code.get(str(code).strip())

    def may_be_ours(self, code: str | None) -> bool:
        """Whether the school's settings can be at fault as well as the contact (R19).

        Nobody knows whose fault an error is without a code, or with one that is not in the table.
        """
        row = self.find(code)
        return row.scope is Scope.EITHER if row else True

    def __iter__(self) -> Iterator[ErrorCode]:
        return iter(self.by_code.values())


def load_codes() -> CodeTable:
    """Read the packaged table. Raises KeyError or ValueError for a row that is not valid."""
    table = files("ledger.domain").joinpath("twilio_error_codes.csv")
    lines = table.read_text(encoding="utf-8").splitlines()
    rows = [_error_code(row) for row in csv.DictReader(lines, strict=True)]
    return CodeTable({row.code: row for row in rows})


def _error_code(row: Mapping[str, str]) -> ErrorCode:
    return ErrorCode(
        code=row["code"],
        title=row["title"],
        failure_class=FailureClass(row["class"]),
        is_retryable=_BOOLEANS[row["retryable"]],
        scope=Scope(row["scope"]),
        reason=Reason(row["reason"]),
        wait=Wait.parse(row["wait"]) if row["wait"] else None,
        is_counted=_BOOLEANS[row["counts"]],
        holds_sender={"sender": True, "": False}[row["holds"]],
        sentence=row["sentence"],
    )
