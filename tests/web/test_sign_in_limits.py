"""How often a password may be wrong, and that nobody is locked out by the guesses of others."""

import re
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path

import pytest
import sqlalchemy as sa
from flask import Flask

from kit.accounts import set_password
from kit.clock import ManualClock
from kit.provider import FakeProvider
from kit.sign_in import CHEAP, PASSWORD, SECRET, Browser, make_app
from kit.staff import link_token
from kit.world import World
from ledger.errors import BadSetting
from ledger.store.engine import open_database, reading
from webapp.accounts import Accounts, limits
from webapp.accounts.client_address import client_network, networks_in
from webapp.accounts.hashing import PasswordHasher
from webapp.accounts.limits import Origin
from webapp.accounts.table import failed_sign_ins, known_addresses, sign_in_limits
from webapp.accounts.try_later import TooManyFailures
from webapp.app import create_app
from webapp.settings import read_settings

SCHOOL, HOME, ELSEWHERE = "198.51.100.1", "198.51.100.2", "203.0.113.9"
WAIT = (
    "Too many passwords were wrong. Try again in 15 minutes. If you cannot wait, ask your "
    "administrator for a sign-in link: it works at once."
)


@pytest.fixture
def app(accounts: Accounts) -> Flask:
    set_password(accounts, "ortiz", PASSWORD)
    return make_app(accounts)


@pytest.fixture
def second_app(accounts_engine: sa.Engine, clock: ManualClock) -> Iterator[Flask]:
    """The app of another process, on the same accounts."""
    engine = open_database(str(accounts_engine.url), "accounts", setting="TEST", is_durable=False)
    yield make_app(Accounts(engine, secret_key=SECRET, clock=clock, hash_options=CHEAP))
    engine.dispose()


def browser_at(app: Flask, address: str) -> Browser:
    client = app.test_client()
    client.environ_base["REMOTE_ADDR"] = address
    return Browser(client)


def guesses(browser: Browser, count: int, name: str = "ortiz") -> list[int]:
    return [browser.sign_in(name, f"wrong horse {n}").status_code for n in range(count)]


def fail(accounts: Accounts, name: str, address: str) -> None:
    """Count a wrong password without hashing it."""
    with accounts.limits.begin(name, None, Origin(address=address, device=None)):
        pass


def guess_from_many_addresses(accounts: Accounts, name: str = "ortiz", count: int = 100) -> None:
    for n in range(count):
        fail(accounts, name, f"192.0.2.{n}")


def test_the_eleventh_wrong_password_has_to_wait(app: Flask) -> None:
    stranger = browser_at(app, ELSEWHERE)
    assert guesses(stranger, 10) == 10 * [422]
    answer = stranger.sign_in()
    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "900")
    assert WAIT in answer.text
    assert stranger.who() is None


def test_who_has_to_wait_comes_back_to_the_page_asked_for(
    app: Flask, accounts: Accounts, clock: ManualClock
) -> None:
    stranger = browser_at(app, ELSEWHERE)
    guesses(stranger, 10)
    page = stranger.press("/sign-in?next=/who", username="ortiz", password=PASSWORD).text
    back = re.search(r'href="([^"]+)">Back to the form', page)
    assert back
    clock.advance(seconds=15 * 60)
    answer = stranger.press(back[1], username="ortiz", password=PASSWORD)
    assert answer.headers["Location"].endswith("/who")


def test_the_wait_ends(app: Flask, clock: ManualClock) -> None:
    stranger = browser_at(app, ELSEWHERE)
    guesses(stranger, 10)
    clock.advance(seconds=15 * 60 - 30)
    answer = stranger.sign_in()
    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "30")
    assert "Try again in 1 minute." in answer.text
    clock.advance(seconds=30)
    assert stranger.sign_in().status_code == 302


def test_an_unknown_name_is_limited_like_a_known_one(app: Flask) -> None:
    stranger = browser_at(app, ELSEWHERE)
    assert guesses(stranger, 12, "nobody") == guesses(stranger, 12) == [*10 * [422], 429, 429]


def test_a_sign_in_without_a_name_is_counted_as_it_is_hashed(app: Flask) -> None:
    assert guesses(browser_at(app, ELSEWHERE), 11, "") == [*10 * [422], 429]


def test_a_name_in_another_spelling_is_the_same_name(app: Flask) -> None:
    stranger = browser_at(app, ELSEWHERE)
    guesses(stranger, 5)
    assert guesses(stranger, 6, " ORTIZ") == [*5 * [422], 429]


def test_processes_share_the_count_and_a_restart_keeps_it(app: Flask, second_app: Flask) -> None:
    guesses(browser_at(app, ELSEWHERE), 5)
    assert guesses(browser_at(second_app, ELSEWHERE), 6) == [*5 * [422], 429]
    assert guesses(browser_at(app, ELSEWHERE), 1) == [429]


@pytest.mark.parametrize("url", ["accounts_url", "postgres_url"])
def test_many_guesses_at_once_stay_within_the_limit(
    url: str, request: pytest.FixtureRequest, clock: ManualClock
) -> None:
    engine = open_database(request.getfixturevalue(url), "accounts", setting="T", is_durable=False)
    accounts = Accounts(engine, secret_key=SECRET, clock=clock)

    def is_taken(_: int) -> bool:
        try:
            fail(accounts, "ortiz", ELSEWHERE)
        except TooManyFailures:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(is_taken, range(32))) == 10
    engine.dispose()


def test_a_refused_attempt_counts_nothing(accounts: Accounts, clock: ManualClock) -> None:
    for _ in range(10):
        fail(accounts, "ortiz", ELSEWHERE)
    clock.advance(seconds=60)
    for _ in range(5):
        with pytest.raises(TooManyFailures):
            fail(accounts, "ortiz", ELSEWHERE)
    clock.advance(seconds=14 * 60)
    fail(accounts, "ortiz", ELSEWHERE)


# Nobody is locked out by others.


def test_guesses_from_elsewhere_lock_nobody_out(app: Flask) -> None:
    guesses(browser_at(app, ELSEWHERE), 11)
    assert browser_at(app, HOME).sign_in().status_code == 302


def test_guesses_from_everywhere_make_only_strangers_wait(app: Flask, accounts: Accounts) -> None:
    known_device = browser_at(app, HOME)
    known_device.sign_in()
    known_device.press("/account/password", "/sign-out")
    guess_from_many_addresses(accounts)
    assert guesses(browser_at(app, ELSEWHERE), 1) == [429]
    known_device.client.environ_base["REMOTE_ADDR"] = ELSEWHERE
    assert known_device.sign_in().status_code == 302  # by its cookie
    assert browser_at(app, HOME).sign_in().status_code == 302  # by its address


def test_a_link_gets_through_and_makes_the_device_known(app: Flask, accounts: Accounts) -> None:
    guess_from_many_addresses(accounts)
    owner = browser_at(app, ELSEWHERE)
    assert owner.sign_in().status_code == 429
    assert owner.press(f"/sign-in/{link_token(accounts, 'ortiz')}").status_code == 302
    owner.press("/account/password", "/sign-out")
    owner.client.environ_base["REMOTE_ADDR"] = HOME
    assert owner.sign_in().status_code == 302


def test_guesses_at_school_spare_the_device_of_a_colleague(app: Flask) -> None:
    colleague = browser_at(app, SCHOOL)
    colleague.sign_in()
    colleague.press("/account/password", "/sign-out")
    guesses(browser_at(app, SCHOOL), 11)
    assert colleague.sign_in().status_code == 302


def test_a_known_device_has_a_limit_of_its_own(app: Flask) -> None:
    device = browser_at(app, HOME)
    device.sign_in()
    device.press("/account/password", "/sign-out")
    assert guesses(device, 11) == [*10 * [422], 429]
    assert browser_at(app, SCHOOL).sign_in().status_code == 302


def test_a_device_is_known_for_one_account_only(app: Flask, accounts: Accounts) -> None:
    set_password(accounts, "ito", PASSWORD)
    device = browser_at(app, HOME)
    device.sign_in("ito")
    device.press("/account/password", "/sign-out")
    guess_from_many_addresses(accounts)
    device.client.environ_base["REMOTE_ADDR"] = ELSEWHERE
    assert guesses(device, 1) == [429]


def test_a_forged_device_cookie_is_no_device(app: Flask, accounts: Accounts) -> None:
    guess_from_many_addresses(accounts)
    stranger = browser_at(app, ELSEWHERE)
    stranger.client.set_cookie("ledger_device", '["usr_1","x"].made.up', path="/sign-in")
    assert guesses(stranger, 1) == [429]


def test_the_device_cookie_is_for_the_sign_in_page_alone(app: Flask) -> None:
    assert device_cookie(app) >= {"HttpOnly", "Path=/sign-in", "SameSite=Lax"}
    assert "Secure" not in device_cookie(app)


def test_over_https_the_device_cookie_is_never_sent_in_clear(accounts: Accounts) -> None:
    set_password(accounts, "ortiz", PASSWORD)
    assert "Secure" in device_cookie(make_app(accounts, is_https=True), "https://localhost")


def device_cookie(app: Flask, base_url: str = "http://localhost") -> set[str]:
    client = app.test_client()
    page = client.get("/sign-in", base_url=base_url).text
    token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page)
    form = {"username": "ortiz", "password": PASSWORD, "csrf_token": token and token[1]}
    answer = client.post("/sign-in", data=form, base_url=base_url, headers={"Referer": base_url})
    cookies = answer.headers.getlist("Set-Cookie")
    return set(next(each for each in cookies if each.startswith("ledger_device=")).split("; "))


# What the how-to promises.

HOW_TO = Path(__file__).parents[2] / "docs/how-to/sign-in.md"


def at(n: int = 0, *, name: str = "ortiz", device: str | None = None) -> tuple[str, Origin]:
    return name, Origin(address=f"192.0.2.{n}", device=device)


@pytest.mark.parametrize(
    ("row", "tries", "minutes", "nth"),
    [
        ("| one name, on a device", 10, 15, lambda _: at(device="one")),
        ("| one name, on all such devices", 100, 60, lambda n: at(device=f"device {n}")),
        ("| one name, from one address", 10, 15, lambda _: at()),
        ("| one name, from all addresses", 100, 60, at),
        ("| all names, from one address", 300, 15, lambda n: at(name=f"name {n}")),
        ("| the present password", 10, 15, None),
    ],
)
def test_the_limits_are_those_of_the_how_to(
    *,
    accounts: Accounts,
    clock: ManualClock,
    row: str,
    tries: int,
    minutes: int,
    nth: Callable[[int], tuple[str, Origin]] | None,
) -> None:
    line = next(line for line in HOW_TO.read_text().splitlines() if line.startswith(row))
    within = "an hour" if minutes == 60 else f"{minutes} minutes"
    assert line.endswith(f"| {tries} | {within} |")

    def attempt(n: int) -> None:
        if nth is None:
            begun = accounts.limits.begin_change("usr_1")
        else:
            name, origin = nth(n)
            begun = accounts.limits.begin(name, None, origin)
        with begun:
            pass

    for n in range(tries):
        attempt(n)
    clock.advance(seconds=60 * minutes - 1)
    with pytest.raises(TooManyFailures):
        attempt(tries)
    clock.advance(seconds=1)
    attempt(tries)


@pytest.mark.parametrize(("days", "known"), [(89.9, True), (90.1, False)])
def test_an_address_is_known_for_90_days(
    accounts: Accounts, clock: ManualClock, days: float, known: bool
) -> None:
    accounts.limits.remember("usr_1", HOME)
    clock.advance(seconds=days * 24 * 3600)
    guess_from_many_addresses(accounts)
    origin = Origin(address=HOME, device=None)
    with nullcontext() if known else pytest.raises(TooManyFailures):
        accounts.limits.begin("ortiz", "usr_1", origin)


# A school is one address.


def test_a_staff_room_signs_in_however_many_there_are(
    accounts: Accounts, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "OF_ADDRESS", replace(limits.OF_ADDRESS, failures=11))
    for n in range(20):
        if n % 2:
            fail(accounts, f"teacher {n}", SCHOOL)
        school = Origin(address=SCHOOL, device=None)
        with accounts.limits.begin(f"teacher {n}", None, school) as attempt:
            attempt.take_back()


def test_an_address_that_tries_many_names_has_to_wait(
    app: Flask, accounts: Accounts, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "OF_ADDRESS", replace(limits.OF_ADDRESS, failures=20))
    at_school = browser_at(app, SCHOOL)
    at_school.sign_in()
    for n in range(20):
        fail(accounts, f"name {n}", SCHOOL)
    assert guesses(browser_at(app, SCHOOL), 1, "anybody") == [429]
    at_school.press("/account/password", "/sign-out")
    assert guesses(browser_at(app, SCHOOL), 1) == [429]  # alike for who signed in from here before
    assert at_school.sign_in().status_code == 302  # on that device


# Whose address counts.


@pytest.mark.parametrize(
    ("peer", "forwarded", "client"),
    [
        ("198.51.100.7", "203.0.113.9", "198.51.100.7"),
        ("127.0.0.1", "", "127.0.0.1"),
        ("127.0.0.1", "203.0.113.9", "203.0.113.9"),
        ("127.0.0.1", "1.1.1.1, 203.0.113.9", "203.0.113.9"),
        ("127.0.0.1", "1.1.1.1, 203.0.113.9, 10.1.2.3", "203.0.113.9"),
        ("127.0.0.1", "203.0.113.9:5100", "203.0.113.9"),
        ("127.0.0.1", "1.1.1.1, unknown", "127.0.0.1"),
        ("127.0.0.1", "1.1.1.1, , 10.1.2.3", "10.1.2.3"),
        ("127.0.0.1", "10.1.2.3, 10.1.2.4", "10.1.2.3"),
        ("::1", "2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("::1", "[2001:db8:1:2::9]:443", "2001:db8:1:2::/64"),
        ("::ffff:127.0.0.1", "::ffff:203.0.113.9", "203.0.113.9"),
        ("2001:db8::1", "203.0.113.9", "2001:db8::/64"),
        (None, "203.0.113.9", "unknown"),
        ("/run/socket", "203.0.113.9", "unknown"),
    ],
)
def test_only_a_configured_proxy_says_who_the_client_is(
    peer: str | None, forwarded: str, client: str
) -> None:
    proxies = networks_in("127.0.0.1, 10.0.0.0/8, ::1")
    assert client_network(peer, forwarded, proxies) == client


def test_nobody_escapes_by_writing_the_header_of_a_proxy(app: Flask) -> None:
    stranger = browser_at(app, ELSEWHERE)
    guesses(stranger, 10)
    stranger.client.environ_base["HTTP_X_FORWARDED_FOR"] = HOME
    assert guesses(stranger, 1) == [429]


def test_behind_a_configured_proxy_each_client_has_its_own_count(accounts: Accounts) -> None:
    app = make_app(accounts, proxies="127.0.0.1")
    stranger, owner = browser_at(app, "127.0.0.1"), browser_at(app, "127.0.0.1")
    stranger.client.environ_base["HTTP_X_FORWARDED_FOR"] = ELSEWHERE
    owner.client.environ_base["HTTP_X_FORWARDED_FOR"] = HOME
    guesses(stranger, 10)
    assert guesses(stranger, 1) == [429]
    assert guesses(owner, 1) == [422]


def test_the_setting_names_the_proxies(
    database_url: str, clock: ManualClock, provider: FakeProvider
) -> None:
    world = World.open(database_url, clock, provider, LEDGER_TRUSTED_PROXIES="10.0.0.0/8, ::1")
    world.app.accounts.hasher = PasswordHasher(CHEAP)
    app = create_app(world.app)
    through_proxy, direct = browser_at(app, "10.1.2.3"), browser_at(app, SCHOOL)
    for browser in (through_proxy, direct):
        browser.client.environ_base["HTTP_X_FORWARDED_FOR"] = ELSEWHERE
    assert guesses(through_proxy, 11) == [*10 * [422], 429]
    assert guesses(direct, 1) == [422]
    world.close()


def test_a_proxy_that_is_not_named_is_logged_once(
    accounts: Accounts, caplog: pytest.LogCaptureFixture
) -> None:
    behind = browser_at(make_app(accounts, proxies="10.0.0.0/8"), "10.1.2.3")
    guesses(behind, 1)
    behind.client.environ_base["HTTP_X_FORWARDED_FOR"] = HOME
    guesses(behind, 1)
    behind.client.environ_base["HTTP_X_FORWARDED_FOR"] = "unknown"
    guesses(behind, 1)
    assert caplog.messages == []
    behind.client.environ_base["REMOTE_ADDR"] = ELSEWHERE
    guesses(behind, 2)
    (message,) = caplog.messages
    assert message.startswith(f"{ELSEWHERE} sent X-Forwarded-For, and LEDGER_TRUSTED_PROXIES")


def test_a_mapped_network_is_that_of_ipv4() -> None:
    proxies = networks_in("::ffff:10.0.0.0/104, ::ffff:127.0.0.1")
    assert networks_in("10.0.0.0/8, 127.0.0.1") == proxies


@pytest.mark.parametrize(
    "text",
    [
        *("proxy.example", "10.0.0.0/33", "127.0.0.1 10.0.0.1", "1,,2"),
        *("0.0.0.0/0", "127.0.0.1, ::/0", "::ffff:0:0/96"),
    ],
)
def test_a_proxy_that_is_no_address_is_refused(text: str) -> None:
    with pytest.raises(BadSetting) as refused:
        read_settings({"LEDGER_TRUSTED_PROXIES": text, "LEDGER_SECRET_KEY": SECRET})
    assert str(refused.value) == (
        "LEDGER_TRUSTED_PROXIES must be addresses or networks such as 127.0.0.1 or 10.0.0.0/8, "
        "separated by commas."
    )


# The tables.


def test_no_name_and_no_address_is_stored_in_clear(app: Flask, accounts_engine: sa.Engine) -> None:
    browser_at(app, ELSEWHERE).sign_in("my secret passphrase", PASSWORD)
    browser_at(app, HOME).sign_in()
    with reading(accounts_engine) as connection:
        rows = [
            *connection.execute(sa.select(sign_in_limits)),
            *connection.execute(sa.select(known_addresses.c.address)),
        ]
    assert len(rows) == 4
    assert not any(word in str(rows) for word in ("secret", ELSEWHERE, HOME))


def test_counts_that_are_over_are_removed(
    accounts: Accounts, accounts_engine: sa.Engine, clock: ManualClock
) -> None:
    guess_from_many_addresses(accounts, count=3)
    clock.advance(seconds=3600)
    accounts.sweep()
    with reading(accounts_engine) as connection:
        assert connection.execute(sa.select(sign_in_limits)).all() == []


def test_the_table_of_counts_is_bounded(
    accounts: Accounts,
    accounts_engine: sa.Engine,
    clock: ManualClock,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Of the low counts the oldest go first, and a full one stays for its whole time."""
    monkeypatch.setattr(limits, "MOST_ROWS", 5)
    for _ in range(10):
        fail(accounts, "ortiz", ELSEWHERE)
    for n in range(8):
        clock.advance(seconds=1)
        accounts.limits.count({f"row {n}": limits.OF_LINK}, None)
    accounts.sweep()
    with reading(accounts_engine) as connection:
        rows = connection.scalars(sa.select(sign_in_limits.c.subject)).all()
    assert len(rows) == 5
    assert {row for row in rows if row.startswith("row")} == {"row 6", "row 7"}
    with pytest.raises(TooManyFailures):
        fail(accounts, "ortiz", ELSEWHERE)
    monkeypatch.setattr(limits, "MOST_ROWS", 0)
    accounts.sweep()
    with pytest.raises(TooManyFailures):
        fail(accounts, "ortiz", ELSEWHERE)


def test_wrong_links_are_not_counted_without_end(app: Flask, accounts_engine: sa.Engine) -> None:
    stranger = browser_at(app, ELSEWHERE)
    for n in range(limits.OF_LINK.failures + 5):
        assert stranger.open(f"/sign-in/made-up-{n}").status_code == 410
    with reading(accounts_engine) as connection:
        assert connection.scalars(sa.select(failed_sign_ins.c.failures)).all() == [100]


def test_only_passwords_that_were_checked_count_as_failed(
    app: Flask, accounts_engine: sa.Engine
) -> None:
    guesses(browser_at(app, ELSEWHERE), 15)
    with reading(accounts_engine) as connection:
        assert connection.scalars(sa.select(failed_sign_ins.c.failures)).all() == [10]
