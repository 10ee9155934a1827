"""Moves a ledger of the directory to another database.

1. The ledger is copied while it is in use, the copy is verified, and its views are made.
2. The ledger is closed, and what is new is copied and verified. Callbacks get 503 from here on.
3. The old database is closed for good. Only then may the new one be used.
4. The file of the directory is replaced.

A move that was interrupted goes on when it is run again. Until step 3 it can be cancelled, and an
error before it opens the old ledger again; after it the old one never takes an event.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from ledger.clock import Clock, from_microseconds, to_microseconds
from ledger.errors import (
    BadInput,
    LedgerDamaged,
    LedgerError,
    NotFound,
    Refused,
    StoreUnavailable,
)
from ledger.ledger import Ledger
from ledger.proof.new_events import faults_behind, newest_kept
from ledger.proof.recomputation import Fault
from ledger.sending.rollback_guard import RollbackGuard
from ledger.store import move_mark
from ledger.store.encryption import master_key
from ledger.store.engine import reading
from ledger.store.ledger_copy import LedgerCopy, Progress
from ledger.store.merkle import Frontier
from ledger.store.move_mark import MoveMark, MoveState
from ledger.store.revision import check_revision, revision_of
from ledger.store.schema import ledger_head, ledger_info
from ledger.store.schema_migration import migrate
from webapp.bootstrap import open_views
from webapp.ledgers import beside_ledger
from webapp.ledgers.directory import Directory
from webapp.ledgers.opened_ledger import OpenedLedger, opened
from webapp.parts.proof import verify_ledger
from webapp.settings import Settings

Show = Callable[[str], AbstractContextManager[Progress]]
"""Shows the progress of the step with that label."""

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


def move(
    directory: Directory, name: str, content: bytes, *, clock: Clock, show: Show
) -> Moved | None:
    """Move a ledger to the databases of the new settings `content`, which replace its file.

    Returns None where it has these settings already. Raises `BadInput`, `BadSetting` and
    `LedgerError`, with the sentence what to do, and `StoreUnavailable`.
    """
    with directory.moving(name):
        if content == directory.content(name):
            return None
        present = directory.ledger(name, must_exist=True).settings
        new = _new_settings(directory, name, content, present)
        with opened(present) as source, opened(new) as target:
            moved = _Move(source, target, clock, show).run()
        directory.replace(name, content)
    return moved


def cancel(directory: Directory, name: str) -> None:
    """Let a ledger be used where it is, whose move was interrupted.

    Raises `Refused` where it is not being moved, or was moved for good.
    """
    with directory.moving(name), opened(directory.ledger(name, must_exist=True).settings) as source:
        mark = _mark_of_source(source)
        if mark is None:
            raise Refused(f"{name} is not closed for a move; there is nothing to cancel.")
        if mark.state is MoveState.MOVED:
            raise Refused(
                f"{name} was moved to {mark.place} for good. Run `delivery-ledger ledger move` "
                "again with the new settings, which completes it."
            )
        _reopen(source, mark)


def _new_settings(directory: Directory, name: str, content: bytes, present: Settings) -> Settings:
    new = directory.look_at_new(name, content).settings
    if shared := sorted(new.databases.stores & present.databases.stores):
        raise BadInput(f"{name} is in {shared[0]} already. Name another database.")
    new = directory.read_new(name, content, present.secret_key).settings
    beside_ledger.check_keys(present, new)
    return new


def _mark_of_source(source: OpenedLedger) -> MoveMark | None:
    revision = revision_of(source.store.engine)
    if revision is None:
        raise NotFound(f"There is no ledger in {source.place}.")
    check_revision(revision)
    mark = move_mark.mark_of(source.store)
    if mark is not None and mark.state is MoveState.ARRIVING:
        raise mark.refusal  # it is in use elsewhere, and nothing may open it here
    return mark


def _reopen(source: OpenedLedger, closed: MoveMark) -> None:
    move_mark.reopen(source.store, closed)
    if move_mark.mark_of(source.store) is None:
        beside_ledger.reopen_accounts(source)


class _Move:
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
        mark = _mark_of_source(self._source)
        if mark is None or mark.state is not MoveState.MOVED:
            mark = self._copied(mark)
        self._complete(mark)
        return Moved(
            event_count=_head_of(self._target).size,
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
        verification = _Verification(self._target, self._show)
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
                _check_can_take(target, self._source)
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
        views = open_views(self._target.settings, self._arrived())
        try:
            with self._show("Making the views") as progress:
                views.catch_up(progress=progress)
        finally:
            views.engine.dispose()

    def _arrived(self) -> Ledger:
        target = self._target
        master = master_key(target.settings.master_key)
        return Ledger(target.store, self._clock, master, may_arrive=True)

    def _closed(self, arriving: MoveMark, verification: "_Verification") -> MoveMark:
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
                _reopen(source, closed)
            raise
        return closed

    def _copy_rest(self, verification: "_Verification", closed_at: datetime) -> None:
        source, target = self._source, self._target
        self._copy.copy(_unseen)
        verification.go_on()
        if differing := self._copy.differing_counts():
            raise _wrong_copy(f"the number of rows in {', '.join(differing)} differs")
        if not self._copy.has_same_head():
            raise _wrong_copy("its head is another one")
        beside_ledger.copy_databases(source, target, self._clock, closed_at)
        beside_ledger.copy_signing_record(source.settings, target.settings)

    def _complete(self, mark: MoveMark) -> None:
        """Let the target be used, whose source is closed for good."""
        source, target = self._source, self._target
        is_there = target.place == mark.place and _ledger_id_of(target) == _ledger_id_of(source)
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


class _Verification:
    """Verifies the copy: the whole once, and then what is new."""

    def __init__(self, target: OpenedLedger, show: Show) -> None:
        """Verify the whole copy. Raises `LedgerDamaged`, which names the first fault."""
        self._target = target
        with show("Verifying the copy") as progress:
            result = verify_ledger(target.settings, {}, progress)
        _check_faults(result.faults)
        self._verified = _head_of(target)
        newest = newest_kept(target.store.engine)
        self._compared = newest.size if newest else 0

    def go_on(self) -> None:
        """Verify what was copied since. Raises `LedgerDamaged`."""
        engine = self._target.store.engine
        _check_faults(faults_behind(engine, self._verified, compared=self._compared))
        self._verified = _head_of(self._target)
        self._compared = self._verified.size


def _check_faults(faults: Sequence[Fault]) -> None:
    if faults:
        raise _wrong_copy(str(faults[0]))


def _wrong_copy(words: str) -> LedgerDamaged:
    return LedgerDamaged(
        f"The ledger was not moved, because its copy is not what was recorded: {words}. See what "
        "`delivery-ledger verify` says of the ledger. Where it is right, empty the new database "
        "and move it again."
    )


def _unseen(_done: int, _total: int) -> None:
    """Progress of a step that is short."""


def _head_of(ledger: OpenedLedger) -> Frontier:
    with reading(ledger.store.engine) as connection:
        head = connection.execute(sa.select(ledger_head)).one()
    return Frontier.from_bytes(head.seq, head.frontier)


def _ledger_id_of(ledger: OpenedLedger) -> bytes | None:
    if revision_of(ledger.store.engine) is None:
        return None
    query = sa.select(ledger_info.c.value).where(ledger_info.c.name == "ledger_id")
    with reading(ledger.store.engine) as connection:
        ledger_id: bytes | None = connection.scalar(query)
    return ledger_id


def _check_can_take(target: OpenedLedger, source: OpenedLedger) -> None:
    """Raise `BadInput` unless the target is empty, or has an incomplete copy of this ledger."""
    revision = revision_of(target.store.engine)
    if revision is not None:
        check_revision(revision)
        mark = move_mark.mark_of(target.store)
        if mark is not None and mark.state is MoveState.ARRIVING:
            _check_is_own(mark, target, source)
            return
    if target.encoding != "UTF8":
        raise BadInput(
            f"The encoding of {target.place} is {target.encoding}. Create the database with the "
            "encoding UTF8."
        )
    if _ledger_id_of(target) or _has_tables(target):
        raise BadInput(
            f"{target.place} is not empty: a ledger, accounts or the state of senders are there. "
            "Name an empty database."
        )


@contextmanager
def _naming(target: OpenedLedger) -> Iterator[None]:
    try:
        yield
    except StoreUnavailable as error:
        raise StoreUnavailable(f"The new database {target.place}: {error}") from error


def _check_is_own(mark: MoveMark, target: OpenedLedger, source: OpenedLedger) -> None:
    if mark.place != source.place or _ledger_id_of(target) not in (None, _ledger_id_of(source)):
        raise BadInput(f"{target.place} is the new place of another ledger, from {mark.place}.")


def _has_tables(target: OpenedLedger) -> bool:
    return any(sa.inspect(engine).get_table_names() for engine in (target.accounts, target.sending))
