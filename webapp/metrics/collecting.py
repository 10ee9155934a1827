"""Reads what the databases know of the ledger and its processes, each database for itself.

What is read costs the same whatever the size of the ledger. A database that is away takes with it
what only it knows, and nothing else.
"""

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from ledger.domain.events import StrayCallbackReceived
from ledger.errors import LedgerError
from projections.campaigns.totals import Totals, TotalsQueries
from projections.possible_opt_outs import PossibleOptOut
from webapp.bootstrap import Application
from webapp.callback_problems import ProblemCount
from webapp.metrics.own_numbers import this_process
from webapp.metrics.processes import Process
from webapp.store_checks import Place, Problem
from webapp.verifications import Verification
from webapp.webhooks.readings import WebhookReadings, webhook_readings

T = TypeVar("T")


@dataclass(frozen=True, kw_only=True)
class LedgerReadings:
    """What the ledger's own database says."""

    head: int
    strays: int
    checkpoint_at: datetime | None
    """When the newest checkpoint was made; None before the first."""
    checkpoint_size: int


@dataclass(frozen=True, kw_only=True)
class ViewReadings:
    """What the views say."""

    seq: int
    """The last event that they have read."""
    behind: int
    """How many events they have not read."""
    unread_since: datetime | None
    """When the oldest of these was recorded."""
    parked: int
    totals: Totals
    possible_opt_outs: int
    oldest_possible_opt_out: PossibleOptOut | None
    accepted_texts: int
    priced_texts: int


@dataclass(frozen=True, kw_only=True)
class SendingReadings:
    """What the senders' database says."""

    others: Sequence[Process]
    """The other processes of the last hour, also those that stopped writing."""
    callback_problems: Sequence[ProblemCount]
    verification: Verification | None
    limited_until: datetime | None
    """Until when Twilio asked for no texts."""
    is_off: bool
    prices_read_at: datetime | None
    """When a page of prices was last read; None before the first, and without collecting."""


@dataclass(frozen=True, kw_only=True)
class Readings:
    """Everything; None where the database is away."""

    at: datetime
    ledger: LedgerReadings | None
    views: ViewReadings | None
    sending: SendingReadings | None
    webhooks: WebhookReadings | None
    has_accounts: bool
    """Whether the accounts can be read."""
    own: Process | None
    """This process; None where the senders' database was away since its start."""
    store_problems: Sequence[Problem]

    @property
    def is_up(self) -> Mapping[Place, bool]:
        """Whether each database could be read."""
        return {
            Place.LEDGER: self.ledger is not None,
            Place.VIEWS: self.views is not None,
            Place.SENDING: self.sending is not None,
            Place.ACCOUNTS: self.has_accounts,
        }

    @property
    def processes(self) -> Sequence[Process]:
        """All processes that are known of, this one first."""
        others = self.sending.others if self.sending else ()
        return [*([self.own] if self.own else []), *others]


class Metrics:
    """Collects the readings; may be used by many threads."""

    def __init__(self, app: Application, totals: TotalsQueries) -> None:
        self._app, self._totals = app, totals
        self._lock = threading.Lock()
        self._strays = self._strays_until = 0

    def read(self) -> Readings:
        """Read everything; a database that is away raises nothing."""
        app = self._app
        return Readings(
            at=app.clock.now(),
            ledger=_unless_away(self._ledger),
            views=_unless_away(self._views),
            sending=_unless_away(self._sending),
            webhooks=_unless_away(lambda: webhook_readings(app.webhook_sending)),
            has_accounts=self._has_accounts(),
            own=_unless_away(lambda: this_process(app)),
            store_problems=self._store_problems(),
        )

    def _has_accounts(self) -> bool:
        accounts = _unless_away(lambda: self._app.accounts)
        return accounts is not None and _unless_away(accounts.has_anyone_with_password) is not None

    def _store_problems(self) -> Sequence[Problem]:
        checks = _unless_away(lambda: self._app.store_checks)
        return checks.problems() if checks else ()

    def _ledger(self) -> LedgerReadings:
        head, latest = self._app.ledger.reader.head(), self._app.checkpoints.latest()
        return LedgerReadings(
            head=head,
            strays=self._strays_up_to(head),
            checkpoint_at=latest.made_at if latest else None,
            checkpoint_size=latest.size if latest else 0,
        )

    def _strays_up_to(self, head: int) -> int:
        """Count those since the last time; the first count in a process reads an index."""
        with self._lock:
            if head > self._strays_until:
                self._strays += self._app.ledger.reader.count(
                    StrayCallbackReceived.topic, after=self._strays_until, until=head
                )
                self._strays_until = head
            return self._strays

    def _views(self) -> ViewReadings:
        app = self._app
        reader, seq = app.ledger.reader, app.views.position().seq
        head = reader.head()
        waiting = app.possible_opt_outs.waiting(limit=1)
        return ViewReadings(
            seq=seq,
            behind=max(head - seq, 0),
            unread_since=reader.time_at(seq + 1) if head > seq else None,
            parked=len(app.views.parked()),
            totals=self._totals.at(app.clock.now()),
            possible_opt_outs=app.possible_opt_outs.count() if waiting else 0,
            oldest_possible_opt_out=waiting[0] if waiting else None,
            accepted_texts=sum(app.silences.accepted().values()),
            priced_texts=app.costs.priced_texts(),
        )

    def _sending(self) -> SendingReadings:
        app = self._app
        conditions = app.sending_conditions()
        return SendingReadings(
            others=app.processes.others(),
            callback_problems=app.callback_problems.recent(),
            verification=app.verifications.state().last,
            limited_until=conditions.limited_until,
            is_off=conditions.is_off,
            prices_read_at=app.sending.prices_read_at(),
        )


def _unless_away(read: Callable[[], T]) -> T | None:
    try:
        return read()
    except LedgerError:
        return None
