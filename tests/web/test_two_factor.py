"""Two-factor sign-in: a code of an authenticator app after the password, and recovery codes."""

import re
from dataclasses import replace
from datetime import timedelta

import pytest
import sqlalchemy as sa

from kit.accounts import set_password
from kit.sign_in import CHEAP, PASSWORD, Browser
from kit.totp import code_at, key_on
from kit.world import World
from ledger.domain.events import AccountEvent
from ledger.domain.people import STREAM
from ledger.errors import StoreUnavailable
from webapp.accounts.factor_tables import FACTOR_TABLES
from webapp.accounts.hashing import PasswordHasher
from webapp.app import create_app
from webapp.people import People
from webapp.sign_in_settings import SignInSettings, TwoFactorPolicy

SETUP = "/account/two-factor"


class Person(Browser):
    """Ortiz, who has a password, in front of the real pages."""

    def __init__(self, world: World, policy: TwoFactorPolicy = TwoFactorPolicy.OPTIONAL) -> None:
        settings = replace(world.app.settings, sign_in=SignInSettings(two_factor=policy))
        application = replace(world.app, settings=settings)
        application.accounts.hasher = PasswordHasher(CHEAP)
        set_password(application.accounts, "ortiz", PASSWORD)
        super().__init__(create_app(application).test_client())
        self.accounts, self.clock, self.key = application.accounts, world.clock, ""
        self.application = application

    def code(self) -> str:
        return code_at(self.key, self.clock.now())

    def turn_on(self) -> str:
        """Set an app up; returns the page that follows."""
        shown = self.press(SETUP, setup="authenticator").text
        self.key = key_on(shown)
        (address,) = re.findall(rf'action="({SETUP}/[^"]+)"', shown)
        answer = self.press(SETUP, address, code=self.code())
        return self.client.get(answer.headers["Location"], follow_redirects=True).text

    def recovery_codes(self) -> list[str]:
        made = self.press("/account/recovery-codes", generate_new_codes="1").text
        return re.findall(r"<code>([0-9a-f-]{14})</code>", made)

    def give(self, code: str, page: str = "/sign-in/code"):
        return self.press(page, code=code)

    def is_signed_in(self) -> bool:
        return self.open("/campaigns").status_code == 200


@pytest.fixture
def ortiz(recording_world: World) -> Person:
    person = Person(recording_world)
    person.sign_in()
    return person


def changes(world: World) -> list[AccountEvent]:
    return [each.event for each in world.app.ledger.reader.stream(STREAM)]


def topics(world: World) -> list[str]:
    return [event.topic for event in changes(world)]


def test_the_password_alone_signs_in_until_an_app_is_set_up(recording_world, ortiz):
    assert ortiz.is_signed_in()
    assert "Make recovery codes" in ortiz.turn_on()
    codes = ortiz.recovery_codes()
    assert len(set(codes)) == 10
    ortiz.press("/account", "/sign-out")
    ortiz.clock.advance(seconds=30)
    answer = ortiz.sign_in()
    assert answer.headers["Location"].startswith("/sign-in/code")
    assert not ortiz.is_signed_in()
    assert ortiz.give("000000").status_code == 422
    assert not ortiz.is_signed_in()
    ortiz.sign_in()
    assert ortiz.give(ortiz.code()).status_code == 302
    assert ortiz.is_signed_in()
    assert topics(recording_world) == ["AccountTwoFactorTurnedOn", "AccountRecoveryCodesMade"]
    recording_world.app.access_recorder.wait()
    stored = "".join(str(row) for table in FACTOR_TABLES for row in _rows(recording_world, table))
    assert not any(secret in stored for secret in [ortiz.key.replace("-", ""), *codes])


def test_a_code_counts_once(ortiz):
    ortiz.turn_on()
    used = ortiz.code()
    ortiz.press("/account", "/sign-out")
    ortiz.sign_in()
    assert ortiz.give(used).status_code == 422
    ortiz.clock.advance(seconds=30)
    assert ortiz.give(ortiz.code()).status_code == 302


@pytest.mark.both_databases
def test_a_recovery_code_signs_in_once(recording_world, ortiz):
    ortiz.turn_on()
    code = ortiz.recovery_codes()[3]
    for is_first in (True, False):
        ortiz.press("/account", "/sign-out")
        ortiz.sign_in()
        answer = ortiz.give(f" {code.upper()} ", "/sign-in/recovery-code")
        assert (answer.status_code == 302) == is_first
        assert ortiz.is_signed_in() == is_first
    assert changes(recording_world)[-1].number == 4


def test_wrong_codes_are_limited_to_ten_and_twenty_a_day(ortiz):
    ortiz.turn_on()
    user_id = ortiz.accounts.known_id_of("ortiz")

    def guess(times: int) -> None:
        for _ in range(times):
            ortiz.accounts.limits.begin_code("ortiz", user_id).__enter__()

    ortiz.press("/account", "/sign-out")
    ortiz.sign_in()
    guess(9)
    assert [ortiz.give("000000").status_code for _ in range(2)] == [422, 429]
    assert "Too many codes were wrong" in ortiz.give("000000", "/sign-in/recovery-code").text
    ortiz.clock.advance(minutes=16)
    guess(10)
    ortiz.clock.advance(minutes=16)
    ortiz.sign_in()
    assert ortiz.give(ortiz.code()).status_code == 429
    ortiz.accounts.unlock("ortiz")
    assert ortiz.give(ortiz.code()).status_code == 302


def test_the_right_password_is_remembered_for_ten_minutes_and_not_beyond_a_change(ortiz):
    ortiz.turn_on()
    ortiz.press("/account", "/sign-out")
    ortiz.sign_in()
    ortiz.clock.advance(minutes=11)
    assert ortiz.open("/sign-in/code").status_code == 302
    ortiz.sign_in()
    set_password(ortiz.accounts, "ortiz", "another correct horse")
    assert ortiz.open("/sign-in/code").status_code == 302


def test_a_code_of_an_app_that_is_being_set_up_does_not_sign_in(recording_world, ortiz):
    ortiz.turn_on()
    ortiz.press("/account", "/sign-out")
    set_password(ortiz.accounts, "mallory", PASSWORD)
    mallory = Browser(ortiz.client.application.test_client())
    mallory.sign_in("mallory")
    key = key_on(mallory.press(SETUP, setup="authenticator").text)
    with mallory.client.session_transaction() as session:
        half = {name: session[name] for name in session if name.startswith("tf_")}
    ortiz.sign_in()
    with ortiz.client.session_transaction() as session:
        session.update(half)
    ortiz.clock.advance(seconds=30)
    ortiz.give(code_at(key, ortiz.clock.now()))
    assert not ortiz.is_signed_in()
    assert topics(recording_world) == ["AccountTwoFactorTurnedOn"]


def test_a_wrong_code_at_the_set_up_shows_the_same_picture_again(ortiz):
    shown = ortiz.press(SETUP, setup="authenticator").text
    (address,) = re.findall(rf'action="({SETUP}/[^"]+)"', shown)
    ortiz.press(SETUP, address, code="000000")
    again = ortiz.open(SETUP).text
    assert "This code is not right" in again
    assert key_on(again) == key_on(shown)
    assert ortiz.accounts.factors.of(ortiz.accounts.known_id_of("ortiz")).two_factor is None


def test_turning_off_needs_the_password_again_and_ends_the_codes(recording_world, ortiz):
    ortiz.turn_on()
    ortiz.recovery_codes()
    with ortiz.client.session_transaction() as session:
        session["fs_paa"] -= 3600
    assert ortiz.press("/account", SETUP, setup="disable").status_code == 403
    answer = ortiz.press("/account", SETUP, setup="disable", **{"again-password": PASSWORD})
    assert answer.status_code == 302
    assert topics(recording_world)[-1] == "AccountTwoFactorTurnedOff"
    assert not any(_rows(recording_world, table) for table in FACTOR_TABLES)


def test_where_it_is_required_people_can_only_set_it_up(recording_world):
    ortiz = Person(recording_world, TwoFactorPolicy.REQUIRED)
    ortiz.sign_in()
    assert ortiz.open("/campaigns").headers["Location"] == SETUP
    assert ortiz.press("/account", "/people", name="x", role="admin").status_code == 403
    assert ortiz.open("/account").status_code == 200
    ortiz.turn_on()
    assert ortiz.is_signed_in()
    ortiz.press("/account", SETUP, setup="disable")
    assert "AccountTwoFactorTurnedOff" not in topics(recording_world)


def test_where_it_is_required_the_password_alone_makes_no_token_and_no_other_way_to_stay(
    recording_world,
):
    ortiz = Person(recording_world, TwoFactorPolicy.REQUIRED)
    ortiz.sign_in()
    made = ortiz.press("/account", "/account/tokens", name="x", role="viewer", days="365")
    assert made.status_code == 403
    assert "Nothing was done; set it up first" in made.text
    assert ortiz.press("/account", "/notices", address="x@example.org").status_code == 403
    assert ortiz.open("/account/tokens").headers["Location"] == SETUP
    assert ortiz.accounts.api_tokens.all() == []


def test_where_it_is_off_nobody_is_asked_for_a_code(recording_world, ortiz):
    ortiz.turn_on()
    other = Person(recording_world, TwoFactorPolicy.OFF)
    other.sign_in()
    assert other.is_signed_in()
    assert "Two-factor" not in other.open("/account").text


def test_a_link_lets_in_without_a_code(ortiz):
    ortiz.turn_on()
    ortiz.press("/account", "/sign-out")
    user_id = ortiz.accounts.known_id_of("ortiz")
    token = ortiz.accounts.links.new(user_id, origin="test", lifetime=timedelta(hours=1))
    ortiz.press(f"/sign-in/{token}")
    assert ortiz.is_signed_in()


@pytest.mark.parametrize("act", [People.disable, People.remove])
def test_who_is_shut_out_has_no_second_factor_any_more(recording_world, ortiz, act):
    ortiz.turn_on()
    ortiz.recovery_codes()
    set_password(ortiz.accounts, "ito", PASSWORD)
    user_id = ortiz.accounts.known_id_of("ortiz")
    act(recording_world.app.people, user_id, ortiz.accounts.known_id_of("ito"))
    assert not any(_rows(recording_world, table) for table in FACTOR_TABLES)


@pytest.mark.both_databases
def test_a_reset_that_a_crash_kept_from_the_accounts_is_done_later(
    recording_world, ortiz, monkeypatch
):
    ortiz.turn_on()
    user_id = ortiz.accounts.known_id_of("ortiz")

    def killed(*_: object) -> None:
        raise StoreUnavailable("killed")

    with monkeypatch.context() as crash:
        crash.setattr("webapp.accounts.roster.Roster.set_applied", killed)
        with pytest.raises(StoreUnavailable):
            recording_world.app.factors.reset(user_id, user_id)
    assert ortiz.accounts.factors.of(user_id).two_factor
    recording_world.app.people.complete()
    assert ortiz.accounts.factors.of(user_id).two_factor is None
    assert not ortiz.is_signed_in()


def _rows(world: World, table: sa.Table) -> list[sa.Row]:
    with world.app.accounts_engine.connect() as connection:
        return list(connection.execute(sa.select(table)))
