"""Few passwords are hashed at the same time, and everything that is no password is refused."""

import os
import threading
from collections.abc import Mapping

import pytest
import sqlalchemy as sa

from kit.accounts import set_password
from kit.hashing import held
from kit.sign_in import PASSWORD, SECRET, Browser, make_app
from ledger.store.engine import reading
from webapp.accounts import Accounts
from webapp.accounts.hashing import AT_ONCE, WAITING, PasswordHasher
from webapp.accounts.table import sign_in_limits
from webapp.accounts.try_later import HashingBusy

BUSY = (
    "Too many people are signing in at this moment. Nothing was checked or changed; "
    "try again in a few seconds."
)
UNHASHABLE = ["x" * 4097, "\ufdfa" * 300, "ten or more\0characters"]
DAMAGED = "A password is text; this one has damaged characters. Type it again."
NEW = {"new_password": "a new password"}
_COSTS_OF_THE_LIBRARY = {"memory_cost": 64 * 1024, "time_cost": 3, "parallelism": 4}
_COSTS_BEFORE = {"memory_cost": 32 * 1024, "time_cost": 4, "parallelism": 1}


@pytest.fixture
def browser(accounts: Accounts) -> Browser:
    set_password(accounts, "ortiz", PASSWORD)
    return Browser(make_app(accounts).test_client())


def test_one_password_is_hashed_at_once_and_fifteen_wait(accounts: Accounts) -> None:
    with held(accounts.hasher, AT_ONCE + WAITING) as running:
        assert len(running) == 1
        for _ in range(3):
            with pytest.raises(HashingBusy):
                accounts.hasher.hash(PASSWORD)
    assert (accounts.hasher.callers, len(running)) == (0, 16)
    assert accounts.hasher.verify(PASSWORD, accounts.hasher.hash(PASSWORD))


def test_a_hash_costs_more_than_the_least_that_owasp_advises(accounts_engine: sa.Engine) -> None:
    """That is 19 MiB and two passes; more memory would be a tenth of what a server may take."""
    stored = Accounts(accounts_engine, secret_key=SECRET).hasher.hash(PASSWORD)
    assert stored.startswith("$argon2id$v=19$m=19456,t=7,p=1$")


@pytest.mark.parametrize("costs", [_COSTS_OF_THE_LIBRARY, _COSTS_BEFORE])
def test_a_hash_of_before_is_taken_and_made_again(
    accounts_engine: sa.Engine, costs: Mapping[str, int]
) -> None:
    before = PasswordHasher({f"argon2__{name}": cost for name, cost in costs.items()})
    hasher = Accounts(accounts_engine, secret_key=SECRET).hasher
    stored = before.hash(PASSWORD)
    assert hasher.verify(PASSWORD, stored)
    assert hasher.needs_update(stored)
    assert not hasher.needs_update(hasher.hash(PASSWORD))


def test_hashing_leaves_the_processor_to_callbacks(accounts: Accounts) -> None:
    def priority() -> int:
        return os.getpriority(os.PRIO_PROCESS, threading.get_native_id())

    assert accounts.hasher._queued(priority) == max(priority(), 10)


@pytest.mark.parametrize("name", ["ortiz", "nobody"])
def test_a_sign_in_beyond_the_queue_is_asked_to_come_again(
    browser: Browser, accounts: Accounts, name: str
) -> None:
    with held(accounts.hasher, AT_ONCE + WAITING):
        answer = browser.sign_in(name)
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")
    assert BUSY in answer.text


def test_what_was_not_checked_is_not_counted(
    browser: Browser, accounts: Accounts, accounts_engine: sa.Engine
) -> None:
    changes = list[str]()
    sa.event.listen(
        accounts_engine, "before_cursor_execute", lambda _c, _u, sql, *_: changes.append(sql)
    )
    with held(accounts.hasher, AT_ONCE + WAITING):
        for _ in range(12):
            browser.sign_in(password="wrong horse")
    assert not [sql for sql in changes if "sign_in_limits" in sql and not sql.startswith("SELECT")]
    with reading(accounts_engine) as connection:
        assert connection.execute(sa.select(sign_in_limits)).all() == []
    assert browser.sign_in().status_code == 302


def test_a_right_password_leaves_no_count(browser: Browser, accounts_engine: sa.Engine) -> None:
    assert browser.sign_in().status_code == 302
    with reading(accounts_engine) as connection:
        assert connection.execute(sa.select(sign_in_limits)).all() == []


def test_a_password_is_not_changed_beyond_the_queue(browser: Browser, accounts: Accounts) -> None:
    browser.sign_in()
    with held(accounts.hasher, AT_ONCE + WAITING):
        answer = browser.press("/account/password", password=PASSWORD, **NEW)
    assert answer.status_code == 503
    assert browser.who()
    with held(accounts.hasher, AT_ONCE + WAITING), pytest.raises(HashingBusy):
        set_password(accounts, "ortiz", "a new password")
    assert browser.who()


def test_an_unknown_name_costs_one_hash_like_a_known_one(
    browser: Browser, accounts: Accounts, monkeypatch: pytest.MonkeyPatch
) -> None:
    accounts.id_of("without a password")
    costs = []
    queued = accounts.hasher._queued
    monkeypatch.setattr(accounts.hasher, "_queued", lambda work: costs.append(1) or queued(work))
    for name in ("ortiz", "nobody", "without a password"):
        browser.sign_in(name, "wrong horse")
    assert len(costs) == 3


@pytest.mark.parametrize("password", UNHASHABLE, ids=["long", "expanding", "NUL"])
@pytest.mark.parametrize("name", ["ortiz", "nobody"])
def test_what_no_hasher_takes_is_a_wrong_password(
    browser: Browser, name: str, password: str
) -> None:
    answer = browser.sign_in(name, password)
    assert answer.status_code == 422
    assert answer.text.count("The name or the password is not right.") == 1


@pytest.mark.parametrize("password", UNHASHABLE)
def test_what_no_hasher_takes_is_not_the_present_password(browser: Browser, password: str) -> None:
    browser.sign_in()
    answer = browser.press("/account/password", password=password, **NEW)
    assert answer.status_code == 422
    assert "This is not your present password." in answer.text


@pytest.mark.parametrize(
    ("password", "sentence"),
    [
        ("x" * 5000, "A password has 10 to 128 characters; this one has 5000."),
        ("ten or more" + 200 * " ", "A password has 10 to 128 characters; this one has 211."),
        (
            "ten or more\ufffd",
            DAMAGED,
        ),
        ("ten or more\0", DAMAGED),
    ],
)
def test_a_new_password_that_no_hasher_takes_is_refused(
    browser: Browser, password: str, sentence: str
) -> None:
    browser.sign_in()
    answer = browser.press("/account/password", password=PASSWORD, new_password=password)
    assert answer.status_code == 422
    assert sentence in answer.text


@pytest.mark.parametrize("name", ["x" * 5000, "a\0b", "two\nlines", "\ufdfa" * 100, "%00"])
def test_what_can_be_no_name_is_a_wrong_name(browser: Browser, name: str) -> None:
    assert browser.sign_in(name).status_code == 422


def test_the_longest_password_of_the_rule_can_be_used(browser: Browser) -> None:
    browser.sign_in()
    longest = 128 * "\ufdfa"
    assert (
        browser.press("/account/password", password=PASSWORD, new_password=longest).status_code
        == 302
    )
    browser.press("/account/password", "/sign-out")
    assert browser.sign_in(password=longest).status_code == 302


def test_the_present_password_can_be_guessed_ten_times(browser: Browser) -> None:
    browser.sign_in()

    def guess(present: str) -> int:
        return browser.press("/account/password", password=present, **NEW).status_code

    assert [guess(f"wrong horse {n}") for n in range(11)] == [*10 * [422], 429]
    assert guess(PASSWORD) == 429


def test_a_poor_new_password_is_no_guess(browser: Browser) -> None:
    browser.sign_in()
    for _ in range(12):
        answer = browser.press("/account/password", password=PASSWORD, new_password="short")
        assert answer.status_code == 422
