"""A site that closes, as when the settings of its ledger change, while it answers requests."""

import threading
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from urllib.error import HTTPError

import pytest
from flask import Flask

from webapp.serving.listener import listen
from webapp.serving.server import Server
from webapp.serving.site import Site


class SlowSite:
    """A server whose first page is answered when the test says so, and the others at once."""

    def __init__(self) -> None:
        web = Flask("slow")
        web.add_url_rule("/", view_func=self._page)
        self.is_asked, self.may_answer = threading.Event(), threading.Event()
        self.site = Site(web)
        self._server = Server(self.site, listener=listen("127.0.0.1", 0))
        self._server.start()

    def _page(self):
        if self.is_asked.is_set():
            return "at once"
        self.is_asked.set()
        assert self.may_answer.wait(20)
        return "done"

    def ask(self):
        with urllib.request.urlopen(self._server.url, timeout=20) as answer:
            return answer.read()

    def close(self):
        self.may_answer.set()
        self._server.stop()


def refusal(slow):
    """Status and Retry-After of a request to the site, once it is closing."""
    while True:
        try:
            slow.ask()
        except HTTPError as refused:
            with refused:
                return refused.status, refused.headers["Retry-After"]


@pytest.fixture
def slow():
    with closing(SlowSite()) as site:
        yield site


def test_a_site_that_closes_answers_what_it_was_asked_and_refuses_the_rest(slow):
    with ThreadPoolExecutor(2) as threads:
        asked = threads.submit(slow.ask)
        assert slow.is_asked.wait(20)
        closed = threads.submit(slow.site.close)
        assert refusal(slow) == (503, "5")
        assert not closed.done()
        slow.may_answer.set()
        assert asked.result(20) == b"done"
        closed.result(20)


def test_a_site_that_nobody_asks_is_closed_at_once(slow):
    slow.site.close()
    assert refusal(slow) == (503, "5")
