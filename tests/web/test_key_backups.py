"""A master key without a backup: where the program warns of it, and what ends the warning."""

import pytest

from kit.world import World
from ledger.commands.sending_account import MarkDemonstration
from ledger.domain.actors import SENDER
from ledger.domain.sending_switch import SendingAccount
from ledger.domain.vocabulary import KeyBackupPlace
from ledger.store.encryption import master_key
from webapp.cli.servers import warn_without_key_backup
from webapp.door import create_receiver
from webapp.explain.key_backups import NO_KEY_BACKUP
from webapp.key_backups import record_key_backup


def warnings(world: World, capsys: pytest.CaptureFixture[str]) -> list[bool]:
    """Whether a start, /readyz and /health warn."""
    client = create_receiver(world.app).test_client()
    ready = client.get("/readyz")
    assert ready.status_code == 200
    assert ready.text in {"ready\n", f"ready\nwarning: {NO_KEY_BACKUP}\n"}
    warn_without_key_backup(world.app)
    told = capsys.readouterr().err
    assert told in {"", f"Warning: {NO_KEY_BACKUP}\n"}
    health = client.get("/health")
    assert health.json["status"] == "ok"
    return [bool(told), "warning" in ready.text, not health.json["master_key_backed_up"]]


@pytest.mark.both_databases
def test_a_new_ledger_warns_until_its_key_has_a_backup(world, capsys):
    assert warnings(world, capsys) == [True] * 3
    record_key_backup(world.app.ledger, "usr_1", KeyBackupPlace.BACKUP)
    assert warnings(world, capsys) == [False] * 3


def test_that_it_is_kept_elsewhere_ends_the_warning_too(world, capsys):
    record_key_backup(world.app.ledger, "usr_1", KeyBackupPlace.ELSEWHERE)
    assert warnings(world, capsys) == [False] * 3


def test_another_master_key_needs_another_backup(world, capsys):
    record_key_backup(world.app.ledger, "usr_1", KeyBackupPlace.BACKUP)
    world.app.ledger.change_master_key(master_key("the next master key"))
    assert warnings(world, capsys) == [True] * 3


def test_a_demonstration_does_not_warn(world, capsys):
    account = SendingAccount("AC" + 32 * "0", is_demonstration=True)
    world.execute(MarkDemonstration(account, SENDER, is_earlier=False))
    assert warnings(world, capsys) == [False] * 3
