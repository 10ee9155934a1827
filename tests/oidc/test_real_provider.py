"""Signing in by a certified identity provider, in a real browser. `make test-oidc` runs it."""

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from flask import Flask
from playwright.sync_api import Page

from kit.staff import served
from kit.world import World
from ledger.domain.vocabulary import Role
from webapp.app import create_app
from webapp.sign_in_settings import OidcSettings, SignInSettings

pytestmark = pytest.mark.oidc

CLIENT, SECRET = "ledger", "a-secret-of-the-client"
FOLDER = Path(os.environ.get("LEDGER_OIDC_PROVIDER", Path(__file__).parent))


@contextmanager
def provider(back: str) -> Iterator[str]:
    """The issuer of a provider that runs for as long as the block lasts."""
    command = ["node", FOLDER / "provider.mjs", back, CLIENT, SECRET]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as running:
        try:
            assert running.stdout
            yield running.stdout.readline().strip()
        finally:
            running.terminate()


@contextmanager
def served_with_provider(world: World) -> Iterator[str]:
    """The address of a ledger whose pages know a provider, which knows that address."""
    app = Flask("not yet")
    with served(app) as url, provider(f"{url}/sign-in/provider/back") as issuer:
        oidc = OidcSettings(
            issuer=issuer,
            client_id=CLIENT,
            client_secret=SECRET,
            roles={"ledger-admins": Role.ADMIN},
            groups_claim="groups",
            name="the school login",
            is_only=False,
        )
        settings = replace(world.app.settings, sign_in=SignInSettings(oidc=oidc), public_url=url)
        pages = create_app(replace(world.app, settings=settings))
        app.wsgi_app = pages.wsgi_app  # type: ignore[method-assign]
        yield url


def sign_in(page: Page, url: str, name: str) -> None:
    """Press the button, sign in at the provider, and agree there."""
    page.goto(f"{url}/sign-in")
    page.get_by_role("link", name="Sign in with the school login").click()
    page.get_by_placeholder("Enter any login").fill(name)
    page.get_by_placeholder("and password").fill("any")
    page.get_by_role("button", name="Sign-in").click()
    page.get_by_role("button", name="Continue").click()


def test_a_person_of_a_mapped_group_signs_in_and_others_do_not(page: Page, world: World) -> None:
    with served_with_provider(world) as url:
        sign_in(page, url, "ito")
        page.get_by_text("in no group that may use Delivery Ledger").wait_for()
        page.context.clear_cookies()
        sign_in(page, url, "ortiz")
        page.wait_for_url("**/campaigns")
        page.goto(f"{url}/account")
        page.get_by_role("heading", name="The school login").wait_for()
    assert world.app.accounts.known("ortiz").access.role is Role.ADMIN
