"""Whether a request may have reached Twilio, seen on real sockets: proxies, TLS, and what breaks.

A request that certainly did not leave this machine is put back at once. One that may have left is
an unknown outcome.
"""

import socket
import threading
import time
from contextlib import ExitStack, contextmanager, suppress

import pytest

from kit.certificates import make_certificate
from kit.processes import ACCOUNT, TOKEN, reserve_port
from kit.raw_http import RawTwilio, http, read_request, reset_after, say
from kit.ways import by_tls, close, hang, tunnel
from ledger.providers.account import TwilioAccount
from ledger.providers.contract import Accepted, NotReached, OutgoingText, Refusal, UnknownOutcome
from ledger.providers.twilio import TwilioProvider

ADA = "+14155550100"
TAKEN = say(http(201, {"sid": "SM1", "status": "queued"}))


@pytest.fixture(autouse=True)
def _no_proxy(monkeypatch):
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy", "requests_ca_bundle"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


def answer_of(url, timeout=5.0):
    account = TwilioAccount(
        account_sid=ACCOUNT,
        auth_tokens=(TOKEN,),
        phone_number="+15005550006",
        timeout_seconds=timeout,
        api_url=url,
    )
    provider = TwilioProvider(account)
    try:
        return provider.send(
            OutgoingText(
                to=ADA, body="Hello", status_callback="https://x.example/", validity_seconds=60
            )
        )
    finally:
        provider._api.http.session.close()


@contextmanager
def listening(act):
    """A server that does this with its first connection; gives its port."""
    listener = socket.create_server(("127.0.0.1", 0))
    listener.settimeout(10)

    def serve():
        connection, _ = listener.accept()
        with connection, suppress(OSError):
            connection.settimeout(10)
            act(connection)

    thread = threading.Thread(target=serve)
    thread.start()
    try:
        yield listener.getsockname()[1]
    finally:
        thread.join(10)
        listener.close()


def after_request(act):
    """Read a whole request before doing this."""

    def serve(connection):
        read_request(connection)
        act(connection)

    return serve


def drip(words=b""):
    """Say this, then a byte now and then, for as long as the client waits."""

    def serve(connection):
        connection.sendall(words)
        while True:
            connection.sendall(b"x")
            time.sleep(0.02)

    return serve


# An answer that never ends.


@pytest.mark.parametrize(
    "words",
    [
        b"",
        b"HTTP/1.1 201 Created\r\nX-Long: ",
        b"HTTP/1.1 201 Created\r\n\r\n",
        b"HTTP/1.1 201 Created\r\nContent-Length: 9999999\r\n\r\n",
        b"HTTP/1.1 201 Created\r\nTransfer-Encoding: chunked\r\n\r\n",
    ],
    ids=["status", "header", "body", "sized body", "chunk"],
)
def test_an_answer_that_comes_byte_by_byte_is_not_waited_for(words):
    with listening(after_request(drip(words))) as port:
        answer = answer_of(f"http://127.0.0.1:{port}", timeout=0.5)
    assert answer == UnknownOutcome(cause="no readable answer (ReadTimeout)")


def test_a_proxy_that_opens_its_tunnel_byte_by_byte_is_never_passed(monkeypatch):
    with listening(after_request(drip(b"HTTP/1.1 200 "))) as port:
        monkeypatch.setenv("HTTPS_PROXY", f"http://127.0.0.1:{port}")
        answer = answer_of("https://127.0.0.1:9", timeout=0.5)
    assert answer == NotReached(cause="Twilio could not be reached (ConnectTimeout)")


def test_a_second_try_gets_what_the_first_has_left_of_the_time():
    """Otherwise an attempt would be under way after it was taken for over."""
    not_found = http(404, {"code": 20404, "message": "not found", "status": 404})
    with RawTwilio().running() as raw:
        raw.will_answer(ADA, after(0.5, say(not_found)), after(1.8, TAKEN))
        assert isinstance(answer_of(raw.url, timeout=2), UnknownOutcome)


def after(seconds, act):
    def serve(connection):
        time.sleep(seconds)
        act(connection)

    return serve


# Names.


def test_a_name_server_that_is_silent_is_not_waited_for(monkeypatch):
    """And when it speaks at last, nothing is sent: the text was put back meanwhile."""
    speaks, get_addresses = threading.Event(), socket.getaddrinfo

    def look_up(*args, **options):
        assert speaks.wait(30)
        return get_addresses(*args, **options)

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    with RawTwilio().running() as raw:
        answer = answer_of(raw.url.replace("127.0.0.1", "localhost"), timeout=0.2)
        looking_up = [each for each in threading.enumerate() if each.name == "look-up"]
        speaks.set()
        for each in looking_up:
            each.join(30)
    assert answer == NotReached(cause="Twilio could not be reached (ConnectTimeout)")
    assert (len(looking_up), raw.asked) == (1, [])


def test_a_name_whose_first_address_is_dead_is_reached_at_the_next(monkeypatch):
    with RawTwilio().running() as raw:
        port = int(raw.url.rpartition(":")[2])
        found = [
            (socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, where))
            for address, where in [("127.0.0.1", reserve_port()), ("127.0.0.1", port)]
        ]
        monkeypatch.setattr(socket, "getaddrinfo", lambda *_args, **_options: found)
        raw.will_answer(ADA, TAKEN)
        assert isinstance(answer_of(f"http://twilio.example:{port}"), Accepted)


# Proxies.


def test_a_proxy_that_refuses_connections_is_never_passed(monkeypatch):
    monkeypatch.setenv("HTTPS_PROXY", f"http://127.0.0.1:{reserve_port()}")
    answer = answer_of("https://127.0.0.1:9")
    assert answer == NotReached(cause="Twilio could not be reached (ProxyError)")


@pytest.mark.parametrize("status", [302, 403, 407, 502, 503])
def test_a_proxy_that_opens_no_tunnel_is_never_passed(monkeypatch, status):
    with listening(after_request(say(http(status, "<html>")))) as port:
        monkeypatch.setenv("HTTPS_PROXY", f"http://127.0.0.1:{port}")
        assert isinstance(answer_of("https://127.0.0.1:9"), NotReached)


@pytest.mark.parametrize("act", [reset_after(b""), say(b""), say(b"SMTP\r\n\r\n"), hang])
def test_a_proxy_that_gives_up_before_the_tunnel_is_never_passed(monkeypatch, act):
    with listening(after_request(act)) as port:
        monkeypatch.setenv("HTTPS_PROXY", f"http://127.0.0.1:{port}")
        assert isinstance(answer_of("https://127.0.0.1:9", timeout=0.5), NotReached)


def test_a_proxy_without_tunnels_that_cannot_be_reached_is_never_passed(monkeypatch):
    monkeypatch.setenv("HTTP_PROXY", f"http://127.0.0.1:{reserve_port()}")
    assert isinstance(answer_of("http://127.0.0.1:9"), NotReached)


def test_a_login_page_of_a_proxy_without_tunnels_is_no_answer_of_twilios(monkeypatch):
    with listening(after_request(say(http(407, "<html>Log in")))) as port:
        monkeypatch.setenv("HTTP_PROXY", f"http://127.0.0.1:{port}")
        answer = answer_of("http://127.0.0.1:9")
    assert isinstance(answer, Refusal)
    assert (answer.http_status, answer.is_from_provider) == (407, False)


def test_a_proxy_without_tunnels_that_breaks_off_may_have_passed_it_on(monkeypatch):
    with listening(after_request(reset_after(b""))) as port:
        monkeypatch.setenv("HTTP_PROXY", f"http://127.0.0.1:{port}")
        assert isinstance(answer_of("http://127.0.0.1:9"), UnknownOutcome)


def test_a_name_that_nobody_knows_is_not_reached(monkeypatch):
    def unknown(*_args, **_options):
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    assert isinstance(answer_of("https://api.twilio.example"), NotReached)


# TLS.


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    """The path of a certificate of 127.0.0.1 with its key."""
    return make_certificate(tmp_path_factory.mktemp("tls"))


def reset(connection):
    """Read the client's first words, and reset the connection."""
    connection.recv(1)
    reset_after(b"")(connection)


def speak_http(connection):
    """Answer the client's first words without TLS."""
    connection.recv(65_536)
    connection.sendall(http(400, "<html>"))


@pytest.mark.parametrize(
    ("act", "timeout"),
    [(close, 5), (reset, 5), (speak_http, 5), (hang, 0.5)],
    ids=["closed", "reset", "no TLS", "silent"],
)
def test_a_handshake_that_fails_comes_before_the_request(act, timeout):
    """Only silence is left to the deadline. It could end the others before the handshake began.

    Python's ssl leaves a connection that was reset by then to the garbage collector, which warns.
    """
    with listening(act) as port:
        assert isinstance(answer_of(f"https://127.0.0.1:{port}", timeout), NotReached)


def test_a_certificate_that_is_not_trusted_comes_before_the_request(certificate):
    with listening(by_tls(certificate, hang)) as port:
        assert isinstance(answer_of(f"https://127.0.0.1:{port}"), NotReached)


def test_a_connection_that_breaks_after_the_handshake_may_have_brought_the_request(
    monkeypatch, certificate
):
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(certificate))
    for act in (after_request(say(b"")), after_request(lambda secure: secure.unwrap())):
        with listening(by_tls(certificate, act)) as port:
            assert isinstance(answer_of(f"https://127.0.0.1:{port}"), UnknownOutcome)


def test_a_silent_server_may_have_the_request(monkeypatch, certificate):
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(certificate))
    with listening(by_tls(certificate, hang)) as port:
        answer = answer_of(f"https://127.0.0.1:{port}", timeout=2.0)
    assert answer == UnknownOutcome(cause="no readable answer (ReadTimeout)")


@pytest.mark.parametrize(
    ("act", "expected"),
    [(after_request(TAKEN), Accepted), (after_request(say(b"")), UnknownOutcome)],
)
def test_behind_a_tunnel_the_answer_counts_as_without(monkeypatch, certificate, act, expected):
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(certificate))
    with ExitStack() as stack:
        port = stack.enter_context(listening(by_tls(certificate, act)))
        proxy = stack.enter_context(listening(tunnel))
        monkeypatch.setenv("HTTPS_PROXY", f"http://127.0.0.1:{proxy}")
        assert isinstance(answer_of(f"https://127.0.0.1:{port}"), expected)


def test_a_failed_handshake_behind_a_tunnel_comes_before_the_request(monkeypatch):
    with ExitStack() as stack:
        port = stack.enter_context(listening(close))
        proxy = stack.enter_context(listening(tunnel))
        monkeypatch.setenv("HTTPS_PROXY", f"http://127.0.0.1:{proxy}")
        assert isinstance(answer_of(f"https://127.0.0.1:{port}"), NotReached)


def test_a_redirect_is_followed_nowhere():
    with RawTwilio().running() as elsewhere, RawTwilio().running() as raw:
        raw.will_answer(ADA, say(http(307, Location=f"{elsewhere.url}/login")))
        answer = answer_of(raw.url)
    assert isinstance(answer, Refusal)
    assert (answer.http_status, answer.is_from_provider, elsewhere.asked) == (307, False, [])
