"""Staff accounts: ids and passwords on their own, then sign-in through a tiny app."""

import re
import sqlite3
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urljoin, urlsplit

import pytest
import sqlalchemy as sa
from flask import Flask

from kit.accounts import set_password
from kit.clock import ManualClock
from kit.sign_in import CHEAP, PASSWORD, SECRET, Browser, make_app
from kit.staff import form_token, link_token
from ledger.errors import BadInput
from ledger.store.engine import open_database
from webapp.accounts import Accounts


@pytest.fixture
def app(accounts: Accounts) -> Flask:
    set_password(accounts, "ortiz", PASSWORD)
    return make_app(accounts)


@pytest.fixture
def browser(app: Flask) -> Browser:
    return Browser(app.test_client())


# Ids and names


def test_an_id_is_opaque_and_stays_the_same(accounts: Accounts) -> None:
    user_id = accounts.id_of("J. Ortiz")
    assert re.fullmatch(r"usr_[0-9a-f]{16}", user_id)
    assert accounts.id_of("J. Ortiz") == user_id


def test_a_name_typed_differently_is_the_same_person(accounts: Accounts) -> None:
    assert accounts.id_of("J. Ortiz") == accounts.id_of("  j. ORTIZ ")
    assert accounts.id_of("José") == accounts.id_of("Jose\u0301")


def test_two_people_have_two_ids(accounts: Accounts) -> None:
    ortiz, ito = accounts.id_of("Ortiz"), accounts.id_of("Ito")
    assert accounts.names() == {ortiz: "Ortiz", ito: "Ito"}


def test_the_name_behind_an_id_is_the_name_as_first_written(accounts: Accounts) -> None:
    user_id = accounts.id_of("J. Ortiz")
    accounts.id_of("j. ortiz")
    assert accounts.name_of(user_id) == "J. Ortiz"
    assert accounts.name_of("usr_nobody") is None


@pytest.mark.parametrize("name", ["", "  ", "two\nlines", "x" * 65, "bad\udcff"])
def test_an_invalid_name_is_refused(accounts: Accounts, name: str) -> None:
    with pytest.raises(BadInput, match="1 to 64 characters"):
        accounts.id_of(name)
    assert accounts.names() == {}


UNSEEN = ["a\ufffd", "\u1160", "\u3164", "\uffa0", "a\u115f", "\u2800", "a\ufe0f", "\u0301", "-"]


@pytest.mark.parametrize("name", UNSEEN)
def test_a_name_that_nobody_can_see_or_type_is_refused(accounts: Accounts, name: str) -> None:
    with pytest.raises(BadInput, match="has letters and digits that can be seen"):
        accounts.id_to_sign_in(name)
    assert accounts.names() == {}


def test_a_login_name_that_nobody_can_type_can_act(accounts: Accounts) -> None:
    assert accounts.name_of(accounts.id_of("F\ufffdte")) == "F\ufffdte"


@pytest.mark.parametrize(
    "name", ["J. Núñez", "O'Neill", "伊藤", "김민준", "7", "नीता", "m@school.org"]
)
def test_a_name_of_any_language_is_taken(accounts: Accounts, name: str) -> None:
    assert accounts.name_of(accounts.id_of(name)) == name


def test_another_process_on_the_same_file_sees_the_same_ids(
    accounts: Accounts, accounts_engine: sa.Engine
) -> None:
    user_id = accounts.id_of("ortiz")
    other = open_database(str(accounts_engine.url), "accounts", setting="TEST", is_durable=False)
    assert Accounts(other, secret_key=SECRET).id_of("ortiz") == user_id
    other.dispose()


def test_many_at_once_make_one_account(accounts_engine: sa.Engine) -> None:
    others = [
        open_database(str(accounts_engine.url), "accounts", setting="TEST", is_durable=False)
        for _process in range(4)
    ]
    with ThreadPoolExecutor(16) as pool:
        ids = set(
            pool.map(lambda n: Accounts(others[n % 4], secret_key=SECRET).id_of("ortiz"), range(32))
        )
    for other in others:
        other.dispose()
    assert len(ids) == 1


# Passwords


def test_nobody_has_a_password_until_one_is_set(accounts: Accounts) -> None:
    accounts.id_of("ortiz")
    assert not accounts.has_anyone_with_password()
    set_password(accounts, "ortiz", PASSWORD)
    assert accounts.has_anyone_with_password()


def test_someone_known_by_name_keeps_the_id_when_a_password_is_added(accounts: Accounts) -> None:
    before = accounts.id_of("ortiz")
    set_password(accounts, "Ortiz", PASSWORD)
    assert accounts.id_of("ortiz") == before


@pytest.mark.parametrize("password", ["", "too short", "          x", "x" * 129])
def test_a_poor_password_is_refused_and_nothing_is_written(
    accounts: Accounts, password: str
) -> None:
    with pytest.raises(BadInput, match="10 to 128 characters"):
        set_password(accounts, "ortiz", password)
    assert accounts.names() == {}


def test_a_password_for_someone_unknown_makes_the_account(accounts: Accounts) -> None:
    set_password(accounts, "ito", PASSWORD)
    assert list(accounts.names().values()) == ["ito"]
    assert accounts.has_anyone_with_password()


def test_neither_password_nor_token_is_in_the_file(
    accounts: Accounts, accounts_engine: sa.Engine
) -> None:
    set_password(accounts, "ortiz", PASSWORD)
    token = link_token(accounts, "ortiz")
    stored = "".join(sqlite3.connect(str(accounts_engine.url.database)).iterdump())
    assert "$argon2id$" in stored
    assert PASSWORD not in stored
    assert token not in stored


# Links, without pages


def test_a_link_is_redeemed_once(accounts: Accounts) -> None:
    token = link_token(accounts, "ortiz")
    assert accounts.links.redeem(token) == accounts.id_of("ortiz")
    assert accounts.links.redeem(token) is None


def test_a_link_used_by_many_at_once_is_redeemed_once(accounts: Accounts) -> None:
    token = link_token(accounts, "ortiz")
    with ThreadPoolExecutor(8) as pool:
        redeemed = list(pool.map(lambda _: accounts.links.redeem(token), range(8)))
    assert redeemed.count(None) == 7


def test_a_link_lives_for_a_day(accounts: Accounts, clock: ManualClock) -> None:
    token = link_token(accounts, "ortiz")
    clock.advance(seconds=24 * 3600)
    assert accounts.links.redeem(token) is None
    fresh = link_token(accounts, "ortiz")
    clock.advance(seconds=24 * 3600 - 1)
    assert accounts.links.redeem(fresh) == accounts.id_of("ortiz")


def test_a_newer_link_voids_the_older_link(accounts: Accounts) -> None:
    older, newer = (link_token(accounts, "ortiz") for _ in range(2))
    assert accounts.links.redeem(older) is None
    assert accounts.links.redeem(newer) is not None


def test_a_new_password_voids_an_open_link(accounts: Accounts) -> None:
    set_password(accounts, "ortiz", PASSWORD)
    token = link_token(accounts, "ortiz")
    set_password(accounts, "ortiz", "another password")
    assert accounts.links.redeem(token) is None


# Signing in by password


def test_a_signed_in_person_is_known_by_name_and_id(browser: Browser, accounts: Accounts) -> None:
    answer = browser.sign_in()
    assert (answer.status_code, answer.location) == (302, "/")
    assert browser.who() == f"ortiz {accounts.id_of('ortiz')}"


def test_the_name_may_be_typed_in_any_case(browser: Browser) -> None:
    browser.sign_in(" ORTIZ")
    assert browser.who()


@pytest.mark.parametrize(
    ("name", "password"),
    [("ortiz", "wrong horse"), ("nobody", PASSWORD), ("ortiz", ""), ("", PASSWORD), ("", "")],
)
def test_a_refused_sign_in_gives_no_reason(browser: Browser, name: str, password: str) -> None:
    answer = browser.sign_in(name, password)
    assert answer.status_code == 422
    assert answer.text.count("The name or the password is not right.") == 1
    assert "field-error" not in answer.text
    assert browser.who() is None


def test_someone_known_by_name_only_cannot_sign_in_by_password(
    browser: Browser, accounts: Accounts
) -> None:
    accounts.id_of("shell-user")
    refusals = [browser.sign_in("shell-user", password) for password in ("", "None", PASSWORD)]
    assert [refusal.status_code for refusal in refusals] == [422, 422, 422]


def test_no_sign_in_lasts_longer_than_the_session(browser: Browser) -> None:
    browser.sign_in(remember="y")
    assert browser.client.get_cookie("remember_token") is None
    assert browser.client.get_cookie("ledger_session")


def test_no_password_reaches_the_page_again(browser: Browser) -> None:
    assert "wrong horse" not in browser.sign_in("ortiz", "wrong horse").text


def test_the_sign_in_form_helps_password_managers(browser: Browser) -> None:
    page = browser.open("/sign-in").text
    assert 'autocomplete="username"' in page
    assert 'autocomplete="current-password"' in page
    assert '<label for="username">Name</label>' in page


def test_signing_out_ends_the_session(browser: Browser) -> None:
    browser.sign_in()
    answer = browser.press("/account/password", "/sign-out")
    assert answer.location == "/sign-in"
    assert browser.who() is None


def test_getting_the_sign_out_address_signs_nobody_out(browser: Browser) -> None:
    browser.sign_in()
    assert browser.open("/sign-out").status_code == 405
    assert browser.who()


@pytest.mark.parametrize("headers", [{"X-Forwarded-For": "203.0.113.9"}, {"User-Agent": "newer"}])
def test_a_session_lasts_through_any_balancer_and_an_updated_browser(
    browser: Browser, headers: dict[str, str]
) -> None:
    browser.sign_in()
    assert browser.open("/who", headers=headers).status_code == 200


def test_the_session_cookie_is_hidden_from_scripts_and_other_sites(app: Flask) -> None:
    cookie = app.test_client().get("/sign-in").headers["Set-Cookie"]
    assert cookie.startswith("ledger_session=")
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    assert "Secure" not in cookie


def test_over_https_the_cookie_is_never_sent_in_clear(accounts: Accounts) -> None:
    client = make_app(accounts, is_https=True).test_client()
    assert "Secure" in client.get("/sign-in").headers["Set-Cookie"]


# Pages that want a signed-in person


def test_a_stranger_is_sent_to_sign_in_and_then_to_the_page_asked_for(browser: Browser) -> None:
    asked = browser.open("/who?of=me&also=you")
    assert asked.location == "/sign-in?next=/who?of%3Dme%26also%3Dyou"
    answer = browser.press(asked.location, username="ortiz", password=PASSWORD)
    assert answer.location == "/who?of=me&also=you"


def test_a_post_without_sign_in_is_not_repeated_after_it(browser: Browser) -> None:
    assert browser.client.post("/act").location == "/sign-in"


@pytest.mark.parametrize(
    "address",
    [
        "https://evil.example/",
        "//evil.example",
        "///evil.example",
        "/\\evil.example",
        "\\\\evil.example",
        "\t//evil.example",
        "http:evil.example",
        "javascript:alert(1)",
        "https://localhost@evil.example/",
    ],
)
def test_signing_in_never_redirects_to_another_site(browser: Browser, address: str) -> None:
    answer = browser.sign_in(next=address)
    assert answer.status_code == 302
    assert "\\" not in answer.location
    assert urlsplit(urljoin("http://localhost/sign-in", answer.location)).netloc == "localhost"


def test_an_unknown_page_is_not_found(browser: Browser) -> None:
    assert browser.open("/nowhere").status_code == 404


def test_only_the_pages_in_use_exist(app: Flask) -> None:
    rules = {rule.rule for rule in app.url_map.iter_rules() if "." in rule.endpoint}
    assert rules - {"/", "/who", "/act", "/undeclared", "/callback"} == {
        "/sign-in",
        "/sign-in/<token>",
        "/sign-out",
        "/account/password",
        "/account",
        "/account/sessions/<session_id>/end",
        "/account/sign-out-everywhere",
        "/account/two-factor/done",
        "/account/verify",
    }


# Forged forms


@pytest.mark.parametrize("path", ["/act", "/sign-out", "/account/password"])
def test_a_forged_form_is_refused(browser: Browser, path: str) -> None:
    browser.sign_in()
    assert browser.client.post(path).status_code == 400
    assert browser.who()


def test_a_forged_sign_in_is_refused(browser: Browser) -> None:
    forged = {"username": "ortiz", "password": PASSWORD}
    assert browser.client.post("/sign-in", data=forged).status_code == 400
    assert browser.who() is None


def test_a_form_of_a_page_is_accepted(browser: Browser) -> None:
    browser.sign_in()
    assert browser.press("/account/password", "/act").text == "done"


def test_callbacks_need_neither_sign_in_nor_form_token(browser: Browser) -> None:
    answer = browser.client.post("/callback", data={"MessageSid": "SM1"})
    assert answer.text == "taken"
    assert "Set-Cookie" not in answer.headers


def test_an_invalid_form_is_refused(browser: Browser) -> None:
    assert browser.client.post("/sign-in", json=[1]).status_code == 415


def test_no_key_but_the_session_opens_a_page(browser: Browser, app: Flask) -> None:
    with app.test_request_context():
        staff = app.extensions["security"].datastore
        token = staff.find_user(username="ortiz").get_auth_token()
    assert browser.open(f"/who?auth_token={token}").status_code == 302
    assert browser.open("/who", headers={"Authentication-Token": token}).status_code == 302


def test_signing_in_gives_no_token_but_the_session(browser: Browser) -> None:
    address = "/sign-in?include_auth_token"
    answer = browser.press("/sign-in", address, username="ortiz", password=PASSWORD)
    assert answer.status_code == 302
    profile = browser.open("/sign-in", headers={"Accept": "application/json"})
    assert profile.mimetype == "text/html"


# Signing in by a link


@pytest.fixture
def link(accounts: Accounts) -> str:
    return "/sign-in/" + link_token(accounts, "ito")


def test_a_link_signs_its_owner_in(browser: Browser, link: str, accounts: Accounts) -> None:
    answer = browser.press(link)
    assert (answer.status_code, answer.location) == (302, "/")
    assert browser.who() == f"ito {accounts.id_of('ito')}"


def test_opening_a_link_asks_and_does_not_use_it(browser: Browser, link: str) -> None:
    assert browser.client.head(link).status_code == 200
    page = browser.open(link)
    assert page.status_code == 200
    assert "Sign in as ito" in page.text
    assert browser.who() is None
    assert browser.press(link).status_code == 302


def test_a_forged_use_of_a_link_is_refused(browser: Browser, link: str) -> None:
    assert browser.client.post(link).status_code == 400
    assert browser.press(link).status_code == 302


def test_a_link_that_was_used_meanwhile_signs_nobody_in(
    browser: Browser, app: Flask, link: str
) -> None:
    token = form_token(browser.open(link).text)
    Browser(app.test_client()).press(link)
    assert browser.client.post(link, data={"csrf_token": token}).status_code == 410
    assert browser.who() is None


def test_a_used_link_says_what_to_do(browser: Browser, app: Flask, link: str) -> None:
    browser.press(link)
    answer = Browser(app.test_client()).open(link)
    assert answer.status_code == 410
    assert "Ask your administrator for a new link" in answer.text


def test_a_used_link_says_that_the_user_is_signed_in(browser: Browser, link: str) -> None:
    browser.press(link)
    answer = browser.open(link)
    assert answer.status_code == 410
    assert "You are signed in as ito already" in answer.text


def test_an_old_link_signs_nobody_in(browser: Browser, link: str, clock: ManualClock) -> None:
    clock.advance(seconds=24 * 3600)
    assert browser.open(link).status_code == 410
    assert browser.who() is None


def test_a_wrong_link_is_gone_as_well(browser: Browser) -> None:
    assert browser.open("/sign-in/made-up").status_code == 410


def test_a_form_from_before_the_link_was_used_is_refused_after_it(
    browser: Browser, link: str
) -> None:
    token = form_token(browser.open("/sign-in").text)
    browser.press(link)
    assert browser.who()
    assert browser.client.post("/act", data={"csrf_token": token}).status_code == 400


def test_a_link_used_by_someone_signed_in_changes_who_is_signed_in(
    browser: Browser, link: str, accounts: Accounts
) -> None:
    browser.sign_in("ortiz")
    assert "You are signed in as ortiz now." in browser.open(link).text
    browser.press(link)
    assert browser.who() == f"ito {accounts.id_of('ito')}"


# The password page, and being signed out elsewhere


def test_after_a_link_a_password_can_be_set(browser: Browser, link: str, app: Flask) -> None:
    browser.press(link)
    assert "You have no password yet" in browser.open("/account/password").text
    answer = browser.press("/account/password", new_password=PASSWORD)
    assert answer.status_code == 302
    assert Browser(app.test_client()).sign_in("ito").status_code == 302


def test_a_changed_password_ends_the_other_sessions_only(browser: Browser, app: Flask) -> None:
    elsewhere = Browser(app.test_client())
    elsewhere.sign_in()
    browser.sign_in()
    browser.press("/account/password", password=PASSWORD, new_password="another password")
    assert "Your password is changed." in browser.open("/account/password").text
    assert browser.who()
    assert elsewhere.who() is None
    assert elsewhere.sign_in().status_code == 422


@pytest.mark.parametrize(
    ("present", "new", "sentence"),
    [
        (PASSWORD, "short", "A password has 10 to 128 characters; this one has 5."),
        (PASSWORD, "", "Write a new password."),
        ("wrong horse", "another password", "This is not your present password."),
        ("", "another password", "Write your present password."),
        (PASSWORD, PASSWORD, "The new password is the same as the old one."),
    ],
)
def test_a_refused_password_change_says_why(
    browser: Browser, present: str, new: str, sentence: str
) -> None:
    browser.sign_in()
    answer = browser.press("/account/password", password=present, new_password=new)
    assert answer.status_code == 422
    assert sentence in answer.text


def test_a_password_set_by_command_ends_every_session(browser: Browser, accounts: Accounts) -> None:
    browser.sign_in()
    set_password(accounts, "ortiz", "another password")
    assert browser.who() is None
    assert browser.sign_in(password="another password").status_code == 302


def test_signing_out_everywhere_ends_every_session(browser: Browser, app: Flask) -> None:
    elsewhere = Browser(app.test_client())
    elsewhere.sign_in()
    browser.sign_in()
    browser.press("/account/password", "/account/sign-out-everywhere")
    assert (browser.who(), elsewhere.who()) == (None, None)


def test_a_password_hashed_at_another_cost_is_hashed_again(accounts_engine: sa.Engine) -> None:
    set_password(
        Accounts(accounts_engine, secret_key=SECRET, hash_options=CHEAP), "ortiz", PASSWORD
    )
    dearer = Accounts(
        accounts_engine, secret_key=SECRET, hash_options={**CHEAP, "argon2__time_cost": 2}
    )
    assert Browser(make_app(dearer).test_client()).sign_in().status_code == 302
    account = dearer.with_name("ortiz")
    assert account is not None
    assert "t=2" in str(account.password_hash)
