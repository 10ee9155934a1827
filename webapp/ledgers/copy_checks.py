"""What is checked of the new place of a ledger: that it may be used, and that its copy is right."""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager

import sqlalchemy as sa

from ledger.errors import BadInput, LedgerDamaged
from ledger.proof.new_events import faults_behind, newest_kept
from ledger.proof.recomputation import Fault
from ledger.store import move_mark
from ledger.store.engine import reading
from ledger.store.ledger_copy import Progress
from ledger.store.merkle import Frontier
from ledger.store.move_mark import MoveMark, MoveState
from ledger.store.revision import check_revision, revision_of
from ledger.store.schema import ledger_head, ledger_info
from webapp.ledgers.opened_ledger import OpenedLedger
from webapp.parts.proof import verify_ledger

Show = Callable[[str], AbstractContextManager[Progress]]
"""Shows the progress of the step with that label."""


class Verification:
    """Verifies the copy: the whole once, and then what is new."""

    def __init__(self, target: OpenedLedger, show: Show) -> None:
        """Verify the whole copy. Raises `LedgerDamaged`, which names the first fault."""
        self._target = target
        with show("Verifying the copy") as progress:
            result = verify_ledger(target.settings, {}, progress)
        _check_faults(result.faults)
        self._verified = head_of(target)
        newest = newest_kept(target.store.engine)
        self._compared = newest.size if newest else 0

    def go_on(self) -> None:
        """Verify what was copied since. Raises `LedgerDamaged`."""
        engine = self._target.store.engine
        _check_faults(faults_behind(engine, self._verified, compared=self._compared))
        self._verified = head_of(self._target)
        self._compared = self._verified.size


def _check_faults(faults: Sequence[Fault]) -> None:
    if faults:
        raise wrong_copy(str(faults[0]))


def wrong_copy(words: str) -> LedgerDamaged:
    """Return the error of a copy that is not what was recorded."""
    return LedgerDamaged(
        f"The ledger was not moved, because its copy is not what was recorded: {words}. See what "
        "`delivery-ledger verify` says of the ledger. Where it is right, empty the new database "
        "and move it again."
    )


def head_of(ledger: OpenedLedger) -> Frontier:
    """Return size and right edge of the tree, as the ledger's head says."""
    with reading(ledger.store.engine) as connection:
        head = connection.execute(sa.select(ledger_head)).one()
    return Frontier.from_bytes(head.seq, head.frontier)


def ledger_id_of(ledger: OpenedLedger) -> bytes | None:
    """Return the id of the ledger in the database; None where there is none."""
    if revision_of(ledger.store.engine) is None:
        return None
    query = sa.select(ledger_info.c.value).where(ledger_info.c.name == "ledger_id")
    with reading(ledger.store.engine) as connection:
        ledger_id: bytes | None = connection.scalar(query)
    return ledger_id


def check_can_take(target: OpenedLedger, source: OpenedLedger) -> None:
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
    if ledger_id_of(target) or _has_tables(target):
        raise BadInput(
            f"{target.place} is not empty: a ledger, accounts or the state of senders are there. "
            "Name an empty database."
        )


def _check_is_own(mark: MoveMark, target: OpenedLedger, source: OpenedLedger) -> None:
    if mark.place != source.place or ledger_id_of(target) not in (None, ledger_id_of(source)):
        raise BadInput(f"{target.place} is the new place of another ledger, from {mark.place}.")


def _has_tables(target: OpenedLedger) -> bool:
    return any(sa.inspect(engine).get_table_names() for engine in (target.accounts, target.sending))
