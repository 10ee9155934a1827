"""The id of a request: in the header of every answer, and on error pages."""

import re
import urllib.request
from dataclasses import replace
from ipaddress import ip_network
from urllib.error import HTTPError

import pytest

from kit.split import split_server
from kit.world import World
from webapp.app import create_app
from webapp.door import create_server
from webapp.serving.listener import listen

GIVEN = "trace-7f3a9c5d.20b1_4e68"


THIS_MACHINE = "127.0.0.0/8"


@pytest.fixture(params=[THIS_MACHINE])
def trusted(request) -> str:
    """The network whose header is believed; none if blank."""
    return request.param


@pytest.fixture(params=["one server", "split"])
def url(world: World, trusted: str, request):
    networks = (ip_network(trusted),) if trusted else ()
    app = replace(world.app, settings=replace(world.app.settings, trusted_proxies=networks))
    if request.param == "split":
        with split_server(app) as server:
            yield server.url
        return
    server = create_server(app, create_app(app), listener=listen("127.0.0.1", 0))
    server.start()
    yield server.url
    server.stop()


def asked(address: str, **headers: str) -> tuple[str, str]:
    """The id and the page of an answer, whatever its status."""
    request = urllib.request.Request(address, headers=headers)
    try:
        with urllib.request.urlopen(request, timeout=15) as answer:
            return answer.headers["X-Request-Id"], answer.read().decode()
    except HTTPError as error:
        with error:
            return error.headers["X-Request-Id"], error.read().decode()


def test_every_answer_has_an_id_and_the_error_page_shows_it(url):
    ids = {asked(f"{url}{path}")[0] for path in ("/health", "/twilio/nothing", "/statuses")}
    current, page = asked(f"{url}/nowhere")
    assert len({*ids, current}) == 4
    assert all(re.fullmatch("[0-9a-f]{16}", each) for each in ids)
    assert f"request {current}" in page


@pytest.mark.parametrize("trusted", ["", THIS_MACHINE, "10.0.0.0/8"], indirect=True)
def test_only_a_trusted_proxy_gives_the_id(url, trusted):
    current, _ = asked(f"{url}/health", **{"X-Request-Id": GIVEN})
    assert (current == GIVEN) == (trusted == THIS_MACHINE)


def test_an_id_that_is_not_well_formed_is_replaced(url):
    for given in ("short", "x" * 65, "with space", "<b>12345678", "a" * 8 + "\xff"):
        current, _ = asked(f"{url}/health", **{"X-Request-Id": given})
        assert re.fullmatch("[0-9a-f]{16}", current)
