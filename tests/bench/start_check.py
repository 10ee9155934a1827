"""What the comparison with Twilio's newest texts costs before a start, apart from sending."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from bench.building import MESSAGE, phone, rows
from bench.measuring import Figure, Reach, figure, middle
from bench.setting import Setting
from kit.world import STAFF, environment
from ledger.commands.launch import LaunchOrder, launch
from webapp.bootstrap import Application, build
from webapp.settings import read_settings
from webapp.standin import StandIn, StandInSettings
from webapp.standin.message import Message, Moment
from webapp.standin.notebook import Notebook

HARMLESS = 52_000
"""The row from which a few thousand numbers follow that the stand-in sends like any other."""
_STRANGERS = 500_000
"""The row from which the numbers of another program's texts follow."""
_HOUR = 3600.0
_DUE = 8
_REQUESTS = Reach(11, "requests", is_most=True)
"""The newest known text, a page of all texts, those of eight numbers, a page of sent ones."""
_FIRST_REQUESTS = Reach(20, "requests", is_most=True)
"""A page of all texts, those of eight numbers, and at most 10,000 that were sent."""
_SECONDS = Reach(2.0, "s", is_most=True)


def run(setting: Setting) -> Iterator[Figure]:
    """A start after a clean stop, and the first start beside another program that sends."""
    count = setting.scale.deliveries
    with _account(setting, texts=count, seconds_ago=_HOUR) as url:
        application = _application(setting, url)
        _launch(application, min(1000, count), HARMLESS)
        application.sending.sender(threading.Event()).run_once()
        _launch(application, _DUE, HARMLESS + 1000)
        what = f"the check before a start after a clean stop, {count:,} older texts at Twilio"
        yield from _figures(setting, application, what, _REQUESTS)
    count //= 10
    with _account(setting, texts=count, seconds_ago=0.0) as url:
        application = _application(setting, url)
        _launch(application, _DUE, HARMLESS)
        what = f"the check before a first start, {count:,} texts of another program just sent"
        yield from _figures(setting, application, what, _FIRST_REQUESTS)


def _figures(
    setting: Setting, application: Application, what: str, most_requests: Reach
) -> Iterator[Figure]:
    seconds, requests = zip(
        *(_check(application) for _ in range(setting.scale.rounds)), strict=True
    )
    detail = f"{middle(requests):.0f} requests, one after the other"
    yield figure(f"{what}: seconds", "–", _SECONDS, seconds, f"asking the stand-in; {detail}")
    yield figure(f"{what}: requests", "–", most_requests, requests, "of up to 1,000 texts each")


def _check(application: Application) -> tuple[float, float]:
    """Seconds and requests of one check."""
    sender = application.sending.sender(threading.Event())
    with _counted(application.provider) as requests:
        began = time.perf_counter()
        sender.start_check.ensure_done()
        seconds = time.perf_counter() - began
    assert not application.sending_conditions().is_off, "the check took a text for a lost one"
    return seconds, float(len(requests))


@contextmanager
def _counted(provider: Any) -> Iterator[list[str]]:
    """The addresses of the requests that the provider makes meanwhile."""
    http, asked = provider._api.http, []

    def request(method: str, url: str, **options: Any) -> Any:
        asked.append(url)
        return type(http).request(http, method, url, **options)

    http.request = request
    try:
        yield asked
    finally:
        del http.request


def _launch(application: Application, count: int, first: int) -> None:
    order = LaunchOrder(name="All", message=MESSAGE, rows=rows(count, first=first))
    launch(application.ledger, order, STAFF, again=True)
    application.views.catch_up()


def _application(setting: Setting, url: str) -> Application:
    given = environment(setting.new_url("SQLite")) | {"LEDGER_TWILIO_API_URL": url}
    return build(read_settings(given))


@contextmanager
def _account(setting: Setting, texts: int, seconds_ago: float) -> Iterator[str]:
    """A stand-in that has these texts of another program, from the school's own sender."""
    file = setting.new_folder() / "twilio.sqlite3"
    _write(file, texts, time.time() - seconds_ago)
    given = environment("sqlite://")
    settings = StandInSettings(
        account_sid=given["TWILIO_ACCOUNT_SID"],
        auth_token=given["TWILIO_AUTH_TOKEN"],
        pace_seconds=0.0,
        state_path=file,
    )
    with StandIn(settings) as standin:
        yield standin.url


def _write(file: Path, texts: int, made_at: float) -> None:
    given, notebook = environment("sqlite://"), Notebook(file)
    for number in range(texts):
        message = Message(
            sid=f"SM{number:032x}",
            account_sid=given["TWILIO_ACCOUNT_SID"],
            to=phone(_STRANGERS + number),
            sender="+15005550006",
            body="Your book is due on Friday.",
            service_sid=given["TWILIO_MESSAGING_SERVICE_SID"],
            status_callback=None,
            created_at=made_at,
            moments=(Moment(at=made_at, status="sent"), Moment(at=made_at, status="delivered")),
        )
        notebook.add(message, [])
    notebook.close()
