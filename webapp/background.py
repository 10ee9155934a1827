"""What a serving process does by itself: keeps the views at the head, and makes checkpoints."""

import contextlib
import logging
import threading

from ledger.errors import LedgerDamaged, StoreUnavailable
from ledger.store.engine import store_errors
from ledger.store.store import ChangeListener
from webapp.bootstrap import Application

_LOOK_SECONDS = 0.2
"""So long a sleeping thread takes to notice that the program ends."""
_PAUSE_SECONDS = 1.0
"""So long a store that is away is left alone."""
_CHECKPOINT_SECONDS = 5.0

_log = logging.getLogger(__name__)


def keep_views(app: Application, stop: threading.Event) -> None:
    """Read the views on whenever something is appended, and keep the logs clean, until `stop`."""
    with contextlib.closing(app.ledger.reader.change_listener()) as change_listener:
        while not stop.is_set():
            try:
                _wait(change_listener)
                app.views.catch_up(budget_seconds=1.0)
                app.scrubber.scrub()
            except StoreUnavailable:
                stop.wait(_PAUSE_SECONDS)


def _wait(change_listener: ChangeListener) -> None:
    with store_errors():
        change_listener.wait(_LOOK_SECONDS)


def keep_checkpoints(app: Application, stop: threading.Event) -> None:
    """Make checkpoints when they are due, until `stop`; of a damaged ledger none are made."""
    if app.settings.signing_key is None:
        _log.warning("LEDGER_SIGNING_KEY is not set: no checkpoint is made.")
        return
    while not stop.wait(_CHECKPOINT_SECONDS):
        try:
            app.checkpoints.make_if_due()
        except StoreUnavailable:
            continue
        except LedgerDamaged as error:
            _log.error("%s", error)
            return
