"""The composition root: the one place where engine, clock, provider, ledger and views meet."""

import threading
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from ledger.clock import Clock, SystemClock
from ledger.domain.error_codes import CodeTable, load_codes
from ledger.errors import BadSetting
from ledger.ledger import Ledger
from ledger.proof.checkpoint_log import Checkpoints, Every
from ledger.proof.export import Exporter
from ledger.proof.ledger_verifier import VerificationResult, verify
from ledger.proof.signing_keys import KeyFile
from ledger.providers.contract import Provider
from ledger.providers.twilio import TwilioProvider
from ledger.sending.attempt_runner import AttemptRunner
from ledger.sending.automatic_acts import AutomaticActs
from ledger.sending.cursors import Cursors
from ledger.sending.maintenance import Maintenance
from ledger.sending.rate_limiter import RateLimiter
from ledger.sending.reconciliation import Reconciler
from ledger.sending.rollback_guard import RollbackGuard
from ledger.sending.sender import Sender
from ledger.sending.unknown_outcomes import UnknownOutcomes
from ledger.sending.worklist import CarriedText, DoubtfulAttempt, Failing, TextCursor
from ledger.store.encryption import master_key
from ledger.store.engine import open_database
from ledger.store.schema_migration import check_revision, revision_of
from ledger.store.store import open_store
from projections.callback_silence import SilenceProjection, SilenceQueries
from projections.campaigns.queries import CurrentCampaignViews
from projections.campaigns.worklist import StatusWorklist
from projections.conversations.projection import ConversationsProjection
from projections.conversations.queries import ConversationQueries
from projections.drafts import DraftQueries, DraftsProjection
from projections.engine.projection import Projection
from projections.engine.view_store import open_view_store
from projections.engine.views import Views
from projections.tables.projection import SharedProjection
from webapp.accounts import Accounts
from webapp.scrubbing import Scrubber
from webapp.settings import Settings


@dataclass(frozen=True, kw_only=True)
class Application:
    """All parts, put together; the command line and the web app are handed one."""

    settings: Settings
    clock: Clock
    codes: CodeTable
    provider: Provider
    ledger: Ledger
    checkpoints: Checkpoints
    exporter: Exporter
    views: Views
    accounts: Accounts
    status: CurrentCampaignViews
    silences: SilenceQueries
    drafts: DraftQueries
    conversations: ConversationQueries
    pace: RateLimiter
    rounds: Cursors
    scrubber: Scrubber

    @property
    def memory(self) -> RollbackGuard:
        """What this machine remembers of the ledger."""
        return RollbackGuard(self.ledger, self.settings.databases.file("sender"))

    def sender(self, stop: threading.Event) -> Sender:
        """A sender over this ledger, which is looked at first; sending is off where it was cut.

        Raises `BadSetting` where something it needs is missing.
        """
        self.settings.twilio.check_for_sending()
        if self.settings.public_url is None:
            raise BadSetting(
                "Set LEDGER_PUBLIC_URL to the address at which Twilio reaches this program; "
                "without it no callback could come."
            )
        self.memory.check()
        courier = AttemptRunner(
            ledger=self.ledger,
            codes=self.codes,
            provider=self.provider,
            callback_url=self.callback_url,
            validity_seconds=self.settings.validity_seconds,
            stop=stop,
        )
        return Sender(courier=courier, worklist=self._worklist(), pace=self.pace, stop=stop)

    def upkeep(self, stop: threading.Event) -> Maintenance:
        """What is to be done beside sending."""
        doubts = UnknownOutcomes(
            ledger=self.ledger,
            codes=self.codes,
            provider=self.provider,
            worklist=self._worklist(),
        )
        watch = AutomaticActs(
            ledger=self.ledger, worklist=self._worklist(), limits=self.settings.limits
        )
        return Maintenance(
            doubts=doubts,
            reconciler=self.reconciler(stop),
            watch=watch,
            memory=self.memory,
            stop=stop,
        )

    def reconciler(self, stop: threading.Event) -> Reconciler:
        """Asks Twilio about what it has and never reported on."""
        return Reconciler(
            ledger=self.ledger,
            codes=self.codes,
            provider=self.provider,
            worklist=self._worklist(),
            rounds=self.rounds,
            stop=stop,
        )

    def _worklist(self) -> "_CaughtUpWorklist":
        return _CaughtUpWorklist(self.views, StatusWorklist(self.views.engine))

    def callback_url(self, delivery_id: str, turn: int) -> str:
        """Where the provider reports on the attempt of this turn."""
        token = self.ledger.identity.callback_token(delivery_id, turn)
        path = f"/twilio/status/{delivery_id}/{turn}/{token}"
        return f"{self.settings.public_url}{path}{self.settings.callback_fragment}"


@dataclass(frozen=True)
class _CaughtUpWorklist:
    """The status projection's worklist, read on to the head before every look."""

    views: Views
    worklist: StatusWorklist

    def due(self, now: datetime, limit: int, besides: Collection[str] = ()) -> Sequence[str]:
        self.views.catch_up()
        return self.worklist.due(now, limit, besides)

    def in_doubt(self) -> Sequence[DoubtfulAttempt]:
        self.views.catch_up()
        return self.worklist.in_doubt()

    def carried(
        self, after: TextCursor, until: datetime, limit: int, campaign_id: str | None = None
    ) -> Sequence[CarriedText]:
        self.views.catch_up()
        return self.worklist.carried(after, until, limit, campaign_id)

    def overdue(self, now: datetime) -> Sequence[str]:
        self.views.catch_up()
        return self.worklist.overdue(now)

    def failing(self, of_last: int, share: float) -> Sequence[Failing]:
        self.views.catch_up()
        return self.worklist.failing(of_last, share)

    def begun_before(self, moment: datetime) -> Sequence[str]:
        self.views.catch_up()
        return self.worklist.begun_before(moment)


def build(
    settings: Settings,
    *,
    clock: Clock | None = None,
    provider: Callable[[Settings], Provider] = lambda settings: TwilioProvider(settings.twilio),
) -> Application:
    """Put the parts together; opens, or gives birth to, the ledger and the views.

    Raises `BadSetting`, `WrongKey`, `StoreUnavailable`.
    """
    clock = clock or SystemClock()
    codes = load_codes()
    databases = settings.databases
    store = open_store(databases.ledger_url, setting="LEDGER_DATABASE_URL")
    ledger = Ledger(store, clock, master_key(settings.master_key))
    checkpoints = Checkpoints(
        store,
        clock,
        ledger.ledger_id,
        KeyFile(settings.signing_key),
        Every(events=settings.checkpoint_events, minutes=settings.checkpoint_minutes),
    )
    place = open_view_store(databases.views_url, databases.ledger_url, setting="LEDGER_VIEWS_URL")
    projections: list[Projection] = [
        SharedProjection(),
        SilenceProjection(),
        ConversationsProjection(),
        DraftsProjection(),
    ]
    views = Views(place, ledger.reader, projections)
    accounts_engine = open_database(
        databases.accounts_url, "accounts", setting="LEDGER_DATABASE_URL", is_durable=True
    )
    sending_engine = open_database(
        databases.sending_url, "sending", setting="LEDGER_DATABASE_URL", is_durable=False
    )
    twilio = provider(settings)
    return Application(
        settings=settings,
        clock=clock,
        codes=codes,
        provider=twilio,
        ledger=ledger,
        checkpoints=checkpoints,
        exporter=Exporter(store.engine, checkpoints),
        views=views,
        accounts=Accounts(accounts_engine, clock=clock),
        status=CurrentCampaignViews(place.engine, codes, clock),
        silences=SilenceQueries(place.engine),
        drafts=DraftQueries(place.engine),
        conversations=ConversationQueries(place.engine, codes),
        pace=RateLimiter(sending_engine, clock, twilio.sender, settings.segments_per_second),
        rounds=Cursors(sending_engine, clock),
        scrubber=Scrubber(ledger, views),
    )


def verify_ledger(
    settings: Settings, outside: Mapping[str, str], progress: Callable[[int, int], None]
) -> VerificationResult:
    """Verify the ledger's database alone: no master key is needed, and no views.

    `outside` is name → signed note. Raises `BadInput`, `BadSetting`, `StoreUnavailable`, and
    `LedgerError` for tables of another revision.
    """
    store = open_store(settings.databases.ledger_url, setting="LEDGER_DATABASE_URL")
    try:
        check_revision(revision_of(store.engine))
        keys = KeyFile(settings.signing_key).read()
        return verify(store.engine, keys=keys, outside=outside, progress=progress)
    finally:
        store.engine.dispose()
