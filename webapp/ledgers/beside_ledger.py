"""What moves with a ledger beside its events: accounts, the senders' state, keys, small files."""

from contextlib import suppress
from datetime import datetime
from pathlib import Path

from ledger import atomic_file
from ledger.clock import Clock
from ledger.errors import BadSetting
from ledger.ledger import Ledger
from ledger.proof.signing_keys import KeyFile
from ledger.proof.signing_record import SigningRecord
from ledger.sending.cursors import Cursors, cursors
from ledger.sending.missed_reports import AWAY_FOR_MOVE
from ledger.sending.price_passes import price_passes
from ledger.sending.rate_limiter import claims, rate_limits
from ledger.sending.rollback_guard import RollbackGuard
from ledger.sending.worklist import TextCursor
from ledger.store.engine import writing_alone
from ledger.store.table_guards import guard, unguard
from webapp.accounts.copying import MOVED, move_accounts
from webapp.accounts.table import create_tables
from webapp.api.kept_answers import kept_answers
from webapp.callback_problems import problems
from webapp.ledgers.opened_ledger import OpenedLedger
from webapp.notices import tables as notice_tables
from webapp.repeated_callbacks import repeats
from webapp.settings import Settings
from webapp.table_copy import copy_tables
from webapp.verifications import last_verification
from webapp.view_repairs import last_comparison
from webapp.webhooks import tables as webhook_tables

SENDING = (
    *(
        rate_limits,
        claims,
        cursors,
        price_passes,
        problems,
        repeats,
        last_verification,
        last_comparison,
    ),
    *webhook_tables.metadata.sorted_tables,
    *notice_tables.metadata.sorted_tables,
    kept_answers,
)
"""Every table of the senders' database but those that are soon written again.

These are `process_numbers`, and the API's counts of requests.
"""


# Databases.


def close_accounts(source: OpenedLedger) -> None:
    """Let the database refuse every change of the accounts."""
    with writing_alone(source.accounts) as connection:
        create_tables(connection)
        guard(connection, [table.name for table in MOVED])


def reopen_accounts(source: OpenedLedger) -> None:
    """Let the accounts be changed again; a repeat changes nothing."""
    with writing_alone(source.accounts) as connection:
        unguard(connection, [table.name for table in MOVED])


def copy_databases(
    source: OpenedLedger, target: OpenedLedger, clock: Clock, closed_at: datetime
) -> None:
    """Copy accounts and the senders' state; a repeat replaces what is there.

    The senders of the new place will ask about texts whose callbacks were missed since `closed_at`.
    """
    move_accounts(source.accounts, target.accounts)
    copy_tables(source.sending, target.sending, SENDING)
    away = Cursors(target.sending, clock)
    away.lease(AWAY_FOR_MOVE)
    away.advance(AWAY_FOR_MOVE, TextCursor(closed_at))


# Keys and files.


def check_keys(present: Settings, new: Settings) -> None:
    """Raise `BadSetting` where the new settings have other keys than the present ones."""
    if (present.secret_key, present.master_key) != (new.secret_key, new.master_key):
        kept = present.databases.file("secret_key")
        where = f" The present secret is in {kept}." if kept.exists() else ""
        raise BadSetting(
            "A move changes no key: give LEDGER_SECRET_KEY and LEDGER_MASTER_KEY the values that "
            f"they have now.{where}"
        )
    signing, new_signing = KeyFile(present.signing_key).read(), KeyFile(new.signing_key).read()
    if signing is None:
        return
    if new.signing_key is None:
        raise BadSetting(
            "LEDGER_SIGNING_KEY is not set in the new settings, so nothing could be signed. Set it "
            f"to {present.signing_key}, or to another file: then the key is copied there."
        )
    if new_signing is not None and new_signing.named("") != signing.named(""):
        raise BadSetting(
            f"{new.signing_key} has another key than {present.signing_key}. A move changes no key: "
            "name a file that does not exist, or the present one."
        )


def copy_keys(present: Settings, new: Settings) -> None:
    """Copy the secret and the signing key to their new places, unless they are there.

    Raises `BadSetting` where a file cannot be written, or has another secret.
    """
    old_file, new_file = present.signing_key, new.signing_key
    if old_file and new_file and old_file.exists():
        _put(new_file, old_file.read_bytes())
    if new.databases.is_one_machine:
        secret_file = new.databases.file("secret_key")
        _put(secret_file, new.secret_key.encode())
        if secret_file.read_text().strip() != new.secret_key:
            raise BadSetting(f"{secret_file} has another secret. Name a file in another folder.")


def _put(file: Path, content: bytes) -> None:
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        with suppress(FileExistsError):
            atomic_file.create(file, content)
    except OSError as error:
        raise BadSetting(f"{file} cannot be written: {error.strerror}.") from error


def copy_signing_record(present: Settings, new: Settings) -> None:
    """Add what was signed last to the signing record of the new place."""
    if present.signing_record.resolve() == new.signing_record.resolve():
        return
    old, record = SigningRecord(present.signing_record), SigningRecord(new.signing_record)
    with record.held():
        for origin in old.origins():
            if tree := old.read(origin):
                record.write(tree)


def extend_rollback_guards(ledger: Ledger, *settings: Settings) -> None:
    """Store the end of the ledger at both places: an old backup of either is noticed."""
    for path in {each.databases.file("sender").resolve(): None for each in settings}:
        RollbackGuard(ledger, path).extend()
