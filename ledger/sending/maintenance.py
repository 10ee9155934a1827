"""The work beside sending, from automatic acts to reconciliation and the prices of texts."""

import threading
import time
from contextlib import suppress
from dataclasses import dataclass, field

from ledger.errors import ProviderError, StoreUnavailable
from ledger.sending.automatic_acts import AutomaticActs
from ledger.sending.fault_isolation import isolated
from ledger.sending.missed_reports import MissedReports
from ledger.sending.price_collection import PriceCollection
from ledger.sending.quiet_ledger import QuietLedger
from ledger.sending.reconciliation import Reconciler
from ledger.sending.rollback_guard import RollbackGuard
from ledger.sending.unknown_outcomes import UnknownOutcomes

_PAUSE_SECONDS = 1.0
_AUTOMATIC_ACTS_SECONDS = 5.0
_RECONCILE_SECONDS = 60.0
"""The pause after there was nothing to reconcile, or the provider could not be asked."""
PATIENCE_SECONDS = 15.0
"""How long a question is repeated, so that a provider that hangs does not hold up the rest."""


@dataclass(kw_only=True)
class Maintenance:
    """Runs until stopped. Several processes may run it; everything is recorded once."""

    unknown_outcomes: UnknownOutcomes
    missed_reports: MissedReports
    reconciler: Reconciler
    automatic_acts: AutomaticActs
    rollback_guard: RollbackGuard
    prices: PriceCollection | None = None
    """None: prices are not collected."""
    stop: threading.Event = field(default_factory=threading.Event)
    quiet: QuietLedger = field(default_factory=QuietLedger)
    _automatic_acts_at: float = 0.0
    _ask_missed_at: float = 0.0
    _reconcile_at: float = 0.0
    """Monotonic seconds."""

    def run(self) -> None:
        """Work until `stop` is set; while the store is unavailable, wait for it."""
        while not self.stop.wait(_PAUSE_SECONDS):
            try:
                if self.quiet.may_have_changed(self.unknown_outcomes.ledger.reader.head()):
                    self.run_once()
                    self.collect_prices()
            except StoreUnavailable:
                self.missed_reports.note_unavailable()
                self.quiet.is_expected_to_change()

    def run_once(self) -> None:
        """Do what is due now of all that this is for."""
        if time.monotonic() >= self._automatic_acts_at:
            self._automatic_acts_at = time.monotonic() + _AUTOMATIC_ACTS_SECONDS
            self.rollback_guard.check()
            with isolated("The automatic acts", "all campaigns"):
                self.automatic_acts.perform_due()
        with isolated("The settling", "unknown outcomes"):
            self.unknown_outcomes.settle()
        self.missed_reports.note_available()
        if time.monotonic() >= self._ask_missed_at:
            self._ask_missed()
        if time.monotonic() >= self._reconcile_at:
            if self._reconcile():
                self.quiet.is_expected_to_change()  # the next page is asked for at once
            else:
                self._reconcile_at = time.monotonic() + _RECONCILE_SECONDS

    def collect_prices(self) -> None:
        """Read a page of prices, if one is due; nothing else waits for it in a single pass."""
        if self.prices is not None:
            with isolated("The collecting of prices", "a page"):
                self.prices.read_next_page()

    def _ask_missed(self) -> None:
        try:
            self.missed_reports.ask()
        except ProviderError:
            self._ask_missed_at = time.monotonic() + _RECONCILE_SECONDS

    def _reconcile(self) -> bool:
        with isolated("The reconciliation", "a page"), suppress(ProviderError):
            return self.reconciler.reconcile_next_page()
        return False
