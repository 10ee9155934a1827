"""Reading the views on, letting their followers follow, and scrubbing the databases' logs."""

import contextlib
import threading
from datetime import timedelta

from ledger.errors import StoreUnavailable
from ledger.store.engine import store_errors
from ledger.store.store import ChangeListener
from webapp.background.loops import RecurringWork, Steps
from webapp.bootstrap import Application

_STOP_CHECK_SECONDS = 0.2
"""How often a waiting thread checks whether the program ends."""
_PAUSE_SECONDS = 1.0
"""The wait before an unavailable store is used again."""
_QUIET = timedelta(seconds=2)
_FOLLOW_SECONDS = 0.5


@RecurringWork
def keep_views(app: Application, _stop: threading.Event) -> Steps:
    """Read the views on after every append, and scrub the logs.

    Where they are far behind, as after damage, they are filled from their snapshot.
    """
    with contextlib.closing(app.ledger.reader.change_listener()) as change_listener:
        pause = 0.0
        while True:
            yield pause
            pause = 0.0
            try:
                _wait(change_listener)
                _read_views_on(app)
            except StoreUnavailable:
                pause = _PAUSE_SECONDS


@RecurringWork
def look_after_views(app: Application, _stop: threading.Event) -> Steps:
    """Do the same at intervals, without a connection of its own to listen on."""
    while True:
        yield _PAUSE_SECONDS
        with contextlib.suppress(StoreUnavailable):
            _read_views_on(app)


def _read_views_on(app: Application) -> None:
    if app.views.catch_up(budget_seconds=1.0):
        app.views.restore()
    elif _is_quiet(app):
        app.views.follow(budget_seconds=_FOLLOW_SECONDS)
    app.scrubber.scrub()


def _is_quiet(app: Application) -> bool:
    """Whether nothing was recorded for a moment, so that a follower holds up no launch."""
    seq = app.views.position().seq
    return seq > 0 and app.clock.now() - app.ledger.time_at(seq) > _QUIET


def _wait(change_listener: ChangeListener) -> None:
    with store_errors():
        change_listener.wait(_STOP_CHECK_SECONDS)
