"""What is done beside sending: what time brings, attempts in doubt, and texts unheard of."""

import threading
import time
from dataclasses import dataclass, field

from ledger.errors import ProviderError, StoreUnavailable
from ledger.sending.automatic_acts import AutomaticActs
from ledger.sending.reconciliation import Reconciler
from ledger.sending.rollback_guard import RollbackGuard
from ledger.sending.unknown_outcomes import UnknownOutcomes

_PAUSE_SECONDS = 1.0
_WATCH_SECONDS = 5.0
_RECONCILE_SECONDS = 60.0
"""So long after there was nothing to ask about, or nobody to ask, it is looked for again."""


@dataclass(kw_only=True)
class Maintenance:
    """One round after another; several processes may do it, each thing is recorded once."""

    unknown_outcomes: UnknownOutcomes
    reconciler: Reconciler
    automatic_acts: AutomaticActs
    rollback_guard: RollbackGuard
    stop: threading.Event = field(default_factory=threading.Event)
    _watch_at: float = 0.0
    _reconcile_at: float = 0.0
    """Monotonic seconds."""

    def run(self) -> None:
        """Go on until `stop` is set; while the store is away, wait for it."""
        while not self.stop.wait(_PAUSE_SECONDS):
            try:
                self.run_once()
            except StoreUnavailable:
                continue

    def run_once(self) -> None:
        """One round: what campaigns do by themselves, doubts whose time has come, and asking."""
        if time.monotonic() >= self._watch_at:
            self._watch_at = time.monotonic() + _WATCH_SECONDS
            self.rollback_guard.check()
            self.automatic_acts.perform_due()
        self.unknown_outcomes.settle()
        if time.monotonic() >= self._reconcile_at and not self._reconcile():
            self._reconcile_at = time.monotonic() + _RECONCILE_SECONDS

    def _reconcile(self) -> bool:
        try:
            return self.reconciler.reconcile_next_page()
        except ProviderError:
            return False
