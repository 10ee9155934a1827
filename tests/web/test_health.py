"""What /livez, /readyz and /health tell apart."""

import threading
import urllib.request
from types import SimpleNamespace
from urllib.error import HTTPError

import pytest
from flask import Flask

from kit.staff import served
from kit.world import World
from webapp import store_checks
from webapp.door import create_receiver
from webapp.serving.listener import listen
from webapp.serving.server import Server
from webapp.serving.site import Site
from webapp.store_checks import Place, StoreChecks

MB = 1024 * 1024


def test_livez_is_answered_while_every_thread_of_the_pages_waits():
    app, is_asked, is_over = Flask("slow"), threading.Event(), threading.Event()

    @app.get("/slow")
    def slow():
        is_asked.set()
        return "" if is_over.wait(20) else ("", 500)

    server = Server(Site(app, threads=1), listener=listen("127.0.0.1", 0))
    server.start()
    waiting = threading.Thread(target=urllib.request.urlopen, args=[f"{server.url}/slow"])
    waiting.start()
    assert is_asked.wait(20)
    with urllib.request.urlopen(f"{server.url}/livez", timeout=20) as answer:
        assert (answer.status, answer.read()) == (200, b"alive\n")
        assert answer.headers["Cache-Control"] == "no-store"
    is_over.set()
    waiting.join()
    server.stop()


def test_livez_takes_no_other_method(world: World):
    with served(create_receiver(world.app)) as url:
        head = urllib.request.Request(f"{url}/livez", method="HEAD")
        with urllib.request.urlopen(head, timeout=20) as answer:
            assert answer.read() == b""
        with pytest.raises(HTTPError) as refused:
            urllib.request.urlopen(f"{url}/livez", data=b"x", timeout=20)
    assert refused.value.status == 404
    refused.value.close()


def test_views_that_read_nothing_for_a_minute_are_a_problem_of_health_alone(world, clock):
    client = create_receiver(world.app).test_client()
    world.launch()
    assert client.get("/health").json["status"] == "ok"
    clock.advance(seconds=61)
    answer = client.get("/health")
    (problem,) = answer.json["problems"]
    assert (answer.status_code, answer.json["status"]) == (503, "impaired")
    assert problem["place"] == "views"
    assert "The views have not read the last" in problem["words"]
    assert answer.json["behind"] > 0
    assert client.get("/readyz").status_code == 200
    world.catch_up()
    assert client.get("/health").status_code == 200


@pytest.mark.parametrize(
    ("free", "total", "words"),
    [
        (500 * MB, 100_000 * MB, None),
        (63 * MB, 100_000 * MB, "has only 63 MB left"),
        (20 * MB, 100 * MB, None),
        (4 * MB, 100 * MB, "has only 4 MB left"),
        (0, 100 * MB, "is full"),
    ],
)
def test_a_disk_is_nearly_full_below_64_mb_and_a_twentieth(world, monkeypatch, free, total, words):
    monkeypatch.setattr(
        store_checks.shutil, "disk_usage", lambda _: SimpleNamespace(total=total, free=free)
    )
    checks = StoreChecks({Place.LEDGER: world.app.store.engine})
    assert checks._of_place(Place.LEDGER) == words
    assert (checks.refusal_of(Place.LEDGER) is not None) == (words == "is full")
