"""Passkeys and two-factor sign-in in the accounts' database: kept, copied, ended."""

from pathlib import Path

import pytest

from kit.accounts import add_account
from kit.races import at_once
from kit.world import World
from ledger.domain.people import STREAM
from ledger.domain.vocabulary import Role
from ledger.errors import NotFound, Refused
from ledger.store.engine import open_database
from webapp.accounts import Accounts
from webapp.accounts.copying import copy_accounts

PASSKEY = {
    "name": "Laptop",
    "credential_id": b"\x00\xff id",
    "public_key": b"\x00\xff key",
    "sign_count": 7,
    "transports": ["internal", "hybrid"],
}


@pytest.fixture
def ortiz(world: World) -> str:
    """An admin with an app, recovery codes and a passkey."""
    user_id = add_account(world.app.accounts, "ortiz")
    factors = world.app.factors
    factors.turn_on_two_factor(user_id, 0, "encrypted", 41)
    factors.set_recovery_codes(user_id, 0, {1: "one", 2: "two"})
    factors.add_passkey(user_id, 0, **PASSKEY)
    return user_id


@pytest.mark.both_databases
def test_what_was_added_is_read_as_it_was(world, ortiz):
    kept = world.app.accounts.factors
    passkey = kept.passkey(PASSKEY["credential_id"])
    assert {name: getattr(passkey, name) for name in PASSKEY} == PASSKEY
    assert (passkey.user_id, passkey.used_at) == (ortiz, None)
    passkey.sign_count = 8
    kept.use_passkey(passkey)
    assert kept.of(ortiz).passkeys[0].sign_count == 8
    assert kept.of(ortiz).passkeys[0].used_at == world.clock.now()
    assert [kept.use_counter(ortiz, counter) for counter in (41, 42, 42)] == [False, True, False]
    assert kept.counts()[ortiz].passkeys == 1


def test_a_copy_of_the_accounts_has_all_of_it(world, ortiz, tmp_path: Path):
    target = open_database(
        f"sqlite:///{tmp_path}/copy.sqlite3", "accounts", setting="TEST", is_durable=False
    )
    ito = world.app.accounts.id_to_sign_in("ito")
    world.app.people.admit_by_provider(ito, Role.STAFF, "digest", ortiz)
    copy_accounts(world.app.accounts_engine, target)
    copied = Accounts(target, secret_key="of another machine")
    assert copied.factors.of(ortiz) == world.app.accounts.factors.of(ortiz)
    assert copied.identities.owner_of("digest") == ito
    target.dispose()


def test_each_passkey_that_ends_is_an_event_and_a_repeat_is_none(world, ortiz):
    (passkey,) = world.app.accounts.factors.of(ortiz).passkeys
    for _ in range(2):
        world.app.factors.remove_passkey(ortiz, 0, passkey.passkey_id)
    topics = [each.topic for each in world.app.ledger.reader.stream(STREAM)]
    assert topics[2:] == ["AccountPasskeyAdded", "AccountPasskeyRemoved"]


def test_nothing_is_added_to_an_account_that_changed_meanwhile(world, ortiz):
    world.app.factors.reset(ortiz, ortiz)
    with pytest.raises(Refused, match="Your account was changed meanwhile"):
        world.app.factors.add_passkey(ortiz, 0, **PASSKEY)
    with pytest.raises(NotFound):
        world.app.factors.turn_off_two_factor("usr_nobody", 0)


@pytest.mark.both_databases
def test_two_passkeys_that_are_added_at_the_same_time_have_two_names(world, ortiz):
    other, new = world.again(), {"name": "Phone", "credential_id": b"1"}
    acts = [
        lambda: world.app.factors.add_passkey(ortiz, 0, **PASSKEY | new),
        lambda: other.app.factors.add_passkey(ortiz, 0, **PASSKEY | new | {"credential_id": b"2"}),
    ]
    assert at_once(acts) == 1
    assert sorted(each.name for each in world.app.accounts.factors.of(ortiz).passkeys) == [
        *("Laptop", "Phone")
    ]


def test_recovery_codes_belong_to_two_factor_sign_in(world, ortiz):
    world.app.factors.turn_off_two_factor(ortiz, 0)
    with pytest.raises(Refused, match="Turn two-factor sign-in on first"):
        world.app.factors.set_recovery_codes(ortiz, 0, {1: "one"})
