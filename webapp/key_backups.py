"""Whether there is a backup of the master key, without which no name can be read again."""

from ledger.commands.access import AccessRecord
from ledger.commands.repository import sending_switch
from ledger.domain.events import KeysBackedUp
from ledger.domain.vocabulary import KeyBackupPlace
from ledger.errors import EventProblemFound
from ledger.ledger import Ledger
from webapp.sound_aggregates import SoundAggregates


def is_missing(ledger: Ledger) -> bool:
    """Whether nobody made a backup of the present master key, or said that there is one.

    False for a demonstration, which has no names of people. Raises `StoreUnavailable`.
    """
    try:
        last = ledger.reader.last(KeysBackedUp.topic)
        is_kept = last is not None and getattr(last.event, "wrapping", None) == ledger.wrapping()
        return not is_kept and not _is_demonstration(ledger)
    except EventProblemFound:
        return True


def record_key_backup(ledger: Ledger, by: str, place: KeyBackupPlace) -> None:
    """Record that somebody made a backup of the master key, or said that there is one."""
    now = ledger.clock.now()
    command = AccessRecord(ledger.identity).key_backup(by, place, ledger.wrapping(), now)
    ledger.execute(command).result()


def _is_demonstration(ledger: Ledger) -> bool:
    account = sending_switch(SoundAggregates(ledger.reader)).account
    return account is not None and account.is_demonstration
