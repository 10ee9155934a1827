"""The work beside sending: automatic acts, unknown outcomes, and reconciliation."""

import threading
import time
from contextlib import suppress
from dataclasses import dataclass, field

from ledger.errors import ProviderError, StoreUnavailable
from ledger.sending.automatic_acts import AutomaticActs
from ledger.sending.fault_isolation import isolated
from ledger.sending.reconciliation import Reconciler
from ledger.sending.rollback_guard import RollbackGuard
from ledger.sending.unknown_outcomes import UnknownOutcomes

_PAUSE_SECONDS = 1.0
_AUTOMATIC_ACTS_SECONDS = 5.0
_RECONCILE_SECONDS = 60.0
"""The pause after there was nothing to reconcile, or the provider could not be asked."""


@dataclass(kw_only=True)
class Maintenance:
    """Runs until stopped. Several processes may run it; everything is recorded once."""

    unknown_outcomes: UnknownOutcomes
    reconciler: Reconciler
    automatic_acts: AutomaticActs
    rollback_guard: RollbackGuard
    stop: threading.Event = field(default_factory=threading.Event)
    _automatic_acts_at: float = 0.0
    _reconcile_at: float = 0.0
    """Monotonic seconds."""

    def run(self) -> None:
        """Work until `stop` is set; while the store is unavailable, wait for it."""
        while not self.stop.wait(_PAUSE_SECONDS):
            try:
                self.run_once()
            except StoreUnavailable:
                continue

    def run_once(self) -> None:
        """Do what is due now of the automatic acts, the unknown outcomes and the reconciliation."""
        if time.monotonic() >= self._automatic_acts_at:
            self._automatic_acts_at = time.monotonic() + _AUTOMATIC_ACTS_SECONDS
            self.rollback_guard.check()
            with isolated("The automatic acts", "all campaigns"):
                self.automatic_acts.perform_due()
        with isolated("The settling", "unknown outcomes"):
            self.unknown_outcomes.settle()
        if time.monotonic() >= self._reconcile_at and not self._reconcile():
            self._reconcile_at = time.monotonic() + _RECONCILE_SECONDS

    def _reconcile(self) -> bool:
        with isolated("The reconciliation", "a page"), suppress(ProviderError):
            return self.reconciler.reconcile_next_page()
        return False
