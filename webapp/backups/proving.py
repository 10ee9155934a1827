"""Proves a copy of a ledger: recomputes it, and unseals what was sealed in every enrolment."""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass

from ledger.clock import SystemClock
from ledger.domain.events import ContactEnrolled
from ledger.ledger import Ledger
from ledger.proof.ledger_verifier import verify
from ledger.proof.recomputation import Fault
from ledger.proof.signing_keys import SigningKeys
from ledger.reader import LedgerReader
from ledger.store.engine import reading
from webapp.accounts.copying import count_accounts
from webapp.backups.archive import ACCOUNTS, LEDGER, Content
from webapp.backups.opening import opened_accounts, opened_ledger, url_of

ProgressBar = Callable[[str], AbstractContextManager[Callable[[int, int], None]]]
"""Shows a bar with a label during a block, which reports (done, total)."""

_AT_ONCE = 1000


@dataclass(frozen=True, kw_only=True)
class Proof:
    """What a copy turned out to hold."""

    events: int
    root: bytes
    checkpoints: int
    """How many checkpoints are in it; all were compared with the events."""
    enrolments: int
    """How many were unsealed."""
    forgotten: int
    """How many enrolments nobody can unseal, because their contacts were forgotten."""
    accounts: int
    faults: Sequence[Fault]
    """The first ones; empty if the copy is right."""
    fault_count: int


def prove(
    content: Content,
    master: bytes,
    keys: SigningKeys | None,
    progress: Callable[[int, int], None],
) -> Proof:
    """Prove the databases of a backup. Raises `WrongKey` where `master` does not open the ledger.

    Also raises `StoreUnavailable`, and `LedgerError` for what this program cannot read.
    """
    with opened_ledger(url_of(content.databases[LEDGER])) as store:
        reader = Ledger(store, SystemClock(), master).reader
        result = verify(store.engine, keys=keys, outside={}, progress=progress, master=master)
        faults = [*result.faults, *_differences(content, result.right_count, result.root)]
        enrolments, unsealed = _unsealed(reader) if not faults else (0, 0)
    return Proof(
        events=result.right_count,
        root=result.root,
        checkpoints=result.kept_count,
        enrolments=unsealed,
        forgotten=enrolments - unsealed,
        accounts=_accounts(content),
        faults=faults,
        fault_count=result.fault_count + len(faults) - len(result.faults),
    )


def _differences(content: Content, events: int, root: bytes) -> list[Fault]:
    """What differs from what the backup says about itself."""
    said = (content.about["events"], content.about["root"])
    if (events, root.hex()) == said:
        return []
    return [Fault(None, f"the copy has {events} events and not the {said[0]} that were backed up")]


def _unsealed(reader: LedgerReader) -> tuple[int, int]:
    """Return how many enrolments there are, and how many of them can be read."""
    total = unsealed = after = 0
    while batch := reader.events(after, _AT_ONCE, topics=(ContactEnrolled.topic,)):
        total += len(batch)
        unsealed += sum(each.event.private_part is not None for each in batch)
        after = batch[-1].seq
    return total, unsealed


def _accounts(content: Content) -> int:
    with (
        opened_accounts(url_of(content.databases[ACCOUNTS])) as engine,
        reading(engine) as connection,
    ):
        return count_accounts(connection)
