"""Key rotation: all keys or none, and afterwards only the new master key opens the ledger."""

import pytest
import sqlalchemy as sa

from kit.store import MASTER, close_ledger, open_ledger
from kit.world import ADA, BEN
from ledger.commands.contacts import ReceiveText
from ledger.domain.events import InboundReceived
from ledger.errors import BadSetting, StoreUnavailable, WrongKey

NEW = bytes(range(100, 132))
FORM = (("MessageSid", "SM1"), ("From", ADA), ("Body", "Thank you"))


@pytest.fixture
def contact_id(ledger):
    """Somebody who wrote to us."""
    ledger.execute(ReceiveText.from_form(ledger.identity, FORM)).result()
    return ledger.identity.contact_id(ADA)


def words_in(ledger, contact_id):
    (event,) = [entry.event for entry in ledger.reader.stream(contact_id)]
    assert isinstance(event, InboundReceived)
    return event.private.parameters


def test_after_a_rotation_only_the_new_master_key_opens_the_ledger(
    ledger, database_url, clock, contact_id
):
    assert ledger.change_master_key(NEW) == 1
    with pytest.raises(WrongKey, match="LEDGER_MASTER_KEY"):
        open_ledger(database_url, clock, master=MASTER)
    again = open_ledger(database_url, clock, master=NEW)
    assert words_in(again, contact_id) == FORM
    assert again.identity.contact_id(ADA) == contact_id
    close_ledger(again)


def test_all_of_many_keys_are_rewrapped(ledger, database_url, clock):
    keys = ledger._mapper._keyring.new_keys(f"con_{n:05}" for n in range(2500))
    engine = ledger.recorder._engine
    with engine.begin() as connection:
        rows = [{"s": s, "w": key.wrapped} for s, key in keys.items()]
        connection.execute(sa.text("INSERT INTO contact_keys VALUES (:s, :w)"), rows)
    assert ledger.change_master_key(NEW) == 2500
    again = open_ledger(database_url, clock, master=NEW)
    assert again.reader.subjects_with_key(keys) == set(keys)
    close_ledger(again)


def change_failing_at(ledger, number):
    """Change the master key, the disk failing at that statement; whether it came so far."""
    engine, left = ledger.recorder._engine, [number]

    def fail(*_arguments):
        left[0] -= 1
        if not left[0]:
            raise OSError("the disk is gone")

    sa.event.listen(engine, "before_cursor_execute", fail)
    try:
        ledger.change_master_key(NEW)
    except StoreUnavailable:
        return False
    finally:
        sa.event.remove(engine, "before_cursor_execute", fail)
    return True


def test_a_rotation_interrupted_at_any_statement_changes_nothing(
    ledger, database_url, clock, contact_id
):
    tried = 0
    while not change_failing_at(ledger, tried + 1):
        tried += 1
        again = open_ledger(database_url, clock)
        assert words_in(again, contact_id) == FORM
        close_ledger(again)
    assert tried > 5


def test_the_same_key_is_refused(ledger):
    with pytest.raises(BadSetting, match="give another one"):
        ledger.change_master_key(MASTER)


def test_a_running_program_with_the_old_key_records_nothing_more(
    ledger, database_url, clock, contact_id
):
    running = open_ledger(database_url, clock)
    assert words_in(running, contact_id) == FORM
    ledger.change_master_key(NEW)
    for phone in (ADA, BEN):
        form = (("MessageSid", "SM2"), ("From", phone), ("Body", "Thank you"))
        with pytest.raises(WrongKey, match="was changed while this program ran"):
            running.execute(ReceiveText.from_form(running.identity, form)).result()
    again = open_ledger(database_url, clock, master=NEW)
    assert again.reader.head() == 1
    close_ledger(again)
    close_ledger(running)
