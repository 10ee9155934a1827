"""The composition root: it builds engine, clock, provider, ledger and views.

`build` builds what every command needs. The other parts are imported and built at their first use,
so that a short command starts fast.
"""

import logging
import pkgutil
from collections import Counter
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

import sqlalchemy as sa

from ledger.clock import Clock, SystemClock
from ledger.domain.campaign import Campaign
from ledger.domain.error_codes import CodeTable, load_codes
from ledger.domain.holds import SendingConditions
from ledger.domain.offices import EVERYTHING, Offices, Scope
from ledger.domain.offices import STREAM as OFFICES
from ledger.errors import StoreUnavailable
from ledger.lazy_property import lazy_property
from ledger.ledger import Ledger
from ledger.providers.contract import Provider
from ledger.sending.rate_limiter import RateLimiter
from ledger.store.connection_limit import limit_connections
from ledger.store.encryption import master_key
from ledger.store.engine import open_database
from ledger.store.store import Store, open_store
from projections.callback_silence import SilenceQueries
from projections.campaigns.current_queries import CurrentCampaignQueries
from projections.campaigns.replies import ReplyQueries
from projections.campaigns.unconfirmed import UnconfirmedQueries
from projections.contact_lists import ContactListQueries
from projections.costs.queries import CostQueries
from projections.drafts import DraftQueries
from projections.engine.views import Views
from projections.launch_requests import LaunchRequestQueries
from projections.names import NameQueries
from projections.numbers_to_fix.queries import NumbersToFixQueries
from projections.opt_outs import OptOutQueries
from projections.overview.all_campaigns import AllCampaignsQueries
from projections.overview.listed import ListedQueries
from projections.overview.queries import OverviewQueries
from projections.people.search import PeopleSearch
from projections.possible_opt_outs import PossibleOptOutQueries
from projections.report_facts import ReportFacts
from projections.resend_requests import ResendRequestQueries
from projections.responses import ResponsesQueries
from projections.retention import RetentionQueries
from webapp import tracing
from webapp.access_recorder import AccessRecorder
from webapp.opened_views import open_views
from webapp.scrubbing import Scrubber
from webapp.sending_conditions import sending_conditions
from webapp.serving.request_ids import request_id
from webapp.settings import Settings
from webapp.store_checks import Place, StoreChecks
from webapp.tracing.sending import traced

if TYPE_CHECKING:
    from ledger.proof.checkpoint_log import Checkpoints
    from ledger.proof.export import Exporter
    from ledger.proof.stamps import Stamps
    from ledger.proof.tiles import Tiles
    from ledger.proof.tlog_proof import Prover
    from projections.conversations.inbox import Inbox
    from webapp.accounts import Accounts
    from webapp.callback_problems import CallbackProblems
    from webapp.factors import FactorChanges
    from webapp.metrics.collecting import Metrics
    from webapp.metrics.processes import Processes
    from webapp.metrics.roles import Role, SendingPart
    from webapp.notices.choices import NoticeChoices
    from webapp.notices.record import NoticeRecord
    from webapp.offices.visibility import Visibility
    from webapp.parts.sending import Sending
    from webapp.people import People
    from webapp.repeated_callbacks import RepeatedCallbacks
    from webapp.token_changes import TokenChanges
    from webapp.verifications import Verifications
    from webapp.view_faults import ViewFaults
    from webapp.view_repairs import ViewRepairs
    from webapp.webhooks.endpoints import WebhookEndpoints
    from webapp.webhooks.turn import Sending as WebhookSending
    from webapp.workbooks.queue import WorkbookQueue

_TWILIO = "ledger.providers.twilio:TwilioProvider"
"""Its SDK takes longer to import than most commands take to run."""

_SHARE_OPT_OUTS = "ledger.commands.shared_opt_outs:share_old_opt_outs"
"""Imported once in the life of a ledger; it needs the library of phone numbers, which is slow."""

_WITHIN = "webapp.offices.scoped_application:within"
"""Imported for somebody who does not see all offices; it needs all queries."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class Application:
    """All parts of the program. The command line and the web app each get one."""

    settings: Settings
    clock: Clock
    codes: CodeTable
    store: Store
    ledger: Ledger
    views: Views
    silences: SilenceQueries
    drafts: DraftQueries
    contact_lists: ContactListQueries
    launch_requests: LaunchRequestQueries
    resend_requests: ResendRequestQueries
    possible_opt_outs: PossibleOptOutQueries
    opt_outs: OptOutQueries
    overviews: OverviewQueries
    listed: ListedQueries
    costs: CostQueries
    all_campaigns: AllCampaignsQueries
    responses: ResponsesQueries
    unconfirmed: UnconfirmedQueries
    names: NameQueries
    people_search: PeopleSearch
    numbers_to_fix: NumbersToFixQueries
    report_facts: ReportFacts
    replies: ReplyQueries
    retention: RetentionQueries
    access_recorder: AccessRecorder
    scrubber: Scrubber
    new_provider: Callable[[Settings], Provider]
    scope: Scope = EVERYTHING
    """Which offices it shows; see `webapp.offices`."""
    visibility: "Visibility | None" = None
    """What the scope lets somebody see; None for everything."""

    @lazy_property
    def provider(self) -> Provider:
        """What sends the texts."""
        return traced(self.new_provider(self.settings))

    @lazy_property
    def status(self) -> CurrentCampaignQueries:
        """Campaigns and their contacts, as pages and commands show them."""
        return CurrentCampaignQueries(
            self.views.engine, self.ledger.time_at, self.sending_conditions
        )

    @lazy_property
    def rate_limiter(self) -> RateLimiter:
        """The rate limit that all senders of this number or messaging service share."""
        return RateLimiter(
            self.sending_engine,
            self.clock,
            self.settings.twilio.sender,
            self.settings.segments_per_second,
        )

    @lazy_property
    def sending_engine(self) -> sa.Engine:
        """The database of the senders, which may be lost."""
        url = self.settings.databases.sending_url
        return open_database(url, "sending", setting="LEDGER_DATABASE_URL", is_durable=False)

    @lazy_property
    def accounts_engine(self) -> sa.Engine:
        """The database of the accounts."""
        url = self.settings.databases.accounts_url
        return open_database(url, "accounts", setting="LEDGER_DATABASE_URL", is_durable=True)

    @lazy_property
    def store_checks(self) -> StoreChecks:
        """Whether the databases can be written."""
        return StoreChecks(
            {
                Place.LEDGER: self.store.engine,
                Place.VIEWS: self.views.engine,
                Place.ACCOUNTS: self.accounts_engine,
                Place.SENDING: self.sending_engine,
            },
            self.settings.signing_record if self.settings.signing_key else None,
        )

    @lazy_property
    def callback_problems(self) -> "CallbackProblems":
        """Requests of Twilio that were refused or came to a wrong address."""
        return cast("CallbackProblems", self._part("webapp.parts.callbacks:callback_problems"))

    @lazy_property
    def repeated_callbacks(self) -> "RepeatedCallbacks":
        """How often Twilio posted again what is in the ledger already."""
        return cast("RepeatedCallbacks", self._part("webapp.parts.callbacks:repeated_callbacks"))

    @lazy_property
    def roles(self) -> "set[Role]":
        """What this process does."""
        return set()

    @lazy_property
    def sending_problems(self) -> "dict[SendingPart, str]":
        """Why a part of the sending of this process does not run; without those that run."""
        return {}

    @lazy_property
    def processes(self) -> "Processes":
        """What the processes of this ledger say of themselves."""
        return cast("Processes", self._part("webapp.parts.metrics:processes"))

    @lazy_property
    def metrics(self) -> "Metrics":
        """Numbers about the ledger and its processes."""
        return cast("Metrics", self._part("webapp.parts.metrics:metrics"))

    @lazy_property
    def sign_in_counts(self) -> Counter[str]:
        """Sign-ins of this process: "waited" (after too many) and "busy" (too many at once)."""
        return Counter()

    @lazy_property
    def callback_counts(self) -> Counter[str]:
        """Callbacks of this process: "recorded", "repeated", "refused" and "unavailable"."""
        return Counter()

    def sending_conditions(self, until: int | None = None) -> SendingConditions:
        """Return what holds back all deliveries, now or right after the seq `until`."""
        return sending_conditions(self.ledger.reader, lambda: self.rate_limiter, until)

    @property
    def offices(self) -> Offices:
        """The offices of the district."""
        return self.ledger.reader.load(Offices, OFFICES)

    @property
    def has_offices(self) -> bool:
        """Whether the district has any office; until then nothing says a word of them."""
        return self.offices.exists

    def requires_consent(self, campaign_id: str) -> bool:
        """Return whether a resend in the campaign leaves out people who gave no consent.

        Replies are no such campaign, as a reply may go to everybody who wrote.
        """
        if not self.settings.requires_consent:
            return False
        return self.ledger.reader.load(Campaign, campaign_id).is_listed

    @lazy_property
    def accounts(self) -> "Accounts":
        """Staff with their ids, names, passwords and sign-in links."""
        return cast("Accounts", self._part("webapp.parts.accounts:accounts"))

    @lazy_property
    def people(self) -> "People":
        """Changes who may sign in, and as what."""
        return cast("People", self._part("webapp.parts.accounts:people"))

    @lazy_property
    def factors(self) -> "FactorChanges":
        """Changes passkeys, two-factor sign-in and recovery codes."""
        return cast("FactorChanges", self._part("webapp.parts.accounts:factors"))

    @lazy_property
    def token_changes(self) -> "TokenChanges":
        """Makes and revokes tokens of the API."""
        return cast("TokenChanges", self._part("webapp.parts.accounts:token_changes"))

    @lazy_property
    def checkpoints(self) -> "Checkpoints":
        """Signed sizes and roots of the ledger."""
        return cast("Checkpoints", self._part("webapp.parts.proof:checkpoints"))

    @lazy_property
    def exporter(self) -> "Exporter":
        """Writes bundles for auditors."""
        return cast("Exporter", self._part("webapp.parts.proof:exporter"))

    @lazy_property
    def tiles(self) -> "Tiles":
        """Hashes of the ledger's tree."""
        return cast("Tiles", self._part("webapp.parts.proof:tiles"))

    @lazy_property
    def prover(self) -> "Prover":
        """Proves that single events are in the ledger."""
        return cast("Prover", self._part("webapp.parts.proof:prover"))

    @lazy_property
    def stamps(self) -> "Stamps":
        """Time stamps of checkpoints."""
        return cast("Stamps", self._part("webapp.parts.proof:stamps"))

    @lazy_property
    def verifications(self) -> "Verifications":
        """When the ledger was last verified."""
        return cast("Verifications", self._part("webapp.parts.proof:verifications"))

    @lazy_property
    def view_repairs(self) -> "ViewRepairs":
        """When the views were last compared with the events."""
        return cast("ViewRepairs", self._part("webapp.parts.proof:view_repairs"))

    @lazy_property
    def view_faults(self) -> "ViewFaults":
        """Repairs the views after faults."""
        return cast("ViewFaults", self._part("webapp.view_faults:ViewFaults"))

    @lazy_property
    def conversations(self) -> "Inbox":
        """Texts to and from each number."""
        return cast("Inbox", self._part("webapp.parts.conversations:conversations"))

    @lazy_property
    def workbooks(self) -> "WorkbookQueue":
        """Workbooks of the audit trail that were asked for on pages."""
        return cast("WorkbookQueue", self._part("webapp.parts.workbooks:workbooks"))

    @lazy_property
    def webhook_endpoints(self) -> "WebhookEndpoints":
        """The endpoints to which webhooks go."""
        return cast("WebhookEndpoints", self._part("webapp.parts.webhooks:webhook_endpoints"))

    @lazy_property
    def webhook_sending(self) -> "WebhookSending":
        """What sends messages to them."""
        return cast("WebhookSending", self._part("webapp.parts.webhooks:webhook_sending"))

    @lazy_property
    def notice_choices(self) -> "NoticeChoices":
        """Who gets which notices by mail."""
        return cast("NoticeChoices", self._part("webapp.parts.webhooks:notice_choices"))

    @lazy_property
    def notice_record(self) -> "NoticeRecord":
        """Which notice was sent to whom."""
        return cast("NoticeRecord", self._part("webapp.parts.webhooks:notice_record"))

    @lazy_property
    def sending(self) -> "Sending":
        """Makes senders, and what runs beside them."""
        return cast("Sending", self._part("webapp.parts.sending:sending"))

    def scope_of(self, user_id: str) -> Scope:
        """Return what somebody sees now; nothing of any office once the account is gone."""
        account = self.accounts.with_id(user_id)
        if account is None:
            return Scope(frozenset()) if self.has_offices else EVERYTHING
        return account.access.scope if account.access else EVERYTHING

    def sees(self, id_: str) -> bool:
        """Whether what this id names is seen here; ids that belong to no office are."""
        return self.visibility is None or self.visibility.sees(id_)

    def within(self, scope: Scope) -> "Application":
        """Return the application for somebody who sees the offices of a scope alone."""
        limited: Application = pkgutil.resolve_name(_WITHIN)(self, scope)
        return limited

    def build_all(self) -> None:
        """Build every part now, so that the first request of a server does not wait for it.

        A part whose database cannot be used yet is built when it is used, and callbacks are taken
        meanwhile.
        """
        for name, value in vars(Application).items():
            if isinstance(value, lazy_property):
                try:
                    getattr(self, name)
                except StoreUnavailable as error:
                    _log.warning("Started without %s. %s", name, error)

    def close(self) -> None:
        """Close the connections to its databases, once nothing uses it any more.

        The ledger comes last: the views read its file too, and SQLite moves the write-ahead log
        into the file when the last connection closes that may write.
        """
        built = ("sending_engine", "accounts_engine")
        for engine in (*map(vars(self).get, built), self.views.engine, self.store.engine):
            if engine is not None:
                engine.dispose()

    def _part(self, factory: str) -> Any:
        """Import the function named `module:function`, and return the part that it makes."""
        return pkgutil.resolve_name(factory)(self)


def _twilio(settings: Settings) -> Provider:
    provider: Provider = pkgutil.resolve_name(_TWILIO)(settings.twilio)
    return provider


def build(
    settings: Settings,
    *,
    clock: Clock | None = None,
    provider: Callable[[Settings], Provider] = _twilio,
) -> Application:
    """Build the application; opens the ledger and the views, and creates those that do not exist.

    Raises `BadSetting`, `WrongKey`, `LedgerMoved`, `StoreUnavailable`, with nothing left open.
    """
    clock = clock or SystemClock()
    codes = load_codes()
    limit_connections(settings.database_connections)
    with ExitStack() as opened:
        store = open_store(settings.databases.ledger_url, setting="LEDGER_DATABASE_URL")
        opened.callback(store.engine.dispose)
        ledger = Ledger(
            store,
            clock,
            master_key(settings.master_key),
            request_id=request_id,
            observer=tracing.observer,
        )
        ledger.do_once(
            "opt-outs are shared by the contacts of a phone",
            lambda: pkgutil.resolve_name(_SHARE_OPT_OUTS)(ledger),
        )
        views = open_views(settings, store, ledger)
        opened.pop_all()
    return Application(
        settings=settings,
        clock=clock,
        codes=codes,
        store=store,
        ledger=ledger,
        views=views,
        silences=SilenceQueries(views.engine),
        drafts=DraftQueries(views.engine),
        contact_lists=ContactListQueries(views.engine),
        launch_requests=LaunchRequestQueries(views.engine),
        resend_requests=ResendRequestQueries(views.engine),
        possible_opt_outs=PossibleOptOutQueries(views.engine, settings.time_zone),
        opt_outs=OptOutQueries(views.engine),
        overviews=OverviewQueries(views.engine),
        listed=ListedQueries(views.engine),
        costs=CostQueries(views.engine),
        all_campaigns=AllCampaignsQueries(views.engine),
        responses=ResponsesQueries(views.engine),
        unconfirmed=UnconfirmedQueries(views.engine),
        names=NameQueries(views.engine),
        people_search=PeopleSearch(views.engine),
        numbers_to_fix=NumbersToFixQueries(views.engine),
        report_facts=ReportFacts(views.engine),
        replies=ReplyQueries(views.engine),
        retention=RetentionQueries(views.engine),
        access_recorder=AccessRecorder(ledger, clock),
        scrubber=Scrubber(ledger, views),
        new_provider=provider,
    )
