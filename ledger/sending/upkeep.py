"""What is to be done beside sending, every few moments: see what became of attempts in doubt."""

import logging
import threading
from dataclasses import dataclass, field

from ledger.errors import StoreUnavailable, StreamMoved
from ledger.sending.doubts import Doubts

_PAUSE_SECONDS = 1.0

_log = logging.getLogger(__name__)


@dataclass(kw_only=True)
class Upkeep:
    """One round after another; several processes may do it, each thing is recorded once."""

    doubts: Doubts
    stop: threading.Event = field(default_factory=threading.Event)

    def run(self) -> None:
        """Go on until `stop` is set; while the store is away, wait for it."""
        while not self.stop.wait(_PAUSE_SECONDS):
            try:
                self.run_once()
            except (StoreUnavailable, StreamMoved):
                continue

    def run_once(self) -> None:
        """One round."""
        self.doubts.settle()
