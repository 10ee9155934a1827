"""Requests that no browser makes: hosts, addresses and headers that name nothing. None is a 500."""

import gc
import weakref
from collections import defaultdict

import pytest
from flask import request
from flask.testing import FlaskClient

from kit.addresses import path_of
from kit.staff import Staff
from kit.world import World
from webapp.app import create_app
from webapp.door import create_receiver

NO_HOSTS = ["a..b", ".", "a" * 64 + ".example", "x" * 300]
ODD_HOSTS = ["", "*", "[::1", "a:b", "a:99999999", "a@b", "a/b", "\xe4.example", "<b>"]
NOTHING = defaultdict(lambda: "1", act="pause")
ODD_HEADERS = {
    "Cookie": "ledger_session=..x; remember_token=a|b",
    "Authorization": "Digest \xff",
    "Range": "bytes=9-1",
    "If-None-Match": "\xff",
    "If-Modified-Since": "never",
    "Referer": "http://[",
    "X-Live": "\xff",
    "X-Twilio-Signature": "\xff",
    "X-Forwarded-Host": "a..b",
    "Accept": "*/*;q=nan",
}


@pytest.fixture(params=[create_app, create_receiver])
def client(request, world: World) -> FlaskClient:
    """Somebody who is not signed in, at either app."""
    return request.param(world.app).test_client()


@pytest.mark.parametrize("host", NO_HOSTS)
def test_a_host_that_is_no_host_name_is_a_plain_400(client, host):
    for path in ("/campaigns", "/nowhere", "/health", "/twilio/inbound"):
        answer = client.get(path, headers={"Host": host})
        assert (answer.status_code, answer.mimetype) == (400, "text/plain")
        assert answer.text == "The Host header is no host name.\n"


@pytest.mark.parametrize("host", ODD_HOSTS)
def test_every_other_host_is_answered_as_usual(client, host):
    assert client.get("/health", headers={"Host": host}).status_code == 200
    assert client.get("/%ff%00", headers={"Host": host}).status_code == 404


def test_no_route_breaks_at_odd_headers_and_queries(staff: Staff):
    rules = list(staff.app.url_map.iter_rules())
    assert len(rules) > 50
    broken = []
    for rule in rules:
        path = path_of(rule, NOTHING)
        for method in rule.methods - {"HEAD", "OPTIONS"}:
            answer = staff.client.open(
                f"{path}?as_of=%00&after=%ff&before=-1&status=%ED%A0%80&from=1e400&q=%ff",
                method=method,
                headers=ODD_HEADERS,
                data="%ff=%00&csrf_token=%ff",
                content_type="application/x-www-form-urlencoded; charset=bogus",
            )
            if answer.status_code >= 500:
                broken.append((method, path, answer.status_code))
    assert broken == []


def test_a_request_to_no_view_takes_no_memory_once_it_is_answered(client):
    """Its memory is freed at once, and not by a collection of garbage that comes later."""
    watched = []
    client.application.before_request(
        lambda: watched.append(weakref.ref(request._get_current_object()))
    )
    gc.disable()
    try:
        assert client.get("/nowhere").status_code == 404
        assert [each() for each in watched] == [None]
    finally:
        gc.enable()
