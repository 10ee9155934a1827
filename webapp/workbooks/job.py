"""A workbook, or another long file, that somebody asked for, as a small file of JSON keeps it.

    {"job_id":"5f0c…","ledger_id":"3b1e…","owner":"usr_…","parameters":{"campaign":"cam_…"},
     "up_to":41,"state":"running"}

The file is replaced whole at each change, as other processes read it meanwhile.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Annotated

import msgspec

from ledger.domain.offices import EVERYTHING, Scope

Moment = Annotated[datetime, msgspec.Meta(tz=True)]
Seq = Annotated[int, msgspec.Meta(ge=0, le=2**63 - 1)]


class JobKind(StrEnum):
    """What a job makes."""

    AUDIT = "audit"
    """The workbook of a search of the audit trail."""
    REPORT = "report"
    """The report of a campaign."""
    BUNDLE = "bundle"
    """What an auditor can check without this program."""


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """What sort of file is wanted, and for whom it is limited."""

    kind: JobKind = JobKind.AUDIT
    form: str = "xlsx"
    """Ends the name of the file."""
    words: str = ""
    """The words of a search, which may be a name or a number."""
    scope: Scope = EVERYTHING
    """What the account or the token sees that asks for it."""


AUDIT_WORKBOOK = Wanted()


class State(StrEnum):
    """Where a job is; it only ever moves downwards in this list."""

    WAITING = "waiting"
    RUNNING = "running"
    READY = "ready"
    FAILED = "failed"
    """Its problem says why, and what to do."""


class Job(msgspec.Struct, frozen=True, kw_only=True):
    """A search up to an event, who asked for its workbook, and how far the workbook is."""

    job_id: str
    ledger_id: str
    """The folder may be that of several ledgers."""
    owner: str
    """The user id of the only account that sees it."""
    parameters: Mapping[str, str]
    """What it is about: ids and times."""
    sealed_words: str = ""
    """The words of a search; only the program can read them."""
    kind: JobKind = JobKind.AUDIT
    form: str = "xlsx"
    """The format of the file; it ends the file's name."""
    offices: tuple[str, ...] | None = None
    """The offices that its owner, or the token, saw when it was asked for; None for all."""
    up_to: Seq
    asked_at: Moment
    state: State = State.WAITING
    changed_at: Moment
    """When it came into this state."""
    key_epoch: int = 0
    """The ledger's epoch when it was begun: it grows when somebody is forgotten."""
    events: int = 0
    """How many events, or rows of a report, were written so far."""
    last: Seq | None = None
    """The seq of the last of them."""
    final: Seq | None = None
    """The seq at which it will end; of a report, about how many rows it will have."""
    file_name: str = ""
    summary: str = ""
    """Count and ends in words."""
    sha256: str = ""
    size: int = 0
    """In bytes."""
    problem: str = ""

    @property
    def scope(self) -> Scope:
        """What its owner, or the token, saw when it was asked for: with others it is not given."""
        return Scope(None if self.offices is None else frozenset(self.offices))

    @property
    def is_unfinished(self) -> bool:
        """Whether it waits or is being made."""
        return self.state in (State.WAITING, State.RUNNING)
