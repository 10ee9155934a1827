"""Moves a ledger of the directory to another database.

1. The ledger is copied while it is in use, the copy is verified, and its views are made.
2. The ledger is closed, and what is new is copied and verified. Callbacks get 503 from here on.
3. The old database is closed for good. Only then may the new one be used.
4. The file of the directory is replaced.

A move that was interrupted goes on when it is run again. Until step 3 it can be cancelled, and an
error before it opens the old ledger again; after it the old one never takes an event.
"""

from ledger.clock import Clock
from ledger.errors import BadInput, Refused
from ledger.store.move_mark import MoveState
from webapp.ledgers import beside_ledger
from webapp.ledgers.copy_checks import Show
from webapp.ledgers.directory import Directory
from webapp.ledgers.move_run import Move, Moved, mark_of_source, reopen
from webapp.ledgers.opened_ledger import opened
from webapp.settings import Settings


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
            moved = Move(source, target, clock, show).run()
        directory.replace(name, content)
    return moved


def cancel(directory: Directory, name: str) -> None:
    """Let a ledger be used where it is, whose move was interrupted.

    Raises `Refused` where it is not being moved, or was moved for good.
    """
    with directory.moving(name), opened(directory.ledger(name, must_exist=True).settings) as source:
        mark = mark_of_source(source)
        if mark is None:
            raise Refused(f"{name} is not closed for a move; there is nothing to cancel.")
        if mark.state is MoveState.MOVED:
            raise Refused(
                f"{name} was moved to {mark.place} for good. Run `delivery-ledger ledger move` "
                "again with the new settings, which completes it."
            )
        reopen(source, mark)


def _new_settings(directory: Directory, name: str, content: bytes, present: Settings) -> Settings:
    new = directory.look_at_new(name, content).settings
    if shared := sorted(new.databases.stores & present.databases.stores):
        raise BadInput(f"{name} is in {shared[0]} already. Name another database.")
    new = directory.read_new(name, content, present.secret_key).settings
    beside_ledger.check_keys(present, new)
    return new
