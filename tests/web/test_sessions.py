"""Sessions that end on the server, in every process at once."""

import re
import sqlite3
from collections.abc import Iterator
from datetime import timedelta

import pytest
import sqlalchemy as sa
from flask import Flask
from werkzeug.test import TestResponse

from kit.accounts import apply, disable, set_password
from kit.clock import ManualClock
from kit.sign_in import CHEAP, PASSWORD, SECRET, Browser, make_app
from kit.staff import Staff, link_token
from kit.world import World
from ledger.domain.events import AccountEnabled
from ledger.domain.vocabulary import Role
from ledger.errors import Refused
from ledger.store.engine import open_database, reading, writing
from webapp.accounts import Accounts
from webapp.accounts.sessions import SessionOrigin
from webapp.accounts.table import sessions, sign_in_links, staff
from webapp.permissions import Access


@pytest.fixture
def second_engine(accounts_url: str) -> Iterator[sa.Engine]:
    engine = open_database(accounts_url, "accounts", setting="TEST", is_durable=False)
    yield engine
    engine.dispose()


@pytest.fixture
def apps(accounts: Accounts, second_engine: sa.Engine, clock: ManualClock) -> list[Flask]:
    """The apps of two processes, on the same accounts."""
    set_password(accounts, "ortiz", PASSWORD)
    second = Accounts(second_engine, secret_key=SECRET, clock=clock, hash_options=CHEAP)
    return [make_app(accounts), make_app(second)]


ENDINGS = {"disable": disable, "sign_out_everywhere": Accounts.sign_out_everywhere}


def copy_of(browser: Browser, app: Flask) -> Browser:
    """A browser somewhere else, with the session cookie of this one."""
    cookie = browser.client.get_cookie("ledger_session")
    assert cookie is not None
    copied = app.test_client()
    copied.set_cookie("ledger_session", cookie.value)
    return Browser(copied)


def test_signing_out_ends_every_copy_of_the_session(apps: list[Flask]) -> None:
    browser = Browser(apps[0].test_client())
    browser.sign_in()
    copies = [copy_of(browser, app) for app in apps]
    assert all(copy.who() for copy in copies)
    browser.press("/account/password", "/sign-out")
    assert [copy.who() for copy in copies] == [None, None]


def test_signing_out_leaves_the_other_sessions_of_the_account(apps: list[Flask]) -> None:
    here, elsewhere = (Browser(app.test_client()) for app in apps)
    here.sign_in()
    elsewhere.sign_in()
    here.press("/account/password", "/sign-out")
    assert elsewhere.who()


def test_a_link_of_somebody_else_ends_the_session_before_it(
    apps: list[Flask], accounts: Accounts
) -> None:
    browser = Browser(apps[0].test_client())
    browser.sign_in()
    copied = copy_of(browser, apps[1])
    browser.press(f"/sign-in/{link_token(accounts, 'ito')}")
    assert copied.who() is None


@pytest.mark.parametrize("act", ["disable", "sign_out_everywhere", "set_password"])
def test_what_an_administrator_ends_is_over_in_every_process(
    apps: list[Flask], accounts: Accounts, act: str
) -> None:
    browsers = [Browser(app.test_client()) for app in apps]
    for browser in browsers:
        browser.sign_in()
    link = link_token(accounts, "ortiz")
    if act == "set_password":
        set_password(accounts, "ortiz", "another password")
    else:
        ENDINGS[act](accounts, accounts.id_of("ortiz"))
    assert [browser.who() for browser in browsers] == [None, None]
    assert accounts.links.redeem(link) is None


def test_an_account_that_is_deleted_is_signed_out_in_every_process(
    apps: list[Flask], accounts: Accounts
) -> None:
    browsers = [Browser(app.test_client()) for app in apps]
    for browser in browsers:
        browser.sign_in()
    with writing(accounts._engine) as connection:
        connection.execute(sa.delete(staff))
    assert [browser.who() for browser in browsers] == [None, None]


def test_a_disabled_account_signs_in_by_nothing(apps: list[Flask], accounts: Accounts) -> None:
    opened_before = link_token(accounts, "ortiz")
    disable(accounts, accounts.id_of("ortiz"))
    browser = Browser(apps[0].test_client())
    assert browser.sign_in().status_code == 422
    assert browser.open(f"/sign-in/{opened_before}").status_code == 410
    with pytest.raises(Refused, match="disabled or removed: no link lets it in"):
        link_token(accounts, "ortiz")


def test_an_account_that_is_enabled_again_needs_a_new_link(
    apps: list[Flask], accounts: Accounts
) -> None:
    disable(accounts, accounts.id_of("ortiz"))
    apply(accounts, AccountEnabled, accounts.id_of("ortiz"))
    browser = Browser(apps[0].test_client())
    assert browser.sign_in().status_code == 422
    browser.press(f"/sign-in/{link_token(accounts, 'ortiz')}")
    assert browser.who()


def test_a_name_of_the_command_line_signs_in_by_nothing(
    apps: list[Flask], accounts: Accounts
) -> None:
    user_id = accounts.id_of("ito")
    with pytest.raises(Refused, match="no link lets it in"):
        accounts.links.new(user_id, origin="test", lifetime=timedelta(hours=1))
    assert [each.name for each in accounts.all()] == ["ortiz"]


@pytest.mark.parametrize("url", ["sqlite", "postgresql"])
def test_who_could_sign_in_before_there_were_roles_becomes_an_admin(
    url: str, request: pytest.FixtureRequest
) -> None:
    name = "accounts_url" if url == "sqlite" else "postgres_url"
    engine = open_database(request.getfixturevalue(name), "accounts", setting="T", is_durable=False)
    before = Accounts(engine, secret_key=SECRET, hash_options=CHEAP)
    set_password(before, "ortiz", PASSWORD)
    link_token(before, "ito")
    before.id_of("root")
    with writing(engine) as connection:
        for column in ("role", "sees_numbers", "disabled_at", "signed_in_at"):
            connection.exec_driver_sql(f"ALTER TABLE staff DROP COLUMN {column}")
        for column in ("started_at", "address", "browser"):
            connection.exec_driver_sql(f"ALTER TABLE sessions DROP COLUMN {column}")
    again = Accounts(engine, secret_key=SECRET, hash_options=CHEAP)
    assert [(each.name, each.access) for each in again.all()] == [
        ("ito", Access(Role.ADMIN)),
        ("ortiz", Access(Role.ADMIN)),
    ]
    assert Browser(make_app(again).test_client()).sign_in().status_code == 302
    engine.dispose()


def test_a_session_lasts_for_twelve_hours(apps: list[Flask], clock: ManualClock) -> None:
    browser = Browser(apps[0].test_client())
    browser.sign_in()
    clock.advance(seconds=12 * 3600 - 1)
    assert browser.who()
    clock.advance(seconds=1)
    assert browser.who() is None


def test_a_password_that_changed_while_it_was_checked_opens_no_session(
    apps: list[Flask], accounts: Accounts
) -> None:
    checked = accounts.with_name("ortiz")
    assert checked
    set_password(accounts, "ortiz", "another password")
    with pytest.raises(Refused, match=r"Your account was changed meanwhile\. Sign in again\."):
        accounts.sessions.start("token", checked.user_id, checked.epoch, SessionOrigin())
    assert accounts.sessions.owner_of("token") is None


@pytest.mark.parametrize("act", ["disable", "sign_out_everywhere"])
@pytest.mark.parametrize("moment", ["before its use", "after its use"])
def test_what_ends_access_wins_against_a_link_that_is_being_used(
    apps: list[Flask], accounts: Accounts, monkeypatch: pytest.MonkeyPatch, act: str, moment: str
) -> None:
    """Also for somebody without a password, where nothing but the account's epoch changes."""
    link, redeem = link_token(accounts, "ito"), accounts.links.redeem

    def redeem_meanwhile(token: str) -> str | None:
        used = redeem(token) if moment == "after its use" else None
        ENDINGS[act](accounts, accounts.id_of("ito"))
        return used or redeem(token)

    monkeypatch.setattr(accounts.links, "redeem", redeem_meanwhile)
    browser = Browser(apps[0].test_client())
    browser.press(f"/sign-in/{link}")
    assert browser.who() is None


def test_a_password_that_is_being_changed_does_not_undo_disabling(
    apps: list[Flask], accounts: Accounts
) -> None:
    changing = accounts.with_name("ortiz")
    assert changing
    disable(accounts, changing.user_id)
    for store in (accounts.renew, accounts.save):
        with pytest.raises(Refused):
            store(changing)
    now = accounts.with_name("ortiz")
    assert now
    assert not now.has_password


def test_an_account_has_twenty_sessions_at_most(
    apps: list[Flask], accounts: Accounts, clock: ManualClock
) -> None:
    user_id = accounts.id_of("ito")
    for n in range(22):
        clock.advance(seconds=1)
        accounts.sessions.start(f"token {n}", user_id, 0, SessionOrigin())
    open_ones = [n for n in range(22) if accounts.sessions.owner_of(f"token {n}")]
    assert open_ones == list(range(2, 22))


def test_signing_out_that_fails_can_be_done_again(world: World, staff: Staff) -> None:
    """The browser keeps its cookie and says so, because a copy of it is still valid."""

    def refuse_changes(connection: sqlite3.Connection, *_: object) -> None:
        connection.execute("PRAGMA query_only = ON")

    def sign_out() -> TestResponse:
        return staff.client.post("/sign-out", data={"csrf_token": token and token[1]})

    token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', staff.open("/audit").text)
    engine = world.app.accounts._engine
    sa.event.listen(engine, "checkout", refuse_changes)
    failed = sign_out()
    sa.event.remove(engine, "checkout", refuse_changes)
    engine.dispose()
    assert failed.status_code == 503
    assert "You are still signed in; sign out again." in failed.text
    assert staff.open("/audit").status_code == 200
    assert sign_out().status_code == 302
    assert staff.open("/audit").status_code == 302


def test_the_database_does_not_open_a_session(apps: list[Flask], accounts: Accounts) -> None:
    """Whoever reads the accounts' database finds no token that a cookie could carry."""
    browser = Browser(apps[0].test_client())
    browser.sign_in()
    with reading(accounts._engine) as connection:
        stored = connection.scalar(sa.select(sessions.c.token_hash))
    assert accounts.sessions.owner_of(str(stored)) is None


def test_sessions_and_links_that_are_over_are_removed(
    apps: list[Flask], accounts: Accounts, clock: ManualClock
) -> None:
    Browser(apps[0].test_client()).sign_in()
    link_token(accounts, "ortiz")
    clock.advance(seconds=24 * 3600)
    accounts.sweep()
    with reading(accounts._engine) as connection:
        for table in (sessions, sign_in_links):
            assert connection.execute(sa.select(table)).all() == []


def test_a_link_of_one_machine_leaves_the_link_of_another(accounts: Accounts) -> None:
    origins = ("start on web-1", "start on web-2", "command on web-1")
    tokens = [link_token(accounts, "ortiz", origin) for origin in origins]
    assert [accounts.links.redeem(token) for token in tokens] == 3 * [accounts.id_of("ortiz")]


FORMER = """CREATE TABLE accounts (
    user_id TEXT NOT NULL PRIMARY KEY, name TEXT NOT NULL, name_key TEXT NOT NULL UNIQUE,
    password_hash TEXT, session_key TEXT NOT NULL UNIQUE, link_hash TEXT UNIQUE,
    link_expires_at BIGINT)"""


FORMER_ROW = (
    "INSERT INTO accounts SELECT user_id, name, name_key, password_hash, 'key', NULL, NULL "
    "FROM staff"
)


@pytest.mark.parametrize("url", ["sqlite", "postgresql"])
def test_accounts_of_an_earlier_version_are_taken_over(
    url: str, request: pytest.FixtureRequest, clock: ManualClock
) -> None:
    """Also for a second time, after a roll-back in which the earlier version added somebody."""
    name = "accounts_url" if url == "sqlite" else "postgres_url"
    engine = open_database(request.getfixturevalue(name), "accounts", setting="T", is_durable=False)
    set_password(Accounts(engine, secret_key=SECRET, hash_options=CHEAP), "ortiz", PASSWORD)
    ada = "INSERT INTO accounts VALUES ('usr_2', '{}', '{}', NULL, '{}', 'a hash', NULL)"
    shell = "INSERT INTO accounts VALUES ('usr_3', 'root', 'root', NULL, 'root', NULL, NULL)"
    changes = (
        [FORMER, FORMER_ROW, "DROP TABLE staff"],
        [FORMER, FORMER_ROW, ada.format("Ada", "ada", "1"), shell],
        [FORMER, ada.format("Ortiz", "ortiz", "2")],
        [],
    )
    for each in changes:
        with writing(engine) as connection:
            for change in each:
                connection.exec_driver_sql(change)
        accounts = Accounts(engine, secret_key=SECRET, clock=clock, hash_options=CHEAP)
    assert [(each.name, each.access) for each in accounts.all()] == [
        ("Ada", Access(Role.ADMIN)),
        ("ortiz", Access(Role.ADMIN)),
    ]
    assert accounts.id_of("root") == "usr_3"
    assert Browser(make_app(accounts).test_client()).sign_in().status_code == 302
    with reading(engine) as connection:  # a second roll-back finds it there
        kept = connection.exec_driver_sql("SELECT name FROM accounts_of_earlier_version").scalars()
        assert list(kept) == ["Ortiz"]
    engine.dispose()


def test_accounts_without_epochs_are_taken_over(accounts: Accounts) -> None:
    set_password(accounts, "ortiz", PASSWORD)
    with writing(accounts._engine) as connection:
        connection.exec_driver_sql("ALTER TABLE staff DROP COLUMN epoch")
    again = Accounts(accounts._engine, secret_key=SECRET, hash_options=CHEAP)
    assert Browser(make_app(again).test_client()).sign_in().status_code == 302
