"""The ledger: executes commands, many in one commit, and provides its reader."""

from collections.abc import Callable, Collection, Sequence
from concurrent.futures import CancelledError, Future
from copy import copy
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

from ledger.clock import Clock, to_microseconds
from ledger.domain.events import Event
from ledger.errors import LedgerError
from ledger.identity import Identity
from ledger.observer import Observer
from ledger.reader import LedgerReader
from ledger.store import encryption, upgrade_steps
from ledger.store.creation import open_info
from ledger.store.engine import overwrite_log, rewrite_tables, scrub
from ledger.store.event_mapper import LedgerMapper, SealedEvents
from ledger.store.group_commit import GroupCommit
from ledger.store.key_rotation import rotate
from ledger.store.read_ahead import Named
from ledger.store.recorder import LedgerRecorder
from ledger.store.schema import contact_keys, ledger_info
from ledger.store.store import Store
from ledger.unit_of_work import Command, UnitOfWork

T = TypeVar("T")


@dataclass(frozen=True)
class _Submission:
    """A command, and what was prepared before the lock is taken."""

    command: Command[Any]
    streams: Collection[str]
    outlined: Collection[str]
    dedupes: Collection[str]
    sealed: SealedEvents | None
    request_id: str
    observed: object | None
    """See `Observer.submitted`."""


class Ledger:
    """One ledger, opened for commands and for reading.

    Attributes:
        ledger_id: Which ledger this is.
        identity: Makes the ids.
        clock: The clock that events are recorded by.
        reader: Reads what is durable.
        recorder: The events table as the eventsourcing library sees it.
        commit_numbers: How many commands went into a commit, and how long they waited.
    """

    def __init__(
        self,
        store: Store,
        clock: Clock,
        master: bytes,
        *,
        may_arrive: bool = False,
        request_id: Callable[[], str] = str,
        observer: Callable[[], Observer] = Observer,
    ) -> None:
        """Open the ledger, or create it in an empty database.

        With `may_arrive` it may be the new place of a move, which is read and not written yet.
        `request_id` returns the id of the request that the calling thread answers; "" for none.
        `observer` returns who watches now.

        Raises `WrongKey` for another ledger's master key, `LedgerError` for an unknown schema,
        `LedgerMoved` and `StoreUnavailable`.
        """
        info = open_info(store, lambda: encryption.new_identity_key(master), may_arrive=may_arrive)
        self.ledger_id = info["ledger_id"].decode()
        self.identity = Identity(encryption.identity_key(info, master))
        self.clock = clock
        self._store, self._master = store, master
        self._request_id, self._observer = request_id, observer
        self._mapper = LedgerMapper(encryption.Keyring(store.engine, master))
        self.recorder = LedgerRecorder(store, lambda: to_microseconds(clock.now()))
        self.reader = LedgerReader(self.ledger_id, store, self.recorder, self._mapper)
        self._group: GroupCommit[_Submission] = GroupCommit(
            self._commit, is_alone=lambda submission: submission.command.is_alone
        )
        self.commit_numbers = self._group.numbers

    def execute(self, command: Command[T]) -> "Future[T]":
        """Decide and record the command, in one commit with others that are waiting.

        The future returns the command's result once its events are durable. It raises the
        command's refusal, `AlreadyRecorded` for a repeat, `StoreUnavailable` with nothing written,
        or `CommitUnconfirmed` where it may have been written.
        """
        events = command.prepared_events
        sealed = self._mapper.seal(events) if events else None
        request_id = "" if sealed else self._request_id()  # what is sealed cannot be changed
        observer = self._observer()
        observed = observer.submitted(type(command).__name__)
        future = self._group.submit(
            _Submission(
                command=command,
                streams=command.streams,
                outlined=command.outlined,
                dedupes=command.dedupes,
                sealed=sealed,
                request_id=request_id,
                observed=observed,
            )
        )
        if observed is not None:
            future.add_done_callback(lambda done: observer.ended(observed, _error_of(done)))
        return future

    def read_by(self, reader: LedgerReader) -> "Ledger":
        """Return the same ledger, which shows less to who reads it."""
        ledger = copy(self)
        ledger.reader = reader
        return ledger

    def time_at(self, until: int | None) -> datetime:
        """Return the present time; for a seq, when the last event up to it was recorded."""
        return self.clock.now() if until is None else self.reader.time_at(until)

    def _commit(self, submissions: Sequence[_Submission]) -> list[Any]:
        """Return the result or the refusal of each, once all are durable."""
        with self._observer().committing([submission.observed for submission in submissions]):
            return self._write(submissions)

    def _write(self, submissions: Sequence[_Submission]) -> list[Any]:
        streams = {stream for submission in submissions for stream in submission.streams}
        outlined = {each for submission in submissions for each in submission.outlined}
        dedupes = {dedupe for submission in submissions for dedupe in submission.dedupes}
        with self.recorder.commit(Named(streams, outlined - streams, dedupes)) as commit:
            self._mapper.invalidate_keys_before(commit.key_epoch)
            work = UnitOfWork(commit, self._mapper, self.identity, self.clock.now())
            work.read_ahead(streams, dedupes)
            results = [_decide(submission, work) for submission in submissions]
            sealed = _sealed_for(submissions, work.appended)
            commit.append(self._mapper.to_batch(commit, work.appended, sealed, work.forgotten))
        if work.forgotten:
            self._mapper.invalidate_keys_before(commit.key_epoch + 1)
        return results

    def do_once(self, step: str, act: Callable[[], None]) -> None:
        """Do a step of an upgrade, unless this ledger has had it.

        Where the step is interrupted it is done again, so a repeat must change nothing.
        """
        if not upgrade_steps.is_done(self._store, step):
            act()
            upgrade_steps.mark_done(self._store, step)

    # Keys.

    def scrub(self) -> bool:
        """Erase destroyed keys from the database's files; False while readers prevent it."""
        return scrub(self._store.engine)

    def rewrite_keys(self) -> list[str]:
        """Erase old keys from PostgreSQL's tables; return those that were not rewritten."""
        return rewrite_tables(self._store.engine, [contact_keys.name, ledger_info.name])

    def overwrite_log(self) -> int | None:
        """Erase destroyed keys from PostgreSQL's log; return how many older files of it are kept.

        None: the user has not the rights to do it.
        """
        return overwrite_log(self._store.engine)

    def wrapping(self) -> str:
        """Return a text that stands for the master key and changes with it."""
        return encryption.wrapping(self._store.engine)

    def change_master_key(self, master: bytes) -> int:
        """Wrap every key with another master key and return the number of keys.

        The ledger must be opened again afterwards. Raises `BadSetting` if the master key is the
        same, `WrongKey` and `StoreUnavailable`.
        """
        count = rotate(self._store, self._master, master)
        self.scrub()
        return count


def _sealed_for(
    submissions: Sequence[_Submission], appended: Sequence[Event]
) -> list[SealedEvents]:
    """Return what was sealed before the lock, of the commands that appended all of it.

    Of any other, a new key could belong to no event.
    """
    ids = {id(event) for event in appended}
    return [s.sealed for s in submissions if s.sealed and s.sealed.stored.keys() <= ids]


def _error_of(done: "Future[Any]") -> BaseException | None:
    return CancelledError() if done.cancelled() else done.exception()


def _decide(submission: _Submission, work: UnitOfWork) -> Any:
    """Return the command's result, or its refusal, after which none of its events is kept."""
    count = len(work.appended)
    work.request_id = submission.request_id
    try:
        return submission.command.decide(work)
    except LedgerError as refusal:
        work.undo_to(count)
        return refusal
