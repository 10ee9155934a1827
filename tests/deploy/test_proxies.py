"""The examples of nginx and Caddy, in front of a scripted server and of the program itself."""

import re
import socket
import time
from pathlib import Path
from urllib.parse import urlencode

import pytest
from proxies import HOST, PROXIES, Certificate, Proxy
from upstream import Upstream

from kit.processes import School, reserve_port, signature
from webapp.callback_retries import PATIENCE_SECONDS, READ_MILLISECONDS

pytestmark = pytest.mark.deploy

SECRET = "tokenThatNoLogMayHave"
CALLBACK = f"/twilio/status/del_1/1/{SECRET}"
UPLOAD = "/campaigns/new"
MEGABYTE = 1024 * 1024
WAIT = 20


# What reaches the program.


@pytest.mark.parametrize("path", ["/twilio/a%2Fb/%7e?x=%41+b&&y=", "/contacts/%E2%82%AC//x?q=a;b"])
def test_path_and_query_are_forwarded_as_they_came(proxy: Proxy, upstream: Upstream, path: str):
    assert proxy.ask("GET", path).status == 200
    assert upstream.asked[0].line == f"GET {path} HTTP/1.1"


def test_the_program_is_told_who_asks_and_not_who_claims_to(proxy: Proxy, upstream: Upstream):
    proxy.ask("GET", "/", X_Forwarded_For="203.0.113.9", X_Request_Id="mine-12345678")
    headers = upstream.asked[0].headers
    assert (headers["host"], headers["x-forwarded-for"]) == (HOST, "127.0.0.1")
    assert re.fullmatch(r"[A-Za-z0-9._-]{8,64}", headers["x-request-id"])
    assert headers["x-request-id"] != "mine-12345678"


def test_the_numbers_for_prometheus_are_not_public(proxy: Proxy, upstream: Upstream):
    assert (proxy.ask("GET", "/metrics").status, upstream.asked) == (404, [])


# Sizes.


@pytest.mark.parametrize("path", [UPLOAD, "/opt-outs/import"])
def test_a_contact_file_may_be_as_large_as_the_program_takes(proxy: Proxy, upstream, path):
    assert proxy.ask("POST", path, bytes(32 * MEGABYTE)).status == 200
    assert upstream.asked[0].size == 32 * MEGABYTE


def test_a_larger_form_is_refused_by_nginx_or_by_the_program(school_behind: Proxy):
    assert school_behind.ask("POST", "/sign-in", bytes(70_000)).status == 413


def test_an_upload_reaches_the_program_while_it_is_sent(proxy: Proxy, upstream: Upstream):
    with proxy.connect() as line:
        head = f"POST {UPLOAD} HTTP/1.1\r\nHost: {HOST}\r\nContent-Length: 1000000\r\n\r\n"
        line.sendall(head.encode() + bytes(500_000))
        assert upstream.has_request.wait(WAIT)
        assert upstream.asked[0].first_bytes.wait(WAIT)
        line.sendall(bytes(500_000))
        assert line.recv(12) == b"HTTP/1.1 200"


def test_a_download_reaches_the_client_while_it_is_made(proxy: Proxy, upstream: Upstream):
    lines = []

    def begin(line):
        lines.append(line)
        line.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nfirst")

    upstream.answer = begin
    with proxy.connect() as line, line.makefile("rb") as stream:
        line.sendall(f"GET /audit/events.csv HTTP/1.1\r\nHost: {HOST}\r\n\r\n".encode())
        while stream.readline().strip():
            pass
        assert stream.read(5) == b"first"
        lines[0].sendall(b"+last")
        assert stream.read(5) == b"+last"


# Times.


def test_a_callback_is_given_up_no_earlier_than_the_program_answers(proxy, upstream):
    def late(line):
        time.sleep(PATIENCE_SECONDS + 0.2)
        line.sendall(b"HTTP/1.1 503 Late\r\nContent-Length: 0\r\n\r\n")

    upstream.answer = late
    assert proxy.ask("POST", CALLBACK, b"MessageSid=SM1").status == 503


def test_a_callback_without_an_answer_does_not_hold_the_proxy(proxy, upstream):
    upstream.answer = lambda _line: time.sleep(WAIT)
    began = time.monotonic()
    assert proxy.ask("POST", CALLBACK, b"MessageSid=SM1").status in {502, 504}
    assert time.monotonic() - began < READ_MILLISECONDS / 1000 + 2
    assert len(upstream.asked) == 1


# What is written.


def test_no_log_has_an_address_with_a_token(proxy: Proxy, upstream: Upstream):
    for path in (CALLBACK, f"/sign-in/{SECRET}", f"/shared/{SECRET}?x={SECRET}"):
        assert proxy.ask("GET", path, Referer=f"https://{HOST}/{SECRET}").status == 200
    upstream.answer = lambda line: line.shutdown(socket.SHUT_RDWR)
    assert proxy.ask("POST", CALLBACK, b"", Cookie=SECRET).status == 502
    assert SECRET not in proxy.logs()


# The program.


@pytest.fixture(params=PROXIES)
def school_behind(request: pytest.FixtureRequest, tmp_path: Path, certificate: Certificate):
    school = School(
        tmp_path,
        reserve_port(),
        settings={"LEDGER_PUBLIC_URL": f"https://{HOST}", "LEDGER_TRUSTED_PROXIES": "127.0.0.1"},
    )
    (tmp_path / "proxy").mkdir()
    with (
        school.serving(),
        PROXIES[request.param](tmp_path / "proxy", certificate, school.port) as proxy,
    ):
        yield proxy


def test_twilios_signature_over_the_public_address_is_accepted(school_behind: Proxy):
    path, form = "/twilio/status/a%2Fb?x=%7e", {"MessageSid": "SM1", "MessageStatus": "sent"}
    headers = {
        "Content_Type": "application/x-www-form-urlencoded",
        "X_Twilio_Signature": signature(f"https://{HOST}{path}", form),
    }
    assert school_behind.ask("POST", path, urlencode(form).encode(), **headers).status == 204
    other = path.replace("x", "y")
    assert school_behind.ask("POST", other, urlencode(form).encode(), **headers).status == 403


def test_staff_get_the_page_for_signing_in(school_behind: Proxy):
    answer = school_behind.ask("GET", "/sign-in")
    assert answer.status == 200
    assert answer.headers["Strict-Transport-Security"] == "max-age=31536000"
    assert "Secure" in answer.headers.get("Set-Cookie", "Secure")
    assert school_behind.ask("GET", "/livez").status == 200
