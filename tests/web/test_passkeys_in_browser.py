"""Passkeys in a real browser, with its virtual authenticator: added, used and removed."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
from playwright.sync_api import CDPSession, Page

from kit.accounts import add_account
from kit.browser import scrolls_sideways
from kit.staff import served, sign_in_by_link
from kit.world import World
from ledger.domain.people import STREAM
from ledger.domain.vocabulary import Role, SignInMeans
from webapp.app import create_app
from webapp.sign_in_settings import SignInSettings, TwoFactorPolicy

pytestmark = pytest.mark.browser


@pytest.fixture
def authenticator(page: Page) -> Iterator[CDPSession]:
    """A device that keeps passkeys, and whose owner always agrees."""
    session = page.context.new_cdp_session(page)
    session.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
    }
    session.send("WebAuthn.addVirtualAuthenticator", {"options": options})
    yield session
    session.detach()  # which removes it: the page serves other tests


@pytest.fixture
def url(recording_world: World) -> Iterator[str]:
    """The pages where two factors are required, at a name and not at a number."""
    sign_in = SignInSettings(two_factor=TwoFactorPolicy.REQUIRED)
    settings = replace(recording_world.app.settings, sign_in=sign_in)
    with served(create_app(replace(recording_world.app, settings=settings))) as address:
        yield address.replace("127.0.0.1", "localhost")


def add_passkey(page: Page, name: str) -> None:
    page.get_by_role("link", name="Add a passkey").click()
    page.get_by_label("Name").fill(name)
    page.get_by_role("button", name="Go on").click()
    page.get_by_text(f"The passkey {name} is added").wait_for()


def test_a_passkey_is_added_signs_in_proves_again_and_is_removed(
    page: Page, authenticator: CDPSession, recording_world: World, url: str, monkeypatch
) -> None:
    add_account(recording_world.app.accounts, "J. Ortiz")
    sign_in_by_link(page, url, recording_world)
    page.get_by_text("Your school requires two-factor sign-in.").wait_for()
    page.goto(f"{url}/account")
    assert scrolls_sideways(page, 320, 1280) == []
    add_passkey(page, "Laptop")
    page.locator(".account-menu > summary").click()
    page.get_by_role("button", name="Sign out", exact=True).click()
    page.get_by_role("button", name="Sign in with a passkey").click()
    page.wait_for_url("**/campaigns")
    ids = recording_world.app.accounts.names()
    (user_id,) = [each for each, name in ids.items() if name == "J. Ortiz"]
    (passkey,) = recording_world.app.accounts.factors.of(user_id).passkeys
    assert passkey.used_at

    monkeypatch.setattr("webapp.accounts.guard.is_fresh", lambda: False)
    page.goto(f"{url}/people")
    page.get_by_label("Name").fill("Ito")
    page.get_by_role("button", name="Add, and make a sign-in link").click()
    page.get_by_role("heading", name="Your passkey again").wait_for()
    page.get_by_role("button", name="Use a passkey").click()
    page.get_by_role("heading", name="Sign-in link of Ito").wait_for()
    monkeypatch.undo()
    page.goto(f"{url}/account/verify?next=/account")
    page.get_by_role("button", name="Use a passkey").click()
    page.get_by_role("button", name="Remove the passkey Laptop").click()
    page.get_by_text("The passkey Laptop is removed").wait_for()
    page.get_by_role("heading", name="Your account").wait_for()
    assert recording_world.app.accounts.factors.of(user_id).passkeys == ()
    page.locator(".account-menu > summary").click()
    page.get_by_role("button", name="Sign out", exact=True).click()
    page.get_by_role("button", name="Sign in with a passkey").click()
    page.get_by_text("This passkey was not accepted").wait_for()
    people = [each.topic for each in recording_world.app.ledger.reader.stream(STREAM)]
    assert people == [
        "AccountPasskeyAdded",
        "AccountAdded",
        "AccountAccessGiven",
        "AccountPasskeyRemoved",
    ]
    recording_world.app.access_recorder.wait()
    signed_in = [
        each.event.means
        for each in recording_world.app.ledger.reader.events()
        if each.topic == "SignedIn"
    ]
    assert SignInMeans.PASSKEY in signed_in
    assert recording_world.app.accounts.known("Ito").access.role == Role.STAFF
