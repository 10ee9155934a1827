"""A workbook that somebody asked for, as a small file of JSON keeps it.

    {"job_id":"5f0c…","ledger_id":"3b1e…","owner":"usr_…","parameters":{"campaign":"cam_…"},
     "up_to":41,"state":"running"}

The file is replaced whole at each change, as other processes read it meanwhile.
"""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Annotated

import msgspec

from ledger.domain.offices import Scope

Moment = Annotated[datetime, msgspec.Meta(tz=True)]
Seq = Annotated[int, msgspec.Meta(ge=0, le=2**63 - 1)]


class JobKind(StrEnum):
    """What a job makes."""

    AUDIT = "audit"
    """The workbook of a search of the audit trail."""
    REPORT = "report"
    """The report of a campaign."""


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
    """What it is about: ids, times and, of a report, the words of a search."""
    office_ids: tuple[str, ...] | None = None
    """The offices that the account saw when it asked; None: all."""
    kind: JobKind = JobKind.AUDIT
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
    def asked_for(self) -> tuple[str, Scope, JobKind, Mapping[str, str], int]:
        """Who asked for what; two jobs with the same would make the same file."""
        return self.owner, self.scope, self.kind, self.parameters, self.up_to

    @property
    def scope(self) -> Scope:
        """What the account saw when it asked: with other offices it does not get this file."""
        return Scope(None if self.office_ids is None else frozenset(self.office_ids))

    @property
    def is_unfinished(self) -> bool:
        """Whether it waits or is being made."""
        return self.state in (State.WAITING, State.RUNNING)
