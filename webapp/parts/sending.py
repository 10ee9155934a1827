"""The sender, and the maintenance beside it."""

import threading
from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TypeVar

from ledger.commands.repository import sending_switch
from ledger.domain.sending_switch import SendingAccount
from ledger.errors import BadSetting
from ledger.lazy_property import lazy_property
from ledger.sending.attempt_runner import AttemptRunner
from ledger.sending.automatic_acts import AutomaticActs
from ledger.sending.circuit_breaker import CircuitBreaker
from ledger.sending.cursors import Cursors
from ledger.sending.line_types import LineTypeLookUp
from ledger.sending.maintenance import PATIENCE_SECONDS, Maintenance
from ledger.sending.missed_reports import MissedReports
from ledger.sending.price_collection import PriceCollection
from ledger.sending.price_passes import PricePasses
from ledger.sending.rate_limiter import RateLimiter
from ledger.sending.recall import Recall
from ledger.sending.reconciliation import Reconciler
from ledger.sending.rollback_guard import RollbackGuard
from ledger.sending.sender import Sender
from ledger.sending.start_check import StartCheck
from ledger.sending.unknown_outcomes import UnknownOutcomes
from ledger.sending.worklist import (
    AcceptedText,
    Failing,
    SentText,
    TextCursor,
    UnsettledAttempt,
)
from projections.campaigns.worklist import WorklistQueries
from webapp.bootstrap import Application
from webapp.demo import is_earlier_demonstration
from webapp.metrics.roles import Role
from webapp.standin_account import ACCOUNT_SID

T = TypeVar("T")


def sending(application: Application) -> "Sending":
    """The factory of senders; raises `StoreUnavailable`."""
    settings = application.settings
    return Sending(
        application=application,
        rate_limiter=application.rate_limiter,
        cursors=Cursors(application.sending_engine, application.clock),
        price_passes=PricePasses(application.sending_engine),
        rollback_guard=RollbackGuard(application.ledger, settings.databases.file("sender")),
        worklist=_CaughtUpWorklist(application, WorklistQueries(application.views.engine)),
    )


@dataclass(frozen=True, kw_only=True)
class Sending:
    """Makes senders and their parts; those of one process share rate limiter and worklist."""

    application: Application
    rate_limiter: RateLimiter
    cursors: Cursors
    price_passes: PricePasses
    rollback_guard: RollbackGuard
    worklist: "_CaughtUpWorklist"
    answers: Counter[str] = field(default_factory=Counter)
    """How Twilio answered the senders of this process."""
    breaker: CircuitBreaker = field(default_factory=CircuitBreaker)

    def sender(self, stop: threading.Event) -> Sender:
        """A sender of this ledger. The rollback guard checks the ledger first.

        Raises `BadSetting` if a setting that it needs is missing, and `Refused` where the ledger
        belongs to another account.
        """
        settings = self.application.settings
        settings.twilio.check_for_sending()
        if settings.public_url is None:
            raise BadSetting(
                "Set LEDGER_PUBLIC_URL to the address at which Twilio reaches this program; "
                "without it no callback could come."
            )
        self.check_account()
        self.rollback_guard.check()
        self.application.roles.add(Role.SENDING)
        attempt_runner = AttemptRunner(
            ledger=self.application.ledger,
            codes=self.application.codes,
            provider=self.application.provider,
            account=settings.twilio.sending_account,
            callback_url=self.callback_url,
            validity_seconds=settings.validity_seconds,
            rollback_guard=self.rollback_guard,
            stop=stop,
        )
        return Sender(
            attempt_runner=attempt_runner,
            worklist=self.worklist,
            rate_limiter=self.rate_limiter,
            start_check=self._start_check(),
            stop=stop,
            answers=self.answers,
            breaker=self.breaker,
        )

    def check_account(self) -> None:
        """Raise `Refused` where the ledger belongs to another account than that of the settings."""
        reader = self.application.ledger.reader
        switch = sending_switch(reader)
        if switch.account is None and is_earlier_demonstration(reader):
            switch = replace(switch, account=SendingAccount(ACCOUNT_SID, is_demonstration=True))
        switch.check_account(self.application.settings.twilio.sending_account)

    def check_for_loss(self) -> None:
        """Stop all sending where the ledger lost its end, by either check.

        Raises `BadSetting`, `StoreUnavailable`, and `ProviderError` where Twilio cannot be asked.
        """
        self.rollback_guard.check()
        self._start_check().compare()

    def _start_check(self) -> StartCheck:
        application = self.application
        return StartCheck(
            ledger=application.ledger, provider=application.provider, worklist=self.worklist
        )

    def maintenance(self, stop: threading.Event) -> Maintenance:
        """The maintenance of this ledger."""
        application = self.application
        unknown_outcomes = UnknownOutcomes(
            ledger=application.ledger,
            codes=application.codes,
            provider=application.provider,
            worklist=self.worklist,
        )
        automatic_acts = AutomaticActs(
            ledger=application.ledger,
            codes=application.codes,
            worklist=self.worklist,
            limits=application.settings.limits,
        )
        reconciler = replace(self.reconciler(stop), patience_seconds=PATIENCE_SECONDS)
        missed_reports = MissedReports(
            reconciler=reconciler, cursors=self.cursors, clock=application.clock
        )
        return Maintenance(
            unknown_outcomes=unknown_outcomes,
            missed_reports=missed_reports,
            reconciler=reconciler,
            automatic_acts=automatic_acts,
            rollback_guard=self.rollback_guard,
            prices=self.price_collection(),
            stop=stop,
        )

    def price_collection(self) -> PriceCollection | None:
        """What collects the prices of texts; None where the settings switch it off."""
        application = self.application
        settings = application.settings.price_collection
        if settings is None:
            return None
        return PriceCollection(
            ledger=application.ledger,
            provider=application.provider,
            passes=self.price_passes,
            cursors=self.cursors,
            worklist=self.worklist,
            texts_of=self.worklist.sent_texts,
            blocked_until=self.rate_limiter.blocked_until,
            settings=settings,
        )

    def prices_read_at(self) -> datetime | None:
        """When a page of prices was last read; None before the first, and without collecting."""
        if self.application.settings.price_collection is None:
            return None
        return self.price_passes.last_read_at()

    def reconciler(self, stop: threading.Event) -> Reconciler:
        """The reconciler of this ledger."""
        application = self.application
        return Reconciler(
            ledger=application.ledger,
            codes=application.codes,
            provider=application.provider,
            worklist=self.worklist,
            cursors=self.cursors,
            stop=stop,
        )

    def recall(self) -> Recall:
        """What asks Twilio for texts back, at the account that this ledger sends from.

        Raises `BadSetting` if a setting of the account is missing, and `Refused` where the ledger
        belongs to another account.
        """
        application = self.application
        application.settings.twilio.check_for_sending()
        self.check_account()
        return Recall(
            ledger=application.ledger, provider=application.provider, codes=application.codes
        )

    def line_type_look_up(self) -> LineTypeLookUp:
        """What looks up line types at Twilio, by the account that this ledger sends from.

        Raises `BadSetting` if a setting of the account is missing, and `Refused` where the ledger
        belongs to another account.
        """
        self.application.settings.twilio.check_for_sending()
        self.check_account()
        return self._line_type_look_up

    @lazy_property
    def _line_type_look_up(self) -> LineTypeLookUp:
        return LineTypeLookUp(ledger=self.application.ledger, provider=self.application.provider)

    def callback_url(self, delivery_id: str, turn: int) -> str:
        """The address for callbacks about the attempt of this turn."""
        settings = self.application.settings
        token = self.application.ledger.identity.callback_token(delivery_id, turn)
        path = f"/twilio/status/{delivery_id}/{turn}/{token}"
        return f"{settings.public_url}{path}{settings.callback_fragment}"


@dataclass(frozen=True)
class _CaughtUpWorklist:
    """The status projection's worklist; the views catch up before every query.

    Where rows of the views make a query fail, they are replaced and the query is made once more.
    """

    application: Application
    worklist: WorklistQueries

    def _asked(self, query: Callable[[], T]) -> T:
        def read() -> T:
            self.application.views.catch_up()
            return query()

        return self.application.view_faults.retried(read)

    def due(self, now: datetime, limit: int, excluded_ids: Collection[str] = ()) -> Sequence[str]:
        return self._asked(lambda: self.worklist.due(now, limit, excluded_ids))

    def unsettled_attempts(self) -> Sequence[UnsettledAttempt]:
        return self._asked(self.worklist.unsettled_attempts)

    def unsent(self, after: str, limit: int) -> Sequence[str]:
        return self._asked(lambda: self.worklist.unsent(after, limit))

    def count_unsent(self) -> int:
        return self._asked(self.worklist.count_unsent)

    def accepted_texts(
        self, after: TextCursor, until: datetime, limit: int, campaign_id: str | None = None
    ) -> Sequence[AcceptedText]:
        return self._asked(lambda: self.worklist.accepted_texts(after, until, limit, campaign_id))

    def overdue(self, now: datetime) -> Sequence[str]:
        return self._asked(lambda: self.worklist.overdue(now))

    def failing(
        self, of_last: int, share: float, ignored_codes: Collection[str] = ()
    ) -> Sequence[Failing]:
        return self._asked(lambda: self.worklist.failing(of_last, share, ignored_codes))

    def sent_texts(self, sids: Collection[str]) -> Mapping[str, SentText]:
        return self._asked(lambda: self.application.costs.sent_texts(sids))

    def begun_before(self, moment: datetime) -> Sequence[str]:
        return self._asked(lambda: self.worklist.begun_before(moment))
