"""The composition root: it builds engine, clock, provider, ledger and views.

`build` builds what every command needs. The other parts are imported and built at their first use
(see `webapp.composition`), so that a short command starts fast.
"""

import logging
import pkgutil
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ledger.clock import Clock, SystemClock
from ledger.domain.campaign import Campaign
from ledger.domain.error_codes import CodeTable, load_codes
from ledger.domain.offices import EVERYTHING, Offices, Scope
from ledger.domain.offices import STREAM as OFFICES
from ledger.errors import StoreUnavailable
from ledger.ledger import Ledger
from ledger.store.connection_limit import limit_connections
from ledger.store.encryption import master_key
from ledger.store.store import Store, open_store
from webapp import tracing
from webapp.access_recorder import AccessRecorder
from webapp.composition.operation import OperationParts
from webapp.composition.part import parts_of
from webapp.composition.people import PeopleParts
from webapp.composition.proof import ProofParts
from webapp.composition.queries import Queries
from webapp.composition.sending import SendingParts
from webapp.serving.current_request import request_id
from webapp.settings import Settings

if TYPE_CHECKING:
    from ledger.domain.holds import SendingConditions
    from ledger.providers.contract import Provider
    from webapp.offices.visibility import Visibility

_TWILIO = "ledger.providers.twilio:TwilioProvider"
"""Its SDK takes longer to import than most commands take to run."""

_SHARE_OPT_OUTS = "ledger.commands.shared_opt_outs:share_old_opt_outs"
"""Imported once in the life of a ledger; it needs the library of phone numbers, which is slow."""

_SENDING_CONDITIONS = "webapp.sending_conditions:sending_conditions"
"""Imported for commands that ask what holds back texts."""

_WITHIN = "webapp.offices.scoped_application:within"
"""Imported for somebody who does not see all offices."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class Application(Queries, SendingParts, PeopleParts, ProofParts, OperationParts):
    """All parts of the program. The command line and the web app each get one."""

    settings: Settings
    clock: Clock
    codes: CodeTable
    store: Store
    ledger: Ledger
    access_recorder: AccessRecorder
    new_provider: "Callable[[Settings], Provider]"
    scope: Scope = EVERYTHING
    """Which offices it shows; see `webapp.offices`."""
    visibility: "Visibility | None" = None
    """What the scope lets somebody see; None for everything."""

    def sending_conditions(self, until: int | None = None) -> "SendingConditions":
        """Return what holds back all deliveries, now or right after the seq `until`."""
        conditions: SendingConditions = pkgutil.resolve_name(_SENDING_CONDITIONS)(
            self.ledger.reader, lambda: self.rate_limiter, until
        )
        return conditions

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
        for name, _ in parts_of(type(self)):
            try:
                getattr(self, name)
            except StoreUnavailable as error:
                _log.warning("Started without %s. %s", name, error)
        self.views.prepare()

    def close(self) -> None:
        """Close the connections to its databases, once nothing uses it any more.

        The ledger comes last: the views read its file too, and SQLite moves the write-ahead log
        into the file when the last connection closes that may write.
        """
        built = vars(self)
        engines = [built[name] for name in ("sending_engine", "accounts_engine") if name in built]
        if "views" in built:
            engines.append(self.views.engine)
        for engine in (*engines, self.store.engine):
            engine.dispose()


def _twilio(settings: Settings) -> "Provider":
    provider: Provider = pkgutil.resolve_name(_TWILIO)(settings.twilio)
    return provider


def build(
    settings: Settings,
    *,
    clock: Clock | None = None,
    provider: "Callable[[Settings], Provider]" = _twilio,
) -> Application:
    """Build the application; opens the ledger, and creates it where it does not exist.

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
        opened.pop_all()
    return Application(
        settings=settings,
        clock=clock,
        codes=codes,
        store=store,
        ledger=ledger,
        access_recorder=AccessRecorder(ledger, clock),
        new_provider=provider,
    )
