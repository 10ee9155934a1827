"""A staff member in front of the real pages: signed in, reads them and presses their buttons."""

import io
import re
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from html import unescape
from urllib.parse import urlsplit

from flask import Flask
from playwright.sync_api import Page
from werkzeug.test import TestResponse

from kit.accounts import add_account
from kit.world import World
from ledger.domain.vocabulary import Role
from webapp.accounts import Accounts
from webapp.accounts.sessions import SIGNED_IN_FOR
from webapp.app import create_app
from webapp.door import create_server
from webapp.serving.listener import listen
from webapp.serving.server import Server
from webapp.serving.site import Site

NAME = "J. Ortiz"
_SESSION = "ledger_session"


def link_token(accounts: Accounts, name: str, origin: str = "test", role: Role = Role.ADMIN) -> str:
    """The token of a new link, for somebody who gets an account of this role if there is none."""
    account = accounts.with_name(name)
    user_id = account.user_id if account and account.access else add_account(accounts, name, role)
    return accounts.links.new(user_id, origin=origin, lifetime=timedelta(hours=24))


def form_token(page: str) -> str:
    """The token of the forms of a page, against forged ones."""
    token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page)
    assert token
    return token[1]


class Staff:
    """Keeps cookies; `press` posts the form of a page with the hidden fields that it holds."""

    def __init__(
        self,
        world: World,
        name: str = NAME,
        *,
        role: Role = Role.ADMIN,
        app: Flask | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        """Sign in; `headers` are those of the request that does so."""
        self.app = app or create_app(world.app)
        self.client = self.app.test_client()
        self._world, self._name, self._role = world, name, role
        self._headers = headers or {}
        self._sign_in()
        self.user_id = world.app.accounts.id_of(name)

    def open(self, path: str, **options: object) -> TestResponse:
        """The page; who was away for longer than a session lasts signs in again first."""
        if self._world.clock.now() >= self._signed_in_at + SIGNED_IN_FOR:
            self._sign_in()
        return self.client.get(path, **options)

    def sign_in_again(self) -> None:
        """Sign in, where the session has ended."""
        self._sign_in()

    def _sign_in(self) -> None:
        self._signed_in_at = self._world.clock.now()
        token = link_token(self._world.app.accounts, self._name, role=self._role)
        with _without_form_tokens(self.app):  # this form alone: its page is shown by other tests
            answer = self.client.post(f"/sign-in/{token}", headers=self._headers)
        assert answer.status_code == 302

    def read(self, path: str) -> str:
        """The words of a page as they are read out, every stretch of space made one."""
        answer = self.open(path)
        assert answer.status_code == 200, answer.text
        return words_of(answer.text)

    def press(self, path: str, **fields: str) -> TestResponse:
        """Post the form that the page at this address holds, to the same address."""
        page = self.open(path).text
        form = re.findall(rf'<form [^>]*action="{re.escape(path)}".*?</form>', page, re.DOTALL)
        tags = re.findall(r'<input [^>]*type="hidden"[^>]*>', (form or [page])[0])
        given = [dict(re.findall(r'(\w+)="([^"]*)"', tag)) for tag in tags]
        hidden = {each["name"]: unescape(each["value"]) for each in given}
        return self.client.post(path, data=hidden | fields)


@contextmanager
def _without_form_tokens(app: Flask) -> Iterator[None]:
    """Take forms whose page was not opened first, for the length of the block."""
    app.config["WTF_CSRF_ENABLED"] = False
    try:
        yield
    finally:
        app.config["WTF_CSRF_ENABLED"] = True


def text_of(answer: TestResponse) -> str:
    """The text of an answer; of a workbook, the text of its parts."""
    data = answer.get_data()
    if not data.startswith(b"PK"):
        return data.decode()
    with zipfile.ZipFile(io.BytesIO(data)) as workbook:
        return "".join(workbook.read(name).decode() for name in workbook.namelist())


def words_of(html: str) -> str:
    """The text of the main part of a page, without its tags."""
    main = html.partition("<main")[2].partition("</main>")[0] or html
    main = re.sub(r"</?bdi[^>]*>", "", main.partition(">")[2] or main)  # it parts no words
    text = unescape(re.sub(r"<[^>]+>", " ", main))
    return re.sub(r"\s+([.,;:)”])", r"\1", re.sub(r"\s+", " ", text)).replace("( ", "(").strip()


@contextmanager
def served(app: Flask) -> Iterator[str]:
    """The app at a free port of this machine, for as long as the block lasts."""
    application, listener = app.extensions.get("delivery-ledger"), listen("127.0.0.1", 0)
    if application:
        server = create_server(application, app, listener=listener)
    else:
        server = Server(Site(app), listener=listener)
    server.start()
    try:
        yield server.url
    finally:
        server.stop()


def sign_in(page: Page, url: str, world: World, name: str = NAME) -> None:
    """Sign a real browser in, in front of an empty page.

    It gets the cookie of somebody who signed in by a link: the page of the link and the first page
    would take a second of processor time. `sign_in_by_link` shows them.
    """
    agent = {"User-Agent": page.evaluate("navigator.userAgent")}
    cookie = Staff(world, name, headers=agent).client.get_cookie(_SESSION)
    assert cookie
    given = {
        "name": cookie.key,
        "value": cookie.value,
        "domain": urlsplit(url).hostname,
        "path": cookie.path,
        "httpOnly": cookie.http_only,
        "secure": cookie.secure,
        "sameSite": "Lax",
    }
    page.context.add_cookies([given])


def sign_in_by_link(page: Page, url: str, world: World, name: str = NAME) -> None:
    """Sign a real browser in by a link, as the program prints it at its first start."""
    page.goto(f"{url}/sign-in/{link_token(world.app.accounts, name)}")
    page.get_by_role("button", name=f"Sign in as {name}").click()
