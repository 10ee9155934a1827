"""Devices on which people signed in: for how long they are known, to whom, and what ends it."""

from dataclasses import replace

import pytest
from flask import Flask
from itsdangerous import URLSafeTimedSerializer

from kit.accounts import disable, set_password
from kit.clock import ManualClock
from kit.sign_in import PASSWORD, SECRET, Browser, make_app
from kit.staff import link_token
from webapp.accounts import Accounts, limits
from webapp.accounts.limits import Origin

HOME, ELSEWHERE = "198.51.100.2", "203.0.113.9"
NAMES = [f"teacher {n}" for n in range(9)]


@pytest.fixture
def app(accounts: Accounts) -> Flask:
    set_password(accounts, "ortiz", PASSWORD)
    return make_app(accounts)


@pytest.fixture(autouse=True)
def few_guesses_fill_a_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "OF_NAME", replace(limits.OF_NAME, failures=2))


ENDINGS = {"disable": disable, "sign_out_everywhere": Accounts.sign_out_everywhere}


def used_by(app: Flask, *names: str) -> Browser:
    """A device at home on which these people signed in and out, and which is elsewhere now."""
    client = app.test_client()
    client.environ_base["REMOTE_ADDR"] = HOME
    device = Browser(client)
    for name in names:
        assert device.sign_in(name).status_code == 302
        device.press("/account/password", "/sign-out")
    client.environ_base["REMOTE_ADDR"] = ELSEWHERE
    return device


def fill(accounts: Accounts, name: str) -> None:
    """Let strangers guess this name so often that it has to wait, but where it is known."""
    digest = accounts.limits._digest("name", name)
    for _ in range(limits.OF_NAME.failures):
        accounts.limits.count({digest: limits.OF_NAME}, None)


def is_known(device: Browser, accounts: Accounts, name: str = "ortiz") -> bool:
    fill(accounts, name)
    return device.sign_in(name, "wrong horse").status_code == 422


@pytest.mark.parametrize(("days", "known"), [(179.9, True), (180.1, False)])
def test_a_device_is_known_for_180_days(
    app: Flask, accounts: Accounts, clock: ManualClock, days: float, known: bool
) -> None:
    device = used_by(app, "ortiz")
    cookie = device.client.get_cookie("ledger_device", path="/sign-in")
    assert cookie is not None
    assert cookie.max_age == 180 * 24 * 3600
    clock.advance(seconds=days * 24 * 3600)
    device.client.set_cookie("ledger_device", cookie.value, path="/sign-in")
    assert is_known(device, accounts) is known


@pytest.mark.parametrize("act", ["disable", "sign_out_everywhere", "set_password"])
def test_what_ends_access_ends_it_on_known_devices_and_at_known_addresses(
    app: Flask, accounts: Accounts, act: str
) -> None:
    device = used_by(app, "ortiz")
    if act == "set_password":
        set_password(accounts, "ortiz", "another password")
    else:
        ENDINGS[act](accounts, accounts.id_of("ortiz"))
    assert not is_known(device, accounts)
    device.client.environ_base["REMOTE_ADDR"] = HOME
    assert device.sign_in(password="wrong horse").status_code == 429


def test_who_changes_the_password_is_still_known_at_that_address(
    app: Flask, accounts: Accounts
) -> None:
    browser = Browser(app.test_client())
    browser.client.environ_base["REMOTE_ADDR"] = HOME
    browser.sign_in()
    browser.press("/account/password", password=PASSWORD, new_password="a new password")
    browser.press("/account/password", "/sign-out")
    fill(accounts, "ortiz")
    assert browser.sign_in(password="a new password").status_code == 302


def test_eight_people_share_a_device(app: Flask, accounts: Accounts) -> None:
    for name in NAMES:
        set_password(accounts, name, PASSWORD)
    device = used_by(app, *NAMES)
    assert [is_known(device, accounts, name) for name in NAMES] == [False, *8 * [True]]


def test_a_link_leaves_the_device_known_to_others(app: Flask, accounts: Accounts) -> None:
    device = used_by(app, "ortiz")
    device.press(f"/sign-in/{link_token(accounts, 'ito')}")
    device.press("/account/password", "/sign-out")
    assert is_known(device, accounts)


def test_a_second_sign_in_gives_no_more_tries(app: Flask) -> None:
    device = used_by(app, "ortiz")
    for n in range(9):
        device.sign_in(password=f"wrong horse {n}")
    device.sign_in()
    device.press("/account/password", "/sign-out")
    answers = [device.sign_in(password="wrong horse").status_code for _ in range(2)]
    assert answers == [422, 429]


def test_all_devices_of_an_account_have_a_limit_together(app: Flask, accounts: Accounts) -> None:
    device = used_by(app, "ortiz")
    for n in range(limits.OF_DEVICES.failures):
        with accounts.limits.begin("ortiz", None, Origin(address=HOME, device=f"device {n}")):
            pass
    assert device.sign_in(password="wrong horse").status_code == 429


def test_a_device_cookie_of_an_earlier_version_is_no_device(app: Flask, accounts: Accounts) -> None:
    former = URLSafeTimedSerializer(SECRET, salt="device of a sign-in")
    device = Browser(app.test_client())
    value = former.dumps([accounts.id_of("ortiz"), "device"])
    device.client.set_cookie("ledger_device", value, path="/sign-in")
    assert not is_known(device, accounts)
