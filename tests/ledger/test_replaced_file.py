"""A ledger that is replaced, moved or restored while the program runs is never written to."""

import fcntl
import shutil
import sqlite3
from contextlib import closing

import pytest
import sqlalchemy as sa

from kit.store import ledger_file
from kit.world import ADA, BEN
from ledger.errors import StoreUnavailable
from ledger.store.schema import events
from ledger.store.writer_lock import WriterLock
from ledger.unit_of_work import Command

RESTART = r"Nothing was recorded\. Restart the program"


@pytest.fixture
def file(world, tmp_path):
    """The file of a ledger that is open and in use; beside it lies its backup."""
    world.launch([ADA])
    file = ledger_file(tmp_path)
    with (
        closing(sqlite3.connect(file)) as source,
        closing(sqlite3.connect(tmp_path / "backup")) as target,
    ):
        source.backup(target)
    world.launch([BEN, *(f"+1415557{n:04}" for n in range(100))], name="after the backup")
    return file


def move_away(file):
    file.rename(file.with_name("moved"))


def remove(file):
    file.unlink()


def move_backup_over(file):
    file.with_name("backup").rename(file)


def copy_backup_over(file):
    """As `cp` does: the file is the same, and its content another."""
    with sqlite3.connect(file) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()
    file.write_bytes(file.with_name("backup").read_bytes())


def restore_in_place(file):
    """As SQLite's own shell does with `.restore`."""
    with (
        closing(sqlite3.connect(file.with_name("backup"))) as source,
        closing(sqlite3.connect(file)) as target,
    ):
        source.backup(target)


@pytest.mark.parametrize(
    "change", [move_away, remove, move_backup_over, copy_backup_over, restore_in_place]
)
def test_the_next_write_is_refused(world, file, change):
    change(file)
    for _ in range(2):
        with pytest.raises(StoreUnavailable, match=RESTART):
            world.inbound("Hello")


@pytest.mark.parametrize("change", [move_away, remove, move_backup_over])
def test_nothing_is_read_from_the_old_file(world, file, change):
    change(file)
    with pytest.raises(StoreUnavailable, match=RESTART):
        world.app.ledger.reader.head()


def test_no_empty_file_is_made_in_the_place_of_a_removed_one(world, file):
    remove(file)
    world.app.store.engine.dispose()
    with pytest.raises(StoreUnavailable, match=RESTART):
        world.inbound("Hello")
    assert not file.exists()


def test_the_file_that_is_there_now_stays_as_it_is(world, file):
    move_backup_over(file)
    before = file.read_bytes()
    with pytest.raises(StoreUnavailable):
        world.inbound("Hello")
    assert file.read_bytes() == before


class _ReplaceFile(Command[None]):
    """Replaces the file in the middle of a commit."""

    streams = ()

    def __init__(self, file):
        self.file = file

    def decide(self, _work):
        move_backup_over(self.file)


def test_a_commit_during_which_it_is_replaced_is_not_acknowledged(world, file):
    with pytest.raises(StoreUnavailable, match=RESTART):
        world.execute(_ReplaceFile(file))


def test_a_new_process_goes_on_with_the_present_file(world, file):
    move_backup_over(file)
    world.close()
    again = world.again()
    again.inbound("Hello")
    again.close()


def test_a_copy_elsewhere_and_a_touched_file_are_no_replacement(world, file):
    shutil.copy(file, file.with_name("copy"))
    file.touch()
    world.inbound("Hello")


def test_a_lock_file_that_was_removed_is_made_again_and_locked(tmp_path):
    lock = WriterLock(tmp_path / "database")
    with lock.held():
        (tmp_path / "database.lock").unlink()
        (tmp_path / "database.lock").touch()
    with lock.held():
        assert not _is_free(tmp_path / "database.lock")


def _is_free(path):
    with path.open("ab") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True


@pytest.mark.both_databases
def test_a_ledger_that_does_not_hold_what_this_process_recorded_takes_no_more(world):
    """As after a restore of the database that the program is connected to."""
    world.inbound("Hello")
    head = world.app.ledger.reader.head()
    is_sqlite = world.url.startswith("sqlite")
    with world.app.store.engine.begin() as connection:
        trigger = "events_refuse_update" if is_sqlite else "events_refuse_change ON events"
        connection.exec_driver_sql(f"DROP TRIGGER {trigger}")
        connection.execute(sa.update(events).where(events.c.seq == head).values(leaf=bytes(32)))
    with pytest.raises(StoreUnavailable, match=RESTART):
        world.inbound("Hello", sid="SM2")
    assert world.app.ledger.reader.head() == head
