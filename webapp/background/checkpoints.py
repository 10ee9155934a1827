"""Making checkpoints whenever one is due."""

import logging
import threading

from ledger.errors import LedgerError, StoreUnavailable
from webapp.background.loops import RecurringWork, Steps
from webapp.bootstrap import Application
from webapp.explain.commands import naming_ledger

_CHECKPOINT_SECONDS = 5.0
_REFUSED_SECONDS = 60.0

_log = logging.getLogger(__name__)


@RecurringWork
def keep_checkpoints(app: Application, _stop: threading.Event) -> Steps:
    """Make a checkpoint whenever one is due.

    Why no checkpoint is made, or a witness does not cosign it, is logged once. It is tried again
    every minute, as the cure may be a file that is put back.
    """
    logged, pause = "", _CHECKPOINT_SECONDS
    if app.settings.signing_key is None:
        _log.warning("LEDGER_SIGNING_KEY is not set: no checkpoint is made.")
    name = app.settings.ledger_name
    while app.settings.signing_key is not None:
        yield pause
        try:
            app.checkpoints.make_if_due()
            problems = "; ".join(app.checkpoints.witness_problems)
            if problems and problems != logged:
                _log.warning("Not cosigned: %s", naming_ledger(problems, name))
            logged, pause = problems, _CHECKPOINT_SECONDS
        except StoreUnavailable:
            pause = _CHECKPOINT_SECONDS
        except LedgerError as error:
            if str(error) != logged:
                _log.error("No checkpoint is made: %s", naming_ledger(str(error), name))
            logged, pause = str(error), _REFUSED_SECONDS
