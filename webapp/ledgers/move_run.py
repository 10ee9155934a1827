"""One run of a move, which goes on where an earlier one was interrupted; see moving.py."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime

from ledger.clock import Clock, from_microseconds, to_microseconds
from ledger.errors import BadInput, LedgerError, NotFound, StoreUnavailable
from ledger.ledger import Ledger
from ledger.sending.rollback_guard import RollbackGuard
from ledger.store import move_mark
from ledger.store.encryption import master_key
from ledger.store.ledger_copy import LedgerCopy
from ledger.store.move_mark import MoveMark, MoveState
from ledger.store.revision import check_revision, revision_of
from ledger.store.schema_migration import migrate
from webapp.ledgers import beside_ledger
from webapp.ledgers.copy_checks import (
    Show,
    Verification,
    check_can_take,
    head_of,
    ledger_id_of,
    wrong_copy,
)
from webapp.ledgers.opened_ledger import OpenedLedger
from webapp.opened_views import open_views

_FEW_EVENTS = 500
"""So many new events are copied while callbacks are refused."""
_MOST_ROUNDS = 10


@dataclass(frozen=True, kw_only=True)
class Moved:
    """A ledger that was moved: how many events it has, and both places."""

    event_count: int
    old_place: str
    new_place: str
    closed_at: datetime | None
    """Since when callbacks are refused; None where an earlier run had closed it for good."""


def mark_of_source(source: OpenedLedger) -> MoveMark | None:
    """Return the mark of a ledger that is closed for a move; None of one that is in use.

    Raises `NotFound`, and the refusal of a place that a move has not completed.
    """
    revision = revision_of(source.store.engine)
    if revision is None:
        raise NotFound(f"There is no ledger in {source.place}.")
    check_revision(revision)
    mark = move_mark.mark_of(source.store)
    if mark is not None and mark.state is MoveState.ARRIVING:
        raise mark.refusal  # it is in use elsewhere, and nothing may open it here
    return mark


def reopen(source: OpenedLedger, closed: MoveMark) -> None:
    """Let a ledger be used again that was closed with this mark."""
    move_mark.reopen(source.store, closed)
    if move_mark.mark_of(source.store) is None:
        beside_ledger.reopen_accounts(source)


class Move:
    """One run of a move; it goes on where an earlier one was interrupted."""

    def __init__(
        self, source: OpenedLedger, target: OpenedLedger, clock: Clock, show: Show
    ) -> None:
        self._source = source
        self._target = target
        self._clock = clock
        self._show = show
        self._copy = LedgerCopy(source=source.store, target=target.store)
        self._closed_at: datetime | None = None

    def run(self) -> Moved:
        """Move the ledger, or go on with it."""
        mark = mark_of_source(self._source)
        if mark is None or mark.state is not MoveState.MOVED:
            mark = self._copied(mark)
        self._complete(mark)
        return Moved(
            event_count=head_of(self._target).size,
            old_place=self._source.place,
            new_place=self._target.place,
            closed_at=self._closed_at,
        )

    def _copied(self, closed: MoveMark | None) -> MoveMark:
        """Copy, verify and close the source for good; return its mark."""
        arriving = self._begin(closed)
        if closed is None:
            source = self._source
            guarded = Ledger(source.store, self._clock, master_key(source.settings.master_key))
            RollbackGuard(guarded, source.settings.databases.file("sender")).check()
        beside_ledger.copy_keys(self._source.settings, self._target.settings)
        if not self._copy.continues():
            raise BadInput(
                f"{self._target.place} has the copy of another state of this ledger. Empty it, and "
                "move the ledger again."
            )
        with self._show("Copying the ledger") as progress:
            self._copy.copy(progress)
        verification = Verification(self._target, self._show)
        self._make_views()
        for _ in range(_MOST_ROUNDS):
            if self._copy.copy(_unseen) <= _FEW_EVENTS:
                break
            verification.go_on()
            self._make_views()
        return self._closed(arriving, verification)

    def _begin(self, closed: MoveMark | None) -> MoveMark:
        """Return the mark of the target, made there where the target is empty."""
        target = self._target
        with _naming(target):
            if closed is None:
                check_can_take(target, self._source)
                migrate(target.store)
            arriving = move_mark.mark_of(target.store) if revision_of(target.store.engine) else None
        if closed is not None and (arriving is None or arriving.id != closed.id):
            raise BadInput(
                f"The ledger is closed for its move to {closed.place}. Complete that move, or end "
                "it with `delivery-ledger ledger move NAME --cancel`."
            )
        if arriving is not None:
            return arriving
        made = MoveMark.arriving(self._source.place, to_microseconds(self._clock.now()))
        with target.store.writing_alone() as connection:
            move_mark.put(connection, made)
        return made

    def _make_views(self) -> None:
        views = open_views(self._target.settings, self._target.store, self._arrived())
        try:
            with self._show("Making the views") as progress:
                views.catch_up(progress=progress)
        finally:
            views.engine.dispose()

    def _arrived(self) -> Ledger:
        target = self._target
        master = master_key(target.settings.master_key)
        return Ledger(target.store, self._clock, master, may_arrive=True)

    def _closed(self, arriving: MoveMark, verification: "Verification") -> MoveMark:
        """Close the source, copy the rest, and close it for good; after an error open it again."""
        source, at = self._source, to_microseconds(self._clock.now())
        closed = MoveMark(state=MoveState.CLOSED, place=self._target.place, at=at, id=arriving.id)
        try:
            closed = move_mark.close(source.store, closed)
            self._closed_at = from_microseconds(closed.at)
            beside_ledger.close_accounts(source)
            self._copy_rest(verification, self._closed_at)
            move_mark.close_for_good(source.store, closed, to_microseconds(self._clock.now()))
        except BaseException:
            with suppress(LedgerError):
                reopen(source, closed)
            raise
        return closed

    def _copy_rest(self, verification: "Verification", closed_at: datetime) -> None:
        source, target = self._source, self._target
        self._copy.copy(_unseen)
        verification.go_on()
        if differing := self._copy.differing_counts():
            raise wrong_copy(f"the number of rows in {', '.join(differing)} differs")
        if not self._copy.has_same_head():
            raise wrong_copy("its head is another one")
        beside_ledger.copy_databases(source, target, self._clock, closed_at)
        beside_ledger.copy_signing_record(source.settings, target.settings)

    def _complete(self, mark: MoveMark) -> None:
        """Let the target be used, whose source is closed for good."""
        source, target = self._source, self._target
        is_there = target.place == mark.place and ledger_id_of(target) == ledger_id_of(source)
        if not (is_there and self._is_whole()):
            raise BadInput(
                f"The ledger was moved to {mark.place}, and its whole copy is not in "
                f"{target.place}. Name that database, or restore it from its backup."
            )
        settings = (source.settings, target.settings)
        beside_ledger.extend_rollback_guards(self._arrived(), *settings)
        move_mark.open_new_place(target.store, mark.id)

    def _is_whole(self) -> bool:
        """Whether the target has all of the source, or has gone on already."""
        return move_mark.mark_of(self._target.store) is None or self._copy.has_same_head()


def _unseen(_done: int, _total: int) -> None:
    """Progress of a step that is short."""


@contextmanager
def _naming(target: OpenedLedger) -> Iterator[None]:
    try:
        yield
    except StoreUnavailable as error:
        raise StoreUnavailable(f"The new database {target.place}: {error}") from error
