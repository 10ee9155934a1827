"""Starting, stopping and starting again: the port, the notebook, and requests being held."""

import sqlite3
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
import requests
from standin_kit import statuses

from webapp.standin import StandIn


def test_a_port_that_is_taken_is_refused(standin, settings):
    with pytest.raises(OSError, match="in use"):
        StandIn(settings(), port=int(standin.url.rpartition(":")[2])).start()


def test_the_health_page_counts(standin, send):
    before = requests.get(standin.url, timeout=5).json()
    send("+14155550150")
    assert standin.wait_until_posted()
    after = requests.get(standin.url, timeout=5).json()
    assert after["messages"] == before["messages"] + 1
    assert after["callbacks_posted"] == before["callbacks_posted"] + 2
    assert after["callbacks_pending"] == 0


def test_a_snapshot_shows_the_texts_in_order(settings, client_of):
    with StandIn(settings()) as standin:
        client = client_of(standin)
        client.messages.create(to="+14155550151", from_="+1500", body="One")
        client.messages.create(to="+14155530006", from_="+1500", body="Two")
        client.http_client.session.close()
        shown = [(text.to, text.body, text.status) for text in standin.messages()]
    assert shown == [("+14155550151", "One", "delivered"), ("+14155530006", "Two", "undelivered")]


def test_after_a_restart_texts_are_known_and_pending_callbacks_are_posted(
    settings, client_of, lone_receiver, tmp_path
):
    path = tmp_path / "new" / "standin.sqlite"
    with StandIn(settings(state_path=path, pace_seconds=60.0)) as standin:
        client = client_of(standin)
        sid = client.messages.create(
            to="+14155550152", from_="+1500", body="Hi", status_callback=lone_receiver.url
        ).sid
        client.http_client.session.close()
    assert lone_receiver.taken == []
    _make_everything_due(path)
    with StandIn(settings(state_path=path)) as standin:
        assert standin.wait_until_posted()
        assert [text.sid for text in standin.messages()] == [sid]
    assert statuses(lone_receiver.of(sid)) == ["sent", "delivered"]


def test_opt_outs_and_attempt_counts_survive_a_restart(settings, client_of, tmp_path):
    path = tmp_path / "standin.sqlite"
    for _ in range(2):
        with StandIn(settings(state_path=path)) as standin:
            client = client_of(standin)
            client.messages.create(to="+14155551007", from_="+1500", body="Hi")
            client.http_client.session.close()
    with StandIn(settings(state_path=path)) as standin:
        client = client_of(standin)
        client.messages.create(to="+14155551007", from_="+1500", body="Hi")
        client.http_client.session.close()
        assert [t.status for t in standin.messages()] == ["undelivered"] * 2 + ["delivered"]


def test_stopping_does_not_wait_for_a_request_that_is_held(settings, client_of, lone_receiver):
    standin = StandIn(settings(hold_seconds=60.0))
    standin.start()
    client = client_of(standin, timeout=10)
    with ThreadPoolExecutor() as pool:
        held = pool.submit(
            client.messages.create,
            to="+14155551002",
            from_="+1500",
            body="Hi",
            status_callback=lone_receiver.url,
        )
        assert lone_receiver.wait_for(2)
        started = time.monotonic()
        standin.stop()
        assert time.monotonic() - started < 1
        held.exception(timeout=5)
    client.http_client.session.close()


def test_a_held_request_is_answered_when_the_time_is_up(settings, client_of):
    with StandIn(settings(hold_seconds=0.1)) as standin:
        client = client_of(standin)
        text = client.messages.create(to="+14155551002", from_="+1500", body="Hi")
        client.http_client.session.close()
    assert text.status == "queued"


def _make_everything_due(path):
    with sqlite3.connect(path) as notebook:
        notebook.execute("UPDATE pending SET due = due - 1000")
    notebook.close()
