"""An installation of several ledgers, served by one server in this process, asked by host name."""

import http.client
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlencode, urlsplit

from kit.processes import ACCOUNT, signature
from webapp.background.views import look_after_views
from webapp.bootstrap import build
from webapp.cli.installations import Door, serving
from webapp.cli.pages_of_all import Pages, serving_pages
from webapp.ledgers.directory import Directory
from webapp.ledgers.installation import Installation
from webapp.processes import in_thread
from webapp.serving.limits import default_limits
from webapp.serving.listener import listen
from webapp.serving.pages_link import PagesLink, pages_socket

_NO_API = {"LEDGER_TWILIO_API_URL": "http://127.0.0.1:9"}
"""Nobody answers there."""
FORM = {"MessageSid": "SM2", "From": "+14155550101"}


def settings_of(name: str, database_url: str, **changed: str) -> str:
    """The file of a ledger whose host is NAME.example and whose token is made of its name."""
    settings = {
        "LEDGER_DATABASE_URL": database_url,
        "LEDGER_PUBLIC_URL": f"https://{name}.example",
        "LEDGER_SECRET_KEY": f"the secret of {name}",
        "TWILIO_ACCOUNT_SID": ACCOUNT,
        "TWILIO_AUTH_TOKEN": token_of(name),
        "TWILIO_PHONE_NUMBER": "+15005550006",
        **changed,
    }
    return "".join(f'{key} = "{value}"\n' for key, value in settings.items())


def token_of(name: str) -> str:
    return f"the token of {name}"


class Ledgers:
    """The folder of an installation, and requests to its server."""

    def __init__(self, folder: Path, shared: Mapping[str, str] = _NO_API) -> None:
        """`shared` are settings of all ledgers."""
        self.folder = folder / "ledgers"
        self.folder.mkdir()
        self.settings = {
            **shared,
            "LEDGER_DIRECTORY": str(self.folder),
            "LEDGER_DATABASE_URL": "",
        }
        self.directory = Directory(self.folder, shared)
        self.address = ("", 0)

    def write(self, name: str, content: str = "") -> None:
        """Write the file of a ledger, by default of one on SQLite, as a text editor would."""
        url = f"sqlite:///{self.folder.parent / name}.sqlite3"
        (self.folder / f"{name}.toml").write_text(content or settings_of(name, url))

    def ask(
        self,
        host: str,
        path: str,
        form: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> tuple[int, str, http.client.HTTPMessage]:
        """Get a page, or post a form; status, text and headers of the answer."""
        connection = http.client.HTTPConnection(*self.address, timeout=20)
        body = None if form is None else urlencode(form)
        kind = {} if form is None else {"Content-Type": "application/x-www-form-urlencoded"}
        given = {"Host": host, **kind, **(headers or {})}
        connection.request("GET" if form is None else "POST", path, body, given)
        answer = connection.getresponse()
        text = answer.read().decode()
        connection.close()
        return answer.status, text, answer.headers

    def wait_for(self, *names: str) -> None:
        """Ask for a page of each until it is open, which a busy machine may take long for."""
        for name in names:
            assert any(self.ask(f"{name}.example", "/sign-in")[0] == 200 for _ in range(20)), name

    def text_to(self, name: str, *, token: str | None = None, text: str = "Thank you") -> int:
        """Post the callback of a text to a ledger, signed with its own token or another."""
        url, form = f"https://{name}.example/twilio/inbound", {**FORM, "Body": text}
        signed = {"X-Twilio-Signature": signature(url, form, token or token_of(name))}
        return self.ask(f"{name}.example", "/twilio/inbound", form, signed)[0]

    def has_read_views(self, name: str) -> bool:
        """Whether the views of a ledger have read all of its events, by another process's means."""
        app = build(self.directory.ledger(name).settings)
        try:
            return 0 < app.ledger.reader.head() == app.views.position().seq
        finally:
            app.close()

    def topics(self, name: str) -> list[str]:
        """The events of a ledger, read by another process's means."""
        app = build(self.directory.ledger(name).settings)
        try:
            return [event.topic for event in app.ledger.reader.events()]
        finally:
            app.close()


class Running:
    """The two processes of an installation, both in this one."""

    def __init__(self, door: Installation, pages: Installation) -> None:
        self._both, self._pages = (door, pages), pages

    def look(self) -> None:
        """Look at the directory now, as both do each second."""
        for each in self._both:
            each.look()

    @contextmanager
    def pages_kept(self) -> Iterator[None]:
        """Let the process of the pages follow the directory by itself within the block."""
        stop = threading.Event()
        with in_thread(lambda: self._pages.keep(stop), stop):
            yield


@contextmanager
def served(ledgers: Ledgers, *, is_sending: bool = False) -> Iterator[Running]:
    """Serve them within the block; the directory is looked at when the test says so."""
    listener = listen("127.0.0.1", 0)
    parts = urlsplit(listener.url)
    ledgers.address = (str(parts.hostname), int(parts.port or 0))
    with (
        pages_socket() as sock,
        serving_pages(ledgers.directory, Pages([[look_after_views]]), sock.listener) as pages,
        serving(ledgers.directory, _door(sock.address, is_sending), listener) as door,
    ):
        yield Running(door, pages)


def _door(address: str, is_sending: bool) -> Door:
    limits = replace(default_limits(), refusal_seconds=0)
    return Door("127.0.0.1", PagesLink(address), is_sending=is_sending, limits=limits)
