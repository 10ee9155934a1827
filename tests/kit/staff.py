"""A staff member in front of the real pages: signed in, reads them and presses their buttons."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from html import unescape

from flask import Flask
from playwright.sync_api import Page
from werkzeug.test import TestResponse

from kit.world import World
from webapp.app import create_app
from webapp.serving.listener import listen
from webapp.serving.server import Server

NAME = "J. Ortiz"


class Staff:
    """Keeps cookies; `press` posts the form of a page with the hidden fields that it holds."""

    def __init__(self, world: World, name: str = NAME) -> None:
        self.app = create_app(world.app)
        self.client = self.app.test_client()
        token = world.app.accounts.new_sign_in_link_token(name)
        assert self.open(f"/sign-in/{token}").status_code == 302
        self.user_id = world.app.accounts.id_of(name)

    def open(self, path: str, **options: object) -> TestResponse:
        return self.client.get(path, **options)

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


def words_of(html: str) -> str:
    """The text of the main part of a page, without its tags."""
    main = html.partition("<main")[2].partition("</main>")[0] or html
    text = unescape(re.sub(r"<[^>]+>", " ", main.partition(">")[2] or main))
    return re.sub(r"\s+([.,;:)”])", r"\1", re.sub(r"\s+", " ", text)).replace("( ", "(").strip()


@contextmanager
def served(app: Flask) -> Iterator[str]:
    """The app at a free port of this machine, for as long as the block lasts."""
    server = Server(app, listener=listen("127.0.0.1", 0))
    server.start()
    try:
        yield server.url
    finally:
        server.stop()


def sign_in(page: Page, url: str, world: World, name: str = NAME) -> None:
    """Sign a real browser in by a link, as the program prints it at its first start."""
    page.goto(f"{url}/sign-in/{world.app.accounts.new_sign_in_link_token(name)}")
