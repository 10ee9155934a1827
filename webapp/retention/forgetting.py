"""Forgets the contacts who are due by the retention rule, a few in each commit.

It keeps no state: it can end at any moment, and goes on with those who are due at its next start.
"""

import contextlib
import logging
import threading
import time
from collections.abc import Generator, Iterator
from datetime import datetime

from ledger.commands.legal_holds import contacts_of_held_campaigns
from ledger.commands.retention import (
    MOST_AT_ONCE,
    DeleteOldLists,
    DestroyContactFiles,
    DiscardOldDrafts,
    ForgetByRetention,
)
from ledger.domain.contact import Contact
from ledger.domain.retention import Retention, kept_because
from ledger.errors import LedgerError, Refused, StoreUnavailable
from ledger.messages.contact_rows import in_batches
from projections.retention import DueContact
from webapp.background.loops import RecurringWork, Steps
from webapp.bootstrap import Application
from webapp.retention.lease import Lease
from webapp.retention.report import retention_of

_IDLE_SECONDS = 60.0
_BETWEEN_PASSES_SECONDS = 900.0
_SHORTEST_PAUSE_SECONDS, _LONGEST_PAUSE_SECONDS = 0.2, 30.0
_PAUSES = 10
"""The pause after a commit, as a multiple of its time, so that callbacks hardly wait."""
_PAGE = 2000
_CATCH_UP_SECONDS = 1.0

_log = logging.getLogger(__name__)


@RecurringWork
def keep_retention(app: Application, _stop: threading.Event) -> Steps:
    """Forget every contact who is due, once the rule has begun; yield the pauses in seconds.

    One process of the ledger does it at a time. What fails is logged once.
    """
    lease, logged, pause = Lease(app.sending_engine, app.clock), "", _IDLE_SECONDS
    while True:
        yield pause
        pause = _IDLE_SECONDS
        try:
            if retention_of(app).is_running(app.clock.now()) and lease.take():
                yield from _one_pass(app, lease)
                pause = _BETWEEN_PASSES_SECONDS
        except (Refused, StoreUnavailable):
            pause = _IDLE_SECONDS  # the rule was changed, or a store is away: look again
        except LedgerError as error:
            if str(error) != logged:
                _log.error("Retention: %s", error)
            logged = str(error)


def _one_pass(app: Application, lease: Lease) -> Generator[float, None, None]:
    """Make one pass, and yield the pause after each commit."""
    parts = forget_due(app)
    try:
        while True:
            began = time.monotonic()
            if next(parts, None) is None or not lease.take():
                return
            pause = _PAUSES * (time.monotonic() - began)
            yield min(max(pause, _SHORTEST_PAUSE_SECONDS), _LONGEST_PAUSE_SECONDS)
    finally:
        with contextlib.suppress(StoreUnavailable):
            lease.give_back()


def forget_due(app: Application) -> Iterator[int]:
    """Forget every contact who is due now, and the rows that their files left out.

    Yields after each commit how many contacts or files it was about.

    Raises `Refused` where the rule is changed meanwhile.
    """
    now, retention = app.clock.now(), retention_of(app)
    cutoff = retention.cutoff(now)
    if cutoff is None or not retention.is_running(now):
        return
    last_seq = app.ledger.reader.seq_before(cutoff)
    last: DueContact | None = None
    while True:
        if app.views.catch_up(_CATCH_UP_SECONDS):
            return  # the views are far behind: the next pass goes on
        seen_seq = app.views.position().seq
        due = app.retention.due(cutoff, limit=_PAGE, after=last)
        if not due:
            break
        last = due[-1]
        for contact_ids in in_batches(_without_kept(app, due), MOST_AT_ONCE):
            command = ForgetByRetention(contact_ids, retention.rule, seen_seq, last_seq)
            yield len(app.ledger.execute(command).result())
    while file_ids := app.retention.due_files(cutoff, limit=MOST_AT_ONCE):
        destroyed = app.ledger.execute(DestroyContactFiles(file_ids, retention.rule)).result()
        if not destroyed:
            break  # another process did it
        yield destroyed
    _discard_drafts(app, retention, cutoff, last_seq)
    _delete_lists(app, retention, cutoff, last_seq)


def _without_kept(app: Application, due: list[DueContact]) -> list[str]:
    ids = [contact.contact_id for contact in due]
    contacts = app.ledger.reader.load_all(Contact, ids)
    held = contacts_of_held_campaigns(app.ledger.reader, app.ledger.identity, ids)
    return [each for each in ids if not kept_because(contacts[each], is_campaign_held=each in held)]


def _discard_drafts(
    app: Application, retention: Retention, cutoff: datetime, last_seq: int
) -> None:
    """Discard the drafts that nobody saved for that long."""
    old = [draft.draft_id for draft in app.drafts.all() if draft.saved_at < cutoff]
    if old:
        app.ledger.execute(DiscardOldDrafts(old, retention.rule, last_seq)).result()


def _delete_lists(app: Application, retention: Retention, cutoff: datetime, last_seq: int) -> None:
    """Delete the contact lists that nobody uploaded or launched to for that long."""
    old = [each.list_id for each in app.contact_lists.all() if each.used_at < cutoff]
    if old:
        app.ledger.execute(DeleteOldLists(old, retention.rule, last_seq)).result()
